package main

import (
	"context"
	"fmt"
	"time"

	"carryover/migrate"
	"carryover/migrate/report"
)

// lastWordsFor is how long the program stays for its last words.
const lastWordsFor = time.Second

// leave ends the program on a second signal, in the middle of whatever it does.
// That is as safe as being killed; but it says so, and what is in flight.
func (m *migration) leave(by *signalError) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		if m.sending.Load() {
			m.lastWords(by)
			return
		}
		m.ui.say("Left at once. Nothing was written.")
		m.o.writeLast(m.ui.out, &report.Document{
			SchemaVersion: report.SchemaVersion, Command: "run", State: "interrupted", Reason: by.signal.String(), Input: report.Input{Files: m.paths},
			Seconds: time.Since(m.started).Seconds(),
		})
	}()
	select {
	case <-done:
	case <-time.After(lastWordsFor): // a disk or a reader that hangs holds nobody
	}
	m.ui.quit(by)
}

// lastWords says what becomes of what is in flight, and notes how the run ended.
// What it uses does not change any more, or may be used by any goroutine.
func (m *migration) lastWords(by *signalError) {
	flying := m.client.InFlight()
	text := "Left at once"
	if flying > 0 {
		requests, them := "requests", "them"
		if flying == 1 {
			requests, them = "request", "it"
		}
		text += fmt.Sprintf(", with %d %s in flight: the next run looks up what became of %s", flying, requests, them)
	}
	m.ui.say("%s.\nNothing is lost. To go on: %s", text, m.ui.command())
	m.log.Warn("left at once", "why", by.signal.String(), "in_flight", flying)
	ctx := context.Background()
	counts, err := m.db.Counts(ctx)
	if err != nil {
		return
	}
	doc := &report.Document{
		SchemaVersion: report.SchemaVersion, Command: "run", State: "interrupted", Reason: by.signal.String(),
		Target: &m.target, Input: m.inputFacts(), Counts: report.CountStates(m.rows, counts),
		Delta: m.compared, Mapping: m.o.name(), Joins: m.joins, Checkpoint: m.path, Seconds: time.Since(m.started).Seconds(),
	}
	m.addRequests(doc)
	m.noteLastSend()
	if err := m.db.EndRun(ctx, m.runEnd(doc, migrate.Summary{Counts: m.doneHere(counts)})); err != nil {
		return // the next run finds that this one has ended
	}
	if stored, err := readKept(ctx, m.db); err == nil {
		doc.Problems = stored.problems(ctx, m.db)
	}
	m.lookAhead(doc)
	m.o.writeLast(m.ui.out, doc)
}

// doneHere is what this run has brought to each state, by what the checkpoint
// says now.
func (m *migration) doneHere(now [migrate.NumStates]int64) [migrate.NumStates]int64 {
	for _, state := range m.states {
		if state.Final() {
			now[state]--
		}
	}
	now[migrate.Pending] = 0
	return now
}
