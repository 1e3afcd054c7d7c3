package main

import (
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/clerk"
)

// A sampler notes in the checkpoint what a run does over time, for reports.
type sampler struct {
	client  *clerk.Client
	db      *checkpoint.DB
	limit   clerk.Limit
	waiting func() string // why nothing, or little, is sent; "" where it goes on

	outcomes [migrate.NumStates]atomic.Int64

	// What follows belongs to the goroutine that samples.
	last    doneSoFar
	latency migrate.Latencies
	waits   waits

	quit, ended chan struct{}
}

// doneSoFar are what a run has done until a moment.
type doneSoFar struct {
	at                               time.Time
	outcomes                         [migrate.NumStates]int64
	requests, limited, failed, gates int64
	pace                             float64
}

// startSampler begins to note; end must be called before the run is ended in
// the checkpoint.
func startSampler(client *clerk.Client, db *checkpoint.DB, limit clerk.Limit, waiting func() string) *sampler {
	s := &sampler{client: client, db: db, limit: limit, waiting: waiting, quit: make(chan struct{}), ended: make(chan struct{})}
	s.last = s.count()
	s.latency = client.Latencies()
	go func() {
		defer close(s.ended)
		ticker := time.NewTicker(migrate.IntervalLength)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				s.sample()
			case <-s.quit:
				return
			}
		}
	}()
	return s
}

// end notes what is left.
func (s *sampler) end() {
	close(s.quit)
	<-s.ended
	s.sample()
	s.tell("", time.Now())
}

// observe counts an outcome.
func (s *sampler) observe(r migrate.Result) {
	if r.State.Final() {
		s.outcomes[r.State].Add(1)
	}
}

func (s *sampler) count() doneSoFar {
	stats := s.client.Stats()
	now := doneSoFar{at: time.Now(), requests: stats.Requests, gates: stats.Gates, pace: stats.Pace}
	for status, n := range stats.ByStatus {
		switch {
		case status == 429:
			now.limited += n
		case status == 0 || status >= 500:
			now.failed += n
		}
	}
	for state := range s.outcomes {
		now.outcomes[state] = s.outcomes[state].Load()
	}
	return now
}

// sample notes what has been done since the last time.
func (s *sampler) sample() {
	now, latency := s.count(), s.client.Latencies()
	i := migrate.Interval{
		From: s.last.at, To: now.at,
		Requests: now.requests - s.last.requests, Limited: now.limited - s.last.limited, Failed: now.failed - s.last.failed,
		Gates: now.gates - s.last.gates, Latency: latency.Since(&s.latency),
		InFlight: s.client.InFlight(), Wanted: s.client.Concurrency(),
	}
	if s.limit.N > 0 {
		i.Limit, i.Pace = float64(s.limit.N)/s.limit.Window.Seconds(), now.pace
	}
	for state := range i.Outcomes {
		i.Outcomes[state] = now.outcomes[state] - s.last.outcomes[state]
	}
	s.last, s.latency = now, latency
	s.db.Observe(i)
	s.tell(s.waiting(), now.at)
}

func (s *sampler) tell(why string, at time.Time) {
	if event, over := s.waits.note(why, at); over {
		s.db.Happened(event)
	}
}

// waits turns what a run says again and again of why it waits into events.
type waits struct {
	kind  string
	event migrate.Event // that is going on; without a text, none is
}

// note returns the event that is over because the run waits no more, or for
// another reason.
func (w *waits) note(why string, at time.Time) (over migrate.Event, ended bool) {
	kind := kindOf(why)
	if kind == w.kind {
		return migrate.Event{}, false
	}
	over, ended = w.event, w.event.Text != ""
	over.To = at
	w.kind, w.event = kind, migrate.Event{From: at, Text: why}
	return over, ended
}

// kindOf is what stays of a reason while it lasts: numbers change, and so does
// what is quoted of the last failure.
func kindOf(why string) string {
	before, rest, _ := strings.Cut(why, "(")
	if i := strings.LastIndexByte(rest, ')'); i >= 0 {
		before += rest[i+1:]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, before)
}
