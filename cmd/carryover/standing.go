package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// A standing is where a migration stands, as its checkpoint shows it.
type standing struct {
	path     string
	doc      *report.Document
	figures  figures // of the run that goes on
	noAnswer int64   // requests that may have been processed
	ended    time.Time
	changed  time.Time // the files of the checkpoint
	resume   string    // the command that goes on; "" where it is not known
}

func (s *standing) running() bool { return s.doc.Running != nil }

// readStanding reads it.
func readStanding(ctx context.Context, r *checkpoint.Reader, path string) (*standing, error) {
	doc, alive, err := statusDocument(ctx, r, path)
	if err != nil {
		return nil, err
	}
	counts, err := r.Counts(ctx)
	if err != nil {
		return nil, err
	}
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return nil, err
	}
	s := &standing{path: path, doc: doc, noAnswer: counts[migrate.InFlight] + counts[migrate.Ambiguous], changed: lastChange(path), resume: resumeCommand(sessions)}
	var last checkpoint.Session
	if len(sessions) > 0 {
		last = sessions[len(sessions)-1]
	}
	s.ended = last.EndedAt
	if alive {
		err = s.follow(ctx, r, counts, last, time.Now())
	}
	return s, err
}

// follow reads how the run gets on that is going on. It may not have begun to
// send yet: then last is the one before.
func (s *standing) follow(ctx context.Context, r *checkpoint.Reader, counts checkpoint.Counts, last checkpoint.Session, now time.Time) error {
	process, err := r.Running(ctx)
	if err != nil {
		return err
	}
	c := s.doc.Counts
	running := &report.Running{PID: process.PID, Host: process.Host, Seconds: max(0, now.Sub(process.Since).Seconds())}
	s.doc.Running = running
	s.figures = figures{
		earlier: c.Rows - c.Unfinished, total: c.Unfinished, good: c.Created + c.Updated + c.Unchanged, bad: c.Rejected + c.Conflict,
		inFlight: int(counts[migrate.InFlight]), outside: true,
	}
	if last.State != checkpoint.Running {
		return nil
	}
	from := now.Add(-paceOver)
	if from.Before(last.StartedAt) {
		from = last.StartedAt
	}
	finished, err := r.FinishedSince(ctx, last.StartedAt, from)
	if err != nil {
		return err
	}
	running.Finished = finished[0]
	if over := now.Sub(from).Seconds(); over > 0 {
		running.RowsSecond = float64(finished[1]) / over
	}
	s.figures.earlier -= finished[0]
	s.figures.total += finished[0]
	s.figures.ended, s.figures.rate = finished[0], running.RowsSecond
	if left, known := s.figures.toGo(); known {
		seconds := left.Seconds()
		running.SecondsLeft = &seconds
	}
	return nil
}

// lastChange is when a checkpoint was written to: what is new is beside it
// first.
func lastChange(path string) (at time.Time) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(path + suffix); err == nil && info.Size() > 0 && info.ModTime().After(at) {
			at = info.ModTime()
		}
	}
	return at
}

// note says what matters of a migration that is not done; "" of one that is.
func (s *standing) note() string {
	if s.running() && s.doc.Undo != nil {
		return "being undone by " + s.doc.Running.Process() + ": " + s.doc.Undo.String()
	}
	if s.running() {
		return s.doc.Running.String()
	}
	if u := s.doc.Undo; u != nil {
		if u.Waiting > 0 {
			return "undone in part: " + u.String() + "\n  to go on: " + commandLine([]string{"undo", s.path})
		}
		return ""
	}
	var text string
	switch s.doc.State {
	case "finished", "finished_with_problems":
		return ""
	case checkpoint.Interrupted:
		text = "interrupted by " + interruptedBy(s.doc.Reason)
	default:
		text = "stopped: " + report.Clean(s.doc.Reason)
	}
	if !s.ended.IsZero() {
		text += s.ended.Local().Format(" (2006-01-02 15:04)")
	}
	if s.noAnswer > 0 {
		text += fmt.Sprintf("; %s no answer yet, to be looked up when it goes on", report.Plural(s.noAnswer, "row has", "rows have"))
	}
	if s.resume != "" {
		text += "\n  to go on: " + report.Clean(s.resume)
	}
	return text
}

// interruptedBy names a signal as people know it.
func interruptedBy(reason string) string {
	switch reason {
	case "interrupt":
		return "Ctrl-C"
	case "hangup":
		return "the end of its terminal"
	default:
		return report.Clean(reason)
	}
}

// endCode is the exit code that a run left which ended like that.
func endCode(state, reason string) int {
	switch state {
	case checkpoint.Finished:
		return exitOK
	case "finished_with_problems":
		return exitProblems
	case checkpoint.Running:
		return exitLocked
	case checkpoint.Interrupted:
		if reason == os.Interrupt.String() {
			return exitInterrupted
		}
		return exitTerminated
	}
	switch reason {
	case reasons[migrate.StopRefused]:
		return exitRefused
	case reasons[migrate.StopInput], reasonChanged:
		return exitMismatch
	case reasons[migrate.StopMixed], reasons[migrate.StopBug], reasonError, reasonCounts:
		return exitUnexpected
	default:
		return exitResumable
	}
}

// listCheckpoints shows each checkpoint of the folder in a line, and says of
// those that are not done what matters.
func listCheckpoints(ctx context.Context, ui *console) error {
	paths, err := filepath.Glob("*.carryover.db")
	if err != nil || len(paths) == 0 {
		return errors.Join(err, usagef("there is no checkpoint in this folder").hint("carryover run FILE makes one"))
	}
	var all []*standing
	for _, path := range paths {
		s := &standing{path: path}
		reader, err := checkpoint.OpenReader(ctx, path)
		if err == nil {
			s, err = readStanding(ctx, reader, path)
			_ = reader.Close()
			if err != nil {
				return checkpointError(err)
			}
		}
		all = append(all, s)
	}
	return writeStandings(ui, all, time.Now())
}

func writeStandings(ui *console, all []*standing, now time.Time) error {
	t := tabwriter.NewWriter(ui.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CHECKPOINT\tSTATE\tTARGET\tINPUT\tDONE\tOK\tFAILED\tUPDATED")
	for _, s := range all {
		if s.doc == nil {
			fmt.Fprintf(t, "%s\tnot readable\t\t\t\t\t\t\n", report.Clean(s.path))
			continue
		}
		c := s.doc.Counts
		fmt.Fprintf(t, "%s\t%s\t%s %s\t%s\t%s/%s\t%s\t%s\t%s ago\n", report.Clean(s.path), describeDocument(s.doc),
			report.Clean(s.doc.Target.Kind), report.Clean(s.doc.Target.InstanceID), report.Clean(s.doc.Input.Files[0]),
			report.Number(c.Rows-c.Unfinished), report.Number(c.Rows), report.Number(c.Created+c.Updated+c.Unchanged),
			report.Number(c.Rejected+c.Conflict), report.Duration(max(0, now.Sub(s.changed))))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	gap := "\n"
	for _, s := range all {
		if s.doc == nil || s.note() == "" {
			continue
		}
		fmt.Fprintf(ui.out, "%s%s: %s\n", gap, report.Clean(s.path), s.note())
		gap = ""
	}
	return nil
}
