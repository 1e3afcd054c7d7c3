package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"carryover/migrate"
)

// earlier is a copy of a checkpoint that an earlier version wrote, with four rows
// of five and a run.
func earlier(t *testing.T, v int) (path string, original []byte) {
	t.Helper()
	original, err := os.ReadFile(filepath.Join("testdata", fmt.Sprintf("version%d.db", v)))
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, original, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, original
}

func results(t *testing.T, r *Reader) (list []migrate.Result) {
	t.Helper()
	for result, err := range r.Results(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, result)
	}
	return list
}

// eachEarlier runs a test with every earlier version.
func eachEarlier(t *testing.T, test func(t *testing.T, v int)) {
	for v := 1; v < version; v++ {
		t.Run(fmt.Sprint(v), func(t *testing.T) { test(t, v) })
	}
}

// A checkpoint of an earlier version is read as it is, and changed by nobody who
// only looks.
func TestReadAnEarlierVersion(t *testing.T) { eachEarlier(t, readEarlier) }

func readEarlier(t *testing.T, v int) {
	path, original := earlier(t, v)
	r := openReader(t, path)
	open, err := r.Unfinished(t.Context())
	if n := len(results(t, r)); n != 4 || len(open) != 2 || err != nil {
		t.Errorf("%d results, %d of them unfinished, %v", n, len(open), err)
	}
	if past := collect(t, r.Past(t.Context())); len(past) != 0 {
		t.Errorf("past results: %v", past)
	}
	intervals, err := r.Intervals(t.Context())
	events, err2 := r.Events(t.Context())
	census, err3 := r.Census(t.Context())
	if err := errors.Join(err, err2, err3); err != nil || (v == 1) != (intervals == nil) || events != nil || (v == 1) != (census == nil) {
		t.Errorf("%v, %v, %s, %v", intervals, events, census, err)
	}
	if now, err := os.ReadFile(path); err != nil || !slices.Equal(now, original) {
		t.Errorf("it was changed (%v)", err)
	}
}

// A run brings it to this version: nothing is lost, and a copy of what it was
// stays.
func TestUpgradeAnEarlierVersion(t *testing.T) { eachEarlier(t, upgradeEarlier) }

func upgradeEarlier(t *testing.T, v int) {
	path, original := earlier(t, v)
	before, sessions := results(t, openReader(t, path)), sessionsOf(t, openReader(t, path))
	db, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "results", before, results(t, db.Reader))
	same(t, "sessions", sessions, sessionsOf(t, db.Reader))
	if _, err := db.BeginRun(t.Context(), RunInfo{Version: "2", StartedAt: time.UnixMilli(1000).UTC()}); err != nil {
		t.Fatal(err)
	}
	db.Observe(migrate.Interval{From: time.UnixMilli(1000), To: time.UnixMilli(1250), Requests: 3})
	if err := db.Commit(t.Context(), []migrate.Result{{Row: 5, Line: 6, Key: "e", State: migrate.Created, UpdatedAt: time.UnixMilli(1234)}}); err != nil {
		t.Fatal(err)
	}
	closed(t, db)

	r := openReader(t, path)
	if got, err := r.Intervals(t.Context()); err != nil || len(got) != v || got[v-1].Requests != 3 {
		t.Errorf("%+v, %v", got, err)
	}
	if all := results(t, r); len(all) != 5 || !all[3].UpdatedAt.IsZero() || all[4].UpdatedAt.UnixMilli() != 1234 {
		t.Errorf("%+v", all)
	}
	backup := fmt.Sprintf("%s.v%d.bak", path, v)
	info, err := os.Stat(backup)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(info, err)
	}
	same(t, "results of the copy", before, results(t, openReader(t, backup)))
	if f, err := inspect(t.Context(), backup, note{}, true); err != nil || f.version != int64(v) || !f.clean {
		t.Errorf("the copy is %+v, %v", f, err)
	}
	if now, _ := os.ReadFile(path); slices.Equal(now, original) {
		t.Error("nothing was changed")
	}
	// Another run finds nothing to do.
	if err := os.Remove(backup); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	closed(t, again)
	if _, err := os.Stat(backup); err == nil {
		t.Error("it was upgraded twice")
	}
}

func sessionsOf(t *testing.T, r *Reader) []Session {
	t.Helper()
	list, err := r.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Where the copy cannot be made, the checkpoint stays as it was.
func TestUpgradeWithoutACopy(t *testing.T) {
	path, original := earlier(t, 1)
	if err := os.MkdirAll(filepath.Join(path+".v1.bak", "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	var disk *DiskError
	if _, err := Open(t.Context(), path); !errors.As(err, &disk) {
		t.Fatalf("%v", err)
	}
	if now, err := os.ReadFile(path); err != nil || !slices.Equal(now, original) {
		t.Errorf("it was changed (%v)", err)
	}
	left, err := filepath.Glob(path + "*" + newSuffix + "*")
	if err != nil || len(left) > 0 {
		t.Errorf("%v was left behind (%v)", left, err)
	}
}

// A kill in the middle of an upgrade leaves the one version or the other.
func TestKilledUpgrade(t *testing.T) {
	if testing.Short() {
		t.Skip("it kills processes for seconds")
	}
	versions := map[int64]int{}
	for i := range 30 {
		path, _ := earlier(t, 1+i%2)
		p := spawn(t, childHolds, path)
		time.Sleep(time.Duration(i) * 2 * time.Millisecond)
		p.kill(t)
		f, err := inspect(t.Context(), path, note{}, true)
		if err != nil && !errors.Is(err, ErrMissingWAL) {
			t.Fatal(err)
		}
		versions[f.version]++
		db, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(results(t, db.Reader)); n != 4 {
			t.Errorf("%d results", n)
		}
		closed(t, db)
	}
	t.Logf("versions after the kill: %v", versions)
}
