package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// An account is a user whose password is known.
type account struct {
	key   string
	line  int64 // in the file of accounts
	with  migrate.Credentials
	proof report.Proof
}

// accounts are those of a file, to be found by their users.
type accounts struct {
	list   []*account // in the order of the file
	byKey  map[string]*account
	folded map[string][]*account // by the key in lower case
}

// readAccounts reads a file with the columns key and password, and totp_code or
// totp_secret where an account has a second factor. The key is an external id, a
// user id, an e-mail address or a username. No message quotes a secret.
func readAccounts(ctx context.Context, path string, most int) (*accounts, error) {
	in, err := source.Open([]string{path}, source.Options{KeepExtra: true})
	if err != nil {
		return nil, fileError(exitUsage, err)
	}
	defer func() { _ = in.Close() }()
	known := &accounts{byKey: map[string]*account{}, folded: map[string][]*account{}}
	for row, err := range in.Rows(ctx) {
		var bad *source.RowError
		switch {
		case errors.As(err, &bad):
			return nil, usagef("%s:%d: %s", report.Clean(path), bad.Line, bad.Message).hint(bad.Hint)
		case err != nil:
			return nil, fileError(exitUsage, err)
		case len(known.list) == most:
			return nil, usagef("%s holds more than %d accounts", report.Clean(path), most)
		}
		a, err := readAccount(path, row)
		if err != nil {
			return nil, err
		}
		if first := known.byKey[a.key]; first != nil {
			return nil, usagef("%s:%d: the key is that of line %d as well", report.Clean(path), a.line, first.line)
		}
		known.list = append(known.list, a)
		known.byKey[a.key] = a
		known.folded[strings.ToLower(a.key)] = append(known.folded[strings.ToLower(a.key)], a)
	}
	if len(known.list) == 0 {
		return nil, usagef("%s holds no accounts", report.Clean(path)).hint("give it the columns key and password, and a line for each user whose password is known")
	}
	return known, nil
}

func readAccount(path string, row *source.Row) (*account, error) {
	refuse := func(what string) *exitError {
		return usagef("%s:%d: %s", report.Clean(path), row.Line, what)
	}
	if row.Extra["key"] == "" || row.Kinds[source.ColPassword] == source.NotGiven {
		return nil, refuse("a row needs key and password").
			hint("the key is the user's external_id, user_id, e-mail address or username")
	}
	key := strings.Clone(row.Extra["key"])
	a := &account{
		key: key, line: row.Line, with: migrate.Credentials{Password: migrate.Secret(strings.Clone(row.Password))},
		proof: report.Proof{Key: key, Message: "no such user in the input, or its row is rejected"},
	}
	if code := strings.ReplaceAll(row.Extra["totp_code"], " ", ""); code != "" {
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			return nil, refuse("totp_code is not six digits").
				hint("give what the authenticator shows, never a backup code: that would be used up", "totp_secret does not run out")
		}
		a.with.TOTPCode = migrate.Secret(strings.Clone(code))
	}
	if row.Kinds[source.ColTOTPSecret] != source.NotGiven {
		secret, code := migrate.ReadTOTPSecret(row.TOTPSecret)
		switch {
		case code != "":
			return nil, refuse("totp_secret: " + migrate.Explain(code))
		case a.with.TOTPCode != "":
			return nil, refuse("totp_code and totp_secret are given together").hint("leave one of them out")
		}
		a.with.TOTPSecret = migrate.Secret(strings.Clone(secret.Reveal()))
	}
	return a, nil
}

// of returns the accounts of a user. Clerk compares addresses and usernames
// without regard to case.
func (a *accounts) of(u *migrate.User) []*account {
	var found []*account
	add := func(some ...*account) {
		for _, one := range some {
			if one != nil && !slices.Contains(found, one) {
				found = append(found, one)
			}
		}
	}
	add(a.byKey[u.Key()], a.byKey[u.UserID])
	for _, address := range u.EmailAddress {
		add(a.folded[strings.ToLower(address)]...)
	}
	if u.Username != nil {
		add(a.folded[strings.ToLower(*u.Username)]...)
	}
	return found
}
