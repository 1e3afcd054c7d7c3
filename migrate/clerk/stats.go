package clerk

import (
	"maps"
	"sync"
	"time"
)

// Stats says what a client has done so far.
type Stats struct {
	Requests int64         // sent, whatever came of them
	ByStatus map[int]int64 // answers by HTTP status; 0 = no answer came
	Latency  Latency       // of answers: from sending to the body's end, without pacing

	// Gates is how often Clerk made every request wait: by a 429, or by a
	// 503 that said for how long. Refusals of requests that were under way
	// together count once.
	Gates   int64
	Waiting string // as Client.Waiting

	// Slots is how many requests a window may leave now: the share of the
	// limit, less what refusals have shown to be used by others. 0 without a
	// limit. Pace is the same in requests a second, and lower while it goes up
	// after a gate; +Inf without a limit.
	Slots int
	Pace  float64

	// RestrictionsApply is set once Clerk turned out not to know
	// skip_restriction_checks: allow- and blocklists then apply to creates.
	RestrictionsApply bool
}

// Latency describes a distribution; quantiles are within 1 %, Max is exact.
type Latency struct {
	P50, P95, P99, Max time.Duration
}

// A tally counts requests as they end.
type tally struct {
	concurrency *concurrency

	mu       sync.Mutex
	inFlight int
	requests int64
	byStatus map[int]int64
	latency  histogram
}

// newTally returns an empty tally that feeds c.
func newTally(c *concurrency) *tally {
	return &tally{concurrency: c, byStatus: make(map[int]int64)}
}

// count adds a request that has ended. A request without an answer has no latency: it
// would only show the timeout.
func (t *tally) count(seen observation) {
	latency := seen.received.Sub(seen.sent)
	if seen.status != 0 {
		t.concurrency.observe(latency, seen.received)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight--
	t.requests++
	t.byStatus[seen.status]++
	if seen.status != 0 {
		t.latency.add(latency)
	}
}

// stats returns the figures so far.
func (t *tally) stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{
		Requests: t.requests,
		ByStatus: maps.Clone(t.byStatus),
		Latency: Latency{
			P50: t.latency.quantile(0.50),
			P95: t.latency.quantile(0.95),
			P99: t.latency.quantile(0.99),
			Max: t.latency.largest,
		},
	}
}

// Stats returns what the client has done so far.
func (c *Client) Stats() Stats {
	s := c.tally.stats()
	s.Gates = c.pacer.closedTimes()
	s.Waiting, _ = c.pacer.waiting()
	s.Slots, s.Pace = c.pacer.allowed()
	s.RestrictionsApply = c.restrictions.dropped.Load()
	return s
}

// Waiting returns why requests wait and until when, such as "Clerk asked for
// 8 s" or "another run used the limit 4 s ago". Where they go on at less than
// the pace of the limit's share, it returns why, such as "other traffic uses
// the limit: going at 70 %", and no time; else "".
func (c *Client) Waiting() (reason string, until time.Time) { return c.pacer.waiting() }

// Concurrency returns how many requests the caller should keep under way: by
// Little's law, the rate times the 95th percentile of latency and half as
// much again, between 8 and 256; 128 before anything is measured or where
// there is no limit to keep up with. Config.MaxInFlight fixes it.
func (c *Client) Concurrency() int { return c.concurrency.current() }
