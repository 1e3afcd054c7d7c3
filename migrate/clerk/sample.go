package clerk

import (
	"time"

	"carryover/migrate"
)

// begin counts a request that leaves; count is called when it has ended.
func (t *tally) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight++
}

// latencies returns the latencies so far, in wider buckets than it counts them.
func (t *tally) latencies() (l migrate.Latencies) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for bucket, n := range t.latency.counts {
		if n > 0 {
			l.Add(time.Duration(middleOf(bucket))*time.Microsecond, n)
		}
	}
	return l
}

// Latencies returns how long the answers so far took, as Stats.Latency does, for
// whoever wants to know how they change: take an earlier one from a later one.
func (c *Client) Latencies() migrate.Latencies { return c.tally.latencies() }

// InFlight returns how many requests have left and not ended yet.
func (c *Client) InFlight() int {
	c.tally.mu.Lock()
	defer c.tally.mu.Unlock()
	return c.tally.inFlight
}
