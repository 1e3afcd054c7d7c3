package ledgertest_test

import (
	"context"
	"testing"

	"carryover/migrate"
	"carryover/migrate/ledgertest"

	"github.com/google/go-cmp/cmp"
)

func TestMemoryLedger(t *testing.T) {
	ledgertest.Test(t, func(*testing.T) migrate.Ledger { return migrate.NewMemoryLedger() })
}

func TestMemoryLedgerResults(t *testing.T) {
	l := migrate.NewMemoryLedger()
	want := []migrate.Result{
		{Row: 1, Key: "a", State: migrate.Created},
		{Row: 2, Key: "b", State: migrate.InFlight},
		{Row: 9, Key: "c", State: migrate.Rejected},
	}
	if err := l.Commit(context.Background(), []migrate.Result{want[2], want[0], want[1]}); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, l.Results()); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
}
