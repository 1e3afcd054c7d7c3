package checkpoint

import (
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate"
)

// How many rows came to their outcome lately is known while the run goes on.
// Those without one do not count, whatever their time.
func TestFinishedSince(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	minute := func(row int64, state migrate.State, n int) migrate.Result {
		r := at(row, state)
		r.At = epoch.Add(time.Duration(n) * time.Minute)
		return r
	}
	times := []time.Time{{}, epoch, epoch.Add(3 * time.Minute), epoch.Add(3*time.Minute + ms), epoch.Add(time.Hour)}
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer closed(t, r)
	finished := func() []int64 {
		t.Helper()
		n, err := r.FinishedSince(t.Context(), times...)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	same(t, "of nothing", []int64{0, 0, 0, 0, 0}, finished())
	commit(t, db, minute(1, migrate.Created, 1), minute(2, migrate.Rejected, 2), minute(3, migrate.Dropped, 3), minute(4, migrate.Updated, 4),
		minute(5, migrate.InFlight, 5), minute(6, migrate.Ambiguous, 6), minute(7, migrate.Retry, 7))
	same(t, "of some rows", []int64{4, 4, 2, 1, 0}, finished())
	commit(t, db, minute(5, migrate.Conflict, 8))
	same(t, "of one more", []int64{5, 5, 3, 2, 0}, finished())
}
