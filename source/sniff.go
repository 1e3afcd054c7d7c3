package source

import (
	"bytes"
	"context"
	"os"
	"strings"
)

// Names of formats, as a [Form] says them.
const (
	FormatCSV      = "CSV"
	FormatTSV      = "TSV"
	FormatLines    = "JSON Lines"
	FormatArray    = "JSON array"
	FormatDocument = "JSON document" // an object that holds the array of records
	FormatSequence = "JSON text sequence"
	FormatLDIF     = "LDIF"
)

// A Form is what the bytes of a file tell of how it is written.
type Form struct {
	Format      string
	Compression string // gzip, zstd, or empty
	BOM         bool   // a byte order mark stands at the beginning
	LineEnds    string // LF, CRLF, "mixed", or empty where the beginning has none
	Comma       byte   // delimiter of CSV
	Header      bool   // the first line of CSV names the columns
	Cells       int    // of the first line of CSV
	Escaped     bool   // as [Shape].Escaped: no cell of a file with tabs begins with a quote
	Arrays      []Array
}

// An Array is one that a JSON document holds.
type Array struct {
	At      []string // the keys that lead to it
	Objects int64    // how many of its elements are objects
}

// Sniff finds out how a file is written of which nobody has said anything. It
// returns it unread: [Input.As] says how its records are to be read. A JSON
// document is read as a whole, in constant memory, to find the arrays in it.
// Errors are *FileError, or the context's; the caller closes the Input.
func Sniff(ctx context.Context, path string, opts Options) (*Input, *Form, error) {
	if opts.Stdin == nil {
		opts.Stdin = os.Stdin
	}
	in := &Input{opts: opts, unknown: make(map[string]struct{})}
	if err := in.add(path); err != nil {
		return nil, nil, err
	}
	form, err := in.files[0].sniff(ctx, &in.opts)
	if err != nil {
		_ = in.Close()
		return nil, nil, err
	}
	return in, form, nil
}

// As says how the records are to be read from now on, and tries the first of
// them. It must not be called while somebody reads. Its errors are *FileError.
func (in *Input) As(shape *Shape) error {
	in.opts.Shape, in.met = shape, nil
	if shape != nil {
		in.met = make([]bool, len(shape.Columns))
	}
	for _, f := range in.files {
		if err := in.try(f); err != nil {
			return err
		}
	}
	return nil
}

// Size returns how many bytes the files are, as they are on disk; of standard
// input and pipes, how many have been read.
func (in *Input) Size() int64 {
	var size int64
	for _, f := range in.files {
		switch {
		case f.info != nil:
			size += f.info.Size()
		case f.spool != nil:
			size += f.spool.taken()
		}
	}
	return size
}

// sniff reads the beginning of the file, and all of it where it is a JSON
// document.
func (f *file) sniff(ctx context.Context, opts *Options) (*Form, error) {
	c, err := f.open(opts)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close() }()
	w := newWindow(c)
	data, err := c.head(w)
	if err != nil {
		return nil, err
	}
	form := &Form{Compression: c.kind, BOM: w.at > 0, LineEnds: lineEnds(data)}
	text := bytes.TrimLeft(data, " \t\r\n")
	switch {
	case bytes.HasPrefix(text, []byte{'['}):
		form.Format = FormatArray
	case bytes.HasPrefix(text, []byte{recordSeparator}):
		form.Format = FormatSequence
	case bytes.HasPrefix(text, []byte{'{'}):
		form.Format = FormatLines
		if isOneValue(text, w.whole() && len(data) == len(w.unread())) {
			form.Arrays = arraysOf(contextReader{ctx, unreadReader{w}})
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		if len(form.Arrays) > 0 {
			form.Format = FormatDocument
		}
	case named(f.name, jsonNames...):
		form.Format = FormatLines
	case isLDIF(data), named(f.name, ldifNames...):
		form.Format = FormatLDIF
	default:
		return form, form.csv(c, w, data)
	}
	return form, nil
}

// csv fills in what the first record of a CSV file tells.
func (form *Form) csv(c *content, w *window, data []byte) error {
	if err := c.refuseBytes(data); err != nil {
		return err
	}
	record, try, err := firstRecord(c, w)
	if err != nil {
		return err
	}
	h := bestHeader(record, try, nil)
	if h == nil {
		return fault(c.file.name, w.line, codeHeader, "the quotes of the header are broken")
	}
	form.Format, form.Comma = FormatCSV, h.comma
	if h.comma == '\t' {
		form.Format = FormatTSV
		form.Escaped = !bytes.Contains(data, []byte("\t\"")) && !bytes.Contains(data, []byte("\n\"")) && !bytes.HasPrefix(data, quote)
	}
	form.Cells, form.Header = len(h.cells), len(h.known) > 0 || !isRecord(h.names)
	return nil
}

// isRecord reports whether the cells of a first line are values, and no names:
// one of them says so by itself, numbers are the first or many of them, or several
// cells are empty between others, which a header's are at its end at most.
func isRecord(names []string) bool {
	given, numbers, empty, between := 0, 0, 0, 0
	for i, name := range names {
		if name == "" {
			empty++
			continue
		}
		given++
		between = empty
		switch {
		case isValue(name), isPlainValue(name):
			return true
		case strings.Trim(name, "0123456789.-+") == "" && i == 0:
			return true
		case strings.Trim(name, "0123456789.-+") == "":
			numbers++ // a year may be a name
		}
	}
	return between > 1 || numbers*2 > given
}

// isPlainValue reports whether a cell is a boolean or a date.
func isPlainValue(name string) bool {
	switch strings.ToLower(name) {
	case "true", "false", "null":
		return true
	}
	return len(name) >= len("2024-05-31") && strings.Trim(name, "0123456789.:-+ TZ/") == "" && strings.Count(name, "-")+strings.Count(name, "/") > 1
}

// lineEnds says how the lines of a text end.
func lineEnds(data []byte) string {
	all, crlf := bytes.Count(data, lineEnd), bytes.Count(data, []byte("\r\n"))
	switch {
	case all == 0:
		return ""
	case crlf == 0:
		return "LF"
	case crlf == all:
		return "CRLF"
	}
	return "mixed"
}
