package mapping

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"carryover/source"
)

// A joinedFile is a second file in memory: of each record its key and the
// columns that the mapping uses, in a few large blocks.
type joinedFile struct {
	name string
	many bool

	print source.Fingerprint
	store store

	rows    int64         // records that the mapping's condition lets pass
	keyless int64         // of them, those whose key is null
	found   []atomic.Bool // by record: a row of the input has its key
	without *atomic.Int64 // rows of the input that have no record
	lines   []int64       // by record: where it stands
}

// load reads the file of a join. A record that cannot be read ends it: the
// user that it belongs to would lose what it holds.
func (mp *Mapper) load(ctx context.Context, w *worker, j *compiledJoin, path string) (*joinedFile, error) {
	options := mp.settings.Options
	options.Shape, options.Skip, options.KeepExtra, options.Strict = j.shape.source(&j.columns), nil, false, false
	in, err := source.Open([]string{path}, options)
	if err != nil {
		return nil, j.explain(err)
	}
	defer func() { _ = in.Close() }()
	f := &joinedFile{name: path, many: j.many, store: newStore(len(j.kept)), without: new(atomic.Int64)}
	if f.print, err = in.Fingerprint(ctx); err != nil {
		return nil, err
	}
	for row, err := range in.Rows(ctx) {
		if err != nil {
			return nil, err
		}
		if err := f.take(w, j, row); err != nil {
			return nil, err
		}
	}
	for _, name := range in.Missing() {
		if at, ok := j.columns.where(name); ok {
			return nil, at.fail("join.%s needs the column %q, which no record of %s has", j.Name, name, path).advise("correct its name, or list it under optional")
		}
	}
	f.found = make([]atomic.Bool, len(f.lines))
	return f, nil
}

// explain adds the place in the mapping to an error about a column.
func (j *compiledJoin) explain(err error) error {
	var bad *source.FileError
	if !errors.As(err, &bad) || bad.Column == "" {
		return err
	}
	at, ok := j.columns.where(bad.Column)
	if !ok {
		return err
	}
	return at.fail("join.%s needs the column %q, which %s does not have", j.Name, bad.Column, bad.File).advise("%s", bad.Hint)
}

// take keeps a record.
func (f *joinedFile) take(w *worker, j *compiledJoin, row *source.Row) error {
	for slot, name := range j.columns.names {
		v, err := cellValue(row.Cells[slot])
		if err != nil {
			return f.failed(row, err)
		}
		w.env[columnKey(name)] = v
	}
	w.row = row
	defer func() { w.row = nil }()
	if holds, err := w.holds(j.whereIs, true); err != nil || !holds {
		return f.failed(row, err)
	}
	f.rows++
	v, err := w.result(j.keyIs)
	if err != nil {
		return f.failed(row, err)
	}
	if missing(v) {
		f.keyless++
		return nil
	}
	key, ok := textOf(v)
	if !ok {
		return f.failed(row, &failure{j.keyIs, j.keyIs.at, kind(v) + " cannot be a key"})
	}
	before, known := f.store.find(key)
	if known && !f.many {
		return &source.RowError{
			File: row.File, Number: row.Number, Line: row.Line, Code: "join_key_twice",
			Message: fmt.Sprintf("the record has the key of the one in line %d, so that it is not certain which of them belongs to the user", f.lines[before]),
			Hint:    "keep one of them, or say many: true in the mapping",
		}
	}
	cells := make([]source.Cell, len(j.kept))
	for i, slot := range j.kept {
		cells[i] = row.Cells[slot]
	}
	f.lines = append(f.lines, row.Line)
	return f.store.add(key, cells)
}

// failed is the error of a record whose expressions could not be computed.
func (f *joinedFile) failed(row *source.Row, err error) error {
	if err == nil {
		return nil
	}
	bad := &source.RowError{File: row.File, Number: row.Number, Line: row.Line, Code: "mapping_failed", Message: err.Error(), Hint: "correct the mapping, or the record"}
	var failed *failure
	if errors.As(err, &failed) {
		bad.Message = failed.place.String() + ": " + failed.program.what + ": " + failed.message
	}
	return bad
}

// match returns what belongs to the row: null, an object, or a list of them.
func (mp *Mapper) match(w *worker, j *compiledJoin, f *joinedFile) any {
	v, err := w.result(j.toIs)
	if err != nil {
		w.refuse("", err, false, mp)
		return nil
	}
	key, ok := textOf(v)
	if !ok || key == "" {
		f.without.Add(1)
		return nil
	}
	record, ok := f.store.find(key)
	if !ok {
		f.without.Add(1)
		return nil
	}
	var all []any
	for ; record >= 0; record = f.store.next(record) {
		f.found[record].Store(true)
		object, err := f.object(j, record)
		if err != nil {
			w.refuse("", err, false, mp)
			return nil
		}
		if !f.many {
			return object
		}
		all = append(all, object)
	}
	return all
}

// object is a record as expressions see it.
func (f *joinedFile) object(j *compiledJoin, record int) (map[string]any, error) {
	object := make(map[string]any, len(j.keep))
	for i, cell := range f.store.cells(record) {
		v, err := cellValue(cell)
		if err != nil {
			return nil, err
		}
		object[j.keep[i]] = v
	}
	return object, nil
}

// A JoinCount says how the rows of an input and of a second file came together.
type JoinCount struct {
	Name    string
	File    string
	Records int64   // of the second file, those that its condition leaves out apart
	Unused  int64   // records whose key no row of the input has
	Lines   []int64 // the first few of them
	Without int64   // rows of the input that have no record
}

// Joins says how the joins came together, as far as rows have been mapped.
func (mp *Mapper) Joins() []JoinCount {
	var counts []JoinCount
	for i, j := range mp.mapping.joins {
		f := mp.joined[i]
		if f == nil {
			continue
		}
		c := JoinCount{Name: j.Name, File: f.name, Records: f.rows, Unused: f.keyless, Without: f.without.Load()}
		for record := range f.found {
			if !f.found[record].Load() {
				c.Unused++
				if len(c.Lines) < 5 {
					c.Lines = append(c.Lines, f.lines[record])
				}
			}
		}
		counts = append(counts, c)
	}
	return counts
}

// Prints returns what the files of the joins hold: they are part of the input.
func (mp *Mapper) Prints() []source.Fingerprint {
	var prints []source.Fingerprint
	for _, f := range mp.joined {
		if f != nil {
			prints = append(prints, f.print)
		}
	}
	return prints
}
