package migrate_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// A row that an earlier version of it brought to a user goes to that user, by
// the policy and by what that user holds today, whoever has the external id.
func TestKnownUserIsSeen(t *testing.T) {
	tests := []struct {
		name    string
		prior   migrate.Result
		has     *migrate.Account // by the id that the fake knows it by
		mode    migrate.Mode
		policy  migrate.Policy
		state   migrate.State
		updates int
		creates int
		called  string // in the end
	}{
		{
			"filled", knownRow(migrate.Update, migrate.Retry), &migrate.Account{ID: "user_1", ExternalID: "moved"}, migrate.Upsert, migrate.NewPolicy(migrate.Fill),
			migrate.Updated, 1, 0, "Ada",
		},
		{
			"has a name", knownRow(migrate.Update, migrate.Retry), &migrate.Account{ID: "user_1", ExternalID: "moved", FirstName: "Eve"}, migrate.Upsert, migrate.NewPolicy(migrate.Fill),
			migrate.Unchanged, 0, 0, "Eve",
		},
		{
			"gone", knownRow(migrate.Update, migrate.Retry), nil, migrate.Upsert, migrate.NewPolicy(migrate.Fill),
			migrate.Created, 0, 1, "Ada",
		},
		{
			"gone, update only", knownRow(migrate.Update, migrate.Retry), nil, migrate.UpdateOnlyMode, migrate.NewPolicy(migrate.Fill),
			migrate.Rejected, 0, 0, "",
		},
		{
			"made of an earlier version", knownRow(migrate.Create, migrate.InFlight), &migrate.Account{ID: "user_1", ExternalID: "u1", FirstName: "Eve"}, migrate.Upsert, migrate.NewPolicy(migrate.Fill),
			migrate.Unchanged, 0, 0, "Eve",
		},
		{
			"made of an earlier version, overwritten", knownRow(migrate.Create, migrate.InFlight), &migrate.Account{ID: "user_1", ExternalID: "u1", FirstName: "Eve"}, migrate.Upsert, migrate.Policy{},
			migrate.Updated, 1, 0, "Ada",
		},
		{
			"made late", func() migrate.Result { r := knownRow(migrate.Create, migrate.Retry); r.Attempts = 1; return r }(),
			&migrate.Account{ID: "user_1", ExternalID: "u1", FirstName: "Eve"}, migrate.Upsert, migrate.NewPolicy(migrate.Fill),
			migrate.Unchanged, 0, 0, "Eve",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			if tt.has != nil {
				f.users[tt.has.ExternalID] = tt.has
			}
			if err := ledger.Commit(t.Context(), []migrate.Result{tt.prior}); err != nil {
				t.Fatal(err)
			}
			u := &migrate.User{}
			u.ExternalID, u.FirstName, u.Username = ptr("u1"), ptr("Ada"), ptr("ada")
			if tt.has != nil {
				tt.has.Username = "ada"
			}
			_, err := migrate.Run(t.Context(), migrate.Config{Mode: tt.mode, Policy: tt.policy, API: f, Ledger: ledger, Users: one(u)})
			if err != nil {
				t.Fatal(err)
			}
			called := ""
			for _, a := range f.users {
				called = a.FirstName
			}
			r := ledger.Results()[0]
			got := []any{r.State, f.updates["user_1"], f.creates["u1"], called}
			if diff := cmp.Diff([]any{tt.state, tt.updates, tt.creates, tt.called}, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.has != nil && r.UserID != "user_1" {
				t.Errorf("the user is %q", r.UserID)
			}
		})
	}
}

// knownRow is what a ledger has of the row, whose content was another one.
func knownRow(action migrate.Action, state migrate.State) migrate.Result {
	r := migrate.Result{
		Row: 1, Line: 2, Key: "u1", Action: action, State: state, Hash: [16]byte{1}, SentAt: time.Now().Add(-time.Hour), PreAbsent: action == migrate.Create,
	}
	if action == migrate.Update {
		r.UserID, r.Made = "user_1", true
	}
	return r
}
