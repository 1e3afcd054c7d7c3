package main

import (
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/spf13/pflag"

	"carryover/migrate"
	"carryover/migrate/report"
)

// outputFlags say how the result is written.
type outputFlags struct {
	format  string
	quiet   bool
	streams bool          // jsonl is one of the forms
	lines   *report.Lines // of jsonl, else nil

	writing sync.Mutex // guards what follows, and the result itself
	written bool       // the result has been
}

func (f *outputFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "output", "text", "form of the result on standard output: text or json")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "say nothing but errors on standard error")
}

// addStream is add for commands that tell what they do while they do it.
func (f *outputFlags) addStream(flags *pflag.FlagSet) {
	f.streams = true
	f.add(flags)
	flags.Lookup("output").Usage = "form of the result on standard output: text, json (one document) or jsonl (a line each with its type, the last the summary)"
}

func (f *outputFlags) apply(ui *console) error {
	ui.quiet = f.quiet
	switch {
	case f.format == "text" || f.format == "json":
		return nil
	case f.format == "jsonl" && f.streams:
		f.lines = report.NewLines(ui.out)
		return nil
	case f.streams:
		return usagef("unknown --output %q: use text, json or jsonl", f.format)
	default:
		return usagef("unknown --output %q: use text or json", f.format)
	}
}

// write writes the result.
func (f *outputFlags) write(w io.Writer, doc *report.Document) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.written = true
	return f.put(w, doc)
}

// writeLast writes the result for programs, unless it has been written or is
// just being written, and holds whoever wants to write another one: the program
// is about to end.
func (f *outputFlags) writeLast(w io.Writer, doc *report.Document) {
	if f.format != "text" && f.writing.TryLock() && !f.written {
		_ = f.put(w, doc) // nobody is left to be told
	}
}

func (f *outputFlags) put(w io.Writer, doc *report.Document) error {
	var err error
	switch f.format {
	case "json":
		err = report.JSON(w, doc)
	case "jsonl":
		err = f.lines.Summary(doc)
	default:
		err = report.Text(w, doc)
	}
	if err != nil {
		return fmt.Errorf("the result cannot be written: %w", unwrapPath(err))
	}
	return nil
}

// refused ends the lines of a command that ends with an error before it has a
// result, and returns the error. The other forms have no result then.
func (f *outputFlags) refused(ui *console, err error, doc *report.Document) error {
	var ended *exitError
	if err == nil || f.written || f.lines == nil || errors.As(err, &ended) && ended.err == nil {
		return err
	}
	doc.SchemaVersion, doc.State, doc.Reason = report.SchemaVersion, "refused", keyLike.ReplaceAllString(err.Error(), "$1…")
	if ended != nil {
		doc.Hints = make([]string, len(ended.hints))
		for i, hint := range ended.hints {
			doc.Hints[i] = keyLike.ReplaceAllString(hint, "$1…")
		}
		switch ended.code {
		case exitInterrupted, exitTerminated:
			doc.State = "interrupted"
		case exitResumable:
			doc.State = "stopped"
		}
	}
	if failed := f.write(ui.out, doc); failed != nil {
		return ui.alsoFailed(err, failed)
	}
	return err
}

// A beginning returns what takes the problems of rows, for a check that may
// begin anew.
type beginning = func() (func([]migrate.Problem) error, error)

// telling makes a check tell programs what it finds, beside what begin says.
func (f *outputFlags) telling(begin beginning) beginning {
	again := false
	return func() (func([]migrate.Problem) error, error) {
		if again {
			f.lines.Restart()
		}
		again = true
		add, err := begin()
		return func(problems []migrate.Problem) error {
			f.lines.Problems(problems)
			return add(problems)
		}, err
	}
}
