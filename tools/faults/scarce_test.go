//go:build unix

package faults

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// With little of what it needs, a run comes to its end or says what it lacks.
func TestScarce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		before []string
		env    string
		codes  []int
	}{
		{"32 files", limited("-n 32"), "", []int{exitOK}},
		{"64 MB", nil, "GOMEMLIMIT=64MiB", []int{exitOK}},
		{"26 files", limited("-n 26"), "", []int{exitOK}}, // three connections
		{"16 files", limited("-n 16"), "", []int{exitUsage}},
		{"8 files", limited("-n 8"), "", []int{exitUsage}},
		{"10 MB", nil, "GOMEMLIMIT=10MiB", []int{exitOK}},
		{"one processor", nil, "GOMAXPROCS=1", []int{exitOK}},
	}[:few(2, 7)] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, few(200, 2000), "--latency", "10ms")
			m.flags = []string{"--max-in-flight", "64", "--settle", "2s"}
			l := m.launch(c.before...)
			if c.env != "" {
				l.env = append(l.env, c.env)
			}
			out := start(t, l, m.args()...).wait(t)
			t.Logf("%d %s", out.code, out.stderr)
			ok := false
			for _, code := range c.codes {
				ok = ok || out.code == code
			}
			if !ok {
				t.Errorf("exit code %d, want %d\n%s%s", out.code, c.codes, out.stdout, out.stderr)
			}
			if out.code != exitOK {
				wantWords(t, out.stderr, "carryover: ")
			}
			if strings.Contains(out.stderr, "goroutine ") {
				t.Errorf("there is a stack trace:\n%s", out.stderr)
			}
			m.checkLeft(t)
			m.finish(t)
		})
	}
}

// Where the system refuses a thread, Go ends the program on the spot. That is
// a crash like any other.
func TestFewThreads(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("it takes root to be a user of whom nothing else runs")
	}
	if _, err := exec.LookPath("prlimit"); err != nil {
		t.Skip("prlimit is not installed")
	}
	for i, limit := range []string{"6", "16", "3", "4", "5", "7", "8", "9", "10", "12"}[:few(2, 10)] {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, 60)
			id := uint32(54320 + i)
			m.giveTo(t, &syscall.Credential{Uid: id, Gid: id})
			out := m.run(t, "prlimit", "--nproc="+limit, "--")
			t.Logf("exit code %d", out.code)
			if out.code != exitOK && !strings.Contains(out.stderr, "failed to create new OS thread") && !strings.Contains(out.stderr, "pthread_create failed") {
				t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
			}
			if out.core {
				t.Error("its memory was dumped")
			}
			m.checkLeft(t)
			m.finish(t)
		})
	}
}
