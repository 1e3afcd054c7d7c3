package migrate_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// rowsOf yields users as they are given, numbered from 1.
func rowsOf(users ...*migrate.User) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for i, u := range users {
			fresh := *u // a run may give it an id
			fresh.Row, fresh.Line = int64(i+1), int64(i+2)
			if !yield(&fresh, nil) {
				return
			}
		}
	}
}

// named makes rows of one user: by its Clerk id where that is given, else by
// its external id.
func named(userID, externalID, name string) *migrate.User {
	u := &migrate.User{UserID: userID}
	if externalID != "" {
		u.ExternalID = ptr(externalID)
	}
	u.FirstName, u.Username = ptr(name), ptr("name_"+name)
	return u
}

// watchUsers fails the test where two updates of a user are under way, or where
// one gets more than most in ten seconds.
func watchUsers(t *testing.T, api *fakeClerk, most int) {
	var mu sync.Mutex
	busy, began := map[string]bool{}, map[string][]time.Time{}
	api.sending = func(userID string) func() {
		mu.Lock()
		defer mu.Unlock()
		if busy[userID] {
			t.Errorf("two updates of %s at once", userID)
		}
		busy[userID] = true
		list := append(began[userID], time.Now())
		began[userID] = list
		if n := len(list) - 1 - most; n >= 0 && list[len(list)-1].Sub(list[n]) < 10*time.Second {
			t.Errorf("%d updates of %s in %v", most+1, userID, list[len(list)-1].Sub(list[n]))
		}
		return func() {
			mu.Lock()
			defer mu.Unlock()
			busy[userID] = false
		}
	}
}

// Rows of one user go one at a time and in the order of the input, also where
// some name it by its Clerk id and others have to be looked up first.
func TestRowsOfOneUserAreOneLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		api.latency = 300 * time.Millisecond
		a, _ := api.add("a", nil)
		watchUsers(t, api, 10)
		var users []*migrate.User
		var want []string
		for i := range 25 {
			name := fmt.Sprintf("N%02d", i)
			want = append(want, name)
			if i%2 == 0 {
				users = append(users, named("", "a", name))
			} else {
				users = append(users, named(a.ID, "", name))
			}
		}
		summary, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(), Users: rowsOf(users...),
		})
		if err != nil || summary.Counts[migrate.Updated] != 25 {
			t.Fatalf("%v, %v", summary.Counts, err)
		}
		if !slices.Equal(api.wrote, want) {
			t.Errorf("written in the order %v", api.wrote)
		}
	})
}

// A row that waits for another of its user is judged by what that one left.
func TestALaterRowSeesWhatTheEarlierLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		api.latency = 100 * time.Millisecond
		a, _ := api.add("a", nil)
		a.FirstName, a.Username = "Ada", "name_Ada"
		results := map[int64]migrate.State{}
		_, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(),
			Users: rowsOf(
				named("", "a", "Ada"),                        // as it is
				named(a.ID, "", "Grace"),                     // another name
				named("", "a", "Ada"),                        // back again
				named("", "b", "New"), named("", "b", "New"), // a new user, twice
				named("", "c", "Other"), named("", "c", "OtherAgain"), // and one that changes
			),
			Observe: func(r migrate.Result) { results[r.Row] = r.State },
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []migrate.State{migrate.Unchanged, migrate.Updated, migrate.Updated, migrate.Created, migrate.Unchanged, migrate.Created, migrate.Updated}
		for i, state := range want {
			if results[int64(i+1)] != state {
				t.Errorf("row %d is %v, want %v", i+1, results[int64(i+1)], state)
			}
		}
		if api.users["a"].FirstName != "Ada" || api.users["c"].FirstName != "OtherAgain" {
			t.Errorf("%+v, %+v", api.users["a"], api.users["c"])
		}
	})
}

// A create without an answer keeps its user's other rows waiting, and nobody
// else's.
func TestDoubtHoldsOneLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		lost := true
		api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
			if *req.ExternalID == "a" && lost {
				lost = false
				_, _ = api.add("a", req)
				return ambiguous()
			}
			return nil
		}
		begin := time.Now()
		took := map[string]time.Duration{}
		_, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.CreateOnlyMode, API: api, Ledger: migrate.NewMemoryLedger(),
			Users:   rowsOf(named("", "a", "One"), named("", "a", "Two"), named("", "b", "Three")),
			Observe: func(r migrate.Result) { took[r.Key+r.State.String()] = time.Since(begin) },
		})
		if err != nil || took["bcreated"] > time.Second || took["aconflict"] < time.Minute || took["acreated"] < time.Minute {
			t.Errorf("%v, %v", took, err)
		}
	})
}

// The order holds where the earlier row is one that a crash left behind.
func TestOrderAfterACrash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.latency = 100 * time.Millisecond
		a, _ := api.add("a", nil)
		a.UpdatedAt = time.Now().Add(-2 * time.Hour)
		intent := migrate.Result{Row: 1, Key: "a", Action: migrate.Update, State: migrate.InFlight, UserID: a.ID, SentAt: time.Now().Add(-time.Hour)}
		if err := ledger.Commit(t.Context(), []migrate.Result{intent}); err != nil {
			t.Fatal(err)
		}
		_, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: ledger, Users: rowsOf(named("", "a", "One"), named(a.ID, "", "Two")),
		})
		if err != nil || !slices.Equal(api.wrote, []string{"One", "Two"}) {
			t.Errorf("written in the order %v, %v", api.wrote, err)
		}
	})
}

// One id that Clerk will not look up costs its own row, not the hundred that
// were looked up with it.
func TestLookUpThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		refused := &migrate.Error{Fault: migrate.RefusedFault, Status: 422, Codes: []string{"form_param_format_invalid"}, Params: []string{"external_id"}}
		api.onLookUp = func(n int) error {
			api.mu.Lock()
			defer api.mu.Unlock()
			if slices.Contains(api.lookUps[n-1], newID(42)) {
				return refused
			}
			return nil
		}
		var bad migrate.Result
		summary, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(300),
			Observe: func(r migrate.Result) {
				if r.State != migrate.Created {
					bad = r
				}
			},
		})
		if err != nil || summary.Counts[migrate.Created] != 299 || bad.Key != newID(42) || bad.State != migrate.Rejected || bad.Code != "form_param_format_invalid" {
			t.Errorf("%v, %+v, %v", summary.Counts, bad, err)
		}
		if n := len(api.lookUps); n > 3+14 {
			t.Errorf("%d look-ups to find one id", n)
		}
	})
}

func TestLookUpThatNeverWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.onLookUp = func(int) error { return &migrate.Error{Fault: migrate.TransientFault, Status: 409} }
		crashed := migrate.Result{Row: 1, Key: newID(1), Action: migrate.Create, State: migrate.InFlight, SentAt: time.Now()}
		if err := ledger.Commit(t.Context(), []migrate.Result{crashed}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		_, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(50)})
		if err != nil || time.Since(begin) > 10*time.Minute {
			t.Errorf("%v after %v", err, time.Since(begin))
		}
		if got := states(t, ledger); got[migrate.Ambiguous] != 1 || len(api.creates) != 0 {
			t.Errorf("%v, %d creates: what cannot be looked up is not sent", got, len(api.creates))
		}
	})
}

func TestPanicOutsideOfAWorker(t *testing.T) {
	for name, breakIt := range map[string]func(*fakeClerk, *migrate.Config){
		"look-up": func(api *fakeClerk, _ *migrate.Config) { api.onLookUp = func(int) error { panic("a secret") } },
		"input": func(_ *fakeClerk, c *migrate.Config) {
			c.Users = func(func(*migrate.User, error) bool) { panic("a secret") }
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := newFakeClerk()
			config := migrate.Config{Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(20)}
			breakIt(api, &config)
			_, err := migrate.Run(t.Context(), config)
			if stopReason(err) != migrate.StopBug || errors.Unwrap(err) == nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}
