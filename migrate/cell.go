package migrate

import (
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"carryover/source"
)

// text reads a cell that holds a string. A whole JSON number is taken as its
// digits, with a warning: legacy ids are often numbers. Of any other number it
// is not certain which text it stands for: pandas writes the id 10 as 10.0
// where a row of the column is empty.
func (p *parser) text(c source.Column) *string {
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	switch kind {
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
	if p.madeOf = classesOf(text); p.madeOf&odd != 0 && strings.IndexFunc(text, isControl) >= 0 {
		p.report(c, "control_character")
		return nil
	}
	return p.keep(text)
}

// keep returns a pointer to a copy of a text.
func (p *parser) keep(text string) *string {
	if len(p.texts) == cap(p.texts) {
		p.texts = make([]string, 0, 8)
	}
	p.texts = append(p.texts, text)
	return &p.texts[len(p.texts)-1]
}

// secret reads a cell that holds a secret string. Its characters are its own
// affair.
func (p *parser) secret(c source.Column) *Secret {
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	if kind != source.Text {
		p.report(c, "wrong_type")
		return nil
	}
	return p.hide(text)
}

// hide returns a pointer to a copy of a secret text.
func (p *parser) hide(text string) *Secret {
	if len(p.secrets) == cap(p.secrets) {
		p.secrets = make([]Secret, 0, 2)
	}
	p.secrets = append(p.secrets, Secret(text))
	return &p.secrets[len(p.secrets)-1]
}

func (p *parser) boolean(c source.Column) *bool {
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	if kind == source.List || kind == source.Object {
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
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	if kind != source.Text {
		p.report(c, "not_rfc3339")
		return nil
	}
	if p.plainTime(text) {
		return p.keep(text)
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

// plainTime reports whether a text is for certain a time that is good: one of
// UTC in whole seconds, as nearly all are. Such times are in the order of their
// texts.
func (p *parser) plainTime(text string) bool {
	if len(text) != len("0000-00-00T00:00:00Z") || text > p.now {
		return false
	}
	if text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':' || text[19] != 'Z' {
		return false
	}
	century, year, month, day := twoDigits(text, 0), twoDigits(text, 2), twoDigits(text, 5), twoDigits(text, 8)
	return (century == 19 && year >= 70 || century >= 20 && century < none) && year < none && month >= 1 && month <= 12 && day >= 1 && (day <= 28 || day <= 30 && month != 2) &&
		twoDigits(text, 11) < 24 && twoDigits(text, 14) < 60 && twoDigits(text, 17) < 60
}

// none is what twoDigits returns where there are none.
const none = 100

// twoDigits reads a number of two digits.
func twoDigits(text string, at int) uint8 {
	tens, units := text[at]-'0', text[at+1]-'0'
	if tens > 9 || units > 9 {
		return none
	}
	return tens*10 + units
}

// list reads a JSON array of strings, or values split at a comma or a bar.
// A given list is never nil.
func (p *parser) list(c source.Column) []string {
	if !p.given(c) {
		return nil
	}
	text, kind := p.row.Cell(c)
	var items []string
	ok := true
	switch {
	case kind == source.List, kind == source.Text && strings.HasPrefix(strings.TrimSpace(text), "["):
		items, ok = p.jsonList(text)
	case text == "":
		items = []string{}
	case kind == source.Text && strings.IndexByte(text, ',') < 0 && strings.IndexByte(text, '|') < 0:
		items = p.alone(text)
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

// alone returns a list of one text.
func (p *parser) alone(text string) []string {
	if len(p.items) == cap(p.items) {
		return []string{text}
	}
	p.items = append(p.items, text)
	return p.items[len(p.items)-1 : len(p.items) : len(p.items)]
}

func (p *parser) jsonList(text string) (items []string, ok bool) {
	if inner, ok := plainItem(text); ok {
		return p.alone(inner), true
	}
	err := json.Unmarshal([]byte(text), &items) // it quotes the value: it goes no further
	if items == nil {
		items = []string{}
	}
	return items, err == nil
}

// plainItem returns the text of a JSON array that holds one string of printable
// ASCII without escapes, as most do.
func plainItem(text string) (inner string, ok bool) {
	if len(text) < 4 || text[:2] != `["` || text[len(text)-2:] != `"]` {
		return "", false
	}
	inner = text[2 : len(text)-2]
	return inner, classesOf(inner)&foreign == 0 && strings.IndexByte(inner, '"') < 0 && strings.IndexByte(inner, '\\') < 0
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
