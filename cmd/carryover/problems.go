package main

import (
	"carryover/migrate"
	"carryover/migrate/report"
)

// A problemList is the file of --problems. Where it cannot be written the check
// goes on, since its result is what was asked for first; keep tells. A nil list
// takes everything and keeps nothing.
type problemList struct {
	create func() (*output, report.ProblemWriter, error)
	file   *output
	writer report.ProblemWriter
	used   bool
	failed error
}

// createProblemList begins a list, nil where path is empty. drop must be called.
func createProblemList(path string, force bool, inputs ...string) (*problemList, error) {
	if path == "" {
		return nil, nil
	}
	l := &problemList{create: func() (*output, report.ProblemWriter, error) {
		file, err := createOutput(path, force, inputs...)
		if err != nil {
			return nil, nil, err
		}
		writer, err := report.NewProblemWriter(file, path)
		if err != nil {
			file.drop()
			return nil, nil, file.fail(exitUnexpected, err)
		}
		return file, writer, nil
	}}
	var err error
	l.file, l.writer, err = l.create()
	if err != nil {
		return nil, err
	}
	return l, nil
}

// begin empties the list for a look that starts from the beginning, and returns
// add.
func (l *problemList) begin() (func([]migrate.Problem) error, error) {
	if l != nil && l.used {
		l.file.drop()
		var err error
		if l.file, l.writer, err = l.create(); err != nil {
			return nil, err
		}
		l.used, l.failed = false, nil
	}
	return l.add, nil
}

// add writes the problems of a row.
func (l *problemList) add(problems []migrate.Problem) error {
	if l != nil && l.failed == nil {
		l.used = true
		l.failed = l.writer.Write(problems)
	}
	return nil
}

// keep makes the list appear at its place.
func (l *problemList) keep() error {
	if l == nil {
		return nil
	}
	if l.failed == nil {
		l.failed = l.writer.Flush()
	}
	if l.failed != nil {
		return l.file.fail(exitUnexpected, l.failed).hint("the list is not there; the result is complete")
	}
	return l.file.keep()
}

// drop removes what was written. It does nothing after keep.
func (l *problemList) drop() {
	if l != nil {
		l.file.drop()
	}
}
