package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"carryover/migrate"
)

// A RejectWriter writes rows that were refused back as they stand in the input,
// each with why, so that they can be corrected and fed back in. What it adds has
// names that every later reading passes over.
//
// Unlike the cells of other CSV files, those of the input are not marked where
// they begin like a formula: a file that is fed back must not be altered.
type RejectWriter interface {
	// Row writes a record that could be read.
	Row(r *migrate.Result, record string, cells []string) error
	// Unread writes a record that could not be read. Nobody can tell which part
	// of it is secret.
	Unread(r *migrate.Result, record string) error
}

// rejectNames are the columns that are added, in their order.
var rejectNames = []string{
	"carryover_state", "carryover_line", "carryover_code", "carryover_field", "carryover_message", "carryover_trace_id",
}

// rejectValues are their values.
func rejectValues(r *migrate.Result) []string {
	message := r.Message
	if message == "" {
		message = migrate.Explain(r.Code)
	}
	return []string{r.State.String(), fmt.Sprint(r.Line), r.Code, r.Field, message, r.TraceID}
}

// A Table is the header of a CSV file whose records are written back.
type Table struct {
	Comma   byte
	Told    bool     // the file names its delimiter in a line of its own
	Escaped bool     // quotes mean nothing, and a backslash stands before what is special
	Cells   []string // the header's, as they stand there
	Masked  []bool   // cells below that must not be shown; nil for none
	Left    []bool   // cells below that are left out; nil for none
	Null    []string // cells that mean "not given"
}

type rejectTable struct {
	Table
	w io.Writer
}

// NewRejectTable returns a writer of rows of a CSV file, and writes its header.
func NewRejectTable(w io.Writer, t Table) (RejectWriter, error) {
	out := &rejectTable{t, w}
	line := ""
	if t.Told {
		line = fmt.Sprintf("sep=%c\n", t.Comma)
	}
	var names []string
	for i, cell := range t.Cells {
		if !is(t.Left, i) {
			names = append(names, cell)
		}
	}
	line += out.added(rejectNames) + strings.Join(names, string(t.Comma)) + "\n"
	_, err := io.WriteString(w, line)
	return out, err
}

// escapes are those of mysql --batch and PostgreSQL's COPY.
var escapes = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

func is(list []bool, i int) bool { return i < len(list) && list[i] }

// added returns the cells that stand before those of the input.
func (t *rejectTable) added(values []string) string {
	var b strings.Builder
	for _, value := range values {
		if t.Escaped {
			b.WriteString(escapes.Replace(Cell(value)))
		} else {
			b.WriteString(quoteCell(Cell(value), t.Comma))
		}
		b.WriteByte(t.Comma)
	}
	return b.String()
}

// Row implements RejectWriter.
func (t *rejectTable) Row(r *migrate.Result, _ string, cells []string) error {
	var kept []string
	for i, cell := range cells {
		switch {
		case is(t.Left, i):
		case is(t.Masked, i) && t.given(cell):
			kept = append(kept, migrate.Masked)
		default:
			kept = append(kept, cell)
		}
	}
	_, err := io.WriteString(t.w, t.added(rejectValues(r))+strings.Join(kept, string(t.Comma))+"\n")
	return err
}

// given reports whether a cell has a value that could be a secret.
func (t *rejectTable) given(cell string) bool {
	if !t.Escaped && len(cell) > 1 && strings.HasPrefix(cell, `"`) {
		cell = cell[1 : len(cell)-1]
	}
	return cell != "" && !slices.Contains(t.Null, cell)
}

// Unread implements RejectWriter. The record follows what is added as it is,
// without the cells that are left out where those come first.
func (t *rejectTable) Unread(r *migrate.Result, record string) error {
	for i := range t.Cells {
		if !is(t.Left, i) {
			break
		}
		if _, rest, found := strings.Cut(record, string(t.Comma)); t.Escaped && found {
			record = rest
		} else {
			record = withoutCell(record, t.Comma)
		}
	}
	_, err := io.WriteString(t.w, t.added(rejectValues(r))+record+"\n")
	return err
}

// withoutCell returns a record without its first cell, which carryover wrote.
func withoutCell(record string, comma byte) string {
	end := 0
	if strings.HasPrefix(record, `"`) {
		for end = 1; end < len(record); end += 2 {
			i := strings.IndexByte(record[end:], '"')
			if i < 0 {
				return record
			}
			if end += i + 1; !strings.HasPrefix(record[end:], `"`) {
				break
			}
			end--
		}
	}
	i := strings.IndexByte(record[min(end, len(record)):], comma)
	if i < 0 {
		return record
	}
	return record[end+i+1:]
}

// quoteCell returns a text as a CSV cell, in quotes where it needs them.
func quoteCell(text string, comma byte) string {
	if !strings.ContainsAny(text, "\"\r\n"+string(comma)) && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}
