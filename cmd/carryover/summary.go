package main

import (
	"context"
	"math"
	"strconv"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/report"
)

// linesShown is how many lines a group of problems names.
const linesShown = 5

// runEnd is what the checkpoint keeps of a run that has ended.
func (m *migration) runEnd(doc *report.Document, summary migrate.Summary) checkpoint.RunEnd {
	stats := m.client.Stats()
	state := doc.State
	if state == "finished_with_problems" { // the counts tell the rest
		state = checkpoint.Finished
	}
	return checkpoint.RunEnd{
		State: state, Reason: doc.Reason, Counts: summary.Counts, Requests: stats.ByStatus,
		Latency: checkpoint.Latency{P50: stats.Latency.P50, P95: stats.Latency.P95, P99: stats.Latency.P99, Max: stats.Latency.Max},
		EndedAt: time.Now(),
	}
}

// document begins the document of a command that asked Clerk.
func (m *migration) document(command string, counts report.Counts) *report.Document {
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: command, Target: &m.target, Counts: counts,
		Input: m.inputFacts(),
		Delta: m.compared, Vanished: m.vanished(), Mapping: m.o.name(), Joins: m.joins,
		Canary: m.canary.signIns(), Problems: m.allProblems(), Unknown: m.in.Unknown(), Checkpoint: m.path, Seconds: time.Since(m.started).Seconds(),
		Settings: m.held.document(),
	}
	m.addRequests(doc)
	return doc
}

// addRequests adds what the requests took to the document of a command.
func (m *migration) addRequests(doc *report.Document) {
	stats := m.client.Stats()
	doc.Requests = &report.Requests{Total: stats.Requests, ByStatus: map[string]int64{}, Gates: stats.Gates}
	if !math.IsInf(stats.Pace, 1) { // JSON has no word for it
		doc.Requests.Pace = stats.Pace
	}
	for status, n := range stats.ByStatus {
		doc.Requests.ByStatus[strconv.Itoa(status)] = n
	}
	doc.Thresholds = thresholds(doc, m.allowed)
	doc.Rate = float64(stats.Requests) / doc.Seconds
	doc.LatencyMS = &report.Latency{
		P50: milliseconds(stats.Latency.P50), P95: milliseconds(stats.Latency.P95),
		P99: milliseconds(stats.Latency.P99), Max: milliseconds(stats.Latency.Max),
	}
}

// thresholds are what runs are held to: rows that may be rejected, where that is
// known, and never to meet the limit of the instance.
func thresholds(doc *report.Document, allowed *int64) []report.Threshold {
	var list []report.Threshold
	if allowed != nil {
		n := doc.Counts.Rejected
		list = append(list, report.Threshold{Name: report.RejectsThreshold, Most: *allowed, Is: n, Kept: n <= *allowed})
	}
	if doc.Requests.Total > 0 {
		n := doc.Requests.ByStatus["429"]
		list = append(list, report.Threshold{Name: report.LimitThreshold, Is: n, Kept: n == 0})
	}
	return list
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// inputFacts are what a document says of the input.
func (m *migration) inputFacts() report.Input {
	return report.Input{Files: m.paths, Bytes: m.print.Size, SHA256: m.identity().InputSHA256}
}

// unwritten begins the document of a run that ends before it has a result.
func (m *migration) unwritten() *report.Document {
	states := [migrate.NumStates]int64{}
	for _, s := range m.states {
		states[s]++
	}
	doc := &report.Document{
		Command: "run", Input: report.Input{Files: m.paths}, Counts: report.CountStates(m.rows, states),
		Problems: report.FromGroups(m.problems, len(m.paths) > 1), Seconds: time.Since(m.started).Seconds(),
	}
	if m.o.dryRun {
		doc.Command = "run --dry-run"
	}
	return doc
}

// lookAhead adds to the document of a run what the checkpoint tells of the whole
// migration, and what may be done now. What the checkpoint cannot tell is left
// out: whoever read its counts has said so.
func (m *migration) lookAhead(doc *report.Document) {
	if m.db != nil && !m.replaced {
		_, _ = inTotal(m.hardKeep(), m.db.Reader, doc)
		doc.Files = append(doc.Files, checkpointFile(m.path))
	}
	doc.Next = m.subject().steps(doc)
}

// inTotal adds what a checkpoint tells of all runs, and returns them.
func inTotal(ctx context.Context, r *checkpoint.Reader, doc *report.Document) ([]checkpoint.Session, error) {
	states, err := r.Counts(ctx)
	if err != nil {
		return nil, err
	}
	doc.Unfinished = report.UnfinishedStates(doc.Counts.Rows, states)
	if doc.Reconciled, err = r.Reconciled(ctx); err != nil {
		return nil, err
	}
	sessions, err := r.Sessions(ctx)
	doc.Runs = len(sessions)
	return sessions, err
}

// lookBack adds the same to a document that is made later, by somebody who names
// the inputs, or only the checkpoint.
func lookBack(ctx context.Context, r *checkpoint.Reader, doc *report.Document, inputs []string) error {
	sessions, err := inTotal(ctx, r, doc)
	if err != nil {
		return err
	}
	s := subjectOf(resumeCommand(sessions))
	if len(inputs) > 0 {
		s.inputs = inputs
	}
	if len(s.inputs) == 0 {
		s.inputs = []string{r.Identity().InputName}
	}
	if doc.Checkpoint != checkpointPath("", s.inputs[0], false) {
		s.checkpoint = doc.Checkpoint
	}
	doc.Next = s.steps(doc)
	if doc.Undo != nil { // nothing else may be done with it
		doc.Next = nil
		if doc.Undo.Waiting > 0 && doc.State != "running" {
			doc.Next = []report.Step{{Command: commandLine([]string{"undo", doc.Checkpoint}), Does: "goes on with the undo"}}
		}
	}
	return nil
}

// allProblems are the rows that did not get through, and the warnings about the
// others: of the checkpoint, where there is one for this input. What it cannot
// tell is left out: whoever read its counts has said so.
func (m *migration) allProblems() []report.Problem {
	var k kept
	if m.warnings != nil { // of this run and, where it goes on, of those before
		k.run.Warnings = report.FromGroups(m.warnings.list, m.several())
	}
	if m.db == nil || m.replaced {
		return append(report.FromGroups(m.problems, m.several()), k.run.Warnings...)
	}
	if stored, err := readKept(m.hardKeep(), m.db); err == nil {
		k.keptCensus = stored.keptCensus
		if m.warnings == nil {
			k.run = stored.run
		}
	}
	problems := k.problems(m.hardKeep(), m.db)
	if m.survey != nil { // what the checks of a first run found is in the checkpoint
		return problems
	}
	for _, g := range m.problems { // what the settings of the instance mean for the rest; a dry run stores nothing of it
		if g.Severity == migrate.Warning || m.o.dryRun {
			problems = append(problems, report.FromGroups([]*migrate.Group{g}, m.several())...)
		}
	}
	return problems
}
