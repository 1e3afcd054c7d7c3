package main

import (
	"errors"
	"iter"
	"slices"
	"sync/atomic"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// preview asks Clerk, with reads only, what a run would do.
func (m *migration) preview() error {
	m.describe()
	var states [migrate.NumStates]int64
	for _, s := range m.states {
		if s.Final() {
			states[s]++
		}
	}
	defer m.noteLastSend()
	m.warnings = newGroups()
	var planned atomic.Int64
	asking := newReading("Asking Clerk", m.in)
	asking.rowsDone, asking.allRows, asking.why = planned.Load, m.thisTime(), newProgress(m.client, nil, 0).waiting
	asked := m.teller.read(asking)
	costs := cost{apart: m.o.apiVersion == clerk.VersionMetadataApart}
	var changed atomic.Int64 // rows that need not be asked for
	undecided := m.undecided(func() { planned.Add(1); changed.Add(1) })
	err := migrate.Preview(m.soft, m.rules.Mode, m.client, undecided, func(u *migrate.User, plan migrate.Plan) {
		planned.Add(1)
		costs.add(m.rules.Mode, u, plan)
		m.warn(plan.Warnings)
		states[plannedState(plan)]++
		if code, ok := migrate.LookupCode(plan.Code); ok {
			m.warn([]migrate.Problem{{
				File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(), Field: plan.Field,
				Code: code.Code, Severity: migrate.Fatal, Message: code.Meaning + "; " + code.Fix,
			}})
		}
	})
	asked()
	if err != nil {
		var e *migrate.Error
		if errors.As(err, &e) {
			return requestError(err, m.target.KeyOrigin)
		}
		return fileError(exitUsage, err)
	}
	states[migrate.Updated] += changed.Load()
	costs.writes += changed.Load()
	doc := m.document("run --dry-run", report.CountStates(m.rows, states))
	doc.State, doc.Canary, doc.Proofs = "plan", nil, m.canary.prove()
	doc.Estimates = []report.Estimate{newEstimate(costs.requests(), m.limit)}
	doc.Next = []report.Step{{Command: commandLine(withoutFlag(m.ui.args, "dry-run")), Does: "does it"}}
	if err := m.publish(doc); err != nil {
		return err
	}
	if doc.Counts.Rejected+doc.Counts.Conflict > 0 || slices.ContainsFunc(doc.Proofs, report.Proof.Failed) {
		return quietly(exitProblems)
	}
	return nil
}

// A cost counts the requests that a run will make for what was planned.
type cost struct {
	writes, lookUps int64
	apart           bool // metadata takes a request of its own
}

func (c *cost) add(mode migrate.Mode, u *migrate.User, plan migrate.Plan) {
	if migrate.NeedsLookUp(mode, u) {
		c.lookUps++ // once more, right before it is sent
	}
	switch {
	case plan.State.Final():
	case plan.Action == migrate.Update && c.apart && (u.PublicMetadata != nil || u.PrivateMetadata != nil || u.UnsafeMetadata != nil):
		c.writes += 2
	default:
		c.writes++
	}
}

func (c *cost) requests() int64 { return c.writes + lookUpRequests(c.lookUps) }

// undecided yields the users whose plan depends on what Clerk says, and calls
// known for each of the others: changed rows, which update the user that the
// checkpoint knows.
func (m *migration) undecided(known func()) iter.Seq2[*migrate.User, error] {
	if m.delta == nil {
		return m.users(m.soft)
	}
	return func(yield func(*migrate.User, error) bool) {
		for u, err := range m.users(m.soft) {
			if err == nil && m.delta.Updates(u.Row) {
				known()
			} else if !yield(u, err) {
				return
			}
		}
	}
}

// plannedState is the state that a plan leads to if all goes well.
func plannedState(plan migrate.Plan) migrate.State {
	switch {
	case plan.State.Final():
		return plan.State
	case plan.Action == migrate.Create:
		return migrate.Created
	default:
		return migrate.Updated
	}
}

// nothingToDo tells how it stands when every row has its outcome.
func (m *migration) nothingToDo() error {
	if !m.resumed { // every row was refused by the checks, or dropped
		var states [migrate.NumStates]int64
		for _, s := range m.states {
			states[s]++
		}
		doc := m.document("run", report.CountStates(m.rows, states))
		doc.State, doc.Checkpoint = "finished_with_problems", ""
		if doc.Counts.Rejected == 0 {
			doc.State = "finished"
		}
		if m.rows == 0 {
			m.ui.say("Nothing to do: %s holds no users.", report.Clean(m.paths[0]))
		}
		if err := m.publish(doc); err != nil {
			return err
		}
		if doc.Counts.Rejected == 0 {
			return nil
		}
		return quietly(exitProblems)
	}
	m.sayNothingToDo()
	counts, err := m.finalCounts()
	if err != nil {
		return checkpointError(err)
	}
	doc, exitErr := m.conclude(m.soft, nil, counts)
	m.lookAhead(doc)
	if err := m.publish(doc); err != nil {
		return err
	}
	return exitErr
}
