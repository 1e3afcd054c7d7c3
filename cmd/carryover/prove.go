package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// maxAccounts bounds the accounts of --prove: each costs a slow hash.
const maxAccounts = 10_000

// accounts are users whose passwords are known, by key.
type accounts map[string]*account

type account struct {
	password migrate.Secret
	line     int64 // in the file of accounts
	proof    report.Proof
}

// readAccounts reads a file with the columns key and password. The key is an
// external id, a user id, an e-mail address or a username.
func readAccounts(ctx context.Context, path string) (accounts, error) {
	in, err := source.Open([]string{path}, source.Options{KeepExtra: true})
	if err != nil {
		return nil, fileError(exitUsage, err)
	}
	defer func() { _ = in.Close() }()
	known := accounts{}
	for row, err := range in.Rows(ctx) {
		var bad *source.RowError
		switch {
		case errors.As(err, &bad):
			return nil, usagef("%s:%d: %s", path, bad.Line, bad.Message).hint(bad.Hint)
		case err != nil:
			return nil, fileError(exitUsage, err)
		case row.Extra["key"] == "" || row.Kinds[source.ColPassword] == source.NotGiven:
			return nil, usagef("%s:%d: a row needs key and password", path, row.Line).
				hint("the key is the user's external_id, user_id, e-mail address or username")
		case len(known) == maxAccounts:
			return nil, usagef("%s holds more than %d accounts", path, maxAccounts)
		}
		key := strings.Clone(row.Extra["key"])
		known[key] = &account{
			password: migrate.Secret(strings.Clone(row.Password)), line: row.Line,
			proof: report.Proof{Key: key, Message: "no such user in the input, or its row is rejected"},
		}
	}
	return known, nil
}

// find returns the account of a user.
func (a accounts) find(u *migrate.User) *account {
	keys := append([]string{u.Key(), u.UserID}, u.EmailAddress...)
	if u.Username != nil {
		keys = append(keys, *u.Username)
	}
	for _, key := range keys {
		if found := a[key]; found != nil {
			return found
		}
	}
	return nil
}

// prove verifies the digests of the known accounts with their passwords. It
// reads the input once more, until the last of them is found.
func (o *validateOptions) provePasswords(ctx context.Context, paths []string, rules migrate.Rules, known accounts) ([]report.Proof, error) {
	in, err := o.open(paths, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	left := len(known)
	for u, err := range migrate.Users(in.Rows(ctx), rules) {
		if err != nil {
			return nil, fileError(exitUsage, err)
		}
		if a := known.find(u); a != nil && a.proof.Line == 0 {
			a.prove(u)
			if left--; left == 0 {
				break
			}
		}
	}
	list := make([]*account, 0, len(known))
	for _, a := range known {
		list = append(list, a)
	}
	slices.SortFunc(list, func(x, y *account) int { return int(x.line - y.line) })
	proofs := make([]report.Proof, len(list))
	for i, a := range list {
		proofs[i] = a.proof
	}
	return proofs, nil
}

// prove tells whether the user will be able to sign in with the password.
func (a *account) prove(u *migrate.User) {
	p := &a.proof
	p.Line = u.Line
	switch {
	case u.Password != nil:
		p.Proved, p.Message = *u.Password == a.password, "the row has another plain password"
		if p.Proved {
			p.Message = "the row has this plain password"
		}
	case u.PasswordDigest == nil:
		p.Message = "the row has no password"
	default:
		p.Hasher = *u.PasswordHasher
		match, err := hashers.Verify(p.Hasher, u.PasswordDigest.Reveal(), a.password.Reveal())
		p.Proved, p.Message = match.OK, matchText(match)
		if err != nil {
			p.Message = err.Error()
		}
	}
}
