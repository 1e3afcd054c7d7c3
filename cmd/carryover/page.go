package main

import (
	"context"
	"time"

	"github.com/spf13/pflag"

	"carryover/checkpoint"
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
	kept, err := readKept(ctx, r)
	if err != nil {
		return err
	}
	p.Survey = kept.Survey
	samples := report.NewSamples()
	samples.In(kept.Files)
	for result, err := range r.Refused(ctx) {
		if err != nil {
			return err
		}
		samples.Result(&result)
	}
	p.Samples = samples.List()
	return nil
}
