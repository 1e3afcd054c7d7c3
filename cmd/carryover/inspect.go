package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"carryover/migrate"
	"carryover/migrate/mapping"
	"carryover/migrate/profile"
	"carryover/migrate/report"
	"carryover/source"
)

type inspectOptions struct {
	outputFlags
	maxRows      int64
	writeMapping string
	force        bool
}

func newInspect(ui *console) *cobra.Command {
	var o inspectOptions
	cmd := &cobra.Command{
		Use:   "inspect FILE…",
		Short: "Say what a file holds, which preset reads it, or write a mapping to begin with",
		Long: `Read files of which nothing is known yet (CSV, JSON, JSONL, LDIF; also .gz, .zst; - is
standard input), as a whole and offline, and say of each how it is written, which
columns it has, how full they are and of what kind, which digests it holds, which
preset (--from) reads it and why. No password, digest, second factor or token is
shown: columns that may hold one are masked, and addresses, numbers and names of
people are shortened.

With --write-mapping it writes a mapping to begin with: one that extends the
preset, or one that is guessed from names and values. Read it before you use it.

Exit status
  0  the files were inspected
  2  a file cannot be read, or not to its end; or a flag is wrong`,
		Example: `  carryover inspect users.csv
  carryover inspect users.csv --write-mapping legacy.yaml
  carryover inspect huge.jsonl.gz --max-rows 10000 --output json`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			return inspect(cmd.Context(), ui, &o, args)
		},
	}
	o.outputFlags.add(cmd.Flags())
	cmd.Flags().Int64Var(&o.maxRows, "max-rows", 0, "look at the first rows of each file only; 0 for all")
	cmd.Flags().StringVar(&o.writeMapping, "write-mapping", "", "write a mapping to begin with into this file")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the mapping's file if it is there")
	return cmd
}

func inspect(ctx context.Context, ui *console, o *inspectOptions, paths []string) error {
	if err := o.apply(ui); err != nil {
		return err
	}
	if o.maxRows < 0 {
		return usagef("--max-rows cannot be below zero")
	}
	start := time.Now()
	var draft *output
	if o.writeMapping != "" {
		var err error
		if draft, err = createOutput(o.writeMapping, o.force, paths...); err != nil {
			return err
		}
		defer draft.drop()
	}
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	warnReadable(ui, paths)
	doc := &report.Inspection{SchemaVersion: report.SchemaVersion, Command: "inspect", Files: []report.InspectedFile{}}
	var files []*inspected
	var failed error
	for _, path := range paths {
		f, err := o.look(soft, path)
		if f != nil {
			files = append(files, f)
		}
		if err != nil {
			failed = interrupted(soft, fileError(exitUsage, err))
			break
		}
	}
	for _, f := range files {
		f.advise(files, o.writeMapping)
		doc.Files = append(doc.Files, f.file)
	}
	doc.Seconds = time.Since(start).Seconds()
	if soft.Err() != nil || len(files) == 0 {
		return failed
	}
	if err := o.writeInspection(ui, doc); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	return o.keepMapping(ui, draft, files)
}

func (o *inspectOptions) writeInspection(ui *console, doc *report.Inspection) error {
	write := report.InspectionText
	if o.format == "json" {
		write = func(w io.Writer, doc *report.Inspection) error { return report.WriteJSON(w, doc) }
	}
	if err := write(ui.out, doc); err != nil {
		return fmt.Errorf("the result cannot be written: %w", unwrapPath(err))
	}
	return nil
}

// keepMapping writes the mapping of the one file that holds users.
func (o *inspectOptions) keepMapping(ui *console, draft *output, files []*inspected) error {
	if draft == nil {
		return nil
	}
	users := slices.DeleteFunc(slices.Clone(files), func(f *inspected) bool { return f.joins() != "" })
	if len(users) != 1 {
		return usagef("--write-mapping is for one file of users").hint("nothing was written; inspect each file by itself")
	}
	text := users[0].mapping()
	if _, err := mapping.Read(o.writeMapping, text); err != nil {
		return fmt.Errorf("the mapping that was made cannot be read: %w", err)
	}
	_, _ = draft.WriteString(text) // keep tells
	if err := draft.keep(); err != nil {
		return err
	}
	ui.say("a mapping to begin with is in %s; read it before you use it", report.Clean(o.writeMapping))
	return nil
}

// An inspected file is what is known of one, and what knows it.
type inspected struct {
	file    report.InspectedFile
	profile *profile.Profile
	shape   *source.Shape
}

// look reads a file. Where it cannot be read to its end, it returns what is
// known and why.
func (o *inspectOptions) look(ctx context.Context, path string) (*inspected, error) {
	in, form, err := source.Sniff(ctx, path, source.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = in.Close() }()
	presets := mapping.NewRecognizer()
	f := &inspected{file: formOf(path, form), shape: shapeFor(form, presets)}
	if err := in.As(f.shape); err != nil {
		return nil, err
	}
	if len(f.shape.At) > 0 {
		f.file.ArrayAt = strings.Join(f.shape.At, ".")
		for _, a := range form.Arrays {
			if at := strings.Join(a.At, "."); at != f.file.ArrayAt {
				f.file.OtherArrays = append(f.file.OtherArrays, fmt.Sprintf("%s (%s)", at, report.Number(a.Objects)))
			}
		}
	}
	f.profile = profile.New(presets)
	err = f.read(ctx, in, o.maxRows)
	f.file.Bytes, f.file.Rows = in.Size(), f.profile.Rows()
	f.file.Columns, f.file.MoreColumns, f.file.Digests = f.profile.Columns(), f.profile.Beyond(), f.profile.Digests()
	cells := 0
	if form.Cells > 0 && !form.Header {
		cells = form.Cells
	}
	f.file.Presets = suggestions(presets.Recognitions(cells))
	return f, err
}

// read profiles the records.
func (f *inspected) read(ctx context.Context, in *source.Input, most int64) error {
	broken := newGroups()
	defer func() { f.file.Problems = report.FromGroups(broken.list, false) }()
	for row, err := range in.Rows(ctx) {
		var bad *source.RowError
		var file *source.FileError
		switch {
		case errors.As(err, &bad):
			f.file.Broken++
			broken.add([]migrate.Problem{{Code: bad.Code, Line: bad.Line, Severity: migrate.Fatal, Message: bad.Hint}})
		case errors.As(err, &file):
			f.file.Stopped = fmt.Sprintf("line %d: %s", file.Line, file.Message)
			return err
		case err != nil:
			return err
		default:
			f.profile.Add(row.All)
		}
		if most > 0 && f.profile.Rows()+f.file.Broken >= most {
			f.file.Partly = true
			return nil
		}
	}
	return nil
}

// formOf tells how a file is written.
func formOf(path string, form *source.Form) report.InspectedFile {
	f := report.InspectedFile{
		File: path, Format: form.Format, Compression: form.Compression, Encoding: "UTF-8", BOM: form.BOM, LineEnds: form.LineEnds,
	}
	if form.Comma != 0 {
		f.Delimiter, f.Header = string(form.Comma), &form.Header
	}
	return f
}

// shapeFor says how to read a file of which only its form is known: what it is
// called where it has no header, and which list of a document is that of the
// users.
func shapeFor(form *source.Form, presets *mapping.Recognizer) *source.Shape {
	shape := &source.Shape{All: true, Comma: form.Comma, Escaped: form.Escaped}
	if form.Cells > 0 && !form.Header {
		if known := presets.Headers(form.Cells); len(known) > 0 {
			shape.Header = known[0]
		} else {
			for i := range form.Cells {
				shape.Header = append(shape.Header, fmt.Sprintf("column_%d", i+1))
			}
		}
	}
	known := presets.Places()
	best := int64(-1)
	for _, a := range form.Arrays {
		objects := a.Objects
		if slices.ContainsFunc(known, func(at []string) bool { return slices.Equal(at, a.At) }) {
			objects += 1 << 40 // a place where a preset looks, whatever else there is
		}
		if objects > best {
			best, shape.At = objects, a.At
		}
	}
	return shape
}
