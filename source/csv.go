package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// A csvReader reads the records of one CSV file: where each begins and ends,
// and what its cells are. Binding them to rows is the work of csvBatch.
type csvReader struct {
	*header
	content  *content
	pass     *pass
	window   *window
	scanner  recordScanner
	plain    bool     // quotes mean nothing: each line is a record
	row      []string // cells of the record read last, in the room of the batch
	texts    texts    // they are made of
	batch    csvBatch
	original *Header
	pending  error // what comes after the rows of the batch
}

func newCSV(c *content, w *window, p *pass) (*csvReader, error) {
	h, err := readHeader(c, w)
	if err != nil {
		return nil, err
	}
	p.unknown(h.unknown()...)
	for _, slot := range h.slots {
		if slot >= 0 {
			p.meet(slot)
		}
	}
	r := &csvReader{header: h, content: c, pass: p, window: w, scanner: recordScanner{comma: h.comma}, plain: h.escaped(), original: h.original()}
	r.batch.begin(h)
	return r, nil
}

// next returns the next row, a *RowError for a record that cannot be used, or
// the error that ends the file; io.EOF is its end.
func (r *csvReader) next(ctx context.Context) (*Row, error) {
	for {
		if row := r.batch.pop(); row != nil {
			return row, nil
		}
		if r.pending != nil {
			err := r.pending
			r.pending = nil
			return nil, err
		}
		r.pending = r.fill(ctx)
		if err := r.batch.bind(); err != nil {
			return nil, fault(r.content.file.name, r.window.line, codeUnreadable, "the records could not be bound to rows").because(err)
		}
	}
}

// fill reads records into the batch until it is full or an error comes between.
func (r *csvReader) fill(ctx context.Context) error {
	r.batch.reset()
	for looked := 0; !r.batch.full(); looked++ {
		if looked&1023 == 1023 && ctx.Err() != nil {
			return ctx.Err()
		}
		line, size, err := r.line()
		if err != nil {
			return err
		}
		at, skip := r.pass.take(r.content.file, r.window)
		var bad *RowError
		switch {
		case skip && (r.plain || r.scanner.tidy(line)):
			r.window.take(size, 1)
		case !r.plain && bytes.IndexByte(line, '"') >= 0:
			bad, err = r.quoted(skip, size)
		default:
			bad, err = r.simple(line, size)
		}
		switch {
		case err != nil:
			return err
		case skip:
		case r.pass.keep != nil:
			if err := r.pass.keep(original(at, r.window, r.original).because(bad, at)); err != nil {
				return err
			}
		case bad != nil:
			return bad.at(at)
		default:
			r.batch.add(r.header, r.row, at, r.window.at-at.offset, r.pass.opts.KeepExtra)
		}
	}
	return nil
}

// line returns the next line that is not empty, without and with its line end.
func (r *csvReader) line() (line []byte, size int, err error) {
	for {
		n, with, err := r.window.upTo('\n', r.pass.opts.maxRecord())
		if errors.Is(err, errTooLong) {
			return nil, 0, r.fault(codeTooLong, "the record that begins here is larger than %d bytes", r.pass.opts.maxRecord())
		}
		if err != nil {
			return nil, 0, err
		}
		line = bytes.TrimSuffix(r.window.unread()[:n], carriageReturn)
		if len(line) > 0 {
			return line, with, nil
		}
		r.window.take(with, int64(with-n))
	}
}

// fault returns the error that ends the file at the record being read.
func (r *csvReader) fault(code, format string, args ...any) *FileError {
	return fault(r.content.file.name, r.window.line, code, format, args...)
}

// simple reads a record without quotes, or one in which they mean nothing: one line.
func (r *csvReader) simple(line []byte, size int) (*RowError, error) {
	if bytes.IndexByte(line, 0) >= 0 {
		return nil, r.fault(codeNUL, "the record holds a NUL byte")
	}
	r.row = split(r.batch.room(), r.texts.of(line), r.comma)
	if bytes.IndexByte(line, '\r') >= 0 {
		if len(r.row) != len(r.cells) {
			return nil, r.fault(codeCRLines, "a line holds carriage returns, which may be the ends of records")
		}
		r.window.take(size, 1)
		return reject("", codeBareCR, "a cell holds a carriage return outside quotes"), nil
	}
	bad, err := r.judge(utf8.Valid(line), r.window.unread()[size-1] == '\n')
	r.window.take(size, 1)
	return bad, err
}

func split(cells []string, line string, comma byte) []string {
	for {
		i := strings.IndexByte(line, comma)
		if i < 0 {
			return append(cells, line)
		}
		cells = append(cells, line[:i])
		line = line[i+1:]
	}
}

// quoted reads a record with quotes, which may go on behind its first line, whose
// size is given. It returns a *RowError only where the end of the record is
// certain.
func (r *csvReader) quoted(skip bool, first int) (*RowError, error) {
	size, found, err := r.scan()
	if err != nil {
		return nil, err
	}
	record := r.window.unread()[:size]
	spans := 1
	if size > first {
		spans += bytes.Count(record[:size-1], lineEnd)
	}
	ended, breaks := bytes.HasSuffix(record, lineEnd), spans
	if !ended {
		breaks--
	}
	many := spans > 1
	switch {
	case found == scanUnclosed:
		return nil, r.fault(codeUnterminated, "a quote in the record that begins here is never closed")
	case spans > r.pass.opts.maxLines():
		return nil, r.fault(codeTooManyLines, "the record that begins here spans more than %d lines", r.pass.opts.maxLines())
	case size > r.pass.opts.maxRecord():
		return nil, r.fault(codeTooLong, "the record that begins here is larger than %d bytes", r.pass.opts.maxRecord())
	case found != scanned && breaks > 0:
		return nil, r.fault(codeBoundary, "the quotes of the record that begins here are broken %d lines further down", breaks)
	case found != scanned:
		return r.broken(found)
	case many && len(r.scanner.ends) != len(r.cells):
		return nil, r.fault(codeBoundary, "the record that begins here spans %d lines and has %d cells where the header has %d columns", spans, len(r.scanner.ends), len(r.cells))
	case many && r.scanner.swallows(record, len(r.cells)):
		return nil, r.fault(codeBoundary, "the record that begins here spans %d lines, each of which looks like a record of its own", spans).
			advise("remove the stray quotes; if the record is right, write its cell without line breaks, or give the users as JSON Lines")
	}
	if skip {
		r.window.take(size, int64(breaks))
		return nil, nil
	}
	if bytes.IndexByte(record, 0) >= 0 {
		return nil, r.fault(codeNUL, "the record holds a NUL byte")
	}
	r.row = r.batch.room()
	text, start := r.texts.of(r.scanner.text), 0
	for _, end := range r.scanner.ends {
		r.row = append(r.row, text[start:end])
		start = end + 1
	}
	bad, err := r.judge(utf8.Valid(record), ended)
	r.window.take(size, int64(breaks))
	return bad, err
}

// scan reads on until the scanner has seen the end of the record, or a fault
// and the end of the line that the fault is in.
func (r *csvReader) scan() (size int, found scan, err error) {
	for {
		data := r.window.unread()
		size, found = r.scanner.scan(data, r.window.whole())
		if found != scanMore {
			return size, found, nil
		}
		if len(data) > r.pass.opts.maxRecord() || bytes.Count(data, lineEnd) > r.pass.opts.maxLines() {
			return len(data), found, nil
		}
		if err := r.window.more(); err != nil && !errors.Is(err, io.EOF) {
			return 0, found, err
		}
	}
}

// broken decides what a fault in the quotes of the first line means for the
// records behind it.
func (r *csvReader) broken(found scan) (*RowError, error) {
	n, with, err := r.window.upTo('\n', r.pass.opts.maxRecord())
	if err != nil {
		return nil, err
	}
	line := bytes.TrimSuffix(r.window.unread()[:n], carriageReturn)
	column := r.name(len(r.scanner.ends))
	if !r.scanner.endsHere(line, len(r.cells), found) {
		return nil, r.fault(codeBoundary, "the quotes of this line are broken, so that it is doubtful where its record ends")
	}
	r.window.take(with, int64(with-n))
	switch found {
	case scanBare:
		return reject(column, codeBareQuote, "a quote stands in a cell that does not begin with one"), nil
	case scanAfter:
		return reject(column, codeAfterQuote, "text follows the closing quote of the cell"), nil
	default:
		return reject(column, codeBareCR, "the cell holds a carriage return outside quotes"), nil
	}
}

// name returns the header of a cell, as messages give it.
func (r *csvReader) name(i int) string {
	if i >= len(r.names) {
		return ""
	}
	if c := r.columns[i]; c != unknownColumn {
		return c.String()
	}
	return clip(r.names[i])
}

// judge checks the cells of a record whose end is certain. valid says that all
// of it is UTF-8, ended that a line end follows it.
func (r *csvReader) judge(valid, ended bool) (*RowError, error) {
	row := r.row
	if blank(row) {
		return reject("", codeBlank, "the record has no value in any column"), nil
	}
	switch r.again(row) {
	case sameHeader:
		return reject("", codeRepeated, "the record repeats the header"), nil
	case otherHeader:
		return nil, r.fault(codeOtherHeader, "a second header begins here, and its columns are not those of the first")
	}
	switch {
	case len(row) < len(r.cells) && !ended:
		return nil, r.fault(codeCutOff, "the file ends in the middle of the record that begins here: %d cells where the header has %d columns, and no line end", len(row), len(r.cells))
	case len(row) < len(r.cells):
		return reject("", codeShort, "the record has %d cells where the header has %d columns", len(row), len(r.cells)), nil
	case len(row) > len(r.cells):
		return reject("", codeLong, "the record has %d cells where the header has %d columns", len(row), len(r.cells)), nil
	}
	if !valid {
		for i, cell := range row {
			if !utf8.ValidString(cell) {
				return reject(r.name(i), codeUTF8, "the cell is not valid UTF-8"), nil
			}
		}
	}
	for i := len(r.names) - 1; r.names[i] == ""; i-- {
		if row[i] != "" {
			return reject("", codeLong, "cell %d has a value, but the header gives it no name", i+1), nil
		}
	}
	return nil, nil
}

// blank reports whether no cell has more than spaces in it.
func blank(cells []string) bool {
	for _, cell := range cells {
		if strings.Trim(cell, " \t") != "" {
			return false
		}
	}
	return true
}
