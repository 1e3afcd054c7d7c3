package main

import (
	"strings"
	"sync/atomic"
	"time"

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
	event   migrate.Event // the one that is going on; without a text, none is

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
	s.note("", time.Now())
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
	s.note(s.waiting(), now.at)
}

// note begins an event where the run has begun to wait, and ends it where it
// waits no more, or for another reason. What stands behind a colon changes while
// it lasts.
func (s *sampler) note(why string, at time.Time) {
	why, _, _ = strings.Cut(why, ":")
	if why == s.event.Text {
		return
	}
	if s.event.Text != "" {
		s.event.To = at
		s.db.Happened(s.event)
	}
	s.event = migrate.Event{From: at, Text: why}
}
