//go:build unix

package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// heldRun is a run whose requests are not answered until the test ends, with
// secrets of the input and the key in its memory.
func heldRun(t *testing.T, s *secretRuns, prepared *process) {
	t.Helper()
	held := make(chan struct{}, 1000)
	end := make(chan struct{})
	t.Cleanup(func() { close(end) })
	s.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || s.Stats().Users == 0 { // the first create goes ahead alone
			return false
		}
		held <- struct{}{}
		<-end
		return false
	})
	prepared.begin(t)
	for range 8 {
		select {
		case <-held:
		case <-time.After(20 * time.Second):
			t.Fatalf("no request came\n%s", prepared.stderr.String())
		}
	}
}

// The traces of a program that dies hold the addresses of what it was working
// on, not the text; and no core file is written. A SIGQUIT is how a person asks
// for such a trace.
func TestNoSecretInDumps(t *testing.T) {
	t.Parallel()
	for _, traceback := range []string{"single", "crash"} {
		t.Run(traceback, func(t *testing.T) {
			t.Parallel()
			s := newSecretRuns(t, 64, sandbox.Config{})
			p := prepare(t, s.folder, append(s.environ, "GOTRACEBACK="+traceback, "PROGRAM="+lookPath(t, "carryover"), "FILE="+s.file))
			p.cmd.Path, p.cmd.Err = "/bin/sh", nil
			p.cmd.Args = []string{"sh", "-c", `ulimit -c unlimited; exec "$PROGRAM" run "$FILE" --max-rejects 100% --max-in-flight 8`}
			heldRun(t, s, p)
			p.signal(t, syscall.SIGQUIT)
			out := p.wait(t)
			wantWords(t, out.stderr, "SIGQUIT: quit", "goroutine ", "migrate.(*run)")
			s.check(t, "a dump", out)
			wantFiles(t, s, "users.jsonl.carryover.db", "users.jsonl.carryover.db-wal", "users.jsonl.carryover.db-shm", "users.jsonl.carryover.db.lock")
		})
	}
}

// wantFiles wants a folder to hold no file but the input and those named: no
// core file, nothing temporary.
func wantFiles(t *testing.T, s *secretRuns, names ...string) {
	t.Helper()
	files := content(t, s.folder)
	for _, name := range append(names, "users.jsonl", "key", "log.jsonl") {
		delete(files, name)
	}
	for name := range files {
		t.Errorf("%s is there", name)
	}
}

func init() {
	programs["panicking"] = func() {
		key := takeKey()
		private()
		ui := newConsole(os.Stdin, os.Stdout, panicker{os.Stderr, os.Getenv("PANIC_AT"), key.Reveal()})
		ui.key, ui.leave = key, os.Exit
		os.Exit(execute(context.Background(), ui, os.Args[1:]))
	}
}

// A panicker is a terminal that fails in the worst way: where it meets a word,
// it panics with the key in its hands, or, where it was asked how far it is, in
// a goroutine of its own, which nothing catches.
type panicker struct {
	io.Writer
	at, key string
}

// askedFor begins what a run says when it is asked how far it is.
const askedFor = "Z done="

// careless is a value that would show the key.
type careless string

func (p panicker) Write(text []byte) (int, error) {
	switch {
	case !strings.Contains(string(text), p.at):
	case p.at == askedFor:
		go func() { panic("nobody is there") }()
	default:
		panic(careless(strings.TrimPrefix(p.key, "sk_test_"))) // no message shows what looks like a key
	}
	return p.Writer.Write(text)
}

// Nor does a panic show a secret, not even where its value holds one.
func TestNoSecretInPanics(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		at   string
		code int
		says []string
	}{
		"of the command":   {"Target ", exitUnexpected, []string{"carryover: internal error: panic of type main.careless", "this is a bug", "carryover.execute("}},
		"that is uncaught": {askedFor, 2, []string{"panic: nobody is there", "migrate.(*run)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSecretRuns(t, 320, sandbox.Config{Latency: 50 * time.Millisecond})
			p := prepare(t, s.folder, append(s.environ, "PANIC_AT="+c.at, "GOTRACEBACK=all"))
			p.cmd.Path, p.cmd.Err = lookPath(t, "panicking"), nil
			p.cmd.Args = []string{"panicking", "run", s.file, "--max-rejects", "100%", "--max-in-flight", "4"}
			p.begin(t)
			if c.at == askedFor {
				s.awaitUsers(t, 5)
				p.signal(t, syscall.SIGUSR1)
			}
			out := p.wait(t)
			if out.code != c.code {
				t.Errorf("exit code %d, want %d", out.code, c.code)
			}
			wantWords(t, out.stderr, c.says...)
			s.check(t, "a panic", out)
		})
	}
}
