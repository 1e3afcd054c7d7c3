package main

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// prepare makes the client; nothing is sent yet.
func (m *migration) prepare() error {
	if _, err := rejectsAllowed(m.o.maxRejects, 0); err != nil {
		return err
	}
	roots, err := m.o.roots()
	if err != nil {
		return err
	}
	if m.o.sandbox {
		if err := m.startSandbox(); err != nil {
			return err
		}
	}
	key, origin, err := m.key()
	if err != nil {
		return err
	}
	kind, err := clerk.KindOfKey(key)
	if err != nil {
		return usage(err)
	}
	if m.limit, err = m.o.limit(kind); err != nil {
		return err
	}
	if err := m.o.settingsFlags.check(kind); err != nil {
		return err
	}
	connections, err := connectionsFor(openFiles(), len(m.paths)+len(m.o.files()), m.o.sandbox)
	if err != nil {
		return err
	}
	m.kind, m.target.KeyOrigin = kind, origin
	m.keyPrint = func() string { return m.printOf(key) }
	m.seal = func() (*checkpoint.Seal, error) { return m.db.Seal(key) }
	m.client, err = clerk.New(clerk.Config{
		BaseURL: m.apiURL(), Key: key, APIVersion: m.o.apiVersion, UserAgent: "carryover/" + versionText(),
		Limit: m.limit, MaxInFlight: m.o.maxInFlight, MaxConnections: connections, RootCAs: roots,
		Timeout: m.o.settle * 3 / 4, Settle: m.o.settle, LastSend: m.lastSend(),
	})
	if err != nil {
		return usage(err)
	}
	return nil
}

// ownFiles is how many files are open beside the inputs and the connections to
// Clerk: standard streams, the checkpoint with its lock and its log, reports,
// name look-ups, and some to spare.
const ownFiles = 22

// connectionsFor returns how many connections a run may have where so many
// files may be open and it reads so many; 0 for as many as it likes. To an
// embedded sandbox a connection is two: both its ends are this process's.
func connectionsFor(limit uint64, inputs int, embedded bool) (int, error) {
	own, each := ownFiles+uint64(inputs), uint64(1)
	if embedded {
		own, each = own+1, 2
	}
	switch {
	case limit == 0 || limit > 1<<20:
		return 0, nil
	case limit < own+each:
		return 0, usagef("this process may have %d files open, and needs at least %d", limit, own+each).
			hint("raise the limit, for example with ulimit -n 1024, then run the same command again")
	default:
		return int((limit - own) / each), nil
	}
}

// roots returns whom servers may be certified by beside those that the system
// trusts, or nil for the system's alone. There is no way to trust everybody.
func (f *targetFlags) roots() (*x509.CertPool, error) {
	if f.caFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.caFile)
	if err != nil {
		return nil, usage(fmt.Errorf("cannot read the certificates of %s: %w", report.Clean(f.caFile), unwrapPath(err)))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, usagef("%s holds no certificate", report.Clean(f.caFile)).
			hint("give it in PEM form, which begins with -----BEGIN CERTIFICATE-----")
	}
	return pool, nil
}

// connect asks which instance the key opens, and compares it with the
// checkpoint's. It does so once.
func (m *migration) connect() error {
	if m.keyKind != "" {
		return nil
	}
	kind, origin := m.kind, m.target.KeyOrigin
	if why, until := m.client.Waiting(); !until.IsZero() {
		m.ui.say("Waiting     %s, since %s", report.Duration(time.Until(until)), why)
	}
	instance, err := m.client.Instance(m.soft)
	if err != nil {
		return requestError(err, origin)
	}
	m.keyKind = kind.String()
	m.target = report.Target{
		Kind: instance.EnvironmentType, InstanceID: instance.ID, APIURL: m.client.BaseURL(),
		APIVersion: m.o.apiVersion, KeyOrigin: origin,
	}
	if m.o.sandbox {
		m.target.Kind, m.keyKind = "sandbox", "sandbox"
	} else if err := keyFits(kind, origin, instance); err != nil {
		return err
	}
	if m.resumed {
		want := m.identity()
		return m.refuseOther(m.db.Identity().WithInput(want), want)
	}
	return nil
}

// lastSend is when an earlier run, as far as the checkpoint knows, sent its last
// request to the instance. An embedded sandbox has had none.
func (m *migration) lastSend() time.Time {
	if m.db == nil || m.o.sandbox {
		return time.Time{}
	}
	return m.db.LastSend()
}

// noteLastSend lets the checkpoint know when the last request left, for the
// next run. It is stored with the next commit.
func (m *migration) noteLastSend() {
	if m.db != nil {
		m.db.SetLastSend(m.client.LastSend())
	}
}

func (m *migration) key() (migrate.Secret, string, error) {
	if m.sandbox != nil {
		return sandboxKey, "the sandbox", nil
	}
	return m.o.key(m.ui)
}

// key returns the key that the flags or the environment give, and where it came
// from.
func (f *targetFlags) key(ui *console) (migrate.Secret, string, error) {
	switch {
	case f.envFile == "":
		return readKey(ui, f.keyFile)
	case f.keyFile != "":
		return "", "", usagef("--secret-key-file and --env-file are given together").hint("leave one of them out")
	default:
		return envFileKey(ui, f.envFile)
	}
}

func (m *migration) apiURL() string {
	if m.sandbox != nil {
		return m.sandbox.url
	}
	return m.o.address()
}

// address is that of the Backend API, "" for Clerk's own.
func (f *targetFlags) address() string {
	if f.apiURL != "" {
		return f.apiURL
	}
	return os.Getenv("CLERK_API_URL")
}

// requestError says what a failed request means before anything was written.
func requestError(err error, origin string) error {
	var e *migrate.Error
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case errors.Is(err, clerk.ErrUntrusted):
		return exit(exitRefused, err).hint("check --api-url",
			"if a proxy of your own answers for Clerk: give the certificate that it signs with by --ca-file")
	case e.Status == 401:
		return exit(exitRefused, fmt.Errorf("Clerk refuses the key from %s (401 %s)", origin, report.Clean(e.Code()))).
			hint("copy the secret key of the instance again from the Clerk Dashboard (API keys)", "check --api-url, if you gave one")
	case e.Fault == migrate.StopFault || e.Fault == migrate.RefusedFault || e.Fault == migrate.MissingFault:
		return exit(exitRefused, fmt.Errorf("Clerk refuses: %w", err)).hint("check the key and --api-url")
	default:
		return exit(exitResumable, fmt.Errorf("Clerk cannot be reached: %w", err)).
			hint("check the network and --api-url, then run the same command again")
	}
}

// sayTarget says which instance is meant, and how it was chosen.
func sayTarget(ui *console, t *report.Target) {
	rest := fmt.Sprintf("  %s  %s  key: %s", report.Clean(t.InstanceID), t.APIURL, report.Clean(t.KeyOrigin))
	switch {
	case ui.quiet:
	case t.Kind == "production":
		ui.mark(red, "Target      PRODUCTION", "%s\n", rest)
	default:
		ui.say("Target      %s%s", t.Kind, rest)
	}
}

func rowsText(n int64) string { return report.Plural(n, "row", "rows") }

// describe prints the target, what will be sent and how long it will take.
func (m *migration) describe() {
	m.noteTarget()
	sayTarget(m.ui, &m.target)
	m.saySettings()
	m.ui.say("Input       %s  %s, %s", report.Clean(strings.Join(m.paths, ", ")), rowsText(m.rows), bytesText(m.print.Size))
	m.ui.say("Checkpoint  %s", report.Clean(m.path))
	switch {
	case m.replaced:
		m.ui.say("Compared    %s", m.compared)
	case m.resumed:
		m.ui.say("Resuming    %s done", report.Plural(m.final()-m.held.fresh, "row is", "rows are"))
	}
	m.canary.describe(m.ui)
	switch m.policy {
	case migrate.Policy{}:
	case migrate.NewPolicy(migrate.Never):
		m.ui.say("Existing    skip: users that exist are left as they are")
	default:
		m.ui.say("Existing    %s", strings.ReplaceAll(m.policy.String(), ",", ", "))
	}
	if m.planned != nil {
		m.ui.say("Plan        %s  %s", report.Clean(m.o.plan), planText(m.planned.Counts()))
	}
	if n := int64(len(m.reopened)); n > 0 {
		m.ui.say("Again       %s that had an outcome", rowsText(n))
	}
	var unsent [migrate.NumStates]int64
	for i := range m.rejects {
		unsent[m.rejects[i].State]++
	}
	if n := unsent[migrate.Rejected] - m.held.fresh; n > 0 {
		m.ui.say("Rejected    %s by the checks; carryover validate names each", rowsText(n))
	}
	if n := unsent[migrate.Dropped]; n > 0 {
		m.ui.say("Dropped     %s by the mapping", rowsText(n))
	}
	m.ui.say("To send     %s (--mode %s), at most %.1f requests a second: about %s",
		rowsText(m.toSend()), m.rules.Mode, m.limit.PerSecond(), report.Duration(m.estimate()))
	if !m.o.dryRun {
		m.describeLimits()
	}
}

// describeLimits says what ends the run early, and what it asks Clerk to waive.
func (m *migration) describeLimits() {
	allowed, _ := rejectsAllowed(m.o.maxRejects, m.rows) // prepare has read it
	m.ui.say("Limits      stops when Clerk rejects more than %s (--max-rejects), or is away for %s (--max-outage)",
		rowsText(allowed), strings.TrimSuffix(report.Duration(m.o.maxOutage), " 0 s"))
	if m.rules.Mode != migrate.UpdateOnlyMode {
		m.ui.say("            sign-up restrictions of the instance do not apply to new users (skip_restriction_checks)")
	}
}

func bytesText(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	default:
		return fmt.Sprintf("%.1f kB", float64(n)/(1<<10))
	}
}

// yesRows is how many rows --yes alone may send to a production instance: a
// canary. For more, the instance has to be named: --yes is in a script before
// the wrong key is in its environment.
const yesRows = 100

// consent asks before a production instance is written to.
func (m *migration) consent() error {
	m.describe()
	rows := m.toSend()
	if m.o.maxRows > 0 {
		rows = min(rows, m.o.maxRows)
	}
	if m.target.Kind != "production" || rows == 0 {
		return nil
	}
	id := m.target.InstanceID
	if m.o.confirm != "" {
		if m.o.confirm == id {
			return nil
		}
		return exit(exitMismatch, fmt.Errorf("--confirm %s is not the instance of the key, which is %s", m.o.confirm, id)).
			hint("check which key is set")
	}
	if m.o.yes && rows <= yesRows {
		return nil
	}
	m.ui.say("\nThis writes to a PRODUCTION instance. Each user it makes or changes sends a webhook.")
	typed, ok := m.ui.ask("Type the instance id to go on: ")
	switch {
	case !ok && m.o.yes:
		return usagef("--yes is enough for %d rows of a production instance, and this run sends %s; nothing was sent", yesRows, report.Number(rows)).
			hint("to go on: " + m.ui.command("--confirm", id))
	case !ok:
		return usagef("writing to a production instance needs consent; nothing was sent").
			hint("to go on: " + m.ui.command("--confirm", id))
	case typed != id:
		return usagef("that is not the instance id; nothing was sent")
	}
	return nil
}
