package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

func newStatus(ui *console) *cobra.Command {
	var o statusOptions
	cmd := &cobra.Command{
		Use:   "status [FILE|CHECKPOINT]",
		Short: "Where a migration stands, also while it runs",
		Long: `Show what the checkpoint of an input knows, also while a run is going on.
Without an argument, every checkpoint of this folder is listed.

Users that the input of run --delta did not have any more are shown as vanished;
--vanished writes all of them to a file, with their ids in Clerk.

Exit status
  0  shown
  2  there is no such checkpoint
  6  the file is not a checkpoint of this version`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			if len(args) == 0 && o.vanished != "" {
				return usagef("--vanished needs the input or checkpoint that it is about")
			}
			if len(args) == 0 {
				return listCheckpoints(cmd.Context(), ui)
			}
			return showStatus(cmd.Context(), ui, &o, args[0])
		},
	}
	o.addStream(cmd.Flags())
	cmd.Flags().StringVar(&o.vanished, "vanished", "", "write the users that vanished from the input to this CSV file")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace that file if it is there")
	return cmd
}

type statusOptions struct {
	outputFlags
	vanished string
	force    bool
}

// writeVanished writes the file of --vanished.
func (o *statusOptions) writeVanished(ctx context.Context, ui *console, r *checkpoint.Reader) error {
	file, err := createOutput(o.vanished, o.force)
	if err != nil {
		return err
	}
	defer file.drop()
	n, err := report.WriteVanished(file, r.Vanished(ctx))
	if err != nil {
		return checkpointError(err)
	}
	if err := file.keep(); err != nil {
		return err
	}
	ui.say("%s users that vanished from the input are in %s", report.Number(n), report.Clean(o.vanished))
	return nil
}

// findCheckpoint returns the checkpoint that an argument means: itself, or
// that of the input it names.
func findCheckpoint(arg string) (string, error) {
	candidates := []string{arg, checkpointPath("", arg, false), checkpointPath("", arg, true)}
	if !strings.HasSuffix(arg, ".db") {
		candidates = candidates[1:]
	}
	for _, path := range candidates {
		switch exists, err := checkpoint.Exists(path); {
		case err != nil:
			return "", placeError(err)
		case exists:
			return path, nil
		}
	}
	return "", usagef("there is no checkpoint for %s in this folder", arg).
		hint("carryover run makes it; name the file if it was made with --checkpoint")
}

func showStatus(ctx context.Context, ui *console, o *statusOptions, arg string) error {
	path, err := findCheckpoint(arg)
	if err != nil {
		return err
	}
	reader, err := checkpoint.OpenReader(ctx, path)
	if err != nil {
		return checkpointError(err)
	}
	defer func() { _ = reader.Close() }()
	doc, running, err := statusDocument(ctx, reader, path)
	if err != nil {
		return checkpointError(err)
	}
	var inputs []string
	if path != arg {
		inputs = []string{arg}
	}
	if err := lookBack(ctx, reader, doc, inputs); err != nil {
		return checkpointError(err)
	}
	if o.vanished != "" {
		if err := o.writeVanished(ctx, ui, reader); err != nil {
			return err
		}
	}
	if o.format == "text" {
		fmt.Fprintf(ui.out, "%s  %s  instance %s\n", report.Clean(path), describeState(doc.State, running), report.Clean(doc.Target.InstanceID))
	}
	return o.write(ui.out, doc)
}

func describeState(state string, running bool) string {
	if running {
		return "running"
	}
	return report.Clean(strings.ReplaceAll(state, "_", " "))
}

// statusDocument is what a checkpoint knows.
func statusDocument(ctx context.Context, r *checkpoint.Reader, path string) (*report.Document, bool, error) {
	counts, err := r.Counts(ctx)
	if err != nil {
		return nil, false, err
	}
	sessions, err := r.Sessions(ctx)
	if err != nil {
		return nil, false, err
	}
	running, err := r.Running(ctx)
	if err != nil {
		return nil, false, err
	}
	id := r.Identity()
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: "status", State: "status",
		Target:     &report.Target{Kind: id.KeyKind, InstanceID: id.InstanceID, APIVersion: id.APIVersion},
		Input:      report.Input{Files: []string{id.InputName}, Bytes: id.InputSize, SHA256: id.InputSHA256},
		Counts:     report.CountStates(id.Rows, counts),
		Problems:   checkpointProblems(ctx, r),
		Checkpoint: path,
	}
	if doc.Vanished, err = report.CountVanished(r.Vanished(ctx)); err != nil {
		return nil, false, err
	}
	doc.State, doc.Reason = lastState(sessions, running.Alive)
	if doc.State == checkpoint.Finished && doc.Counts.Rejected+doc.Counts.Conflict > 0 {
		doc.State = "finished_with_problems"
	}
	for _, s := range sessions {
		doc.Seconds += sessionLength(s).Seconds()
	}
	return doc, running.Alive, nil
}

// lastState is the state that the last session left, or that it died in.
func lastState(sessions []checkpoint.Session, alive bool) (state, reason string) {
	switch {
	case alive:
		return "running", ""
	case len(sessions) == 0:
		return "stopped", "nothing has been sent yet"
	}
	last := sessions[len(sessions)-1]
	if last.State == checkpoint.Running || last.State == checkpoint.Killed {
		return "stopped", "the last run ended without a word (killed, or the machine went down); run the same command again"
	}
	return last.State, last.Reason
}

func sessionLength(s checkpoint.Session) time.Duration {
	if s.EndedAt.IsZero() {
		return 0
	}
	return s.EndedAt.Sub(s.StartedAt)
}

// problemReader is a checkpoint, open for a run or for reading.
type problemReader interface {
	Problems(ctx context.Context, lines int) ([]checkpoint.ProblemGroup, error)
}

// checkpointProblems are the rows that did not get through. A checkpoint that
// cannot tell them has said so to whoever asked for its counts.
func checkpointProblems(ctx context.Context, r problemReader) []report.Problem {
	found, err := r.Problems(ctx, linesShown)
	if err != nil {
		return nil
	}
	problems := make([]report.Problem, len(found))
	for i, g := range found {
		if g.Message == "" {
			g.Message = migrate.Explain(g.Code)
		}
		severity := migrate.Fatal
		if code, ok := migrate.LookupCode(g.Code); ok && (code.Severity == migrate.Drop || g.Code == migrate.ConfirmedCode) {
			severity = code.Severity // the rows ended well
		}
		problems[i] = report.Problem{
			Code: g.Code, Field: g.Field, Severity: severity.String(), Message: g.Message, Count: g.Count, Lines: g.Lines,
		}
	}
	return problems
}

// listCheckpoints shows each checkpoint of the folder in a line.
func listCheckpoints(ctx context.Context, ui *console) error {
	paths, err := filepath.Glob("*.carryover.db")
	if err != nil || len(paths) == 0 {
		return errors.Join(err, usagef("there is no checkpoint in this folder").hint("carryover run FILE makes one"))
	}
	t := tabwriter.NewWriter(ui.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "CHECKPOINT\tSTATE\tINSTANCE\tDONE\tREJECTED\tUPDATED")
	for _, path := range paths {
		reader, err := checkpoint.OpenReader(ctx, path)
		if err != nil {
			fmt.Fprintf(t, "%s\tnot readable\t\t\t\t\n", report.Clean(path))
			continue
		}
		doc, running, err := statusDocument(ctx, reader, path)
		_ = reader.Close()
		if err != nil {
			return checkpointError(err)
		}
		c := doc.Counts
		fmt.Fprintf(t, "%s\t%s\t%s\t%s/%s\t%s\t%s\n", report.Clean(path), describeState(doc.State, running), report.Clean(doc.Target.InstanceID),
			report.Number(c.Rows-c.Unfinished), report.Number(c.Rows), report.Number(c.Rejected+c.Conflict), age(path))
	}
	return t.Flush()
}

// age is how long ago a file changed.
func age(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return report.Duration(time.Since(info.ModTime())) + " ago"
}
