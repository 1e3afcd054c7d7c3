package checkpoint

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"carryover/migrate"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

func TestFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	fillRows(t, db, 100)
	if _, err := db.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 12"); err != nil {
		t.Fatal(err)
	}
	var batch []migrate.Result
	for row := range int64(5000) {
		batch = append(batch, at(row+1, migrate.Rejected))
	}
	err := db.Commit(t.Context(), batch)
	var disk *DiskError
	if !errors.As(err, &disk) || disk.Code&0xff != sqlite3.SQLITE_FULL || disk.Path != path {
		t.Fatalf("Commit: %v", err)
	}
	for _, word := range []string{path, "no room", "free some"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the message lacks %q: %v", word, err)
		}
	}
	if again := db.Commit(t.Context(), []migrate.Result{at(1, migrate.Updated)}); !errors.Is(again, err) {
		t.Errorf("a second Commit: %v", again)
	}
	closed(t, db)
	// Even without the lock file, nothing looks as if it were missing.
	if err := os.Remove(path + lockSuffix); err != nil {
		t.Fatal(err)
	}
	states, err := open(t, path).States(t.Context())
	if err != nil || len(states) != 100 || states[0] != migrate.Created {
		t.Errorf("%d states, %v", len(states), err)
	}
}

// A problem text that went with a failed commit is stored with the next.
func TestProblemOfAFailedCommit(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	_, err := db.conn.ExecContext(t.Context(), `CREATE TEMP TRIGGER fail BEFORE INSERT ON main.result
		WHEN new.row = 13 BEGIN SELECT raise(ABORT, 'no'); END`)
	if err != nil {
		t.Fatal(err)
	}
	r := at(1, migrate.Rejected)
	r.Code = "taken"
	if err := db.Commit(t.Context(), []migrate.Result{r, at(13, migrate.Created)}); err == nil {
		t.Fatal("the commit did not fail")
	}
	commit(t, db, r)
	groups, err := db.Problems(t.Context(), 1)
	if err != nil || len(groups) != 1 || groups[0].Code != "taken" {
		t.Errorf("problems are %v, %v", groups, err)
	}
}

// Another program that holds the file, and lets it go in time or does not.
func TestBusy(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	other, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 20"); err != nil {
		t.Fatal(err)
	}
	var locked *LockedError
	if err := db.Commit(t.Context(), []migrate.Result{at(1, migrate.Created)}); !errors.As(err, &locked) {
		t.Fatalf("Commit: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	commit(t, db, at(1, migrate.Created)) // nothing is broken by that
}

func TestExplain(t *testing.T) {
	// Real errors of SQLite, since they cannot be made up.
	fail := func(dsn, query string) error {
		db, err := sql.Open("sqlite", dsn)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		_, err = db.Exec(query)
		return err
	}
	path := filepath.Join(t.TempDir(), "x.db")
	atRest(t, path, 1)
	var disk *DiskError
	if err := explain(path, fail("file:"+path+"?mode=ro", "DELETE FROM result")); !errors.As(err, &disk) || disk.Code != sqlite3.SQLITE_READONLY {
		t.Errorf("a write to what is only read: %v", err)
	}
	if err := explain(path, fail("file:"+path+".missing?mode=ro", "SELECT 1 FROM t")); !errors.As(err, &disk) || disk.Code&0xff != sqlite3.SQLITE_CANTOPEN {
		t.Errorf("a file that is not there: %v", err)
	}
	var s *sqlite.Error
	err := explain(path, fail("file:"+path+"?mode=ro", "SELEC"))
	if !errors.As(err, &s) || errors.As(err, new(*refusal)) || !strings.Contains(err.Error(), path) {
		t.Errorf("a mistake of ours: %v", err)
	}
	once := explain(path, fail("file:"+path+"?mode=ro", "DELETE FROM result"))
	if explain(path, once) != once {
		t.Error("an error that was explained is explained again")
	}
	if explain(path, nil) != nil {
		t.Error("no error became one")
	}
}

// What the system said before SQLite was asked is told apart as well.
func TestPlaceOrDisk(t *testing.T) {
	for _, c := range []struct {
		err   error
		place bool
		words string
	}{
		{&os.PathError{Op: "open", Err: syscall.ENOSPC}, false, "no room left"},
		{syscall.EDQUOT, false, "no room left"},
		{syscall.EIO, false, "the disk reported an error"},
		{&os.PathError{Op: "open", Err: syscall.EMFILE}, false, "a limit of the system"},
		{syscall.EACCES, true, "make the file and its folder writable"},
		{syscall.ENOTDIR, true, "choose a folder"},
		{errors.New("it is no folder"), true, "choose a folder"},
	} {
		e := &DiskError{Path: "x.db", Err: c.err}
		if e.Place() != c.place || !strings.Contains(e.Error(), c.words) {
			t.Errorf("%v: place %v, %v", c.err, e.Place(), e)
		}
	}
	if (&DiskError{Code: sqlite3.SQLITE_IOERR_FSYNC}).Place() {
		t.Error("a failed fsync lies with the place")
	}
}
