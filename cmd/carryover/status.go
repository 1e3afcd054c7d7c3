package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
		Long: `Show what the checkpoint of an input knows, also while a run is going on: then
also how fast it goes, measured over the last minute, and how long the rest takes.
Without an argument, every checkpoint of this folder is listed.

With --watch it shows that again and again until the run ends, then once as
always: on a terminal in place, elsewhere and with --output jsonl as a line every
30 s, with --output json only at the end. Ctrl-C ends the watch, not the run.

Users that the input of run --delta did not have any more are shown as vanished;
--vanished writes all of them to a file, with their ids in Clerk.

Exit status
  0  shown
  2  there is no such checkpoint
  6  the file is not a checkpoint of this version
  130, 143  a watch was ended

Exit status with --exit-code: that of the last run
  0  every row is in a good end state
  1  it met something unexpected
  3  finished; some rows rejected or in conflict
  4  stopped or killed, resumable
  5  Clerk refused the key, the plan or the quota
  6  the input changed under it
  7  it is still going on
  130, 143  interrupted, resumable`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			if len(args) == 0 && (o.vanished != "" || o.watch || o.exitCode) {
				return usagef("--vanished, --watch and --exit-code need the input or checkpoint that they are about")
			}
			if len(args) == 0 {
				return listCheckpoints(cmd.Context(), ui)
			}
			return o.run(cmd.Context(), ui, args[0])
		},
	}
	o.addStream(cmd.Flags())
	cmd.Flags().StringVar(&o.vanished, "vanished", "", "write the users that vanished from the input to this CSV file")
	cmd.Flags().BoolVarP(&o.watch, "watch", "w", false, "go on showing it until the run ends")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", false, "end with the exit code of the last run (see above)")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace that file if it is there")
	return cmd
}

type statusOptions struct {
	outputFlags
	vanished string
	force    bool
	watch    bool
	exitCode bool
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

// run is the whole of status for one checkpoint.
func (o *statusOptions) run(ctx context.Context, ui *console, arg string) error {
	path, err := findCheckpoint(arg)
	if err != nil {
		return err
	}
	var enough *signalError
	if o.watch {
		if err := o.follow(ctx, ui, path); err != nil && !errors.As(err, &enough) {
			return err
		}
	}
	var inputs []string
	if path != arg {
		inputs = []string{arg}
	}
	s, err := o.show(ctx, ui, path, inputs)
	switch {
	case err != nil:
		return err
	case enough != nil:
		return quietly(enough.code())
	case o.exitCode:
		return quietly(endCode(s.doc.State, s.doc.Reason))
	default:
		return nil
	}
}

// show writes what a checkpoint knows. inputs are those that the user named.
func (o *statusOptions) show(ctx context.Context, ui *console, path string, inputs []string) (*standing, error) {
	reader, err := checkpoint.OpenReader(ctx, path)
	if err != nil {
		return nil, checkpointError(err)
	}
	defer func() { _ = reader.Close() }()
	s, err := readStanding(ctx, reader, path)
	if err == nil {
		err = lookBack(ctx, reader, s.doc, inputs)
	}
	if err != nil {
		return nil, checkpointError(err)
	}
	if o.vanished != "" {
		if err := o.writeVanished(ctx, ui, reader); err != nil {
			return nil, err
		}
	}
	if o.format == "text" {
		fmt.Fprintf(ui.out, "%s  %s  instance %s\n", report.Clean(path), describeDocument(s.doc), report.Clean(s.doc.Target.InstanceID))
	}
	return s, o.write(ui.out, s.doc)
}

func describeState(state string, running bool) string {
	if running {
		return "running"
	}
	return report.Clean(strings.ReplaceAll(state, "_", " "))
}

// describeDocument is describeState of a migration that may be undone.
func describeDocument(doc *report.Document) string {
	running := doc.Running != nil || doc.State == "running"
	switch {
	case doc.Undo == nil:
		return describeState(doc.State, running)
	case running:
		return "being undone"
	case doc.Undo.Waiting > 0:
		return "half undone"
	default:
		return "undone"
	}
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
	kept, err := readKept(ctx, r)
	if err != nil {
		return nil, false, err
	}
	id := r.Identity()
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: "status", State: "status",
		Target:     &report.Target{Kind: environmentOf[id.KeyKind], InstanceID: id.InstanceID, APIVersion: id.APIVersion},
		Input:      report.Input{Files: []string{id.InputName}, Bytes: id.InputSize, SHA256: id.InputSHA256},
		Counts:     report.CountStates(id.Rows, counts),
		Problems:   kept.problems(ctx, r),
		Unknown:    kept.Unknown,
		Checkpoint: path,
	}
	if doc.Vanished, err = report.CountVanished(r.Vanished(ctx)); err != nil {
		return nil, false, err
	}
	if doc.Undo, err = undoneIn(ctx, r, running.Alive); err != nil {
		return nil, false, err
	}
	doc.State, doc.Reason = lastState(sessions, running.Alive)
	if doc.Undo != nil && doc.State == "stopped" { // whatever the reason, there is nothing to go on with
		doc.Reason = "the last run did not come to its end"
	}
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
func checkpointProblems(ctx context.Context, r problemReader, files migrate.Files) []report.Problem {
	found, err := r.Problems(ctx, linesShown)
	if err != nil {
		return nil
	}
	problems := make([]report.Problem, len(found))
	for i, g := range found {
		// The message of the first row may name the line that this one repeats.
		if code, ok := migrate.LookupCode(g.Code); g.Message == "" || g.Count > 1 && ok && code.Severity == migrate.Fatal && strings.HasPrefix(g.Code, "duplicate_") {
			g.Message = migrate.Explain(g.Code)
		}
		severity := migrate.Fatal
		if code, ok := migrate.LookupCode(g.Code); ok && (code.Severity == migrate.Drop || g.Code == migrate.ConfirmedCode) {
			severity = code.Severity // the rows ended well
		}
		problems[i] = report.Problem{
			Code: g.Code, Field: g.Field, Severity: severity.String(), Message: g.Message, Count: g.Count, Lines: g.Lines,
		}
		if len(files) > 1 {
			for _, row := range g.Rows {
				problems[i].Files = append(problems[i].Files, files.Of(row))
			}
		}
	}
	return problems
}
