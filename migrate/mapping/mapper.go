package mapping

import (
	"errors"
	"iter"
	"slices"

	"carryover/migrate"
	"carryover/source"
)

// A worker makes rows, one at a time.
type worker struct {
	*compiled
	machine
	loaded []int    // slots of the columns that programs need as values
	keys   []string // of the environment, by slot
	lets   []string // likewise, of the lets
	names  []string // likewise, of the joins
	row    *source.Row
	found  []migrate.Problem
}

// newWorker compiles the mapping for one goroutine.
func (mp *Mapper) newWorker() (*worker, error) {
	w := &worker{machine: machine{env: environment{}}}
	c, err := mp.mapping.compile(mp.params, &w.budget)
	if err != nil {
		return nil, err
	}
	w.compiled = c
	for slot, name := range c.columns.names {
		w.keys = append(w.keys, columnKey(name))
		if c.computed(name) {
			w.loaded = append(w.loaded, slot)
		}
	}
	for _, l := range mp.mapping.lets {
		w.lets = append(w.lets, letKey(l.name))
	}
	for _, j := range mp.mapping.joins {
		w.names = append(w.names, joinKey(j.Name))
	}
	return w, nil
}

// computed reports whether a program has a column in it, and is not the column
// itself.
func (c *compiled) computed(name string) bool {
	for p := range c.programs() {
		if p.column < 0 && slices.Contains(p.names, name) {
			return true
		}
	}
	return false
}

// programs yields all programs that are computed over the row.
func (c *compiled) programs() iter.Seq[*program] {
	return func(yield func(*program) bool) {
		all := slices.Clone(c.lets)
		for _, r := range c.rules {
			all = append(all, r.test)
		}
		for _, j := range c.joins {
			all = append(all, j.toIs)
		}
		for i := range c.fields {
			f := &c.fields[i]
			all = append(all, f.valueIs, f.whenIs, f.verifiedIs, f.unverifiedIs)
		}
		for _, p := range all {
			if p != nil && !yield(p) {
				return
			}
		}
	}
}

// take returns a worker that nobody else has.
func (mp *Mapper) take() *worker {
	mp.mu.Lock()
	defer mp.mu.Unlock()
	if n := len(mp.idle); n > 0 {
		w := mp.idle[n-1]
		mp.idle = mp.idle[:n-1]
		return w
	}
	w, err := mp.newWorker()
	if err != nil {
		panic("a mapping that was compiled before cannot be compiled") // Open has done it
	}
	return w
}

func (mp *Mapper) give(w *worker) {
	w.row, w.found = nil, nil
	mp.mu.Lock()
	defer mp.mu.Unlock()
	mp.idle = append(mp.idle, w)
}

// Map implements migrate.Mapper.
func (mp *Mapper) Map(row *source.Row) []migrate.Problem {
	w := mp.take()
	defer mp.give(w)
	w.row = row
	mp.unmask(w)
	for _, slot := range w.loaded {
		v, err := cellValue(row.Cells[slot])
		if err != nil {
			w.refuse("", err, false, mp)
		}
		w.env[w.keys[slot]] = v
	}
	for i, j := range w.joins {
		w.env[w.names[i]] = nil
		if file := mp.joined[i]; file != nil {
			w.env[w.names[i]] = mp.match(w, j, file)
		}
	}
	for i, p := range w.compiled.lets {
		v, err := w.result(p)
		if err != nil {
			w.refuse("", err, false, mp)
		}
		w.env[w.lets[i]] = v
	}
	mp.fill(w)
	return w.found
}

// fill sets the columns of the row. The ids come first, so that a row that is
// dropped can be told by them.
func (mp *Mapper) fill(w *worker) {
	rest := w.fields
	for len(rest) > 0 && rest[0].column <= source.ColExternalID {
		mp.set(w, &rest[0])
		rest = rest[1:]
	}
	if mp.judge(w) == drop {
		return
	}
	for i := range rest {
		if rest[i].identifies() {
			mp.identify(w, &rest[i])
		} else {
			mp.set(w, &rest[i])
		}
	}
	mp.checkIdentified(w)
	for _, c := range mp.mapping.constants {
		if !w.idle(c.column) {
			w.row.Set(c.column, c.cell.Text, c.cell.Kind)
		}
	}
	for _, c := range mp.mapping.defaults {
		if w.row.Kinds[c.column] == source.NotGiven && !w.idle(c.column) {
			w.row.Set(c.column, c.cell.Text, c.cell.Kind)
		}
	}
}

// idle reports whether a constant would mean nothing in this row: what belongs
// to a password, where there is none.
func (w *worker) idle(c source.Column) bool {
	switch c {
	case source.ColPasswordHasher:
		return w.row.Kinds[source.ColPasswordDigest] == source.NotGiven || w.row.Kinds[source.ColPasswordHasher] != source.NotGiven
	case source.ColSkipPasswordChecks:
		return w.row.Kinds[source.ColPassword] == source.NotGiven
	case source.ColSignOutOfOtherSessions:
		return w.row.Kinds[source.ColPassword] == source.NotGiven && w.row.Kinds[source.ColPasswordDigest] == source.NotGiven
	}
	return false
}

// judge applies the rules, and returns drop or warn.
func (mp *Mapper) judge(w *worker) verb {
	for i := range w.rules {
		r := &w.rules[i]
		holds, err := w.holds(r.test, false)
		switch {
		case err != nil:
			w.refuse("", err, false, mp)
		case !holds:
		case r.verb == drop && w.masked(): // the rule may have missed what is masked
		case r.verb == drop:
			w.found = append(w.found, migrate.Problem{Code: "mapping_drop", Severity: migrate.Drop, Message: r.reason})
			return drop
		case r.verb == reject:
			w.found = append(w.found, migrate.Problem{Code: "mapping_reject", Severity: migrate.Fatal, Message: r.reason})
		default:
			w.found = append(w.found, migrate.Problem{Code: "mapping_warn", Severity: migrate.Warning, Message: r.reason})
		}
	}
	return warn
}

// set gives the row what a field is made of.
func (mp *Mapper) set(w *worker, f *compiledField) {
	cell, digest, err := w.value(f)
	if err != nil {
		w.refuse(f.column.String(), err, f.leaveOut, mp)
		cell = source.Cell{}
	}
	w.row.Set(f.column, cell.Text, cell.Kind)
	if digest != nil {
		w.row.Set(source.ColPasswordHasher, digest.hasher, source.Text)
	} else if f.column == source.ColPasswordDigest && cell.Kind == source.NotGiven {
		w.row.Set(source.ColPasswordHasher, "", source.NotGiven) // without a digest it means nothing
	}
}

// value computes what a field is made of.
func (w *worker) value(f *compiledField) (source.Cell, *digest, error) {
	if holds, err := w.holds(f.whenIs, true); !holds || err != nil || f.valueIs == nil {
		return source.Cell{}, nil, err
	}
	if f.valueIs.column >= 0 {
		if cell, ok := straight(f.column, w.row.Cells[f.valueIs.column]); ok {
			return cell, nil, nil
		}
	}
	v, err := w.result(f.valueIs)
	if err != nil {
		return source.Cell{}, nil, err
	}
	if d, is := v.(*digest); is {
		if f.column == source.ColPasswordDigest {
			return source.Cell{Text: d.text, Kind: source.Text}, d, nil
		}
		return source.Cell{}, nil, &failure{f.valueIs, f.valueIs.at, "a digest goes into password_digest only"}
	}
	cell, err := cellOf(f.column, v)
	var kind *typeError
	if errors.As(err, &kind) {
		err = &failure{f.valueIs, f.valueIs.at, kind.message}
	}
	return cell, nil, err
}

// result runs a program, or reads the column that it is.
func (w *worker) result(p *program) (any, error) {
	if p.column >= 0 {
		return cellValue(w.row.Cells[p.column])
	}
	return w.run(p)
}

// holds computes a condition; otherwise is what it is where there is none.
func (w *worker) holds(p *program, otherwise bool) (bool, error) {
	if p == nil {
		return otherwise, nil
	}
	v, err := w.result(p)
	if err != nil {
		return false, err
	}
	return truth(v)
}

// refuse notes what is wrong with a value. A value that may be left out, and a
// password or second factor that its owner lets go, is a warning.
func (w *worker) refuse(field string, err error, leaveOut bool, mp *Mapper) {
	p := migrate.Problem{Field: field, Severity: migrate.Fatal}
	var value *valueError
	var loss *lossError
	var failed *failure
	switch {
	case errors.As(err, &value):
		p.Code, p.Message = value.code, value.message
		if known, ok := migrate.LookupCode(value.code); ok {
			p.Message = known.Meaning + "; " + known.Fix
		}
		if leaveOut {
			p.Severity, p.Message = migrate.Warning, value.message+"; it is left out"
		}
	case errors.As(err, &loss):
		p = loss.problem(mp.settings)
	case errors.As(err, &failed):
		p.Code, p.Message = "mapping_failed", failed.place.String()+": "+failed.program.what+": "+failed.message
	default:
		p.Code, p.Message = "mapping_failed", "an expression of the mapping could not be computed"
	}
	w.found = append(w.found, p)
}

// problem says what becomes of a password or second factor that cannot be moved.
func (e *lossError) problem(s Settings) migrate.Problem {
	p := migrate.Problem{Field: source.ColPasswordDigest.String(), Code: e.code, Severity: migrate.Fatal, Message: e.message}
	without, flag, what := s.WithoutPassword, "--no-password without", "a password"
	if e.factor {
		p.Field = source.ColTOTPSecret.String()
		without, flag, what = s.WithoutTOTP, "--no-totp without", "the second factor, which must be set up again"
	}
	if without {
		p.Severity = migrate.Warning
		p.Message += "; the user goes without " + what
	} else {
		p.Message += "; " + flag + " sends the user without " + what
	}
	return p
}
