package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carryover/checkpoint"
	"carryover/migrate/report"
)

type verifyOptions struct {
	run         runOptions // how the input is read, where its users are and at what pace they are asked for
	differences string
	force       bool
	sample      int64

	flags  *pflag.FlagSet
	path   string   // of the checkpoint; "" where there is none
	inputs []string // as they are named on the command line, or were on that of the run
}

func newVerify(ui *console) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify [FILE…|CHECKPOINT [FILE…]]",
		Short: "Read all users back, and compare them with their rows",
		Long: `Ask Clerk for the users of a migration, 100 a request, and compare each with its
row, property by property, as far as Clerk shows it. Nothing is written to Clerk.

Compared are the names, username, locale, external_id, e-mails, phones and wallets
with whether they are verified and which is primary, the three metadata, created_at,
legal_accepted_at, the switches and limits, banned and locked; and whether there is a
password, a second factor and backup codes. What these are cannot be read: sign in as
a few people for that. skip_…, profile_image_id and what a row does not give are not
compared, nor what --on-existing, --metadata or a policy: of the mapping left as it was.
Rows without a user (rejected, in conflict, unfinished) are counted apart.

Each difference has a code (carryover explain CODE says more):
  user_differs          the user has not changed since it was written
  user_changed_since    the user, or the application, has changed it since
  update_cannot_change  e-mails and the like of users who were there before
  user_not_found        the instance has no such user
  user_extra            made by this migration, and no row names the user any more
Only the first and the fourth make the exit code 3.

The input must be the very one of the checkpoint. Mode, API version and the flags that
say how it is read are those of its last run where they are not given; secret values
of --param are not kept, so give these again. With a checkpoint alone, the input is
where the last run had it. Where there is no checkpoint, users are looked up by the
external_id or user_id of their rows; nobody can tell then what changed since.

While it reads, no run can work on the checkpoint. --differences writes all of it to
a file for its owner only (0600), in full; elsewhere values are masked.

Exit status
  0  every user is what its row says, or has changed since
  2  a flag, the key or the input cannot be used
  3  some users are not what their rows say, or not there
  4  stopped: Clerk cannot be reached; run the same command again
  5  Clerk refuses the key
  6  the checkpoint belongs to another input or instance
  7  a run works on the checkpoint
  130, 143  interrupted; what was found by then is shown`,
		Example: `  carryover verify users.csv
  carryover verify users.csv --sample 1000
  carryover verify users.csv --differences differences.csv
  carryover verify users.csv.carryover.db --output json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.flags = cmd.Flags()
			o.run.noteGiven(o.flags)
			return runVerify(cmd.Context(), ui, &o, args)
		},
	}
	flags := cmd.Flags()
	o.run.inputFlags.add(flags)
	o.run.addStream(flags)
	o.run.targetFlags.add(flags)
	o.run.progressFlags.add(flags)
	o.run.policyFlags.add(flags)
	_ = flags.MarkHidden("sandbox") // its users live as long as a run
	flags.StringVar(&o.run.checkpoint, "checkpoint", "", "checkpoint file (default: that of the first input)")
	flags.Int64Var(&o.sample, "sample", 0, "compare only so many rows, spread over the input; the same ones each time")
	flags.StringVar(&o.differences, "differences", "", "write every difference, in full, to this file (.jsonl or .csv)")
	flags.BoolVar(&o.force, "force", false, "replace that file if it is there")
	o.run.settle = time.Minute
	return cmd
}

// check checks the flags.
func (o *verifyOptions) check(args []string) error {
	ext := strings.ToLower(filepath.Ext(o.differences))
	switch {
	case o.run.sandbox:
		return usagef("the users of --sandbox are gone when their run ends: there is nothing to read back").
			hint("rehearse it against carryover sandbox, in another terminal")
	case o.run.keyFile == "-" && slices.Contains(args, "-"):
		return usagef("standard input cannot hold both the key and the users").hint("put the key into the environment variable " + keyVariable)
	case o.sample < 0 || o.run.maxInFlight < 0:
		return usagef("--sample and --max-in-flight cannot be negative")
	case o.differences != "" && ext != ".jsonl" && ext != ".csv":
		return usagef("--differences %s: the name must end in .jsonl or .csv", o.differences)
	}
	return refuseDebug(os.Getenv("GODEBUG"))
}

// find tells from the arguments which checkpoint is meant, if there is one, and
// which inputs.
func (o *verifyOptions) find(args []string) error {
	o.inputs = args
	switch {
	case o.run.checkpoint != "":
		exists, err := checkpoint.Exists(o.run.checkpoint)
		if err != nil {
			return placeError(err)
		}
		if !exists {
			return usagef("there is no checkpoint %s", o.run.checkpoint)
		}
		o.path = o.run.checkpoint
		return nil
	case len(args) == 0:
		var err error
		o.path, err = onlyCheckpoint("verify")
		return err
	}
	for _, path := range []string{args[0], checkpointPath("", args[0], false)} {
		if !strings.HasSuffix(path, ".db") {
			continue
		}
		exists, err := checkpoint.Exists(path)
		if err != nil {
			return placeError(err)
		}
		if exists {
			if o.path = path; path == args[0] {
				o.inputs = args[1:]
			}
			return nil
		}
	}
	return nil
}

// onlyCheckpoint is the checkpoint of this folder, for a command without an
// argument.
func onlyCheckpoint(command string) (string, error) {
	paths, err := filepath.Glob("*.carryover.db")
	if err != nil || len(paths) == 0 {
		return "", usagef("there is no checkpoint in this folder").
			hint("go to the folder where carryover run was started, or name the input, or its checkpoint: carryover " + command + " users.csv")
	}
	if len(paths) > 1 {
		return "", usagef("this folder has %d checkpoints", len(paths)).
			hint("name the input, or its checkpoint: carryover "+command+" users.csv", "carryover status lists them")
	}
	return paths[0], nil
}

// runVerify is the whole of verify.
func runVerify(ctx context.Context, ui *console, o *verifyOptions, args []string) (err error) {
	if err := o.run.apply(ui); err != nil {
		return err
	}
	v := &verification{migration: migration{ui: ui, o: &o.run, started: time.Now()}, opts: o}
	defer func() {
		err = o.run.refused(ui, err, &report.Document{Command: "verify", Input: report.Input{Files: o.inputs}})
	}()
	for _, step := range []func() error{o.run.progressFlags.check, func() error { return o.check(args) }, func() error { return o.find(args) }} {
		if err := step(); err != nil {
			return err
		}
	}
	soft, hard, end := catchSignals(ctx, ui.quit)
	defer end()
	v.soft, v.hard = soft, hard
	teller, endTelling := o.run.teller(ui)
	defer endTelling()
	v.teller = teller
	defer func() { err = worse(err, v.close()) }()
	for _, step := range []func() error{v.openCheckpoint, v.openInput, v.prepareToRead, v.askInstance, v.choose} {
		if err := step(); err != nil {
			return interrupted(soft, err)
		}
	}
	return v.verify()
}
