package main

import (
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// A key that is revoked in the middle of a run stops it at once: nothing is
// rejected for it, and the same command does the rest when the key is mended.
func TestKeyRevokedInTheMiddle(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	b := newBox(t, sandbox.Config{Latency: 20 * time.Millisecond})
	b.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if b.Stats().Users < 200 {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errors":[{"message":"m","long_message":"l","code":"clerk_key_invalid"}],"clerk_trace_id":"trace"}`))
		return true
	})
	out := carryover(t, exitRefused, folder, b.env(), "run", file, "--max-in-flight", "16")
	wantWords(t, out.stderr, "carryover: Clerk refuses: ", "401", "clerk_key_invalid", "then run the same command again")
	wantWords(t, out.stdout, "Stopped after ", "rejected    0")
	first := len(b.Journal())
	if first >= manyRows {
		t.Fatalf("%d requests: that is not the middle", first)
	}

	b.inFront(nil)
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	checkOnce(t, b, manyRows)
}

// Where the first rows are all answered 403, it is the key or the plan: the run
// stops, and --only rejected sends those rows again once that is mended.
func TestForbiddenFromTheStart(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(100))
	b := newBox(t, sandbox.Config{})
	b.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"errors":[{"message":"m","long_message":"l","code":"not_allowed_access"}],"clerk_trace_id":"trace"}`))
		return true
	})
	args := []string{"run", file, "--max-in-flight", "1"}
	out := carryover(t, exitRefused, folder, b.env(), args...)
	wantWords(t, out.stderr, "carryover: Clerk refuses: the first 10 rows were all answered 403 (not_allowed_access)", "--only rejected")
	b.inFront(nil)
	carryover(t, exitProblems, folder, b.env(), append(args, "-q")...)
	carryover(t, exitOK, folder, b.env(), append(args, "-q", "--only", "rejected")...)
	checkOnce(t, b, 100)
}

// A Clerk that goes away is asked now and then whether it is back, for as long as
// --max-outage says; then the run ends, and the same command goes on later.
func TestMaxOutage(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	b := newBox(t, sandbox.Config{Latency: 5 * time.Millisecond})
	var into atomic.Int64
	b.inFront(func(w http.ResponseWriter, _ *http.Request) bool {
		if b.Stats().Users < 200 {
			return false
		}
		into.Add(1)
		w.WriteHeader(http.StatusBadGateway)
		return true
	})
	out := carryover(t, exitResumable, folder, b.env(), "run", file, "--max-in-flight", "16", "--max-outage", "2s", "--settle", "1s")
	wantWords(t, out.stderr, "carryover: Clerk cannot be reached: ", "status 502", "--max-outage waits longer")
	wantWords(t, out.stdout, "Stopped after ", ": Clerk cannot be reached.")
	if n := into.Load(); n > 20+4*16 {
		t.Errorf("%d requests into the outage", n)
	}
	b.inFront(nil)
	carryover(t, exitOK, folder, b.env(), "run", file, "-q", "--settle", "1s")
	checkOnce(t, b, manyRows)
}

// An instance that is full stops the run; it is no fault of the rows.
func TestQuotaReached(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	b := newBox(t, sandbox.Config{MaxUsers: 100, Latency: 5 * time.Millisecond})
	out := carryover(t, exitRefused, folder, b.env(), "run", file, "--max-in-flight", "16")
	wantWords(t, out.stderr, "carryover: Clerk refuses: ", "user_quota_exceeded")
	wantWords(t, out.stdout, "created  100", "rejected    0", "unfinished  500")
}

// Answers that never come, connections that break after the user was made: each
// user is there once all the same.
func TestFaultsDoubleNobody(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(manyRows))
	b := newBox(t, sandbox.Config{Seed: 7, Faults: []sandbox.Fault{
		{Name: "502", Probability: 0.02},
		{Name: "429-seconds", Method: http.MethodPost, Probability: 0.002},
		{Name: "reset-before-apply", Method: http.MethodGet, Probability: 0.05},
		{Name: "reset-after-apply", Method: http.MethodPost, Probability: 0.02},
	}})
	for range 5 { // a row that had five failures is left for the next run
		out := start(t, folder, b.env(), "run", file, "-q", "--settle", "400ms").wait(t)
		checkOnce(t, b, len(b.users(t)))
		if out.code == exitOK {
			checkOnce(t, b, manyRows)
			return
		}
		if out.code != exitResumable {
			t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
		}
	}
	t.Error("it never finished")
}
