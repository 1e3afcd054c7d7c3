package migrate_test

import (
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// eachNamed yields rows by their user ids, each with a first name.
func eachNamed(first int, names ...string) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for i, name := range names {
			u := &migrate.User{Row: int64(first + i), Line: int64(first + i + 1), UserID: fmt.Sprintf("user_%d", first+i)}
			u.FirstName = ptr(name)
			if !yield(u, nil) {
				return
			}
		}
	}
}

// A policy has users looked up that rows name by their user id, 100 a request;
// without one they are not.
func TestUsersAreSeen(t *testing.T) {
	const rows = 250
	setting := func() (*fakeClerk, []string) {
		f, names := newFakeClerk(), make([]string, rows)
		for i := range names {
			a, err := f.add(newID(i+1), nil)
			if err != nil {
				t.Fatal(err)
			}
			a.FirstName, names[i] = []string{"Ada", ""}[i%2], "Eve"
		}
		names[rows-1] = "Eve" // of a user that is not there
		delete(f.users, newID(rows))
		return f, names
	}
	for _, tt := range []struct {
		name                      string
		policy                    migrate.Policy
		seeAll                    bool
		lookUps, updates, missing int
		updated, unchanged        int64
		left                      int64
	}{
		{"overwrite", migrate.Policy{}, false, 0, rows, 1, rows - 1, 0, 0},
		{"overwrite, seen", migrate.Policy{}, true, 3, rows - 1, 1, rows - 1, 0, 0},
		{"fill", migrate.NewPolicy(migrate.Fill), false, 3, rows/2 - 1, 1, rows/2 - 1, rows / 2, rows / 2},
		{"skip", migrate.NewPolicy(migrate.Never), false, 3, 0, 1, 0, rows - 1, rows - 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, names := setting()
			ledger := migrate.NewMemoryLedger()
			summary, err := migrate.Run(t.Context(), migrate.Config{Policy: tt.policy, SeeAll: tt.seeAll, API: f, Ledger: ledger, Users: eachNamed(1, names...)})
			if err != nil {
				t.Fatal(err)
			}
			sent := 0
			for _, n := range f.updates {
				sent += n
			}
			missing := 0
			for _, r := range ledger.Results() {
				if r.State == migrate.Rejected && r.Code == "user_missing" {
					missing++
				}
			}
			if len(f.seen) != tt.lookUps || sent != tt.updates || missing != tt.missing || f.calls != sent+len(f.seen) {
				t.Errorf("%d look-ups, %d updates, %d missing, %d calls", len(f.seen), sent, missing, f.calls)
			}
			if c := summary.Counts; c[migrate.Updated] != tt.updated || c[migrate.Unchanged] != tt.unchanged || summary.Left.Of("first_name") != tt.left {
				t.Errorf("counts %v, %d left, want %d updated, %d unchanged, %d left", c, summary.Left.Of("first_name"), tt.updated, tt.unchanged, tt.left)
			}
		})
	}
}

// Rows of one user go one after the other, and each sees what the one before it
// has left.
func TestRowsOfOneUserAreSeenInTurn(t *testing.T) {
	f := newFakeClerk()
	f.latency = 5 * time.Millisecond
	if _, err := f.add("x", nil); err != nil {
		t.Fatal(err)
	}
	users := func(yield func(*migrate.User, error) bool) {
		for i, name := range []string{"Ada", "Eve", "Grace"} {
			u := &migrate.User{Row: int64(i + 1), Line: int64(i + 2), UserID: "user_1"}
			u.FirstName = ptr(name)
			if !yield(u, nil) {
				return
			}
		}
	}
	ledger := migrate.NewMemoryLedger()
	if _, err := migrate.Run(t.Context(), migrate.Config{Policy: migrate.NewPolicy(migrate.Fill), API: f, Ledger: ledger, Users: users}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Ada"}, f.wrote); diff != "" {
		t.Errorf("written (-want +got):\n%s", diff)
	}
	if got := states(t, ledger); got[migrate.Updated] != 1 || got[migrate.Unchanged] != 2 {
		t.Errorf("states %v", got)
	}
}

// An update that may have been made is judged by what is in Clerk: what it made
// is not sent again, and the row counts as updated.
func TestFillAfterNoAnswer(t *testing.T) {
	for _, applied := range []bool{true, false} {
		f := newFakeClerk()
		a, err := f.add("u1", nil)
		if err != nil {
			t.Fatal(err)
		}
		ledger := migrate.NewMemoryLedger()
		key := migrate.HashKey{1}
		row := func() *migrate.User {
			u := &migrate.User{}
			u.ExternalID, u.FirstName = ptr("u1"), ptr("Ada")
			return u
		}
		f.onUpdate = func(int, string) error {
			if applied {
				f.mu.Lock()
				a.FirstName, a.UpdatedAt = "Ada", time.Now()
				f.mu.Unlock()
			}
			return &migrate.Error{Fault: migrate.TransientFault, Environment: true}
		}
		stop := make(chan struct{})
		cfg := migrate.Config{
			Policy: migrate.NewPolicy(migrate.Fill), API: f, Ledger: ledger, Key: key, Users: one(row()), MaxAttempts: 1,
			Stop: stop,
		}
		if _, err := migrate.Run(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if got := states(t, ledger); got[migrate.Ambiguous] != 1 {
			t.Fatalf("states %v, want one without an outcome", got)
		}
		f.onUpdate = nil
		sent := f.updates["user_1"]
		cfg.Users = one(row())
		if _, err := migrate.Run(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		r := ledger.Results()[0]
		if again := f.updates["user_1"] > sent; r.State != migrate.Updated || again == applied || a.FirstName != "Ada" || r.Reconciled != applied {
			t.Errorf("applied %v: %v, sent again %v", applied, r.State, again)
		}
	}
}
