package checkpoint

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate"
)

func contextDone(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

func TestSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	begun := time.UnixMilli(1_700_000_000_123).UTC()
	info := RunInfo{Version: "v1.2.3", Args: "run users.csv", KeyPrint: "ab12", PID: 42, Host: "here", StartedAt: begun}
	end := RunEnd{
		State: Stopped, Reason: "Clerk did not answer.",
		Counts:   Counts{migrate.Pending: 5, migrate.Created: 7, migrate.Conflict: 1},
		Requests: map[int]int64{0: 1, 200: 7, 429: 2},
		Latency:  Latency{150 * time.Millisecond, 300 * time.Millisecond, time.Second, 1234567 * time.Microsecond},
		EndedAt:  begun.Add(time.Minute),
	}
	db := create(t, path)
	if err := db.EndRun(t.Context(), end); err == nil {
		t.Error("a run ended that had not begun")
	}
	first, err := db.BeginRun(t.Context(), info)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.BeginRun(t.Context(), info); err == nil {
		t.Error("a run began inside another")
	}
	if err := db.EndRun(t.Context(), RunEnd{State: "well"}); err == nil {
		t.Error("a run ended in a state that there is not")
	}
	if err := db.EndRun(t.Context(), end); err != nil {
		t.Fatal(err)
	}
	second, err := db.BeginRun(t.Context(), info)
	if err != nil || second <= first {
		t.Fatalf("run %d comes after %d, %v", second, first, err)
	}
	want := []Session{{first, info, end}, {second, info, RunEnd{State: Running}}}
	check := func(r *Reader) {
		t.Helper()
		got, err := r.Sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "sessions", want, got)
	}
	check(db.Reader)
	closed(t, db) // without EndRun

	// The next one to open it says what became of the run before.
	want[1].State, want[1].Reason = Killed, "the process ended without a word"
	check(open(t, path).Reader)
}
