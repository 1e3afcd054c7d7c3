package migrate

import "time"

const (
	breakerRow    = 20  // failures in a row that open it
	breakerWindow = 100 // answers over which half failures open it
	breakerLeast  = 40  // answers needed for that
	breakerLong   = time.Minute
)

// A breaker stops sending while Clerk, or the way to it, is down: it opens on
// network errors, timeouts and 5xx only (reliability 3). It is a pure state
// machine over the time it is given.
type breaker struct {
	inRow  int
	recent [breakerWindow]bool
	seen   int
	bad    int

	since time.Time     // when it opened; zero while closed
	until time.Time     // when the next probe may leave
	delay time.Duration // to the probe after that
}

// observe notes the outcome of a request.
func (b *breaker) observe(now time.Time, failed bool) {
	if !b.since.IsZero() {
		if !failed {
			*b = breaker{}
			return
		}
		if !now.Before(b.until) { // the probe failed; stragglers do not count
			b.delay = min(2*b.delay, breakerLong)
			b.until = now.Add(b.delay)
		}
		return
	}
	slot := &b.recent[b.seen%breakerWindow]
	if b.seen >= breakerWindow && *slot {
		b.bad--
	}
	*slot = failed
	b.seen++
	if !failed {
		b.inRow = 0
		return
	}
	b.bad++
	b.inRow++
	if n := min(b.seen, breakerWindow); b.inRow >= breakerRow || n >= breakerLeast && 2*b.bad >= n {
		b.since, b.delay = now, time.Second
		b.until = now.Add(b.delay)
	}
}

// allowed returns how many requests may be in flight, of at most limit: none
// while open, one as a probe, all while closed.
func (b *breaker) allowed(now time.Time, limit int) int {
	switch {
	case b.since.IsZero():
		return limit
	case now.Before(b.until):
		return 0
	default:
		return 1
	}
}

// outage returns for how long it has been open.
func (b *breaker) outage(now time.Time) time.Duration {
	if b.since.IsZero() {
		return 0
	}
	return now.Sub(b.since)
}
