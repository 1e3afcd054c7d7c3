//go:build unix

package faults

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// slow is a migration that others meet while it runs.
func slow(t *testing.T) *migration {
	t.Helper()
	m := newMigration(t, 60, "--latency", "150ms", "--sigma", "0")
	m.flags = []string{"--max-in-flight", "2", "--settle", "1s"}
	return m
}

// hurry brings a slow migration to its end.
func (m *migration) hurry(t *testing.T) {
	t.Helper()
	m.checkLeft(t)
	m.flags = []string{"--max-in-flight", "30", "--settle", "1s"}
	m.finish(t)
}

// interrupt ends a run as a person does.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	p.signal(t, syscall.SIGINT)
	if out := p.wait(t); out.code != exitInterrupted {
		t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
}

// Of many runs that are started at once, one runs. The others say which.
func TestManyStarts(t *testing.T) {
	t.Parallel()
	m := slow(t)
	for _, when := range []string{"a new checkpoint", "one that goes on"} {
		var running []*process
		for range few(8, 50) {
			running = append(running, m.start(t))
		}
		var won *process
		if !eventually(func() bool { won = theOne(running); return won != nil }) {
			t.Fatalf("%s: it does not come to one", when)
		}
		for _, p := range running {
			if p == won {
				continue
			}
			out := p.wait(t)
			if out.code != exitLocked {
				t.Errorf("%s: exit code %d\n%s%s", when, out.code, out.stdout, out.stderr)
			}
			helpful(t, out)
		}
		before := m.box.totals(t).Users
		m.box.await(t, won, users(before+2)) // it is not disturbed
		won.interrupt(t)
		m.checkLeft(t)
	}
	m.hurry(t)
}

// theOne is the process that has not ended, when all others have.
func theOne(all []*process) (one *process) {
	for _, p := range all {
		if p.ended() {
			continue
		}
		if one != nil {
			return nil
		}
		one = p
	}
	return one
}

// Where the lock file is deleted, a second run takes over: the first notices
// with its next commit, and nobody is doubled.
func TestLockFileIsDeleted(t *testing.T) {
	t.Parallel()
	for trial := range few(1, 10) {
		t.Run(strconv.Itoa(trial), func(t *testing.T) {
			t.Parallel()
			m := slow(t)
			first := m.start(t)
			m.box.await(t, first, users(4+4*trial))
			must(t, os.Remove(m.state()+".lock"))
			m.flags = []string{"--max-in-flight", "10", "--settle", "1s"}
			second := m.start(t)
			out := first.wait(t)
			if out.code != exitLocked {
				t.Errorf("the first: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
			}
			helpful(t, out)
			wantWords(t, out.stderr, "another process has taken it over")
			if second.ended() {
				t.Error("the first noticed nothing until the second had ended")
			}
			if out := second.wait(t); out.code != exitOK {
				t.Errorf("the second: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
			}
			m.hurry(t)
		})
	}
}

// A checkpoint in use is known by whatever name it is called, or refused by it.
func TestOtherNames(t *testing.T) {
	t.Parallel()
	m := slow(t)
	p := m.start(t)
	m.box.await(t, p, users(2))
	aside := newFolder(t)
	for _, c := range append(otherNames, mountedNames...) {
		t.Run(c.name, func(t *testing.T) {
			path := c.make(t, m, aside)
			out := start(t, m.launch(), append(m.args(), "--checkpoint", path)...).wait(t)
			if out.code != c.code {
				t.Errorf("exit code %d, want %d\n%s%s", out.code, c.code, out.stdout, out.stderr)
			}
			wantWords(t, out.stderr, "carryover: checkpoint "+filepath.Clean(path))
		})
	}
	before := m.box.totals(t).Users
	m.box.await(t, p, users(before+2))
	p.interrupt(t)
	m.hurry(t)
}

// An otherName is one under which the checkpoint of a migration can be found.
type otherName struct {
	name string
	make func(t *testing.T, m *migration, aside string) string
	code int
}

var otherNames = []otherName{
	{"a link", func(t *testing.T, m *migration, aside string) string {
		must(t, os.Symlink(m.state(), filepath.Join(aside, "link.db")))
		return filepath.Join(aside, "link.db")
	}, exitMismatch},
	{"a hard link", func(t *testing.T, m *migration, aside string) string {
		path := filepath.Join(aside, "hard.db")
		must(t, os.Link(m.state(), path))
		t.Cleanup(func() { must(t, os.Remove(path)) })
		return path
	}, exitMismatch},
	{"a linked folder", func(t *testing.T, m *migration, aside string) string {
		must(t, os.Symlink(m.folder, filepath.Join(aside, "folder")))
		return filepath.Join(aside, "folder", stateName)
	}, exitLocked},
	{"a way around", func(_ *testing.T, m *migration, _ string) string {
		return m.folder + "/../" + filepath.Base(m.folder) + "//" + stateName
	}, exitLocked},
}

// Readers, as many as there may be, neither disturb a run nor are disturbed.
func TestStatusAgainAndAgain(t *testing.T) {
	t.Parallel()
	m := newMigration(t, few(150, 2000), "--latency", "5ms")
	p := m.start(t)
	if !eventually(func() bool { return p.ended() || m.exists() }) {
		t.Fatal("it never began")
	}
	done, seen := 0, 0
	for !p.ended() {
		before := m.box.totals(t).Users
		c := m.status(t)
		if now := c.Rows - c.Unfinished; now < done || now > m.box.totals(t).Users {
			t.Errorf("%d rows are done after %d, of %d to %d users", now, done, before, m.box.totals(t).Users)
		} else {
			done = now
		}
		seen++
	}
	if out := p.wait(t); out.code != exitOK || strings.Contains(out.stderr, "carryover:") {
		t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	t.Logf("status was asked %d times", seen)
	m.finish(t)
}

// The moment in which a run begins or ends is no other than any.
func TestStatusAsRunsBeginAndEnd(t *testing.T) {
	t.Parallel()
	m := newMigration(t, 60)
	m.canary(t, 1)
	seen := 0
	for range few(4, 40) {
		m.flags = []string{"--max-rows", "1"}
		for p := m.start(t); !p.ended(); seen++ {
			m.status(t)
		}
	}
	t.Logf("status was asked %d times", seen)
	m.flags = nil
	m.finish(t)
}
