package mapping

import (
	"cmp"
	"slices"
	"time"

	"carryover/source"
)

// A Mapping says how the records of another system become rows of Clerk's
// columns. It is read by [Read] or [Preset], and put to work by [Mapping.Open].
type Mapping struct {
	name  string // of the file or preset
	about string

	signs      []sign
	input      shape
	parameters []parameter
	joins      []*join
	lets       []let
	rules      []rule
	fields     []field
	constants  []constant
	defaults   []constant
	policies   []fieldPolicy // not of what is made of a row, but of what an update does with it
}

// A shape is how files are to be read.
type shape struct {
	header    []string // of a CSV file without one
	delimiter byte
	null      []string // texts of a CSV cell that mean "not given"
	escaped   bool     // of files with tabs: backslashes in the place of quotes
	at        []string // where the array of a JSON document is
	lift      []string // JSON objects whose members become columns
	optional  []string // columns that may be missing
	ignore    bool     // Clerk's columns that the mapping does not name are ignored
}

type let struct {
	name  string
	value expression
}

// A verb is what a rule does with a row.
type verb uint8

const (
	drop verb = iota
	reject
	warn
)

var verbs = [...]string{"drop", "reject", "warn"}

type rule struct {
	verb   verb
	when   expression
	reason string
}

// A field is one property of the user, and what it is made of.
type field struct {
	column     source.Column
	value      expression
	when       expression // none: always
	verified   expression // of addresses and numbers
	unverified expression // more of them that nobody proved
	leaveOut   bool       // a value that cannot be read is left out
}

func (e *expression) none() bool { return e.find == nil }

type constant struct {
	column source.Column
	cell   source.Cell
}

// A parameter is a value that a mapping needs and the input does not hold.
type parameter struct {
	Param
	at place
}

// A Param is a parameter, as its mapping declares it.
type Param struct {
	Name     string
	About    string
	Default  string
	Choices  []string // the values that it may have; nil for any
	Required bool
	Secret   bool
}

// A Join is a second file that a mapping can read, as it declares it.
type Join struct {
	Name     string
	About    string
	Required bool
}

type join struct {
	Join
	at    place
	shape shape
	where expression // over the joined file
	key   expression
	to    expression // over the row
	keep  []string   // columns of the joined file that the row may use
	many  bool
}

// Name returns the name of the mapping's file, or of the preset.
func (m *Mapping) Name() string { return m.name }

// About returns what the mapping is for, in a sentence.
func (m *Mapping) About() string { return m.about }

// Params returns the parameters, in the order of the file.
func (m *Mapping) Params() []Param {
	list := make([]Param, len(m.parameters))
	for i, p := range m.parameters {
		list[i] = p.Param
	}
	return list
}

// Joins returns the second files, in the order of the file.
func (m *Mapping) Joins() []Join {
	list := make([]Join, len(m.joins))
	for i, j := range m.joins {
		list[i] = j.Join
	}
	return list
}

// columns are those of a file that expressions name: each has a slot.
type columns struct {
	names []string
	first []place // where each is named first
}

func (c *columns) add(name string, at place) {
	if c.slot(name) < 0 {
		c.names, c.first = append(c.names, name), append(c.first, at)
	}
}

// slot returns the slot of a column, -1 where it has none.
func (c *columns) slot(name string) int { return slices.Index(c.names, name) }

// where returns the place at which a column is named first.
func (c *columns) where(name string) (place, bool) {
	if i := c.slot(name); i >= 0 {
		return c.first[i], true
	}
	return place{}, false
}

// parameters are declared ones with their values.
type parameters struct {
	list   []parameter
	values map[string]string
	bound  bool      // values are known
	now    time.Time // as the run begins
}

func (p *parameters) declared(name string) *parameter {
	i := slices.IndexFunc(p.list, func(d parameter) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &p.list[i]
}

func (p *parameters) names() []string {
	names := make([]string, len(p.list))
	for i := range p.list {
		names[i] = p.list[i].Name
	}
	return names
}

// value returns a parameter's value; "" where it has none.
func (p *parameters) value(name string) (value string, known bool) {
	return p.values[name], p.bound
}

// compiled is a mapping whose expressions are programs.
type compiled struct {
	columns columns
	joins   []*compiledJoin
	lets    []*program
	rules   []compiledRule
	fields  []compiledField
}

type compiledJoin struct {
	*join
	columns        columns // of the joined file
	whereIs, keyIs *program
	toIs           *program
	kept           []int // slots of keep
}

type compiledRule struct {
	rule
	test *program
}

type compiledField struct {
	field
	valueIs, whenIs, verifiedIs, unverifiedIs *program
}

// from names the columns that the field is made of.
func (f *compiledField) from() []string {
	var names []string
	for _, p := range []*program{f.valueIs, f.unverifiedIs} {
		if p == nil {
			continue
		}
		for _, name := range p.names {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// compile makes programs of all expressions.
func (m *Mapping) compile(params *parameters, b *budget) (*compiled, error) {
	c := &compiled{}
	means := &meaning{columns: &c.columns, params: params, joins: map[string]*join{}, lets: map[string]*program{}, budget: b}
	for _, j := range m.joins {
		inner, err := compileJoin(j, means)
		if err != nil {
			return nil, err
		}
		c.joins = append(c.joins, inner)
	}
	for _, j := range m.joins { // known from here on: a join's own key cannot use another
		means.joins[j.Name] = j
	}
	for _, l := range m.lets {
		p, err := compile(l.value, means)
		if err != nil {
			return nil, err
		}
		means.lets[l.name] = p
		c.lets = append(c.lets, p)
	}
	for _, r := range m.rules {
		p, err := compile(r.when, means)
		if err != nil {
			return nil, err
		}
		c.rules = append(c.rules, compiledRule{r, p})
	}
	for _, f := range m.fields {
		compiled, err := compileField(f, means)
		if err != nil {
			return nil, err
		}
		c.fields = append(c.fields, compiled)
	}
	slices.SortStableFunc(c.fields, func(a, b compiledField) int { return cmp.Compare(a.column, b.column) })
	return c, nil
}

func compileField(f field, means *meaning) (_ compiledField, err error) {
	c := compiledField{field: f}
	for _, part := range []struct {
		e *expression
		p **program
	}{{&f.value, &c.valueIs}, {&f.when, &c.whenIs}, {&f.verified, &c.verifiedIs}, {&f.unverified, &c.unverifiedIs}} {
		if part.e.none() {
			continue
		}
		if *part.p, err = compile(*part.e, means); err != nil {
			return c, err
		}
	}
	return c, nil
}

func compileJoin(j *join, row *meaning) (_ *compiledJoin, err error) {
	c := &compiledJoin{join: j}
	file := &meaning{columns: &c.columns, params: row.params, budget: row.budget}
	for _, name := range j.keep {
		c.columns.add(name, j.at)
		c.kept = append(c.kept, c.columns.slot(name))
	}
	if !j.where.none() {
		if c.whereIs, err = compile(j.where, file); err != nil {
			return nil, err
		}
	}
	if c.keyIs, err = compile(j.key, file); err != nil {
		return nil, err
	}
	c.toIs, err = compile(j.to, row)
	return c, err
}

// secrets are the fields whose values must not be seen.
var secrets = []source.Column{source.ColPassword, source.ColPasswordDigest, source.ColTOTPSecret, source.ColBackupCodes}

// SecretColumns returns the columns of the input that go into passwords,
// digests and second factors, and whose values must not be shown.
func (m *Mapping) SecretColumns() []string {
	c, err := m.compile(&parameters{list: m.parameters}, new(budget))
	if err != nil {
		return nil // Read has compiled it: this cannot be
	}
	var names []string
	for _, f := range c.fields {
		if slices.Contains(secrets, f.column) {
			names = append(names, f.from()...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
