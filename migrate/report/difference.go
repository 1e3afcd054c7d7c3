package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gocarina/gocsv"

	"carryover/migrate"
)

// A Difference is one property of one user that is not what its row says, or a
// user that is not there, or that no row names. It holds personal data and no
// secret.
type Difference struct {
	Code   string         `json:"code"`
	File   string         `json:"file,omitzero"`
	Row    int64          `json:"row,omitzero"`
	Line   int64          `json:"line,omitzero"`
	Key    string         `json:"key,omitzero"`
	UserID string         `json:"user_id,omitzero"`
	Field  string         `json:"field,omitzero"`
	Ours   jsontext.Value `json:"ours,omitzero"`
	Theirs jsontext.Value `json:"theirs,omitzero"`

	ChangedAt time.Time `json:"changed_at,omitzero"` // the user, by Clerk's clock
	WrittenAt time.Time `json:"written_at,omitzero"` // the row, see migrate.ReadBack
}

func newDifference(r *migrate.ReadBack, code string) Difference {
	d := Difference{
		Code: code, Row: r.Result.Row, Line: r.Result.Line, Key: r.Result.Key, UserID: r.Result.UserID, WrittenAt: r.WrittenAt.UTC(),
	}
	if u := r.User; u != nil {
		d.File, d.Row, d.Line = u.File, u.Row, u.Line
		if d.Key == "" {
			d.Key = u.Key()
		}
		if d.UserID == "" {
			d.UserID = u.UserID
		}
	}
	if r.Account != nil {
		d.UserID, d.ChangedAt = r.Account.ID, r.Account.UpdatedAt
	}
	return d
}

// differences returns those of a row.
func differences(r *migrate.ReadBack) []Difference {
	if r.Account == nil {
		return []Difference{newDifference(r, migrate.GoneCode)}
	}
	var all []Difference
	for i := range r.Deviations {
		of := &r.Deviations[i]
		d := newDifference(r, r.Code(of))
		d.Field, d.Ours, d.Theirs = of.Field, of.Ours, of.Theirs
		all = append(all, d)
	}
	return all
}

// Problem returns the difference as a problem of its row.
func (d *Difference) Problem() migrate.Problem {
	code, _ := migrate.LookupCode(d.Code)
	return migrate.Problem{
		File: d.File, Row: d.Row, Line: d.Line, Key: d.Key, Field: d.Field,
		Code: d.Code, Severity: code.Severity, Message: code.Meaning + "; " + code.Fix,
	}
}

// Masked returns the difference without what tells who a person is.
func (d *Difference) Masked() Difference {
	m := *d
	m.Key = MaskPII.Show(d.Key)
	m.Ours, m.Theirs = maskedValue(d.Field, d.Ours), maskedValue(d.Field, d.Theirs)
	return m
}

// maskedValue masks the texts of a value, and shows of an object only how many
// members it has. Times and languages tell nobody's name.
func maskedValue(field string, value jsontext.Value) jsontext.Value {
	switch field {
	case "created_at", "legal_accepted_at", "locale":
		return value
	}
	var masked any
	switch value.Kind() {
	case '"':
		var text string
		if json.Unmarshal(value, &text) != nil {
			return nil
		}
		masked = MaskPII.Show(text)
	case '[':
		var texts []string
		if json.Unmarshal(value, &texts) != nil {
			return nil
		}
		for i := range texts {
			texts[i] = maskedItem(texts[i])
		}
		masked = texts
	case '{':
		var object map[string]jsontext.Value
		if json.Unmarshal(value, &object, jsontext.AllowDuplicateNames(true)) != nil {
			return nil
		}
		masked = fmt.Sprintf("{%d members}", len(object))
		if len(object) == 1 {
			masked = "{1 member}"
		}
	default:
		return value
	}
	text, err := json.Marshal(masked, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil
	}
	return text
}

// maskedItem masks an identifier, which may have its status behind it.
func maskedItem(item string) string {
	value, status, has := strings.Cut(item, ": ")
	if !has {
		return MaskPII.Show(item)
	}
	return MaskPII.Show(value) + ": " + status
}

// A DifferenceWriter writes differences, each as it is met.
type DifferenceWriter interface {
	Write(d *Difference) error
	// Flush writes what is still held.
	Flush() error
}

// NewDifferenceWriter returns a writer of CSV or JSON lines, as the end of name
// says; nil where it says neither.
func NewDifferenceWriter(w io.Writer, name string) (DifferenceWriter, error) {
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".jsonl"):
		return &differenceLines{w}, nil
	case strings.HasSuffix(lower, ".csv"):
		t := &differenceTable{csv.NewWriter(w)}
		return t, gocsv.MarshalCSV([]differenceRow{}, t.w) // the header, also where there is none
	default:
		return nil, nil
	}
}

type differenceLines struct{ w io.Writer }

// Write writes one JSON object a line.
func (l *differenceLines) Write(d *Difference) error { return WriteJSONLine(l.w, d) }

// Flush does nothing: every line has been written.
func (l *differenceLines) Flush() error { return nil }

// differenceRow is a line of the CSV form.
type differenceRow struct {
	Code      string `csv:"code"`
	File      string `csv:"file"`
	Row       string `csv:"row"`
	Line      string `csv:"line"`
	Key       string `csv:"key"`
	UserID    string `csv:"user_id"`
	Field     string `csv:"field"`
	Ours      string `csv:"ours"`
	Theirs    string `csv:"theirs"`
	ChangedAt string `csv:"changed_at"`
	WrittenAt string `csv:"written_at"`
}

type differenceTable struct{ w *csv.Writer }

// Write writes one record.
func (t *differenceTable) Write(d *Difference) error {
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	at := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339Nano)
	}
	return gocsv.MarshalCSVWithoutHeaders([]differenceRow{{
		Code: d.Code, File: Cell(d.File), Row: number(d.Row), Line: number(d.Line), Key: Cell(d.Key), UserID: Cell(d.UserID),
		Field: d.Field, Ours: Cell(cellOf(d.Ours)), Theirs: Cell(cellOf(d.Theirs)), ChangedAt: at(d.ChangedAt), WrittenAt: at(d.WrittenAt),
	}}, t.w)
}

// Flush writes what the CSV writer holds.
func (t *differenceTable) Flush() error {
	t.w.Flush()
	return t.w.Error()
}

// cellOf writes a text as it is, and anything else as JSON.
func cellOf(value jsontext.Value) string {
	var text string
	if value.Kind() == '"' && json.Unmarshal(value, &text, jsontext.AllowInvalidUTF8(true)) == nil {
		return text
	}
	return string(value)
}
