package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// settingsFlags say where the settings of the instance are read.
type settingsFlags struct {
	publishableKey string
	frontendURL    string
}

func (f *settingsFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.publishableKey, "publishable-key", "", "pk_… of the instance, which names the Frontend API that tells its settings (default: the instance's domains do)")
	flags.StringVar(&f.frontendURL, "frontend-api-url", "", "Clerk's Frontend API, where it is behind a proxy")
}

// check reports what is wrong with the flags, for a secret key of a kind.
func (f *settingsFlags) check(kind clerk.KeyKind) error {
	if err := f.frontend().Check(kind); err != nil {
		return usage(err)
	}
	return nil
}

func (f *settingsFlags) frontend() clerk.Frontend {
	return clerk.Frontend{PublishableKey: f.publishableKey, URL: f.frontendURL}
}

// instanceSettings is what is known of the settings of the instance. The zero value is that
// nobody asked.
type instanceSettings struct {
	known  *migrate.Settings // nil where they could not be read
	origin string            // where they were read
	unread error             // why they were not
	asked  bool
	rows   int64 // that they refuse
	fresh  int64 // of those, the ones that were never sent
}

// readSettings asks for the settings of an instance. The error is one to end
// with; settings that cannot be read are none.
func readSettings(ctx context.Context, client *clerk.Client, from clerk.Frontend, instance clerk.Instance) (instanceSettings, error) {
	known, origin, err := client.Settings(ctx, from, instance)
	switch {
	case errors.Is(err, clerk.ErrOtherInstance):
		return instanceSettings{}, exit(exitMismatch, err).hint("take both keys from one page of the Clerk Dashboard (API keys)")
	case ctx.Err() != nil:
		return instanceSettings{}, ctx.Err()
	}
	return instanceSettings{known: known, origin: origin, unread: err, asked: true}, nil
}

// settings are those to hold rows against; nil where none are known.
func (h *instanceSettings) settings() *migrate.Settings { return h.known }

// document is what a result says of them.
func (h *instanceSettings) document() *report.Settings {
	if !h.asked {
		return nil
	}
	doc := &report.Settings{From: h.origin, Values: h.known, Refused: h.rows}
	if h.unread != nil {
		doc.Unread = h.unread.Error()
	}
	return doc
}

// say says what they mean for the rows.
func (h *instanceSettings) say(ui *console) {
	switch {
	case !h.asked:
	case h.unread != nil:
		ui.say("Settings    could not be read (%s): no row is held against them", report.Clean(h.unread.Error()))
	default:
		words := report.SettingsInWords(h.known, false)
		if len(words) == 0 {
			words = []string{"nothing is off or required"}
		}
		ui.say("Settings    %s", strings.Join(words, "; "))
	}
}

func (m *migration) saySettings() {
	m.held.say(m.ui)
	if m.held.rows > 0 {
		m.ui.say("            refuse %s; carryover validate --online names each, and the setting to change", rowsText(m.held.rows))
	}
}

// holdSettings reads the settings of the instance, and holds the rows that are
// left to be sent against them. A row that was never sent is rejected where they
// refuse it; of others, only the run can tell what became of them.
func (m *migration) holdSettings() error {
	if m.o.noSettings || m.toSend() == 0 && !m.replaced {
		return nil
	}
	from, instance := m.o.frontend(), clerk.Instance{ID: m.target.InstanceID, EnvironmentType: m.target.Kind}
	if m.sandbox != nil {
		from, instance.EnvironmentType = clerk.Frontend{URL: m.sandbox.url}, "development"
	}
	var err error
	if m.held, err = readSettings(m.soft, m.client, from, instance); err != nil || m.held.known == nil {
		return err
	}
	rules := m.rules
	rules.Settings = m.held.known
	if !m.resumed {
		if rules.Empty, err = isEmpty(m.soft, m.client, &rules); err != nil {
			return err
		}
	}
	if n := int(m.rows) - len(m.states); n > 0 { // a checkpoint ends its list at the last row that was sent
		m.states = append(m.states, make([]migrate.State, n)...)
	}
	refused, again, err := m.holdRows(rules)
	if err != nil {
		return fileError(exitUsage, err)
	}
	m.held.fresh = int64(len(refused))
	m.held.rows = m.held.fresh + int64(len(again))
	m.refuse(refused, again)
	return m.tooManyRefused()
}

// isEmpty reports whether the instance of rules.Settings is known to have no
// users, so that each row makes one. It asks only where that makes a difference.
func isEmpty(ctx context.Context, client *clerk.Client, rules *migrate.Rules) (bool, error) {
	if rules.Mode != migrate.Upsert || !rules.Settings.AboutNewUsers() {
		return false, nil
	}
	n, err := client.CountUsers(ctx)
	if ctx.Err() != nil {
		return false, err
	}
	return err == nil && n == 0, nil
}

// holdRows returns the rows that the settings refuse: those that were never
// sent, with their problem, and those that had been rejected and were to be sent
// again.
func (m *migration) holdRows(rules migrate.Rules) (refused [][]migrate.Problem, again map[int64]bool, err error) {
	defer m.teller.read(newReading("Holding "+m.inputName()+" against the settings of the instance", m.in))()
	reopened, found := map[int64]bool{}, newGroups()
	for i := range m.reopened {
		reopened[m.reopened[i].Row] = true
	}
	again = map[int64]bool{}
	err = migrate.CheckSettings(m.soft, m.in, rules, func(problems []migrate.Problem) error {
		row := problems[0].Row
		switch {
		case !migrate.Refused(problems):
		case m.replaced || m.states[row-1] != migrate.Pending: // the run decides
			for i := range problems {
				problems[i].Severity = migrate.Warning
			}
		case reopened[row]:
			again[row] = true
		default:
			refused = append(refused, problems)
		}
		found.add(problems)
		m.o.lines.Problems(problems)
		return nil
	})
	m.problems = append(m.problems, found.list...)
	return refused, again, err
}

// refuse takes rows out of those to be sent.
func (m *migration) refuse(refused [][]migrate.Problem, again map[int64]bool) {
	for _, problems := range refused {
		_ = m.addReject(problems) // adds, and never fails
		m.states[problems[0].Row-1] = migrate.Rejected
	}
	slices.SortStableFunc(m.rejects, func(a, b migrate.Result) int { return cmp.Compare(a.Row, b.Row) })
	m.reopened = slices.DeleteFunc(m.reopened, func(r migrate.Result) bool {
		if again[r.Row] {
			m.states[r.Row-1] = r.State
		}
		return again[r.Row]
	})
}

// tooManyRefused ends a run whose checks and settings refuse more rows than
// --max-rejects allows.
func (m *migration) tooManyRefused() error {
	allowed, err := rejectsAllowed(m.o.maxRejects, m.rows)
	if err != nil {
		return err
	}
	var rejected int64
	for i := range m.rejects {
		if m.rejects[i].State == migrate.Rejected {
			rejected++
		}
	}
	if m.held.fresh == 0 || rejected <= allowed || m.o.dryRun {
		return nil
	}
	return usagef("%s of %s would be rejected, %s of them for settings of the instance, more than --max-rejects allows (%s); nothing was sent",
		report.Number(rejected), rowsText(m.rows), report.Number(m.held.fresh), report.Number(allowed)).
		hint(m.refusals()...).
		hint("carryover validate --online names each row",
			fmt.Sprintf("to send the others all the same, add --max-rejects %d; to let Clerk decide, --no-settings", rejected))
}

// refusals are the reasons of the settings, with what to change.
func (m *migration) refusals() (lines []string) {
	for _, g := range m.problems {
		if g.Severity == migrate.Fatal && migrate.IsSettingCode(g.Code) {
			lines = append(lines, fmt.Sprintf("%s × %s: %s", report.Number(g.Count), g.Code, g.Message))
		}
	}
	return lines
}
