package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/migrate"
)

func value(text string) jsontext.Value { return jsontext.Value(text) }

// What is kept is stored with the commit that follows and with no other, can be
// opened with the key that sealed it, for its user and in its checkpoint, and
// cannot be read without.
func TestKeep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	seal := sealOf(t, db, "sk_test_one")
	changes := migrate.KeptChanges{"first_name": {Before: value(`"Ada"`), After: value(`"Marmalade"`)}, "totp_secret": {Had: new(true)}}
	keep := func(userID string) {
		t.Helper()
		if err := db.Keep(seal, userID, changes); err != nil {
			t.Fatal(err)
		}
	}
	keep("user_1")
	if err := db.Commit(t.Context(), []migrate.Result{{Row: 0, State: migrate.InFlight}}); err == nil {
		t.Fatal("row 0 was stored")
	}
	updated := migrate.Result{Row: 1, Line: 2, Key: "a", UserID: "user_1", Action: migrate.Update, State: migrate.Updated}
	commit(t, db, updated)
	keep("user_1")
	updated.Row = 2
	commit(t, db, updated)
	if err := db.PrepareUndo(t.Context()); err != nil {
		t.Fatal(err)
	}
	items, err := db.UndoItems(t.Context(), 0, 10)
	if err != nil || len(items) != 1 || len(items[0].Sealed) != 2 || bytes.Equal(items[0].Sealed[0], items[0].Sealed[1]) {
		t.Fatalf("%+v, %v", items, err)
	}
	sealed := items[0].Sealed[0]
	got, err := seal.Open("user_1", sealed)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "changes", changes, got)
	other := create(t, filepath.Join(t.TempDir(), "y.db"))
	bad := bytes.Clone(sealed)
	bad[len(bad)-1] ^= 1
	for name, open := range map[string]func() (migrate.KeptChanges, error){
		"another key":        func() (migrate.KeptChanges, error) { return sealOf(t, db, "sk_test_two").Open("user_1", sealed) },
		"another user":       func() (migrate.KeptChanges, error) { return seal.Open("user_2", sealed) },
		"another checkpoint": func() (migrate.KeptChanges, error) { return sealOf(t, other, "sk_test_one").Open("user_1", sealed) },
		"changed":            func() (migrate.KeptChanges, error) { return seal.Open("user_1", bad) },
		"cut short":          func() (migrate.KeptChanges, error) { return seal.Open("user_1", sealed[:5]) },
	} {
		if _, err := open(); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	closed(t, db)
	if text, err := os.ReadFile(path); err != nil || bytes.Contains(text, []byte("Marmalade")) || bytes.Contains(text, []byte("first_name")) {
		t.Errorf("what is kept can be read (%v)", err)
	}
}

func sealOf(t *testing.T, db *DB, key migrate.Secret) *Seal {
	t.Helper()
	seal, err := db.Seal(key)
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// The list of an undo has each user that the migration made, or may have
// changed, once; it goes on where it was, and is not made twice.
func TestUndoList(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	at := time.UnixMilli(1_700_000_000_000).UTC()
	row := int64(0)
	add := func(userID string, state migrate.State, edit func(*migrate.Result)) {
		row++
		r := migrate.Result{Row: row, Line: row + 1, Key: fmt.Sprint("k", row), UserID: userID, State: state, Action: migrate.Update, At: at}
		if edit != nil {
			edit(&r)
		}
		commit(t, db, r)
	}
	made := func(r *migrate.Result) { r.Made, r.Action, r.UpdatedAt = true, migrate.Create, at.Add(-time.Second) }
	add("user_made", migrate.Created, made)
	add("user_made", migrate.Updated, func(r *migrate.Result) { r.UpdatedAt = at.Add(time.Minute) })
	add("user_updated", migrate.Updated, nil)
	add("user_same", migrate.Unchanged, nil)
	add("user_stranger", migrate.Conflict, nil)
	add("user_refused", migrate.Rejected, nil)
	add("user_inflight", migrate.InFlight, nil)
	add("", migrate.Ambiguous, func(r *migrate.Result) { r.Action = migrate.Create })
	add("user_madetwo", migrate.Conflict, made)
	if err := db.Keep(sealOf(t, db, "sk_test_x"), "user_kept", migrate.KeptChanges{"locale": {After: value(`"de"`)}}); err != nil {
		t.Fatal(err)
	}
	add("user_kept", migrate.Unchanged, nil)
	if err := errors.Join(db.PrepareUndo(t.Context()), db.PrepareUndo(t.Context())); err != nil {
		t.Fatal(err)
	}
	list := func() (text string) {
		items, err := db.UndoItems(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range items {
			text += fmt.Sprintf("%d %s row %d line %d %s %v %v %+d\n", i.ID, i.UserID, i.Row, i.Line, i.Key, i.Action, i.State, i.UpdatedAt.Sub(at)/time.Second)
		}
		return text
	}
	const want = `1 user_made row 1 line 2 k1 delete waiting +60
2 user_madetwo row 9 line 10 k9 delete waiting -1
3 user_updated row 3 line 4 k3 restore waiting +0
4 user_inflight row 7 line 8 k7 restore waiting +0
5 user_kept row 10 line 11 k10 restore waiting +0
`
	same(t, "list", want, list())
	if err := db.ForgetUndo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u, err := db.Undone(t.Context(), 3); u != nil || err != nil || list() != "" {
		t.Errorf("forgotten: %+v, %v", u, err)
	}

	if err := errors.Join(db.PrepareUndo(t.Context()), db.BeginUndo(t.Context(), RunInfo{Args: "carryover undo x.db", StartedAt: at})); err != nil {
		t.Fatal(err)
	}
	items, _ := db.UndoItems(t.Context(), 0, 2)
	items[0].State, items[0].At = migrate.UndoDeleted, at
	items[1].State, items[1].Code, items[1].Status = migrate.UndoFailed, "nope", 422
	items[1].Fields = migrate.UndoFields{Given: []string{"locale"}, Lost: []string{"password"}}
	if err := db.CommitUndo(t.Context(), items); err != nil {
		t.Fatal(err)
	}
	u, err := db.Undone(t.Context(), 3)
	if err != nil || u == nil {
		t.Fatal(u, err)
	}
	if n := u.Counts.States; n[migrate.UndoDeleted] != 1 || n[migrate.UndoFailed] != 1 || n[migrate.UndoWaiting] != 3 || u.Counts.Lost["password"] != 1 {
		t.Errorf("%+v", u.Counts)
	}
	if len(u.Examples) != 1 || u.Examples[0].Code != "nope" || u.Sessions[0].State != Running {
		t.Errorf("%+v", u)
	}
	if err := db.CommitUndo(t.Context(), []migrate.UndoItem{{ID: 99, State: migrate.UndoDeleted}}); err == nil {
		t.Error("a user that is not in the list was stored")
	}
	// As after a kill: it goes on, and what failed is tried again.
	if err := db.disconnect(); err != nil {
		t.Fatal(err)
	}
	db.lock.drop()
	db = open(t, path)
	if err := errors.Join(db.ForgetUndo(t.Context()), db.PrepareUndo(t.Context())); err != nil {
		t.Fatal(err)
	}
	if items, _ := db.UndoItems(t.Context(), 0, 100); len(items) != 4 || items[0].UserID != "user_madetwo" || items[0].Code != "" {
		t.Errorf("%+v", items)
	}
	if u, err := db.Undone(t.Context(), 3); err != nil || u.Sessions[0].State != Killed {
		t.Errorf("%+v, %v", u, err)
	}
	err = errors.Join(db.BeginUndo(t.Context(), RunInfo{StartedAt: at}),
		db.EndUndo(t.Context(), RunEnd{State: Interrupted, Reason: "interrupt", Requests: map[int]int64{200: 3}, EndedAt: at.Add(time.Second)}))
	u, err2 := db.Undone(t.Context(), 3)
	if err := errors.Join(err, err2); err != nil || len(u.Sessions) != 2 || u.Sessions[1].Requests[200] != 3 || u.Length() != time.Second {
		t.Errorf("%+v, %v", u, err)
	}
	if sessions, err := db.Sessions(t.Context()); err != nil || len(sessions) != 0 {
		t.Errorf("an undo counts as a run: %v, %v", sessions, err)
	}
}
