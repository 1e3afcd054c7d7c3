//go:build unix

package faults

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// A phase is a part of a run in which it is killed. kill starts the program
// and kills it there, a little later with each trial, and returns false where
// the program was quicker.
type phase struct {
	name    string
	trials  int // how many there are that differ
	sandbox []string
	kill    func(t *testing.T, m *migration, trial int) bool
}

var phases = []phase{
	{"looking up", 20, []string{"--latency", "60ms"}, func(t *testing.T, m *migration, trial int) bool {
		return m.killWhen(t, trial, func() bool { return m.lookUps(t) > 0 })
	}},
	{"sending", 20, []string{"--latency", "20ms"}, func(t *testing.T, m *migration, trial int) bool {
		return m.killWhen(t, trial, func() bool { return m.box.totals(t).Users > trial })
	}},
	{"reconciling", 20, []string{"--latency", "60ms"}, func(t *testing.T, m *migration, trial int) bool {
		// What was in flight is looked up when it has settled.
		m.killWhen(t, trial, func() bool { return m.box.totals(t).Users > 4 })
		before := m.lookUps(t)
		return m.killWhen(t, trial, func() bool { return m.lookUps(t) > before })
	}},
	{"draining", 20, []string{"--latency", "100ms"}, func(t *testing.T, m *migration, trial int) bool {
		p := m.start(t)
		m.box.await(t, p, users(4))
		p.signal(t, syscall.SIGINT)
		p.awaitWords(t, "Stopping (interrupt)")
		return p.killAfter(t, trial)
	}},
}

// A kill in any phase is survived.
func TestKilledInAPhase(t *testing.T) {
	t.Parallel()
	for _, ph := range append(phases, tracedPhases...) {
		t.Run(ph.name, func(t *testing.T) {
			t.Parallel()
			var trials, killed atomic.Int64
			t.Run("trial", func(t *testing.T) {
				for trial := range few(1, ph.trials) {
					t.Run(strconv.Itoa(trial), func(t *testing.T) {
						t.Parallel()
						m := newMigration(t, 40, ph.sandbox...)
						if ph.kill(t, m, trial) { // or it skips the trial
							killed.Add(1)
						}
						trials.Add(1)
						m.checkLeft(t)
						m.finish(t)
					})
				}
			})
			t.Logf("killed in %d of %d trials", killed.Load(), trials.Load())
			if killed.Load() < (trials.Load()+1)/2 {
				t.Errorf("killed in %d of %d trials only: the program was quicker", killed.Load(), trials.Load())
			}
		})
	}
}

// killWhen starts the program and kills it when something has come about.
func (m *migration) killWhen(t *testing.T, trial int, is func() bool) bool {
	t.Helper()
	p := m.start(t)
	if !eventually(func() bool { return p.ended() || is() }) {
		t.Fatal("it never came to that")
	}
	killed := p.killAfter(t, trial)
	m.box.quiet(t)
	return killed
}

// killAfter kills the program after so many milliseconds.
func (p *process) killAfter(t *testing.T, ms int) bool {
	t.Helper()
	<-time.After(time.Duration(ms) * time.Millisecond)
	p.killAll(syscall.SIGKILL)
	return p.wait(t).signal == syscall.SIGKILL
}

func (m *migration) lookUps(t *testing.T) (n int) {
	t.Helper()
	for _, e := range m.box.journal(t) {
		if e.Method == http.MethodGet && e.Path == "/users" {
			n++
		}
	}
	return n
}

// A list of problems appears whole or not at all, whatever becomes of the
// program that writes it; one that was there before stays until then.
func TestKilledWhileWritingAList(t *testing.T) {
	t.Parallel()
	const name = "problems.jsonl"
	rows := "external_id,email_address\n" + strings.Repeat("u1,no address\n", 300)
	// validate writes a list and returns it, "" where there is none.
	validate := func(t *testing.T, folder, before string, with ...string) (outcome, string) {
		t.Helper()
		for file, content := range map[string]string{inputName: rows, name: before} {
			if content == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		out := start(t, launch{folder: folder, before: with}, "validate", inputName, "--problems", name, "--force").wait(t)
		list, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return out, string(list)
	}
	out, whole := validate(t, newFolder(t), "")
	if out.code != 3 || strings.Count(whole, "\n") < 300 {
		t.Fatalf("exit code %d, %d lines\n%s", out.code, strings.Count(whole, "\n"), out.stderr)
	}
	for step, killer := range writingSteps {
		for _, before := range []string{"", "an older list\n"} {
			t.Run(strconv.Itoa(step)+" "+before, func(t *testing.T) {
				t.Parallel()
				folder := newFolder(t)
				out, list := validate(t, folder, before, killer(t, folder)...)
				if out.signal != syscall.SIGKILL {
					t.Fatalf("it was not killed: exit code %d\n%s", out.code, out.stderr)
				}
				if list != before && list != whole {
					t.Errorf("a part of the list is there: %q", list)
				}
				if out, list := validate(t, folder, ""); out.code != 3 || list != whole {
					t.Errorf("the same command again: exit code %d, %d bytes of %d", out.code, len(list), len(whole))
				}
			})
		}
	}
}
