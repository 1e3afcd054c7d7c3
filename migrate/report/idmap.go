package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/gocarina/gocsv"

	"carryover/migrate"
)

// An IDMap writes which user of Clerk each row came to.
type IDMap interface {
	Write(r *migrate.Result) error
	// Close writes what is still held, and the end.
	Close() error
}

// IDColumns says where an application keeps the ids, for an id map in SQL.
type IDColumns struct {
	Table  string // of the application, also SCHEMA.TABLE
	Key    string // the column that holds what is external_id in Clerk
	UserID string // the column for Clerk's id
}

// NewIDMap returns a writer of CSV, JSON lines or SQL, as the end of name says.
// ok is false where it says none of them.
func NewIDMap(w io.Writer, name string, columns IDColumns) (m IDMap, ok bool, err error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".csv":
		out := &idTable{w: csv.NewWriter(w)}
		return out, true, gocsv.MarshalCSV([]idRow{}, out.w)
	case ".jsonl":
		return &idLines{w}, true, nil
	case ".sql":
		m, err := newIDStatements(w, columns)
		return m, true, err
	}
	return nil, false, nil
}

// An idRow is one entry of an id map.
type idRow struct {
	ExternalID string `csv:"external_id" json:"external_id"` // "" where the row gave only Clerk's id
	UserID     string `csv:"user_id" json:"user_id"`
	State      string `csv:"state" json:"state"`
	Line       int64  `csv:"line" json:"line"`
	// Generated says that the external id was made by carryover, since the row
	// had none.
	Generated bool `csv:"generated" json:"generated"`
}

func newIDRow(r *migrate.Result) idRow {
	row := idRow{ExternalID: r.Key, UserID: r.UserID, State: r.State.String(), Line: r.Line, Generated: r.Generated}
	if r.Key == r.UserID {
		row.ExternalID = ""
	}
	return row
}

// An idTable is an id map in CSV.
type idTable struct {
	w      *csv.Writer
	marked int64
}

// Write implements IDMap.
func (t *idTable) Write(r *migrate.Result) error {
	row := newIDRow(r)
	if cell := Cell(row.ExternalID); cell != row.ExternalID {
		row.ExternalID = cell
		t.marked++
	}
	row.UserID = Cell(row.UserID)
	return gocsv.MarshalCSVWithoutHeaders([]idRow{row}, t.w)
}

// Close implements IDMap.
func (t *idTable) Close() error {
	t.w.Flush()
	return t.w.Error()
}

// Marked returns how many external ids of an id map are not written as they
// are, since a spreadsheet would take them for formulas.
func Marked(m IDMap) int64 {
	if t, ok := m.(*idTable); ok {
		return t.marked
	}
	return 0
}

type idLines struct{ w io.Writer }

// Write implements IDMap.
func (l *idLines) Write(r *migrate.Result) error { return WriteJSONLine(l.w, newIDRow(r)) }

// Close implements IDMap.
func (l *idLines) Close() error { return nil }

// idStatements is an id map as UPDATE statements in one transaction, of SQL that
// PostgreSQL and SQLite share.
type idStatements struct {
	w               io.Writer
	table, key, set string
}

func newIDStatements(w io.Writer, c IDColumns) (*idStatements, error) {
	var parts []string
	for part := range strings.SplitSeq(c.Table, ".") {
		parts = append(parts, identifier(part))
	}
	s := &idStatements{w: w, table: strings.Join(parts, "."), key: identifier(c.Key), set: identifier(c.UserID)}
	_, err := io.WriteString(w, `-- The ids of Clerk for the users of this application, written by carryover.
-- For PostgreSQL and SQLite, where a backslash in a text means itself.
BEGIN;
`)
	return s, err
}

// Write implements IDMap. What must not be set by itself is a comment: whoever
// is in conflict, whose row is unfinished, and what has no key that the
// application could know.
func (s *idStatements) Write(r *migrate.Result) error {
	row := newIDRow(r)
	why := ""
	switch {
	case r.State == migrate.Conflict || r.State == migrate.Rejected:
		why = fmt.Sprintf("%s (%s): it is not certain that this is the user", row.State, r.Code)
	case !r.State.Final():
		why = fmt.Sprintf("%s: the row has no outcome yet", row.State)
	case row.Generated:
		why = "the row has no external_id, this one was generated"
	case row.ExternalID == "":
		why = "the row has no external_id"
	}
	if why != "" {
		_, err := fmt.Fprintf(s.w, "-- line %d, %s: external_id %s, user_id %s\n", row.Line, Clean(why), Clean(row.ExternalID), Clean(row.UserID))
		return err
	}
	_, err := fmt.Fprintf(s.w, "UPDATE %s SET %s = %s WHERE %s = %s;\n", s.table, s.set, literal(row.UserID), s.key, literal(row.ExternalID))
	return err
}

// Close implements IDMap.
func (s *idStatements) Close() error {
	_, err := io.WriteString(s.w, "COMMIT;\n")
	return err
}

// identifier quotes a name of SQL (SQL-92, <delimited identifier>).
func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Unmapped says of how many rows no user is known, and why: stored are the rows of
// an input by their state, mapped those of them that are in the id map; "" where
// each row has its user.
func Unmapped(stored, mapped [migrate.NumStates]int64) string {
	var total int64
	var parts []string
	for _, why := range []struct {
		what   string
		states []migrate.State
	}{
		{"rejected", []migrate.State{migrate.Rejected}},
		{"in conflict with a user that is not known", []migrate.State{migrate.Conflict}},
		{"dropped by the mapping", []migrate.State{migrate.Dropped}},
		{"not sent yet", []migrate.State{migrate.Pending, migrate.Retry}},
		{"without an answer yet", []migrate.State{migrate.InFlight, migrate.Ambiguous}},
	} {
		var n int64
		for _, s := range why.states {
			n += max(0, stored[s]-mapped[s]) // a run that goes on moves rows meanwhile
		}
		if total += n; n > 0 {
			parts = append(parts, Number(n)+" "+why.what)
		}
	}
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("no user is known for %s: %s", Plural(total, "row", "rows"), strings.Join(parts, ", "))
}

// literal quotes a text of SQL (SQL-92, <character string literal>).
func literal(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }
