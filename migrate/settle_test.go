package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

func TestSettle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		open := func(row int64, key string) migrate.Result {
			return migrate.Result{Row: row, Key: key, Action: migrate.Create, State: migrate.InFlight, SentAt: time.Now()}
		}
		known := []migrate.Result{open(1, "ours"), open(2, "absent"), open(3, "carryover_x"), open(4, "whose"), open(5, "update"), open(6, "late")}
		known[0].PreAbsent, known[1].PreAbsent, known[2].Generated, known[5].PreAbsent = true, true, true, true
		known[3].State, known[3].Code = migrate.Ambiguous, "form_identifier_exists"
		known[4].Action = migrate.Update
		for _, id := range []string{"ours", "carryover_x", "whose"} {
			_, _ = api.add(id, nil)
		}
		if err := ledger.Commit(t.Context(), known); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(10*time.Second, func() { _, _ = api.add("late", nil) }) // it is still under way
		n, err := migrate.Settle(t.Context(), migrate.Config{API: api, Ledger: ledger, Settle: 15 * time.Second})
		if n != 5 || err != nil {
			t.Errorf("%d creates, %v", n, err)
		}
		want := []migrate.State{migrate.Created, migrate.Retry, migrate.Created, migrate.Ambiguous, migrate.InFlight, migrate.Created}
		for i, r := range ledger.Results() {
			made := r.State == migrate.Created
			if made && !r.UpdatedAt.Equal(api.users[r.Key].UpdatedAt.Truncate(time.Millisecond)) {
				t.Errorf("%s: updated at %v", r.Key, r.UpdatedAt)
			}
			if r.State != want[i] || r.Made != made || r.Reconciled != made || made != (r.UserID != "") {
				t.Errorf("%s: %+v, want %v", r.Key, r, want[i])
			}
		}
		if len(api.creates)+len(api.updates) != 0 || len(api.lookUps) != 1 {
			t.Errorf("%d creates, %d updates, %d look-ups", len(api.creates), len(api.updates), len(api.lookUps))
		}
		// What it takes the row to tell is asked for again, without a wait.
		at := time.Now().Add(time.Hour)
		n, err = migrate.Settle(t.Context(), migrate.Config{API: api, Ledger: ledger, Now: func() time.Time { return at }})
		if n != 1 || err != nil {
			t.Errorf("again: %d creates, %v", n, err)
		}
	})
}

// An error, or the end of its context, leaves the rest to the next call.
func TestSettleStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		var known []migrate.Result
		for i := range int64(250) {
			known = append(known, migrate.Result{Row: i + 1, Key: fmt.Sprint(i), Action: migrate.Create, State: migrate.InFlight, PreAbsent: true, SentAt: time.Now()})
		}
		if err := ledger.Commit(t.Context(), known); err != nil {
			t.Fatal(err)
		}
		config := migrate.Config{API: api, Ledger: ledger}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if n, err := migrate.Settle(ctx, config); n != 0 || !errors.Is(err, context.DeadlineExceeded) || len(api.lookUps) != 0 {
			t.Errorf("%d creates, %v", n, err)
		}
		api.onLookUp = func(n int) error {
			if n == 2 {
				return &migrate.Error{Fault: migrate.StopFault, Status: 401}
			}
			return nil
		}
		if n, err := migrate.Settle(t.Context(), config); n != 100 || err == nil {
			t.Errorf("%d creates, %v", n, err)
		}
		if n, err := migrate.Settle(t.Context(), config); n != 150 || err != nil || states(t, ledger)[migrate.Retry] != 250 {
			t.Errorf("%d creates, %v, the ledger has %v", n, err, states(t, ledger))
		}
	})
}
