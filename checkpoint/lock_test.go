package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carryover/migrate"
)

func locked(t *testing.T, path string, pid int) {
	t.Helper()
	var err error
	var lock *LockedError
	if _, err = Open(t.Context(), path); !errors.As(err, &lock) {
		t.Fatalf("Open: %v", err)
	}
	if lock.PID != pid || lock.Host == "" || time.Since(lock.Since) > time.Hour || !strings.Contains(err.Error(), path) {
		t.Errorf("Open: %v (%+v), want process %d", err, lock, pid)
	}
	if _, err = Create(t.Context(), path, sample); !errors.As(err, &lock) {
		t.Errorf("Create: %v", err)
	}
}

func TestLockedInThisProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	locked(t, path, os.Getpid())
	commit(t, db, at(1, migrate.Created)) // and goes on
	closed(t, db)
	open(t, path)
}

func TestLockedByAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	p := spawn(t, childHolds, path)
	p.line()
	locked(t, path, p.Process.Pid)
	p.end(t)
	closed(t, open(t, path))

	p = spawn(t, childHolds, path)
	p.line()
	p.kill(t)
	if !exists(path + lockSuffix) {
		t.Error("the lock file went with a kill")
	}
	closed(t, open(t, path)) // a lock does not outlive its process
}

// Of many that start at once, one runs.
func TestLockHasOneWinner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for range 10 {
		var wg sync.WaitGroup
		var mu sync.Mutex
		var won []*DB
		for range 4 {
			wg.Go(func() {
				db, err := openOrCreate(path)
				var lock *LockedError
				if err != nil && !errors.As(err, &lock) && !errors.Is(err, os.ErrExist) {
					t.Errorf("openOrCreate: %v", err)
				}
				if err == nil {
					mu.Lock()
					won = append(won, db)
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(won) != 1 {
			t.Fatalf("%d have it", len(won))
		}
		closed(t, won[0])
	}
}

// A lock that is taken and given up again and again, by removing its file,
// never has two holders.
func TestLockRemovedBetween(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	var wg sync.WaitGroup
	var mu sync.Mutex
	holders, taken := 0, 0
	for range 4 {
		wg.Go(func() {
			for range 50 {
				l, err := acquire(t.Context(), path)
				if err != nil {
					continue // it took too long
				}
				mu.Lock()
				holders++
				taken++
				if holders != 1 {
					t.Errorf("%d holders", holders)
				}
				holders--
				mu.Unlock()
				l.release()
			}
		})
	}
	wg.Wait()
	if taken == 0 {
		t.Error("nobody got it")
	}
	if exists(path + lockSuffix) {
		t.Error("the lock file stays")
	}
}

// Where the lock file is deleted, a second process can start. The first one
// must notice before it sends anything more.
func TestFenced(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first := create(t, path)
	commit(t, first, at(1, migrate.Created))
	if err := os.Remove(path + lockSuffix); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	commit(t, second, at(2, migrate.Created))

	for range 2 {
		if err := first.Commit(t.Context(), []migrate.Result{at(3, migrate.InFlight)}); !errors.Is(err, ErrFenced) {
			t.Fatalf("Commit: %v", err)
		}
	}
	if err := first.Discard(); !errors.Is(err, ErrFenced) {
		t.Errorf("Discard: %v", err)
	}
	if _, err := first.BeginRun(t.Context(), RunInfo{}); !errors.Is(err, ErrFenced) {
		t.Errorf("BeginRun: %v", err)
	}
	closed(t, first)
	locked(t, path, os.Getpid()) // the second one's lock file is still there

	commit(t, second, at(4, migrate.Created))
	closed(t, second)
	got, err := open(t, path).States(t.Context())
	want := []migrate.State{migrate.Created, migrate.Created, migrate.Pending, migrate.Created}
	if err != nil {
		t.Fatal(err)
	}
	same(t, "states", want, got)
}

// A first process that ends without another commit must not mark as whole what
// the second one is writing.
func TestFencedAtClose(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first := create(t, path)
	if err := os.Remove(path + lockSuffix); err != nil {
		t.Fatal(err)
	}
	second := open(t, path)
	if err := first.Close(); !errors.Is(err, ErrFenced) {
		t.Errorf("Close: %v", err)
	}
	commit(t, second, at(1, migrate.Created))
	closed(t, second)
}

// A lock whose file was deleted is not mistaken for that of a successor, and
// does not take the successor's file with it.
func TestLockWithoutItsName(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	first, err := acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if !first.named() {
		t.Error("a lock that was just taken has no name")
	}
	if err := os.Remove(path + lockSuffix); err != nil {
		t.Fatal(err)
	}
	if first.named() {
		t.Error("a lock whose file is gone has a name")
	}
	second, err := acquire(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if first.named() || !second.named() {
		t.Error("the first lock goes by the second one's name")
	}
	first.release()
	if !second.named() {
		t.Error("the first lock took the second one's file")
	}
	second.release()
}

func TestLockFileOfAnotherProgram(t *testing.T) {
	for _, text := range []string{"4711\n", `{"pid":1}`, "\x00binary"} {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path+lockSuffix, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, path)
		if _, err := Create(t.Context(), path, sample); !errors.Is(err, ErrForeign) {
			t.Errorf("%q: %v", text, err)
		}
		unchanged(t, path, before)
	}
}

// The note keeps up with every commit, whatever kind it is.
func TestNoteFollows(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	noted := func() int64 {
		n, ok := readNote(path + lockSuffix)
		if !ok || n.ID != db.id || n.PID != os.Getpid() || n.Seq != db.seq {
			t.Fatalf("the note is %+v, the last commit %d", n, db.seq)
		}
		return n.Seq
	}
	begun := noted()
	commit(t, db, at(1, migrate.Created))
	if _, err := db.BeginRun(t.Context(), RunInfo{}); err != nil {
		t.Fatal(err)
	}
	if err := db.EndRun(t.Context(), RunEnd{State: Finished}); err != nil {
		t.Fatal(err)
	}
	if got := noted(); got != begun+3 {
		t.Errorf("after 3 commits the note says %d, it began at %d", got, begun)
	}
}
