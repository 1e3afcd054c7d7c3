package source

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// A header says what the cells of a CSV file's records are.
//
// A spreadsheet writes as many delimiters in every line as its widest one has,
// the header included. So cells without a name at the end of the header are
// accepted, and the records' cells below them must be empty. A record with
// more cells than the header is refused even where the surplus is empty: it
// may as well be an unquoted delimiter that moved every cell after it.
type header struct {
	comma   byte
	cells   []string // as written, to recognise a repetition
	names   []string // as written, without invisible characters and outer space
	columns []Column // the known column of each cell, or unknownColumn
	known   []string // wire names of the known ones, in the order of the file
	slots   []int    // of each cell in Shape.Columns, or -1
	raw     []string // the cells with their quotes
	wanted  int      // how many have one
	shape   *Shape
}

const unknownColumn Column = -1

// commas are the delimiters that are tried, in the order that breaks a tie.
const commas = ",;\t|"

// readHeader takes the header from the window, and the sep= line before it
// that Excel writes and reads.
func readHeader(c *content, w *window) (*header, error) {
	record, try, err := firstRecord(c, w)
	if err != nil {
		return nil, err
	}
	shape := shapeOf(c.opts.Shape, record)
	if shape != nil && shape.Comma != 0 {
		try = string(shape.Comma)
	}
	best := bestHeader(record, try, shape)
	if best == nil {
		return nil, fault(c.file.name, w.line, codeHeader, "the quotes of the header are broken")
	}
	if err := best.check(c, w.line); err != nil {
		return nil, err
	}
	if !best.given() {
		w.take(len(record), int64(bytes.Count(record, lineEnd)))
	}
	return best, nil
}

// firstRecord brings the first record into the window, and returns it with the
// delimiters that it may have.
func firstRecord(c *content, w *window) (record []byte, try string, err error) {
	try = commas
	if err := skipBlank(c, w); err != nil {
		return nil, "", err
	}
	if comma, size := sepLine(w.unread()); size > 0 {
		w.take(size, 1)
		try = string(comma)
		if err := skipBlank(c, w); err != nil {
			return nil, "", err
		}
	}
	size, err := headerSize(c, w)
	if err != nil {
		return nil, "", err
	}
	record = w.unread()[:size]
	return record, try, checkHeaderText(c, w.line, record)
}

// bestHeader splits a header at the delimiter that suits it best; nil where
// none does.
func bestHeader(record []byte, try string, shape *Shape) *header {
	var best *header
	for i := range len(try) {
		h := parseHeader(record, try[i], shape)
		if h != nil && (best == nil || h.better(best)) {
			best = h
		}
	}
	return best
}

// given reports whether the columns are named by the shape, so that the first
// record is one of data.
func (h *header) given() bool { return h.shape != nil && h.shape.Header != nil }

// escaped reports whether the cells have backslashes and no quotes.
func (h *header) escaped() bool { return h.shape != nil && h.shape.Escaped && h.comma == '\t' }

// skipBlank takes the empty lines before a record. Where no line follows, the
// error says that there is no header.
func skipBlank(c *content, w *window) error {
	for {
		n, with, err := w.upTo('\n', c.opts.maxRecord())
		switch {
		case errors.Is(err, errTooLong) && bytes.IndexByte(w.unread()[:c.opts.maxRecord()], '\r') >= 0:
			return fault(c.file.name, w.line, codeCRLines, "the lines of the file end with CR alone")
		case errors.Is(err, errTooLong):
			return fault(c.file.name, w.line, codeTooLong, "the header is longer than %d bytes", c.opts.maxRecord())
		case err != nil && w.whole():
			return fault(c.file.name, w.line, codeHeader, "the file has no header")
		case err != nil:
			return err
		case len(bytes.TrimSpace(w.unread()[:n])) > 0:
			return nil
		}
		w.take(with, 1)
	}
}

// sepLine understands Excel's first line, "sep=;", quoted or not.
func sepLine(data []byte) (comma byte, size int) {
	line, _, _ := bytes.Cut(data, lineEnd)
	size = min(len(line)+1, len(data))
	line = bytes.TrimSuffix(line, carriageReturn)
	line = bytes.Trim(line, `"`)
	if len(line) != 5 || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, 0
	}
	comma = line[4]
	switch {
	case comma == '\t', comma > ' ' && comma < 0x7f && !isWord(comma) && comma != '"':
		return comma, size
	}
	return 0, 0
}

func isWord(b byte) bool {
	return b == '_' || b == '-' || '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z'
}

// headerSize reads on until the whole header is in the window. Where it ends
// does not depend on the delimiter unless its quotes are broken.
func headerSize(c *content, w *window) (int, error) {
	for {
		data := w.unread()
		open, size := false, 0
		for i, b := range data {
			if b == '"' {
				open = !open
			} else if b == '\n' && !open {
				size = i + 1
				break
			}
		}
		switch {
		case size > c.opts.maxRecord() || size == 0 && len(data) > c.opts.maxRecord():
			return 0, fault(c.file.name, w.line, codeTooLong, "the header is longer than %d bytes", c.opts.maxRecord())
		case size > 0:
			return size, nil
		case w.whole() && open:
			return 0, fault(c.file.name, w.line, codeHeader, "a quote in the header is never closed")
		case w.whole():
			return len(data), nil
		}
		if err := w.more(); err != nil && !w.whole() {
			return 0, err
		}
	}
}

// checkHeaderText refuses what no header holds.
func checkHeaderText(c *content, line int64, record []byte) error {
	body := bytes.TrimSuffix(bytes.TrimSuffix(record, lineEnd), carriageReturn)
	switch {
	case bytes.IndexByte(body, 0) >= 0:
		return fault(c.file.name, line, codeNUL, "the header holds a NUL byte")
	case bytes.Count(body, carriageReturn) > bytes.Count(body, []byte("\r\n")):
		return fault(c.file.name, line, codeCRLines, "the lines of the file end with CR alone")
	case !utf8.Valid(body):
		return fault(c.file.name, line, codeHeader, "the header is not valid UTF-8")
	}
	return nil
}

// parseHeader splits a header at a delimiter. It returns nil where the quotes
// make no sense with it.
func parseHeader(record []byte, comma byte, shape *Shape) *header {
	s := recordScanner{comma: comma}
	if size, found := s.scan(record, true); found != scanned || size != len(record) {
		return nil
	}
	text := bytes.TrimSuffix(bytes.TrimSuffix(record, lineEnd), carriageReturn)
	h := &header{comma: comma, shape: shape, raw: rawCells(string(text), comma)}
	start := 0
	for i, end := range s.ends {
		switch {
		case !h.given():
			h.add(string(s.text[start:end]))
		case i < len(shape.Header):
			h.add(shape.Header[i])
		default:
			h.add("") // nothing may stand below it
		}
		start = end + 1
	}
	h.match()
	return h
}

// match finds the columns that the shape asks for: those of the very name, and
// for the others one that is written otherwise.
func (h *header) match() {
	for pass := range 2 {
		for i, name := range h.names {
			slot, loose := h.shape.slot(name)
			if slot < 0 || loose != (pass == 1) || h.slots[i] >= 0 || slices.Contains(h.slots, slot) {
				continue
			}
			h.slots[i] = slot
			h.wanted++
			h.columns[i] = unknownColumn
		}
	}
	for _, c := range h.columns {
		if c != unknownColumn {
			h.known = append(h.known, c.String())
		}
	}
}

func (h *header) add(cell string) {
	name := strings.TrimFunc(cell, func(r rune) bool { return r <= ' ' || isInvisible(r) })
	column, ok := LookupColumn(name)
	if !ok || !h.shape.knows() {
		column = unknownColumn
	}
	h.slots = append(h.slots, -1)
	h.cells = append(h.cells, cell)
	h.names = append(h.names, name)
	h.columns = append(h.columns, column)
}

// better prefers the delimiter that finds more known columns, then the one
// that finds more columns at all.
func (h *header) better(other *header) bool {
	if n, m := len(h.known)+h.wanted, len(other.known)+other.wanted; n != m {
		return n > m
	}
	return len(h.cells) > len(other.cells)
}

// check refuses a header whose columns are not certain. Nothing of a header
// without any known column is quoted: it may be somebody's data.
func (h *header) check(c *content, line int64) error {
	if h.shape != nil && !h.shape.All && len(h.known)+h.wanted == 0 {
		return fault(c.file.name, line, codeNoKnown, "no column of the first line (%d in all) is one that the mapping names", len(h.cells)).
			advise("check that file and mapping belong together: carryover inspect FILE says what the file is; if it has no header, the mapping gives it: input.csv.header")
	}
	if len(h.known) == 0 && h.shape == nil && !c.opts.KeepExtra {
		e := fault(c.file.name, line, codeNoKnown, "no column of the first line (%d in all) is known here", len(h.cells))
		if near := nearColumns(h.names); near != "" {
			return e.advise("%s; %s", near, e.Hint)
		}
		return e
	}
	named := len(h.names)
	for named > 0 && h.names[named-1] == "" {
		named--
	}
	if named == 0 {
		return fault(c.file.name, line, codeHeader, "no column of the header has a name")
	}
	if i := slices.IndexFunc(h.names[:named], isValue); i >= 0 && !h.given() {
		// Or the first record would be lost, and shown as the names of columns.
		return fault(c.file.name, line, codeHeader, "column %d of the first line holds a value, not a name: the file seems to have no header", i+1)
	}
	if i := slices.Index(h.names[:named], ""); i >= 0 {
		return fault(c.file.name, line, codeEmptyHeader, "column %d of the header has no name", i+1)
	}
	first := make(map[string]int, named)
	for i, name := range h.names[:named] {
		plain := PlainName(name)
		if plain == "" || h.shape != nil && h.columns[i] == unknownColumn {
			plain = "\x00" + name // to another program, names that differ in case are two
		}
		if j, twice := first[plain]; twice {
			return h.duplicate(c, line, j, i)
		}
		first[plain] = i
		if c.opts.Strict && h.columns[i] == unknownColumn && h.slots[i] < 0 && !IsOwn(name) {
			return fault(c.file.name, line, codeUnknown, "column %d, %q, is not known", i+1, clip(name))
		}
	}
	return h.checkWanted(c, line)
}

// isValue reports whether a cell of the first line is what a record holds: an
// e-mail address, a digest or a long hexadecimal number. No column is called so.
func isValue(name string) bool {
	_, domain, at := strings.Cut(name, "@")
	hexadecimal := len(name) >= 32 && strings.Trim(name, "0123456789abcdefABCDEF") == ""
	return at && strings.Contains(domain, ".") || strings.Count(name, "$") > 1 || strings.HasPrefix(name, "{") || hexadecimal
}

// checkWanted refuses a header without a column that the shape needs.
func (h *header) checkWanted(c *content, line int64) error {
	if h.shape == nil {
		return nil
	}
	for slot, name := range h.shape.Columns {
		if h.shape.optional(slot) || slices.Contains(h.slots, slot) {
			continue
		}
		e := fault(c.file.name, line, codeMissingColumn, "the mapping needs the column %q, which the file does not have", clip(name))
		if h.given() {
			e = fault(c.file.name, line, codeMissingColumn, "the mapping needs the column %q; the records have %d cells, and it is not among their columns", clip(name), len(h.cells))
		}
		e.Column = name
		if near := h.near(name); near != "" {
			return e.advise("did you mean %q?", clip(near))
		}
		return e
	}
	return nil
}

// near returns the header that a misspelt name was meant to be.
func (h *header) near(name string) string {
	best, distance := "", len(name)/3+2
	for i, other := range h.names {
		if d := EditDistance(PlainName(name), PlainName(other)); h.slots[i] < 0 && d < distance && d < len(other) {
			best, distance = other, d
		}
	}
	return best
}

func (h *header) duplicate(c *content, line int64, i, j int) error {
	if h.columns[i] == unknownColumn {
		return fault(c.file.name, line, codeDuplicate, "columns %d and %d of the header have the same name", i+1, j+1)
	}
	return fault(c.file.name, line, codeDuplicate, "columns %d and %d of the header both mean %s", i+1, j+1, h.columns[i])
}

// unknown returns the names of the columns that are not known.
func (h *header) unknown() []string {
	var names []string
	for i, name := range h.names {
		if name != "" && h.columns[i] == unknownColumn && h.slots[i] < 0 && !IsOwn(name) {
			names = append(names, name)
		}
	}
	return names
}

// clip shortens a name from the file to what a message can hold.
func clip(name string) string {
	const most = 64
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "…"
}
