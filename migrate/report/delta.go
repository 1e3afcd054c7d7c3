package report

import (
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/gocarina/gocsv"

	"carryover/migrate"
)

// A Delta says how the rows of a new input compare with those that a
// checkpoint knows of an earlier one. All but Vanished add up to the rows.
type Delta struct {
	Unchanged  int64 `json:"unchanged"`   // as they were sent: nothing is sent
	Changed    int64 `json:"changed"`     // their users are updated
	New        int64 `json:"new"`         // not known, or not sent before
	TriedAgain int64 `json:"tried_again"` // known, and without an outcome, rejected or in conflict before
	Refused    int64 `json:"refused"`     // by the checks, or since they may be changed rows
	Dropped    int64 `json:"dropped"`     // by the mapping
	Vanished   int64 `json:"vanished"`    // users that only the earlier input has
}

// FromDelta turns the counts of a comparison into the document's.
func FromDelta(c migrate.DeltaCounts) *Delta {
	return &Delta{Unchanged: c.Same, Changed: c.Changed, New: c.New, TriedAgain: c.Again, Refused: c.Refused, Dropped: c.Dropped, Vanished: c.Gone}
}

// String says it in words, without what there is none of.
func (d *Delta) String() string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{
		{d.Unchanged, "unchanged"}, {d.Changed, "changed"}, {d.New, "new or not sent yet"},
		{d.TriedAgain, "to be tried again"}, {d.Refused, "refused"}, {d.Dropped, "dropped by the mapping"},
	} {
		if p.n > 0 {
			parts = append(parts, Number(p.n)+" "+p.what)
		}
	}
	if d.Vanished > 0 {
		parts = append(parts, Number(d.Vanished)+" vanished from the input")
	}
	return strings.Join(parts, ", ")
}

// Vanished are users of earlier inputs that the input does not have any more.
// They stay in Clerk, and are no rows of the input.
type Vanished struct {
	Count int64          `json:"count"`
	Users []VanishedUser `json:"users"` // the first of them
}

// A VanishedUser is known by its key and, where a user was made or found, by
// Clerk's id.
type VanishedUser struct {
	Key    string `json:"key" csv:"key"`
	UserID string `json:"user_id,omitzero" csv:"user_id"`
}

// MaxVanished is how many users a document names.
const MaxVanished = 100

// CountVanished returns the users of results; nil for none.
func CountVanished(results iter.Seq2[migrate.Result, error]) (*Vanished, error) {
	var v Vanished
	for r, err := range results {
		if err != nil {
			return nil, err
		}
		if v.Count++; len(v.Users) < MaxVanished {
			v.Users = append(v.Users, VanishedUser{r.Key, r.UserID})
		}
	}
	if v.Count == 0 {
		return nil, nil
	}
	return &v, nil
}

// WriteVanished writes the users of results as CSV, and returns how many there
// are.
func WriteVanished(w io.Writer, results iter.Seq2[migrate.Result, error]) (n int64, err error) {
	out := gocsv.DefaultCSVWriter(w)
	if err := gocsv.MarshalCSV([]VanishedUser{}, out); err != nil { // the header, also where there is nobody
		return 0, err
	}
	for r, err := range results {
		if err != nil {
			return n, err
		}
		if err := gocsv.MarshalCSVWithoutHeaders([]VanishedUser{{Cell(r.Key), Cell(r.UserID)}}, out); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// delta writes the comparison, and the users that vanished.
func delta(b *strings.Builder, d *Document) {
	if d.Delta != nil {
		fmt.Fprintf(b, "\nAgainst the input before: %s\n", d.Delta)
	}
	if d.Vanished == nil {
		return
	}
	fmt.Fprintf(b, "\nVanished (%s): users that the input does not have any more; they stay in Clerk\n", Number(d.Vanished.Count))
	for i, u := range d.Vanished.Users {
		if i == linesShown {
			break
		}
		fmt.Fprintf(b, "      %s", Clean(u.Key))
		if u.UserID != "" {
			fmt.Fprintf(b, "  %s", Clean(u.UserID))
		}
		b.WriteString("\n")
	}
	if d.Vanished.Count > linesShown {
		b.WriteString("      … (carryover status --vanished FILE.csv lists all)\n")
	}
}

// linesShown is how many vanished users the text names.
const linesShown = 5
