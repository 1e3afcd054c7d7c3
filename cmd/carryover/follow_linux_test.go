package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// slowRun is a run that goes on until it is ended.
func slowRun(t *testing.T) (b *box, folder string, run *process) {
	t.Helper()
	folder = t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	b = newBox(t, sandbox.Config{})
	carryover(t, exitResumable, folder, b.env(), "run", "users.csv", "-q", "--max-rows", "300")
	run = start(t, folder, b.env(), "run", "users.csv", "--rate-limit", "5/1s")
	b.awaitUsers(t, 305)
	return b, folder, run
}

// Where there is no terminal, a watch is lines; it ends when the run does, as it
// does.
func TestWatchedInLines(t *testing.T) {
	t.Parallel()
	_, folder, run := slowRun(t)
	watch := start(t, folder, nil, "status", "users.csv", "--watch", "--exit-code")
	lines := regexp.MustCompile(`^20\S+Z done=5[0-9.]+% 3\d\d/600 ok=3\d\d failed=0 in_flight=\d+ rate=[0-9.]+/s eta=\S+\n`)
	if !eventually(20*time.Second, func() bool { return lines.MatchString(watch.stdout.String()) }) {
		t.Errorf("%q was shown", watch.stdout.String())
	}
	run.signal(t, os.Interrupt)
	run.wait(t)
	out := watch.wait(t)
	if out.code != exitInterrupted || out.stderr != "" {
		t.Errorf("exit code %d\n%s", out.code, out.stderr)
	}
	wantWords(t, out.stdout, "\nusers.csv.carryover.db  interrupted  instance ins_sandbox\n", "\nInterrupted after ", "unfinished  ")
	if n := strings.Count(out.stdout, " done="); n != 1 {
		t.Errorf("%d lines in less than 30 s", n)
	}
}

// On a terminal a watch draws in place, and the rate is that of the run. Ctrl-C
// ends the watch, and leaves what status shows; the run goes on.
func TestWatchedOnATerminal(t *testing.T) {
	t.Parallel()
	b, folder, run := slowRun(t)
	term := newTerminal(t)
	p := prepare(t, folder, []string{"TERM=xterm"}, "status", "users.csv", "--watch")
	term.begin(t, p)
	v := &view{term: term, vt: newVT(80)}
	v.await(t, "the bar", regexp.MustCompile(`^users\.csv\.carryover\.db  process \d+ [^\n]+\n▕█+▓*░+▏ 5\d %  3\d\d/600  [0-9.]+/s  ETA [^\n]+\n✓ 3\d\d done  ✗ 0 failed [^\n]+\n$`))
	now := b.Stats().Users
	b.awaitUsers(t, now+10)
	narrow := regexp.MustCompile(`^users\.csv\.carryover\.db[^\n]*\n▕█+▓+░+▏ \d\d %[^\n]+\n✓ \d\d\d done[^\n]*\n$`)
	// A picture that is drawn just as the width changes leaves lines of the old one.
	for _, width := range []int{40, 44, 42} {
		v.resize(t, width)
		if eventually(3*time.Second, func() bool { return narrow.MatchString(v.look()) }) {
			break
		}
	}
	v.await(t, "the bar", narrow)
	v.resize(t, 80)
	_, _ = term.keyboard.WriteString("\x03")
	if out := p.wait(t); out.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
	}
	v.await(t, "the status", regexp.MustCompile(`^users\.csv\.carryover\.db  running  instance ins_sandbox\nA run is going on \(process \d+ (?s:.*)rows +600\n`))
	v.wantNoBar(t)
	now = b.Stats().Users
	b.awaitUsers(t, now+2)
	run.signal(t, os.Interrupt)
	run.wait(t)
}
