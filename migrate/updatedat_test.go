package migrate_test

import (
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// The ledger knows Clerk's own time of the last write of each row, whichever
// way the outcome was told.
func TestUpdatedAtOfEachOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		_, _ = api.add("u2", nil)
		same, _ := api.add("u3", nil)
		same.FirstName, same.Username = "Ada", "ada_3"
		time.Sleep(time.Hour) // the two are old
		before := time.Now()
		api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
			if *req.ExternalID != "u4" {
				return nil
			}
			_, _ = api.add("u4", req)
			return ambiguous() // it was made, and no answer came
		}
		if _, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(4)}); err != nil {
			t.Fatal(err)
		}
		want := []migrate.State{migrate.Created, migrate.Updated, migrate.Unchanged, migrate.Created}
		for i, r := range ledger.Results() {
			at := api.users[r.Key].UpdatedAt.Truncate(time.Millisecond)
			wrote := r.State != migrate.Unchanged
			if r.State != want[i] || r.UpdatedAt.IsZero() == wrote || wrote && (!r.UpdatedAt.Equal(at) || at.Before(before.Truncate(time.Millisecond))) {
				t.Errorf("%s: %v, updated at %v, want %v and %v", r.Key, r.State, r.UpdatedAt, want[i], at)
			}
		}
	})
}
