package source

import (
	"io"

	"github.com/gocarina/gocsv"
)

const (
	// batchRows and batchBytes bound how much is read ahead of the caller.
	// gocsv looks at the header once a batch, which few rows would not repay.
	batchRows  = 512
	batchBytes = 1 << 20
)

// A csvBatch hands guarded records to gocsv, a few hundred at a time.
//
// gocsv has two readers: NewUnmarshaller, which insists on encoding/csv with
// all its traps, and UnmarshalCSV, which takes any [gocsv.CSVReader] and reads
// it to the end. A batch is such a reader, with an end that comes soon, so that
// memory does not grow with the file.
type csvBatch struct {
	records [][]string // the wire names of the known columns, then a record each
	arena   []string   // the cells of all records
	notes   []note
	bytes   int64
	plain   bool // a record is its cells, and no more
	bound   []boundRow
	popped  int
}

// A note is what a row knows beside its columns.
type note struct {
	at    place
	extra map[string]string
	cells []Cell
	all   []Member
}

var _ gocsv.CSVReader = (*csvBatch)(nil)

// Read returns the next record, beginning with the header.
func (b *csvBatch) Read() ([]string, error) {
	if len(b.records) == 0 {
		return nil, io.EOF
	}
	record := b.records[0]
	b.records = b.records[1:]
	return record, nil
}

// ReadAll returns the header and all records.
func (b *csvBatch) ReadAll() ([][]string, error) { return b.records, nil }

// begin prepares a batch for the records below a header.
func (b *csvBatch) begin(h *header) {
	b.records = append(make([][]string, 0, batchRows+1), h.known)
	b.arena = make([]string, 0, (batchRows-1)*len(h.known)+len(h.cells)) // all cells of the last record are read into it
	b.plain = h.shape == nil && len(h.known) == len(h.cells)
	b.notes = make([]note, 0, batchRows)
	b.bound = make([]boundRow, 0, batchRows)
}

func (b *csvBatch) full() bool { return len(b.notes) == batchRows || b.bytes > batchBytes }

// reset empties the batch. What it was made of is held until the next one is.
func (b *csvBatch) reset() {
	b.records, b.arena, b.notes, b.bytes = b.records[:1], b.arena[:0], b.notes[:0], 0
}

// room is where the cells of the next record belong.
func (b *csvBatch) room() []string { return b.arena[len(b.arena):] }

// add takes a record, whose cells are in the room: those of the known columns,
// of those that the shape asks for, and those of the others if asked.
func (b *csvBatch) add(h *header, cells []string, at place, size int64, keep bool) {
	n := note{at: at}
	if !b.plain {
		cells = n.pick(h, cells, keep)
	}
	b.arena = b.arena[:len(b.arena)+len(cells)]
	b.records = append(b.records, cells[:len(cells):len(cells)])
	b.notes = append(b.notes, n)
	b.bytes += size
}

// pick notes the cells that have no known column, and returns the others in the
// place of all.
func (n *note) pick(h *header, cells []string, keep bool) (known []string) {
	known = cells[:0]
	if h.shape.all() {
		n.all = make([]Member, 0, len(h.names))
	} else if h.shape != nil {
		n.cells = make([]Cell, len(h.shape.Columns))
	}
	escaped := h.escaped()
	for i, c := range h.columns {
		cell := cells[i]
		if h.shape.null(cell) {
			cell = ""
		} else if escaped {
			cell = unescape(cell)
		}
		switch {
		case h.shape.all():
			if h.names[i] != "" {
				n.all = append(n.all, Member{h.names[i], csvCell(cell)})
			}
		case h.slots[i] >= 0:
			n.cells[h.slots[i]] = csvCell(cell)
		case c != unknownColumn:
			known = append(known, cell)
		case keep && cell != "" && !IsOwn(h.names[i]):
			if n.extra == nil {
				n.extra = make(map[string]string)
			}
			n.extra[h.names[i]] = cell
		}
	}
	return known
}

// csvCell is the value of a cell: nothing where it is empty.
func csvCell(text string) Cell {
	if text == "" {
		return Cell{}
	}
	return Cell{text, Text}
}

// bind lets gocsv make rows of the records.
func (b *csvBatch) bind() error {
	clear(b.bound)
	b.bound, b.popped = b.bound[:len(b.notes)], 0
	if len(b.notes) == 0 || len(b.records[0]) == 0 { // no column is known
		return nil
	}
	return gocsv.UnmarshalCSV(b, &b.bound)
}

// pop returns the next row of the batch, or nil.
func (b *csvBatch) pop() *Row {
	if b.popped == len(b.bound) {
		return nil
	}
	row, n := b.bound[b.popped].Row, b.notes[b.popped]
	if row == nil {
		row = newRow() // no known column
	}
	b.bound[b.popped].Row = nil
	b.popped++
	row.Extra, row.Cells, row.All = n.extra, n.cells, n.all
	return row.put(n.at)
}

// A boundRow is what gocsv fills. Its method is the hook that gocsv offers to
// structs: setting the fields by reflection takes three times as long.
type boundRow struct{ *Row }

// UnmarshalCSVWithFields sets one column. It cannot fail, as no cell is converted.
func (b *boundRow) UnmarshalCSVWithFields(name, cell string) error {
	if b.Row == nil {
		b.Row = newRow()
	}
	if cell == "" {
		return nil
	}
	if c := columnNamed(name); c != unknownColumn {
		*b.field(c) = cell
		b.Kinds[c] = Text
	}
	return nil
}
