package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"carryover/migrate"
	"carryover/migrate/report"
)

type validateOptions struct {
	inputFlags
	outputFlags
	pageFlags
	rejectFlags
	progressFlags
	targetFlags
	settingsFlags
	problems string
	prove    string
	force    bool
	online   bool
}

func newValidate(ui *console) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate FILE…",
		Short: "Check every row; nothing is sent, no key is needed",
		Long: `Check every row of CSV, JSONL, JSON or LDIF files (also .gz, .zst; - is standard
input) by the rules of Clerk's API: shapes, limits, digests against their
hashers, duplicates inside the input. Nothing is sent; only the file is needed.

With --online, every row is also held against the settings of the Clerk instance of
the secret key, with reads only: which identifiers are off or required, passwords,
second factors, legal consent. Each row that it would refuse is named, with the
setting to change. Settings that cannot be read refuse nothing, and that is said.
Where a user may exist already, what only a new one must have is a warning.

--html OUT also writes the result as one page to open in a browser or to send,
with what the data is made of: coverage of columns, hashers, identifiers, sign-ups
by month. It needs no network and runs no script. Ids in it are masked.

--rejects OUT writes the rows that would be rejected as they stand in the input,
behind columns carryover_… that say why: correct them and run that file as an
input of its own. carryover report --help says what of secrets is in it.

It says how long a migration of the rows will take at Clerk's published limits;
--rate-limit and --share say what yours are.

Exit status
  0  every row can be sent (there may be warnings)
  2  the input cannot be read, or a flag is wrong
  3  some rows would be rejected, or an account of --prove could not be proved
  4  with --online: Clerk cannot be reached
  5  with --online: Clerk refuses the key
  6  with --online: the keys belong to different instances`,
		Example: `  carryover validate users.csv
  carryover validate users.csv --problems problems.csv
  carryover validate users.csv --html plan.html
  carryover validate users.csv --rejects fix.csv
  CLERK_SECRET_KEY=sk_test_… carryover validate users.csv --online
  gunzip -c users.jsonl.gz | carryover validate -`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.noteGiven(cmd.Flags())
			return validate(cmd.Context(), ui, &o, args)
		},
	}
	o.inputFlags.add(cmd.Flags())
	o.outputFlags.addStream(cmd.Flags())
	o.progressFlags.add(cmd.Flags())
	o.paceFlags.add(cmd.Flags())
	cmd.Flags().StringVar(&o.problems, "problems", "", "write each problem to this file (.jsonl or .csv)")
	cmd.Flags().StringVar(&o.prove, "prove", "", "file with the columns key and password (and totp_code or totp_secret): verify the digests of these users")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace these files if they are there")
	cmd.Flags().BoolVar(&o.online, "online", false, "hold the rows against the settings of the instance as well; needs the key")
	o.addInstance(cmd.Flags())
	o.settingsFlags.add(cmd.Flags())
	o.pageFlags.add(cmd.Flags(), "the result")
	o.rejectFlags.add(cmd.Flags(), "rejected rows")
	return cmd
}

func validate(ctx context.Context, ui *console, o *validateOptions, paths []string) (err error) {
	if err := errors.Join(o.outputFlags.apply(ui), o.progressFlags.check()); err != nil {
		return err
	}
	ui.say("Checking %s …", inputName(paths)) // the first word: what follows may take a while
	start := time.Now()
	defer func() {
		err = o.refused(ui, err, &report.Document{Command: "validate", Input: report.Input{Files: paths}, Seconds: time.Since(start).Seconds()})
	}()
	if err := errors.Join(o.pageFlags.check(), o.rejectFlags.check()); err != nil {
		return err
	}
	if _, err := o.estimates(0); err != nil {
		return err
	}
	rules, err := o.rules(start)
	if err != nil {
		return err
	}
	rules.Survey = o.html != ""
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	online, err := o.ask(soft, ui, &rules)
	if err != nil {
		return interrupted(soft, err)
	}
	teller, endTelling := o.teller(ui)
	defer endTelling()
	if err := o.openMapping(soft, &rules); err != nil {
		return interrupted(soft, err)
	}
	read := slices.Concat(paths, o.files())
	list, err := createProblemList(o.problems, o.force, append(read, o.prove)...)
	if err != nil {
		return err
	}
	defer list.drop()
	page, err := o.createPage(o.force, append(read, o.prove)...)
	if err != nil {
		return err
	}
	defer page.drop()
	warnReadable(ui, append(slices.Clone(read), o.prove))
	var back *giveBack
	if o.rejects != "" {
		back = o.giveBack(&o.inputFlags, rules, o.force, append(slices.Clone(read), o.prove))
		defer back.drop()
	}
	census, unknown, samples, err := o.look(soft, teller, paths, rules, list, back)
	if err != nil {
		return interrupted(soft, err)
	}
	joins := joinsOf(rules)
	proofs, err := o.proofs(soft, paths, rules)
	if err != nil {
		return interrupted(soft, err)
	}
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: "validate", State: "checked",
		Input: report.Input{Files: paths}, Problems: report.FromGroups(census.Groups, len(census.Files) > 1), Unknown: unknown,
		Counts:  report.Counts{Rows: census.Rows, Rejected: census.Rejected, Dropped: census.Dropped, Unfinished: census.Good()},
		Mapping: o.name(), Joins: joins,
		Digests: &report.Digests{Hashers: census.Hashers, LooksLike: census.Looks, Plain: census.Passwords, Without: census.WithoutPassword},
		Proofs:  proofs, Target: online.target, Settings: online.document(), Seconds: time.Since(start).Seconds(),
	}
	doc.Estimates, _ = o.estimates(census.Good() + lookUpRequests(census.Good()-census.UserIDs)) // the flags have been read before
	doc.Next = o.steps(subject{inputs: paths, flags: flagsOf(ui.args, readingFlags...)}, census)
	kept := list.keep()
	if back != nil {
		if err := back.keep(ui, doc, o.modeFlag()); err != nil {
			kept = ui.alsoFailed(kept, err)
		}
	}
	if page != nil {
		plan := o.page(doc)
		plan.Survey, plan.Samples = census.Survey, samples.List()
		if err := page.write(ui, plan); err != nil {
			kept = ui.alsoFailed(kept, err)
		}
	}
	if err := o.write(ui.out, doc); err != nil {
		kept = ui.alsoFailed(kept, err)
	}
	if kept != nil {
		return kept
	}
	if census.Rows == 0 {
		ui.say("%s holds no users", report.Clean(paths[0]))
	}
	if o.problems != "" {
		ui.say("every problem is in %s", report.Clean(o.problems))
	}
	if census.Rejected > 0 || slices.ContainsFunc(proofs, report.Proof.Failed) {
		return quietly(exitProblems)
	}
	return nil
}

// An answer is what an instance says before its rows are checked.
type answer struct {
	instanceSettings
	target *report.Target // nil where nobody asked
}

// ask asks the instance for its settings, with --online, and adds them to the
// rules.
func (o *validateOptions) ask(ctx context.Context, ui *console, rules *migrate.Rules) (answer, error) {
	if !o.online {
		return answer{}, nil
	}
	if err := refuseDebug(os.Getenv("GODEBUG")); err != nil {
		return answer{}, err
	}
	c, err := o.dial(ui, &o.settingsFlags)
	if err != nil {
		return answer{}, err
	}
	defer c.client.Close()
	instance, err := c.client.Instance(ctx)
	if err != nil {
		return answer{}, requestError(err, c.origin)
	}
	if err := keyFits(c.kind, c.origin, instance); err != nil {
		return answer{}, err
	}
	read, err := readSettings(ctx, c.client, o.frontend(), instance)
	if err != nil {
		return answer{}, err
	}
	a := answer{read, c.target(instance, o.apiVersion)}
	sayTarget(ui, a.target)
	a.say(ui)
	rules.Settings = read.known
	rules.Empty, err = isEmpty(ctx, c.client, rules)
	return a, err
}

// proofs proves the accounts of --prove.
func (o *validateOptions) proofs(ctx context.Context, paths []string, rules migrate.Rules) ([]report.Proof, error) {
	if o.prove == "" {
		return nil, nil
	}
	known, err := readAccounts(ctx, o.prove, maxAccounts)
	if err != nil {
		return nil, err
	}
	return o.provePasswords(ctx, paths, rules, known)
}

// modeFlag is the flag that says the mode, where it is not the usual one.
func (o *validateOptions) modeFlag() []string {
	if o.mode == migrate.Upsert.String() {
		return nil
	}
	return []string{"--mode", o.mode}
}

// steps are what may be done after a check. s says how the input is named and
// read.
func (o *validateOptions) steps(s subject, census *migrate.Census) []report.Step {
	var steps []report.Step
	add := func(does, command string) { steps = append(steps, report.Step{Command: command, Does: does}) }
	run := slices.Concat([]string{"run"}, s.inputs, s.flags)
	run = append(run, o.modeFlag()...)
	if census.Rejected > 0 {
		if o.rejects == "" {
			steps = append(steps, s.rejectsStep())
		}
		if allowed, err := rejectsAllowed("", census.Rows); err == nil && census.Rejected > allowed {
			run = append(run, "--max-rejects", fmt.Sprint(census.Rejected))
		}
	}
	if census.Good() > 0 {
		add("rehearses the migration on this machine, against a sandbox", commandLine(append(slices.Clone(run), "--sandbox")))
		add("migrates the rows that can be sent", commandLine(run))
	}
	return steps
}

// look reads the input and lists its problems, with the first rows of each where
// a page is to show them, and gives the refused rows back where back is not nil.
func (o *validateOptions) look(ctx context.Context, teller *teller, paths []string, rules migrate.Rules, list *problemList, back *giveBack) (*migrate.Census, []string, *report.Samples, error) {
	in, err := o.open(paths, nil)
	if err != nil {
		return nil, nil, nil, err
	}
	defer func() { _ = in.Close() }()
	defer teller.tell(newReading("Checking "+inputName(paths), in))()
	var samples *report.Samples
	var refused []migrate.Result
	census, err := migrate.Check(ctx, in, rules, o.telling(func() (func([]migrate.Problem) error, error) {
		if o.html != "" {
			samples = report.NewSamples()
		}
		refused = nil
		add, err := list.begin()
		return func(problems []migrate.Problem) error {
			samples.Problems(problems)
			if r, ok := refusal(problems); ok && back != nil && r.State == migrate.Rejected {
				refused = append(refused, r)
			}
			return add(problems)
		}, err
	}))
	if err != nil {
		return nil, nil, nil, fileError(exitUsage, err)
	}
	samples.In(census.Files)
	if err := o.missingColumns(in, census.Rows); err != nil {
		return nil, nil, nil, err
	}
	if back != nil {
		err = back.write(ctx, in, func(yield func(migrate.Result, error) bool) {
			for i := range refused {
				if !yield(refused[i], nil) {
					return
				}
			}
		})
	}
	return census, in.Unknown(), samples, err
}
