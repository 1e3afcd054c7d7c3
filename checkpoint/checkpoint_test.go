package checkpoint

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/ledgertest"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if role := os.Getenv("CHECKPOINT_TEST_CHILD"); role != "" {
		child(role)
		return
	}
	goleak.VerifyTestMain(m)
}

var sample = Identity{
	InputName: "users.csv", InputSHA256: "aa11", InputSize: 12345, Rows: 1000, Mode: "upsert",
	Mapping: "m1", Options: "skip=1", APIVersion: "2025-11-10", InstanceID: "ins_1", KeyKind: "test",
}

func create(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Create(t.Context(), path, sample)
	if err != nil {
		t.Fatalf("Create: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func open(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openReader(t testing.TB, path string) *Reader {
	t.Helper()
	r, err := OpenReader(t.Context(), path)
	if err != nil {
		t.Fatalf("OpenReader: %v", err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// at returns a result of row in state.
func at(row int64, state migrate.State) migrate.Result {
	return migrate.Result{Row: row, Line: row + 1, Key: "k", State: state}
}

func commit(t testing.TB, db *DB, results ...migrate.Result) {
	t.Helper()
	if err := db.Commit(t.Context(), results); err != nil {
		t.Fatalf("Commit: %v", err)
	}
}

func closed(t testing.TB, c interface{ Close() error }) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
}

// names lists the files in the folder of path.
func names(t testing.TB, path string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	list := []string{}
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestLedger(t *testing.T) {
	ledgertest.Test(t, func(t *testing.T) migrate.Ledger {
		return create(t, filepath.Join(t.TempDir(), "x.db"))
	})
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	key := db.Key()
	if key == ([32]byte{}) {
		t.Error("the key is zero")
	}
	want := migrate.Result{
		Row: 3, Line: 4, Key: "01890a5d-ac96-774b-bcce-b302099a8057", State: migrate.Created, Action: migrate.Create,
		UserID: "user_1", Status: 200, Code: "warning", Field: "phone_number", Message: "Left out.",
		At: time.UnixMilli(1_700_000_000_123).UTC(),
	}
	commit(t, db, want, at(1, migrate.Rejected))
	closed(t, db)
	closed(t, db) // a second time does nothing
	if got := names(t, path); !cmp.Equal(got, []string{"x.db"}) {
		t.Errorf("after a clean end there are %q", got)
	}

	db = open(t, path)
	if got := db.LastSend(); !got.IsZero() {
		t.Errorf("nothing was sent, but the last was at %v", got)
	}
	if db.Key() != key {
		t.Error("the key changed")
	}
	if d := cmp.Diff(sample, db.Identity()); d != "" {
		t.Errorf("identity (-want +got):\n%s", d)
	}
	var got []migrate.Result
	for r, err := range db.Results(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, r)
	}
	if d := cmp.Diff([]migrate.Result{at(1, migrate.Rejected), want}, got); d != "" {
		t.Errorf("results (-want +got):\n%s", d)
	}
	closed(t, db)
	if err := db.Commit(t.Context(), []migrate.Result{want}); err == nil {
		t.Error("a closed checkpoint stored something")
	}
}

func TestTwoKeysDiffer(t *testing.T) {
	dir := t.TempDir()
	if create(t, filepath.Join(dir, "a.db")).Key() == create(t, filepath.Join(dir, "b.db")).Key() {
		t.Error("two checkpoints have one key")
	}
}

func TestExists(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	check := func(when string, want bool) {
		t.Helper()
		if got, err := Exists(path); got != want || err != nil {
			t.Errorf("%s: %v, %v", when, got, err)
		}
	}
	check("nothing there", false)
	db := create(t, path)
	check("in use", true)
	commit(t, db, at(1, migrate.Created)) // Exists took no lock away
	closed(t, db)
	check("at rest", true)
	if err := os.WriteFile(path, []byte("id,name\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := Exists(path); got || !errors.Is(err, ErrForeign) {
		t.Errorf("a text file: %v, %v", got, err)
	}
}

func TestCreateTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	commit(t, db, at(1, migrate.Created))
	closed(t, db)
	before := snapshot(t, path)
	if _, err := Create(t.Context(), path, sample); !errors.Is(err, os.ErrExist) {
		t.Errorf("Create over a checkpoint: %v", err)
	}
	unchanged(t, path, before)
}

func TestLastSend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	base := time.UnixMilli(1_700_000_000_000).UTC()
	db := create(t, path)
	if got := db.LastSend(); !got.IsZero() {
		t.Errorf("at first it is %v", got)
	}
	newer, older := at(1, migrate.InFlight), at(2, migrate.InFlight)
	newer.SentAt, older.SentAt = base.Add(time.Second), base
	commit(t, db, newer, older)
	db.SetLastSend(base) // older: of no effect
	if got := db.LastSend(); !got.Equal(newer.SentAt) {
		t.Errorf("after a commit it is %v, want %v", got, newer.SentAt)
	}
	db.SetLastSend(base.Add(time.Minute)) // a look-up, which no result tells of
	closed(t, db)
	if got, want := open(t, path).LastSend(), base.Add(time.Minute); !got.Equal(want) {
		t.Errorf("after a restart it is %v, want %v", got, want)
	}
}

func TestDifferences(t *testing.T) {
	other := Identity{InputName: "moved.csv", InputSHA256: "b", InputSize: 1, Rows: 2, Mode: "create",
		Mapping: "m2", Options: "o", APIVersion: "v", InstanceID: "ins_2", KeyKind: "live"}
	want := []Difference{
		{"input_sha256", "aa11", "b"}, {"input_size", "12345", "1"}, {"rows", "1000", "2"}, {"mode", "upsert", "create"},
		{"mapping", "m1", "m2"}, {"options", "skip=1", "o"}, {"api_version", "2025-11-10", "v"},
		{"instance_id", "ins_1", "ins_2"}, {"key_kind", "test", "live"},
	}
	if d := cmp.Diff(want, sample.Differences(other)); d != "" {
		t.Errorf("all differ (-want +got):\n%s", d)
	}
	moved := sample
	moved.InputName = "moved.csv"
	if got := sample.Differences(moved); got != nil {
		t.Errorf("a moved file differs in %v", got)
	}
}

func TestDiscard(t *testing.T) {
	t.Run("leaves nothing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		db := create(t, path)
		commit(t, db, at(1, migrate.Rejected)) // a check refused it: nothing was sent
		if err := db.Discard(); err != nil {
			t.Fatal(err)
		}
		if got := names(t, path); len(got) != 0 {
			t.Errorf("there are %q", got)
		}
		closed(t, db)
		create(t, path)
	})
	t.Run("keeps what may be another's", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		db := create(t, path)
		if err := os.Remove(path + lockSuffix); err != nil {
			t.Fatal(err)
		}
		if err := db.Discard(); !errors.Is(err, ErrFenced) {
			t.Fatalf("Discard: %v", err)
		}
		closed(t, open(t, path))
	})
	t.Run("keeps what was sent", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "x.db")
		db := create(t, path)
		intent := at(1, migrate.InFlight)
		intent.SentAt = time.Now()
		commit(t, db, intent)
		if err := db.Discard(); !errors.Is(err, ErrSent) {
			t.Fatalf("Discard: %v", err)
		}
		commit(t, db, at(2, migrate.Created)) // it is still open
		closed(t, db)
		if got, _ := open(t, path).States(t.Context()); len(got) != 2 {
			t.Errorf("states are %v", got)
		}
	})
}

func TestCommitIgnoresACancelledContext(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for row := range int64(200) {
		if row == 100 {
			cancel()
		}
		if err := db.Commit(ctx, []migrate.Result{at(row+1, migrate.Created)}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := db.States(t.Context()); err != nil || len(got) != 200 {
		t.Errorf("%d states, %v", len(got), err)
	}
}
