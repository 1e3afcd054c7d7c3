package mapping

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"carryover/migrate"
	"carryover/source"
)

// Settings are the choices of whoever runs a mapping.
type Settings struct {
	Params map[string]string // values of parameters, by name
	Joins  map[string]string // files of joins, by name
	Now    time.Time         // what future() compares with: when the run began

	Mode migrate.Mode
	// Reserve creates addresses and numbers that nobody has proved as
	// reserved, instead of leaving them out.
	Reserve bool
	// WithoutPassword lets a user go without a password where its digest
	// cannot be moved, instead of refusing the row.
	WithoutPassword bool
	// WithoutTOTP says the same of a second factor.
	WithoutTOTP bool

	Options source.Options // for the files of joins
}

// A SettingsError says that a parameter or a join is missing, or is one that
// the mapping does not know. It never holds the value of a parameter.
type SettingsError struct {
	Message string
	Hint    string
}

// Error implements error.
func (e *SettingsError) Error() string { return e.Message }

// Check finds out what is wrong with the settings before any file is opened.
// The error is a *SettingsError or an *Error.
func (m *Mapping) Check(s Settings) error {
	params, err := m.bind(s)
	if err != nil {
		return err
	}
	if err := m.checkJoins(s.Joins); err != nil {
		return err
	}
	_, err = m.compile(params, new(budget))
	return err
}

// bind gives the parameters their values.
func (m *Mapping) bind(s Settings) (*parameters, error) {
	p, given := &parameters{list: m.parameters, values: map[string]string{}, bound: true, now: s.Now}, s.Params
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if p.declared(name) == nil {
			e := &SettingsError{Message: fmt.Sprintf("%s has no parameter %q", m.name, name)}
			switch near := nearest(name, p.names()); {
			case near != "":
				e.Hint = fmt.Sprintf("did you mean %s?", near)
			case len(p.list) > 0:
				e.Hint = "it has " + strings.Join(p.names(), ", ")
			}
			return nil, e
		}
	}
	for _, d := range m.parameters {
		value := cmp.Or(given[d.Name], d.Default)
		switch {
		case value == "" && d.Required:
			return nil, &SettingsError{
				Message: fmt.Sprintf("%s needs the parameter %s: %s", m.name, d.Name, cmp.Or(d.About, "it has no default")),
				Hint:    howToGive(d.Param),
			}
		case value != "" && d.Choices != nil && !slices.Contains(d.Choices, value):
			return nil, &SettingsError{
				Message: fmt.Sprintf("the parameter %s has a value that it cannot have", d.Name),
				Hint:    "it is " + strings.Join(d.Choices, " or "),
			}
		}
		p.values[d.Name] = value
	}
	return p, nil
}

func howToGive(p Param) string {
	switch {
	case p.Secret:
		return fmt.Sprintf("write %s=VALUE into a file that only you can read, and add --param-file FILE", p.Name)
	case p.Choices != nil:
		return fmt.Sprintf("add --param %s=%s", p.Name, strings.Join(p.Choices, " or "+p.Name+"="))
	default:
		return fmt.Sprintf("add --param %s=VALUE, or --param-file FILE", p.Name)
	}
}

func (m *Mapping) checkJoins(given map[string]string) error {
	var names []string
	for _, j := range m.joins {
		names = append(names, j.Name)
		if j.Required && given[j.Name] == "" {
			return &SettingsError{
				Message: fmt.Sprintf("%s needs a second file, %s: %s", m.name, j.Name, cmp.Or(j.About, "it is required")),
				Hint:    fmt.Sprintf("add --join %s=FILE", j.Name),
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(names, name) {
			continue
		}
		e := &SettingsError{Message: fmt.Sprintf("%s has no join %q", m.name, name)}
		switch near := nearest(name, names); {
		case near != "":
			e.Hint = fmt.Sprintf("did you mean %s?", near)
		case len(names) > 0:
			e.Hint = "it has " + strings.Join(names, ", ")
		}
		return e
	}
	return nil
}

// Shape returns how the input is to be read. It is that of a mapping that has
// passed Check.
func (m *Mapping) Shape() *source.Shape {
	c, err := m.compile(&parameters{list: m.parameters}, new(budget))
	if err != nil {
		return nil // Read has compiled it: this cannot be
	}
	return m.input.source(&c.columns)
}

func (s *shape) source(c *columns) *source.Shape {
	optional := make([]bool, len(c.names))
	for i, name := range c.names {
		optional[i] = slices.ContainsFunc(s.optional, func(other string) bool { return source.PlainName(other) == source.PlainName(name) })
	}
	return &source.Shape{
		Columns: c.names, Optional: optional, OnlyColumns: s.ignore,
		Header: s.header, Comma: s.delimiter, Null: s.null, Escaped: s.escaped, At: s.at, Lift: s.lift,
	}
}

// Where returns the place in the mapping where a column is named, to be added
// to an error of the input about it; nil where it is not.
func (m *Mapping) Where(column string) *Error {
	c, err := m.compile(&parameters{list: m.parameters}, new(budget))
	if err != nil {
		return nil // Read has compiled it: this cannot be
	}
	at, ok := c.columns.where(column)
	if !ok {
		return nil
	}
	return at.fail("the column %q is named here", column)
}

// A Mapper is a mapping at work: it makes rows of records. Its methods may be
// called by several goroutines.
type Mapper struct {
	mapping  *Mapping
	settings Settings
	params   *parameters
	joined   []*joinedFile // of the joins, nil where no file was given
	from     map[source.Column]string
	columns  []string        // of the input, by slot
	secrets  []source.Column // that are made of each of them, or noSecret

	mu   sync.Mutex
	idle []*worker
}

var _ migrate.Mapper = (*Mapper)(nil)

// Open puts a mapping to work. It reads the files of the joins, which it keeps
// in memory: what their columns hold, and about 30 bytes more a record. The
// error is a *SettingsError, an *Error, a *source.FileError, a *source.RowError
// about a record of a join, or the context's.
func (m *Mapping) Open(ctx context.Context, s Settings) (*Mapper, error) {
	if err := m.Check(s); err != nil {
		return nil, err
	}
	params, err := m.bind(s)
	if err != nil {
		return nil, err
	}
	mp := &Mapper{mapping: m, settings: s, params: params, from: map[source.Column]string{}}
	w, err := mp.newWorker()
	if err != nil {
		return nil, err
	}
	mp.columns, mp.secrets = w.columns.names, w.compiled.secrets()
	for _, f := range w.fields {
		mp.from[f.column] = few(f.from())
	}
	for of, with := range map[source.Column]source.Column{
		source.ColPasswordHasher:                   source.ColPasswordDigest,
		source.ColEmailAddressIdentificationStatus: source.ColEmailAddress,
		source.ColPhoneNumberIdentificationStatus:  source.ColPhoneNumber,
	} {
		if mp.from[of] == "" {
			mp.from[of] = mp.from[with]
		}
	}
	for _, j := range w.joins {
		var file *joinedFile
		if path := s.Joins[j.Name]; path != "" {
			if file, err = mp.load(ctx, w, j, path); err != nil {
				return nil, err
			}
		}
		mp.joined = append(mp.joined, file)
	}
	mp.idle = append(mp.idle, w)
	return mp, nil
}

// few names the first of many columns: messages begin with them.
func few(names []string) string {
	const most = 4
	if len(names) > most+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// From implements migrate.Mapper.
func (mp *Mapper) From(column source.Column) string { return mp.from[column] }

// Again implements migrate.Mapper: it returns a Mapper that maps alike, and
// does not count rows for Joins.
func (mp *Mapper) Again() migrate.Mapper {
	again := &Mapper{mapping: mp.mapping, settings: mp.settings, params: mp.params, from: mp.from, columns: mp.columns, secrets: mp.secrets}
	for _, f := range mp.joined {
		if f != nil {
			copied := *f
			copied.without = new(atomic.Int64)
			f = &copied
		}
		again.joined = append(again.joined, f)
	}
	return again
}

// Print identifies what the mapping makes of an input: the same mapping with
// the same parameters has the same, whatever its file is called. Secret
// parameters go into four bytes only, too few to tell anything about them.
func (mp *Mapper) Print() string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%s\n%t %t %t\n", mp.mapping.canonical(), mp.settings.Reserve, mp.settings.WithoutPassword, mp.settings.WithoutTOTP)
	secret := sha256.New()
	any := false
	for _, p := range mp.params.list {
		value, _ := mp.params.value(p.Name)
		if p.Secret && value != "" {
			any = true
			fmt.Fprintf(secret, "%q=%q\n", p.Name, value)
		} else if !p.Secret {
			fmt.Fprintf(sum, "%q=%q\n", p.Name, value)
		}
	}
	print := hex.EncodeToString(sum.Sum(nil)[:8])
	if any {
		print += "-" + hex.EncodeToString(secret.Sum(nil)[:4])
	}
	return print
}

// canonical is all of a mapping that decides what it makes of a row.
func (m *Mapping) canonical() string {
	var b strings.Builder
	fmt.Fprintf(&b, "1 %s\n", m.input.canonical())
	for _, j := range m.joins {
		fmt.Fprintf(&b, "join %q %s %q %q %q %q %t\n", j.Name, j.shape.canonical(), j.where.text, j.key.text, j.to.text, j.keep, j.many)
	}
	for _, l := range m.lets {
		fmt.Fprintf(&b, "let %q %q\n", l.name, l.value.text)
	}
	for _, r := range m.rules {
		fmt.Fprintf(&b, "rule %d %q %q\n", r.verb, r.when.text, r.reason)
	}
	for _, f := range m.fields {
		fmt.Fprintf(&b, "field %s %q %q %q %q %t\n", f.column, f.value.text, f.when.text, f.verified.text, f.unverified.text, f.leaveOut)
	}
	for _, c := range m.constants {
		fmt.Fprintf(&b, "constant %s %q\n", c.column, c.cell.Text)
	}
	for _, c := range m.defaults {
		fmt.Fprintf(&b, "default %s %q\n", c.column, c.cell.Text)
	}
	return b.String()
}

func (s *shape) canonical() string {
	text := fmt.Sprintf("%q %q %q %q %q %q %t", s.header, s.delimiter, s.null, s.at, s.lift, s.optional, s.ignore)
	if s.escaped {
		text += " escaped"
	}
	return text
}
