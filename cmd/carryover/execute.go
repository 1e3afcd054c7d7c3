package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// migrate writes: it makes the checkpoint where there is none, carries the
// run out, and tells what came of it.
func (m *migration) migrate() error {
	if err := m.openCheckpoint(); err != nil {
		return err
	}
	if err := m.beginSession(); err != nil {
		return m.discard(checkpointError(err))
	}
	m.o.lines.Start(report.Start{
		Command: "run", Target: &m.target, Input: m.inputFacts(), Rows: m.rows, ToSend: m.toSend(), Checkpoint: m.path,
	})
	m.sending.Store(true)
	soft, cancel := m.o.window(m.soft, m.started)
	defer cancel()
	soft, unwatch := watch(soft, watchEvery, m.in.Changed)
	defer unwatch()
	summary, runErr := m.run(soft)
	counts, err := m.finalCounts()
	if err != nil {
		return errors.Join(runErr, checkpointError(err))
	}
	doc, exitErr := m.conclude(soft, runErr, counts)
	doc.Left = report.FromFieldCounts(summary.Left)
	m.lookAhead(doc)
	err = m.db.EndRun(m.hardKeep(), m.runEnd(doc, summary))
	if err != nil && exitErr == nil {
		exitErr = checkpointError(err)
	}
	if err := m.publish(doc); err != nil {
		exitErr = m.ui.alsoFailed(exitErr, exit(exitUnexpected, err).hint("carryover status "+shellQuote(m.paths[0])+" shows it"))
	}
	m.farewell(doc)
	return exitErr
}

// publish writes the result.
func (m *migration) publish(doc *report.Document) error {
	m.result = doc
	return m.o.write(m.ui.out, doc)
}

// hardKeep is a context for writing what has happened, whatever else ends.
func (m *migration) hardKeep() context.Context { return context.WithoutCancel(m.hard) }

// openCheckpoint creates the checkpoint and writes the rows that the checks or
// the settings refused. A run that fails here leaves nothing behind.
func (m *migration) openCheckpoint() error {
	switch {
	case m.replaced:
		return m.rebase()
	case m.resumed:
		return m.commitRejects()
	}
	var err error
	if m.db, err = checkpoint.Create(m.soft, m.path, m.identity()); err != nil {
		m.db = nil
		return placeError(err)
	}
	if err := m.commitRejects(); err != nil {
		return m.discard(err)
	}
	return nil
}

// discard removes a checkpoint that nothing was sent under.
func (m *migration) discard(cause error) error {
	if m.resumed {
		return cause
	}
	err := m.db.Discard()
	m.db = nil
	return errors.Join(cause, err)
}

func (m *migration) beginSession() error {
	host, _ := os.Hostname() // for people; empty where unknown
	census, err := m.census()
	if err != nil {
		return err
	}
	_, err = m.db.BeginRun(m.hardKeep(), checkpoint.RunInfo{
		Version: versionText(), Args: m.ui.command(), PID: os.Getpid(), Host: host, StartedAt: time.Now(),
		KeyPrint: m.keyPrint(), Census: census,
	})
	return err
}

// run carries the migration out.
func (m *migration) run(soft context.Context) (migrate.Summary, error) {
	allowed, err := rejectsAllowed(m.o.maxRejects, m.rows)
	if err != nil {
		return migrate.Summary{}, err
	}
	keep, err := m.keeper()
	if err != nil {
		return migrate.Summary{}, err
	}
	m.allowed = &allowed
	if err := m.startWarnings(); err != nil {
		return migrate.Summary{}, err
	}
	progress := newProgress(m.client, m.states, m.thisTime())
	progress.lines = m.o.lines
	defer m.teller.tell(progress)()
	defer m.log.follow(progress)()
	sampler := startSampler(m.client, m.db, m.limit, progress.waiting)
	defer sampler.end()
	stopTelling := context.AfterFunc(soft, func() {
		progress.stop()
		if by, ok := signalOf(soft); ok {
			text := fmt.Sprintf("Stopping (%s): waiting for requests in flight, at most %s. Once more to leave at once.", by.signal, report.Duration(drainFor))
			m.o.lines.Notice(text)
			m.ui.say("%s", text)
			m.log.Warn("stopping", "why", by.signal.String())
		}
	})
	defer stopTelling()
	defer m.noteLastSend()
	alone := newAlone(m.limit, m.o.sandbox)
	defer alone.end()
	observe := func(r migrate.Result) {
		alone.begin()
		m.noteLastSend()
		progress.observe(r)
		sampler.observe(r)
		m.log.outcome(r)
	}
	return m.send(soft, migrate.Config{
		Mode: m.rules.Mode, Policy: m.policy, Plan: m.planned, API: m.client, Ledger: m.db, Key: migrate.HashKey(m.db.Key()),
		Users: m.users(m.hard), Stop: soft.Done(), Drain: m.client.Drain, Recall: m.client.Recall,
		Concurrency: m.client.Concurrency, Gates: m.client.Gates, Observe: observe, Warn: m.warn,
		Waiting: func(why string) { progress.wait(why); m.log.waiting(why) },
		Reopen:  m.reopened, Reapply: m.o.reapply, Keep: keep, Settings: m.held.settings(),
		SeeAll:     m.o.keepBefore == keepAll && m.rules.Mode != migrate.CreateOnlyMode,
		MaxRejects: &allowed, Settle: m.o.settle, MaxOutage: m.o.maxOutage, UserLimit: m.userLimit(),
	})
}

// startWarnings takes up the warnings that earlier runs met, and lets the
// checkpoint keep those of this one with the rows that they are about.
func (m *migration) startWarnings() error {
	stored, err := readKept(m.hardKeep(), m.db)
	if err != nil {
		return checkpointError(err)
	}
	m.warnings = newGroups()
	m.warnings.goOn(stored.run.Warnings)
	m.warnings.changed = true // the first commit notes what this run is held to
	m.db.Remark(m.remarks)
	return nil
}

// warn notes what a run has to say about rows that it sends all the same.
func (m *migration) warn(problems []migrate.Problem) {
	m.warnings.add(problems)
	m.o.lines.Problems(problems)
}

// userLimit is how many updates a user may have in 10 s: Clerk counts requests,
// and with metadata apart, or merged, an update takes two, with both three.
func (m *migration) userLimit() int {
	switch apart, merges := m.o.apiVersion == clerk.VersionMetadataApart, m.policy.Merges(); {
	case apart && merges:
		return 3
	case apart || merges:
		return 5
	default:
		return 10
	}
}

// finalCounts reads the counts from the checkpoint, which is the record.
func (m *migration) finalCounts() (report.Counts, error) {
	states, err := m.db.Counts(m.hardKeep())
	return report.CountStates(m.rows, states), err
}

// conclude makes the document of the run and the error that its exit code
// comes from.
func (m *migration) conclude(soft context.Context, runErr error, counts report.Counts) (*report.Document, error) {
	doc := m.document("run", counts)
	var stop *migrate.StopError
	by, signalled := signalOf(soft)
	change := m.inputChange(soft, runErr)
	switch {
	case !counts.AddUp():
		doc.State, doc.Reason = "stopped", reasonCounts
		return doc, exit(exitUnexpected, errors.New("the counts do not add up to the rows of the input; this is a bug"))
	case signalled && (counts.Unfinished > 0 || m.canary.open()):
		doc.State, doc.Reason = "interrupted", by.signal.String()
		return doc, quietly(by.code())
	case change != nil:
		if doc.State = endState(counts); counts.Unfinished > 0 {
			doc.State, doc.Reason = "stopped", reasonChanged
		}
		return doc, m.inputChanged(change, counts.Unfinished)
	case errors.As(runErr, &stop) && stop.Reason == migrate.StopCanary:
		doc.State, doc.Reason = "stopped", stop.Err.Error()
		return doc, m.canaryStop(stop.Err)
	case errors.As(runErr, &stop) && stop.Reason != migrate.StopAsked:
		doc.State, doc.Reason = "stopped", reasons[stop.Reason]
		return doc, stopError(stop)
	case runErr != nil && stop == nil:
		doc.State, doc.Reason = "stopped", reasonError
		return doc, exit(exitUnexpected, runErr)
	case counts.Unfinished > 0, stop != nil && m.canary.open():
		doc.State, doc.Reason = "stopped", m.whyUnfinished(soft)
		return doc, quietly(exitResumable)
	case counts.Rejected+counts.Conflict > 0:
		doc.State = endState(counts)
		return doc, quietly(exitProblems)
	default:
		doc.State = endState(counts)
		return doc, nil
	}
}

// endState is the state of a run that left nothing unfinished.
func endState(counts report.Counts) string {
	if counts.Rejected+counts.Conflict > 0 {
		return "finished_with_problems"
	}
	return "finished"
}

func (m *migration) whyUnfinished(soft context.Context) string {
	var over *windowError
	switch {
	case errors.As(context.Cause(soft), &over):
		return over.Error()
	case m.o.maxRows > 0:
		return "--max-rows is reached"
	case m.passedOver() > 0:
		return "--only " + m.o.only + " leaves the other rows as they are"
	default:
		return "some rows are left to be tried again"
	}
}

const (
	reasonCounts = "the counts do not add up to the rows of the input"
	reasonError  = "error"
)

// reasons says in words why a run stopped.
var reasons = map[migrate.StopReason]string{
	migrate.StopRefused: "Clerk refuses",
	migrate.StopOutage:  "Clerk cannot be reached",
	migrate.StopLimited: "Clerk makes every request wait",
	migrate.StopMixed:   "answers are mixed up",
	migrate.StopRejects: "too many rows are rejected",
	migrate.StopLedger:  "the checkpoint cannot be written",
	migrate.StopInput:   "the input cannot be read on",
	migrate.StopBug:     "an internal error",
}

// stopError gives the reason why a run stopped its exit code and words.
func stopError(stop *migrate.StopError) error {
	switch stop.Reason {
	case migrate.StopRefused:
		refused := exit(exitRefused, fmt.Errorf("Clerk refuses: %w", stop.Err)).
			hint("mend the key, plan or setting it names, then run the same command again")
		if one := (*migrate.Error)(nil); !errors.As(stop.Err, &one) { // it was told from rows that it rejected
			_ = refused.hint("rows that are rejected already are only sent again with --only rejected")
		}
		return refused
	case migrate.StopOutage:
		return exit(exitResumable, outageError(stop.Err)).hint("run the same command again when it can; --max-outage waits longer")
	case migrate.StopLimited:
		return exit(exitResumable, fmt.Errorf("Clerk makes every request wait, and no row gets through: %w", stop.Err)).
			hint("see what else uses the instance's rate limit, then run the same command again, perhaps with a smaller --share")
	case migrate.StopMixed:
		return exit(exitUnexpected, fmt.Errorf("an answer belongs to another request: %w", stop.Err)).
			hint("something between here and Clerk mixes answers up, such as a proxy or a cache: nothing more was sent, since no answer can be believed",
				"mend it, then run the same command again: what is in doubt is looked up first")
	case migrate.StopRejects:
		return exit(exitResumable, fmt.Errorf("stopped, since something systematic is wrong: %w", stop.Err)).
			hint("mend the cause, then run the same command again; --max-rejects allows more",
				"rows that are rejected already are only sent again with --only rejected")
	case migrate.StopLedger:
		return checkpointError(stop.Err)
	case migrate.StopInput:
		return fileError(exitMismatch, stop.Err)
	default:
		return exit(exitUnexpected, stop)
	}
}

// outageError says that Clerk is away, and what was last heard of it.
func outageError(last error) error {
	if last == nil {
		return errors.New("Clerk cannot be reached")
	}
	return fmt.Errorf("Clerk cannot be reached: %w", last)
}

// farewell says what to do next.
func (m *migration) farewell(doc *report.Document) {
	if doc.Counts.Unfinished > 0 && doc.Reason != reasonChanged && !m.canary.failed() {
		m.ui.say("\nNothing is lost. Run the same command again to go on.")
	}
}
