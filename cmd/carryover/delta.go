package main

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// compare checks the rows of the input, which is another one than that of the
// checkpoint, and compares them with what the checkpoint knows.
func (m *migration) compare() (*migrate.Census, error) {
	m.ui.say("Comparing %s with %s …", report.Clean(strings.Join(m.paths, ", ")), report.Clean(m.path))
	m.delta = migrate.NewDelta(migrate.HashKey(m.db.Key()), m.db.Identity().Rows)
	for r, err := range m.db.Results(m.soft) {
		if err := errors.Join(err, m.delta.Know(&r)); err != nil {
			return nil, checkpointError(err)
		}
	}
	for r, err := range m.db.Past(m.soft) {
		if err := errors.Join(err, m.delta.Know(&r)); err != nil {
			return nil, checkpointError(err)
		}
	}
	census, err := migrate.Check(m.soft, m.in.Rows(m.soft), m.rules, func(u *migrate.User, problems []migrate.Problem) error {
		if !migrate.Refused(problems) {
			return m.delta.Take(u)
		}
		p := problems[0]
		m.delta.Refuse(p.Row, p.Line, p.Key)
		m.addReject(problems)
		return nil
	})
	if err != nil {
		return nil, fileError(exitUsage, err)
	}
	doubtful := newGroups()
	for _, p := range m.delta.Refusals() {
		doubtful.add([]migrate.Problem{p})
		m.addReject([]migrate.Problem{p})
		census.Rejected++
	}
	census.Groups = append(census.Groups, doubtful.list...)
	return census, nil
}

// refuseInput ends a run on another input than that of the checkpoint, and says
// how the two differ and what can be done.
func (m *migration) refuseInput() error {
	if _, err := m.compare(); err != nil {
		return err
	}
	refused := exit(exitMismatch, fmt.Errorf("the input is not the one that checkpoint %s was made for", m.path)).
		hint("compared with what was sent: " + report.FromDelta(m.delta.Counts()).String())
	changed, fresh := m.delta.Examples()
	gone, err := m.gone()
	if err != nil {
		return checkpointError(err)
	}
	return refused.hint(
		examples("changed", changed), examples("new or not sent yet", fresh), vanishedKeys(gone),
		"to send only what is new or changed: "+m.ui.command("--delta"),
		"to begin a new migration: add --checkpoint OTHER.db; to go on with the old one: give its input again")
}

// examples names the first rows of a kind by their lines and keys.
func examples(what string, rows []migrate.Example) string {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = fmt.Sprintf("line %d", row.Line)
		if row.Key != "" {
			list[i] += " (" + row.Key + ")"
		}
	}
	return listOf(what, list)
}

func vanishedKeys(v *report.Vanished) string {
	var keys []string
	if v != nil {
		for _, u := range v.Users[:min(linesShown, len(v.Users))] {
			keys = append(keys, u.Key)
		}
	}
	return listOf("vanished", keys)
}

// listOf names the first things of a kind; "" where there is none.
func listOf(what string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	if len(list) == linesShown { // there may be more
		list = append(list, "…")
	}
	return what + ": " + strings.Join(list, ", ")
}

// gone are the users that the input does not have, before it takes the place of
// the one before; those that it is the first not to have come first.
func (m *migration) gone() (*report.Vanished, error) {
	first := map[int64]bool{}
	total := int64(0)
	for row := range m.delta.Gone() {
		if total++; len(first) < report.MaxVanished {
			first[row] = true
		}
	}
	v, err := report.CountVanished(func(yield func(migrate.Result, error) bool) {
		for _, results := range []iter.Seq2[migrate.Result, error]{m.db.Results(m.soft), m.db.Past(m.soft)} {
			for r, err := range results {
				if (err != nil || first[r.Row]) && !yield(r, err) {
					return
				}
			}
		}
	})
	if v != nil {
		v.Count = total
	}
	return v, err
}

// settle looks up creates of the input before this one whose answer never came:
// that input may be gone.
func (m *migration) settle() error {
	if !m.replaced || m.o.dryRun {
		return nil
	}
	unfinished, err := m.db.Unfinished(m.soft)
	if err != nil {
		return checkpointError(err)
	}
	var n int64
	for i := range unfinished {
		if unfinished[i].Open() {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	if err := m.connect(); err != nil {
		return err
	}
	m.ui.say("Looking up %s creates of the last run whose answer never came, once they can no longer be under way (%s) …",
		report.Number(n), report.Duration(m.o.settle))
	_, err = migrate.Settle(m.soft, migrate.Config{API: m.client, Ledger: m.db, Settle: m.o.settle})
	var e *migrate.Error
	if errors.As(err, &e) {
		return requestError(err, m.target.KeyOrigin)
	}
	return checkpointError(err)
}

// rebase puts the input in the place of the one before. From here on the run
// is one that goes on.
func (m *migration) rebase() error {
	err := m.db.Rebase(m.hardKeep(), checkpoint.Rebase{
		Identity: m.identity(), Moves: m.delta.Moves(), Results: slices.Values(m.rejects),
	})
	if err != nil {
		return checkpointError(err)
	}
	m.replaced, m.rejects = false, nil
	m.states, err = m.db.States(m.hardKeep())
	return checkpointError(err)
}

// comparison is what the document says of the two inputs; nil where there is
// one.
func (m *migration) comparison() *report.Delta {
	if m.delta == nil {
		return nil
	}
	return report.FromDelta(m.delta.Counts())
}

// vanished are the users that the input does not have any more. A checkpoint
// that cannot tell them has said so to whoever asked for its counts.
func (m *migration) vanished() (v *report.Vanished) {
	switch {
	case m.db == nil:
	case m.replaced:
		v, _ = m.gone()
	default:
		v, _ = report.CountVanished(m.db.Vanished(m.hardKeep()))
	}
	return v
}
