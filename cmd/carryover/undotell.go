package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// stage is the progress of looking through users, or of undoing them.
func (w *undoing) stage(does string, done *atomic.Int64, all int64) *reading {
	return &reading{does: does, rowsDone: done.Load, allRows: all, why: func() string {
		why, until := w.client.Waiting()
		if left := time.Until(until); !until.IsZero() && left > time.Second {
			why += " (" + report.Duration(left) + " left)"
		}
		return why
	}}
}

// survey judges every user without an outcome, and writes nothing.
func (w *undoing) survey() (*report.Undo, error) {
	all, err := w.db.UndoWaiting(w.soft)
	if err != nil {
		return nil, checkpointError(err)
	}
	var counts migrate.UndoCounts
	var examples []migrate.UndoItem
	var done atomic.Int64
	end := w.teller.read(w.stage("Looking up "+report.Number(all)+" users", &done, all))
	err = w.undo(w.soft, true, func(item migrate.UndoItem) {
		counts.Add(&item)
		if !item.State.Good() && counts.States[item.State] <= linesShown {
			examples = append(examples, item)
		}
		done.Add(1)
	})
	end()
	w.noteLastSend()
	var stop *migrate.StopError
	switch {
	case errors.As(err, &stop) && stop.Reason != migrate.StopAsked:
		return nil, stopError(stop)
	case err != nil:
		return nil, err
	}
	u := report.NewUndo(&counts, examples)
	w.addOpen(u)
	return u, nil
}

// addOpen adds the creates that nobody knows about.
func (w *undoing) addOpen(u *report.Undo) {
	u.NoAnswer = int64(len(w.open))
	for i := range w.open[:min(linesShown, len(w.open))] {
		r := &w.open[i]
		u.First = append(u.First, report.UndoUser{State: "no_answer", Key: report.MaskPII.Show(r.Key), Line: r.Line, UserID: r.UserID})
	}
}

func (w *undoing) undo(soft context.Context, survey bool, observe func(migrate.UndoItem)) error {
	return migrate.Undo(w.hard, migrate.UndoConfig{
		API: w.client, Ledger: w.db, Open: w.unseal, Survey: survey, Stop: soft.Done(), Observe: observe,
		Concurrency: w.client.Concurrency,
	})
}

// surveyDocument is what undo would do.
func (w *undoing) surveyDocument(u *report.Undo) (*report.Document, error) {
	doc, err := w.undoDocument()
	if err != nil {
		return nil, err
	}
	doc.State, doc.Undo = "plan", u
	return doc, nil
}

// showSurvey tells a person what undo is about to do.
func (w *undoing) showSurvey(u *report.Undo) error {
	doc, err := w.surveyDocument(u)
	if err != nil || w.ui.quiet {
		return err
	}
	return report.Text(w.ui.err, doc)
}

// tellSurvey makes it the result.
func (w *undoing) tellSurvey(u *report.Undo) error {
	doc, err := w.surveyDocument(u)
	if err != nil {
		return err
	}
	if u.Users > 0 {
		doc.Next = []report.Step{{Command: commandLine(withoutFlag(w.ui.args, "dry-run")), Does: "does it, once the instance id is typed"}}
	}
	if err := w.publish(doc); err != nil {
		return err
	}
	if !u.Whole() {
		return quietly(exitProblems)
	}
	return nil
}

// publish writes the result.
func (w *undoing) publish(doc *report.Document) error { return w.u.write(w.ui.out, doc) }

// undoDocument begins the document: what the checkpoint knows of the migration,
// and what the requests took.
func (w *undoing) undoDocument() (*report.Document, error) {
	states, err := w.db.Counts(w.hardKeep())
	if err != nil {
		return nil, checkpointError(err)
	}
	id := w.db.Identity()
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: "undo", Target: &w.target, Counts: report.CountStates(id.Rows, states),
		Input:      report.Input{Files: []string{id.InputName}, Bytes: id.InputSize, SHA256: id.InputSHA256},
		Checkpoint: w.path, Seconds: time.Since(w.started).Seconds(),
	}
	w.addRequests(doc)
	return doc, nil
}

// carryOut undoes, and tells what came of it.
func (w *undoing) carryOut(all int64) error {
	host, _ := os.Hostname() // for people; empty where unknown
	err := w.db.BeginUndo(w.hardKeep(), checkpoint.RunInfo{
		Version: versionText(), Args: w.ui.command(), PID: os.Getpid(), Host: host, StartedAt: time.Now(), KeyPrint: w.keyPrint(),
	})
	if err != nil {
		return checkpointError(err)
	}
	stopTelling := context.AfterFunc(w.soft, func() {
		if by, ok := signalOf(w.soft); ok {
			w.ui.say("Stopping (%s): waiting for requests in flight, at most %s. Once more to leave at once.", by.signal, report.Duration(drainFor))
		}
		w.client.Drain()
	})
	var done atomic.Int64
	end := w.teller.read(w.stage("Undoing "+report.Number(all)+" users", &done, all))
	undoErr := w.undo(w.soft, false, func(migrate.UndoItem) { w.noteLastSend(); done.Add(1) })
	end()
	stopTelling()
	w.noteLastSend()
	doc, exitErr := w.result(w.soft, undoErr)
	if doc == nil {
		return exitErr
	}
	state := doc.State
	if state == "finished_with_problems" { // the counts tell the rest
		state = checkpoint.Finished
	}
	err = w.db.EndUndo(w.hardKeep(), checkpoint.RunEnd{State: state, Reason: doc.Reason, Requests: w.client.Stats().ByStatus, EndedAt: time.Now()})
	if err != nil && exitErr == nil {
		exitErr = checkpointError(err)
	}
	if err := w.publish(doc); err != nil {
		exitErr = w.ui.alsoFailed(exitErr, exit(exitUnexpected, err).hint("carryover status "+shellQuote(w.path)+" shows it"))
	}
	if doc.Undo.Waiting > 0 {
		w.ui.say("\nRun the same command again to go on.")
	}
	return exitErr
}

// result makes the document of what the checkpoint knows now, and the error that
// the exit code comes from.
func (w *undoing) result(soft context.Context, undoErr error) (*report.Document, error) {
	doc, err := w.undoDocument()
	if err != nil {
		return nil, errors.Join(stopped(undoErr), err)
	}
	known, err := w.db.Undone(w.hardKeep(), linesShown)
	if err != nil || known == nil {
		return nil, errors.Join(stopped(undoErr), checkpointError(err))
	}
	doc.Undo = report.NewUndo(&known.Counts, known.Examples)
	w.addOpen(doc.Undo)
	doc.Undo.Runs = len(known.Sessions)
	doc.Undo.StartedAt = known.Sessions[0].StartedAt
	by, signalled := signalOf(soft)
	var stop *migrate.StopError
	switch {
	case signalled && doc.Undo.Waiting > 0:
		doc.State, doc.Reason = "interrupted", by.signal.String()
		err = quietly(by.code())
	case errors.As(undoErr, &stop) && stop.Reason != migrate.StopAsked:
		doc.State, doc.Reason = "stopped", reasons[stop.Reason]
		err = stopError(stop)
	case undoErr != nil && doc.Undo.Waiting > 0:
		doc.State, doc.Reason = "stopped", reasonError
		err = exit(exitUnexpected, undoErr)
	case doc.Undo.Whole():
		doc.State = "finished"
	default:
		doc.State = "finished_with_problems"
		err = quietly(exitProblems)
	}
	doc.Undo.State, doc.Undo.Reason = doc.State, doc.Reason
	return doc, err
}

// stopped is the error of an undo as the program ends with it; nil for none.
func stopped(err error) error {
	var stop *migrate.StopError
	if errors.As(err, &stop) {
		return stopError(stop)
	}
	return err
}

// refuseUndone refuses a run on a checkpoint whose migration is undone, or is
// half undone: it would go by users that are gone.
func refuseUndone(ctx context.Context, db *checkpoint.DB, path string) error {
	u, err := db.Undone(ctx, 0)
	if err != nil {
		return checkpointError(err)
	}
	if u == nil {
		return nil
	}
	told := report.NewUndo(&u.Counts, nil)
	if left := told.Waiting; left > 0 {
		return exit(exitMismatch, fmt.Errorf("the migration of checkpoint %s is being undone: %s users are left", path, report.Number(left))).
			hint("finish that first: "+commandLine([]string{"undo", path}), "then begin a new migration with --checkpoint OTHER.db")
	}
	return exit(exitMismatch, fmt.Errorf("the migration of checkpoint %s has been undone: %s", path, told)).
		hint("begin a new migration with --checkpoint OTHER.db, or move this file away")
}

// undoneIn is what a checkpoint knows of an undo, for the document of status and
// report; nil where none has begun.
func undoneIn(ctx context.Context, r *checkpoint.Reader, alive bool) (*report.Undo, error) {
	known, err := r.Undone(ctx, linesShown)
	if err != nil || known == nil {
		return nil, err
	}
	u := report.NewUndo(&known.Counts, known.Examples)
	last := known.Sessions[len(known.Sessions)-1]
	u.State, u.Reason, u.Runs = last.State, last.Reason, len(known.Sessions)
	u.StartedAt, u.EndedAt = known.Sessions[0].StartedAt, last.EndedAt
	switch {
	case last.State == checkpoint.Running && !alive:
		u.State = checkpoint.Killed
	case last.State == checkpoint.Finished && !u.Whole():
		u.State = "finished_with_problems"
	}
	return u, nil
}
