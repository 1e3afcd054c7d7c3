package migrate

import (
	"net/url"
	"strings"

	"carryover/hashers"
	"carryover/source"
)

func (p *parser) secondFactors() {
	u := p.user
	if secret := p.secret(source.ColTOTPSecret); secret != nil {
		u.TOTPSecret = p.totp(secret.Reveal())
	}
	if codes := p.list(source.ColBackupCodes); codes != nil {
		u.BackupCodes = p.backupCodes(codes)
	}
}

// totp returns the bare base32 secret, in capitals and without padding.
func (p *parser) totp(text string) *Secret {
	text = strings.TrimSpace(text)
	if isOTPAuth(text) {
		secret, code := unpackOTPAuth(text)
		if code == "totp_parameters" && p.rules.WithoutTOTP {
			p.add(source.ColTOTPSecret, code, Warning, catalogue[code].meaning+"; the user goes without it and must set it up again")
			return nil
		}
		if code != "" {
			p.report(source.ColTOTPSecret, code)
			return nil
		}
		text = secret
	}
	plain, size := bareTOTP(text)
	switch {
	case size <= 0:
		p.report(source.ColTOTPSecret, "totp_not_base32")
		return nil
	case plain != text:
		p.report(source.ColTOTPSecret, "totp_rewritten")
	}
	if size < 10 {
		p.report(source.ColTOTPSecret, "totp_short")
	}
	return p.hide(plain)
}

// dropFiller drops what people write into a secret to read it more easily.
func dropFiller(r rune) rune {
	if r == ' ' || r == '-' || r == '=' {
		return -1
	}
	return r
}

// unpackOTPAuth takes the secret out of an otpauth:// address (the key URI
// format of authenticator apps), or returns the code of what is wrong.
func unpackOTPAuth(address string) (secret, code string) {
	u, err := url.Parse(address)
	if err != nil || !strings.EqualFold(u.Host, "totp") {
		return "", "totp_otpauth"
	}
	q := u.Query()
	for name, only := range map[string]string{"algorithm": "SHA1", "digits": "6", "period": "30"} {
		if v := q.Get(name); v != "" && !strings.EqualFold(strings.ReplaceAll(v, "-", ""), only) {
			return "", "totp_parameters"
		}
	}
	if q.Get("secret") == "" {
		return "", "totp_otpauth"
	}
	return q.Get("secret"), ""
}

// backupCodes takes plain codes and bcrypt digests.
func (p *parser) backupCodes(codes []string) []Secret {
	if len(codes) == 0 {
		p.report(source.ColBackupCodes, "backup_codes_empty")
		return nil
	}
	secrets := make([]Secret, len(codes))
	for i, code := range codes {
		secrets[i] = Secret(code)
		if strings.HasPrefix(code, "$2") && hashers.Check("bcrypt", code).Status == hashers.Invalid {
			p.report(source.ColBackupCodes, "backup_code_digest")
		}
	}
	return secrets
}
