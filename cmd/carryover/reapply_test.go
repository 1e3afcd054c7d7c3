package main

import (
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// An update that a crash left in flight, long ago, whose user has changed since,
// is not sent again: that could undo what the user did. It counts as made and is
// named, everywhere, until somebody asks for it to be sent all the same.
func TestOldUpdateIsConfirmedAndReapplied(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	b := newBox(t, sandbox.Config{})
	var ids []string
	for _, name := range []string{"a", "b"} {
		id, err := b.AddUser([]byte(`{"external_id":"` + name + `","email_address":["` + name + `@example.com"]}`))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	file := writeFile(t, filepath.Join(folder, "users.csv"), []byte("user_id,first_name\n"+ids[0]+",Ada\n"+ids[1]+",Grace\n"))
	args := []string{"run", file, "--mode", "update"}
	carryover(t, exitOK, folder, b.env(), args...)
	forge(t, filepath.Join(folder, "users.csv.carryover.db"), func(r *migrate.Result) {
		if r.UserID == ids[0] {
			r.State, r.SentAt = migrate.InFlight, time.Now().Add(-time.Hour)
		}
	})
	patched := func() int { return b.count(http.MethodPatch, "/users/{user_id}") }

	out := carryover(t, exitOK, folder, b.env(), args...)
	if n := patched(); n != 2 {
		t.Errorf("%d updates, want the two of the first run", n)
	}
	wantWords(t, out.stdout, "every row is in a good end state", "updated  2", "Warnings (1)", "1 × confirmed_by_updated_at, line 2", "--reapply")
	out = carryover(t, exitOK, folder, b.env(), append(args, "--output", "json")...)
	problem, _ := at(decodeObject(t, []byte(out.stdout)), "problems").([]any)
	if len(problem) != 1 || at(problem[0], "code") != "confirmed_by_updated_at" || at(problem[0], "severity") != "warning" {
		t.Errorf("problems %v", problem)
	}
	out = carryover(t, exitOK, folder, b.env(), "status", "users.csv")
	wantWords(t, out.stdout, "1 × confirmed_by_updated_at, line 2")

	out = carryover(t, exitOK, folder, b.env(), append(args, "--reapply")...)
	if n := patched(); n != 3 {
		t.Errorf("%d updates, want one more", n)
	}
	wantWords(t, out.stderr, "Again       1 row that had an outcome", "To send     1 row ")
	out = carryover(t, exitOK, folder, b.env(), append(args, "--reapply")...)
	if n := patched(); n != 3 {
		t.Errorf("%d updates: it was sent once more", n)
	}
	wantWords(t, out.stderr, "Nothing to do")

	// With --reapply such an update is not counted as made in the first place.
	forge(t, filepath.Join(folder, "users.csv.carryover.db"), func(r *migrate.Result) {
		r.State, r.SentAt = migrate.InFlight, time.Now().Add(-time.Hour)
	})
	out = carryover(t, exitOK, folder, b.env(), append(args, "--reapply")...)
	if n := patched(); n != 5 {
		t.Errorf("%d updates, want both again", n)
	}
	wantWords(t, out.stdout, "updated  2")
}

// forge changes what a checkpoint knows of its rows.
func forge(t *testing.T, path string, change func(*migrate.Result)) {
	t.Helper()
	db, err := checkpoint.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	var results []migrate.Result
	for r, err := range db.Results(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		change(&r)
		results = append(results, r)
	}
	if err := db.Commit(t.Context(), results); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}
