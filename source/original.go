package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
)

// A Record is one record of the input as it stands there, for whoever gives it
// back to its owner.
type Record struct {
	File   string // as named by the user
	Number int64  // as in [Row]
	Line   int64  // likewise
	// Raw is the text of the record without its line end, decompressed and in
	// UTF-8 but otherwise to the byte. It is empty where the record is too large
	// to be held.
	Raw    string
	Err    *RowError // why it is no row, or nil
	Header *Header   // of its CSV file; nil for JSON and LDIF
	LDIF   bool      // it is an entry of LDIF, several lines
}

// Format implements fmt.Formatter: it prints where the record stands, and no
// cell, which may be a secret.
func (r Record) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "record %d (%s:%d)", r.Number, r.File, r.Line)
}

// Cells returns the cells of a CSV record that is a row, each as it stands in
// the file, with the quotes around it.
func (r *Record) Cells() []string {
	if r.Header.Escaped {
		return split(nil, r.Raw, r.Header.Comma)
	}
	return rawCells(r.Raw, r.Header.Comma)
}

// A Header is that of one CSV file.
type Header struct {
	Comma   byte
	Told    bool     // the file names its delimiter itself, in a line sep=
	Escaped bool     // quotes mean nothing: see Shape.Escaped
	Names   []string // of the columns, as they are matched
	Cells   []string // the same as they stand in the file, with the quotes around them
}

// Same reports whether the records of two files can stand in one.
func (h *Header) Same(other *Header) bool {
	if h == nil || other == nil {
		return h == other
	}
	return h.Comma == other.Comma && slices.Equal(h.Names, other.Names)
}

// errEnough ends a reading whose caller wants no more of it.
var errEnough = errors.New("enough")

// Records yields the records that skip does not name, as they stand in the
// files, those that are no rows included. Their numbers are those of Rows. An
// error is the last thing yielded: a *FileError, or the context's.
//
// skip is called for each record, in their order, just before the record is
// yielded.
func (in *Input) Records(ctx context.Context, skip func(number int64) bool) iter.Seq2[*Record, error] {
	return func(yield func(*Record, error) bool) {
		p := &pass{
			opts: &in.opts, skip: skip, unknown: func(...string) {}, meet: func(int) {},
			keep: func(r *Record) error {
				if !yield(r, nil) {
					return errEnough
				}
				return nil
			},
		}
		for _, f := range in.files {
			if err := in.records(ctx, f, p); err != nil {
				if !errors.Is(err, errEnough) {
					yield(nil, err)
				}
				return
			}
		}
	}
}

// records hands the records of one file to p.keep.
func (in *Input) records(ctx context.Context, f *file, p *pass) error {
	c, err := f.open(&in.opts)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	r, err := newRecords(c, p)
	for err == nil {
		_, err = r.next(ctx) // where records are kept, nothing else is made of them
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// whole returns the record that has just been taken from w, where records are
// kept; else nil.
func (p *pass) whole(at place, w *window) *Record {
	if p.keep == nil {
		return nil
	}
	return original(at, w, nil)
}

// settle returns what has become of a record: a row, or why it is none. A whole
// record is handed on instead, and nothing is returned.
func (p *pass) settle(at place, whole *Record, row *Row, bad *RowError) (*Row, error) {
	switch {
	case whole != nil:
		return nil, p.keep(whole.because(bad, at))
	case bad != nil:
		return nil, bad.at(at)
	default:
		return row.put(at), nil
	}
}

// original returns the record at a place, which has just been taken from w.
func original(at place, w *window, h *Header) *Record {
	r := &Record{File: at.file, Number: at.number, Line: at.line, Header: h}
	if size := w.at - at.offset; size <= int64(w.pos) {
		raw := w.buf[w.pos-int(size) : w.pos]
		if h == nil {
			raw = bytes.Trim(raw, " \t\r\n\x1e")
		}
		r.Raw = string(bytes.TrimSuffix(bytes.TrimSuffix(raw, lineEnd), carriageReturn))
	}
	return r
}

// because says why the record is no row, if it is not.
func (r *Record) because(bad *RowError, at place) *Record {
	if bad != nil {
		r.Err = bad.at(at)
	}
	return r
}

// original returns the header as it stands in the file, or, where the shape
// gives it, as it would.
func (h *header) original() *Header {
	o := &Header{Comma: h.comma, Told: strings.IndexByte(commas, h.comma) < 0, Escaped: h.escaped(), Names: h.names, Cells: h.raw}
	if h.given() {
		o.Cells = make([]string, len(h.names))
		for i, name := range h.names {
			o.Cells[i] = QuoteCell(name, h.comma)
		}
	}
	return o
}

// QuoteCell returns a text as a CSV cell, in quotes where it needs them.
func QuoteCell(text string, comma byte) string {
	special := strings.ContainsAny(text, "\"\r\n") || strings.IndexByte(text, comma) >= 0
	if !special && strings.TrimSpace(text) == text {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// rawCells splits a record whose quotes are in order. The cells keep theirs.
func rawCells(record string, comma byte) []string {
	var cells []string
	for pos := 0; ; {
		end := pos
		if strings.HasPrefix(record[pos:], `"`) {
			end = pos + 1
			for {
				i := strings.IndexByte(record[end:], '"')
				if i < 0 { // it is not in order
					return append(cells, record[pos:])
				}
				end += i + 1
				if !strings.HasPrefix(record[end:], `"`) {
					break
				}
				end++
			}
		}
		i := strings.IndexByte(record[end:], comma)
		if i < 0 {
			return append(cells, record[pos:])
		}
		cells = append(cells, record[pos:end+i])
		pos = end + i + 1
	}
}
