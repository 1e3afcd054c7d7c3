package main

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// A verification is one run of verify. Its steps fill it from top to bottom.
type verification struct {
	migration
	opts *verifyOptions

	last     string // the command line of the last run, "" where it is not known
	wanted   []bool // rows whose user is read back, by Row-1; nil for all
	toDo     int64  // as many
	withUser int64  // rows that have a user

	found  report.Verification
	groups *groups
	list   *differenceList
}

// openCheckpoint opens the checkpoint, where there is one: no run may work on it
// meanwhile, as both would count on the same rate limit.
func (v *verification) openCheckpoint() error {
	if v.opts.path == "" {
		v.paths = v.opts.inputs
		v.ui.say("There is no checkpoint %s: users are looked up by the ids of their rows.", report.Clean(checkpointPath("", v.paths[0], false)))
		return nil
	}
	v.path = v.opts.path
	var err error
	if v.db, err = checkpoint.Open(v.soft, v.path); err != nil {
		return checkpointError(err)
	}
	id := v.db.Identity()
	if id.KeyKind == "sandbox" {
		return usagef("the users of %s were in the sandbox of its run, and gone when that ended", v.path).
			hint("rehearse it against carryover sandbox, in another terminal")
	}
	v.resumed, v.found.Checkpoint = true, true
	sessions, err := v.db.Sessions(v.soft)
	if err != nil {
		return checkpointError(err)
	}
	v.last = resumeCommand(sessions)
	if err := v.opts.adopt(id, v.last); err != nil {
		return err
	}
	return v.findInput()
}

// findInput tells which files the input is.
func (v *verification) findInput() error {
	if v.paths = v.opts.inputs; len(v.paths) > 0 {
		return nil
	}
	v.paths = subjectOf(v.last).inputs
	refuse := func(why string) error {
		return usagef("the users are compared with the input of %s, %s: name it", v.path, why).
			hint(fmt.Sprintf("carryover verify %s FILE…", shellQuote(v.path)), v.lastRun())
	}
	if len(v.paths) == 0 || slices.Contains(v.paths, "-") {
		return refuse("and nobody knows where that is")
	}
	for _, path := range v.paths {
		if _, err := os.Stat(path); err != nil {
			return refuse("and " + report.Clean(path) + " is not here")
		}
	}
	v.opts.inputs = v.paths
	return nil
}

func (v *verification) lastRun() string {
	if v.last == "" {
		return ""
	}
	return "the last run was: " + v.last
}

// adopt takes over what the last run said of how the input is read, where this
// command line does not say it.
func (o *verifyOptions) adopt(id checkpoint.Identity, line string) error {
	for name, value := range map[string]string{"mode": id.Mode, "api-version": id.APIVersion} {
		if !o.flags.Changed(name) {
			if err := o.flags.Set(name, value); err != nil {
				return usage(err)
			}
		}
	}
	args := splitCommand(line)
	together := [][]string{{"from", "mapping"}, {paramFlag, "param-file"}}
	for _, name := range slices.Concat(readingFlags, []string{"strict", "allow-notifications", "rewrite-digests", "on-existing", "metadata"}) {
		names := []string{name}
		for _, group := range together {
			if slices.Contains(group, name) {
				names = group
			}
		}
		if slices.ContainsFunc(names, o.flags.Changed) {
			continue
		}
		given := flagsOf(args, name)
		if slices.ContainsFunc(given, func(arg string) bool { return strings.HasSuffix(arg, "=…") }) {
			continue // its value is not kept
		}
		if err := o.flags.Parse(given); err != nil {
			return usagef("the last run was given flags that this release does not know").hint("it was: " + line)
		}
	}
	return nil
}

// openInput opens the input, which must be that of the checkpoint.
func (v *verification) openInput() error {
	v.ui.say("Reading %s …", v.inputName())
	var err error
	if v.rules, err = v.o.rules(v.started); err != nil {
		return err
	}
	if err = v.o.openMapping(v.soft, &v.rules); err != nil {
		return err
	}
	if v.policy, err = v.o.policyFlags.policy(v.o.mapped); err != nil {
		return err
	}
	if v.in, err = v.o.open(v.paths, v.skip); err != nil {
		return err
	}
	if err := v.fingerprint(); err != nil {
		return err
	}
	if v.db == nil {
		census, err := v.check()
		if err != nil {
			return err
		}
		v.rows = census.Rows
		return errors.Join(v.o.missingColumns(v.in, census.Rows), failedExpressions(census.Groups))
	}
	have := v.db.Identity()
	v.rows = have.Rows
	want := v.identity()
	want.InstanceID, want.KeyKind = have.InstanceID, have.KeyKind
	if !have.SameInput(want) {
		return exit(exitMismatch, fmt.Errorf("%s is not the input that checkpoint %s was made for", strings.Join(v.paths, ", "), v.path)).
			hint("users would be compared with other rows: give the very file, and several in the order of the run",
				"if it has changed since, run it with --delta first", v.lastRun())
	}
	if err := v.likeTheRun(v.refuseOther(have, want)); err != nil {
		return err
	}
	v.states, err = v.db.States(v.soft)
	return checkpointError(err)
}

// likeTheRun says what to do where the checkpoint is another migration's: to
// begin a new one is no way to look at this one.
func (v *verification) likeTheRun(err error) error {
	var told *exitError
	if errors.As(err, &told) && told.code == exitMismatch {
		told.hints = slices.DeleteFunc(told.hints, func(hint string) bool { return strings.Contains(hint, "begin a new migration") })
		_ = told.hint("give the input, the key and the flags that it was made with", v.lastRun())
	}
	return err
}

// askInstance is connect.
func (v *verification) askInstance() error { return v.likeTheRun(v.connect()) }

// prepareToRead makes the client. There is no way without a key.
func (v *verification) prepareToRead() error {
	err := v.prepare()
	var told *exitError
	if errors.As(err, &told) {
		told.hints = slices.DeleteFunc(told.hints, func(hint string) bool { return strings.Contains(hint, "--sandbox") })
	}
	return err
}

// skip says which rows need not be read.
func (v *verification) skip(number int64) bool {
	return v.wanted != nil && (number > int64(len(v.wanted)) || !v.wanted[number-1])
}

// choose finds the rows whose users are read back.
func (v *verification) choose() error {
	has := func(s migrate.State) bool {
		if v.db == nil {
			return s == migrate.Pending
		}
		return s.Good() && s != migrate.Dropped
	}
	for _, s := range v.states {
		if has(s) {
			v.withUser++
		}
	}
	v.toDo = v.withUser
	chosen := func(int64) bool { return true }
	if n := v.opts.sample; n > 0 {
		sample := migrate.NewSample(n, v.withUser, v.seed())
		chosen, v.toDo, v.found.Sample = sample.Holds, min(n, v.withUser), n
	}
	v.wanted = make([]bool, len(v.states))
	nth := int64(0)
	for i, s := range v.states {
		if has(s) {
			v.wanted[i] = chosen(nth)
			nth++
		}
	}
	v.groups = newGroups()
	var err error
	v.list, err = newDifferenceList(v.opts)
	return err
}

// seed makes a sample the same one each time.
func (v *verification) seed() [32]byte {
	if v.db != nil {
		return v.db.Key()
	}
	return v.print.SHA256
}

// wantedRows yields the rows whose users are read back, with what the checkpoint
// knows of each: both are in the order of the rows.
func (v *verification) wantedRows() iter.Seq2[migrate.Wanted, error] {
	return func(yield func(migrate.Wanted, error) bool) {
		next, stop := iter.Pull2(v.results())
		defer stop()
		var result migrate.Result
		for u, err := range migrate.Users(v.in.Rows(v.soft), v.rules) {
			if err != nil {
				yield(migrate.Wanted{}, fileError(exitMismatch, err))
				return
			}
			for v.db != nil && result.Row < u.Row {
				r, err, more := next()
				if err == nil && !more {
					err = fmt.Errorf("row %d of the input is not in the checkpoint; this is a bug", u.Row)
				}
				if err != nil {
					yield(migrate.Wanted{}, checkpointError(err))
					return
				}
				result = r
			}
			if w, ok := v.wantedRow(u, &result); ok && !yield(w, nil) {
				return
			}
		}
	}
}

// results are those of the checkpoint; none without one.
func (v *verification) results() iter.Seq2[migrate.Result, error] {
	if v.db == nil {
		return func(func(migrate.Result, error) bool) {}
	}
	return v.db.Results(v.soft)
}

func (v *verification) wantedRow(u *migrate.User, result *migrate.Result) (migrate.Wanted, bool) {
	if v.db == nil {
		if u.Key() == "" {
			v.found.NotCompared.WithoutID++
			return migrate.Wanted{}, false
		}
		return migrate.Wanted{User: u, Policy: v.policy}, true
	}
	if result.Row != u.Row || result.UserID == "" { // never one row's user with another row
		return migrate.Wanted{}, false
	}
	w := migrate.Wanted{User: u, Result: *result, Policy: v.policy}
	if w.Result.Generated {
		u.ExternalID = &w.Result.Key
	}
	return w, true
}

// compare reads the users back.
func (v *verification) compare() error {
	var done atomic.Int64
	asking := newReading("Comparing with Clerk", v.in)
	asking.rowsDone, asking.allRows, asking.why = done.Load, v.toDo, newProgress(v.client, nil, 0).waiting
	defer v.teller.read(asking)()
	err := migrate.ReadBackAll(v.soft, v.client, v.wantedRows(), func(r *migrate.ReadBack) error {
		done.Add(1)
		for _, d := range v.found.Row(r) {
			v.note(&d)
		}
		return v.list.failed
	})
	if err == nil { // rows of another input may be other users'
		err = fileError(exitMismatch, v.in.Changed())
	}
	if err == nil {
		v.found.NotCompared.Unread = v.toDo - v.found.Compared - v.found.NotCompared.WithoutID
	}
	return err
}

// note takes a difference down.
func (v *verification) note(d *report.Difference) {
	v.groups.add([]migrate.Problem{d.Problem()})
	v.o.lines.Difference(d)
	v.list.add(d)
}

// extras finds the users that this migration made and no row names any more.
func (v *verification) extras() error {
	if v.db == nil {
		return nil
	}
	made := func(yield func(migrate.Wanted, error) bool) {
		for r, err := range v.db.Past(v.soft) {
			if err == nil && (!r.Made || r.UserID == "") {
				continue
			}
			if !yield(migrate.Wanted{Result: r}, checkpointError(err)) {
				return
			}
		}
	}
	return migrate.ReadBackAll(v.soft, v.client, made, func(r *migrate.ReadBack) error {
		if r.Account != nil {
			d := v.found.ExtraUser(r)
			v.note(&d)
		}
		return v.list.failed
	})
}

// countOthers asks how many users the instance has.
func (v *verification) countOthers() error {
	n, err := v.client.CountUsers(v.soft)
	if err != nil {
		return err
	}
	v.found.Users = &n
	if v.opts.sample == 0 {
		others := max(0, n-(v.found.Compared-v.found.NotFound)-v.found.Extra)
		v.found.OtherUsers = &others
	}
	return nil
}
