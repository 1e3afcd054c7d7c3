package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// A keepingLedger wants what an update changes to be kept before its intent.
type keepingLedger struct {
	*migrate.MemoryLedger
	t    *testing.T
	kept map[string][]migrate.KeptChanges
	must bool
}

func (l *keepingLedger) Commit(ctx context.Context, results []migrate.Result) error {
	for _, r := range results {
		if l.must && r.State == migrate.InFlight && r.Action == migrate.Update && !r.Made && l.kept[r.UserID] == nil {
			l.t.Errorf("the intent of %s comes before what it changes is kept", r.Key)
		}
	}
	return l.MemoryLedger.Commit(ctx, results)
}

func (l *keepingLedger) keep(userID string, changes migrate.KeptChanges) error {
	l.kept[userID] = append(l.kept[userID], changes)
	return nil
}

// naming yields rows that name their users.
func naming(ids ...string) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for i, id := range ids {
			u := &migrate.User{Row: int64(i + 1), Line: int64(i + 2), UserID: id}
			u.FirstName = ptr("Eve")
			if !yield(u, nil) {
				return
			}
		}
	}
}

// What an update changes is kept once, with its first intent, of users that a
// look-up has shown; of those that the migration made, nothing.
func TestWhatUpdatesChangeIsKept(t *testing.T) {
	api := newFakeClerk()
	for _, id := range []string{"u2", "u3"} {
		a, _ := api.add(id, nil)
		a.FirstName = "Own"
	}
	api.onUpdate = func(n int, _ string) error {
		if n == 1 {
			return &migrate.Error{Fault: migrate.TransientFault, Status: 502, Environment: true}
		}
		return nil
	}
	ledger := &keepingLedger{migrate.NewMemoryLedger(), t, map[string][]migrate.KeptChanges{}, true}
	config := migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(3), Keep: ledger.keep}
	if _, err := migrate.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	want := map[string][]migrate.KeptChanges{}
	for i := 2; i <= 3; i++ {
		want[fmt.Sprintf("user_%d", i-1)] = []migrate.KeptChanges{{
			"first_name": {Before: raw(`"Own"`), After: raw(`"Ada"`)}, "username": {Before: raw("null"), After: raw(fmt.Sprintf(`"ada_%d"`, i))},
		}}
	}
	if d := cmp.Diff(want, ledger.kept); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}

	// The rows have changed since: those of others are written over without a
	// look, which is noted; that of the migration's own user is not.
	var reopen []migrate.Result
	for _, r := range ledger.Results() {
		r.State, r.Action, r.Hash = migrate.Retry, migrate.Update, [16]byte{1}
		reopen = append(reopen, r)
	}
	ledger.kept = map[string][]migrate.KeptChanges{}
	config.Reopen, api.onUpdate = reopen, nil
	if _, err := migrate.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if len(ledger.kept) != 2 || ledger.kept["user_1"][0]["first_name"].Before != nil || ledger.kept["user_1"][0]["first_name"].After == nil {
		t.Errorf("%v", ledger.kept)
	}
}

// Of rows that name their users something is kept only where all are seen. One who
// is not there is rejected.
func TestKeepWhatRowsNameByUserID(t *testing.T) {
	for _, all := range []bool{false, true} {
		api := newFakeClerk()
		var ids []string
		for i := range 150 {
			a, _ := api.add(fmt.Sprint(i), nil)
			ids = append(ids, a.ID)
		}
		ledger := &keepingLedger{migrate.NewMemoryLedger(), t, map[string][]migrate.KeptChanges{}, all}
		config := migrate.Config{Mode: migrate.UpdateOnlyMode, API: api, Ledger: ledger, Users: naming(ids...), Keep: ledger.keep, SeeAll: all}
		summary, err := migrate.Run(t.Context(), config)
		if err != nil || summary.Counts[migrate.Updated] != 150 {
			t.Fatalf("%v, %v", summary, err)
		}
		if want := map[bool]int{true: 2}[all]; len(api.seen) != want || len(ledger.kept) != want*75 {
			t.Errorf("all is %v: %d look-ups, %d kept", all, len(api.seen), len(ledger.kept))
		}
	}
	api := newFakeClerk()
	ledger := &keepingLedger{migrate.NewMemoryLedger(), t, map[string][]migrate.KeptChanges{}, false}
	config := migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: naming("user_gone"), Keep: ledger.keep, SeeAll: true}
	if summary, err := migrate.Run(t.Context(), config); err != nil || summary.Counts[migrate.Rejected] != 1 || len(ledger.kept) != 0 {
		t.Errorf("%v, %v, kept %v", summary, err, ledger.kept)
	}
}

// What a policy leaves as it is, and metadata beside what is merged, is kept as
// what it will be.
func TestKeepUnderAPolicy(t *testing.T) {
	policy := migrate.NewPolicy(migrate.Fill)
	policy.SetMetadata(migrate.Merge)
	api := newFakeClerk()
	a, _ := api.add("u1", nil)
	a.FirstName, a.LastName, a.PasswordEnabled, a.PublicMetadata = "Eve", "", true, jsontext.Value(`{"a":1,"b":2}`)
	ledger := &keepingLedger{migrate.NewMemoryLedger(), t, map[string][]migrate.KeptChanges{}, true}
	users := func(yield func(*migrate.User, error) bool) {
		u := &migrate.User{Row: 1, Line: 2}
		u.ExternalID, u.FirstName, u.LastName, u.PublicMetadata = ptr("u1"), ptr("Ada"), ptr("King"), jsontext.Value(`{"b":3,"c":4}`)
		u.PasswordDigest, u.TOTPSecret = ptr(migrate.Secret("digest")), ptr(migrate.Secret("secret"))
		yield(u, nil)
	}
	config := migrate.Config{Mode: migrate.Upsert, Policy: policy, API: api, Ledger: ledger, Users: users, Keep: ledger.keep}
	if _, err := migrate.Run(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	want := []migrate.KeptChanges{{
		"last_name":       {Before: jsontext.Value("null"), After: jsontext.Value(`"King"`)},
		"public_metadata": {Before: jsontext.Value(`{"a":1,"b":2}`), After: jsontext.Value(`{"a":1,"b":3,"c":4}`)},
		"totp_secret":     {Had: ptr(false)},
	}}
	if diff := cmp.Diff(want, ledger.kept[a.ID]); diff != "" {
		t.Errorf("kept (-want +got):\n%s", diff)
	}
}

// What cannot be kept is not written over.
func TestNothingIsUpdatedThatCannotBeKept(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	_, _ = api.add("u1", nil)
	config := migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(1), Keep: func(string, migrate.KeptChanges) error { return errors.New("no") }}
	_, err := migrate.Run(t.Context(), config)
	var stop *migrate.StopError
	if !errors.As(err, &stop) || stop.Reason != migrate.StopLedger || len(api.updates) != 0 {
		t.Errorf("%v, %d updates", err, len(api.updates))
	}
}
