package main

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"runtime"
	"slices"
	"strings"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// compare compares the rows of the input, which is another one than that of the
// checkpoint and has been checked, with what the checkpoint knows. Refused rows
// that it finds are added to those of the census.
func (m *migration) compare(census *migrate.Census) error {
	runtime.GC() // what the checks held makes room for what is held now
	defer m.teller.read(newReading("Comparing it with "+report.Clean(m.path), m.in))()
	d := migrate.NewDelta(migrate.HashKey(m.db.Key()), m.db.Identity().Rows)
	for _, results := range []iter.Seq2[migrate.Result, error]{m.db.Results(m.soft), m.db.Past(m.soft)} {
		for r, err := range results {
			if err := errors.Join(err, d.Know(&r)); err != nil {
				return checkpointError(err)
			}
		}
	}
	refused := m.rejects // in the order of the rows, which are skipped
	refuseBefore := func(row int64) {
		for ; len(refused) > 0 && refused[0].Row < row; refused = refused[1:] {
			d.Refuse(&refused[0])
		}
	}
	for u, err := range migrate.Users(m.in.Rows(m.soft), m.rules) {
		if err != nil {
			return fileError(exitUsage, err)
		}
		refuseBefore(u.Row)
		if err := d.Take(u); err != nil {
			return err
		}
	}
	refuseBefore(math.MaxInt64)
	doubtful := newGroups()
	for _, p := range d.Refusals() {
		doubtful.add([]migrate.Problem{p})
		m.o.lines.Problems([]migrate.Problem{p})
		if err := m.addReject([]migrate.Problem{p}); err != nil {
			return err
		}
		census.Rejected++
	}
	m.problems = append(m.problems, doubtful.list...)
	m.delta, m.compared, m.states = d, report.FromDelta(d.Counts()), d.States()
	return nil
}

// refuseInput ends a run on another input than that of the checkpoint, and says
// how the two differ and what can be done.
func (m *migration) refuseInput() error {
	census, err := m.check()
	if err == nil {
		err = m.compare(census)
	}
	if err != nil {
		return err
	}
	refused := exit(exitMismatch, fmt.Errorf("the input is not the one that checkpoint %s was made for", m.path)).
		hint("compared with what was sent: " + m.compared.String())
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
	defer m.noteLastSend()
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
	m.tellRejects()
	m.replaced, m.delta, m.rejects = false, nil, nil
	m.states, err = m.db.States(m.hardKeep())
	return checkpointError(err)
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
