package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"

	"github.com/gocarina/gocsv"

	"carryover/migrate"
)

// A ProblemWriter writes the problems of rows, each as it is met.
type ProblemWriter interface {
	Write(problems []migrate.Problem) error
	// Flush writes what is still held.
	Flush() error
}

// NewProblemWriter returns a writer of CSV where name ends in .csv, else of
// JSON lines. Both have the members of migrate.Problem.
func NewProblemWriter(w io.Writer, name string) (ProblemWriter, error) {
	if strings.HasSuffix(strings.ToLower(name), ".csv") {
		return newProblemCSV(w)
	}
	return &problemLines{w}, nil
}

type problemLines struct{ w io.Writer }

// Write writes one JSON object a line.
func (p *problemLines) Write(problems []migrate.Problem) error {
	for i := range problems {
		if err := WriteJSONLine(p.w, &problems[i]); err != nil {
			return err
		}
	}
	return nil
}

// Flush does nothing: every line has been written.
func (p *problemLines) Flush() error { return nil }

// problemRow is a line of the CSV form.
type problemRow struct {
	File     string `csv:"file"`
	Row      string `csv:"row"`
	Line     string `csv:"line"`
	Key      string `csv:"key"`
	Field    string `csv:"field"`
	Code     string `csv:"code"`
	Severity string `csv:"severity"`
	Message  string `csv:"message"`
	From     string `csv:"from"` // columns of the input, where a mapping made the field
}

type problemCSV struct{ w *csv.Writer }

func newProblemCSV(w io.Writer) (*problemCSV, error) {
	p := &problemCSV{csv.NewWriter(w)}
	return p, gocsv.MarshalCSV([]problemRow{}, p.w) // the header, also where there is no problem
}

// Write writes one record a problem.
func (p *problemCSV) Write(problems []migrate.Problem) error {
	rows := make([]problemRow, len(problems))
	for i, problem := range problems {
		rows[i] = problemRow{
			File: Cell(problem.File), Row: strconv.FormatInt(problem.Row, 10), Line: strconv.FormatInt(problem.Line, 10),
			Key: Cell(problem.Key), Field: Cell(problem.Field), Code: Cell(problem.Code),
			Severity: problem.Severity.String(), Message: Cell(problem.Message), From: Cell(problem.From),
		}
	}
	return gocsv.MarshalCSVWithoutHeaders(rows, p.w)
}

// Flush writes what the CSV writer holds.
func (p *problemCSV) Flush() error {
	p.w.Flush()
	return p.w.Error()
}

// formula is what a spreadsheet takes for the beginning of a formula (CWE-1236),
// and the apostrophe that Cell marks it with.
const formula = "=+-@\t\r\n\x00＝＋－＠'"

// Cell returns text as a cell that no spreadsheet takes for a formula: where it
// begins like one, be it after spaces, it gets an apostrophe. So does what
// follows a separator within it, since a spreadsheet that splits lines at
// semicolons takes that for a cell of its own. To have the text back, take away
// one apostrophe at each of these places.
func Cell(text string) string {
	if !strings.ContainsAny(text, formula) {
		return text
	}
	var b strings.Builder
	begins := true
	for _, part := range strings.SplitAfter(text, "") {
		if begins && strings.Contains(formula, part) {
			b.WriteByte('\'')
			begins = false
		}
		b.WriteString(part)
		begins = strings.Contains(";\t\r\n", part) || begins && part == " "
	}
	return b.String()
}
