package clerk

import "time"

const (
	// slotSlack is added to Clerk's window: for two clocks that run at unequal
	// rates (200 ppm are 2 ms in ten seconds), for rounding, and for what the
	// smallest latency that was seen exceeds the smallest that there can be.
	slotSlack = 20 * time.Millisecond

	creditParts  = 10              // by which the latencies of creditPeriod age
	creditPeriod = 5 * time.Minute // or two windows, where these are longer
	creditLeast  = 20              // answers that are enough to know a smallest latency by
)

// Slots are places in Clerk's window. A request takes one when it leaves, and
// the place is free again one window after Clerk can have counted the request
// at the latest, which is before its answer came. So however the network delays
// and reorders requests, no window of Clerk's, fixed or sliding, holds more of
// them than there are slots.
//
// The time that an answer takes to come back would be lost on each round. What
// of it is certain is given back as a credit: the smallest latency seen, since
// the next request in the slot will take as long to arrive, and the answer took
// as long to come, as in the fastest of all. Credit is by HTTP method, as an
// update may be faster than a create; it is looked up when the slot is wanted,
// by when more latencies are known. Requests whose answer tells nothing of the
// way to Clerk and back, such as a refusal by what stands in front of it, get
// none.
//
// Slots know no clock and no lock. Times must not go backwards.
type slots struct {
	window  time.Duration // with the slack
	held    int           // by requests under way
	waiting int           // by requests that have ended
	rows    []*slotRow    // by method, after those without credit
}

// Rows for requests without credit.
const (
	plainRow   = iota
	givenUpRow // they may arrive until they have settled
	methodRows
)

// A slotRow holds the slots of one kind of request, in the order in which they
// become free.
type slotRow struct {
	method string
	floor  floor
	stays  []stay
	first  int // of stays; those before are free
}

// A stay is why a slot is not free yet: a request that Clerk counted between
// two times, without its credit.
type stay struct{ sent, counted time.Time }

func newSlots(window time.Duration) *slots {
	return &slots{window: window + slotSlack, rows: []*slotRow{plainRow: {}, givenUpRow: {}}}
}

// take takes a slot for a request that leaves now.
func (s *slots) take() { s.held++ }

// giveBack frees the slot of a request that was not sent after all.
func (s *slots) giveBack() { s.held-- }

// leave begins the stay of a request that has ended.
func (s *slots) leave(seen observation) {
	s.held--
	s.waiting++
	row, counted := s.rows[plainRow], seen.received
	switch {
	case seen.settles.After(seen.received):
		row, counted = s.rows[givenUpRow], seen.settles
	case seen.tellsLatency():
		row = s.row(seen.method)
		row.floor.observe(seen.received.Sub(seen.sent), seen.received, max(creditPeriod, 2*s.window))
	}
	row.stays = append(row.stays, stay{seen.sent, counted})
}

// row returns the row of a method.
func (s *slots) row(method string) *slotRow {
	for _, row := range s.rows[methodRows:] {
		if row.method == method {
			return row
		}
	}
	row := &slotRow{method: method}
	s.rows = append(s.rows, row)
	return row
}

// next returns from when on one of n slots is free: now or a later time. It
// returns false where no time will free one, but the end of a request.
func (s *slots) next(now time.Time, n int) (time.Time, bool) {
	var soonest time.Time
	for _, row := range s.rows {
		for row.first < len(row.stays) {
			free := s.free(row)
			if free.After(now) {
				if soonest.IsZero() || free.Before(soonest) {
					soonest = free
				}
				break
			}
			row.pop()
			s.waiting--
		}
	}
	if s.held+s.waiting < n {
		return now, true
	}
	return soonest, !soonest.IsZero()
}

// free returns when the row's first slot is free. No request arrives before it
// is sent, whatever the credit.
func (s *slots) free(row *slotRow) time.Time {
	first := &row.stays[row.first]
	counted := first.counted.Add(-row.floor.credit())
	if counted.Before(first.sent) {
		counted = first.sent
	}
	return counted.Add(s.window)
}

// pop frees the first slot of the row.
func (r *slotRow) pop() {
	r.first++
	if r.first*2 >= len(r.stays) { // what is kept is moved once in its time
		r.stays = append(r.stays[:0], r.stays[r.first:]...)
		r.first = 0
	}
}

// A floor is the smallest latency of the last minutes.
type floor struct {
	began time.Time // of the first part
	parts [creditParts]struct {
		least time.Duration
		count int
	}
	least time.Duration // of all parts
	count int
}

// observe takes in one latency, and forgets those that are older than period.
func (f *floor) observe(latency time.Duration, now time.Time, period time.Duration) {
	if f.began.IsZero() {
		f.began = now
	}
	each := period / creditParts
	if late := int(now.Sub(f.began) / each); late > 0 {
		kept := f.parts[:max(0, creditParts-late)]
		copy(f.parts[creditParts-len(kept):], kept)
		clear(f.parts[:creditParts-len(kept)])
		f.began = f.began.Add(time.Duration(late) * each)
	}
	current := &f.parts[0]
	if current.count == 0 || latency < current.least {
		current.least = latency
	}
	current.count++
	f.least, f.count = latency, 0
	for _, part := range f.parts {
		if part.count > 0 {
			f.least = min(f.least, part.least)
			f.count += part.count
		}
	}
}

// credit returns the smallest latency, 0 while too few are known.
func (f *floor) credit() time.Duration {
	if f.count < creditLeast {
		return 0
	}
	return f.least
}
