package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// pageFlags are the flags of commands that write the HTML report.
type pageFlags struct {
	html string
	pii  string

	shown report.PII
}

func (f *pageFlags) add(flags *pflag.FlagSet, what string) {
	flags.StringVar(&f.html, "html", "", "write "+what+" as one HTML page to this file")
	flags.StringVar(&f.pii, "pii", "mask", "personal data in it: mask, full or none; secrets are in none")
}

func (f *pageFlags) check() error {
	var err error
	if f.shown, err = report.ParsePII(f.pii); err != nil {
		return usage(err)
	}
	return nil
}

// page begins the page of a document.
func (f *pageFlags) page(doc *report.Document) *report.Page {
	return &report.Page{Document: doc, Made: time.Now(), Version: versionText(), PII: f.shown}
}

// A pageFile is the file of --html; nil where none was asked for.
type pageFile struct{ *output }

// createPage begins the file, so that a place where it cannot be is told before
// any work is done. drop must be called.
func (f *pageFlags) createPage(force bool, inputs ...string) (*pageFile, error) {
	if f.html == "" {
		return nil, nil
	}
	file, err := createOutput(f.html, force, inputs...)
	if err != nil {
		return nil, err
	}
	return &pageFile{file}, nil
}

func (f *pageFile) drop() {
	if f != nil {
		f.output.drop()
	}
}

// write makes the page appear at its place.
func (f *pageFile) write(ui *console, p *report.Page) error {
	if f == nil {
		return nil
	}
	if err := report.HTML(f, p); err != nil {
		return f.fail(exitUnexpected, err)
	}
	if err := f.keep(); err != nil {
		return err
	}
	ui.say("the report is in %s", report.Clean(f.path))
	return nil
}

// maxWarnings is how many kinds of warnings a checkpoint keeps.
const maxWarnings = 100

// A keptCensus is what a checkpoint keeps of what the checks found, for reports
// that are made later: it holds no value of a row.
type keptCensus struct {
	Survey   *migrate.Survey  `json:"survey"`
	Warnings []report.Problem `json:"warnings"`
	Unknown  []string         `json:"unknown_columns"`
}

// census is that of this run's checks; nil where there were none.
func (m *migration) census() ([]byte, error) {
	if m.survey == nil {
		return nil, nil
	}
	kept := keptCensus{Survey: m.survey, Unknown: m.in.Unknown()}
	for _, g := range m.problems {
		if g.Severity == migrate.Warning && len(kept.Warnings) < maxWarnings {
			kept.Warnings = append(kept.Warnings, report.FromGroups([]*migrate.Group{g})...)
		}
	}
	kept.Unknown = kept.Unknown[:min(len(kept.Unknown), maxWarnings)]
	return json.Marshal(kept)
}

// readPage adds to the page of a document what the checkpoint knows beside it.
func readPage(ctx context.Context, r *checkpoint.Reader, p *report.Page) error {
	var err error
	if p.Intervals, err = r.Intervals(ctx); err != nil {
		return err
	}
	if p.Events, err = r.Events(ctx); err != nil {
		return err
	}
	if p.Attempts, err = r.Attempts(ctx); err != nil {
		return err
	}
	samples := report.NewSamples()
	for result, err := range r.Refused(ctx) {
		if err != nil {
			return err
		}
		samples.Result(&result)
	}
	p.Samples = samples.List()
	text, err := r.Census(ctx)
	if err != nil || text == nil {
		return err
	}
	var kept keptCensus
	if err := json.Unmarshal(text, &kept); err != nil {
		return fmt.Errorf("what the checkpoint knows of the checks cannot be read: %w", err)
	}
	p.Survey, p.Warnings = kept.Survey, kept.Warnings
	if p.Document.Unknown == nil {
		p.Document.Unknown = kept.Unknown
	}
	return nil
}
