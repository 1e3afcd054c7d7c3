package main

import (
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"carryover/migrate/report"
)

// outputFlags say how the result is written.
type outputFlags struct {
	format string
	quiet  bool
}

func (f *outputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "output", "text", "form of the result on standard output: text or json")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but errors on standard error")
}

func (f *outputFlags) apply(ui *console) error {
	ui.quiet = f.quiet
	if f.format != "text" && f.format != "json" {
		return usagef("unknown --output %q: use text or json", f.format)
	}
	return nil
}

// write writes the result.
func (f *outputFlags) write(w io.Writer, doc *report.Document) error {
	form := report.Text
	if f.format == "json" {
		form = report.JSON
	}
	if err := form(w, doc); err != nil {
		return fmt.Errorf("the result cannot be written: %w", unwrapPath(err))
	}
	return nil
}
