package mapping

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile    = 256 << 10 // bytes of a mapping file
	maxNesting = 200       // brackets open at once, or marks of nesting in a line
)

// parse reads the YAML of a mapping file. What it returns is a mapping node.
func parse(name, text string) (root *yamlMap, err error) {
	text = strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	p := newPage(name, text)
	whole := place{page: p, line: 0}
	switch {
	case len(text) > maxFile:
		return nil, whole.fail("the file is larger than %d bytes", maxFile)
	case !utf8.ValidString(text):
		return nil, whole.fail("the file is not valid UTF-8")
	case strings.ContainsRune(text, 0):
		return nil, whole.fail("the file holds a NUL byte")
	case tooDeep(text):
		return nil, whole.fail("the file is nested more than %d levels deep", maxNesting)
	}
	defer func() {
		if recover() != nil { // the parser meets what its authors did not think of
			root, err = nil, whole.fail("the file cannot be read as YAML")
		}
	}()
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		return nil, p.explain(err)
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			return nil, p.at(doc.Body).fail("a second YAML document begins here; a mapping is one")
		}
		body = doc.Body
	}
	if body == nil {
		return nil, whole.fail("the file holds nothing").advise("carryover help mapping shows a whole one")
	}
	return p.mapOf(body, "the mapping")
}

// tooDeep counts what may nest, so that the parser, which calls itself for each
// level, is spared a file made to exhaust it.
func tooDeep(text string) bool {
	open := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			continue
		}
		marks := 0
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(0, open-1)
			case '-', '?', '&', '!':
				marks++
			}
			if max(open, marks) > maxNesting {
				return true
			}
		}
	}
	return false
}

// explain gives the parser's errors our form.
func (p *page) explain(err error) *Error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		return place{page: p}.fail("the file cannot be read as YAML")
	}
	message, where := at.GetMessage(), p.of(at.GetToken())
	if strings.Contains(message, "already defined") {
		return where.fail("the key %q stands there twice", at.GetToken().Value)
	}
	return where.fail("this is not YAML: %s", message).
		advise(`an expression stands in quotes, or behind >- on lines of its own, where it holds ": " or " #", begins with a quote or bracket, or has a comma inside {…} or […]`)
}

func (p *page) of(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{page: p}
	}
	return place{p, min(max(1, t.Position.Line), len(p.lines)), max(1, t.Position.Column)}
}

// at returns where a node begins.
func (p *page) at(n ast.Node) place {
	switch n := n.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return p.at(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return p.at(n.Key)
	}
	return p.of(n.GetToken())
}

// A yamlMap is a YAML mapping whose keys are texts.
type yamlMap struct {
	page    *page
	what    string // as messages call it
	at      place
	members []member
}

type member struct {
	key   string
	at    place // of the key
	value ast.Node
}

// mapOf reads a node that must be a mapping.
func (p *page) mapOf(n ast.Node, what string) (*yamlMap, error) {
	m := &yamlMap{page: p, what: what, at: p.at(n)}
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		return nil, m.at.fail("%s must be written as names with values, but is %s", what, kindOf(n))
	}
	for _, v := range values {
		at := p.at(v.Key)
		key, ok := v.Key.(*ast.StringNode)
		switch {
		case !ok && v.Key.Type() == ast.MergeKeyType:
			return nil, at.fail("mappings have no merge keys").advise("write the members out")
		case !ok:
			key = &ast.StringNode{Value: v.Key.GetToken().Value} // 1, true, null: a name all the same
		}
		if slices.ContainsFunc(m.members, func(other member) bool { return other.key == key.Value }) {
			return nil, at.fail("%q stands here twice", key.Value)
		}
		m.members = append(m.members, member{key.Value, at, v.Value})
	}
	return m, nil
}

// only refuses members that are not known.
func (m *yamlMap) only(known ...string) error {
	for _, member := range m.members {
		if slices.Contains(known, member.key) {
			continue
		}
		e := member.at.fail("%s has no key %q", m.what, member.key)
		if near := nearest(member.key, known); near != "" {
			return e.advise("did you mean %q?", near)
		}
		return e.advise("it has %s", strings.Join(known, ", "))
	}
	return nil
}

// get returns the member of a name; ok is false where it is absent or null.
func (m *yamlMap) get(key string) (member, bool) {
	for _, member := range m.members {
		if member.key == key {
			_, null := member.value.(*ast.NullNode)
			return member, !null
		}
	}
	return member{}, false
}

// inner returns the member that is a mapping itself; nil where it is absent.
func (m *yamlMap) inner(key, what string) (*yamlMap, error) {
	member, ok := m.get(key)
	if !ok {
		return nil, nil
	}
	return m.page.mapOf(member.value, what)
}

// text returns the member that is a text; "" where it is absent.
func (m *yamlMap) text(key string) (string, error) {
	member, ok := m.get(key)
	if !ok {
		return "", nil
	}
	return m.page.textOf(member.value, key)
}

// flag returns the member that is true or false.
func (m *yamlMap) flag(key string) (bool, error) {
	member, ok := m.get(key)
	if !ok {
		return false, nil
	}
	b, is := member.value.(*ast.BoolNode)
	if !is {
		return false, m.page.at(member.value).fail("%s is true or false, not %s", key, kindOf(member.value))
	}
	return b.Value, nil
}

// texts returns the member that is a list of texts.
func (m *yamlMap) texts(key string) ([]string, error) {
	member, ok := m.get(key)
	if !ok {
		return nil, nil
	}
	nodes, err := m.page.listOf(member.value, key)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(nodes))
	for i, n := range nodes {
		if list[i], err = m.page.textOf(n, key); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// listOf reads a node that must be a list.
func (p *page) listOf(n ast.Node, what string) ([]ast.Node, error) {
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		return nil, p.at(n).fail("%s must be a list, but is %s", what, kindOf(n))
	}
	return list.Values, nil
}

// textOf reads a node that must be a text. Numbers and booleans are taken as
// they are written.
func (p *page) textOf(n ast.Node, what string) (string, error) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value, nil
	}
	e := p.at(n).fail("%s must be a text, but is %s", what, kindOf(n))
	if n.Type() == ast.NullType {
		return "", e.advise(`write it in quotes, if the text is meant: "NULL"`)
	}
	return "", e
}

// kindOf names what a node is.
func kindOf(n ast.Node) string {
	switch n.Type() {
	case ast.MappingType, ast.MappingValueType:
		return "a list of names with values"
	case ast.SequenceType:
		return "a list"
	case ast.NullType:
		return "empty"
	case ast.BoolType:
		return "true or false"
	case ast.IntegerType, ast.FloatType, ast.InfinityType, ast.NanType:
		return "a number"
	case ast.AnchorType, ast.AliasType, ast.MergeKeyType:
		return "an anchor or alias, which mappings do not have"
	case ast.TagType:
		return "a tag, which mappings do not have"
	default:
		return "a text"
	}
}

// inText returns the place of a character of the text that a node holds:
// texts may be quoted, and go on over several lines.
func (p *page) inText(n ast.Node, text string, offset int) place {
	at := p.at(n)
	if _, block := n.(*ast.LiteralNode); block {
		at.line, at.column = at.line+1, 1
	}
	runes := []rune(text)
	offset = min(offset, len(runes))
	line, column := at.line-1, at.column-1
	found := at
	for i := 0; i <= offset; i++ {
		if i == len(runes) {
			found.column++
			break
		}
		ok := false
		if line, column, ok = p.find(line, column, runes[i]); !ok {
			break
		}
		found.line, found.column = line+1, column+1
		if !blank(runes[i]) {
			column++
		}
	}
	return found
}

// find returns where a character stands, from a place on. White space may be
// of any kind and length.
func (p *page) find(line, column int, r rune) (int, int, bool) {
	for ; line < len(p.lines); line, column = line+1, 0 {
		runes := []rune(p.lines[line])
		for ; column < len(runes); column++ {
			if runes[column] == r || blank(r) && blank(runes[column]) {
				return line, column, true
			}
		}
		if blank(r) {
			return line, column, true
		}
	}
	return 0, 0, false
}

func blank(r rune) bool { return r == ' ' || r == '\t' || r == '\n' }
