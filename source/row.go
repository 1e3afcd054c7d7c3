package source

import (
	"fmt"
	"sync"
)

// A Kind says what a cell is, as far as its file tells.
type Kind uint8

const (
	// NotGiven is an empty CSV cell, JSON null, or a column the file does not have.
	NotGiven Kind = iota
	// Text is a CSV cell that is not empty, or a JSON string (which may be empty).
	Text
	// Number is a JSON number, as its raw text: no digit is lost.
	Number
	// Bool is a JSON boolean; its text is true or false.
	Bool
	// List is a JSON array, as its raw text.
	List
	// Object is a JSON object, as its raw text.
	Object
)

// String returns the kind in the words a message would use.
func (k Kind) String() string {
	switch k {
	case NotGiven:
		return "not given"
	case Text:
		return "text"
	case Number:
		return "number"
	case Bool:
		return "boolean"
	case List:
		return "list"
	case Object:
		return "object"
	default:
		return "unknown"
	}
}

// A Row is one record of the input.
//
// Nothing is trimmed or converted: a cell holds what the file holds, unquoted
// (CSV) or unescaped (JSON strings). Each row is the caller's to keep. The
// cells of a row and of its neighbours share one string, so that whoever keeps a
// single cell of many rows should clone it.
type Row struct {
	File   string `csv:"-"` // as named by the user; "-" for standard input
	Number int64  `csv:"-"` // 1-based data record over the whole input; a bad record has a number too
	Line   int64  `csv:"-"` // 1-based line of its file (decompressed) where the record begins
	Offset int64  `csv:"-"` // byte of its file (decompressed) where the record begins, from 0
	Columns
	Kinds [NumColumns]Kind  `csv:"-"`
	Cells []Cell            `csv:"-"` // of the columns that [Options].Shape asks for; nil without one
	All   []Member          `csv:"-"` // every column, in the order of the file, only with Options.Shape.All
	Extra map[string]string `csv:"-"` // unknown columns with a value, only with [Options].KeepExtra; nil where there is none
	lent  bool              // and may be given back
}

// spare is memory of rows that were given back. It holds nothing of what they
// were.
var spare sync.Pool

// newRow returns an empty row. gocsv makes rows too, and cannot be told where
// from, so that they come from one place.
func newRow() *Row {
	r, ok := spare.Get().(*Row)
	if !ok {
		r = new(Row)
	}
	r.lent = true
	return r
}

// Recycle gives the row back, whose memory another row may then have: nobody
// must look at it any more, while its texts stay what they are. It need not be
// called, and does nothing to a row that was not read from an [Input].
func (r *Row) Recycle() {
	if !r.lent {
		return
	}
	*r = Row{}
	spare.Put(r)
}

// Format implements fmt.Formatter: whatever the verb, it prints where the row
// stands and no cell, which may be a secret.
func (r Row) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "row %d (%s:%d)", r.Number, r.File, r.Line)
}

// Cell returns the text of a column and what kind of value it is. The text of
// a column that is not given is empty.
func (r *Row) Cell(c Column) (text string, kind Kind) {
	return *r.field(c), r.Kinds[c]
}

// Set gives a column a value, as a mapping does that computes it.
func (r *Row) Set(c Column, text string, kind Kind) {
	*r.field(c), r.Kinds[c] = text, kind
}

// A place is where a record is. It is known before the record is read, since a
// bad one has a place too.
type place struct {
	file                 string
	number, line, offset int64 // as in Row
}

// put says where the row was found.
func (r *Row) put(p place) *Row {
	r.File, r.Number, r.Line, r.Offset = p.file, p.number, p.line, p.offset
	return r
}
