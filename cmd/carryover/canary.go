package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// maxCanary bounds the accounts of --canary: their users are in Clerk before
// anything is known to be right, and each is asked about by itself.
const maxCanary = 100

// notAsked is the code of an account until Clerk has been asked about it.
const notAsked = "canary_not_asked"

// A canary is the accounts that must sign in before any other row is sent.
type canary struct {
	path   string // of the accounts
	known  *accounts
	tried  []*trial        // in the order of the accounts
	users  []*migrate.User // of the rows that are to be sent, in the order of the input
	passed bool            // all sign in
}

// A trial is one account with its row, and what came of it.
type trial struct {
	*account
	user   *migrate.User
	result report.SignIn
}

// readCanary reads the file of --canary.
func (m *migration) readCanary() error {
	path := m.o.canary
	switch path {
	case "":
		return nil
	case "-":
		return usagef("--canary takes the name of a file")
	}
	warnReadable(m.ui, []string{path})
	known, err := readAccounts(m.soft, path, maxCanary)
	var refused *exitError
	if errors.As(err, &refused) {
		_ = refused.hint("--canary is for the few users, of each hasher, who show that all others will sign in; carryover validate --prove takes many, and asks nobody")
	}
	if err != nil {
		return err
	}
	m.canary = &canary{path: path, known: known}
	return nil
}

// findCanary finds the rows of the accounts. It refuses, before anything is
// sent, accounts that could not be tried.
func (m *migration) findCanary() error {
	c := m.canary
	if c == nil {
		return nil
	}
	defer m.teller.read(newReading("Looking for the users of "+report.Clean(c.path)+" in "+m.inputName(), m.in))()
	matches, err := m.matches()
	if err != nil {
		return err
	}
	earlier, err := m.earlier(matches)
	if err != nil {
		return err
	}
	var faults []string
	for _, a := range c.known.list {
		u, why := m.rowOf(matches[a], earlier)
		if why == "" && slices.Contains(u.BackupCodes, a.with.TOTPCode) {
			why = "its totp_code is a backup code, which would be used up"
		}
		if why != "" {
			faults = append(faults, fmt.Sprintf("%s:%d: %s: %s", report.Clean(c.path), a.line, report.Clean(a.key), why))
			continue
		}
		c.try(a, u)
	}
	if len(faults) > 0 {
		refused := usagef("accounts of --canary that cannot be tried: %d of %d; nothing was sent", len(faults), len(c.known.list)).
			hint(faults[:min(linesShown, len(faults))]...)
		if len(faults) > linesShown {
			_ = refused.hint("…")
		}
		return refused.hint("a key is the external_id, user_id, e-mail address or username of a row")
	}
	if m.resumed && m.o.sandbox {
		return usagef("--canary cannot go on with a rehearsal: its users ended with its sandbox").
			hint("begin anew: remove " + shellQuote(m.path))
	}
	m.startAnew(earlier)
	c.users = slices.DeleteFunc(c.users, func(u *migrate.User) bool { return m.stateOf(u.Row).Final() })
	if n := int64(len(c.users)); m.o.maxRows > 0 && n > m.o.maxRows {
		return usagef("--max-rows %d is less than the rows of --canary, which count among them: %d", m.o.maxRows, n)
	}
	return nil
}

// A match is a row that an account's key names.
type match struct {
	user    *migrate.User
	problem *migrate.Problem // for which the checks refuse the row, or a mapping drops it
}

// matches reads the input for the rows that the accounts name, also those that
// are done.
func (m *migration) matches() (map[*account][]match, error) {
	m.readAll = true
	defer func() { m.readAll = false }()
	found := map[*account][]match{}
	for row, err := range m.in.Rows(m.soft) {
		var bad *source.RowError
		switch {
		case errors.As(err, &bad): // it names nobody
			continue
		case err != nil:
			return nil, fileError(exitUsage, err)
		}
		u, problems := migrate.ParseUser(row, m.rules)
		one := match{user: u}
		if i := slices.IndexFunc(problems, func(p migrate.Problem) bool { return p.Severity != migrate.Warning }); i >= 0 {
			one.problem = &problems[i]
		}
		for _, a := range m.canary.known.of(u) {
			found[a] = append(found[a], one)
		}
	}
	return found, nil
}

// earlier returns what the checkpoint knows of the rows, by their number. Where
// the input takes the place of another one, that is what its checks say.
func (m *migration) earlier(matches map[*account][]match) (map[int64]migrate.Result, error) {
	known := map[int64]migrate.Result{}
	for i := range m.rejects {
		known[m.rejects[i].Row] = m.rejects[i]
	}
	if m.db == nil || m.replaced {
		return known, nil
	}
	var rows []int64
	for _, list := range matches {
		for _, one := range list {
			rows = append(rows, one.user.Row)
		}
	}
	for r, err := range m.db.Of(m.soft, rows) {
		if err != nil {
			return nil, checkpointError(err)
		}
		known[r.Row] = r
	}
	return known, nil
}

// rowOf returns the row that an account is tried with, or why there is none.
func (m *migration) rowOf(matches []match, earlier map[int64]migrate.Result) (u *migrate.User, why string) {
	for _, one := range matches {
		r := earlier[one.user.Row]
		switch {
		case one.problem != nil:
			why = fmt.Sprintf("its row, line %d, is not sent: %s: %s", one.user.Line, one.problem.Code, one.problem.Message)
		case refusedByChecks(&r):
			why = fmt.Sprintf("its row, line %d, is not sent: %s: %s", one.user.Line, r.Code, migrate.Explain(r.Code))
		case u != nil:
			return nil, fmt.Sprintf("it names two rows, lines %d and %d: name the user by another id", u.Line, one.user.Line)
		default:
			u = one.user
		}
	}
	switch {
	case u != nil && m.passesOver(u.Row):
		return nil, fmt.Sprintf("--only %s leaves its row alone, line %d", m.o.only, u.Line)
	case u != nil:
		return u, ""
	case why != "":
		return nil, why
	default:
		return nil, "no row of " + m.inputName() + " has this key"
	}
}

// refusedByChecks reports whether a row was not sent at all. One that Clerk
// refused has been, and has a hash.
func refusedByChecks(r *migrate.Result) bool {
	return r.State == migrate.Dropped || r.State == migrate.Rejected && r.Hash == [16]byte{}
}

// try adds an account and its row, which others may have too.
func (c *canary) try(a *account, u *migrate.User) {
	t := &trial{account: a, user: u}
	t.result = report.SignIn{Key: a.key, Line: u.Line, Code: notAsked}
	if u.PasswordHasher != nil {
		t.result.Hasher = *u.PasswordHasher
	}
	c.tried = append(c.tried, t)
	at, there := slices.BinarySearchFunc(c.users, u.Row, func(u *migrate.User, row int64) int { return int(u.Row - row) })
	if !there {
		c.users = slices.Insert(c.users, at, u)
	}
}

// startAnew sends rows again that Clerk refused: they keep the run from going
// on, so the same command must be able to mend that.
func (m *migration) startAnew(earlier map[int64]migrate.Result) {
	for _, u := range m.canary.users {
		r := earlier[u.Row]
		if (r.State == migrate.Rejected || r.State == migrate.Conflict) && m.stateOf(u.Row).Final() {
			m.reopened = append(m.reopened, r)
			m.states[u.Row-1] = migrate.Pending
		}
	}
}

func (m *migration) stateOf(row int64) migrate.State {
	if row > int64(len(m.states)) {
		return migrate.Pending
	}
	return m.states[row-1]
}

func (m *migration) passesOver(row int64) bool {
	return row <= int64(len(m.passed)) && m.passed[row-1]
}

// holds reports whether a row is one of those that are sent first.
func (c *canary) holds(row int64) bool {
	return c != nil && slices.ContainsFunc(c.users, func(u *migrate.User) bool { return u.Row == row })
}

// first yields the users of the canary, and then the others.
func (c *canary) first(users iter.Seq2[*migrate.User, error]) iter.Seq2[*migrate.User, error] {
	if c == nil {
		return users
	}
	return func(yield func(*migrate.User, error) bool) {
		for _, u := range c.users {
			if !yield(u, nil) {
				return
			}
		}
		for u, err := range users {
			if (err != nil || !c.holds(u.Row)) && !yield(u, err) {
				return
			}
		}
	}
}

// signIns are what is known of all accounts; nil where there are none.
func (c *canary) signIns() (list []report.SignIn) {
	if c == nil {
		return nil
	}
	for _, t := range c.tried {
		list = append(list, t.result)
	}
	return list
}

// open reports whether the accounts have not all been found to sign in.
func (c *canary) open() bool { return c != nil && !c.passed }

// failed reports whether one of the accounts that were asked about cannot.
func (c *canary) failed() bool {
	return c != nil && slices.ContainsFunc(c.tried, func(t *trial) bool {
		return !t.result.SignsIn && t.result.Code != notAsked
	})
}

// describe says what is tried.
func (c *canary) describe(ui *console) {
	if c != nil {
		ui.say("Canary      accounts of %s: %d; rows to send first: %d", report.Clean(c.path), len(c.tried), len(c.users))
	}
}

// prove tries the accounts on this machine alone, for a dry run.
func (c *canary) prove() []report.Proof {
	if c == nil {
		return nil
	}
	for _, t := range c.tried {
		t.account.prove(t.user)
	}
	return c.known.proofs()
}

// send carries the run out: all at once, or behind its canary.
func (m *migration) send(soft context.Context, cfg migrate.Config) (migrate.Summary, error) {
	c := m.canary
	if c == nil {
		return migrate.Run(m.hard, cfg)
	}
	ahead, behind := cfg, cfg
	ahead.Users = func(yield func(*migrate.User, error) bool) {
		for _, u := range c.users {
			if !yield(u, nil) {
				return
			}
		}
	}
	ahead.Reopen, behind.Reopen = nil, nil
	for _, r := range m.reopened {
		if c.holds(r.Row) {
			ahead.Reopen = append(ahead.Reopen, r)
		} else {
			behind.Reopen = append(behind.Reopen, r)
		}
	}
	summary, err := migrate.Run(m.hard, ahead)
	if err != nil {
		return summary, err
	}
	if err := m.askCanary(soft, cfg.Waiting); err != nil {
		return summary, err
	}
	behind.Users = m.behind(m.hard)
	rest, err := migrate.Run(m.hard, behind)
	for state, n := range rest.Counts {
		summary.Counts[state] += n
	}
	for i, n := range rest.Left {
		summary.Left[i] += n
	}
	return summary, err
}

// behind yields the users of a run that are not of its canary.
func (m *migration) behind(ctx context.Context) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for u, err := range m.users(ctx) {
			if (err != nil || !m.canary.holds(u.Row)) && !yield(u, err) {
				return
			}
		}
	}
}
