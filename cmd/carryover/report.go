package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"carryover/checkpoint"
	"carryover/migrate/report"
)

type reportOptions struct {
	inputFlags
	outputFlags
	pageFlags
	rejectFlags
	checkpoint string
	form       string
	asPage     bool // the form is html
	force      bool
	idMap      string
	idTable    string
	idColumns  string

	path   string   // of the checkpoint
	inputs []string // as they are named on the command line
}

func newReport(ui *console) *cobra.Command {
	var o reportOptions
	cmd := &cobra.Command{
		Use:   "report [FILE…|CHECKPOINT [FILE…]]",
		Short: "What came of a migration: summary, rejected rows, ids",
		Long: `Report what the checkpoint of an input knows, after a run, after any kind of
stop, or while one is going on. Nothing is sent and no key is needed. Without an
argument it is the only checkpoint of this folder.

--format json is one document; jsonl has a line for every row that has been sent
or refused, and the same document as its last line. --output says the same, and --format goes first.
--format html is one page to open in a browser or to send: outcomes, throughput,
latency and failures over time, the problems and what to do about them, and what
the data is made of. It needs no network and runs no script. Ids in it are masked;
--pii full shows them. --html OUT writes it to a file beside the result.

--rejects OUT writes the rows that were rejected or met a conflict: the columns
and values as they stand in the input, to the byte, behind columns carryover_…
that say why. Correct them and run that file as an input of its own, with the
same flags; the added columns are passed over. The rows are read from the input
again, which must be the very one of the checkpoint, so name it; where it was
read with --from or --mapping, give those flags as well. Rows of CSV are written
as CSV, rows of JSON as JSON lines, entries of LDIF as LDIF (with comments above
them in the place of columns), and where files have different columns each kind
into a file of its own (OUT-2.csv). Cells are not marked where they begin
like a formula, as that would alter what is fed back: import the file into a
spreadsheet as text.

Secrets are written as ***, in columns of passwords, digests, TOTP secrets and
backup codes, in those that a mapping makes them of, and in columns that nothing
reads but whose name sounds like a secret. A row with *** in the place of a
secret is refused when it is run. --include-secrets writes them as they are:
passwords and digests are then in that file, which only its owner can read
(0600); delete it when it has been run. A record that could not be read at all is
given back only with that flag where the input has secrets, since nobody can
tell which part of it is one; otherwise it is named.

--id-map OUT writes which user of Clerk each row came to, whether it was made,
updated, found unchanged, or is the one that the row is in conflict with: .csv or
.jsonl (external_id, user_id, state, line, and whether the external_id was
generated), or .sql: UPDATE statements in one transaction, for PostgreSQL and
SQLite, with rows in conflict or unfinished as comments. How many rows no user is
known for, and why, is said behind the name of the file. In CSV,
an id that begins like a formula gets an apostrophe; the other forms do not.

Exit status
  0  shown
  2  there is no such checkpoint, or a file cannot be written
  6  the file is not a checkpoint of this version, or the input is another one`,
		Example: `  carryover report users.csv
  carryover report users.csv --format json
  carryover report users.csv --html report.html
  carryover report users.csv --rejects fix.csv --include-secrets
  carryover report users.json --from firebase --param-file params.txt --rejects fix.jsonl
  carryover report users.csv --id-map ids.sql --id-map-table users --id-map-columns id,clerk_id`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case o.form == "html" && cmd.Flags().Changed("format"):
				o.asPage, o.format = true, "text"
			case cmd.Flags().Changed("format"):
				o.format = o.form // it says the same, and is the nearer one
			}
			return runReport(cmd.Context(), ui, &o, args)
		},
	}
	flags := cmd.Flags()
	o.inputFlags.add(flags)
	o.addStream(flags)
	flags.StringVar(&o.form, "format", "text", "form of the report: text, json, jsonl or html")
	o.pageFlags.add(flags, "the report")
	flags.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint file (default: that of the first input)")
	o.rejectFlags.add(flags, "rejected rows, and those in conflict,")
	flags.StringVar(&o.idMap, "id-map", "", "write which external_id is which user_id of Clerk to this file (.csv, .jsonl or .sql)")
	flags.StringVar(&o.idTable, "id-map-table", "", "for .sql: your table of users, TABLE or SCHEMA.TABLE")
	flags.StringVar(&o.idColumns, "id-map-columns", "", "for .sql: its columns for the legacy id and for Clerk's, KEY,CLERK_ID")
	flags.BoolVar(&o.force, "force", false, "replace these files if they are there")
	return cmd
}

func runReport(ctx context.Context, ui *console, o *reportOptions, args []string) (err error) {
	if err := o.apply(ui); err != nil {
		return err
	}
	defer func() {
		err = o.refused(ui, err, &report.Document{Command: "report", Input: report.Input{Files: o.inputs}})
	}()
	if err := o.pageFlags.check(); err != nil {
		return err
	}
	columns, err := o.columnsOfIDs()
	if err == nil {
		err = errors.Join(o.rejectFlags.check(), o.find(args))
	}
	if err != nil {
		return err
	}
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	reader, err := checkpoint.OpenReader(soft, o.path)
	if err != nil {
		return checkpointError(err)
	}
	defer func() { _ = reader.Close() }()
	doc, err := reportDocument(soft, reader, o.path)
	if err != nil {
		return checkpointError(err)
	}
	if len(o.inputs) > 0 {
		doc.Input.Files = o.inputs
	}
	if err := lookBack(soft, reader, doc, o.inputs); err != nil {
		return checkpointError(err)
	}
	if err := o.writeFiles(soft, ui, reader, columns, doc); err != nil {
		return interrupted(soft, err)
	}
	if o.asPage {
		return o.writePage(soft, ui, reader, doc)
	}
	if o.lines != nil {
		if err := o.tellRows(soft, reader); err != nil {
			return interrupted(soft, checkpointError(err))
		}
	}
	if o.format == "text" {
		fmt.Fprintf(ui.out, "%s  %s  instance %s\n", report.Clean(o.path), describeDocument(doc), report.Clean(doc.Target.InstanceID))
	}
	return o.write(ui.out, doc)
}

// tellRows writes a line for each row that the checkpoint knows.
func (o *reportOptions) tellRows(ctx context.Context, r *checkpoint.Reader) error {
	stored, err := readKept(ctx, r)
	if err != nil {
		return err
	}
	if len(stored.Files) > 1 {
		o.lines.FileOf = stored.Files.Of
	}
	for result, err := range r.Results(ctx) {
		if err != nil {
			return err
		}
		o.lines.Row(&result)
	}
	return nil
}

// find tells from the arguments which checkpoint is meant, and which inputs.
func (o *reportOptions) find(args []string) error {
	if len(args) > 0 {
		o.inputs = args
	}
	switch {
	case o.checkpoint != "":
		exists, err := checkpoint.Exists(o.checkpoint)
		if err != nil {
			return placeError(err)
		}
		if !exists {
			return usagef("there is no checkpoint %s", o.checkpoint)
		}
		o.path = o.checkpoint
		return nil
	case len(args) == 0:
		var err error
		o.path, err = onlyCheckpoint("report")
		return err
	}
	var err error
	if o.path, err = findCheckpoint(args[0]); err == nil && o.path == args[0] {
		o.inputs = args[1:]
	}
	return err
}

// writeFiles writes the files that were asked for, and adds them to the document.
func (o *reportOptions) writeFiles(ctx context.Context, ui *console, r *checkpoint.Reader, columns report.IDColumns, doc *report.Document) error {
	if o.rejects != "" {
		if err := o.writeRejects(ctx, ui, r, doc); err != nil {
			return err
		}
	}
	if o.idMap != "" {
		if err := o.writeIDMap(ctx, ui, r, columns, doc); err != nil {
			return err
		}
	}
	if o.html == "" {
		return nil
	}
	file, err := o.createPage(o.force, append(o.files(), o.inputs...)...)
	if err != nil {
		return err
	}
	defer file.drop()
	page := o.page(doc)
	if err := readPage(ctx, r, page); err != nil {
		return checkpointError(err)
	}
	return file.write(ui, page)
}

// writePage writes the page to standard output.
func (o *reportOptions) writePage(ctx context.Context, ui *console, r *checkpoint.Reader, doc *report.Document) error {
	page := o.page(doc)
	if err := readPage(ctx, r, page); err != nil {
		return interrupted(ctx, checkpointError(err))
	}
	if err := report.HTML(ui.out, page); err != nil {
		return fmt.Errorf("the result cannot be written: %w", unwrapPath(err))
	}
	return nil
}

// reportDocument is what a checkpoint knows of all runs.
func reportDocument(ctx context.Context, r *checkpoint.Reader, path string) (*report.Document, error) {
	doc, _, err := statusDocument(ctx, r, path)
	if err != nil {
		return nil, err
	}
	doc.Command = "report"
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	doc.Requests = &report.Requests{ByStatus: map[string]int64{}}
	for _, s := range sessions {
		for status, n := range s.Requests {
			doc.Requests.ByStatus[strconv.Itoa(status)] += n
			doc.Requests.Total += n
		}
		if s.State == checkpoint.Running && doc.State != "running" {
			s.State = checkpoint.Killed
		}
		doc.Sessions = append(doc.Sessions, sessionOf(s))
		if s.Latency.Max > 0 {
			doc.LatencyMS = latencyOf(s.Latency)
		}
	}
	stored, err := readKept(ctx, r)
	if err != nil {
		return nil, err
	}
	doc.Thresholds = thresholds(doc, stored.run.MaxRejects)
	if doc.Seconds > 0 {
		doc.Rate = float64(doc.Requests.Total) / doc.Seconds
	}
	return doc, nil
}

func sessionOf(s checkpoint.Session) report.Session {
	out := report.Session{
		Version: s.Version, Command: s.Args, Host: s.Host, StartedAt: s.StartedAt.UTC(), State: s.State, Reason: s.Reason,
		Seconds: sessionLength(s).Seconds(), LatencyMS: latencyOf(s.Latency),
	}
	if !s.EndedAt.IsZero() {
		out.EndedAt = s.EndedAt.UTC()
	}
	for _, n := range s.Requests {
		out.Requests += n
	}
	return out
}

func latencyOf(l checkpoint.Latency) *report.Latency {
	return &report.Latency{P50: milliseconds(l.P50), P95: milliseconds(l.P95), P99: milliseconds(l.P99), Max: milliseconds(l.Max)}
}

// resumeCommand is the command line of the last run, where the checkpoint keeps
// it; else "".
func resumeCommand(sessions []checkpoint.Session) string {
	if len(sessions) == 0 {
		return ""
	}
	if line := sessions[len(sessions)-1].Args; strings.HasPrefix(line, "carryover ") {
		return line
	}
	return ""
}

// columnsOfIDs reads the flags of --id-map.
func (o *reportOptions) columnsOfIDs() (report.IDColumns, error) {
	c := report.IDColumns{Table: o.idTable}
	ext := strings.ToLower(filepath.Ext(o.idMap))
	key, id, two := strings.Cut(o.idColumns, ",")
	c.Key, c.UserID = strings.TrimSpace(key), strings.TrimSpace(id)
	switch {
	case ext != ".sql" && (o.idTable != "" || o.idColumns != ""):
		return c, usagef("--id-map-table and --id-map-columns are for --id-map OUT.sql")
	case o.idMap == "":
	case ext != ".csv" && ext != ".jsonl" && ext != ".sql":
		return c, usagef("--id-map %s: the name must end in .csv, .jsonl or .sql", o.idMap)
	case ext != ".sql":
	case o.idTable == "" || o.idColumns == "":
		return c, usagef("--id-map %s needs to know your table", o.idMap).hint("add --id-map-table TABLE --id-map-columns KEY,CLERK_ID")
	case !two || c.Key == "" || c.UserID == "" || strings.Contains(c.UserID, ","):
		return c, usagef("--id-map-columns %q: name two columns, KEY,CLERK_ID", o.idColumns)
	case strings.HasPrefix(c.Table, ".") || strings.HasSuffix(c.Table, ".") || strings.Contains(c.Table, ".."):
		return c, usagef("--id-map-table %q: write TABLE or SCHEMA.TABLE", c.Table)
	}
	return c, nil
}

// writeIDMap writes the file of --id-map.
func (o *reportOptions) writeIDMap(ctx context.Context, ui *console, r *checkpoint.Reader, columns report.IDColumns, doc *report.Document) error {
	file, err := createOutput(o.idMap, o.force, append(o.files(), o.inputs...)...)
	if err != nil {
		return err
	}
	defer file.drop()
	ids, _, err := report.NewIDMap(file, o.idMap, columns)
	if err != nil {
		return file.fail(exitUnexpected, err)
	}
	n := int64(0)
	var mapped checkpoint.Counts
	for result, err := range r.WithUser(ctx) {
		if err != nil {
			return checkpointError(err)
		}
		if err := ids.Write(&result); err != nil {
			return file.fail(exitUnexpected, err)
		}
		n++
		mapped[result.State]++
	}
	stored, err := r.Counts(ctx)
	if err != nil {
		return checkpointError(err)
	}
	if err := ids.Close(); err != nil {
		return file.fail(exitUnexpected, err)
	}
	if err := file.keep(); err != nil {
		return err
	}
	if marked := report.Marked(ids); marked > 0 {
		ui.say("%s ids begin like a formula and have an apostrophe in %s; .jsonl and .sql hold them as they are", report.Number(marked), report.Clean(o.idMap))
	}
	meaning := "which external_id is which user_id of Clerk (rows: " + report.Number(n) + ")"
	if without := report.Unmapped(stored, mapped); without != "" {
		meaning += "; " + without
	}
	doc.Next = slices.DeleteFunc(doc.Next, func(s report.Step) bool { return strings.Contains(s.Command, " --id-map ") })
	doc.Files = append(doc.Files, report.File{Path: o.idMap, Meaning: meaning})
	return nil
}
