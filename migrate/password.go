package migrate

import (
	"strings"
	"unicode/utf8"

	"carryover/hashers"
	"carryover/source"
)

const (
	minPassword = 8  // characters (POST /users, password: "at least 8 characters")
	maxBcrypt   = 72 // bytes that bcrypt reads of a password
)

func (p *parser) password() {
	u := p.user
	u.Password = p.secret(source.ColPassword)
	u.PasswordDigest = p.secret(source.ColPasswordDigest)
	u.PasswordHasher = p.hasher()
	if u.Password != nil {
		p.checkPassword(u.Password.Reveal())
	}
	if u.PasswordDigest != nil {
		p.rewriteDigest()
	}
	switch {
	case u.Password != nil && u.PasswordDigest != nil:
		p.report(source.ColPassword, "password_and_digest")
	case u.PasswordDigest != nil && u.PasswordHasher == nil:
		p.report(source.ColPasswordHasher, "digest_without_hasher")
	case u.PasswordDigest == nil && u.PasswordHasher != nil:
		p.report(source.ColPasswordHasher, "hasher_without_digest")
	case u.PasswordDigest != nil:
		p.checkDigest()
	}
	u.SkipPasswordChecks = p.boolean(source.ColSkipPasswordChecks)
	if u.SkipPasswordChecks != nil && u.Password == nil {
		p.report(source.ColSkipPasswordChecks, "skip_password_checks_without_password")
		u.SkipPasswordChecks = nil
	}
	u.SignOutOfOtherSessions = p.boolean(source.ColSignOutOfOtherSessions)
	if u.SignOutOfOtherSessions != nil && u.Password == nil && u.PasswordDigest == nil {
		p.report(source.ColSignOutOfOtherSessions, "sign_out_without_password")
		u.SignOutOfOtherSessions = nil
	}
}

// hasher reads the name of a hasher. White space around it means nothing. Of those
// that there are, every row has the same copy, which is in the caches when the
// rows are counted.
func (p *parser) hasher() *string {
	name := p.text(source.ColPasswordHasher)
	if name != nil {
		*name = strings.TrimSpace(*name)
		if known, ok := hashers.Lookup(*name); ok {
			*name = known.Name
		}
	}
	return name
}

func (p *parser) checkPassword(password string) {
	if utf8.RuneCountInString(password) < minPassword {
		p.report(source.ColPassword, "password_too_short")
	}
	if len(password) > maxBcrypt {
		p.report(source.ColPassword, "password_too_long")
	}
}

// rewriteDigest applies the first of the rules' rewrites that reads the digest.
func (p *parser) rewriteDigest() {
	for _, name := range p.rules.Rewrites {
		out, verdict := hashers.RewriteNamed(name, p.user.PasswordDigest.Reveal(), p.rules.RewriteParams)
		if verdict.Status == hashers.OK || verdict.Status == hashers.Undecided {
			digest := Secret(out.Digest)
			p.user.PasswordDigest, p.user.PasswordHasher = &digest, &out.Hasher
			return
		}
	}
}

// checkDigest holds the digest against its hasher's documented form.
func (p *parser) checkDigest() {
	u := p.user
	digest := u.PasswordDigest.Reveal()
	if trimmed := strings.TrimSpace(digest); trimmed != digest {
		p.report(source.ColPasswordDigest, "digest_trimmed")
		digest = trimmed
		u.PasswordDigest = p.hide(digest)
	}
	verdict := hashers.Check(*u.PasswordHasher, digest)
	column, severity := source.ColPasswordDigest, Fatal
	switch verdict.Status {
	case hashers.OK:
		return
	case hashers.Undecided:
		severity = Warning
	case hashers.UnknownHasher:
		column = source.ColPasswordHasher
		if !p.rules.Strict {
			severity = Warning // Clerk adds hashers
		}
	}
	message := verdict.Why
	if verdict.Fix != "" {
		message += "; " + verdict.Fix
	}
	if verdict.Status == hashers.Invalid && p.rules.WithoutPassword {
		u.PasswordDigest, u.PasswordHasher = nil, nil
		severity = Warning
		message = verdict.Why + "; the user goes without a password"
	}
	p.add(column, verdict.Code, severity, message)
}
