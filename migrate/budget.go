package migrate

import "time"

const (
	budgetTokens = 500
	retryCost    = 5
	timeoutCost  = 10 // of a retry after an answer that did not come in time

	retryPercent = 10               // of the requests of two minutes may be retries
	retrySlice   = 10 * time.Second // in which these are counted
	retrySlices  = 12
	retryLeast   = 120 // retries of two minutes that are always allowed, one a second
)

// A budget keeps retries from making an outage worse. Two rules hold at once:
// a bucket of tokens, from which each retry takes some and to which each
// success returns one (as the AWS SDKs do), and a part of all requests of two
// minutes (as the SRE book advises).
//
// Rows that it holds back have not failed: they wait. To send a request again
// that Clerk never saw, or turned away by its rate limit, is no retry: breaker
// and gate see to those.
type budget struct {
	spent int // tokens that are missing; 0 is a full bucket

	start  time.Time
	slices [retrySlices]traffic
}

// A traffic counts the requests of ten seconds.
type traffic struct {
	number            int // of the ten seconds, from the first request on
	requests, retries int
}

// slice returns the counters of the ten seconds that hold now.
func (b *budget) slice(now time.Time) *traffic {
	if b.start.IsZero() {
		b.start = now
	}
	number := int(now.Sub(b.start) / retrySlice)
	s := &b.slices[number%retrySlices]
	if s.number != number {
		s.number, s.requests, s.retries = number, 0, 0
	}
	return s
}

// sent notes a request.
func (b *budget) sent(now time.Time) { b.slice(now).requests++ }

// succeeded notes a request that was answered as it should be.
func (b *budget) succeeded() { b.spent = max(0, b.spent-1) }

// take spends the tokens of a retry, and returns false where it must wait.
func (b *budget) take(now time.Time, cost int) bool {
	current := b.slice(now)
	requests, retries := 0, 0
	for i := range b.slices {
		if s := &b.slices[i]; current.number-s.number < retrySlices {
			requests += s.requests
			retries += s.retries
		}
	}
	if b.empty(cost) || retries >= max(retryLeast, requests*retryPercent/100) {
		return false
	}
	b.spent += cost
	current.retries++
	return true
}

// empty reports whether only successes can bring back what a retry takes.
func (b *budget) empty(cost int) bool { return b.spent+cost > budgetTokens }
