package migrate_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

func TestSoftStopRecordsWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.latency = 100 * time.Millisecond
		stop := make(chan struct{})
		time.AfterFunc(1050*time.Millisecond, func() { close(stop) })
		config := migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(500), Stop: stop}
		_, err := migrate.Run(t.Context(), config)
		var stopped *migrate.StopError
		if !errors.As(err, &stopped) || stopped.Reason != migrate.StopAsked {
			t.Fatalf("err = %v", err)
		}
		got := states(t, ledger)
		if got[migrate.Created] != len(api.users) || got[migrate.InFlight]+got[migrate.Ambiguous] != 0 {
			t.Errorf("%d users were made; the ledger says %v", len(api.users), got)
		}
		if len(api.users) == 0 || len(api.users) == 500 {
			t.Fatalf("%d users were made: the stop did not fall into the middle", len(api.users))
		}
		config.Stop = nil
		if _, err := migrate.Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		for id, n := range api.creates {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		if len(api.users) != 500 {
			t.Errorf("%d users at the end", len(api.users))
		}
	})
}

func TestHardStopLeavesCreatesToBeLookedUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.latency = time.Minute
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		config := migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(100)}
		_, err := migrate.Run(ctx, config)
		var stopped *migrate.StopError
		if !errors.As(err, &stopped) || stopped.Reason != migrate.StopAsked {
			t.Fatalf("err = %v", err)
		}
		if got := states(t, ledger); got[migrate.Ambiguous] != 16 || got[migrate.InFlight] != 0 {
			t.Errorf("ledger: %v, want the 16 in flight as ambiguous", got)
		}
		// One of them had arrived all the same.
		_, _ = api.add("u1", nil)
		api.users["u1"].FirstName, api.users["u1"].Username = "Ada", "ada_1"
		api.latency = 0
		if _, err := migrate.Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if api.creates["u1"] != 1 || api.creates["u2"] != 2 {
			t.Errorf("u1 was sent %d times and u2 %d times", api.creates["u1"], api.creates["u2"])
		}
		if got := states(t, ledger); got[migrate.Created] != 100 {
			t.Errorf("ledger: %v", got)
		}
	})
}

// A crash leaves intents. The next run waits until such a create must have
// ended, looks, and only then sends it again.
func TestCrashedCreateIsLookedUpFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		now := time.Now()
		crashed := []migrate.Result{
			{Row: 1, Key: "u1", Action: migrate.Create, State: migrate.InFlight, SentAt: now, PreAbsent: true},
			{Row: 2, Key: "u2", Action: migrate.Create, State: migrate.InFlight, SentAt: now, PreAbsent: true},
		}
		if err := ledger.Commit(t.Context(), crashed); err != nil {
			t.Fatal(err)
		}
		// u1 still runs on the server, and ends after the new run has begun.
		time.AfterFunc(10*time.Second, func() { _, _ = api.add("u1", nil) })
		if _, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(3), Settle: 15 * time.Second,
		}); err != nil {
			t.Fatal(err)
		}
		if api.creates["u1"] != 0 || api.creates["u2"] != 1 {
			t.Errorf("u1 was sent %d times, u2 %d times", api.creates["u1"], api.creates["u2"])
		}
		if got := states(t, ledger); got[migrate.Created] != 3 {
			t.Errorf("ledger: %v", got)
		}
	})
}

func TestOldUpdateInFlight(t *testing.T) {
	tests := []struct {
		name    string
		age     time.Duration // of the intent
		changed bool          // the user changed since
		reapply bool
		sent    int
	}{
		{"young: sent again", time.Minute, true, false, 1},
		{"old and changed since: confirmed", time.Hour, true, false, 0},
		{"old and unchanged: sent", time.Hour, false, false, 1},
		{"old and changed since, and to be sent all the same", time.Hour, true, true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			a, _ := api.add("u1", nil)
			intent := migrate.Result{Row: 1, Key: "u1", Action: migrate.Update, State: migrate.InFlight, UserID: a.ID, SentAt: time.Now().Add(-test.age)}
			a.UpdatedAt = intent.SentAt.Add(-time.Minute)
			if test.changed {
				a.UpdatedAt = intent.SentAt.Add(time.Second)
			}
			if err := ledger.Commit(t.Context(), []migrate.Result{intent}); err != nil {
				t.Fatal(err)
			}
			var got migrate.Result
			_, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(1), Reapply: test.reapply,
				Observe: func(r migrate.Result) { got = r },
			})
			if notice := got.Code == migrate.ConfirmedCode && got.Message != ""; notice != got.Reconciled {
				t.Errorf("reconciled %v with the code %q", got.Reconciled, got.Code)
			}
			if err != nil || got.State != migrate.Updated || got.Reconciled != (test.sent == 0) || api.updates[a.ID] != test.sent {
				t.Errorf("%v reconciled=%v, sent %d times, %v", got.State, got.Reconciled, api.updates[a.ID], err)
			}
		})
	}
}

// brokenLedger fails from the n-th commit on.
type brokenLedger struct {
	migrate.Ledger
	left int
}

var errDisk = errors.New("no room left")

func (b *brokenLedger) Commit(ctx context.Context, results []migrate.Result) error {
	if b.left--; b.left < 0 {
		return errDisk
	}
	return b.Ledger.Commit(ctx, results)
}

func TestNothingIsSentAfterTheLedgerFailed(t *testing.T) {
	for n := range 6 {
		api := newFakeClerk()
		api.latency = time.Millisecond
		ledger := &brokenLedger{migrate.NewMemoryLedger(), n}
		_, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(1000)})
		var stop *migrate.StopError
		if !errors.As(err, &stop) || stop.Reason != migrate.StopLedger || !errors.Is(err, errDisk) {
			t.Fatalf("err = %v", err)
		}
		known, err := ledger.States(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		intents := 0
		for _, s := range known {
			if s != migrate.Pending {
				intents++
			}
		}
		if api.calls > intents {
			t.Errorf("%d requests with %d intents", api.calls, intents)
		}
	}
}

func TestSystematicRejectionsStopTheRun(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	api.onCreate = func(int, *migrate.CreateUserRequest) error {
		return &migrate.Error{Fault: migrate.RefusedFault, Status: 422, Codes: []string{"form_param_unknown"}}
	}
	_, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(5000)})
	var stop *migrate.StopError
	if !errors.As(err, &stop) || stop.Reason != migrate.StopRejects {
		t.Fatalf("err = %v", err)
	}
	if api.calls > 100 {
		t.Errorf("%d requests", api.calls)
	}
}

func TestPanicInAWorkerStopsTheRun(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
		if *req.ExternalID == "u5" {
			panic("a secret that must not be printed")
		}
		return nil
	}
	_, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(1000)})
	var stop *migrate.StopError
	if !errors.As(err, &stop) || stop.Reason != migrate.StopBug {
		t.Fatalf("err = %v", err)
	}
	if got := states(t, ledger); got[migrate.Ambiguous] != 1 {
		t.Errorf("ledger: %v, want the row as ambiguous", got)
	}
}
