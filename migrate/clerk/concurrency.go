package clerk

import (
	"math"
	"sync"
	"time"
)

const (
	minInFlight   = 8
	maxInFlight   = 256
	startInFlight = 128 // before anything is measured

	measureEvery = 10 * time.Second
	measureFirst = 60 // answers that are enough for a first figure
	measureLeast = 20 // fewer, as after a closed gate, say nothing
)

// littlesLaw returns how many requests have to be under way to keep up a rate
// (requests a second) at a latency: their product, and half as much again for
// the requests that take longer.
func littlesLaw(rate float64, p95 time.Duration) int {
	need := math.Ceil(1.5 * rate * p95.Seconds())
	return int(min(max(need, minInFlight), maxInFlight))
}

// concurrency works out how many requests may be under way, from the
// latencies of the last ten seconds.
type concurrency struct {
	rate float64 // requests a second; +Inf where there is no limit
	most int     // connections that there can be; some are kept for look-ups

	mu       sync.Mutex
	value    int
	measured bool
	since    time.Time // the start of recent
	recent   *histogram
}

// newConcurrency begins at 128, or keeps to fixed where that is not 0. It never
// goes beyond what so many connections carry, where that is not 0.
func newConcurrency(rate float64, fixed, connections int) *concurrency {
	most := math.MaxInt
	if connections > 0 {
		most = max(connections-spareConnections, (connections+1)/2)
	}
	if fixed > 0 {
		// A rate without an end is never measured, so the value stays.
		return &concurrency{rate: math.Inf(1), most: most, value: fixed}
	}
	return &concurrency{rate: rate, most: most, value: startInFlight, recent: new(histogram)}
}

// observe counts one answer that came at now after latency.
func (c *concurrency) observe(latency time.Duration, now time.Time) {
	if math.IsInf(c.rate, 1) {
		return // nothing to keep up with
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		c.since = now
	}
	c.recent.add(latency)
	first := !c.measured && c.recent.total >= measureFirst
	due := now.Sub(c.since) >= measureEvery
	if !first && !due {
		return
	}
	if c.recent.total >= measureLeast {
		c.measured = true
		c.value = littlesLaw(c.rate, c.recent.quantile(0.95))
	}
	if due {
		*c.recent = histogram{}
		c.since = now
	}
}

// current returns the number of requests that may be under way.
func (c *concurrency) current() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return min(c.value, c.most)
}
