package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/migrate/mapping"
	"carryover/migrate/report"
	"carryover/source"
)

// paramFlag is for values that may be secrets of the legacy system, such as a
// pepper.
const paramFlag = "param"

// mappingFlags say how the records of another system become users.
type mappingFlags struct {
	from       string
	mapping    string
	params     pairs
	paramFile  string
	joins      pairs
	unverified string
	noPassword string
	noTOTP     string

	mapped   *mapping.Mapping // nil where the columns are Clerk's
	settings mapping.Settings
}

func (f *mappingFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "from", "", "legacy system that the users come from; see carryover help presets")
	flags.StringVar(&f.mapping, "mapping", "", "file that says what each property is made of; see carryover help mapping")
	f.params = pairs{what: "parameter"}
	flags.Var(&f.params, paramFlag, "value that the mapping or a rewrite needs, NAME=VALUE; may be repeated")
	flags.StringVar(&f.paramFile, "param-file", "", "file of such values, NAME=VALUE a line; the place for secret ones")
	f.joins = pairs{what: "join"}
	flags.Var(&f.joins, "join", "second file that the mapping reads, NAME=FILE; may be repeated")
	flags.StringVar(&f.unverified, "unverified", "drop", "addresses that nobody has proved: drop (left out where the user has another identifier), or reserved")
	flags.StringVar(&f.noPassword, "no-password", "reject", "users whose digest Clerk cannot take: reject, or without a password")
	flags.StringVar(&f.noTOTP, "no-totp", "reject", "users whose second factor is not of Clerk's kind: reject, or without it")
}

// readMapping reads the mapping and gives it its parameters, so that what is
// wrong with them is known before any input is read.
func (f *mappingFlags) readMapping(rules *migrate.Rules) error {
	without := func(flag, value string) (bool, error) {
		if value != "reject" && value != "without" {
			return false, usagef("unknown --%s %q: use reject or without", flag, value)
		}
		return value == "without", nil
	}
	var err error
	if rules.WithoutPassword, err = without("no-password", f.noPassword); err != nil {
		return err
	}
	if rules.WithoutTOTP, err = without("no-totp", f.noTOTP); err != nil {
		return err
	}
	if f.unverified != "drop" && f.unverified != "reserved" {
		return usagef("unknown --unverified %q: use drop or reserved", f.unverified)
	}
	params, err := f.allParams()
	if err != nil {
		return err
	}
	switch {
	case f.from != "" && f.mapping != "":
		return usagef("--from and --mapping are given together").hint("write extends: " + f.from + " into the mapping, and leave --from out")
	case f.from != "":
		f.mapped, err = mapping.Preset(f.from)
	case f.mapping != "":
		f.mapped, err = readMappingFile(f.mapping)
	case len(f.joins.values) > 0:
		return usagef("--join needs --from or --mapping")
	}
	if err != nil {
		return mappingError(err)
	}
	rules.RewriteParams = map[string]string{}
	own := map[string]string{}
	for name, value := range params {
		switch forRewrite := f.rewriteParam(rules.Rewrites, name); {
		case f.mapped != nil && f.declares(name):
			own[name] = value
		case forRewrite:
			rules.RewriteParams[name] = value
		case f.mapped != nil:
			own[name] = value // the mapping says that it does not know it
		default:
			return usagef("nothing needs the parameter %s", name).hint("--from, --mapping and --rewrite-digests have parameters")
		}
	}
	if f.mapped == nil {
		return nil
	}
	f.settings = mapping.Settings{
		Params: own, Joins: f.joins.values, Now: rules.Now, Mode: rules.Mode, Reserve: f.unverified == "reserved",
		WithoutPassword: rules.WithoutPassword, WithoutTOTP: rules.WithoutTOTP,
	}
	return mappingError(f.mapped.Check(f.settings))
}

// files are those that are read beside the input.
func (f *mappingFlags) files() []string {
	files := slices.Collect(maps.Values(f.joins.values))
	for _, file := range []string{f.mapping, f.paramFile} {
		if file != "" {
			files = append(files, file)
		}
	}
	return files
}

func (f *mappingFlags) declares(name string) bool {
	return slices.ContainsFunc(f.mapped.Params(), func(p mapping.Param) bool { return p.Name == name })
}

// rewriteParam reports whether one of the rewrites has a parameter of a name.
func (f *mappingFlags) rewriteParam(rewrites []string, name string) bool {
	return slices.ContainsFunc(hashers.Rewrites(), func(r hashers.Rewrite) bool {
		return slices.Contains(rewrites, r.Name) && slices.ContainsFunc(r.Params, func(p hashers.Param) bool { return p.Name == name })
	})
}

// openMapping reads the second files and lets the mapping make the rows.
func (f *mappingFlags) openMapping(ctx context.Context, rules *migrate.Rules) error {
	if f.mapped == nil {
		return nil
	}
	mapper, err := f.mapped.Open(ctx, f.settings)
	if err != nil {
		return mappingError(err)
	}
	rules.Mapper = mapper
	return nil
}

// mapper returns the mapping at work, or nil.
func mapperOf(rules migrate.Rules) *mapping.Mapper {
	m, _ := rules.Mapper.(*mapping.Mapper)
	return m
}

const maxMappingFile = 1 << 20

func readMappingFile(path string) (*mapping.Mapping, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxMappingFile {
		return nil, usagef("%s is too large to be a mapping", path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, usage(fmt.Errorf("cannot read the mapping %s: %w", path, unwrapPath(err)))
	}
	return mapping.Read(path, string(text))
}

// allParams joins --param and --param-file.
func (f *mappingFlags) allParams() (map[string]string, error) {
	all := map[string]string{}
	for name, value := range f.params.values {
		all[name] = value
	}
	if f.paramFile == "" {
		return all, nil
	}
	file, err := os.Open(f.paramFile)
	if err != nil {
		return nil, usage(fmt.Errorf("cannot read %s: %w", f.paramFile, unwrapPath(err)))
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, usagef("%s:%d: this is not NAME=VALUE", f.paramFile, n)
		}
		if _, twice := all[name]; twice {
			return nil, usagef("%s:%d: the parameter %s is given twice", f.paramFile, n, report.Clean(name))
		}
		all[name] = strings.TrimSpace(value)
	}
	if lines.Err() != nil {
		return nil, usagef("cannot read %s: a line is too long", f.paramFile)
	}
	return all, nil
}

// mappingError gives what is wrong with a mapping its exit code, and shows the
// place.
func mappingError(err error) error {
	var in *mapping.Error
	var settings *mapping.SettingsError
	var record *source.RowError
	switch {
	case errors.As(err, &in):
		return exit(exitUsage, errors.New(in.Error())).hint(strings.Split(in.Snippet, "\n")...).hint(in.Hint)
	case errors.As(err, &settings):
		return usagef("%s", settings.Message).hint(settings.Hint)
	case errors.As(err, &record):
		return usagef("%s:%d: %s", record.File, record.Line, record.Message).hint(record.Hint)
	}
	return fileError(exitUsage, err)
}

// columnError shows where the mapping names a column that a file does not have.
func (f *mappingFlags) columnError(err error) error {
	var bad *source.FileError
	if f.mapped == nil || !errors.As(err, &bad) || bad.Column == "" {
		return fileError(exitUsage, err)
	}
	at := f.mapped.Where(bad.Column)
	if at == nil {
		return fileError(exitUsage, err)
	}
	e := usagef("%s:%d: %s", bad.File, bad.Line, bad.Message)
	if f.from == "" {
		return e.hint(namedAt(at)...).hint(bad.Hint, "if it may be missing, list it under input: optional")
	}
	if strings.HasPrefix(bad.Hint, "did you mean") {
		_ = e.hint(bad.Hint)
	}
	return e.hint(f.otherExport()...)
}

// otherExport is what to do where a preset does not fit a file: it cannot be
// edited, and more often the file is another.
func (f *mappingFlags) otherExport() []string {
	return []string{
		fmt.Sprintf("the preset %s reads this: %s", f.from, f.mapped.About()),
		fmt.Sprintf("if the file is such an export, but calls the column something else or has none, begin a mapping of your own with extends: %s", f.from),
	}
}

// namedAt shows a place in a mapping.
func namedAt(at *mapping.Error) []string {
	return append([]string{fmt.Sprintf("it is named at %s:%d:%d", at.File, at.Line, at.Column)}, strings.Split(at.Snippet, "\n")...)
}

// missingColumns refuses an input in which no record has a column that the
// mapping needs: JSON tells only at its end.
func (f *mappingFlags) missingColumns(in *source.Input, rows int64) error {
	if f.mapped == nil || rows == 0 {
		return nil
	}
	missing := in.Missing()
	if len(missing) == 0 {
		return nil
	}
	e := usagef("the mapping needs the column %q, which no record has", missing[0])
	if f.from != "" {
		return e.hint(f.otherExport()...)
	}
	if at := f.mapped.Where(missing[0]); at != nil {
		_ = e.hint(namedAt(at)...)
	}
	return e.hint("correct its name, or list it under input: optional if it may be missing")
}

// failedExpressions refuses to send rows that an expression of the mapping
// could not be computed for: the mapping is wrong, not the row.
func failedExpressions(groups []*migrate.Group) error {
	for _, g := range groups {
		if g.Code == "mapping_failed" && len(g.Lines) > 0 {
			return usagef("%s", g.Message).
				hint(fmt.Sprintf("this happens in line %d of %s, and in %s in all", g.Lines[0], report.Clean(g.Files[0]), rowsText(g.Count)),
					"correct the mapping; nothing was sent")
		}
	}
	return nil
}

// joinsOf tells how the second files were used.
func joinsOf(rules migrate.Rules) []report.Join {
	m := mapperOf(rules)
	if m == nil {
		return nil
	}
	var list []report.Join
	for _, j := range m.Joins() {
		list = append(list, report.Join(j))
	}
	return list
}

// name is what the report calls the mapping.
func (f *mappingFlags) name() string {
	if f.mapped == nil {
		return ""
	}
	return f.mapped.Name()
}

// pairs is a flag of NAME=VALUE, which may be repeated. The value is taken as
// it is, and never printed.
type pairs struct {
	what   string
	values map[string]string
}

// Set implements pflag.Value.
func (p *pairs) Set(text string) error {
	if text == "" { // an environment variable that is empty
		return nil
	}
	name, value, ok := strings.Cut(text, "=")
	name = strings.TrimSpace(name)
	if !ok || name == "" {
		return errors.New("write it as NAME=VALUE")
	}
	if _, twice := p.values[name]; twice {
		return fmt.Errorf("the %s %s is given twice", p.what, name)
	}
	if p.values == nil {
		p.values = map[string]string{}
	}
	p.values[name] = value
	return nil
}

// String implements pflag.Value. It shows nothing.
func (p *pairs) String() string { return "" }

// Type implements pflag.Value.
func (p *pairs) Type() string { return "NAME=VALUE" }
