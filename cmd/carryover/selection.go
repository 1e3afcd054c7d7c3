package main

import (
	"strings"

	"github.com/spf13/pflag"

	"carryover/migrate"
)

// selectionFlags say which rows of an input a run sends.
type selectionFlags struct {
	only    string
	reapply bool

	kind, code string // of only
}

func (f *selectionFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.only, "only", "", "send only rows that are new (never sent), failed (left without an outcome), or rejected[=CODE] (rejected by Clerk or in conflict; they begin anew)")
	flags.BoolVar(&f.reapply, "reapply", false, "send updates again that count as made because their user has changed since (confirmed_by_updated_at)")
}

func (f *selectionFlags) check() error {
	kind, code, coded := strings.Cut(f.only, "=")
	switch {
	case f.only == "":
		return nil
	case kind != "new" && kind != "failed" && kind != "rejected", coded && (kind != "rejected" || code == ""):
		return usagef("--only %q: use new, failed, rejected or rejected=CODE", f.only)
	}
	f.kind, f.code = kind, code
	return nil
}

// reopens reports whether a row that has its outcome is sent again. A row that
// the checks refused is not: they would refuse it again. One that the settings of
// the instance refused is, since they may have changed.
func (f *selectionFlags) reopens(r *migrate.Result) bool {
	switch r.State {
	case migrate.Rejected, migrate.Conflict:
		return f.kind == "rejected" && (f.code == "" || f.code == r.Code) && (r.Hash != [16]byte{} || migrate.IsSettingCode(r.Code))
	case migrate.Updated:
		return f.reapply && r.Code == migrate.ConfirmedCode
	default:
		return false
	}
}

// passes reports whether a row without an outcome is left alone.
func (f *selectionFlags) passes(s migrate.State) bool {
	switch f.kind {
	case "new":
		return s != migrate.Pending
	case "failed":
		return s == migrate.Pending
	default:
		return f.kind != ""
	}
}

// choose finds the rows to send among those of the checkpoint.
func (m *migration) choose() error {
	o := &m.o.selectionFlags
	switch {
	case o.kind == "" && !o.reapply:
		return nil
	case m.replaced:
		return usagef("--only and --reapply are about what was sent of this input, and --delta is about another one").
			hint("give --delta first, and the others to a run after it")
	case !m.resumed && o.kind != "new":
		return usagef("--only %s and --reapply need the checkpoint of an earlier run, and %s is none", orNone(o.only), m.path).
			hint("name it with --checkpoint")
	}
	m.passed = make([]bool, m.rows)
	for i := range m.passed {
		state := migrate.Pending
		if i < len(m.states) {
			state = m.states[i]
		}
		m.passed[i] = !state.Final() && o.passes(state)
	}
	if !m.resumed {
		return nil
	}
	for r, err := range m.db.Results(m.soft) {
		if err != nil {
			return checkpointError(err)
		}
		if o.reopens(&r) {
			m.reopened = append(m.reopened, r)
			m.states[r.Row-1] = migrate.Pending
		}
	}
	return nil
}

// passedOver is how many rows have no outcome and are left alone.
func (m *migration) passedOver() (n int64) {
	for _, passed := range m.passed {
		if passed {
			n++
		}
	}
	return n
}
