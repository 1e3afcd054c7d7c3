package migrate

import (
	"math/rand/v2"
	"time"
)

const (
	breakerRow    = 20  // failures in a row that open it
	breakerWindow = 100 // answers over which half failures open it
	breakerLeast  = 40  // answers needed for that

	firstProbe = time.Second // from opening to the first probe; doubled each time
	lastProbe  = time.Minute
)

// trials are the steps from open to closed: a part of the requests in flight,
// for so many answers. Where more than half of them fail, it opens again.
var trials = [...]struct{ percent, answers int }{{1, 4}, {5, 20}, {25, 40}}

// A breaker stops sending while Clerk, or the way to it, is down: it opens on
// network errors, timeouts and 5xx only (reliability 3). While it is open one
// probe at a time asks whether Clerk is back; then rows are let through, a few
// at first. It is a state machine over the time it is given, and never reads a
// clock.
type breaker struct {
	open  bool
	trial int // 1 to len(trials) while it is being closed; else 0

	// While closed: the last answers. In a trial: its answers.
	inRow  int
	recent [breakerWindow]bool
	seen   int
	bad    int

	opened time.Time // the last time; requests that left before it tell nothing new
	since  time.Time // from when on nothing has got through; zero while all is well
	probe  time.Time // when the next one is due, while open
	delay  time.Duration
}

// observe notes the outcome of a request that left at left.
func (b *breaker) observe(now, left time.Time, failed bool) {
	if b.open || left.Before(b.opened) {
		return
	}
	slot := &b.recent[b.seen%breakerWindow]
	if b.seen >= breakerWindow && *slot {
		b.bad--
	}
	*slot = failed
	b.seen++
	b.inRow++
	if failed {
		b.bad++
	} else {
		b.inRow = 0
	}
	if b.trial > 0 {
		b.observeTrial(now)
		return
	}
	if n := min(b.seen, breakerWindow); b.inRow >= breakerRow || n >= breakerLeast && 2*b.bad >= n {
		b.trip(now)
	}
}

func (b *breaker) observeTrial(now time.Time) {
	answers := trials[b.trial-1].answers
	switch {
	case 2*b.bad > answers:
		b.trip(now)
	case b.seen < answers:
	case b.trial == len(trials):
		*b = breaker{opened: b.opened}
	default:
		b.since, b.delay = time.Time{}, 0 // rows get through
		b.try(b.trial + 1)
	}
}

// try begins the n-th trial.
func (b *breaker) try(n int) {
	b.open, b.trial = false, n
	b.inRow, b.seen, b.bad = 0, 0, 0
}

// trip opens it.
func (b *breaker) trip(now time.Time) {
	if b.since.IsZero() {
		b.since = now
	}
	b.open, b.trial, b.opened = true, 0, now
	b.wait(now)
}

// wait puts the next probe off, each time for twice as long and a little more
// at random, so that several runs do not come back together.
func (b *breaker) wait(now time.Time) {
	b.delay = min(max(2*b.delay, firstProbe), lastProbe)
	b.probe = now.Add(b.delay + rand.N(b.delay/4))
}

// probed notes what came of a probe.
func (b *breaker) probed(now time.Time, answered bool) {
	switch {
	case !b.open:
	case answered:
		b.opened = now
		b.try(1)
	default:
		b.wait(now)
	}
}

// limit returns how many requests may be in flight, of at most most.
func (b *breaker) limit(most int) int {
	switch {
	case b.open:
		return 0
	case b.trial > 0:
		return max(1, most*trials[b.trial-1].percent/100)
	default:
		return most
	}
}

// outage returns for how long nothing has got through.
func (b *breaker) outage(now time.Time) time.Duration {
	if b.since.IsZero() {
		return 0
	}
	return now.Sub(b.since)
}
