package migrate

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/source"
)

// maxMetadata is what Clerk keeps of each of the three kinds of metadata, in
// bytes ("Metadata is limited to 8KB maximum").
const maxMetadata = 8 << 10

// metadata reads a JSON object and keeps its text, numbers to the digit.
func (p *parser) metadata(c source.Column) jsontext.Value {
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	switch kind {
	case source.Text, source.Object:
	default:
		p.report(c, "metadata_not_object")
		return nil
	}
	value := jsontext.Value(p.copied(text))
	if len(value) <= maxMetadata && plainObject(text) {
		return value // nearly always
	}
	switch {
	case kind == source.Text && !value.IsValid():
		p.report(c, "metadata_invalid")
		return nil
	case value.Kind() != '{':
		p.report(c, "metadata_not_object")
		return nil
	case len(value) > maxMetadata:
		// What is kept is the content, not the white space and the \u escapes
		// that it happens to be written with.
		if value.Format(jsontext.PreserveRawStrings(false)) != nil || len(value) > maxMetadata {
			p.report(c, "metadata_too_large")
		}
	}
	if hugeNumber(value) {
		p.report(c, "metadata_number_range")
	}
	return value
}

// maxDigits is how many a number without an exponent may have and certainly fit
// an IEEE 754 double.
const maxDigits = 308

// hugeNumber reports whether a JSON text holds a number that no IEEE 754 double
// can, which most readers of JSON make of a number (RFC 8259, section 6).
func hugeNumber(value jsontext.Value) bool {
	run, suspect := 0, false
	for _, b := range value {
		switch {
		case '0' <= b && b <= '9':
			run++
			suspect = suspect || run > maxDigits
			continue
		case b|0x20 == 'e' && run > 0:
			suspect = true
		}
		run = 0
	}
	if !suspect { // nearly always
		return false
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(value))
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return false // the end: the text is valid
		}
		if token.Kind() == '0' {
			if _, err := strconv.ParseFloat(token.String(), 64); err != nil {
				return true
			}
		}
	}
}

// plainObject reports whether a text is for certain a JSON object that jsontext
// finds valid, without huge numbers. It knows the JSON that nearly all metadata
// is: no escapes, few names, little nesting, no exponents. What it
// does not know is for jsontext to judge.
func plainObject(text string) bool {
	s := plainScanner{text: text}
	s.space()
	if s.at == len(text) || text[s.at] != '{' || !s.value(maxPlainDepth) {
		return false
	}
	s.space()
	return s.at == len(text) && utf8.ValidString(text)
}

const (
	maxPlainDepth = 8
	maxPlainNames = 16
)

// A plainScanner steps over JSON text. Its methods return false at what is not
// plain.
type plainScanner struct {
	text string
	at   int
}

func (s *plainScanner) space() {
	for s.at < len(s.text) && s.text[s.at] <= ' ' {
		switch s.text[s.at] {
		case ' ', '\t', '\n', '\r':
			s.at++
		default:
			return
		}
	}
}

// take steps over one byte, where it is the next.
func (s *plainScanner) take(b byte) bool {
	if s.at < len(s.text) && s.text[s.at] == b {
		s.at++
		return true
	}
	return false
}

func (s *plainScanner) value(depth int) bool {
	if s.at == len(s.text) || depth == 0 {
		return false
	}
	switch c := s.text[s.at]; c {
	case '{':
		return s.object(depth - 1)
	case '[':
		return s.array(depth - 1)
	case '"':
		_, ok := s.string()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

func (s *plainScanner) word(word string) bool {
	if len(s.text)-s.at < len(word) || s.text[s.at:s.at+len(word)] != word {
		return false
	}
	s.at += len(word)
	return true
}

func (s *plainScanner) object(depth int) bool {
	s.at++ // {
	if s.space(); s.take('}') {
		return true
	}
	var names [maxPlainNames]string
	for n := range names {
		name, ok := s.string()
		if !ok {
			return false
		}
		for _, other := range names[:n] {
			if other == name {
				return false
			}
		}
		names[n] = name
		if s.space(); !s.take(':') {
			return false
		}
		if s.space(); !s.value(depth) {
			return false
		}
		if s.space(); s.take('}') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
	return false
}

func (s *plainScanner) array(depth int) bool {
	s.at++ // [
	if s.space(); s.take(']') {
		return true
	}
	for {
		if !s.value(depth) {
			return false
		}
		if s.space(); s.take(']') {
			return true
		}
		if !s.take(',') {
			return false
		}
		s.space()
	}
}

// string returns what is between the quotes, without escapes.
func (s *plainScanner) string() (inner string, ok bool) {
	if !s.take('"') {
		return "", false
	}
	rest := s.text[s.at:]
	for i := range len(rest) {
		switch c := rest[i]; {
		case c == '"':
			s.at += i + 1
			return rest[:i], true
		case c == '\\', c < ' ':
			return "", false
		}
	}
	return "", false
}

func (s *plainScanner) number() bool {
	s.take('-')
	start := s.at
	if !s.digits() || s.text[start] == '0' && s.at > start+1 {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	return s.at == len(s.text) || s.text[s.at]|0x20 != 'e'
}

// digits steps over at least one, and no more than certainly fit.
func (s *plainScanner) digits() bool {
	rest, n := s.text[s.at:], 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	s.at += n
	return n > 0 && n <= maxDigits
}
