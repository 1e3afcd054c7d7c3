package main

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carryover/migrate/clerk"
)

type runOptions struct {
	inputFlags
	outputFlags
	targetFlags
	progressFlags
	selectionFlags
	windowFlags
	logFlags
	policyFlags
	planFlags
	settingsFlags

	noSettings bool
	dryRun     bool
	delta      bool
	canary     string
	checkpoint string
	maxRows    int64
	maxRejects string
	keepBefore string
	settle     time.Duration
	maxOutage  time.Duration
	yes        bool
	confirm    string
}

func newRun(ui *console) *cobra.Command {
	var o runOptions
	cmd := &cobra.Command{
		Use:   "run FILE…",
		Short: "Migrate; go on where the last run stopped",
		Long: `Migrate the users of CSV, JSONL, JSON or LDIF files into the Clerk instance of the
secret key. Every row is checked before the first request. What has been done
is kept in a checkpoint, so that the same command goes on after any
interruption and sends nothing twice.

A run on an input that has changed since its checkpoint was made is refused, and
says what changed. With --delta it goes on with the new input: rows that are as
they were sent are left alone, changed ones update the user that they were
brought to, new ones are sent as the mode says, and so are those that were
rejected, in conflict or left over. Users that the input does not have any more
are listed as vanished; they stay in Clerk. Mode, options, instance and API
version must be those of the checkpoint, or rows could not be compared.

A row is known by its external_id, else its user_id, wherever it stands in the
input and whatever the format of the file. The order of members and white space
in metadata do not count; the spelling of a number does (1 and 1.0 differ). A row
with neither id is known by its whole content: where it changed, it cannot be
told from a new one. So while a user that was made of such a row is missing in
the input, other rows without an id are refused (delta_without_key) instead of
perhaps doubling the user; give them an external_id.

With --canary FILE the users whose passwords you know go first: at most 100, by
the columns key (external_id, user_id, e-mail address or username) and password,
and totp_code or totp_secret where they have a second factor. Clerk is then asked
whether each can sign in, and no other row is sent unless all can. Otherwise the
run stops and says for each what is wrong; the next run with the file asks again,
and sends no user twice. Rows of the canary count among --max-rows. With --dry-run
the accounts are only proved on this machine. Backup codes are never sent.

What an update does with a user that exists is --on-existing: overwrite what the
row gives, fill what is empty in Clerk, or skip the user. --metadata merge merges
metadata instead of replacing it. A mapping may say it for each property (policy:,
see carryover help mapping). What is left as it is in Clerk is counted by property.
Secrets cannot be read: fill sends a password, TOTP secret or backup codes where
the user has none.

--dry-run tells, property by property, what would be set, changed and left. With
--plan OUT.jsonl it writes that for each row, personal data in clear, to a file that
only you can read. run --plan FILE then does exactly that: it sends nothing where
input, mapping, flags or instance are others, or the file was changed or is cut off;
and a row whose user is not as the plan saw it is a conflict (plan_changed) for which
nothing is sent. An interrupted run goes on with the same command.

Before anything is sent, every row is held against the settings of the instance:
which identifiers are off or required, passwords, second factors, legal consent. A
row that Clerk would refuse is rejected, and the report names the setting to
change; after that, --only rejected sends it. Settings that cannot be read refuse
nothing, and the run says so.

The key comes from CLERK_SECRET_KEY, --secret-key-file or --env-file. With
--sandbox no key is needed: the run goes to a Clerk in memory that lives as long
as the run.

Exit status
  0  every row is in a good end state
  2  a flag, the key or the input cannot be used, or consent is needed
  3  finished; some rows rejected or in conflict
  4  stopped, resumable: run the same command again (network, disk, time window,
     rows left to be tried again, a canary that cannot sign in)
  5  Clerk refuses the key, the plan or the quota
  6  the checkpoint, or the plan, belongs to another input or instance
  7  another carryover works on the checkpoint
  130, 143  interrupted, resumable`,
		Example: `  carryover run users.csv --sandbox
  carryover run users.csv --dry-run
  carryover run users.csv --canary accounts.csv
  carryover run users.csv --on-existing fill --dry-run --plan plan.jsonl
  carryover run users.csv --on-existing fill --plan plan.jsonl
  carryover run users.csv --delta
  carryover run users.csv --only rejected      # once the instance is mended
  CLERK_SECRET_KEY=sk_test_… carryover run users.csv
  carryover run users.csv --max-rows 10 --secret-key-file key.txt`,
		Args: needFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.noteGiven(cmd.Flags())
			return runCommand(cmd.Context(), ui, &o, args)
		},
	}
	flags := cmd.Flags()
	o.inputFlags.add(flags)
	o.outputFlags.addStream(flags)
	o.targetFlags.add(flags)
	o.progressFlags.add(flags)
	o.selectionFlags.add(flags)
	o.windowFlags.add(flags)
	o.logFlags.add(flags)
	o.policyFlags.add(flags)
	o.planFlags.add(flags)
	o.settingsFlags.add(flags)
	flags.BoolVar(&o.noSettings, "no-settings", false, "do not read the instance's settings, and hold no row against them")
	flags.BoolVar(&o.dryRun, "dry-run", false, "ask Clerk (reads only) and print the plan; nothing is written")
	flags.BoolVar(&o.delta, "delta", false, "the input has changed since the checkpoint was made: send what is new or changed (see above)")
	flags.StringVar(&o.canary, "canary", "", "file with the columns key and password (and totp_code or totp_secret): send these users first, and the others only if all of them can sign in")
	flags.StringVar(&o.checkpoint, "checkpoint", "", "checkpoint file (default: the first input's base name + .carryover.db, in this folder)")
	flags.Int64Var(&o.maxRows, "max-rows", 0, "stop after this many rows (a canary); the next run goes on")
	flags.StringVar(&o.maxRejects, "max-rejects", "", "rows that may be rejected, N or PCT% (default: 5% of the input, at least 100)")
	flags.StringVar(&o.keepBefore, "keep-before", keepAuto, "what undo can give back to users that are updated: auto (of those that look-ups show anyway), all (rows with user_id are looked up too, 100 a request) or none; sealed in the checkpoint")
	flags.DurationVar(&o.settle, "settle", time.Minute, "how long a create without an answer is left alone before it is looked up; a request may take three quarters of it")
	flags.DurationVar(&o.maxOutage, "max-outage", 15*time.Minute, "stop, resumable, when nothing has got through to Clerk for so long")
	flags.BoolVar(&o.yes, "yes", false, "write up to 100 rows to a production instance without asking; more take --confirm")
	flags.StringVar(&o.confirm, "confirm", "", "write to the production instance with this id without asking")
	return cmd
}

// targetFlags say which instance is written to and at what pace.
type targetFlags struct {
	sandbox     bool
	apiURL      string
	apiVersion  string
	keyFile     string
	envFile     string
	caFile      string
	maxInFlight int
	paceFlags
}

func (f *targetFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.sandbox, "sandbox", false, "run against a Clerk in memory that lives as long as the run; no key is needed")
	f.addRemote(flags)
}

// addRemote is add for commands to which the embedded sandbox is of no use.
func (f *targetFlags) addRemote(flags *pflag.FlagSet) {
	f.addInstance(flags)
	f.paceFlags.add(flags)
	flags.IntVar(&f.maxInFlight, "max-in-flight", 0, "requests in flight (default: from measured latency, 8 to 256)")
}

// addInstance adds those that say which instance is meant.
func (f *targetFlags) addInstance(flags *pflag.FlagSet) {
	flags.StringVar(&f.apiURL, "api-url", "", "Clerk's Backend API (env CLERK_API_URL; default https://api.clerk.com/v1)")
	flags.StringVar(&f.apiVersion, "api-version", clerk.VersionMetadataInline, "Clerk-API-Version: "+clerk.VersionMetadataInline+" or "+clerk.VersionMetadataApart)
	flags.StringVar(&f.keyFile, "secret-key-file", "", "file that holds the secret key, - for standard input (default: env CLERK_SECRET_KEY)")
	flags.StringVar(&f.envFile, "env-file", "", "file of NAME=VALUE lines that sets CLERK_SECRET_KEY, such as .env; nothing else of it is read")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM file of certificates to trust beside the system's, such as a proxy's")
}

// rejectsAllowed reads --max-rejects for an input of rows records.
func rejectsAllowed(text string, rows int64) (int64, error) {
	if text == "" {
		return max(100, rows/20), nil
	}
	number, percent := strings.CutSuffix(text, "%")
	if percent {
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || !(p >= 0 && p <= 100) {
			return 0, usagef("--max-rejects %q: write a number of rows, or a percentage like 5%%", text)
		}
		return int64(float64(rows) * p / 100), nil
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return 0, usagef("--max-rejects %q: write a number of rows, or a percentage like 5%%", text)
	}
	return n, nil
}

// runCommand is the whole of run: look, ask, write, tell.
func runCommand(ctx context.Context, ui *console, o *runOptions, paths []string) (err error) {
	if err := errors.Join(o.outputFlags.apply(ui), o.progressFlags.check()); err != nil {
		return err
	}
	m := &migration{ui: ui, o: o, paths: paths, started: time.Now()}
	defer func() { err = o.refused(ui, err, m.unwritten()) }()
	if err := refuseDebug(os.Getenv("GODEBUG")); err != nil {
		return err
	}
	if o.keyFile == "-" && slices.Contains(paths, "-") {
		return usagef("standard input cannot hold both the key and the users").hint("put the key into the environment variable " + keyVariable)
	}
	if err := errors.Join(o.selectionFlags.check(), o.windowFlags.check(), o.checkPlan()); err != nil {
		return err
	}
	if o.settle < 100*time.Millisecond || o.settle > time.Hour {
		return usagef("--settle must be between 100ms and 1h")
	}
	if err := o.checkKeepBefore(); err != nil {
		return err
	}
	if o.maxRows < 0 || o.maxInFlight < 0 {
		return usagef("--max-rows and --max-in-flight cannot be negative")
	}
	if o.maxOutage < time.Second {
		return usagef("--max-outage must be at least 1s")
	}
	soft, hard, end := catchSignals(ctx, m.leave)
	defer end()
	m.soft, m.hard = soft, hard
	if err := m.beginLog(); err != nil {
		return err
	}
	returned := false
	defer func() { m.endLog(returned, err) }()
	teller, endTelling := o.teller(ui)
	defer endTelling()
	m.teller = teller
	defer func() { err = worse(err, m.close()) }()
	err = m.runSteps()
	returned = true
	return err
}

// runSteps is the way of a run, from the look at the input to the report.
func (m *migration) runSteps() error {
	for _, step := range []func() error{m.readCanary, m.look, m.readPlan, m.prepare, m.settle, m.preflight, m.choose, m.findCanary} {
		if err := step(); err != nil {
			return interrupted(m.soft, err)
		}
	}
	if done, err := m.complete(); done || err != nil {
		if err == nil {
			err = m.nothingToDo()
		}
		return interrupted(m.soft, err)
	}
	if err := m.connect(); err != nil {
		return interrupted(m.soft, err)
	}
	if err := m.holdSettings(); err != nil {
		return interrupted(m.soft, err)
	}
	if m.o.dryRun {
		return interrupted(m.soft, m.preview())
	}
	if err := m.matchPlan(); err != nil {
		return err
	}
	if m.toSend() == 0 && !m.replaced && m.canary == nil {
		return m.nothingToDo()
	}
	if err := m.consent(); err != nil {
		return err
	}
	return m.migrate()
}

// worse returns the error to end with: that of closing, where the run itself
// has nothing to say that the report has not said.
func worse(err, closing error) error {
	var exit *exitError
	if closing != nil && errors.As(err, &exit) && exit.err == nil {
		return closing
	}
	return errors.Join(err, closing)
}
