package report

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"carryover/migrate"
)

// A Verification says how the users of Clerk compare with the rows that they
// were made or changed by. Each compared row is in one of the five counts that
// follow Compared.
type Verification struct {
	Compared     int64 `json:"compared"`
	Equal        int64 `json:"equal"`
	Different    int64 `json:"different"`     // and not changed since the row was written
	ChangedSince int64 `json:"changed_since"` // different, and changed since
	CannotChange int64 `json:"cannot_change"` // different only in what no update can change
	NotFound     int64 `json:"not_found"`

	NotCompared NotCompared `json:"not_compared"`
	Sample      int64       `json:"sample,omitzero"` // rows that were asked for, where not all were

	// Checkpoint says that a checkpoint tells which user is whose. Without one
	// they were looked up by the ids of the rows, and nobody knows when a row was
	// written.
	Checkpoint bool `json:"checkpoint"`
	// OwnClock is the number of rows of which the checkpoint does not know
	// Clerk's own time of the last write: the clock of the machine that wrote
	// them stands for it.
	OwnClock int64            `json:"own_clock,omitzero"`
	Hidden   map[string]int64 `json:"not_shown,omitzero"` // by property: rows that give it, where Clerk did not show it

	Extra      int64  `json:"extra"`                // users that this migration made and no row names any more
	Users      *int64 `json:"users,omitzero"`       // of the instance
	OtherUsers *int64 `json:"other_users,omitzero"` // of them, those that are none of the migration's

	First []Difference `json:"first"` // of each code, masked
}

// NotCompared are the rows without a user to compare with.
type NotCompared struct {
	Rejected   int64 `json:"rejected"`
	Conflict   int64 `json:"conflict"`
	Unfinished int64 `json:"unfinished"`
	Dropped    int64 `json:"dropped"`
	WithoutID  int64 `json:"without_id"` // nothing to look them up by
	Unread     int64 `json:"unread"`     // they have a user, and the checks refuse them now
	Left       int64 `json:"left"`       // not in the sample, or not come to
}

// Sum is all of them.
func (n *NotCompared) Sum() int64 {
	return n.Rejected + n.Conflict + n.Unfinished + n.Dropped + n.WithoutID + n.Unread + n.Left
}

func (n *NotCompared) String() string {
	var parts []string
	for _, p := range []struct {
		n    int64
		what string
	}{
		{n.Rejected, "rejected"}, {n.Conflict, "in conflict"}, {n.Unfinished, "unfinished"}, {n.Dropped, "dropped by the mapping"},
		{n.WithoutID, "without an id to look them up by"}, {n.Unread, "that the checks refuse now"}, {n.Left, "left out"},
	} {
		if p.n > 0 {
			parts = append(parts, Number(p.n)+" "+p.what)
		}
	}
	return strings.Join(parts, ", ")
}

// Faults is how many rows are not as they should be.
func (v *Verification) Faults() int64 { return v.Different + v.NotFound + v.NotCompared.Unread }

// Row counts a row by what was found of it, and returns its differences.
func (v *Verification) Row(r *migrate.ReadBack) []Difference {
	v.Compared++
	if r.OwnClock && r.Account != nil && len(r.Deviations) > 0 {
		v.OwnClock++
	}
	for _, field := range r.Hidden {
		if v.Hidden == nil {
			v.Hidden = map[string]int64{}
		}
		v.Hidden[field]++
	}
	found := differences(r)
	has := func(code string) bool {
		return slices.ContainsFunc(found, func(d Difference) bool { return d.Code == code })
	}
	switch {
	case r.Account == nil:
		v.NotFound++
	case has(migrate.DiffersCode):
		v.Different++
	case has(migrate.ChangedSinceCode):
		v.ChangedSince++
	case has(migrate.BeyondCode):
		v.CannotChange++
	default:
		v.Equal++
	}
	v.show(found)
	return found
}

// ExtraUser counts a user that no row names any more.
func (v *Verification) ExtraUser(r *migrate.ReadBack) Difference {
	v.Extra++
	d := newDifference(r, migrate.ExtraCode)
	d.Row, d.Line = 0, 0 // those of an earlier input
	v.show([]Difference{d})
	return d
}

// show keeps the first differences of each code.
func (v *Verification) show(found []Difference) {
	for _, d := range found {
		n := 0
		for i := range v.First {
			if v.First[i].Code == d.Code {
				n++
			}
		}
		if n < linesShown {
			v.First = append(v.First, d.Masked())
		}
	}
}

// verifiedLine is the headline of a verification that came to its end.
func verifiedLine(v *Verification, took string) string {
	start, every := "Verified in "+took+": ", "every user"
	if v.Sample > 0 {
		every = "every user of the sample"
	}
	switch {
	case v.Different+v.NotFound > 0:
		return fmt.Sprintf("%s%s of %s users are not what their rows say.", start, Number(v.Different+v.NotFound), Number(v.Compared))
	case v.NotCompared.Unread > 0:
		return start + "some rows could not be compared."
	case v.ChangedSince > 0:
		return fmt.Sprintf("%s%s is what its row says, but for changes since (%s users).", start, every, Number(v.ChangedSince))
	default:
		return start + every + " is what its row says."
	}
}

// verification writes the table of a verification, in the place of that of the
// outcomes.
func verification(b *strings.Builder, d *Document) {
	v := d.Verification
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, line := range []struct {
		name string
		n    int64
	}{
		{"equal", v.Equal}, {"different", v.Different}, {"changed since", v.ChangedSince},
		{"update cannot change", v.CannotChange}, {"not found", v.NotFound}, {"not compared", v.NotCompared.Sum()},
	} {
		fmt.Fprintf(t, "%s\t%s\t%s\n", line.name, Number(line.n), share(line.n, d.Counts.Rows))
	}
	fmt.Fprintf(t, "rows\t%s\t\n", Number(d.Counts.Rows))
	_ = t.Flush() // a strings.Builder takes everything
	if text := v.NotCompared.String(); text != "" {
		fmt.Fprintf(b, "\nNot compared: %s\n", text)
	}
	if !v.Checkpoint {
		b.WriteString("\nThere is no checkpoint: users were looked up by the external_id or user_id of their rows,\nand what they changed since the migration cannot be told from what it did.\n")
	}
	if v.OwnClock > 0 {
		fmt.Fprintf(b, "\nOf %s differing users the checkpoint does not know Clerk's own time of the last write (an earlier\nrelease wrote it, or no answer came): the clock of the machine that ran told what changed since.\n", Number(v.OwnClock))
	}
	for i, field := range sortedKeys(v.Hidden) {
		if i == 0 {
			b.WriteString("\nNot shown by Clerk, and not compared:\n")
		}
		fmt.Fprintf(b, "  %s of %s\n", Clean(field), Plural(v.Hidden[field], "row", "rows"))
	}
	others(b, v)
}

// others tells of users that no row of the input names.
func others(b *strings.Builder, v *Verification) {
	if v.Users == nil {
		return
	}
	fmt.Fprintf(b, "\nThe instance has %s users", Number(*v.Users))
	if v.OtherUsers != nil {
		fmt.Fprintf(b, ", %s of them not of this migration", Number(*v.OtherUsers))
	}
	b.WriteString(".\n")
}

func sortedKeys(m map[string]int64) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// firstDifferences shows some users that are not what their rows say.
func firstDifferences(b *strings.Builder, v *Verification) {
	if v == nil {
		return
	}
	for i, d := range v.First {
		if i == 0 {
			b.WriteString("\nFirst of them, masked\n")
		}
		where := fmt.Sprintf("line %d", d.Line)
		if d.Line == 0 {
			where = "no row"
		}
		who := d.UserID // it tells nobody's name, and Clerk's Dashboard finds it
		if who == "" {
			who = d.Key
		}
		fmt.Fprintf(b, "  %s  %s  %s", where, Clean(who), d.Code)
		if d.Field != "" {
			fmt.Fprintf(b, "  %s: %s, in Clerk %s", Clean(d.Field), Clean(string(d.Ours)), Clean(string(d.Theirs)))
		}
		b.WriteString("\n")
	}
}
