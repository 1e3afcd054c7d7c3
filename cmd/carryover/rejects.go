package main

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// checkRejects checks the flags of --rejects.
func (o *reportOptions) checkRejects() error {
	switch {
	case o.secrets && o.rejects == "":
		return usagef("--include-secrets is about the file of --rejects").hint("no other output ever holds a secret")
	case o.rejects != "" && filepath.Ext(o.rejects) == "":
		return usagef("--rejects %s: the name must end in .csv, or .jsonl where the input is JSON, or .ldif", o.rejects)
	}
	return nil
}

// A giveBack writes refused rows back, into a file for each kind of input.
type giveBack struct {
	o      *reportOptions
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

// writeRejects writes the files of --rejects.
func (o *reportOptions) writeRejects(ctx context.Context, ui *console, r *checkpoint.Reader, doc *report.Document) error {
	in, rules, err := o.openOriginal(ctx, r)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	g := &giveBack{o: o, read: append(o.files(), o.inputs...)}
	if o.mapped != nil {
		g.shape = o.mapped.Shape()
	}
	if !o.secrets {
		g.masked = masks(rules, g.shape)
	}
	defer g.drop()
	if err := g.write(ctx, in, r); err != nil {
		return err
	}
	for _, k := range g.kinds {
		if err := k.file.keep(); err != nil {
			return err
		}
	}
	g.tell(ui, doc, r.Identity())
	return nil
}

// openOriginal opens the input of the checkpoint again.
func (o *reportOptions) openOriginal(ctx context.Context, r *checkpoint.Reader) (*source.Input, migrate.Rules, error) {
	var none migrate.Rules
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return nil, none, checkpointError(err)
	}
	last := ""
	if line := resumeCommand(sessions); line != "" {
		last = "the last run was: " + line
	}
	if len(o.inputs) == 0 {
		return nil, none, usagef("--rejects reads the rows from the input again: name it").
			hint(fmt.Sprintf("carryover report %s FILE… --rejects %s", shellQuote(o.path), shellQuote(o.rejects)), last)
	}
	id := r.Identity()
	rules, err := o.rules(time.Now())
	if err != nil {
		return nil, none, err
	}
	if id.Mapping != "" && o.mapped == nil {
		return nil, none, usagef("the input of %s was read with --from or --mapping, and the checkpoint keeps only a hash of that", o.path).
			hint("give these flags here as well", last)
	}
	if err := o.openMapping(ctx, &rules); err != nil {
		return nil, none, err
	}
	if mapper := mapperOf(rules); mapper != nil && mapper.Print() != id.Mapping {
		return nil, none, exit(exitMismatch, fmt.Errorf("the checkpoint %s was made with another mapping, or other parameters of it", o.path)).hint(last)
	}
	in, err := o.open(o.inputs, nil)
	if err != nil {
		return nil, none, err
	}
	print, err := in.Fingerprint(ctx)
	if err == nil {
		print = withJoins(print, rules)
		if hex.EncodeToString(print.SHA256[:]) == id.InputSHA256 && print.Size == id.InputSize {
			return in, rules, nil
		}
		err = exit(exitMismatch, fmt.Errorf("%s is not the input that checkpoint %s was made for", strings.Join(o.inputs, ", "), o.path)).
			hint("rows could be mixed up: give the very file, and several in the order of the run",
				"if it has changed since, run it with --delta first", last)
	}
	_ = in.Close()
	return nil, none, fileError(exitUsage, err)
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

// write reads the input and the refused rows of the checkpoint side by side:
// both are in the order of the rows.
func (g *giveBack) write(ctx context.Context, in *source.Input, r *checkpoint.Reader) error {
	next, stop := iter.Pull2(r.Refused(ctx))
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
	return checkpointError(failed)
}

// add writes one row.
func (g *giveBack) add(result *migrate.Result, record *source.Record) error {
	if result.Row != record.Number { // never a reason with another row
		return exit(exitUnexpected, fmt.Errorf("row %d of the input met row %d of the checkpoint; this is a bug", record.Number, result.Row))
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
	if k.file, err = createOutput(k.path, g.o.force, append(g.read, g.o.path)...); err != nil {
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
	ext, same := filepath.Ext(g.o.rejects), formNamed(g.o.rejects) == form
	if n := len(g.kinds); n > 0 {
		base := strings.TrimSuffix(g.o.rejects, ext)
		if !same {
			ext = "." + form
		}
		return fmt.Sprintf("%s-%d%s", base, n+1, ext), nil
	}
	if !same {
		return "", usagef("the rows of %s are written as %s, which --rejects %s does not say", report.Clean(of), formNames[form], g.o.rejects).
			hint("name a file that ends in ." + form)
	}
	return g.o.rejects, nil
}

var formNames = map[string]string{"csv": "CSV", "jsonl": "JSON lines", "ldif": "LDIF"}

func (g *giveBack) drop() {
	for _, k := range g.kinds {
		k.file.drop()
	}
}

// tell says what the files hold, and what to do with them.
func (g *giveBack) tell(ui *console, doc *report.Document, id checkpoint.Identity) {
	if g.noUsers > 0 {
		ui.say("%s refused records are left out, since they hold no user: repeated headers, or records without any value", report.Number(g.noUsers))
	}
	if n := len(g.hidden); n > 0 {
		ui.say("%s records could not be read, and are not given back: nobody can tell which part of them is secret, or they are too large (%s); "+
			"--include-secrets writes those that can be written", report.Number(int64(n)), listOf("lines", shownLines(g.hidden)))
	}
	if g.rows == 0 {
		g.drop()
		ui.say("no row is to be given back: %s was not written", report.Clean(g.o.rejects))
		return
	}
	var paths []string
	for _, k := range g.kinds {
		paths = append(paths, k.path)
		meaning := "refused rows as they stand in the input, each with its reason"
		if g.o.secrets {
			meaning += "; WITH THEIR SECRETS: delete it when it has been run"
		} else if k.mask || k.form != "csv" {
			meaning += "; secrets are masked as ***, and a row with one of those is refused: put the values back, or use --include-secrets"
		}
		doc.Files = append(doc.Files, report.File{Path: k.path, Meaning: meaning})
	}
	args := slices.Concat([]string{"run"}, paths, flagsOf(ui.args, append(slices.Clone(readingFlags), "rewrite-digests", "strict", "allow-notifications")...))
	if id.KeyKind == "sandbox" {
		args = append(args, "--sandbox")
	}
	if id.Mode != migrate.Upsert.String() {
		args = append(args, "--mode", id.Mode)
	}
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
