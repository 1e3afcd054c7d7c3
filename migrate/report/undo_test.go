package report

import (
	"strings"
	"testing"
	"time"

	"carryover/migrate"
)

// What people read of an undo names each kind of user who is not as before, and
// what cannot be given back; its numbers add up.
func TestUndoText(t *testing.T) {
	var counts migrate.UndoCounts
	var examples []migrate.UndoItem
	for state := migrate.UndoWaiting; state < migrate.NumUndoStates; state++ {
		item := migrate.UndoItem{UserID: "user_" + state.String(), Key: "legacy-42", Line: 7, State: state, Code: "x"}
		if state == migrate.UndoRestored {
			item.Fields = migrate.UndoFields{Given: []string{"locale"}, Changed: []string{"username"}, Lost: []string{"password"}, Kept: []string{"created_at"}}
		}
		counts.Add(&item)
		examples = append(examples, item)
	}
	u := NewUndo(&counts, examples)
	if sum := u.Deleted + u.Restored + u.Unchanged + u.Missing + u.Skipped.SignedIn + u.Skipped.Changed + u.Lost + u.Sealed + u.Failed + u.Waiting; sum != u.Users || u.Users != int64(migrate.NumUndoStates) || u.Whole() {
		t.Errorf("%+v", u)
	}
	u.NoAnswer, u.First = 1, append(u.First, UndoUser{State: "no_answer", Line: 9})
	u.EndedAt = time.Date(2026, 11, 29, 10, 11, 0, 0, time.UTC)
	var b strings.Builder
	if err := Text(&b, &Document{Command: "undo", State: "finished_with_problems", Undo: u}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"but for what follows", "deleted   1\n", "waiting   2\n", "users  11\n", "Signed in (1): ", "line 7  le•••  user_signed_in", "Sealed (1): ", "--old-key-file",
		"Failed (1): ", "No answer (1): ", "  line 9\n", "Fields given back\n  locale  (users: 1)", "username", "password", "created_at",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
	if strings.Contains(b.String(), "legacy-42") {
		t.Error("a key is shown whole")
	}
	b.Reset()
	if err := Text(&b, &Document{Command: "report", State: "finished", Undo: u}); err != nil {
		t.Fatal(err)
	}
	if want := "It has been undone in part, the last time on 2026-11-29 10:11 UTC: 1 deleted, 1 restored,"; !strings.Contains(b.String(), want) {
		t.Errorf("%q is missing in\n%s", want, b.String())
	}
	whole := &Undo{Users: 3, Deleted: 1, Restored: 1, Missing: 1}
	if !whole.Whole() || (&Undo{Users: 1, Deleted: 1, NoAnswer: 1}).Whole() || (&Undo{}).String() != "no users" {
		t.Error("what is whole is not")
	}
}
