package checkpoint

import (
	"database/sql"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func TestReaderSeesWhatIsStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	bad := func(row int64, code, field, message string) migrate.Result {
		r := at(row, migrate.Rejected)
		r.Code, r.Field, r.Message = code, field, message
		return r
	}
	stored := []migrate.Result{
		at(1, migrate.Created),
		bad(2, "taken", "username", "The first."),
		bad(3, "taken", "email_address", "It is taken."),
		at(4, migrate.InFlight),
		bad(5, "taken", "username", "Same as in line 3."),
		bad(7, "taken", "username", "Same as in line 3."),
		bad(9, "malformed", "", "It cannot be read."),
	}
	commit(t, db, stored...)

	check := func(t *testing.T, r *Reader) {
		same(t, "identity", sample, r.Identity())
		counts, err := r.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "counts", Counts{migrate.Pending: 993, migrate.InFlight: 1, migrate.Created: 1, migrate.Rejected: 5}, counts)
		problems, err := r.Problems(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "problems", []ProblemGroup{
			{Code: "taken", Field: "username", Count: 3, Lines: []int64{3, 6}, Rows: []int64{2, 5}, Message: "The first."},
			{Code: "malformed", Count: 1, Lines: []int64{10}, Rows: []int64{9}, Message: "It cannot be read."},
			{Code: "taken", Field: "email_address", Count: 1, Lines: []int64{4}, Rows: []int64{3}, Message: "It is taken."},
		}, problems)
		var got []migrate.Result
		for result, err := range r.Results(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, result)
		}
		same(t, "results", stored, got)
		states, err := r.States(t.Context())
		if err != nil || len(states) != 9 || states[8] != migrate.Rejected {
			t.Errorf("states are %v, %v", states, err)
		}
		for result, err := range r.Results(t.Context()) { // one that stops early
			if err != nil || result.Row != 1 {
				t.Errorf("the first result is %+v, %v", result, err)
			}
			break
		}
	}
	t.Run("of the writer", func(t *testing.T) { check(t, db.Reader) })
	t.Run("beside the writer", func(t *testing.T) { check(t, openReader(t, path)) })
	closed(t, db)
	t.Run("at rest", func(t *testing.T) {
		before := snapshot(t, path)
		check(t, openReader(t, path))
		unchanged(t, path, before)
		same(t, "files", []string{"x.db"}, names(t, path))
	})
}

func TestReaderAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	p := spawn(t, childCommits, path)
	for range 5 {
		p.line()
	}
	p.kill(t)
	before := snapshot(t, path)
	r := openReader(t, path)
	states, err := r.States(t.Context())
	if err != nil || len(states) < 5*childBatch {
		t.Errorf("%d states, %v", len(states), err)
	}
	who, err := r.Running(t.Context())
	if err != nil || who.Alive || who.PID != p.Process.Pid || who.Host == "" || who.Since.IsZero() {
		t.Errorf("Running: %+v, %v", who, err)
	}
	unchanged(t, path, before)
	same(t, "files", []string{"x.db", "x.db-shm", "x.db-wal", "x.db.lock"}, names(t, path))
}

func TestRunning(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	p := spawn(t, childHolds, path)
	p.line()
	r := openReader(t, path)
	who, err := r.Running(t.Context())
	if err != nil || !who.Alive || who.PID != p.Process.Pid || who.Host == "" || time.Since(who.Since) > time.Hour {
		t.Errorf("Running: %+v, %v", who, err)
	}
	p.end(t)
	who, err = r.Running(t.Context())
	if err != nil || who != (Process{}) {
		t.Errorf("after a clean end: %+v, %v", who, err)
	}
	db := open(t, path)
	if who, err = db.Running(t.Context()); err != nil || !who.Alive || who.PID != os.Getpid() {
		t.Errorf("of the writer: %+v, %v", who, err)
	}
}

// A reader sees whole commits only, keeps nobody waiting, and follows a
// checkpoint through runs that begin and end.
func TestReadersWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	const rows, batch = 800, 8
	outside := openReader(t, path)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for _, get := range []func() (*Reader, error){
		func() (*Reader, error) { return db.Reader, nil },
		func() (*Reader, error) { return outside, nil },
		func() (*Reader, error) { return OpenReader(t.Context(), path) },
	} {
		wg.Go(func() {
			last := 0
			for {
				select {
				case <-stop:
					return
				default:
				}
				r, err := get()
				if err != nil {
					t.Errorf("OpenReader: %v", err)
					return
				}
				states, err := r.States(t.Context())
				if err != nil || len(states)%batch != 0 || len(states) < last {
					t.Errorf("%d rows after %d, %v", len(states), last, err)
					return
				}
				last = len(states)
			}
		})
	}
	for row := int64(1); row <= rows; row += batch {
		var results []migrate.Result
		for i := range int64(batch) {
			results = append(results, at(row+i, migrate.Created))
		}
		commit(t, db, results...)
	}
	close(stop)
	wg.Wait()
	closed(t, outside)
	closed(t, db)
	same(t, "files", []string{"x.db"}, names(t, path))
}

// A commit in the middle of a loop over Results does not wait for its end.
func TestCommitInsideResults(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	fillRows(t, db, 100)
	n := int64(0)
	for _, err := range db.Results(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		commit(t, db, at(100+n, migrate.Created))
	}
	if n != 100 {
		t.Errorf("%d results, want those of the beginning", n)
	}
}

// A checkpoint at rest is read without locks. Where a run begins meanwhile, the
// reader says so instead of mixing what was with what is.
func TestRunBeginsWhileReading(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	atRest(t, path, 1000)
	r := openReader(t, path)
	var last error
	n := 0
	for _, err := range r.Results(t.Context()) {
		if n++; n == 1 {
			closed(t, open(t, path))
		}
		last = err
	}
	if last == nil || !strings.Contains(last.Error(), "try again") || errors.Is(last, ErrForeign) {
		t.Errorf("the last of %d is %v", n, last)
	}
	// What can begin anew does.
	tries := 0
	err := r.view(t.Context(), func(tx *sql.Tx) error {
		if tries++; tries < 3 {
			closed(t, open(t, path))
		}
		return nil
	})
	if tries != 3 || err != nil {
		t.Errorf("after %d tries: %v", tries, err)
	}
	if states, err := r.States(t.Context()); err != nil || len(states) != 1000 {
		t.Errorf("and then there are %d states, %v", len(states), err)
	}
}

func TestReadersContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	fillRows(t, db, 10)
	ctx, cancel := contextDone(t)
	defer cancel()
	if _, err := db.States(ctx); err == nil {
		t.Error("States with a context that has ended")
	}
	yields := 0
	for _, err := range db.Results(ctx) {
		if err == nil {
			t.Error("Results with a context that has ended")
		}
		yields++
	}
	if yields != 1 {
		t.Errorf("%d yields, want one error", yields)
	}
}

func TestReaderSelects(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	with := func(r migrate.Result, id string, reconciled bool) migrate.Result {
		r.UserID, r.Reconciled = id, reconciled
		return r
	}
	stored := []migrate.Result{
		with(at(1, migrate.Created), "user_1", true), with(at(2, migrate.Rejected), "", false), with(at(3, migrate.Conflict), "user_3", true),
		with(at(4, migrate.Retry), "user_4", true), with(at(5, migrate.Updated), "user_5", true), with(at(6, migrate.Dropped), "", false),
	}
	commit(t, db, stored...)
	collect := func(seq iter.Seq2[migrate.Result, error]) (got []migrate.Result) {
		for r, err := range seq {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, r)
		}
		return got
	}
	same(t, "refused", stored[1:3], collect(db.Refused(t.Context())))
	same(t, "with a user", []migrate.Result{stored[0], stored[2], stored[3], stored[4]}, collect(db.WithUser(t.Context())))
	same(t, "of some rows", []migrate.Result{stored[1], stored[3]}, collect(db.Of(t.Context(), []int64{4, 9, 2})))
	if n, err := db.Reconciled(t.Context()); n != 2 || err != nil {
		t.Errorf("%d reconciled, %v; want 2", n, err)
	}
}
