package migrate_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// A watchedLedger counts commits, and the most rows that had an intent and no
// outcome: those that a kill would leave to be looked up.
type watchedLedger struct {
	*migrate.MemoryLedger
	commits, open int
}

func (l *watchedLedger) Commit(ctx context.Context, results []migrate.Result) error {
	if err := l.MemoryLedger.Commit(ctx, results); err != nil {
		return err
	}
	open, err := l.Unfinished(ctx)
	l.commits++
	l.open = max(l.open, len(open))
	return err
}

// Where the pace holds a run back, its outcomes are committed some at a time:
// rarely, with no more in doubt for it, and with nobody waiting.
func TestCommitsAreGatheredAtAPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			rows, inFlight = 1000, 36
			pace           = 10 * time.Millisecond
			latency        = 150 * time.Millisecond
		)
		turn := make(chan struct{}, 1)
		api, ledger := newFakeClerk(), &watchedLedger{MemoryLedger: migrate.NewMemoryLedger()}
		api.onCreate = func(int, *migrate.CreateUserRequest) error {
			turn <- struct{}{}
			time.Sleep(pace)
			<-turn
			time.Sleep(latency)
			return nil
		}
		began := time.Now()
		_, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(rows), Concurrency: func() int { return inFlight },
		})
		if err != nil {
			t.Fatal(err)
		}
		// The last outcome is not gathered for: it is what the run ends with.
		if took, want := time.Since(began), rows*pace+latency; took != want {
			t.Errorf("it took %v, want %v", took, want)
		}
		if ledger.commits > 80 {
			t.Errorf("%d commits in 10 s, want at most 80", ledger.commits)
		}
		if ledger.open > 2*inFlight {
			t.Errorf("%d rows in doubt, want at most %d", ledger.open, 2*inFlight)
		}
	})
}
