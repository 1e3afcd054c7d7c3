package main

import (
	"errors"
	"iter"
	"slices"
	"sync/atomic"

	"carryover/migrate"
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
	plan, err := m.beginPlan()
	if err != nil {
		return err
	}
	defer plan.end()
	changes := report.NewPlan(m.o.shown)
	defer m.noteLastSend()
	m.warnings = newGroups()
	var planned atomic.Int64
	asking := newReading("Asking Clerk", m.in)
	asking.rowsDone, asking.allRows, asking.why = planned.Load, m.thisTime(), newProgress(m.client, nil, 0).waiting
	asked := m.teller.read(asking)
	costs := m.newCost(plan != nil)
	var changed atomic.Int64 // rows that need not be asked for
	undecided := m.undecided(func() { planned.Add(1); changed.Add(1) })
	err = migrate.Preview(m.soft, migrate.Config{
		Mode: m.rules.Mode, Policy: m.policy, SeeAll: plan != nil, API: m.client, Users: undecided,
	}, func(u *migrate.User, p migrate.Plan, found *migrate.Account) {
		planned.Add(1)
		p = m.held.settings().Refuse(u, p)
		costs.add(u, &p)
		m.warn(p.Warnings)
		states[plannedState(p)]++
		changes.Take(u, &p, found)
		plan.take(migrate.NewPlanRow(u, &p, found))
		if code, ok := migrate.LookupCode(p.Code); ok {
			m.warn([]migrate.Problem{{
				File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(), Field: p.Field,
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
	if err := plan.finish(m.rows); err != nil {
		return err
	}
	states[migrate.Updated] += changed.Load()
	costs.writes += changed.Load()
	doc := m.document("run --dry-run", report.CountStates(m.rows, states))
	doc.State, doc.Plan, doc.Canary, doc.Proofs = "plan", changes.Document(), nil, m.canary.prove()
	doc.Estimates = []report.Estimate{newEstimate(costs.requests(), m.limit)}
	next := withoutFlag(withoutFlag(m.ui.args, "dry-run"), "force")
	doc.Next = []report.Step{{Command: commandLine(next), Does: "does it"}}
	if plan != nil {
		doc.Files = append(doc.Files, report.File{Path: m.o.plan, Meaning: "the plan, a line for each row; it holds personal data"})
		doc.Next[0].Does = "does exactly what the plan says"
	}
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
	m               *migration
	seeAll          bool // rows that name their user are looked up too
	writes, lookUps int64
}

// newCost is that of a run by the plan, where there will be one.
func (m *migration) newCost(byPlan bool) *cost {
	return &cost{m: m, seeAll: byPlan || m.policy != (migrate.Policy{}) && m.rules.Mode != migrate.CreateOnlyMode}
}

func (c *cost) add(u *migrate.User, p *migrate.Plan) {
	if migrate.NeedsLookUp(c.m.rules.Mode, c.seeAll, u) {
		c.lookUps++ // once more, right before it is sent
	}
	switch {
	case p.State.Final():
	case p.Action == migrate.Update:
		c.writes += c.m.client.UpdateRequests(p.UpdateRequest(u))
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
	m.saySettings()
	if !m.resumed { // every row was refused by the checks, or dropped
		var states [migrate.NumStates]int64
		for _, s := range m.states {
			states[s]++
		}
		doc := m.document("run", report.CountStates(m.rows, states))
		doc.State, doc.Checkpoint = "finished_with_problems", ""
		if doc.Counts.Rejected == 0 {
			doc.State = "finished"
		} else {
			doc.Next = []report.Step{m.subject().rejectsStep()}
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
	if err := m.commitRejects(); err != nil {
		return err
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
