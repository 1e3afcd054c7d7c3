package source

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// maxKeys bounds how many distinct keys are remembered, and maxKeySize how
// long one of them may be.
const (
	maxKeys    = 4096
	maxKeySize = 256
)

// An objectReader turns the JSON text of one record into a row.
type objectReader struct {
	pass    *pass
	decoder jsontext.Decoder
	input   bytes.Buffer
	keys    map[string]*key // by their JSON text, quotes included
	last    *key            // that was met last
	plain   map[string]*int64
	records int64 // read so far: a key whose stamp is this number came twice
	stamps  [NumColumns]int64
	scratch []byte
	texts   texts
}

// A key is what is known of the name of a member.
type key struct {
	text   string // JSON, as it was met first
	next   *key   // that followed last time; or nil
	name   string
	column Column
	stamp  *int64 // the record that had it last, under any of its spellings
	slot   int    // in Shape.Columns, or -1
	loose  bool   // it is written otherwise there
	lift   bool   // its members are those of the record
	own    bool   // carryover has added it
}

func newObjects(p *pass) *objectReader {
	return &objectReader{
		pass:  p,
		keys:  make(map[string]*key),
		plain: make(map[string]*int64),
	}
}

// read returns the row that raw describes, or what is wrong with it. It spoils
// raw, as the decoder does.
func (o *objectReader) read(raw []byte) (*Row, *RowError) {
	text := o.texts.of(raw)
	o.records++
	// Few records have brackets enough to be worth a look at how they nest.
	most := o.pass.opts.maxDepth()
	if strings.Count(text, "{")+strings.Count(text, "[") > most && depth(text) > most {
		return nil, reject("", codeDeep, "the record is nested more than %d levels deep", most)
	}
	o.input = *bytes.NewBuffer(raw)
	o.decoder.Reset(&o.input)
	d := &o.decoder
	if kind := d.PeekKind(); kind != '{' {
		if err := d.SkipValue(); err != nil {
			return nil, o.explain(text, "", err)
		}
		return nil, reject("", codeNotObject, "the record is %s, not an object", jsonKind(kind))
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, o.explain(text, "", err)
	}
	row := newRow()
	if shape := o.pass.opts.Shape; shape != nil {
		row.Cells = make([]Cell, len(shape.Columns))
	}
	if bad := o.members(row, d, text); bad != nil {
		return nil, bad
	}
	if rest := strings.TrimLeft(text[d.InputOffset():], " \t\r\n"); rest != "" {
		return nil, o.trailing(text, rest)
	}
	return row, nil
}

// members reads the members of an object that has been begun, and its end.
// text is what the decoder reads.
func (o *objectReader) members(row *Row, d *jsontext.Decoder, text string) *RowError {
	for d.PeekKind() != '}' {
		raw, err := d.ReadValue()
		if err != nil {
			return o.explain(text, "", err)
		}
		k := o.key(raw)
		if *k.stamp == o.records {
			return reject(clip(k.name), codeDuplicateKey, "the record has this key twice, though perhaps in two spellings")
		}
		*k.stamp = o.records
		kind := d.PeekKind()
		if k.lift && kind == '{' {
			if _, err := d.ReadToken(); err != nil {
				return o.explain(text, k.known(), err)
			}
			if bad := o.members(row, d, text); bad != nil {
				return bad
			}
			continue
		}
		value, err := d.ReadValue()
		if err != nil {
			return o.explain(text, k.known(), err)
		}
		end := int(d.InputOffset())
		if bad := o.set(row, k, kind, text[end-len(value):end]); bad != nil {
			return bad
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return o.explain(text, "", err)
	}
	return nil
}

// key returns what is known of a key, given as JSON text. Mostly it is the one
// that followed the last key in the record before.
func (o *objectReader) key(raw []byte) *key {
	if o.last != nil && o.last.next != nil && o.last.next.text == string(raw) {
		o.last = o.last.next
		return o.last
	}
	k, ok := o.keys[string(raw)]
	if !ok {
		o.last = nil // it may not be remembered
		return o.meet(raw)
	}
	if o.last != nil {
		o.last.next = k
	}
	o.last = k
	return k
}

// meet finds out about a key that is not known yet, and remembers it.
func (o *objectReader) meet(raw []byte) *key {
	name := unquote(nil, string(raw))
	k := &key{text: string(raw), name: name, column: unknownColumn, slot: -1}
	shape := o.pass.opts.Shape
	if shape != nil {
		k.slot, k.loose = shape.slot(name)
		k.lift = slices.Contains(shape.Lift, name)
	}
	c, ok := LookupColumn(name)
	switch {
	case k.slot >= 0:
		k.stamp = new(int64) // the decoder refuses the very name twice
		o.pass.meet(k.slot)
	case ok && shape.knows():
		k.column, k.stamp = c, &o.stamps[c]
	default:
		k.stamp = new(int64)
		if shape == nil {
			k.stamp = o.stamp(name)
		}
		if k.own = IsOwn(name); !k.lift && !k.own {
			o.pass.unknown(name)
		}
	}
	if len(o.keys) < maxKeys && len(raw) <= maxKeySize {
		o.keys[k.text] = k
	}
	return k
}

// known returns the name where it is that of a column. In a text that is no JSON
// any other may hold part of a value, by a quotation mark that is missing.
func (k *key) known() string {
	if k.column == unknownColumn && k.slot < 0 && !k.lift {
		return ""
	}
	return k.name
}

// stamp returns the one that all spellings of an unknown key share, as far as
// they are remembered.
func (o *objectReader) stamp(name string) *int64 {
	plain := PlainName(name)
	if plain == "" || len(name) > maxKeySize || len(o.plain) >= maxKeys {
		return new(int64)
	}
	s, ok := o.plain[plain]
	if !ok {
		s = new(int64)
		o.plain[plain] = s
	}
	return s
}

// set puts a value into the row. Only a string changes on the way: it is
// unescaped. Everything else keeps its JSON text to the digit.
func (o *objectReader) set(row *Row, k *key, kind jsontext.Kind, value string) *RowError {
	given := Text
	switch kind {
	case 'n':
		given, value = NotGiven, ""
	case '"':
		value = unquote(o.scratch[:0], value)
	case 't', 'f':
		given = Bool
	case '[':
		given = List
	case '{':
		given = Object
	default:
		given = Number
	}
	switch {
	case o.pass.opts.Shape.all():
		row.All = append(row.All, Member{k.name, Cell{value, given}})
	case k.slot >= 0:
		if !k.loose || row.Cells[k.slot].Kind == NotGiven {
			row.Cells[k.slot] = Cell{value, given}
		}
	case k.column != unknownColumn:
		*row.field(k.column) = value
		row.Kinds[k.column] = given
	case k.own:
		if k.name == unreadColumn && given != NotGiven {
			return reject(k.name, codeUnread, "this record could not be read and has not been corrected since")
		}
	case o.pass.opts.Strict:
		return reject(clip(k.name), codeUnknown, "the key is not known")
	case o.pass.opts.KeepExtra && given != NotGiven:
		if row.Extra == nil {
			row.Extra = make(map[string]string)
		}
		row.Extra[k.name] = value
	}
	return nil
}

// unquote returns the content of a JSON string that is known to be valid; it
// shares its memory where nothing is escaped.
func unquote(scratch []byte, quoted string) string {
	inner := quoted[1 : len(quoted)-1]
	if strings.IndexByte(inner, '\\') < 0 {
		return inner
	}
	scratch, _ = jsontext.AppendUnquote(scratch, quoted)
	return string(scratch)
}

// trailing says what follows the object.
func (o *objectReader) trailing(text, rest string) *RowError {
	if jsontext.Value(rest[:1]).Kind() == '{' {
		return reject("", codeTwoValues, "a second object follows the first")
	}
	return syntax(text, len(text)-len(rest))
}

// explain finds out why the decoder refused a text. What the decoder itself
// says may quote the text, so that none of it is passed on.
func (o *objectReader) explain(text, column string, err error) *RowError {
	column = clip(column)
	var at *jsontext.SyntacticError
	offset := len(text)
	if errors.As(err, &at) {
		offset = min(int(at.ByteOffset), len(text))
	}
	switch {
	case !utf8.ValidString(text):
		return reject(column, codeUTF8, "the record is not valid UTF-8 at its byte %d", invalidAt(text)+1)
	case errors.Is(err, jsontext.ErrDuplicateName):
		return reject(column, codeDuplicateKey, "an object of the record has the same key twice, at byte %d of the record", offset+1)
	case jsontext.Value(text).IsValid(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)):
		return reject(column, codeLoneSurrogate, "a string holds half of a surrogate pair, at byte %d of the record", offset+1)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return reject(column, codeTruncated, "the record ends in the middle of its JSON")
	}
	bad := syntax(text, offset)
	bad.Column = column
	return bad
}

// syntax says what is wrong at a byte of a text, in words that help with what
// other programs write.
func syntax(text string, offset int) *RowError {
	e := reject("", codeSyntax, "the record is not valid JSON at its byte %d", offset+1)
	rest := text[min(offset, len(text)):]
	before := strings.TrimRight(text[:min(offset, len(text))], " \t\r\n")
	switch {
	case rest == "":
	case strings.HasPrefix(rest, "'"):
		e.Hint = "JSON writes strings and keys in double quotes"
	case strings.HasPrefix(rest, "N"), strings.HasPrefix(rest, "I"), strings.HasPrefix(rest, "-I"):
		e.Hint = "JSON has no NaN, Infinity or None: write null, or leave the key out"
	case strings.HasPrefix(rest, "T"), strings.HasPrefix(rest, "F"):
		e.Hint = "JSON writes true and false in lower case"
	case strings.HasPrefix(rest, "/"), strings.HasPrefix(rest, "#"):
		e.Hint = "JSON has no comments: remove it"
	case rest[0] == ',', strings.HasSuffix(before, ",") && (rest[0] == '}' || rest[0] == ']'):
		e.Hint = "remove the comma that nothing follows"
	case rest[0] < ' ':
		e.Hint = "write the control character as an escape, such as \\t"
	}
	return e
}

// depth counts how deep a text is nested, as far as it is JSON.
func depth(text string) int {
	deep, most := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			deep++
			most = max(most, deep)
		case '}', ']':
			deep--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
	}
	return most
}

// invalidAt returns the place of the first byte that is not UTF-8.
func invalidAt(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return 0
}

func jsonKind(kind jsontext.Kind) string {
	switch kind {
	case 'n':
		return "null"
	case '"':
		return "a string"
	case '[':
		return "an array"
	case 't', 'f':
		return "a boolean"
	default:
		return "a number"
	}
}
