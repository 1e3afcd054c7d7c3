package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"carryover/migrate"
	"carryover/migrate/report"
)

// A canaryError is accounts that cannot sign in.
type canaryError struct{ bad, all int }

// Error implements error.
func (e *canaryError) Error() string {
	return fmt.Sprintf("accounts of the canary that cannot sign in: %d of %d", e.bad, e.all)
}

// askCanary asks Clerk about every account of the canary, whose rows have been
// sent. Its error is a *migrate.StopError: the run does not go on.
func (m *migration) askCanary(soft context.Context, waiting func(string)) error {
	c := m.canary
	results, err := m.canaryResults()
	if err != nil {
		return &migrate.StopError{Reason: migrate.StopLedger, Err: err}
	}
	const asking = "Clerk is asked about the canary"
	waiting(asking)
	defer waiting("")
	questions := migrate.Questions{API: m.client, MaxOutage: m.o.maxOutage, Waiting: func(why string) {
		if why == "" {
			why = asking
		}
		waiting(why)
	}}
	bad := 0
	for _, t := range c.tried {
		if r := results[t.user.Row]; !r.State.Good() {
			t.notMigrated(&r)
		} else {
			t.result.UserID = r.UserID
			s, err := questions.Ask(soft, r.UserID, t.with)
			m.noteLastSend()
			if err != nil {
				return err
			}
			t.judge(&s)
		}
		if !t.result.SignsIn {
			bad++
		}
		m.o.lines.SignIn(t.result)
		m.log.signIn(&t.result)
	}
	if bad > 0 {
		return &migrate.StopError{Reason: migrate.StopCanary, Err: &canaryError{bad, len(c.tried)}}
	}
	c.passed = true
	m.ui.say("Canary      all accounts sign in: %d; going on", len(c.tried))
	return nil
}

// canaryResults are what came of the rows of the canary, in this run or in
// earlier ones.
func (m *migration) canaryResults() (map[int64]migrate.Result, error) {
	rows := make([]int64, len(m.canary.tried))
	for i, t := range m.canary.tried {
		rows[i] = t.user.Row
	}
	results := map[int64]migrate.Result{}
	for r, err := range m.db.Of(m.hardKeep(), rows) {
		if err != nil {
			return nil, err
		}
		results[r.Row] = r
	}
	return results, nil
}

// notMigrated says why there is nobody to ask about.
func (t *trial) notMigrated(r *migrate.Result) {
	t.result.Code, t.result.RowCode, t.result.Status, t.result.TraceID = "canary_not_migrated", r.Code, r.Status, r.TraceID
	t.result.Message = "its row was not brought to Clerk (" + r.State.String() + ")"
	switch {
	case r.Message != "":
		t.result.Message += ": " + r.Code + ": " + r.Message
	case r.Code != "":
		t.result.Message += ": " + r.Code + ": " + migrate.Explain(r.Code)
	}
}

// judge says what Clerk's answers mean for the account, and what to look at.
func (t *trial) judge(s *migrate.SignIn) {
	t.result.SignsIn, t.result.Code, t.result.Message = s.OK(), "", ""
	if s.OK() {
		return
	}
	var said []string
	for i, code := range s.Codes() {
		if i == 0 {
			t.result.Code = code
		}
		said = append(said, t.meaning(code))
	}
	if failed := s.Err(); failed != nil {
		t.result.Status, t.result.AnswerCode, t.result.TraceID = failed.Status, failed.Code(), failed.TraceID
		said = append(said, "its answer: "+failed.Error())
	}
	t.result.Message = strings.Join(said, "\n")
}

// meaning is what a code says of this account.
func (t *trial) meaning(code string) string {
	u := t.user
	switch code {
	case "canary_wrong_password":
		return t.wrongPassword()
	case "canary_no_password":
		if u.PasswordDigest == nil && u.Password == nil {
			return "the user has no password in Clerk, and the row brings none"
		}
		return "the user has no password in Clerk, although the row brings one"
	case "canary_wrong_totp", "canary_no_totp":
		_, how := t.secondFactor(u, time.Now())
		return migrate.Explain(code) + " (here: " + how + ")"
	default:
		return migrate.Explain(code)
	}
}

// wrongPassword tells a wrong password from a digest that Clerk reads in another
// way than it was meant, by trying it on this machine.
func (t *trial) wrongPassword() string {
	u := t.user
	ok, how := t.opens(u)
	switch {
	case u.PasswordDigest == nil && u.Password == nil:
		return "Clerk says that the password is wrong; the row brings none, so the user has one from before"
	case ok && u.PasswordHasher != nil:
		return fmt.Sprintf("Clerk says that the password is wrong, but here it opens the row's digest (%s: %s): Clerk reads the digest in another way, or the user has changed the password since; "+
			"compare the digest with its form in carryover hashers list", *u.PasswordHasher, how)
	case u.PasswordHasher != nil:
		return fmt.Sprintf("Clerk says that the password is wrong, and here it does not open the row's digest either (%s: %s): the account has another password, or the digests are of another hasher; "+
			"try carryover hashers identify and carryover hashers verify", *u.PasswordHasher, how)
	default:
		return "Clerk says that the password is wrong; " + how
	}
}

// signIn notes what came of an account. Its key is not noted.
func (l *eventLog) signIn(s *report.SignIn) {
	if s.SignsIn {
		l.Info("canary signs in", "line", s.Line, "hasher", s.Hasher)
		return
	}
	l.Warn("canary cannot sign in", "line", s.Line, "hasher", s.Hasher, "code", s.Code,
		"row_code", s.RowCode, "http_status", s.Status, "answer_code", s.AnswerCode, "trace_id", s.TraceID)
}

// canaryStop is the error of a run that its canary has stopped.
func (m *migration) canaryStop(err error) error {
	validate := append([]string{"validate"}, m.paths...)
	validate = append(validate, flagsOf(m.ui.args, readingFlags...)...)
	return exit(exitResumable, fmt.Errorf("stopped before any other row was sent: %w", err)).hint(
		"each is named above, with what to look at; on this machine: "+commandLine(append(validate, "--prove", m.canary.path)),
		"where the accounts were wrong, correct "+shellQuote(m.canary.path)+" and run the same command again",
		"where the rows were wrong, correct the input and add --delta; with another mapping or another --from begin anew with --checkpoint OTHER.db, which updates the users that are there by their external_id")
}
