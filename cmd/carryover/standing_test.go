package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// What status shows of migrations in each state, in the list, on its own and
// while it is watched. The file is to be looked at.
func TestStandings(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 14, 0, 0, time.Local)
	left := 1946.0
	stand := func(name, kind, state, reason string, counts report.Counts, age time.Duration) *standing {
		return &standing{
			path: name + ".carryover.db", changed: now.Add(-age), ended: now.Add(-age),
			doc: &report.Document{
				Command: "status", State: state, Reason: reason, Counts: counts, Input: report.Input{Files: []string{name}},
				Target: &report.Target{Kind: kind, InstanceID: "ins_2x9kQ0aZ"}, Seconds: 3031, Checkpoint: name + ".carryover.db",
			},
		}
	}
	cut := report.Counts{Rows: 471_902, Created: 287_030, Updated: 379, Rejected: 26, Unfinished: 184_467}
	going := stand("users.csv", "production", "running", "", cut, 300*time.Millisecond)
	going.doc.Running = &report.Running{PID: 4711, Host: "db1", Seconds: 3031, Finished: 52_435, RowsSecond: 94.8, SecondsLeft: &left}
	going.figures = figures{earlier: 235_000, total: 236_902, ended: 52_435, good: 287_409, bad: 26, rate: 94.8, inFlight: 28, outside: true}
	begun := stand("begun.csv", "development", "running", "", report.Counts{Rows: 100, Unfinished: 100}, 2*time.Second)
	begun.doc.Running = &report.Running{PID: 4712, Seconds: 2}
	begun.figures = figures{total: 100, outside: true}
	interrupted := stand("accounts.csv", "production", "interrupted", "interrupt", cut, 4*time.Minute)
	interrupted.noAnswer, interrupted.resume = 3, "carryover run accounts.csv --from legacy.yaml"
	died := stand("old.csv", "production", "stopped", "the last run ended without a word", cut, 50*time.Hour)
	died.ended = time.Time{}
	all := []*standing{
		going, begun, interrupted, died,
		stand("closed.csv", "production", "interrupted", "hangup", cut, time.Hour),
		stand("away.csv", "production", "stopped", "Clerk cannot be reached", cut, time.Hour),
		stand("sample.csv", "development", "finished", "", report.Counts{Rows: 100, Created: 100}, 26*time.Hour),
		stand("evil\x1b[31m.csv", "sandbox", "finished_with_problems", "", report.Counts{Rows: 2, Created: 1, Conflict: 1}, 5*time.Minute),
		{path: "strange.carryover.db"},
	}
	var text bytes.Buffer
	ui := newConsole(nil, &text, &text)
	if err := writeStandings(ui, all, now); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*standing{going, begun} {
		fmt.Fprintf(&text, "\n== %s by itself\n", s.path)
		if err := report.Text(&text, s.doc); err != nil {
			t.Fatal(err)
		}
		var l lookout
		l.seen.Store(s)
		for _, width := range []int{100, 80, 40} {
			fmt.Fprintf(&text, "\n== watched, at %d columns\n%s\n", width, strings.Join(l.rows(width), "\n"))
		}
		fmt.Fprintf(&text, "\n== watched, elsewhere\n%s\n", s.figures.line(time.Date(2026, 11, 23, 2, 14, 0, 0, time.UTC)))
	}
	golden(t, "status.golden", text.String())
}

// status --exit-code ends as the run did whose end it reads.
func TestEndCode(t *testing.T) {
	for _, c := range []struct {
		state, reason string
		want          int
	}{
		{"finished", "", exitOK},
		{"finished_with_problems", "", exitProblems},
		{"running", "", exitLocked},
		{"interrupted", "interrupt", exitInterrupted},
		{"interrupted", "terminated", exitTerminated},
		{"interrupted", "hangup", exitTerminated},
		{"stopped", "--max-rows is reached", exitResumable},
		{"stopped", reasonChanged, exitMismatch},
		{"stopped", reasonError, exitUnexpected},
		{"stopped", reasonCounts, exitUnexpected},
		{checkpoint.Failed, "", exitResumable},
	} {
		if got := endCode(c.state, c.reason); got != c.want {
			t.Errorf("%s, %q: %d, want %d", c.state, c.reason, got, c.want)
		}
	}
	causes := map[migrate.StopReason]error{
		migrate.StopLedger: &checkpoint.DiskError{Err: errors.New("full")},
		migrate.StopInput:  &source.FileError{},
	}
	for reason, text := range reasons {
		var want *exitError
		if !errors.As(stopError(&migrate.StopError{Reason: reason, Err: causes[reason]}), &want) {
			t.Fatalf("%s has no exit code", reason)
		}
		if got := endCode("stopped", text); got != want.code {
			t.Errorf("%s: %d, want %d", reason, got, want.code)
		}
	}
}
