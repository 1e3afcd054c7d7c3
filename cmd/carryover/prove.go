package main

import (
	"context"
	"time"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/migrate/report"
)

// maxAccounts bounds the accounts of --prove: each costs a slow hash.
const maxAccounts = 10_000

// provePasswords verifies the digests of the known accounts with their
// passwords, and their second factors. It reads the input once more, until the
// last of them is found.
func (o *validateOptions) provePasswords(ctx context.Context, paths []string, rules migrate.Rules, known *accounts) ([]report.Proof, error) {
	in, err := o.open(paths, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	left := len(known.list)
	for u, err := range migrate.Users(in.Rows(ctx), rules) {
		if err != nil {
			return nil, fileError(exitUsage, err)
		}
		for _, a := range known.of(u) {
			if a.proof.Line == 0 {
				a.prove(u)
				left--
			}
		}
		if left == 0 {
			break
		}
	}
	return known.proofs(), nil
}

// proofs are those of all accounts, in their order.
func (a *accounts) proofs() []report.Proof {
	proofs := make([]report.Proof, len(a.list))
	for i, one := range a.list {
		proofs[i] = one.proof
	}
	return proofs
}

// prove tells whether the user will be able to sign in with the password, and
// with the second factor where the account has one.
func (a *account) prove(u *migrate.User) {
	p := &a.proof
	p.Line = u.Line
	p.Proved, p.Message = a.opens(u)
	if u.PasswordHasher != nil {
		p.Hasher = *u.PasswordHasher
	}
	if ok, message := a.secondFactor(u, time.Now()); message != "" {
		p.Proved = p.Proved && ok
		p.Message += "; " + message
	}
}

// opens reports whether the password is that of the row, as far as can be told
// on this machine, and how.
func (a *account) opens(u *migrate.User) (ok bool, how string) {
	switch {
	case u.Password != nil && *u.Password == a.with.Password:
		return true, "the row has this plain password"
	case u.Password != nil:
		return false, "the row has another plain password"
	case u.PasswordDigest == nil:
		return false, "the row has no password"
	}
	match, err := hashers.Verify(*u.PasswordHasher, u.PasswordDigest.Reveal(), a.with.Password.Reveal())
	if err != nil {
		return false, err.Error()
	}
	return match.OK, matchText(match)
}

// secondFactor reports the same of the second factor; "" where the account
// names none.
func (a *account) secondFactor(u *migrate.User, now time.Time) (ok bool, how string) {
	switch {
	case a.with.TOTPCode == "" && a.with.TOTPSecret == "":
		return true, ""
	case u.TOTPSecret == nil:
		return false, "the row has no TOTP secret"
	case a.with.TOTPSecret != "" && a.with.TOTPSecret == *u.TOTPSecret:
		return true, "the row has this TOTP secret"
	case a.with.TOTPSecret != "":
		return false, "the row has another TOTP secret"
	}
	for _, off := range []time.Duration{0, -migrate.TOTPStep, migrate.TOTPStep} {
		if migrate.TOTPCode(*u.TOTPSecret, now.Add(off)) == a.with.TOTPCode {
			return true, "the TOTP code is right"
		}
	}
	return false, "the TOTP code is not that of the row's secret now"
}
