//go:build unix

package faults

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interruptible is a migration that has requests in flight at any moment.
func interruptible(t *testing.T) *migration {
	t.Helper()
	m := newMigration(t, 60, "--latency", "60ms")
	m.flags = []string{"--settle", "1s"} // long enough for every answer
	return m
}

// A first INT, TERM or HUP ends a run softly: what is on its way is waited for,
// what is not is given back, and nothing that was done is asked for again.
func TestSignalled(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal syscall.Signal
		word   string
		code   int
	}{
		{syscall.SIGINT, "interrupt", exitInterrupted},
		{syscall.SIGTERM, "terminated", exitTerminated},
		{syscall.SIGHUP, "hangup", exitTerminated},
	} {
		for trial := range few(1, 10) {
			t.Run(c.word+" "+strconv.Itoa(trial), func(t *testing.T) {
				t.Parallel()
				m := interruptible(t)
				p := m.start(t)
				m.box.await(t, p, users(4+4*trial))
				p.signal(t, c.signal)
				out := p.wait(t)
				if out.code != c.code {
					t.Errorf("exit code %d, want %d\n%s%s", out.code, c.code, out.stdout, out.stderr)
				}
				wantWords(t, out.stderr, "Stopping ("+c.word+")", "Nothing is lost. Run the same command again to go on.")
				wantWords(t, out.stdout, "Interrupted after ")
				for key, state := range m.known(t) {
					if state == inFlight {
						t.Errorf("%s was not given back", key)
					}
				}
				m.checkLeft(t)
				m.finish(t)
				asked, _ := m.created(t)
				for key, n := range asked {
					if n > 1 {
						t.Errorf("%s was asked for %d times", key, n)
					}
				}
			})
		}
	}
}

// The second signal leaves at once.
func TestSignalledTwice(t *testing.T) {
	t.Parallel()
	for trial := range few(1, 10) {
		t.Run(strconv.Itoa(trial), func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, 12, "--latency", "1s", "--sigma", "0")
			m.flags = []string{"--settle", "2s"}
			p := m.start(t)
			// The instance, the look-up, and four creates.
			m.box.await(t, p, requests(5+trial%2))
			p.signal(t, syscall.SIGINT)
			p.awaitWords(t, "Once more to leave at once.")
			second := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}[trial%2]
			p.signal(t, second)
			at := time.Now()
			out := p.wait(t)
			if took := time.Since(at); took > 800*time.Millisecond {
				t.Errorf("it took %v to leave", took)
			}
			if out.code != exitInterrupted { // of the first
				t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
			}
			m.checkLeft(t)
			m.flags = []string{"--settle", "2s", "--max-in-flight", "12"}
			m.finish(t)
		})
	}
}

// QUIT shows where each goroutine of the program is, and costs nothing.
func TestQuit(t *testing.T) {
	t.Parallel()
	for trial := range few(1, 10) {
		t.Run(strconv.Itoa(trial), func(t *testing.T) {
			t.Parallel()
			m := interruptible(t)
			p := m.start(t)
			m.box.await(t, p, users(1+4*trial))
			p.signal(t, syscall.SIGQUIT)
			out := p.wait(t)
			if out.code != 2 || out.core {
				t.Errorf("exit code %d (signal: %v), core dumped: %v\n%s%s", out.code, out.signal, out.core, out.stdout, out.stderr)
			}
			wantWords(t, out.stderr, "SIGQUIT: quit", "migrate.(*run)")
			m.checkLeft(t)
			m.finish(t)
		})
	}
}

// Whoever reads what the program says may go away: the work is done all the
// same. Only a result that could not be told is an error.
func TestNobodyListens(t *testing.T) {
	t.Parallel()
	gone := func(t *testing.T) *os.File {
		r, w, err := os.Pipe()
		must(t, err)
		must(t, r.Close())
		t.Cleanup(func() { _ = w.Close() })
		return w
	}
	for _, c := range []struct {
		name           string
		stdout, stderr bool // gone
		before         []string
		code           int
	}{
		{"a result that nobody reads", true, false, nil, exitUnexpected},
		{"talk that nobody reads", false, true, nil, exitOK},
		{"neither", true, true, nil, exitUnexpected},
		// Then the checkpoint's own files must not become standard output.
		{"closed", false, false, []string{"sh", "-c", `exec "$0" "$@" <&- >&- 2>&-`}, exitOK},
		{"a full device", false, false, []string{"sh", "-c", `exec "$0" "$@" >/dev/full`}, exitUnexpected},
		{"talk to a full device", false, false, []string{"sh", "-c", `exec "$0" "$@" 2>/dev/full`}, exitOK},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := os.Stat("/dev/full"); err != nil && strings.Contains(c.name, "device") {
				t.Skip(err)
			}
			m := newMigration(t, 60)
			l := m.launch(c.before...)
			if c.stdout {
				l.stdout = gone(t)
			}
			if c.stderr {
				l.stderr = gone(t)
			}
			out := start(t, l, m.args()...).wait(t)
			if out.code != c.code || out.signal != 0 {
				t.Errorf("exit code %d, signal %v, want %d\n%s%s", out.code, out.signal, c.code, out.stdout, out.stderr)
			}
			if c.code == exitUnexpected && !c.stderr {
				wantWords(t, out.stderr, "carryover: the result cannot be written: ", "carryover status "+inputName)
			}
			if n := len(m.box.users(t)); n != m.rows {
				t.Errorf("%d users of %d", n, m.rows)
			}
			m.checkDone(t)
		})
	}
}

// A signal that others send for a lost reader ends nothing either.
func TestPipeSignal(t *testing.T) {
	t.Parallel()
	m := interruptible(t)
	p := m.start(t)
	m.box.await(t, p, users(4))
	p.signal(t, syscall.SIGPIPE)
	if out := p.wait(t); out.code != exitOK {
		t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	m.checkDone(t)
}

// A run that is stopped for a while, as when a laptop sleeps, goes on.
func TestStoppedForAWhile(t *testing.T) {
	t.Parallel()
	m := newMigration(t, 60, "--latency", "20ms")
	p := m.start(t)
	m.box.await(t, p, users(10))
	p.signal(t, syscall.SIGSTOP)
	<-time.After(time.Duration(few(1, 30)) * time.Second)
	p.signal(t, syscall.SIGCONT)
	if out := p.wait(t); out.code != exitOK {
		t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	m.finish(t)
}
