package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

type undoOptions struct {
	outputFlags
	targetFlags
	progressFlags

	dryRun  bool
	confirm string
	oldKey  string
	settle  time.Duration
}

func newUndo(ui *console) *cobra.Command {
	var o undoOptions
	cmd := &cobra.Command{
		Use:   "undo FILE|CHECKPOINT",
		Short: "Take back what a migration did",
		Long: `Take a migration back: delete the users that it created, and give the users that
it updated their fields back as they were. Never anybody else.

First every user is looked up (100 a request, reads only), and what would be done
is shown. Then, on a terminal, the id of the instance has to be typed, whatever
kind of instance it is; elsewhere it takes --confirm INSTANCE. --dry-run ends
before that. Before anything is sent for a user, it is looked up once more, some
seconds before at the usual pace.

Left as they are, and listed: users who have signed in, and users that were
changed since the migration wrote them, by Clerk's own time of it (by this
machine's, where a release before undo made the checkpoint). A field of an updated user is given back
only where it still holds what was written. What was empty is emptied.

Before an update, run keeps the readable fields that it changes in the checkpoint,
sealed with the secret key of Clerk: no file but that key opens them. Where the
key has been replaced since, --old-key-file names a file with the earlier one, which
is used for that alone. Not to be given back are passwords and digests, TOTP
secrets, backup codes and profile images, of which nothing is kept, and users that
nobody looked at: rows with a user_id are only looked at with run --keep-before all.
E-mail addresses and phone numbers of users who exist are not changed by a run.

It can be interrupted at any moment; the same command goes on. Afterwards the
checkpoint says that it was undone, and run refuses it. Organizations, sessions
and whatever else came of the users in between are not looked at.

Exit status
  0  every user is as before
  2  a flag, the key or the checkpoint cannot be used, or consent is needed
  3  finished (or surveyed); some users, or fields, are not as before
  4  stopped, resumable: run the same command again
  5  Clerk refuses the key or the plan
  6  the checkpoint belongs to another instance
  7  another carryover works on the checkpoint
  130, 143  interrupted, resumable`,
		Example: `  carryover undo users.csv --dry-run
  carryover undo users.csv.carryover.db --confirm ins_2abc`,
		Args: oneMigration,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.rateGiven, o.shareGiven = cmd.Flags().Changed("rate-limit"), cmd.Flags().Changed("share")
			if !cmd.Flags().Changed("api-version") {
				o.apiVersion = ""
			}
			return runUndo(cmd.Context(), ui, &o, args[0])
		},
	}
	flags := cmd.Flags()
	o.outputFlags.add(flags)
	o.targetFlags.addRemote(flags)
	o.progressFlags.add(flags)
	flags.Lookup("api-version").DefValue = "that of the migration"
	flags.BoolVar(&o.dryRun, "dry-run", false, "look up what would be done (reads only) and show it; nothing is written")
	flags.StringVar(&o.confirm, "confirm", "", "undo in the instance with this id without asking")
	flags.StringVar(&o.oldKey, "old-key-file", "", "file that holds the secret key that the migration ran with, where it has been replaced: it opens what was kept, and is not sent")
	flags.DurationVar(&o.settle, "settle", time.Minute, "how long a create without an answer is left alone before it is looked up; a request may take three quarters of it")
	return cmd
}

func oneMigration(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usagef("undo takes one argument: the input, or the checkpoint, of the migration").hint("carryover status lists the checkpoints of this folder")
	}
	return nil
}

// An undoing is the way of undo, from the checkpoint to the report. Of a
// migration it has what leads to Clerk.
type undoing struct {
	migration
	u     *undoOptions
	seals []*checkpoint.Seal
	open  []migrate.Result // creates of which nobody knows whether they made a user
	begun bool             // an earlier undo has
}

func runUndo(ctx context.Context, ui *console, o *undoOptions, arg string) (err error) {
	if err := errors.Join(o.outputFlags.apply(ui), o.progressFlags.check(), refuseDebug(os.Getenv("GODEBUG"))); err != nil {
		return err
	}
	if o.settle < 100*time.Millisecond || o.settle > time.Hour {
		return usagef("--settle must be between 100ms and 1h")
	}
	if o.maxInFlight < 0 {
		return usagef("--max-in-flight cannot be negative")
	}
	w := &undoing{u: o, migration: migration{ui: ui, started: time.Now(), o: &runOptions{targetFlags: o.targetFlags, settle: o.settle}}}
	if w.path, err = findCheckpoint(arg); err != nil {
		return err
	}
	soft, hard, end := catchSignals(ctx, ui.quit)
	defer end()
	w.soft, w.hard = soft, hard
	teller, endTelling := o.teller(ui)
	defer endTelling()
	w.teller = teller
	defer func() { err = worse(err, w.close()) }()
	for _, step := range []func() error{w.enter, w.reach, w.settleCreates, w.unlock} {
		if err := step(); err != nil {
			return interrupted(soft, err)
		}
	}
	return w.takeBack()
}

// enter opens the checkpoint.
func (w *undoing) enter() (err error) {
	if w.db, err = checkpoint.Open(w.soft, w.path); err != nil {
		w.db = nil
		return checkpointError(err)
	}
	id := w.db.Identity()
	if id.KeyKind == "sandbox" {
		return usagef("%s is of a rehearsal with --sandbox, whose users are gone: there is nothing to undo", w.path)
	}
	if w.o.apiVersion == "" {
		w.o.apiVersion = id.APIVersion
	}
	w.begun, err = w.db.UndoBegun(w.soft)
	return checkpointError(err)
}

// reach makes the client, and refuses another instance than the migration's.
func (w *undoing) reach() error {
	if err := w.prepare(); err != nil {
		return err
	}
	if err := w.connect(); err != nil {
		return err
	}
	id := w.db.Identity()
	if w.target.InstanceID != id.InstanceID || w.keyKind != id.KeyKind {
		return exit(exitMismatch, fmt.Errorf("checkpoint %s belongs to the instance %s (%s key), and the key from %s opens %s (%s key)",
			w.path, report.Clean(id.InstanceID), id.KeyKind, w.target.KeyOrigin, report.Clean(w.target.InstanceID), w.keyKind)).
			hint("set the secret key of that instance")
	}
	sayTarget(w.ui, &w.target)
	if confirm := w.u.confirm; confirm != "" && confirm != w.target.InstanceID {
		return exit(exitMismatch, fmt.Errorf("--confirm %s is not the instance of the key, which is %s", confirm, w.target.InstanceID)).
			hint("check which key is set")
	}
	w.ui.say("Checkpoint  %s  (%s, %s)", report.Clean(w.path), report.Clean(id.InputName), rowsText(id.Rows))
	return nil
}

// settleCreates looks up the creates whose answer never came.
func (w *undoing) settleCreates() error {
	for again := range 2 {
		unfinished, err := w.db.Unfinished(w.soft)
		if err != nil {
			return checkpointError(err)
		}
		w.open = w.open[:0]
		for i := range unfinished {
			if unfinished[i].Open() {
				w.open = append(w.open, unfinished[i])
			}
		}
		if len(w.open) == 0 || again > 0 {
			return nil
		}
		w.ui.say("Looking up %s creates whose answer never came, once they can no longer be under way (%s) …",
			report.Number(int64(len(w.open))), report.Duration(w.u.settle))
		_, err = migrate.Settle(w.soft, migrate.Config{API: w.client, Ledger: w.db, Settle: w.u.settle})
		w.noteLastSend()
		var e *migrate.Error
		if errors.As(err, &e) {
			return requestError(err, w.target.KeyOrigin)
		}
		if err != nil {
			return checkpointError(err)
		}
	}
	return nil
}

// unlock makes what opens the sealed fields.
func (w *undoing) unlock() error {
	key, _, err := w.u.key(w.ui)
	if err != nil {
		return err
	}
	keys := []migrate.Secret{key}
	if w.u.oldKey != "" {
		old, _, err := readKey(w.ui, w.u.oldKey)
		if err != nil {
			return err
		}
		if _, err := clerk.KindOfKey(old); err != nil {
			return usage(fmt.Errorf("--old-key-file: %w", err))
		}
		keys = append(keys, old)
	}
	for _, key := range keys {
		seal, err := w.db.Seal(key)
		if err != nil {
			return err
		}
		w.seals = append(w.seals, seal)
	}
	return nil
}

// unseal opens what was kept of a user with whichever key does.
func (w *undoing) unseal(userID string, sealed []byte) (migrate.KeptChanges, error) {
	var changes migrate.KeptChanges
	err := checkpoint.ErrSealed
	for _, seal := range w.seals {
		if changes, err = seal.Open(userID, sealed); err == nil {
			break
		}
	}
	return changes, err
}

// takeBack surveys, asks, undoes and tells.
func (w *undoing) takeBack() error {
	if err := w.db.PrepareUndo(w.hardKeep()); err != nil {
		return checkpointError(err)
	}
	survey, err := w.survey()
	if err != nil {
		return interrupted(w.soft, errors.Join(err, w.forget()))
	}
	switch {
	case w.u.dryRun:
		return errors.Join(w.tellSurvey(survey), w.forget())
	case survey.Users == 0 && w.begun:
		w.ui.say("Nothing to do: it has been undone before.")
		doc, err := w.result(w.soft, nil)
		return errors.Join(w.publish(doc), err)
	}
	if err := w.showSurvey(survey); err != nil {
		return errors.Join(err, w.forget())
	}
	if err := w.consent(); err != nil {
		return errors.Join(err, w.forget())
	}
	return w.carryOut(survey.Users)
}

// forget leaves nothing of an undo that has not begun.
func (w *undoing) forget() error { return checkpointError(w.db.ForgetUndo(w.hardKeep())) }

// consent asks before anything is written, whatever the instance.
func (w *undoing) consent() error {
	id := w.target.InstanceID
	if w.u.confirm != "" { // reach has compared it
		return nil
	}
	w.ui.say("\nThis deletes users, and changes others. Each sends a webhook. Deleted users cannot be brought back.")
	typed, ok := w.ui.ask("Type the instance id to go on: ")
	switch {
	case !ok:
		return usagef("undo needs consent; nothing was sent").hint("to go on: " + w.ui.command("--confirm", id))
	case typed != id:
		return usagef("that is not the instance id; nothing was sent")
	}
	return nil
}
