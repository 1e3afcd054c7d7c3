package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

type doctorOptions struct {
	outputFlags
	targetFlags
	settingsFlags
	checkpoint string
}

func newDoctor(ui *console) *cobra.Command {
	var o doctorOptions
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at the key, the instance, its settings, the clock and the folder before a run",
		Long: `Look at everything that a run leans on, and say of each what is to be thought of it:
the secret key and the instance that it opens, how many users are there, whether the
API version is served, this machine's clock, the folder for the checkpoint, the pace
of a run, and the settings of the instance. Nothing is written, here or in Clerk;
it takes four requests or five.

The settings come from Clerk's Frontend API, which is found by --publishable-key or
by the instance's domains. It gets neither the secret key nor anything else.
carryover validate --online holds every row against them.

Exit status
  0  nothing bad was found (there may be warnings)
  2  there is no key, or a flag is wrong
  3  something bad was found
  4  Clerk cannot be reached
  5  Clerk refuses the key
  6  the keys or addresses belong to different instances`,
		Example: `  CLERK_SECRET_KEY=sk_test_… carryover doctor
  carryover doctor --env-file .env --publishable-key pk_live_… --output json
  carryover doctor --checkpoint /var/lib/migration/users.db`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.noteGiven(cmd.Flags())
			return doctor(cmd.Context(), ui, &o)
		},
	}
	flags := cmd.Flags()
	o.outputFlags.add(flags)
	o.addInstance(flags)
	o.settingsFlags.add(flags)
	o.paceFlags.add(flags)
	flags.StringVar(&o.checkpoint, "checkpoint", "", "where the checkpoint is to lie (default: this folder)")
	return cmd
}

func doctor(ctx context.Context, ui *console, o *doctorOptions) error {
	if err := o.apply(ui); err != nil {
		return err
	}
	start := time.Now()
	if err := refuseDebug(os.Getenv("GODEBUG")); err != nil {
		return err
	}
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	c, err := o.dial(ui, &o.settingsFlags)
	if err != nil {
		return err
	}
	defer c.client.Close()
	ui.say("Asking %s …", c.client.BaseURL())
	doc := &report.Checkup{SchemaVersion: report.SchemaVersion, Command: "doctor", State: report.Good, Checks: []report.Check{}}
	failed := examineInstance(soft, doc, c, o)
	if soft.Err() != nil {
		return interrupted(soft, soft.Err())
	}
	examineFolder(doc, o.checkpoint)
	examinePace(doc, c)
	doc.Seconds = time.Since(start).Seconds()
	write := report.CheckupText
	if o.format == "json" {
		write = func(w io.Writer, d *report.Checkup) error { return report.WriteJSON(w, d) }
	}
	if err := write(ui.out, doc); err != nil {
		return fmt.Errorf("the result cannot be written: %w", unwrapPath(err))
	}
	switch {
	case failed != nil:
		return failed
	case doc.State == report.Bad:
		return quietly(exitProblems)
	default:
		return nil
	}
}

// examineInstance asks Clerk. The error is one to end with, once the rest has
// been told.
func examineInstance(ctx context.Context, doc *report.Checkup, c *connection, o *doctorOptions) error {
	instance, err := c.client.Instance(ctx)
	if err != nil {
		failed := requestError(err, c.origin)
		var e *exitError
		if errors.As(failed, &e) && e.code == exitRefused {
			doc.Add("Key", report.Bad, e.err.Error(), "copy the secret key of the instance again from the Clerk Dashboard (API keys)")
			return failed
		}
		doc.Add("Clerk", report.Bad, failed.Error(), "check the network and --api-url")
		return failed
	}
	doc.Target = c.target(instance, o.apiVersion)
	doc.Add("Key", report.Good, fmt.Sprintf("a %s key, from %s; Clerk takes it", c.kind, c.origin), "")
	if err := keyFits(c.kind, c.origin, instance); err != nil {
		doc.Add("Instance", report.Bad, err.Error(), "check the key and --api-url")
		return err
	}
	doc.Add("Instance", report.Good, fmt.Sprintf("%s, %s, at %s", instance.ID, instance.EnvironmentType, c.client.BaseURL()), "")
	doc.Add("API version", report.Good, o.apiVersion+" is served", "")
	if err := examineUsers(ctx, doc, c, instance); err != nil {
		return err
	}
	return examineSettings(ctx, doc, c, o, instance)
}

// developmentCap is how many users a development instance takes, unless Clerk
// has raised it.
const developmentCap = 100

// examineUsers counts the users, and compares the clocks by the way.
func examineUsers(ctx context.Context, doc *report.Checkup, c *connection, instance clerk.Instance) error {
	clock, told, users, err := c.client.Clock(ctx)
	if err != nil {
		failed := requestError(err, c.origin)
		doc.Add("Users", report.Bad, "they cannot be counted: "+failed.Error(), "check that the key may read users")
		return failed
	}
	doc.Users = &users
	text, left := report.Number(users)+" users", developmentCap-users
	switch {
	case instance.EnvironmentType == "production":
		doc.Add("Users", report.Good, text, "")
	case left > 0:
		text += fmt.Sprintf("; a development instance takes %d, so %d more, unless Clerk has raised that for it, which no request tells", developmentCap, left)
		verdict, advice := report.Good, ""
		if left <= developmentCap/10 {
			verdict, advice = report.Doubtful, "delete test users, or ask Clerk to raise it, before more than that are migrated here"
		}
		doc.Add("Users", verdict, text, advice)
	default:
		doc.Add("Users", report.Doubtful, text+fmt.Sprintf("; a development instance takes %d, unless Clerk has raised that for it, which no request tells", developmentCap),
			"where it was not raised, no more users can be created here: delete test users, or ask Clerk")
	}
	if told {
		doc.ClockAheadMS = new(milliseconds(clock.Ahead))
	}
	examineClock(doc, clock, told)
	return nil
}

// How far the clock may be from Clerk's.
const (
	clockDoubtful = 2 * time.Second
	clockBad      = 5 * time.Minute
)

const (
	clockLater = "it matters from 2 s on: for waits until a date that Clerk names (Retry-After), and for created_at in the future"
	clockNow   = "waits until a date that Clerk names (Retry-After) end too early or too late, and what happened just now (created_at, legal_accepted_at) may count as in the future"
)

// examineClock judges the clock, in its favour where it cannot be measured
// better.
func examineClock(doc *report.Checkup, clock clerk.Clock, told bool) {
	if !told {
		doc.Add("Clock", report.Doubtful, "Clerk's answer holds no date to compare with", "check that this machine's clock is set by the network (NTP)")
		return
	}
	off, side := clock.Ahead, "ahead of"
	if off < 0 {
		off, side = -off, "behind"
	}
	text := fmt.Sprintf("%.1f s %s Clerk's, give or take %.1f s", off.Seconds(), side, clock.Margin.Seconds())
	verdict, matters, advice := report.Good, clockLater, ""
	switch sure := off - clock.Margin; {
	case sure >= clockBad:
		verdict = report.Bad
	case sure >= clockDoubtful:
		verdict = report.Doubtful
	}
	if verdict != report.Good {
		matters, advice = clockNow, "set this machine's clock by the network (NTP)"
	}
	doc.Add("Clock", verdict, text+"; "+matters, advice)
}
