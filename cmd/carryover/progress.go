package main

import (
	"sync/atomic"
	"time"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// A progress is how far a run is. Its rate and time to go are of this run alone;
// what earlier runs did shows in the length of the bar and in the totals.
type progress struct {
	client  *clerk.Client
	lines   *report.Lines // for programs, or nil
	earlier int64         // rows with an outcome of before
	total   int64         // rows of this run
	pace    *pace

	ended     atomic.Int64 // rows of this run that have their outcome
	good, bad atomic.Int64 // rows of the whole input
	retried   atomic.Int64
	held      atomic.Pointer[string] // why the run waits, as it says itself
	stopping  atomic.Bool
}

// newProgress begins with the states of earlier runs.
func newProgress(client *clerk.Client, states []migrate.State, total int64) *progress {
	p := &progress{client: client, total: total, pace: newPace(time.Now())}
	for _, s := range states {
		if s.Final() {
			p.earlier++
			p.count(s)
		}
	}
	return p
}

func (p *progress) count(s migrate.State) {
	switch s {
	case migrate.Rejected, migrate.Conflict:
		p.bad.Add(1)
	case migrate.Created, migrate.Updated, migrate.Unchanged:
		p.good.Add(1)
	}
}

// observe counts an outcome.
func (p *progress) observe(r migrate.Result) {
	if r.State.Final() {
		p.count(r.State)
		if r.Attempts > 1 {
			p.retried.Add(1)
		}
		p.ended.Add(1)
	}
	p.lines.Row(&r)
}

// wait notes why the run waits.
func (p *progress) wait(why string) { p.held.Store(&why) }

// stop notes that the run waits for what is in flight, and then ends.
func (p *progress) stop() { p.stopping.Store(true) }

// waiting is why the run waits; "" where it does not.
func (p *progress) waiting() string {
	if p.stopping.Load() {
		return "stopping"
	}
	why, until := p.client.Waiting()
	if !until.IsZero() {
		if left := time.Until(until); left > time.Second {
			why += " (" + report.Duration(left) + " left)"
		}
		return why
	}
	if held := p.held.Load(); held != nil && *held != "" {
		return *held
	}
	return why // only slower
}

func (p *progress) finished() int64 { return p.ended.Load() }

// figures are those of this moment.
func (p *progress) figures() *figures {
	stats := p.client.Stats()
	ended := p.finished()
	return &figures{
		earlier: p.earlier, total: p.total, ended: ended,
		good: p.good.Load(), bad: p.bad.Load(), retried: p.retried.Load(),
		rate: p.pace.at(time.Now(), ended), inFlight: p.client.InFlight(), p95: stats.Latency.P95,
		refused: stats.ByStatus[429], waiting: p.waiting(),
	}
}

// rows implements stage.
func (p *progress) rows(width int) []string { return p.figures().rows(width) }

// line implements stage.
func (p *progress) line() string { return p.figures().line(time.Now()) }

// tellPrograms implements programStage.
func (p *progress) tellPrograms() {
	if p.lines != nil {
		p.lines.Progress(p.figures().forPrograms())
	}
}
