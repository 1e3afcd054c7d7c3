package main

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"runtime"

	"github.com/spf13/pflag"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// planFlags are about the plan of a run.
type planFlags struct {
	plan  string
	force bool
	pii   string

	shown report.PII
}

func (f *planFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.plan, "plan", "", "with --dry-run, write what would be done for each row to this file; without, do exactly what it says (see above)")
	flags.BoolVar(&f.force, "force", false, "replace the file of --dry-run --plan if it is there")
	flags.StringVar(&f.pii, "pii", "mask", "personal data in the samples of --dry-run: mask, full or none; secrets are in none")
}

// checkPlan refuses what a plan cannot be made for: it is of the whole input, as it
// is and as it is sent.
func (o *runOptions) checkPlan() error {
	var err error
	if o.shown, err = report.ParsePII(o.pii); err != nil {
		return usage(err)
	}
	switch {
	case o.plan == "":
		return nil
	case o.delta:
		return usagef("--plan and --delta are given together").
			hint("a plan is for an input that has not changed: run --delta without a plan, or begin a new migration with --checkpoint OTHER.db")
	case o.only != "" || o.reapply:
		return usagef("a plan is of all rows; --only and --reapply choose among them").hint("leave --plan out, or the others")
	case o.dryRun && o.maxRows > 0:
		return usagef("a plan is of all rows, and --max-rows ends it early").hint("give --max-rows to the run that carries the plan out")
	}
	return nil
}

// readPlan reads the plan that is to be carried out, or begins the file of the
// one that is to be made.
func (m *migration) readPlan() (err error) {
	switch {
	case m.o.plan == "":
		return nil
	case m.o.dryRun:
		m.planOut, err = createOutput(m.o.plan, m.o.force, append(m.o.files(), m.paths...)...)
		return err
	}
	file, err := os.Open(m.o.plan)
	if err != nil {
		return usage(fmt.Errorf("cannot read the plan %s: %w", report.Clean(m.o.plan), unwrapPath(err)))
	}
	defer func() { _ = file.Close() }()
	m.planHead, m.planned, err = migrate.ReadPlan(m.soft, file)
	runtime.GC() // the lines make room for what the checks hold
	var bad *migrate.PlanError
	var path *fs.PathError
	switch {
	case errors.As(err, &bad):
		return exit(exitMismatch, fmt.Errorf("the plan %s:%d: %s; nothing was sent", report.Clean(m.o.plan), bad.Line, bad.Message)).
			hint("make it again: " + commandLine(append(withoutFlag(m.ui.args, "force"), "--dry-run", "--force")))
	case errors.As(err, &path):
		return usage(fmt.Errorf("cannot read the plan %s: %w", report.Clean(m.o.plan), unwrapPath(err)))
	}
	return err
}

// head is what a plan of this run is made for.
func (m *migration) head() migrate.PlanHead {
	id := m.identity()
	return migrate.PlanHead{
		Version: migrate.PlanVersion, InputSHA256: id.InputSHA256, InputSize: id.InputSize, Mapping: id.Mapping, InstanceID: id.InstanceID,
		Mode: id.Mode, Policy: m.policy.String(), Options: m.options(), APIVersion: id.APIVersion, Rows: m.rows,
	}
}

// matchPlan refuses a plan that was made for something else.
func (m *migration) matchPlan() error {
	if m.planned == nil {
		return nil
	}
	have, want := m.planHead, m.head()
	if have == want {
		return nil
	}
	refused := exit(exitMismatch, fmt.Errorf("the plan %s was made for something else; nothing was sent", report.Clean(m.o.plan)))
	for _, d := range []struct{ name, have, want string }{
		{"input_sha256", have.InputSHA256, want.InputSHA256},
		{"input_size", fmt.Sprint(have.InputSize), fmt.Sprint(want.InputSize)},
		{"rows", fmt.Sprint(have.Rows), fmt.Sprint(want.Rows)},
		{"mapping", have.Mapping, want.Mapping},
		{"mode", have.Mode, want.Mode},
		{"policy", have.Policy, want.Policy},
		{"options", have.Options, want.Options},
		{"instance", have.InstanceID, want.InstanceID},
		{"api_version", have.APIVersion, want.APIVersion},
	} {
		if d.have != d.want {
			_ = refused.hint(report.Clean(fmt.Sprintf("%s: the plan has %s, this run %s", d.name, orNone(d.have), orNone(d.want))))
		}
	}
	return refused.hint("make a plan of this run: " + commandLine(append(withoutFlag(m.ui.args, "force"), "--dry-run", "--force")))
}

// planText says what a plan does.
func planText(c migrate.PlanCounts) string {
	return fmt.Sprintf("%s to create, %s to update, %s unchanged, %s refused or left out, %s done before",
		report.Number(c.Create), report.Number(c.Update), report.Number(c.Unchanged), report.Number(c.Conflict+c.Reject+c.Drop), report.Number(c.Done))
}

// A planFile is the plan that a dry run writes; nil where none was asked for.
type planFile struct {
	*output
	lines *migrate.PlanWriter

	rejects []migrate.Result // of the checks, to come
	done    func() (migrate.Result, error, bool)
	stop    func()
	last    *migrate.Result // of the checkpoint, the next to come
	failed  error
}

// beginPlan writes the head of the plan. end must be called.
func (m *migration) beginPlan() (*planFile, error) {
	if m.planOut == nil {
		return nil, nil
	}
	p := &planFile{output: m.planOut, rejects: m.rejects, stop: func() {}}
	var err error
	if p.lines, err = migrate.NewPlanWriter(m.planOut, m.head()); err != nil {
		return nil, m.planOut.fail(exitUnexpected, err)
	}
	if m.db != nil {
		p.done, p.stop = iter.Pull2(m.db.Results(m.soft))
	}
	return p, nil
}

// take writes the line of a row that was looked at, and before it those of rows
// that were not.
func (p *planFile) take(row migrate.PlanRow) {
	if p == nil || p.failed != nil {
		return
	}
	if p.failed = p.fillTo(row.Row); p.failed == nil {
		p.failed = p.lines.Write(&row)
	}
}

// fillTo writes the lines of rows before one: those that the checks refused, and
// those that have their outcome.
func (p *planFile) fillTo(row int64) error {
	for p.lines.Next() < row {
		line := migrate.PlanRow{Row: p.lines.Next(), Action: migrate.PlanDone}
		if err := p.before(&line); err != nil {
			return err
		}
		if err := p.lines.Write(&line); err != nil {
			return err
		}
	}
	return nil
}

// before finds out what a row is that was not looked at.
func (p *planFile) before(line *migrate.PlanRow) error {
	var r *migrate.Result
	if len(p.rejects) > 0 && p.rejects[0].Row == line.Row {
		r, p.rejects = &p.rejects[0], p.rejects[1:]
		line.Action = migrate.PlanReject
		if r.State == migrate.Dropped {
			line.Action = migrate.PlanDrop
		}
	} else {
		for p.done != nil && (p.last == nil || p.last.Row < line.Row) {
			next, err, more := p.done()
			if err != nil {
				return checkpointError(err)
			}
			if p.last = &next; !more {
				p.done = nil
			}
		}
		if p.last == nil || p.last.Row != line.Row {
			return fmt.Errorf("row %d has no plan", line.Row)
		}
		r = p.last
	}
	line.Line, line.Key, line.UserID, line.Code = r.Line, r.Key, r.UserID, r.Code
	return nil
}

// finish makes the plan of all rows appear at its place.
func (p *planFile) finish(rows int64) error {
	if p == nil {
		return nil
	}
	if p.failed == nil {
		p.failed = p.fillTo(rows + 1)
	}
	p.stop() // the checkpoint is read for other things now
	if p.failed == nil {
		p.failed = p.lines.End()
	}
	if p.failed != nil {
		var disk *checkpoint.DiskError
		if errors.As(p.failed, &disk) {
			return p.failed
		}
		return p.fail(exitUnexpected, p.failed)
	}
	return p.keep()
}

// end gives the checkpoint back. The file is dropped by whoever has created it.
func (p *planFile) end() {
	if p != nil {
		p.stop()
	}
}
