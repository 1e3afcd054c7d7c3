package migrate_test

import (
	"context"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// older is the hash of an earlier version of any row.
var older = [16]byte{15: 1}

// runOne runs the first of newUsers with what a ledger knows of it, and returns
// what the ledger knows then.
func runOne(t *testing.T, api *fakeClerk, mode migrate.Mode, prior migrate.Result) migrate.Result {
	t.Helper()
	ledger := migrate.NewMemoryLedger()
	prior.Row, prior.Key = 1, "u1"
	if err := ledger.Commit(t.Context(), []migrate.Result{prior}); err != nil {
		t.Fatal(err)
	}
	config := migrate.Config{Mode: mode, API: api, Ledger: ledger, Users: newUsers(1), Settle: 20 * time.Second}
	if _, err := migrate.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return ledger.Results()[0]
}

// What an earlier version of a row was brought to is the row's user, in every
// mode, and needs no look-up.
func TestChangedRowUpdatesItsUser(t *testing.T) {
	for _, mode := range []migrate.Mode{migrate.Upsert, migrate.CreateOnlyMode, migrate.UpdateOnlyMode} {
		api := newFakeClerk()
		a, _ := api.add("another id", nil) // it was given another one in Clerk meanwhile
		got := runOne(t, api, mode, migrate.Result{Action: migrate.Update, State: migrate.Retry, UserID: a.ID, Made: true, Hash: older})
		if got.State != migrate.Updated || got.UserID != a.ID || !got.Made || got.Hash == older || api.calls != 1 || api.updates[a.ID] != 1 {
			t.Errorf("mode %v: %+v after %d calls", mode, got, api.calls)
		}
	}
}

// An update of the earlier version may still be under way: it must not come
// last.
func TestChangedRowWaitsForItsEarlierVersion(t *testing.T) {
	for _, c := range []struct {
		state    migrate.State
		attempts int
		hash     [16]byte
		wait     time.Duration
	}{
		{migrate.InFlight, 0, older, 20 * time.Second},
		{migrate.Ambiguous, 1, older, 20 * time.Second},
		{migrate.Retry, 1, older, 0},         // that one was answered
		{migrate.InFlight, 0, [16]byte{}, 0}, // the same version: it may come twice
	} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeClerk()
			a, _ := api.add("u1", nil)
			start := time.Now()
			got := runOne(t, api, migrate.Upsert, migrate.Result{
				Action: migrate.Update, State: c.state, Attempts: c.attempts, UserID: a.ID, Made: true, Hash: c.hash, SentAt: start,
			})
			if took := time.Since(start).Truncate(time.Second); got.State != migrate.Updated || api.updates[a.ID] != 1 || took != c.wait {
				t.Errorf("%v, %d attempts: %v after %v, want %v", c.state, c.attempts, got.State, took, c.wait)
			}
		})
	}
}

// A create of the earlier version that was processed made the row's user, which
// is then brought to what the row holds now. One that was not is sent as the
// row is now.
func TestChangedRowWhoseCreateHadNoAnswer(t *testing.T) {
	for _, processed := range []bool{true, false} {
		t.Run(fmt.Sprintf("processed=%v", processed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeClerk()
				if processed {
					_, _ = api.add("u1", nil)
				}
				got := runOne(t, api, migrate.Upsert, migrate.Result{
					Action: migrate.Create, State: migrate.InFlight, PreAbsent: true, Hash: older, SentAt: time.Now(),
				})
				updates, creates := api.updates["user_1"], api.creates["u1"]
				switch {
				case got.Hash == older || !got.Made || api.users["u1"].FirstName != "Ada":
					t.Errorf("%+v, the user is %+v", got, api.users["u1"])
				case processed && (got.State != migrate.Updated || updates != 1 || creates != 0):
					t.Errorf("%v, %d updates, %d creates", got.State, updates, creates)
				case !processed && (got.State != migrate.Created || updates != 0 || creates != 1):
					t.Errorf("%v, %d updates, %d creates", got.State, updates, creates)
				}
			})
		})
	}
}

// A create of the earlier version may show only once that of the new one is
// answered with "exists".
func TestChangedRowWhoseCreateShowsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		api.onCreate = func(int, *migrate.CreateUserRequest) error {
			a, _ := api.add("u1", nil)
			a.FirstName = "as it was"
			return &migrate.Error{Fault: migrate.ExistsFault, Status: 422, Params: []string{"external_id"}}
		}
		got := runOne(t, api, migrate.Upsert, migrate.Result{Action: migrate.Create, State: migrate.Retry, PreAbsent: true, Hash: older})
		if got.State != migrate.Updated || !got.Made || got.Hash == older || api.users["u1"].FirstName != "Ada" {
			t.Errorf("%+v, the user is %+v", got, api.users["u1"])
		}
	})
}

// A create may show only after the run that sent it has looked, found nothing,
// and ended. The user is the row's own, and what it did since is not undone.
func TestCreateThatShowsInTheNextRun(t *testing.T) {
	for _, c := range []struct {
		hash    [16]byte
		state   migrate.State
		updates int
	}{
		{[16]byte{}, migrate.Created, 0},
		{older, migrate.Updated, 1}, // the input has changed
	} {
		api := newFakeClerk()
		a, _ := api.add("u1", nil)
		a.FirstName = "Changed since"
		got := runOne(t, api, migrate.Upsert, migrate.Result{Action: migrate.Create, State: migrate.Retry, PreAbsent: true, Attempts: 1, Hash: c.hash})
		if got.State != c.state || !got.Made || !got.Reconciled || got.UserID != a.ID || api.creates["u1"] != 0 || api.updates[a.ID] != c.updates {
			t.Errorf("%+v, %d creates, %d updates", got, api.creates["u1"], api.updates[a.ID])
		}
	}
}

// While it is not known what became of the earlier version, the ledger goes on
// saying that it was the earlier one.
func TestStopKeepsTheHashOfTheEarlierVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		_, _ = api.add("u1", nil)
		prior := migrate.Result{Row: 1, Key: "u1", Action: migrate.Create, State: migrate.InFlight, PreAbsent: true, Hash: older, SentAt: time.Now()}
		if err := ledger.Commit(t.Context(), []migrate.Result{prior}); err != nil {
			t.Fatal(err)
		}
		stop := make(chan struct{})
		time.AfterFunc(5*time.Second, func() { close(stop) })
		config := migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(1), Settle: 20 * time.Second, Stop: stop}
		_, _ = migrate.Run(t.Context(), config)
		if got := ledger.Results()[0]; got.State != migrate.Ambiguous || got.Hash != older {
			t.Fatalf("after the stop: %+v", got)
		}
		config.Stop = nil
		if _, err := migrate.Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if got := ledger.Results()[0]; got.State != migrate.Updated || got.Hash == older || api.users["u1"].FirstName != "Ada" {
			t.Errorf("%+v", got)
		}
	})
}

// A user that was deleted in Clerk is made again where the mode makes users
// that are not there, and is a matter for a person elsewhere.
func TestChangedRowWhoseUserIsGone(t *testing.T) {
	for _, mode := range []migrate.Mode{migrate.Upsert, migrate.CreateOnlyMode, migrate.UpdateOnlyMode} {
		api := newFakeClerk()
		got := runOne(t, api, mode, migrate.Result{Action: migrate.Update, State: migrate.Retry, UserID: "user_gone", Made: true, Hash: older})
		if mode == migrate.Upsert {
			if got.State != migrate.Created || got.UserID == "user_gone" || !got.Made || api.creates["u1"] != 1 || len(api.lookUps) != 1 {
				t.Errorf("upsert: %+v, %d creates", got, api.creates["u1"])
			}
		} else if got.State != migrate.Rejected || got.Code != "user_missing" || api.creates["u1"] != 0 {
			t.Errorf("%v: %+v", mode, got)
		}
	}
}

// A generated id stays with its row where an input is put in another order.
func TestGeneratedIDStaysWithItsRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		bare := func(row int64) iter.Seq2[*migrate.User, error] {
			return func(yield func(*migrate.User, error) bool) {
				u := &migrate.User{Row: row}
				u.Username = ptr("ada")
				yield(u, nil)
			}
		}
		config := migrate.Config{API: api, Ledger: ledger, Users: bare(1), Settle: time.Second}
		api.onCreate = func(n int, req *migrate.CreateUserRequest) error { return ambiguous() }
		ctx, stop := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer stop()
		_, _ = migrate.Run(ctx, config)
		open := ledger.Results()[0]
		if !open.Generated || open.State != migrate.Ambiguous {
			t.Fatalf("%+v", open)
		}
		// The same row is the seventh of the next input.
		api.onCreate, ledger = nil, migrate.NewMemoryLedger()
		open.Row = 7
		if err := ledger.Commit(t.Context(), []migrate.Result{open}); err != nil {
			t.Fatal(err)
		}
		config.Ledger, config.Users = ledger, bare(7)
		if _, err := migrate.Run(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if got := ledger.Results()[0]; got.State != migrate.Created || got.Key != open.Key || got.Hash != open.Hash || len(api.users) != 1 || api.users[open.Key] == nil {
			t.Errorf("%+v, want the id %s", got, open.Key)
		}
	})
}
