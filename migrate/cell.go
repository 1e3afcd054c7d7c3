package migrate

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"carryover/source"
)

// text reads a cell that holds a string. A whole JSON number is taken as its
// digits, with a warning: legacy ids are often numbers. Of any other number it
// is not certain which text it stands for: pandas writes the id 10 as 10.0
// where a row of the column is empty.
func (p *parser) text(c source.Column) *string {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.Text:
	case source.Number:
		if strings.ContainsAny(text, ".eE") {
			p.report(c, "number_not_whole")
			return nil
		}
		p.report(c, "number_as_text")
	default:
		p.report(c, "wrong_type")
		return nil
	}
	if hasControl(text) {
		p.report(c, "control_character")
		return nil
	}
	return p.keep(text)
}

// keep returns a pointer to a copy of a text. Those of a row lie side by side,
// so that a row costs few allocations.
func (p *parser) keep(text string) *string {
	if len(p.texts) == cap(p.texts) {
		p.texts = make([]string, 0, 8)
	}
	p.texts = append(p.texts, text)
	return &p.texts[len(p.texts)-1]
}

// hasControl is true of a text that holds C0, DEL or C1.
func hasControl(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= utf8.RuneSelf: // most texts have none, and need no decoding
			return strings.IndexFunc(text[i:], isControl) >= 0
		case isControl(rune(c)):
			return true
		}
	}
	return false
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r <= 0x9f }

// secret reads a cell that holds a secret string. Its characters are its own
// affair.
func (p *parser) secret(c source.Column) *Secret {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.Text:
		s := Secret(text)
		return &s
	default:
		p.report(c, "wrong_type")
		return nil
	}
}

func (p *parser) boolean(c source.Column) *bool {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.List, source.Object:
		p.report(c, "wrong_type")
		return nil
	}
	value := false
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "t", "1", "yes":
		value = true
	case "false", "f", "0", "no":
	default:
		p.report(c, "not_a_boolean")
		return nil
	}
	return &value
}

func (p *parser) integer(c source.Column) *int64 {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.Text, source.Number:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil { // the error quotes the value: it goes no further
			p.report(c, "not_an_integer")
			return nil
		}
		return &n
	default:
		p.report(c, "wrong_type")
		return nil
	}
}

// timestamp reads a time in RFC 3339 form. It is sent as it is written.
func (p *parser) timestamp(c source.Column) *string {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.Text:
	default:
		p.report(c, "not_rfc3339")
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	switch {
	case err != nil || strings.IndexByte(text, ',') >= 0: // Go takes a comma for the fraction's point
		p.report(c, "not_rfc3339")
		return nil
	case at.After(p.rules.Now):
		p.report(c, "time_in_future")
	case at.Unix() < 0:
		p.report(c, "time_too_early")
	}
	return p.keep(text)
}

// list reads a JSON array of strings, or values split at a comma or a bar.
// A given list is never nil.
func (p *parser) list(c source.Column) []string {
	text, kind := p.row.Cell(c)
	var items []string
	ok := true
	switch {
	case kind == source.NotGiven:
		return nil
	case kind == source.List, kind == source.Text && strings.HasPrefix(strings.TrimSpace(text), "["):
		items, ok = jsonList(text)
	case text == "":
		items = []string{}
	case kind == source.Text && strings.IndexByte(text, ',') < 0 && strings.IndexByte(text, '|') < 0:
		items = []string{text}
	case kind == source.Text:
		items = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '|' })
		if strings.Count(text, ",")+strings.Count(text, "|") >= len(items) {
			items = append(items, "") // FieldsFunc passes over empty fields; they are refused below
		}
	default:
		ok = false
	}
	if !ok {
		p.report(c, "not_a_list")
		return nil
	}
	p.checkItems(c, items)
	return items
}

func jsonList(text string) (items []string, ok bool) {
	err := json.Unmarshal([]byte(text), &items) // it quotes the value: it goes no further
	if items == nil {
		items = []string{}
	}
	return items, err == nil
}

// checkItems trims the items in place and refuses empty ones.
func (p *parser) checkItems(c source.Column, items []string) {
	for i, item := range items {
		items[i] = strings.TrimSpace(item)
		if items[i] == "" {
			p.report(c, "blank_item")
			return
		}
	}
}

// maxMetadata is what Clerk keeps of each of the three kinds of metadata, in
// bytes ("Metadata is limited to 8KB maximum").
const maxMetadata = 8 << 10

// metadata reads a JSON object and keeps its text, numbers to the digit.
func (p *parser) metadata(c source.Column) jsontext.Value {
	text, kind := p.row.Cell(c)
	switch kind {
	case source.NotGiven:
		return nil
	case source.Text, source.Object:
	default:
		p.report(c, "metadata_not_object")
		return nil
	}
	value := jsontext.Value(text)
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

// hugeNumber reports whether a JSON text holds a number that no IEEE 754 double
// can, which most readers of JSON make of a number (RFC 8259, section 6).
func hugeNumber(value jsontext.Value) bool {
	const digits = 308 // that many without an exponent always fit
	run, suspect := 0, false
	for _, b := range value {
		switch {
		case '0' <= b && b <= '9':
			run++
			suspect = suspect || run > digits
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
