//go:build unix

package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carryover/migrate/sandbox"
)

var leakRuns = flag.Int("leak.runs", 50, "how many runs in one process must leave no descriptor and no goroutine; before a release, 1000")

// Runs of every kind, in one process, give back each file descriptor and each
// goroutine: those that finish, go on, are refused, meet faults, are stopped.
// It runs before the parallel tests, so that nothing else opens anything.
func TestNothingLeaks(t *testing.T) {
	const perRound = 5 // runs
	runs := *leakRuns
	if testing.Short() {
		runs = min(runs, 4*perRound)
	}
	b := newBox(t, sandbox.Config{Seed: 5, Faults: []sandbox.Fault{{Name: "reset-after-apply", Method: "POST", Probability: 0.02}, {Name: "502", Method: "POST", Probability: 0.02}}})
	t.Setenv("CLERK_API_URL", b.url)
	t.Setenv("CARRYOVER_RATE_LIMIT", "10000/100ms")
	t.Chdir(t.TempDir())
	good, bad := "good.csv", "bad.csv"
	writeFile(t, bad, []byte("external_id,email_address\na,\"b\n"))
	inProcess := func(code []int, args ...string) {
		t.Helper()
		var screen bytes.Buffer
		ui := newConsole(os.Stdin, &screen, &screen)
		ui.key, ui.leave = testKey, func(int) { t.Error("the program was left") }
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if got := execute(ctx, ui, args); !slices.Contains(code, got) {
			t.Fatalf("%s: exit code %d, want %v\n%s", args, got, code, &screen)
		}
	}
	any := []int{exitOK, exitResumable}
	theirs := goleak.IgnoreCurrent() // the sandbox
	before := 0
	for i := range runs / perRound {
		_ = os.Remove(good + ".carryover.db")
		writeFile(t, good, newUsers(4+i%3))
		inProcess([]int{exitOK}, "validate", good, "--problems", "problems.csv", "--force")
		inProcess([]int{exitUsage}, "validate", bad)
		inProcess([]int{exitUsage}, "validate", "missing.csv")
		inProcess(any, "run", good, "--dry-run", "-q", "--plan", "plan.jsonl", "--force")
		inProcess([]int{exitResumable}, "run", good, "--max-rows", "2", "-q", "--settle", "100ms")
		inProcess(any, "run", good, "--settle", "100ms", "--progress", "bar")
		inProcess(any, "run", good, "--settle", "100ms")
		inProcess([]int{exitMismatch}, "run", good, "--mode", "create")
		inProcess([]int{exitMismatch}, "run", good, "--plan", bad)
		inProcess([]int{exitOK}, "status", good)
		inProcess([]int{exitOK}, "status")
		if i < 2 { // some are opened once, and stay
			before = descriptors(t)
		}
	}
	if err := goleak.Find(theirs); err != nil {
		t.Error(err)
	}
	if !eventually(5*time.Second, func() bool { return descriptors(t) <= before }) {
		t.Errorf("%d descriptors after %d runs, %d after the first ten", descriptors(t), runs, before)
	}
	if left, err := filepath.Glob("*.tmp"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// descriptors is how many file descriptors this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(entries)
}
