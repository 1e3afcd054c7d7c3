//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// interruptSetting is a run of 600 rows that takes some seconds, against a
// sandbox whose answers take a while, so that a signal meets requests in flight.
func interruptSetting(t *testing.T, latency time.Duration) (b *box, folder, file string) {
	t.Helper()
	folder = t.TempDir()
	file = writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	return newBox(t, sandbox.Config{Latency: latency, Sigma: 0.3}), folder, file
}

// A signal ends a run at any moment; the same command then does the rest, with
// each user created once and no request for a row that was done.
func TestInterruptedRunIsFinishedByTheSameCommand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal syscall.Signal
		code   int
		word   string
	}{
		{syscall.SIGINT, exitInterrupted, "interrupt"},
		{syscall.SIGTERM, exitTerminated, "terminated"},
		{syscall.SIGHUP, exitTerminated, "hangup"},
	} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			b, folder, file := interruptSetting(t, 100*time.Millisecond)
			args := []string{"run", file, "--max-in-flight", "32"}
			p := start(t, folder, b.env(), args...)
			b.awaitUsers(t, manyRows/3)
			at := p.signal(t, c.signal)
			out := p.wait(t)
			if took := time.Since(at); took > drainFor+time.Second {
				t.Errorf("it took %v to stop", took)
			}
			if out.code != c.code {
				t.Errorf("exit code %d, want %d", out.code, c.code)
			}
			wantWords(t, out.stderr, "Stopping ("+c.word+"): waiting for requests in flight, at most 10 s.", "Nothing is lost. Run the same command again to go on.")
			wantWords(t, out.stdout, "Interrupted after ")
			first := b.Journal()
			done := writes(first)
			if len(done) >= manyRows || len(done) < manyRows/3 {
				t.Fatalf("%d of %d rows were done: that is not the middle", len(done), manyRows)
			}
			b.forget()
			carryover(t, exitOK, folder, b.env(), args...)
			checkOnce(t, b, manyRows)
			again := writes(b.Journal()[len(first):])
			for id := range done {
				if again[id] > 0 || b.lookedUp(id) {
					t.Errorf("a request was sent for %s, which was done", id)
				}
			}
		})
	}
}

// What an interrupted run had not sent yet is no problem of those rows.
func TestInterruptIsNoProblemOfTheRows(t *testing.T) {
	t.Parallel()
	b, folder, file := interruptSetting(t, 100*time.Millisecond)
	p := start(t, folder, b.env(), "run", file, "--max-in-flight", "32", "--rate-limit", "1000/10s")
	b.awaitUsers(t, 60)
	p.signal(t, os.Interrupt)
	if out := p.wait(t); out.code != exitInterrupted || strings.Contains(out.stdout, "Problems") {
		t.Errorf("exit code %d\n%s", out.code, out.stdout)
	}
}

// A signal before anything was sent leaves nothing.
func TestInterruptedBeforeTheFirstRequest(t *testing.T) {
	t.Parallel()
	b, folder, file := interruptSetting(t, 0)
	asked := make(chan struct{})
	b.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		close(asked) // the first request is for the instance; it is not answered
		<-r.Context().Done()
		return true
	})
	p := start(t, folder, b.env(), "run", file)
	<-asked
	p.signal(t, os.Interrupt)
	out := p.wait(t)
	if out.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
	}
	wantWords(t, out.stderr, "carryover: interrupted; nothing was written")
	if left, err := filesUnder(folder); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// A second signal leaves at once, with creates in flight. A run that follows
// sends none of them again before it knows what became of them, which it looks
// up when that must show; the other rows do not wait for it.
func TestSecondInterruptLeavesAtOnce(t *testing.T) {
	t.Parallel()
	b, folder, file := interruptSetting(t, 0)
	inFlight, hold := make(chan struct{}, manyRows), make(chan struct{})
	b.inFront(b.lateFrom(t, 100, inFlight, hold))
	args := []string{"run", file, "--max-in-flight", "8"}
	p := start(t, folder, b.env(), append(args, "--output", "jsonl")...)
	for range 8 {
		<-inFlight
	}
	p.signal(t, os.Interrupt)
	if !eventually(5*time.Second, func() bool { return strings.Contains(p.stderr.String(), "Once more to leave at once.") }) {
		t.Fatal("the first interrupt was not answered")
	}
	second := p.signal(t, os.Interrupt)
	out := p.wait(t)
	if took := time.Since(second); took > 2*time.Second {
		t.Errorf("it took %v to leave", took)
	}
	if out.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", out.code, exitInterrupted)
	}
	wantWords(t, out.stderr, "Left at once, with 8 requests in flight: the next run looks up what became of them.",
		"Nothing is lost. To go on: carryover run "+file+" --max-in-flight 8")
	checkLastLine(t, out.stdout)
	shown := carryover(t, exitInterrupted, folder, nil, "status", file, "--exit-code")
	wantWords(t, shown.stdout, "Interrupted after ", "sent without an answer so far")
	close(hold)
	b.inFront(nil)
	b.awaitUsers(t, 108)
	before := b.Journal()

	out = carryover(t, exitResumable, folder, b.env(), append(args, "--max-duration", "3s", "--output", "json")...)
	// Those that had their intent noted and had not left yet look the same to a
	// later run as those that had: twice as many as may be in flight, at most.
	left, err := strconv.Atoi(fmt.Sprint(at(decodeObject(t, []byte(out.stdout)), "counts.unfinished")))
	if err != nil || left < 8 || left > 16 {
		t.Errorf("%d rows are unfinished, %v", left, err)
	}
	checkOnce(t, b, len(b.users(t)))
	if n := len(b.users(t)); n < manyRows-left+8 {
		t.Errorf("%d users, want all but the rows that had only their intent", n)
	}
	done := writes(before)
	for id, n := range writes(b.Journal()[len(before):]) {
		if done[id] > 0 {
			t.Errorf("%s was sent again %d times", id, n)
		}
	}

	carryover(t, exitOK, folder, b.env(), append(args, "--settle", "500ms")...)
	checkOnce(t, b, manyRows)
}

// checkLastLine checks that lines end with a summary of an interrupted run whose
// counts add up, all but what was in flight when it was left.
func checkLastLine(t *testing.T, lines string) {
	t.Helper()
	list := strings.Split(strings.TrimSpace(lines), "\n")
	last := decodeObject(t, []byte(list[len(list)-1]))
	number := func(path string) int {
		n, err := strconv.Atoi(fmt.Sprint(at(last, path)))
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return n
	}
	if last["type"] != "summary" || last["state"] != "interrupted" || number("unfinished.no_answer") < 8 ||
		number("counts.created")+number("counts.unfinished") != manyRows {
		t.Errorf("the last line is %s", list[len(list)-1])
	}
}

// lateFrom makes the sandbox keep every create from the n-th user on until hold
// is closed: it works on it, and nobody waits for the answer any more.
func (b *box) lateFrom(t *testing.T, n int, inFlight chan<- struct{}, hold <-chan struct{}) func(http.ResponseWriter, *http.Request) bool {
	return func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || b.Stats().Users < n {
			return false
		}
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		inFlight <- struct{}{}
		<-hold
		late := r.Clone(t.Context()) // r's own context ended with its client
		late.Body = io.NopCloser(&body)
		b.Handler().ServeHTTP(discard{http.Header{}}, late)
		return true
	}
}

// discard is a ResponseWriter that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
