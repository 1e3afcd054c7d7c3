package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"carryover/migrate"
)

// An Undo says how far a migration has been taken back, or what it would take.
// users is the sum of deleted to waiting.
type Undo struct {
	// State is as that of a Document; "" where nothing was written.
	State     string    `json:"state"`
	Reason    string    `json:"reason,omitzero"`
	StartedAt time.Time `json:"started_at,omitzero"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Runs      int       `json:"runs,omitzero"` // of undo, so far

	Users     int64       `json:"users"` // that the migration made or may have changed
	Deleted   int64       `json:"deleted"`
	Restored  int64       `json:"restored"`  // given back at least one field
	Unchanged int64       `json:"unchanged"` // as before already
	Missing   int64       `json:"missing"`   // gone already
	Skipped   UndoSkipped `json:"skipped"`
	Lost      int64       `json:"lost"`   // nothing can be given back: secrets, or nothing was kept
	Sealed    int64       `json:"sealed"` // what was kept cannot be opened with this secret key
	Failed    int64       `json:"failed"`
	Waiting   int64       `json:"waiting"`

	// NoAnswer are creates of which nobody knows whether they made a user.
	NoAnswer int64 `json:"no_answer,omitzero"`

	Fields UndoFields `json:"fields,omitzero"`
	First  []UndoUser `json:"first,omitzero"` // users who are not as before, a few of each kind
}

// UndoSkipped are users who were left as they are.
type UndoSkipped struct {
	SignedIn int64 `json:"signed_in"`
	Changed  int64 `json:"changed"`
}

// UndoFields are the fields of updated users by what became of them, in users.
type UndoFields struct {
	Given   map[string]int64 `json:"given,omitzero"`
	Changed map[string]int64 `json:"changed,omitzero"`
	Lost    map[string]int64 `json:"lost,omitzero"`
	Kept    map[string]int64 `json:"kept,omitzero"` // Clerk did not take them back
}

// An UndoUser is one of them.
type UndoUser struct {
	State  string `json:"state"`
	UserID string `json:"user_id,omitzero"`
	Key    string `json:"key,omitzero"` // masked
	Line   int64  `json:"line,omitzero"`
	Code   string `json:"code,omitzero"`
}

// NewUndo makes it of what was counted.
func NewUndo(c *migrate.UndoCounts, examples []migrate.UndoItem) *Undo {
	n := &c.States
	u := &Undo{
		Users: c.Users(), Deleted: n[migrate.UndoDeleted], Restored: n[migrate.UndoRestored], Unchanged: n[migrate.UndoSame],
		Missing: n[migrate.UndoMissing], Skipped: UndoSkipped{n[migrate.UndoSignedIn], n[migrate.UndoChanged]},
		Lost: n[migrate.UndoLost], Sealed: n[migrate.UndoSealed], Failed: n[migrate.UndoFailed], Waiting: c.Left(),
		Fields: UndoFields{Given: c.Given, Changed: c.Changed, Lost: c.Lost, Kept: c.Kept},
	}
	for i := range examples {
		e := &examples[i]
		u.First = append(u.First, UndoUser{State: e.State.String(), UserID: e.UserID, Key: MaskPII.Show(e.Key), Line: e.Line, Code: e.Code})
	}
	return u
}

// Whole reports whether everything is as if the migration had not been.
func (u *Undo) Whole() bool {
	return u.Users == u.Deleted+u.Restored+u.Unchanged+u.Missing && u.NoAnswer == 0 &&
		len(u.Fields.Changed)+len(u.Fields.Lost)+len(u.Fields.Kept) == 0
}

// String says in part of a sentence what came of it.
func (u *Undo) String() string {
	var parts []string
	for _, p := range u.outcomes() {
		if p.n > 0 {
			parts = append(parts, Number(p.n)+" "+p.name)
		}
	}
	if len(parts) == 0 {
		return "no users"
	}
	return strings.Join(parts, ", ")
}

type undoOutcome struct {
	state migrate.UndoState
	n     int64
	name  string
	why   string // of those who are not as before
}

func (u *Undo) outcomes() []undoOutcome {
	return []undoOutcome{
		{migrate.UndoDeleted, u.Deleted, "deleted", ""},
		{migrate.UndoRestored, u.Restored, "restored", ""},
		{migrate.UndoSame, u.Unchanged, "as before already", ""},
		{migrate.UndoMissing, u.Missing, "gone already", ""},
		{migrate.UndoSignedIn, u.Skipped.SignedIn, "signed in", "made by the migration, and have signed in since: they stay"},
		{migrate.UndoChanged, u.Skipped.Changed, "changed since", "somebody has changed them since the migration wrote them: they stay as they are"},
		{migrate.UndoLost, u.Lost, "cannot be given back", "updated, and nothing was kept that could be given back: secrets cannot be, and run --keep-before says what is kept"},
		{migrate.UndoSealed, u.Sealed, "sealed", "what was kept was sealed with another secret key: name the file that holds it with --old-key-file"},
		{migrate.UndoFailed, u.Failed, "failed", "Clerk refused: carryover explain CODE says more, and undo again tries again"},
		{migrate.UndoWaiting, u.Waiting, "waiting", ""},
	}
}

// undo writes what is to be done, or what was.
func undo(b *strings.Builder, d *Document) {
	u := d.Undo
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, o := range u.outcomes() {
		name := o.name
		if d.State == "plan" {
			switch o.state {
			case migrate.UndoDeleted:
				name = "to delete"
			case migrate.UndoRestored:
				name = "to restore"
			}
		}
		if o.n == 0 && o.state != migrate.UndoDeleted && o.state != migrate.UndoRestored {
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t\n", name, Number(o.n))
	}
	fmt.Fprintf(t, "users\t%s\t\n", Number(u.Users))
	_ = t.Flush() // a strings.Builder takes everything
	u.writeLeft(b)
	given := "Fields given back"
	if d.State == "plan" {
		given = "Fields to give back"
	}
	fields(b, given, u.Fields.Given)
	fields(b, "Fields that others have changed since: they stay", u.Fields.Changed)
	fields(b, "Fields that nothing can give back: secrets, and those that nobody looked at", u.Fields.Lost)
	fields(b, "Fields that Clerk did not take back", u.Fields.Kept)
}

// writeLeft says who is not as before, and why.
func (u *Undo) writeLeft(b *strings.Builder) {
	for _, o := range u.outcomes() {
		if o.n == 0 || o.why == "" {
			continue
		}
		fmt.Fprintf(b, "\n%s%s (%s): %s\n", strings.ToUpper(o.name[:1]), o.name[1:], Number(o.n), o.why)
		shown := int64(0)
		for _, user := range u.First {
			if user.State == o.state.String() {
				fmt.Fprintf(b, "  %s\n", user)
				shown++
			}
		}
		if shown > 0 && shown < o.n {
			b.WriteString("  …\n")
		}
	}
	if u.NoAnswer > 0 {
		fmt.Fprintf(b, "\nNo answer (%s): creates of which nobody can tell whether the user with their external id is of this migration: look yourself\n", Number(u.NoAnswer))
		for _, user := range u.First {
			if user.State == "no_answer" {
				fmt.Fprintf(b, "  %s\n", user)
			}
		}
	}
}

// String names a user, in a line.
func (u UndoUser) String() string {
	var parts []string
	if u.Line > 0 {
		parts = append(parts, fmt.Sprintf("line %d", u.Line))
	}
	for _, part := range []string{Clean(u.Key), Clean(u.UserID), Clean(u.Code)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, "  ")
}

func fields(b *strings.Builder, title string, n map[string]int64) {
	if len(n) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for _, name := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(b, "  %s  (users: %s)\n", Clean(name), Number(n[name]))
	}
}

// undoHeadline is headline of an undo.
func undoHeadline(d *Document) string {
	took := Duration(seconds(d.Seconds))
	switch d.State {
	case "plan":
		return "What undo would do, looked up in " + took + ". Nothing was written."
	case "finished":
		return "Undone in " + took + ": every user is as before the migration."
	case "finished_with_problems":
		return "Undone in " + took + ", but for what follows."
	default:
		return cutShort(d, took)
	}
}

// undone says in a line that a migration has been taken back.
func undone(b *strings.Builder, u *Undo) {
	if u != nil {
		fmt.Fprintf(b, "%s\n\n", u.sentence())
	}
}

// sentence says when a migration was taken back, and what came of it.
func (u *Undo) sentence() string {
	switch {
	case u.State == "running":
		return "It is being undone: " + u.String() + "."
	case u.Waiting > 0:
		return "It has been undone in part, the last time on " + day(u.EndedAt, u.StartedAt) + ": " + u.String() + "."
	default:
		return "It was undone on " + day(u.EndedAt, u.StartedAt) + ": " + u.String() + "."
	}
}

func day(t, or time.Time) string {
	if t.IsZero() {
		t = or
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}
