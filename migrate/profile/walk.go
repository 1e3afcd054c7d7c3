package profile

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/source"
)

// member takes a member of a record, or of an object in it.
func (p *Profile) member(under, name string, cell source.Cell, depth int) {
	path, parent := p.pathOf(under, name)
	c := p.column(parent, path, depth)
	if c == nil {
		return
	}
	p.value(c, cell)
}

// pathOf returns the path of a member. Where an object has so many that their
// names are data themselves, they are all called *.
func (p *Profile) pathOf(under, name string) (path string, parent *column) {
	if len(name) > maxName {
		name = strings.ToValidUTF8(name[:maxName], "") + "…"
	}
	if under == "" {
		return name, nil
	}
	parent = p.columns[strings.TrimSuffix(under, "[]")]
	path = under + "." + name
	if p.columns[path] == nil {
		if p.children[under] >= maxMembers || secretForm(name) {
			return under + ".*", parent
		}
		p.children[under]++
	}
	return path, parent
}

// value takes a value of a column, and those inside it.
func (p *Profile) value(c *column, cell source.Cell) {
	if cell.Kind == source.NotGiven || cell.Text == "" {
		return
	}
	if cell.Kind == source.Text {
		for _, null := range nullWords {
			if cell.Text == null {
				c.null(null)
				return
			}
		}
		if kind := jsonKind(cell.Text); kind != source.Text {
			digests := c.counted()
			c.json++
			k := anObject
			if kind == source.List {
				k = aList
			}
			p.add(c, cell, k)
			if c.digest(cell.Text, k); c.counted() > digests {
				return // what is inside is the digest
			}
			p.inside(c, source.Cell{Text: cell.Text, Kind: kind})
			return
		}
	}
	p.add(c, cell, ofCell(cell))
	p.inside(c, cell)
}

func (c *column) null(word string) {
	if c.nulls == nil {
		c.nulls = map[string]int64{}
	}
	c.nulls[word]++
}

// jsonKind says whether a text is JSON of an object or a list.
func jsonKind(text string) source.Kind {
	kind := source.Text
	switch {
	case strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}"):
		kind = source.Object
	case strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]"):
		kind = source.List
	}
	if kind != source.Text && !jsontext.Value(text).IsValid() {
		return source.Text
	}
	return kind
}

// inside takes what an object or a list holds.
func (p *Profile) inside(c *column, cell source.Cell) {
	if cell.Kind != source.Object && cell.Kind != source.List || c.depth >= maxDepth {
		return
	}
	d := jsontext.NewDecoder(strings.NewReader(cell.Text))
	if _, err := d.ReadToken(); err != nil {
		return
	}
	if cell.Kind == source.Object {
		p.members(c.path, d, c.depth+1)
		return
	}
	for d.PeekKind() != ']' {
		item, ok := readCell(d)
		if !ok {
			return
		}
		switch item.Kind {
		case source.Object:
			p.item(c, item.Text)
		case source.List:
		default:
			if inner := p.column(c, c.path+"[]", c.depth+1); inner != nil {
				p.value(inner, item)
			}
		}
	}
}

// members takes the members of an object that has been begun.
func (p *Profile) members(under string, d *jsontext.Decoder, depth int) {
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return
		}
		key := name.String()
		cell, ok := readCell(d)
		if !ok {
			return
		}
		p.member(under, key, cell, depth)
	}
}

// item takes an object of a list. One that is a pair of a name and a value is a
// column of that name.
func (p *Profile) item(c *column, text string) {
	if name, value, is := pair(text); is && len(name) <= maxName {
		path := c.path + "[" + name + "]"
		if p.columns[path] == nil {
			if p.children[c.path] >= maxMembers || secretForm(name) {
				path = c.path + "[*]"
			} else {
				p.children[c.path]++
			}
		}
		if inner := p.column(c, path, c.depth+1); inner != nil {
			p.value(inner, value)
		}
		return
	}
	d := jsontext.NewDecoder(strings.NewReader(text))
	if _, err := d.ReadToken(); err == nil {
		p.members(c.path+"[]", d, c.depth+1)
	}
}

// pair reads {"Name": …, "Value": …}, as AWS writes attributes.
func pair(text string) (name string, value source.Cell, is bool) {
	d := jsontext.NewDecoder(strings.NewReader(text))
	if _, err := d.ReadToken(); err != nil {
		return "", value, false
	}
	n := 0
	for ; d.PeekKind() == '"'; n++ {
		token, err := d.ReadToken()
		if err != nil {
			return "", value, false
		}
		key := token.String()
		cell, ok := readCell(d)
		switch {
		case !ok:
			return "", value, false
		case (key == "Name" || key == "name") && cell.Kind == source.Text:
			name = cell.Text
		case key == "Value" || key == "value":
			value = cell
		default:
			return "", value, false
		}
	}
	return name, value, n == 2 && name != ""
}

// readCell reads a JSON value as source does.
func readCell(d *jsontext.Decoder) (source.Cell, bool) {
	raw, err := d.ReadValue()
	if err != nil {
		return source.Cell{}, false
	}
	text := string(raw)
	switch raw.Kind() {
	case 'n':
		return source.Cell{}, true
	case '"':
		plain, err := jsontext.AppendUnquote(nil, raw)
		return source.Cell{Text: string(plain), Kind: source.Text}, err == nil
	case 't', 'f':
		return source.Cell{Text: text, Kind: source.Bool}, true
	case '{':
		return source.Cell{Text: text, Kind: source.Object}, true
	case '[':
		return source.Cell{Text: text, Kind: source.List}, true
	}
	return source.Cell{Text: text, Kind: source.Number}, true
}
