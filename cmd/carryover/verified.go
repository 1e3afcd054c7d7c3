package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"carryover/migrate"
	"carryover/migrate/report"
)

// verify compares, and tells what came of it. What is known when a signal or
// Clerk ends it is told all the same; the list of differences is whole or is not
// there.
func (v *verification) verify() error {
	defer v.list.drop()
	sayTarget(v.ui, &v.target)
	estimate := newEstimate(lookUpRequests(v.toDo)+1, v.limit)
	v.ui.say("To compare  %s users, %d a request: %s", report.Number(v.toDo), migrate.MaxLookUp, estimate.String())
	v.o.lines.Start(report.Start{Command: "verify", Target: &v.target, Input: v.inputFacts(), Rows: v.rows, Checkpoint: v.path})
	var failed error
	for _, step := range []func() error{v.compare, v.extras, v.countOthers} {
		if failed = step(); failed != nil {
			break
		}
	}
	v.noteLastSend()
	doc, ended := v.conclude(failed)
	if failed == nil {
		if err := v.list.keep(v.ui, doc); err != nil && ended == nil {
			ended = err
		}
	} else if v.list.file != nil {
		v.ui.say("The list of differences was not written, as it is not whole.")
	}
	if err := v.o.write(v.ui.out, doc); err != nil {
		ended = v.ui.alsoFailed(ended, exit(exitUnexpected, err))
	}
	return ended
}

// conclude makes the document and the error that the exit code comes from.
func (v *verification) conclude(failed error) (*report.Document, error) {
	counts, err := v.counts()
	doc := v.document("verify", counts)
	doc.Vanished, doc.Delta, doc.Joins, doc.Unknown = nil, nil, nil, nil
	doc.Problems = report.FromGroups(v.groups.list, v.several())
	v.found.NotCompared.Rejected, v.found.NotCompared.Conflict, v.found.NotCompared.Dropped = counts.Rejected, counts.Conflict, counts.Dropped
	if v.db != nil {
		v.found.NotCompared.Unfinished = counts.Unfinished
		if err == nil { // what an undo deleted is not found
			doc.Undo, err = undoneIn(context.WithoutCancel(v.soft), v.db.Reader, false)
		}
	}
	v.found.NotCompared.Left = 0
	v.found.NotCompared.Left = v.rows - v.found.Compared - v.found.NotCompared.Sum()
	doc.Verification = &v.found
	if v.opts.differences == "" && len(v.groups.list) > 0 {
		doc.Next = append(doc.Next, report.Step{Command: v.ui.command("--differences", filepath.Base(v.paths[0])+".differences.csv"), Does: "writes every difference, in full, to a file for its owner only"})
	}
	var e *migrate.Error
	var told *exitError
	by, signalled := signalOf(v.soft)
	switch {
	case err != nil:
		doc.State, doc.Reason = "stopped", reasonError
		return doc, err
	case failed != nil && signalled:
		doc.State, doc.Reason = "interrupted", by.signal.String()
		return doc, quietly(by.code())
	case errors.As(failed, &e):
		doc.State, doc.Reason = "stopped", reasons[migrate.StopOutage]
		refused := requestError(failed, v.target.KeyOrigin)
		if errors.As(refused, &told) && told.code == exitRefused {
			doc.Reason = reasons[migrate.StopRefused]
		}
		return doc, refused
	case errors.As(failed, &told) && told.code == exitMismatch:
		doc.State, doc.Reason = "stopped", reasonChanged
		return doc, failed
	case failed != nil:
		doc.State, doc.Reason = "stopped", reasonError
		return doc, failed
	case v.found.Faults() > 0:
		doc.State = "finished_with_problems"
		return doc, quietly(exitProblems)
	default:
		doc.State = "finished"
		return doc, nil
	}
}

// counts are the outcomes of the rows. Without a checkpoint only those that the
// checks refuse have one.
func (v *verification) counts() (report.Counts, error) {
	if v.db != nil {
		counts, err := v.finalCounts()
		return counts, checkpointError(err)
	}
	var states [migrate.NumStates]int64
	for _, s := range v.states {
		states[s]++
	}
	return report.CountStates(v.rows, states), nil
}

// A differenceList is the file of --differences. One without a file takes
// everything and keeps nothing.
type differenceList struct {
	file   *output // nil where none was asked for
	writer report.DifferenceWriter
	path   string
	n      int64
	failed error
}

// newDifferenceList begins it. drop must be called.
func newDifferenceList(o *verifyOptions) (*differenceList, error) {
	l := &differenceList{path: o.differences}
	if o.differences == "" {
		return l, nil
	}
	read := append(o.run.files(), o.inputs...)
	file, err := createOutput(o.differences, o.force, append(read, o.path)...)
	if err != nil {
		return nil, err
	}
	if l.writer, err = report.NewDifferenceWriter(file, o.differences); err != nil {
		file.drop()
		return nil, file.fail(exitUnexpected, err)
	}
	l.file = file
	return l, nil
}

func (l *differenceList) add(d *report.Difference) {
	if l.file == nil || l.failed != nil {
		return
	}
	l.n++
	if err := l.writer.Write(d); err != nil {
		l.failed = l.file.fail(exitUnexpected, err)
	}
}

// keep makes the file appear at its place, also where there is no difference.
func (l *differenceList) keep(ui *console, doc *report.Document) error {
	if l.file == nil {
		return nil
	}
	if err := l.writer.Flush(); err != nil {
		return l.file.fail(exitUnexpected, err)
	}
	if err := l.file.keep(); err != nil {
		return err
	}
	doc.Files = append(doc.Files, report.File{
		Path: l.path, Meaning: fmt.Sprintf("every difference, in full (%s); it holds personal data, and no secret", report.Number(l.n)),
	})
	return nil
}

// drop removes what was written. It does nothing after keep.
func (l *differenceList) drop() {
	if l.file != nil {
		l.file.drop()
	}
}
