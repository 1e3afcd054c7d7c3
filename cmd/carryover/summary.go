package main

import (
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
	seconds := time.Since(m.started).Seconds()
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: command, Target: &m.target, Counts: counts,
		Input: report.Input{Files: m.paths, Bytes: m.print.Size, SHA256: m.identity().InputSHA256},
		Delta: m.compared, Vanished: m.vanished(), Mapping: m.o.name(), Joins: m.joins,
		Problems: m.allProblems(), Unknown: m.in.Unknown(), Checkpoint: m.path, Seconds: seconds,
	}
	stats := m.client.Stats()
	doc.Requests = &report.Requests{Total: stats.Requests, ByStatus: map[string]int64{}}
	for status, n := range stats.ByStatus {
		doc.Requests.ByStatus[strconv.Itoa(status)] = n
	}
	doc.Rate = float64(stats.Requests) / seconds
	doc.LatencyMS = &report.Latency{
		P50: milliseconds(stats.Latency.P50), P95: milliseconds(stats.Latency.P95),
		P99: milliseconds(stats.Latency.P99), Max: milliseconds(stats.Latency.Max),
	}
	return doc
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// allProblems are the rows that did not get through, from the checkpoint, and
// the warnings of this run.
func (m *migration) allProblems() []report.Problem {
	var problems []report.Problem
	if m.db == nil || m.replaced {
		problems = report.FromGroups(m.problems)
	} else {
		problems = checkpointProblems(m.hardKeep(), m.db)
		for _, g := range m.problems {
			if g.Severity == migrate.Warning {
				problems = append(problems, report.FromGroups([]*migrate.Group{g})...)
			}
		}
	}
	if m.warnings != nil {
		problems = append(problems, report.FromGroups(m.warnings.list)...)
	}
	return problems
}
