package checkpoint

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate"
)

var begun = time.UnixMilli(1_700_000_000_000).UTC()

func noted(n int) migrate.Interval {
	i := migrate.Interval{
		From: begun.Add(time.Duration(n) * migrate.IntervalLength), To: begun.Add(time.Duration(n+1) * migrate.IntervalLength),
		Requests: 25, Limited: 1, Failed: 2, Gates: 3, InFlight: 17, Wanted: 42, Limit: 100, Pace: 99.5,
	}
	i.Outcomes[migrate.Created] = 24
	i.Latency.Add(150*time.Millisecond, 24)
	return i
}

func running(t *testing.T, db *DB) int64 {
	t.Helper()
	id, err := db.BeginRun(t.Context(), RunInfo{StartedAt: begun})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func intervals(t *testing.T, r *Reader) []migrate.Interval {
	t.Helper()
	list, err := r.Intervals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// What is noted is stored with the next commit, to the millisecond, and goes on
// in the next run.
func TestIntervalsAndEvents(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	db.Observe(noted(0)) // outside of a run
	first := running(t, db)
	db.Observe(noted(0))
	db.Observe(noted(1))
	event := migrate.Event{From: begun, To: begun.Add(4 * time.Second), Text: "Clerk asked for 4 s"}
	db.Happened(event)
	if n := len(intervals(t, db.Reader)); n != 0 {
		t.Errorf("%d intervals are stored before a commit", n)
	}
	seq := db.seq
	if err := db.Commit(t.Context(), []migrate.Result{{Row: 1, Line: 2, Key: "a", State: migrate.Created}}); err != nil {
		t.Fatal(err)
	}
	if db.seq != seq+1 {
		t.Errorf("%d commits instead of one", db.seq-seq)
	}
	want := []migrate.Interval{noted(0), noted(1)}
	for i := range want {
		want[i].Session = first
	}
	same(t, "intervals", want, intervals(t, db.Reader))
	db.Observe(noted(2))
	if err := db.EndRun(t.Context(), RunEnd{State: Stopped, EndedAt: begun}); err != nil {
		t.Fatal(err)
	}
	closed(t, db)

	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	second := running(t, db)
	db.Observe(noted(400))
	if err := db.EndRun(t.Context(), RunEnd{State: Stopped, EndedAt: begun}); err != nil {
		t.Fatal(err)
	}
	closed(t, db)
	for _, n := range []int{2, 400} {
		want = append(want, noted(n))
	}
	want[2].Session, want[3].Session = first, second
	r := openReader(t, path)
	same(t, "intervals", want, intervals(t, r))
	event.Session = first
	events, err := r.Events(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "events", []migrate.Event{event}, events)
}

// A series stays bounded, and is in the file as it is in memory.
func TestManyIntervals(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	running(t, db)
	const n = 2600
	for i := range n {
		db.Observe(noted(i))
		if i%7 == 0 {
			if err := db.Commit(t.Context(), []migrate.Result{{Row: 1, Line: 2, Key: "a", State: migrate.Created}}); err != nil {
				t.Fatal(err)
			}
		}
		db.Happened(migrate.Event{From: begun, To: begun, Text: fmt.Sprint(i)})
	}
	if err := db.EndRun(t.Context(), RunEnd{State: Finished, EndedAt: begun}); err != nil {
		t.Fatal(err)
	}
	got := intervals(t, db.Reader)
	same(t, "intervals", db.recording.stored.Intervals, got)
	requests := int64(0)
	for _, i := range got {
		requests += i.Requests
	}
	if len(got) > migrate.MaxIntervals || requests != 25*n {
		t.Errorf("%d intervals with %d requests", len(got), requests)
	}
	events, err := db.Events(t.Context())
	if err != nil || len(events) != maxEvents || events[len(events)-1].Text != fmt.Sprint(n-1) {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// A commit that fails leaves what was noted to the next one.
func TestIntervalsOfAFailedCommit(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	running(t, db)
	db.Observe(noted(0))
	if _, err := db.conn.ExecContext(t.Context(), "CREATE TEMP TRIGGER no BEFORE INSERT ON stretch BEGIN SELECT raise(abort, 'no'); END"); err != nil {
		t.Fatal(err)
	}
	one := []migrate.Result{{Row: 1, Line: 2, Key: "a", State: migrate.Created}}
	if err := db.Commit(t.Context(), one); err == nil {
		t.Fatal("it was committed")
	}
	if n := len(results(t, db.Reader)); n != 0 {
		t.Errorf("%d results of a commit that failed", n)
	}
	if _, err := db.conn.ExecContext(t.Context(), "DROP TRIGGER no"); err != nil {
		t.Fatal(err)
	}
	if err := db.Commit(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	if got := intervals(t, db.Reader); len(got) != 1 || got[0].Requests != 25 {
		t.Errorf("%+v", got)
	}
}

func TestCensus(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	for _, c := range []struct{ given, want string }{{"", ""}, {`{"rows":1}`, `{"rows":1}`}, {"", `{"rows":1}`}, {`{"rows":2}`, `{"rows":2}`}} {
		info := RunInfo{StartedAt: begun}
		if c.given != "" {
			info.Census = []byte(c.given)
		}
		if _, err := db.BeginRun(t.Context(), info); err != nil {
			t.Fatal(err)
		}
		if got, err := db.Census(t.Context()); err != nil || string(got) != c.want {
			t.Errorf("%s, %v; want %s", got, err, c.want)
		}
		if err := db.EndRun(t.Context(), RunEnd{State: Finished, EndedAt: begun}); err != nil {
			t.Fatal(err)
		}
	}
}

// What a run remarks is stored with the commit that it belongs to, and stays
// until other rows take the place of those that it is about.
func TestRemarks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	running(t, db)
	var next []byte
	db.Remark(func() []byte { defer func() { next = nil }(); return next })
	one := []migrate.Result{{Row: 1, Line: 2, Key: "a", State: migrate.Updated}}
	step := func(remark, want string, commit func() error) {
		t.Helper()
		if remark != "" {
			next = []byte(remark)
		}
		if err := commit(); err != nil {
			t.Fatal(err)
		}
		if got, err := openReader(t, path).Remarks(t.Context()); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	}
	commit := func() error { return db.Commit(t.Context(), one) }
	step("", "", commit)
	step("[1]", "[1]", commit)
	step("", "[1]", commit)
	if _, err := db.conn.ExecContext(t.Context(), "CREATE TEMP TRIGGER no BEFORE INSERT ON event BEGIN SELECT raise(abort, 'no'); END"); err != nil {
		t.Fatal(err)
	}
	db.Happened(migrate.Event{From: begun, To: begun, Text: "a wait"})
	step("[2]", "[1]", func() error {
		if commit() == nil {
			t.Error("it was committed")
		}
		return nil
	})
	if _, err := db.conn.ExecContext(t.Context(), "DROP TRIGGER no"); err != nil {
		t.Fatal(err)
	}
	step("", "[2]", func() error { return db.EndRun(t.Context(), RunEnd{State: Stopped, EndedAt: begun}) })
	again := func(census []byte) func() error {
		return func() error {
			_, err := db.BeginRun(t.Context(), RunInfo{StartedAt: begun, Census: census})
			return errors.Join(err, db.EndRun(t.Context(), RunEnd{State: Stopped, EndedAt: begun}))
		}
	}
	step("", "[2]", again(nil))
	step("", "", again([]byte("{}")))
}
