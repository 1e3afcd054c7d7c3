package main

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// A giveBack writes refused rows back, into a file for each kind of input.
type giveBack struct {
	rejectFlags
	force  bool
	masked func(name string) bool // nil for nothing
	shape  *source.Shape
	read   []string // files that must not be replaced
	kinds  []*rejectKind

	rows, unread, noUsers int64
	hidden                []int64 // lines of records that cannot be given back
}

// A rejectKind is the rows that one file can hold.
type rejectKind struct {
	form   string         // csv, jsonl or ldif
	header *source.Header // of csv
	path   string
	file   *output
	writer report.RejectWriter
	mask   bool // a column is masked
}

// giveBack begins to give rows back of an input that is read in a way. drop must
// be called.
func (f *rejectFlags) giveBack(in *inputFlags, rules migrate.Rules, force bool, read []string) *giveBack {
	g := &giveBack{rejectFlags: *f, force: force, read: read}
	if in.mapped != nil {
		g.shape = in.mapped.Shape()
	}
	if !f.secrets {
		g.masked = masks(rules, g.shape)
	}
	return g
}

// masks returns which columns of an input hold secrets: those that secrets are
// made of, and those that nothing reads but that are called like one.
func masks(rules migrate.Rules, shape *source.Shape) func(name string) bool {
	var secrets []string
	if mapper := mapperOf(rules); mapper != nil {
		secrets = mapper.Secrets()
	}
	in := func(list []string, name string) bool {
		return slices.ContainsFunc(list, func(other string) bool { return source.PlainName(other) == source.PlainName(name) })
	}
	return func(name string) bool {
		column, known := source.LookupColumn(name)
		switch {
		case in(secrets, name):
			return true
		case shape != nil && in(shape.Columns, name):
			return false
		case known && column.Secret():
			return true
		case known && (shape == nil || !shape.OnlyColumns):
			return false
		default:
			return source.SeemsSecret(name)
		}
	}
}

// write reads the input and the refused rows side by side: both are in the order
// of the rows.
func (g *giveBack) write(ctx context.Context, in *source.Input, refused iter.Seq2[migrate.Result, error]) error {
	next, stop := iter.Pull2(refused)
	defer stop()
	result, failed, more := next()
	wanted := func(number int64) bool {
		for more && failed == nil && result.Row < number {
			result, failed, more = next()
		}
		return more && failed == nil && result.Row == number
	}
	for record, err := range in.Records(ctx, func(number int64) bool { return !wanted(number) }) {
		if err != nil {
			return fileError(exitMismatch, err)
		}
		if err := g.add(&result, record); err != nil {
			return err
		}
	}
	return failed
}

// add writes one row.
func (g *giveBack) add(result *migrate.Result, record *source.Record) error {
	if result.Row != record.Number { // never a reason with another row
		return exit(exitUnexpected, fmt.Errorf("row %d of the input met what is known of row %d; this is a bug", record.Number, result.Row))
	}
	if record.Err != nil && record.Err.NoUser() {
		g.noUsers++
		return nil
	}
	k, err := g.kind(record)
	if err != nil {
		return err
	}
	switch {
	case record.Err == nil || record.Err.WholeCells() && k.form == "csv":
		g.rows++
		var cells []string
		if k.form == "csv" {
			cells = record.Cells()
		}
		return k.failed(k.writer.Row(result, record.Raw, cells))
	case k.form == "jsonl" && k.writer.Row(result, record.Raw, nil) == nil: // it is an object all the same
		g.rows++
		return nil
	}
	if g.masked != nil && (k.mask || k.form != "csv") || record.Raw == "" {
		g.hidden = append(g.hidden, record.Line)
		return nil
	}
	g.rows++
	g.unread++
	return k.failed(k.writer.Unread(result, record.Raw))
}

func (k *rejectKind) failed(err error) error {
	if err != nil {
		return k.file.fail(exitUnexpected, err)
	}
	return nil
}

// kind returns the file that a record goes into, and begins it.
func (g *giveBack) kind(record *source.Record) (*rejectKind, error) {
	form := rejectForm(record)
	for _, k := range g.kinds {
		if k.form == form && k.header.Same(record.Header) {
			return k, nil
		}
	}
	k := &rejectKind{form: form, header: record.Header}
	var err error
	if k.path, err = g.path(form, record.File); err != nil {
		return nil, err
	}
	if k.file, err = createOutput(k.path, g.force, g.read...); err != nil {
		return nil, err
	}
	g.kinds = append(g.kinds, k)
	own := func(name string) bool {
		return source.IsOwn(name) && (g.shape == nil || !slices.Contains(g.shape.Columns, name))
	}
	switch form {
	case "ldif":
		k.writer = report.NewRejectEntries(k.file, g.masked)
		return k, nil
	case "jsonl":
		members := report.Members{Masked: g.masked, Left: own}
		if g.shape != nil {
			members.Lift = g.shape.Lift
		}
		k.writer = report.NewRejectLines(k.file, members)
		return k, nil
	}
	table := report.Table{Comma: record.Header.Comma, Told: record.Header.Told, Escaped: record.Header.Escaped, Cells: record.Header.Cells}
	if g.shape != nil {
		table.Null = g.shape.Null
	}
	for _, name := range record.Header.Names {
		mask := g.masked != nil && g.masked(name)
		table.Masked, table.Left = append(table.Masked, mask), append(table.Left, own(name))
		k.mask = k.mask || mask
	}
	k.writer, err = report.NewRejectTable(k.file, table)
	return k, k.failed(err)
}

// rejectForm returns the form that a record is written back in.
func rejectForm(record *source.Record) string {
	switch {
	case record.LDIF:
		return "ldif"
	case record.Header == nil:
		return "jsonl"
	default:
		return "csv"
	}
}

// formNamed returns the form that the end of a name says.
func formNamed(name string) string {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".json", ".jsonl", ".ndjson":
		return "jsonl"
	case ".ldif", ".ldf":
		return "ldif"
	default:
		return "csv"
	}
}

// path returns the name of the file for another kind of rows.
func (g *giveBack) path(form, of string) (string, error) {
	ext, same := filepath.Ext(g.rejects), formNamed(g.rejects) == form
	if n := len(g.kinds); n > 0 {
		base := strings.TrimSuffix(g.rejects, ext)
		if !same {
			ext = "." + form
		}
		return fmt.Sprintf("%s-%d%s", base, n+1, ext), nil
	}
	if !same {
		return "", usagef("the rows of %s are written as %s, which --rejects %s does not say", report.Clean(of), formNames[form], g.rejects).
			hint("name a file that ends in ." + form)
	}
	return g.rejects, nil
}

var formNames = map[string]string{"csv": "CSV", "jsonl": "JSON lines", "ldif": "LDIF"}

func (g *giveBack) drop() {
	for _, k := range g.kinds {
		k.file.drop()
	}
}

// keep makes the files appear at their places, and tells what they hold and what
// to do with them. more are flags that the command that sends them takes.
func (g *giveBack) keep(ui *console, doc *report.Document, more []string) error {
	for _, k := range g.kinds {
		if err := k.file.keep(); err != nil {
			return err
		}
	}
	g.tell(ui, doc, more)
	return nil
}

func (g *giveBack) tell(ui *console, doc *report.Document, more []string) {
	if g.noUsers > 0 {
		ui.say("Left out, since there is no user in them: %s (repeated headers, or records without any value)",
			report.Plural(g.noUsers, "refused record", "refused records"))
	}
	if n := len(g.hidden); n > 0 {
		ui.say("%s not be read, and not given back: nobody can tell which part of them is secret, or they are too large (%s); "+
			"--include-secrets writes those that can be written", report.Plural(int64(n), "record could", "records could"), listOf("lines", shownLines(g.hidden)))
	}
	if g.rows == 0 {
		g.drop()
		ui.say("no row is to be given back: %s was not written", report.Clean(g.rejects))
		return
	}
	var paths []string
	for _, k := range g.kinds {
		paths = append(paths, k.path)
		meaning := "refused rows as they stand in the input, each with its reason"
		if g.secrets {
			meaning += "; WITH THEIR SECRETS: delete it when it has been run"
		} else if k.mask || k.form != "csv" {
			meaning += "; secrets are masked as ***, and a row with one of those is refused: put the values back, or use --include-secrets"
		}
		doc.Files = append(doc.Files, report.File{Path: k.path, Meaning: meaning})
	}
	args := slices.Concat([]string{"run"}, paths, flagsOf(ui.args, append(slices.Clone(readingFlags), "rewrite-digests", "strict", "allow-notifications")...))
	args = append(args, more...)
	doc.Next = append([]report.Step{{
		Command: commandLine(args), Does: "sends the refused rows again (" + report.Number(g.rows) + "), once they are corrected, with a checkpoint of their own",
	}}, slices.DeleteFunc(doc.Next, func(s report.Step) bool { return strings.Contains(s.Command, " --rejects ") })...)
}

func shownLines(lines []int64) []string {
	shown := make([]string, 0, linesShown)
	for _, line := range lines[:min(linesShown, len(lines))] {
		shown = append(shown, fmt.Sprint(line))
	}
	return shown
}
