package source

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// An entryReader turns the lines of one LDIF entry into a row. An attribute
// with one value is a text, one with several a list of texts.
type entryReader struct {
	pass    *pass
	names   map[string]*attribute // by their spelling in the file
	lower   map[string]*attribute // by their name in lower case: LDAP knows no other
	met     []*attribute          // of the entry at hand
	scratch []byte
}

// An attribute is what is known of one, and what the entry at hand has of it.
type attribute struct {
	name   string
	column Column
	slot   int  // in Shape.Columns, or -1
	loose  bool // it is written otherwise there
	wanted bool // somebody reads it
	binary bool // its values are bytes
	values []string
}

func newEntries(p *pass) *entryReader {
	return &entryReader{pass: p, names: make(map[string]*attribute), lower: make(map[string]*attribute)}
}

// binaryAttributes have bytes for values and no text: RFC 2798, RFC 4523 and
// Active Directory's.
var binaryAttributes = map[string]bool{
	"audio": true, "cacertificate": true, "jpegphoto": true, "photo": true, "usercertificate": true, "userpkcs12": true, "usersmimecertificate": true,
	"ms-ds-consistencyguid": true, "objectguid": true, "objectsid": true, "thumbnaillogo": true, "thumbnailphoto": true,
}

// unfold cuts the first line off a text, with the lines that belong to it: a
// space at the beginning says that a line goes on.
func unfold(text string) (line, rest string) {
	line, rest, _ = strings.Cut(text, "\n")
	line = strings.TrimSuffix(line, "\r")
	if !strings.HasPrefix(rest, " ") {
		return line, rest
	}
	var all strings.Builder
	all.WriteString(line)
	for strings.HasPrefix(rest, " ") {
		line, rest, _ = strings.Cut(rest[1:], "\n")
		all.WriteString(strings.TrimSuffix(line, "\r"))
	}
	return all.String(), rest
}

// read returns the row of an entry, or what is wrong with it. first is the line
// of the file that it begins with.
func (e *entryReader) read(text string, first int64) (*Row, *RowError) {
	defer e.forget()
	begun, at := false, first
	for text != "" {
		line, rest := unfold(text)
		if !strings.HasPrefix(line, "#") {
			if bad := e.line(line, at, begun); bad != nil {
				return nil, bad
			}
			begun = true
		}
		at += int64(strings.Count(text[:len(text)-len(rest)], "\n"))
		text = rest
	}
	row := newRow()
	if shape := e.pass.opts.Shape; shape != nil {
		row.Cells = make([]Cell, len(shape.Columns))
	}
	for _, a := range e.met {
		if bad := e.set(row, a); bad != nil {
			return nil, bad
		}
	}
	return row, nil
}

// forget makes ready for the next entry, and holds on to no value.
func (e *entryReader) forget() {
	for _, a := range e.met {
		clear(a.values)
		a.values = a.values[:0]
	}
	e.met = e.met[:0]
}

// line reads one line of an entry, which stands at a line of the file. begun
// says that it is not the first.
func (e *entryReader) line(line string, at int64, begun bool) *RowError {
	name, value, colon := strings.Cut(line, ":")
	switch {
	case !colon:
		return reject("", codeLDIFSyntax, "line %d has no colon", at)
	case !isAttribute(name):
		return reject("", codeLDIFSyntax, "line %d does not begin with the name of an attribute", at)
	}
	dn := strings.EqualFold(name, "dn")
	switch {
	case !dn && !begun:
		return reject("", codeNoDN, "the entry does not begin with its dn")
	case dn && begun:
		return reject("", codeTwoEntries, "a second entry begins in line %d, without an empty line before it", at)
	}
	a := e.attribute(name)
	value, bad := e.value(a, value, at)
	switch {
	case bad != nil:
		return bad
	case strings.EqualFold(name, "changetype") && strings.EqualFold(value, "add"):
		return nil // an entry all the same, as Active Directory's ldifde writes each
	case strings.EqualFold(name, "changetype"):
		return reject("", codeChange, "line %d says that this is a change to an entry, not an entry", at)
	case !a.wanted && e.pass.opts.Strict:
		return reject(clip(a.name), codeUnknown, "the attribute is not known")
	case !a.wanted:
		return nil
	}
	if len(a.values) == 0 {
		e.met = append(e.met, a)
	}
	a.values = append(a.values, value)
	return nil
}

// isAttribute reports whether a text can be the name of an attribute, with its
// options: RFC 4512 section 2.5, and what directories write beside it.
func isAttribute(name string) bool {
	for i := range len(name) {
		c := name[i]
		switch {
		case isWord(c):
		case i > 0 && (c == '.' || c == ';' || c == '='):
		default:
			return false
		}
	}
	return name != ""
}

// value reads what stands behind the first colon of a line.
func (e *entryReader) value(a *attribute, text string, at int64) (string, *RowError) {
	switch {
	case strings.HasPrefix(text, ":"):
		return e.base64(a, strings.Trim(text[1:], " "), at)
	case strings.HasPrefix(text, "<") && a.wanted:
		return "", reject(a.known(), codeURL, "the value in line %d is the address of a file, which is not read", at)
	}
	text = strings.TrimLeft(text, " ")
	switch {
	case strings.IndexByte(text, 0) >= 0:
		return "", reject(a.known(), codeNUL, "line %d holds a NUL byte", at)
	case strings.IndexByte(text, '\r') >= 0:
		bad := reject(a.known(), codeBareCR, "line %d holds a carriage return before its end", at)
		bad.Hint = "remove it, or write the value in base64, behind two colons"
		return "", bad
	case !utf8.ValidString(text):
		return "", reject(a.known(), codeUTF8, "line %d is not valid UTF-8", at)
	case a.binary:
		return base64.StdEncoding.EncodeToString([]byte(text)), nil
	}
	return text, nil
}

// base64 reads a value behind two colons. Of an attribute whose values are
// bytes it stays as it is.
func (e *entryReader) base64(a *attribute, text string, at int64) (string, *RowError) {
	var err error
	e.scratch, err = base64.StdEncoding.AppendDecode(e.scratch[:0], []byte(text))
	switch {
	case err != nil || strings.ContainsAny(text, "\r\n"):
		return "", reject(a.known(), codeBase64, "the value in line %d is not base64, as the two colons say", at)
	case a.binary:
		return text, nil
	case a.wanted && !utf8.Valid(e.scratch):
		return "", reject(a.known(), codeUTF8, "the value in line %d is not valid UTF-8", at)
	case !a.wanted && !strings.EqualFold(a.name, "changetype"):
		return "", nil
	}
	return string(e.scratch), nil
}

// attribute returns what is known of the one with a name.
func (e *entryReader) attribute(name string) *attribute {
	if a, ok := e.names[name]; ok {
		return a
	}
	lower := strings.ToLower(name)
	a, ok := e.lower[lower]
	if !ok {
		a = e.learn(name, lower)
	}
	if len(e.names) < maxKeys && len(name) <= maxKeySize {
		e.names[name], e.lower[lower] = a, a
	}
	return a
}

// learn finds out who reads an attribute that was not met before.
func (e *entryReader) learn(name, lower string) *attribute {
	base, options, _ := strings.Cut(lower, ";")
	a := &attribute{name: name, column: unknownColumn, slot: -1}
	a.binary = binaryAttributes[base] || options == "binary" || strings.HasPrefix(options, "binary;")
	shape := e.pass.opts.Shape
	if shape != nil {
		a.slot, a.loose = shape.slot(name)
	}
	c, ok := LookupColumn(name)
	switch {
	case a.slot >= 0:
		e.pass.meet(a.slot)
	case ok && shape.knows():
		a.column = c
	case lower != "changetype":
		e.pass.unknown(name)
	}
	a.wanted = a.slot >= 0 || a.column != unknownColumn || e.pass.opts.KeepExtra || shape.all()
	return a
}

// known returns the name where somebody reads the attribute. In a line that is
// none, any other may be part of a value.
func (a *attribute) known() string {
	if a.slot < 0 && a.column == unknownColumn {
		return ""
	}
	return clip(a.name)
}

// set puts the values of an attribute into the row.
func (e *entryReader) set(row *Row, a *attribute) *RowError {
	cell := Cell{a.values[0], Text}
	if len(a.values) > 1 {
		cell = Cell{textList(a.values), List}
	}
	switch {
	case e.pass.opts.Shape.all():
		row.All = append(row.All, Member{a.name, cell})
	case a.slot >= 0:
		if !a.loose || row.Cells[a.slot].Kind == NotGiven {
			row.Cells[a.slot] = cell
		}
	case a.column != unknownColumn:
		if row.Kinds[a.column] != NotGiven {
			return reject(a.known(), codeDuplicateKey, "two attributes of the entry mean the same")
		}
		row.Set(a.column, cell.Text, cell.Kind)
	default:
		if row.Extra == nil {
			row.Extra = make(map[string]string)
		}
		row.Extra[a.name] = cell.Text
	}
	return nil
}

// textList writes texts, which are valid UTF-8, as a JSON array.
func textList(texts []string) string {
	list := []byte{'['}
	for i, text := range texts {
		if i > 0 {
			list = append(list, ',')
		}
		list, _ = jsontext.AppendQuote(list, text)
	}
	return string(append(list, ']'))
}
