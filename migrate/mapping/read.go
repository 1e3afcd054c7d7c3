package mapping

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"carryover/source"
)

// Read reads a mapping: strictly, so that what is misspelt is an error and not
// a value that is missing later. name is what messages call it. Every
// expression is compiled, to find what is wrong with it. The error is an *Error.
func Read(name, text string) (*Mapping, error) {
	root, err := parse(name, text)
	if err != nil {
		return nil, err
	}
	m, err := readMapping(name, root)
	if err != nil {
		return nil, err
	}
	if _, err := m.compile(&parameters{list: m.parameters}, new(budget)); err != nil {
		return nil, err
	}
	return m, nil
}

var rootKeys = []string{"about", "recognize", "extends", "input", "params", "join", "let", "drop", "reject", "warn", "fields", "constants", "defaults", "policy"}

func readMapping(name string, root *yamlMap) (*Mapping, error) {
	if err := root.only(rootKeys...); err != nil {
		return nil, err
	}
	m := &Mapping{name: name}
	var err error
	if m.about, err = root.text("about"); err != nil {
		return nil, err
	}
	for _, read := range []func(*yamlMap) error{m.readInput, m.readParams, m.readJoins, m.readSigns, m.readLets, m.readRules, m.readFields, m.readConstants, m.readPolicy} {
		if err := read(root); err != nil {
			return nil, err
		}
	}
	base, err := readBase(root)
	if err != nil || base == nil {
		if err == nil && len(m.fields) == 0 && len(m.constants) == 0 && len(m.defaults) == 0 && len(m.policies) == 0 {
			return nil, root.at.fail("the mapping has no fields").advise("fields says what each property of a user is made of; carryover help mapping shows how")
		}
		return m, err
	}
	return m.extend(base), nil
}

// readBase returns the preset that the mapping extends.
func readBase(root *yamlMap) (*Mapping, error) {
	name, err := root.text("extends")
	if err != nil || name == "" {
		return nil, err
	}
	text, ok := presetText(name)
	if ok {
		return Read(name, text)
	}
	member, _ := root.get("extends")
	e := root.page.at(member.value).fail("there is no preset %q", name)
	if near := nearest(name, Presets()); near != "" {
		return nil, e.advise("did you mean %q?", near)
	}
	return nil, e.advise("the presets are %s", strings.Join(Presets(), ", "))
}

// expression reads a member that is an expression; what it is for begins with
// the section.
func (m *yamlMap) expression(key, what string) (expression, error) {
	member, ok := m.get(key)
	if !ok {
		return expression{}, nil
	}
	return m.page.expression(member.value, what)
}

func (p *page) expression(n ast.Node, what string) (expression, error) {
	text, err := p.textOf(n, what)
	if err != nil {
		return expression{}, err
	}
	return expression{
		text: text, what: what, at: p.inText(n, text, 0),
		find: func(offset int) place { return p.inText(n, text, offset) },
	}, nil
}

func (m *Mapping) readInput(root *yamlMap) error {
	in, err := root.inner("input", "input")
	if err != nil || in == nil {
		return err
	}
	if err := in.only("csv", "json", "optional", "canonical"); err != nil {
		return err
	}
	if m.input, err = readShape(in); err != nil {
		return err
	}
	canonical, err := in.text("canonical")
	if err != nil {
		return err
	}
	switch canonical {
	case "", "keep":
	case "ignore":
		m.input.ignore = true
	default:
		member, _ := in.get("canonical")
		return in.page.at(member.value).fail("canonical is keep or ignore")
	}
	return nil
}

// readShape reads what an input and a join have in common.
func readShape(in *yamlMap) (s shape, err error) {
	if s.optional, err = in.texts("optional"); err != nil {
		return s, err
	}
	csv, err := in.inner("csv", "csv")
	if err != nil {
		return s, err
	}
	if csv != nil {
		if err := readCSV(csv, &s); err != nil {
			return s, err
		}
	}
	json, err := in.inner("json", "json")
	if err != nil || json == nil {
		return s, err
	}
	if err := json.only("at", "lift"); err != nil {
		return s, err
	}
	at, err := json.text("at")
	if err != nil {
		return s, err
	}
	if at != "" {
		s.at = strings.Split(at, ".")
		if slices.Contains(s.at, "") {
			member, _ := json.get("at")
			return s, json.page.at(member.value).fail("at is the names of the keys that lead to the array, joined by dots")
		}
	}
	s.lift, err = json.texts("lift")
	return s, err
}

func (m *Mapping) readParams(root *yamlMap) error {
	params, err := root.inner("params", "params")
	if err != nil || params == nil {
		return err
	}
	for _, member := range params.members {
		inner := &yamlMap{page: root.page, at: member.at}
		if _, null := member.value.(*ast.NullNode); !null {
			if inner, err = root.page.mapOf(member.value, "the parameter "+member.key); err != nil {
				return err
			}
		}
		p, err := readParam(member, inner)
		if err != nil {
			return err
		}
		m.parameters = append(m.parameters, p)
	}
	return nil
}

func readParam(member member, in *yamlMap) (p parameter, err error) {
	p.Name, p.at = member.key, member.at
	if !isName(p.Name) {
		return p, member.at.fail("the name of a parameter has letters, digits and _ only")
	}
	if err := in.only("about", "default", "choices", "required", "secret"); err != nil {
		return p, err
	}
	if p.About, err = in.text("about"); err != nil {
		return p, err
	}
	if p.Secret, err = in.flag("secret"); err != nil {
		return p, err
	}
	if p.Required, err = in.flag("required"); err != nil {
		return p, err
	}
	if def, ok := in.get("default"); ok && p.Secret {
		return p, def.at.quietly("the secret parameter %s has a default; a mapping must hold no secret", p.Name).advise("give it with --param-file")
	}
	if p.Default, err = in.text("default"); err != nil {
		return p, err
	}
	if p.Choices, err = in.texts("choices"); err != nil {
		return p, err
	}
	if p.Default != "" && p.Choices != nil && !slices.Contains(p.Choices, p.Default) {
		return p, member.at.fail("the default of %s is none of its choices", p.Name)
	}
	return p, nil
}

// isName reports whether a name can stand in an expression as it is.
func isName(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

var reserved = []string{"row", "param", "null", "nil", "true", "false", "let", "if", "else", "in", "not", "and", "or", "matches", "contains", "startsWith", "endsWith"}

// newName checks the name of a join or a let.
func newName(what string, member member) error {
	switch {
	case !isName(member.key):
		return member.at.fail("the name of a %s has letters, digits and _ only", what)
	case slices.Contains(reserved, member.key):
		return member.at.fail("%q means something else in expressions; choose another name", member.key)
	}
	return nil
}

func (m *Mapping) readJoins(root *yamlMap) error {
	joins, err := root.inner("join", "join")
	if err != nil || joins == nil {
		return err
	}
	for _, member := range joins.members {
		if err := newName("join", member); err != nil {
			return err
		}
		in, err := root.page.mapOf(member.value, "the join "+member.key)
		if err != nil {
			return err
		}
		j, err := readJoin(member, in)
		if err != nil {
			return err
		}
		m.joins = append(m.joins, j)
	}
	return nil
}

func readJoin(member member, in *yamlMap) (*join, error) {
	if err := in.only("about", "csv", "json", "optional", "where", "key", "to", "columns", "many", "required"); err != nil {
		return nil, err
	}
	j := &join{at: member.at}
	j.Name = member.key
	var err error
	if j.About, err = in.text("about"); err != nil {
		return nil, err
	}
	if j.shape, err = readShape(in); err != nil {
		return nil, err
	}
	j.shape.ignore = true
	for _, part := range []struct {
		key string
		e   *expression
	}{{"where", &j.where}, {"key", &j.key}, {"to", &j.to}} {
		if *part.e, err = in.expression(part.key, "join."+j.Name+"."+part.key); err != nil {
			return nil, err
		}
	}
	if j.keep, err = in.texts("columns"); err != nil {
		return nil, err
	}
	if j.many, err = in.flag("many"); err != nil {
		return nil, err
	}
	if j.Required, err = in.flag("required"); err != nil {
		return nil, err
	}
	if j.key.none() || j.to.none() || len(j.keep) == 0 {
		return nil, member.at.fail("the join %s needs key, to and columns", j.Name).
			advise("key is made of the columns of the second file, to of those of the first: rows where they are equal belong together; columns are those that the mapping uses")
	}
	return j, nil
}

func (m *Mapping) readLets(root *yamlMap) error {
	lets, err := root.inner("let", "let")
	if err != nil || lets == nil {
		return err
	}
	for _, member := range lets.members {
		if err := newName("let", member); err != nil {
			return err
		}
		e, err := root.page.expression(member.value, "let."+member.key)
		if err != nil {
			return err
		}
		m.lets = append(m.lets, let{member.key, e})
	}
	return nil
}

func (m *Mapping) readRules(root *yamlMap) error {
	for v, name := range verbs {
		member, ok := root.get(name)
		if !ok {
			continue
		}
		list, err := root.page.listOf(member.value, name)
		if err != nil {
			return err
		}
		for _, n := range list {
			in, err := root.page.mapOf(n, "an item of "+name)
			if err != nil {
				return err
			}
			if err := in.only("when", "reason"); err != nil {
				return err
			}
			r := rule{verb: verb(v)}
			if r.when, err = in.expression("when", name); err != nil {
				return err
			}
			if r.reason, err = in.text("reason"); err != nil {
				return err
			}
			if r.when.none() || strings.TrimSpace(r.reason) == "" {
				return in.at.fail("an item of %s needs when and reason", name)
			}
			m.rules = append(m.rules, r)
		}
	}
	return nil
}

// columnOf returns the property that a key names.
func columnOf(member member) (source.Column, error) {
	var names []string
	for c := range source.Column(source.NumColumns) {
		if c.String() == member.key {
			return c, nil
		}
		names = append(names, c.String())
	}
	e := member.at.fail("Clerk has no property %q", member.key)
	if near := nearest(member.key, names); near != "" {
		return 0, e.advise("did you mean %q?", near)
	}
	return 0, e.advise("the README lists them all")
}
