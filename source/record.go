package source

import "bytes"

// A scan is how far a record was read.
type scan uint8

const (
	scanned      scan = iota // a whole record
	scanMore                 // the record may go on behind the bytes at hand
	scanBare                 // a quote in a cell that does not begin with one
	scanAfter                // text after the closing quote of a cell
	scanCR                   // a carriage return in a plain cell
	scanUnclosed             // the text ends inside a quoted cell
)

// A recordScanner splits one record that holds quotes into cells: RFC 4180,
// with LF or CRLF at the end of a record. What stands inside quotes is kept to
// the byte, line ends included.
type recordScanner struct {
	comma byte
	text  []byte // of all cells, unquoted, a delimiter behind each
	ends  []int  // of each cell in text

	// The next line end, quote and carriage return of the line at hand, each
	// looked for once and not for every cell; the line end, where there is none.
	lineEnd, quote, cr int
}

// scan reads one record at the beginning of data; last says that nothing
// follows data. It returns the size of the record with its line end, or the
// place of a fault, which lies in cell len(ends).
func (s *recordScanner) scan(data []byte, last bool) (size int, found scan) {
	s.text, s.ends = s.text[:0], s.ends[:0]
	s.lineEnd, s.quote, s.cr = -1, -1, -1
	pos := 0
	for {
		var more bool
		if pos < len(data) && data[pos] == '"' {
			pos, more, found = s.quoted(data, pos+1, last)
		} else if pos = s.plains(data, pos); pos < len(data) && data[pos] == '"' {
			continue
		} else {
			pos, more, found = s.plain(data, pos, last)
		}
		if found != scanned || !more {
			return pos, found
		}
	}
}

// quoted reads a cell behind its opening quote. It returns where the next cell
// of the record begins, or the record ends.
func (s *recordScanner) quoted(data []byte, pos int, last bool) (next int, more bool, found scan) {
	var size int
	s.text, size = appendUnquoted(s.text, data[pos:])
	pos += size
	switch {
	case pos < len(data):
	case last:
		return pos, false, scanUnclosed
	default:
		return pos, false, scanMore
	}
	pos++
	rest := data[pos:]
	switch {
	case len(rest) > 0 && rest[0] == s.comma:
		s.end()
		return pos + 1, true, scanned
	case len(rest) > 0 && rest[0] == '\n':
		s.end()
		return pos + 1, false, scanned
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		s.end()
		return pos + 2, false, scanned
	case len(rest) > 1 || len(rest) == 1 && rest[0] != '\r':
		return pos, false, scanAfter
	case !last:
		return pos, false, scanMore
	}
	s.end() // the text ends here, maybe with a CR
	return len(data), false, scanned
}

// end ends a cell.
func (s *recordScanner) end() {
	s.ends = append(s.ends, len(s.text))
	s.text = append(s.text, s.comma)
}

// appendUnquoted appends the text of a quoted cell, where data is what follows its
// opening quote. It returns where the closing one is, or the end of data.
func appendUnquoted(text, data []byte) (longer []byte, size int) {
	pos := bytes.IndexByte(data, '"')
	if pos < 0 {
		return append(text, data...), len(data)
	}
	text = append(text, data[:pos]...)
	// Where there is a quote within, the cell is mostly JSON, and the next one is
	// so near that to search for it takes longer than to look at each byte.
	for ; pos < len(data); pos++ {
		if data[pos] == '"' {
			if pos+1 == len(data) || data[pos+1] != '"' {
				return text, pos
			}
			pos++
		}
		text = append(text, data[pos])
	}
	return text, len(data)
}

// plains reads the cells without quotes that a delimiter ends before there is a
// quote, a carriage return or the end of the line. It returns where the next cell
// begins.
func (s *recordScanner) plains(data []byte, pos int) (next int) {
	s.look(data, pos)
	start, moved, end := pos, len(s.text)-pos, min(s.quote, s.cr) // the line ends no earlier
	for {
		i := bytes.IndexByte(data[pos:end], s.comma)
		if i < 0 {
			break
		}
		s.ends = append(s.ends, pos+i+moved)
		pos += i + 1
	}
	s.text = append(s.text, data[start:pos]...)
	return pos
}

// plain reads a cell without quotes.
func (s *recordScanner) plain(data []byte, pos int, last bool) (next int, more bool, found scan) {
	s.look(data, pos)
	end := s.lineEnd
	if i := bytes.IndexByte(data[pos:end], s.comma); i >= 0 {
		end, more = pos+i, true
	}
	cell := data[pos:end]
	switch {
	case s.quote < end:
		return s.quote, false, scanBare
	case !more && end == len(data) && !last:
		return end, false, scanMore
	case !more:
		cell = bytes.TrimSuffix(cell, carriageReturn)
	}
	if s.cr < pos+len(cell) {
		return pos, false, scanCR
	}
	s.text = append(s.text, cell...)
	s.end()
	return min(end+1, len(data)), more, scanned
}

// look brings the places that plain needs up to pos.
func (s *recordScanner) look(data []byte, pos int) {
	within := func(b byte, from, to int) int {
		if i := bytes.IndexByte(data[from:to], b); i >= 0 {
			return from + i
		}
		return to
	}
	if s.lineEnd < pos {
		s.lineEnd = within('\n', pos, len(data))
	}
	if s.quote < pos {
		s.quote = within('"', pos, s.lineEnd)
	}
	if s.cr < pos {
		s.cr = within('\r', pos, s.lineEnd)
	}
}

// tidy reports whether a line is a whole record whose quotes are all in
// order, without splitting it.
func (s *recordScanner) tidy(line []byte) bool {
	for pos := 0; ; pos++ {
		i := bytes.IndexByte(line[pos:], '"')
		if i < 0 {
			return true
		}
		pos += i
		if pos > 0 && line[pos-1] != s.comma {
			return false
		}
		if pos = s.closing(line, pos+1, true); pos < 0 {
			return false
		}
		if pos == len(line) {
			return true
		}
	}
}

var (
	carriageReturn = []byte{'\r'}
	quote          = []byte{'"'}
)

// endsHere decides whether a record whose quotes are broken certainly ends
// with its first line, so that only this record is lost and not those behind.
//
// The line is read once more by the rules of careless writers. Some write
// quotes inside a quoted cell once: a quote closes a cell only before a
// delimiter or the line's end. Others write text behind a quoted cell: the
// first quote closes it, the cell goes on. A quote in a plain cell means
// itself to both. If no cell is left open, and the number of cells is right or
// the quotes are in pairs (for the second reading: both), then the line is a
// record of its own. In every other case the broken quote may as well be the
// opening one of a cell that goes on. A carriage return may have been the end
// of a line, so that there only the right number of cells will do.
func (s *recordScanner) endsHere(line []byte, width int, found scan) bool {
	paired := bytes.Count(line, quote)%2 == 0
	cells := s.count(line, func(pos int) int { return s.closing(line, pos, false) })
	if cells == width || cells > 0 && paired && found != scanCR {
		return true
	}
	return paired && width == s.count(line, func(pos int) int {
		end := pos + bytes.IndexByte(line[pos:], '"')
		if end < pos {
			return -1
		}
		return s.delimiter(line, end)
	})
}

// count returns the number of cells of a line, or 0 where one stays open.
// closing finds the end of a cell from behind its opening quote.
func (s *recordScanner) count(line []byte, closing func(pos int) int) int {
	for pos, cells := 0, 1; ; cells++ {
		var end int
		if pos < len(line) && line[pos] == '"' {
			end = closing(pos + 1)
		} else {
			end = s.delimiter(line, pos)
		}
		switch {
		case end < 0:
			return 0
		case end == len(line):
			return cells
		}
		pos = end + 1
	}
}

// delimiter returns where the next one is, or the end of the line.
func (s *recordScanner) delimiter(line []byte, pos int) int {
	if i := bytes.IndexByte(line[pos:], s.comma); i >= 0 {
		return pos + i
	}
	return len(line)
}

// closing finds the end of a quoted cell: behind a quote that stands before a
// delimiter or the end of the line. Any other quote is part of the cell, or
// makes the cell as bad as one that stays open if strict: -1.
func (s *recordScanner) closing(line []byte, pos int, strict bool) int {
	for {
		i := bytes.IndexByte(line[pos:], '"')
		if i < 0 {
			return -1
		}
		pos += i + 1
		switch {
		case pos == len(line) || line[pos] == s.comma:
			return pos
		case line[pos] == '"':
			pos++
		case strict:
			return -1
		}
	}
}

// swallows reports whether every line of a record of several lines looks like
// a whole record itself. Two stray quotes make such a record out of all the
// rows between them, which no rule of the format forbids; the lines of a real
// cell with line breaks do not all have the same number of delimiters as the
// header.
func (s *recordScanner) swallows(record []byte, width int) bool {
	if width < 2 {
		return false
	}
	for line := range bytes.Lines(record) {
		if bytes.Count(line, []byte{s.comma}) != width-1 {
			return false
		}
	}
	return true
}
