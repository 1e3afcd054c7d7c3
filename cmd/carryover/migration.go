package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
	"carryover/source"
)

// A migration is one run of the run command, from the look at the input to
// the report. Its steps fill it from top to bottom.
type migration struct {
	ui         *console
	o          *runOptions
	paths      []string
	started    time.Time
	soft, hard context.Context // see catchSignals
	teller     *teller

	rules    migrate.Rules
	policy   migrate.Policy
	in       *source.Input
	print    source.Fingerprint
	path     string         // of the checkpoint
	db       *checkpoint.DB // nil until it exists
	resumed  bool           // db was there before
	replaced bool           // the input is to take the place of the one that db was made for
	delta    *migrate.Delta // how the two compare, until it has
	compared *report.Delta  // likewise, in numbers; nil where nothing was compared
	states   []migrate.State
	canary   *canary          // nil where none goes first
	readAll  bool             // also rows that are done
	passed   []bool           // rows without an outcome that --only leaves alone, by Row-1
	reopened []migrate.Result // rows with an outcome that are sent again
	rows     int64
	rejects  []migrate.Result   // of the checks, not yet in db
	problems []*migrate.Group   // of the checks, where they were made
	joins    []report.Join      // likewise
	survey   *migrate.Survey    // likewise
	planOut  *output            // of the plan that a dry run writes
	planHead migrate.PlanHead   // of the plan that is carried out
	planned  *migrate.PlanIndex // what the run may do; nil where no plan says it
	files    migrate.Files

	target   report.Target
	kind     clerk.KeyKind
	keyKind  string // as the checkpoint keeps it
	limit    clerk.Limit
	client   *clerk.Client
	keyPrint func() string                    // see checkpoint.RunInfo; needs db
	seal     func() (*checkpoint.Seal, error) // needs db
	sandbox  *sandboxServer
	allowed  *int64           // rows that may be rejected; nil until it sends
	held     instanceSettings // the settings of the instance
	warnings *groups          // that only a run meets, of earlier runs too
	sending  atomic.Bool      // from here on see lastWords
	log      *eventLog
	result   *report.Document // once it is known
}

// close releases everything, in the order that keeps what has been done.
func (m *migration) close() error {
	var errs []error
	if m.client != nil {
		m.client.Close()
	}
	if m.sandbox != nil {
		errs = append(errs, m.sandbox.Close())
	}
	if m.db != nil {
		errs = append(errs, checkpointError(m.db.Close()))
	}
	if m.in != nil {
		errs = append(errs, m.in.Close())
	}
	if m.planOut != nil {
		m.planOut.drop()
	}
	return errors.Join(errs...)
}

// skip says which rows need not be read: those that are done, or left alone.
func (m *migration) skip(number int64) bool {
	i := number - 1
	if m.readAll {
		return false
	}
	return i < int64(len(m.states)) && m.states[i].Final() || i < int64(len(m.passed)) && m.passed[i]
}

// look opens the input and the checkpoint, where there is one.
func (m *migration) look() error {
	m.ui.say("Reading %s …", m.inputName()) // the first word: what follows may take a while
	var err error
	if m.rules, err = m.o.rules(m.started); err != nil {
		return err
	}
	m.rules.Survey = true // for reports
	if m.policy, err = m.o.policyFlags.policy(m.o.mapped); err != nil {
		return err
	}
	if err = m.o.openMapping(m.soft, &m.rules); err != nil {
		return err
	}
	if m.in, err = m.o.open(m.paths, m.skip); err != nil {
		return err
	}
	if err := m.fingerprint(); err != nil {
		return err
	}
	m.path = checkpointPath(m.o.checkpoint, m.paths[0], m.o.sandbox)
	exists, err := checkpoint.Exists(m.path)
	if err != nil {
		return placeError(err)
	}
	if !exists {
		warnReadable(m.ui, slices.Concat(m.paths, m.o.files()))
		return m.firstRun()
	}
	if m.db, err = checkpoint.Open(m.soft, m.path); err != nil {
		return checkpointError(err)
	}
	if err := refuseUndone(m.soft, m.db, m.path); err != nil {
		return err
	}
	sessions, err := m.db.Sessions(m.soft)
	if err != nil {
		return checkpointError(err)
	}
	if len(sessions) == 0 {
		// A run died before it began: the rows that the checks refused may not
		// all be in it, and nothing was sent.
		return errors.Join(m.discard(nil), m.firstRun())
	}
	m.resumed = true
	return m.checkInput()
}

// fingerprint reads the whole input, to tell it from others.
func (m *migration) fingerprint() error {
	defer m.teller.tell(newReading("Reading "+m.inputName(), m.in))()
	var err error
	if m.print, err = m.in.Fingerprint(m.soft); err != nil {
		return fileError(exitUsage, err)
	}
	m.print = withJoins(m.print, m.rules)
	return nil
}

// inputName is what people call the input.
func (m *migration) inputName() string { return inputName(m.paths) }

// firstRun refuses --delta where there is nothing to compare with. To take it
// for a first run would send every user again where the checkpoint is only
// somewhere else.
func (m *migration) firstRun() error {
	if !m.o.delta {
		return nil
	}
	return usagef("--delta needs the checkpoint of an earlier run, and %s is none", m.path).
		hint("name it with --checkpoint", "if nothing has been sent yet, leave --delta out")
}

// checkpointPath is where the checkpoint of an input lies by default.
func checkpointPath(given, input string, sandbox bool) string {
	if given != "" {
		return given
	}
	base := filepath.Base(input)
	if input == "-" {
		base = "stdin"
	}
	if sandbox {
		return base + ".sandbox.carryover.db"
	}
	return base + ".carryover.db"
}

// identity is what the checkpoint of this run belongs to, as far as the input
// and the flags tell; connect adds the instance.
func (m *migration) identity() checkpoint.Identity {
	mapped, options := "", m.options()
	if m.policy != (migrate.Policy{}) {
		options = strings.TrimSpace("policy=" + m.policy.String() + " " + options)
	}
	if mapper := mapperOf(m.rules); mapper != nil {
		mapped = mapper.Print()
	}
	return checkpoint.Identity{
		Mapping:   mapped,
		InputName: filepath.Base(m.paths[0]), InputSHA256: hex.EncodeToString(m.print.SHA256[:]), InputSize: m.print.Size,
		Rows: m.rows, Mode: m.rules.Mode.String(), Options: options, APIVersion: m.o.apiVersion,
		InstanceID: m.target.InstanceID, KeyKind: m.keyKind,
	}
}

// options are the flags, beside the mapping and the policy, that decide what is
// sent for a row.
func (m *migration) options() string {
	options := ""
	if m.rules.Strict {
		options += "strict "
	}
	if m.rules.AllowNotifications {
		options += "allow-notifications "
	}
	if len(m.rules.Rewrites) > 0 {
		options += "rewrite-digests=" + strings.Join(m.rules.Rewrites, ",") + paramsPrint(m.rules.RewriteParams)
	}
	for _, flag := range []struct {
		set  bool
		name string
	}{{m.rules.WithoutPassword, "no-password=without "}, {m.rules.WithoutTOTP, "no-totp=without "}} {
		if flag.set {
			options += flag.name
		}
	}
	return options
}

// withJoins adds the second files to the fingerprint of an input: they are part
// of what is sent.
func withJoins(print source.Fingerprint, rules migrate.Rules) source.Fingerprint {
	mapper := mapperOf(rules)
	if mapper == nil || len(mapper.Prints()) == 0 {
		return print
	}
	sum := sha256.New()
	sum.Write(print.SHA256[:])
	for _, joined := range mapper.Prints() {
		sum.Write(joined.SHA256[:])
		print.Size += joined.Size
	}
	sum.Sum(print.SHA256[:0])
	return print
}

// paramsPrint tells two sets of parameters apart. It is too short to tell
// anything about a secret among them.
func paramsPrint(params map[string]string) string {
	if len(params) == 0 {
		return ""
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(params)) {
		fmt.Fprintf(hash, "%q=%q\n", name, params[name])
	}
	return " params=" + hex.EncodeToString(hash.Sum(nil)[:4])
}

// checkInput refuses a checkpoint that was made for something else. connect
// compares the instance.
func (m *migration) checkInput() error {
	have := m.db.Identity()
	m.rows = have.Rows
	want := m.identity()
	want.InstanceID, want.KeyKind = have.InstanceID, have.KeyKind
	m.replaced = !have.SameInput(want)
	if err := m.refuseOther(have.WithInput(want), want); err != nil {
		return err
	}
	switch {
	case !m.replaced:
		return m.takeUp()
	case m.o.delta: // preflight compares
		return nil
	default:
		return m.refuseInput()
	}
}

// takeUp reads what earlier runs did with the input.
func (m *migration) takeUp() error {
	stored, err := readKept(m.soft, m.db)
	if err != nil {
		return checkpointError(err)
	}
	m.inFiles(stored.Files)
	m.states, err = m.db.States(m.soft)
	return checkpointError(err)
}

// refuseOther refuses settings that the checkpoint was not made with.
func (m *migration) refuseOther(have, want checkpoint.Identity) error {
	differences := have.Differences(want)
	if len(differences) == 0 {
		return nil
	}
	refused := exit(exitMismatch, fmt.Errorf("checkpoint %s belongs to another migration", m.path))
	for _, d := range differences {
		_ = refused.hint(fmt.Sprintf("%s: the checkpoint has %s, this run %s", d.Name, orNone(d.Have), orNone(d.Want)))
	}
	if m.replaced {
		_ = refused.hint("the input is another one as well; rows can only be compared where the settings are the same, since others send something else for the same row")
	}
	return refused.hint("go on with the input and flags it was made with, or begin a new migration with --checkpoint OTHER.db")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// checkpointError gives an error of the checkpoint its exit code.
func checkpointError(err error) error {
	var locked *checkpoint.LockedError
	var disk *checkpoint.DiskError
	switch {
	case errors.As(err, &locked), errors.Is(err, checkpoint.ErrFenced):
		return exit(exitLocked, err)
	case errors.As(err, &disk):
		return exit(exitResumable, err)
	case errors.Is(err, checkpoint.ErrForeign), errors.Is(err, checkpoint.ErrNewerVersion), errors.Is(err, checkpoint.ErrMissingWAL):
		return exit(exitMismatch, err)
	default:
		return err
	}
}

// placeError is checkpointError where the checkpoint is looked for or made: a
// folder that cannot be used is a matter of usage, since the same command
// would meet it again.
func placeError(err error) error {
	var disk *checkpoint.DiskError
	if errors.As(err, &disk) && disk.Place() {
		return usage(err)
	}
	return checkpointError(err)
}

// toSend is how many rows have no final state: those that the checks refused
// have one.
func (m *migration) toSend() int64 {
	return m.rows - m.final() - m.passedOver()
}

// thisTime is how many of them this run sends.
func (m *migration) thisTime() int64 {
	if m.o.maxRows > 0 {
		return min(m.toSend(), m.o.maxRows)
	}
	return m.toSend()
}

// final is how many rows have a final state in the checkpoint.
func (m *migration) final() int64 {
	var n int64
	for _, s := range m.states {
		if s.Final() {
			n++
		}
	}
	return n
}

// users yields the users to send: those that passed the checks.
func (m *migration) users(ctx context.Context) iter.Seq2[*migrate.User, error] {
	users := migrate.Users(m.in.Rows(ctx), m.rules)
	if m.o.maxRows == 0 {
		return users
	}
	users = m.canary.first(users) // they count among the rows
	return func(yield func(*migrate.User, error) bool) {
		left := m.o.maxRows
		for u, err := range users {
			if err == nil && left == 0 || !yield(u, err) {
				return
			}
			left--
		}
	}
}
