package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/migrate/report"
)

// preflight checks every row before the first request, unless the checkpoint
// shows that this was done for the same input.
func (m *migration) preflight() error {
	if m.resumed && !m.replaced {
		return nil
	}
	census, err := m.check()
	if err != nil {
		return err
	}
	m.rows, m.problems, m.joins, m.survey = census.Rows, census.Groups, joinsOf(m.rules), census.Survey
	if err := errors.Join(m.o.missingColumns(m.in, census.Rows), failedExpressions(census.Groups)); err != nil {
		return err
	}
	if m.replaced {
		if err := m.compare(census); err != nil {
			return err
		}
	}
	allowed, err := rejectsAllowed(m.o.maxRejects, census.Rows)
	if err != nil {
		return err
	}
	if census.Rejected > allowed && !m.o.dryRun {
		return usagef("%s of %s would be rejected, more than --max-rejects allows (%s); nothing was sent",
			report.Number(census.Rejected), rowsText(census.Rows), report.Number(allowed)).
			hint("to have them in a file, each with its reason: "+m.subject().rejectsStep().Command,
				fmt.Sprintf("to send the others all the same, add --max-rejects %d", census.Rejected))
	}
	return nil
}

// check checks the rows, and finds out which of them are left to be sent.
func (m *migration) check() (*migrate.Census, error) {
	defer m.teller.read(newReading("Checking "+m.inputName(), m.in))()
	census, err := migrate.Check(m.soft, m.in, m.rules, m.o.telling(func() (func([]migrate.Problem) error, error) {
		m.rejects = nil
		return m.addReject, nil
	}))
	if err != nil {
		return nil, fileError(exitUsage, err)
	}
	m.inFiles(census.Files)
	m.states = make([]migrate.State, census.Rows)
	for i := range m.rejects {
		m.states[m.rejects[i].Row-1] = m.rejects[i].State
	}
	return census, nil
}

// inFiles notes which rows are in which of several files.
func (m *migration) inFiles(files migrate.Files) {
	m.files = files
	if m.several() && m.o.lines != nil {
		m.o.lines.FileOf = files.Of
	}
}

// addReject keeps what the checkpoint is to know of a row that is refused, or
// dropped.
func (m *migration) addReject(problems []migrate.Problem) error {
	if r, ok := refusal(problems); ok {
		r.At = m.started
		m.rejects = append(m.rejects, r)
	}
	return nil
}

// refusal is what becomes of a row with such problems; false where it is sent.
func refusal(problems []migrate.Problem) (migrate.Result, bool) {
	i := slices.IndexFunc(problems, func(p migrate.Problem) bool { return p.Severity != migrate.Warning })
	if i < 0 {
		return migrate.Result{}, false
	}
	p := problems[i]
	key := strings.Clone(p.Key) // it is kept, and the text around it is not wanted
	state := migrate.Rejected
	if p.Severity == migrate.Drop {
		state = migrate.Dropped
	}
	return migrate.Result{Row: p.Row, Line: p.Line, Key: key, State: state, Code: p.Code, Field: p.Field, Message: p.Message}, true
}

// tellRejects tells programs what became of the rows that the checks refused.
func (m *migration) tellRejects() {
	for i := range m.rejects {
		m.o.lines.Row(&m.rejects[i])
	}
}

// commitRejects writes the refused rows to the checkpoint.
func (m *migration) commitRejects() error {
	for batch := range slices.Chunk(m.rejects, 500) {
		if err := m.db.Commit(m.hard, batch); err != nil {
			return checkpointError(err)
		}
	}
	m.tellRejects()
	m.rejects = nil
	return nil
}
