package migrate

import "time"

const (
	// IntervalLength is how long an interval is at first.
	IntervalLength = 250 * time.Millisecond
	// MaxIntervals is how many a series holds.
	MaxIntervals = 1000
)

// An Interval is what a run did in a stretch of time.
type Interval struct {
	Session  int64 // number of the run
	From, To time.Time

	Outcomes [NumStates]int64 // rows that came to a final state
	Requests int64            // that ended
	Limited  int64            // of them, refused with 429
	Failed   int64            // of them, without an answer or with a 5xx
	Gates    int64            // how often Clerk made every request wait
	Latency  Latencies        // of those that were answered

	InFlight int     // requests under way, at its end or at its most crowded
	Wanted   int     // how many there should be
	Limit    float64 // of the instance, in requests a second; 0 for none
	Pace     float64 // what the run may take of it; 0 for all that it can
}

// Length returns how long the interval is.
func (i *Interval) Length() time.Duration { return max(i.To.Sub(i.From), 0) }

// Join adds the interval that follows: i is then as long as both.
func (i *Interval) Join(next *Interval) {
	i.Session, i.To = next.Session, next.To
	for state, n := range next.Outcomes {
		i.Outcomes[state] += n
	}
	i.Requests += next.Requests
	i.Limited += next.Limited
	i.Failed += next.Failed
	i.Gates += next.Gates
	i.Latency.Merge(&next.Latency)
	i.InFlight, i.Wanted = max(i.InFlight, next.InFlight), max(i.Wanted, next.Wanted)
	i.Limit, i.Pace = max(i.Limit, next.Limit), max(i.Pace, next.Pace)
}

// A Series is what the runs of a migration did over time, in at most
// MaxIntervals intervals: where there would be more, two become one, and the
// later ones are as long. The zero Series is an empty one.
type Series struct {
	Intervals []Interval
	width     time.Duration
}

// NewSeries returns a series that goes on after the intervals.
func NewSeries(intervals []Interval) Series {
	s := Series{Intervals: intervals, width: IntervalLength}
	for i := range intervals {
		for intervals[i].Length() > s.width*3/2 {
			s.width *= 2
		}
	}
	return s
}

// Add adds an interval, and returns the index of the first one that is not as it
// was: mostly that of the last.
func (s *Series) Add(next Interval) (changed int) {
	s.width = max(s.width, IntervalLength)
	if n := len(s.Intervals); n > 0 {
		last := &s.Intervals[n-1]
		if last.Session == next.Session && last.Length()+next.Length()/2 < s.width {
			last.Join(&next)
			return n - 1
		}
	}
	if len(s.Intervals) < MaxIntervals {
		s.Intervals = append(s.Intervals, next)
		return len(s.Intervals) - 1
	}
	s.halve(false)
	if len(s.Intervals) > MaxIntervals*3/4 { // so many runs that they must share
		s.halve(true)
	}
	s.Add(next)
	return 0
}

// halve makes one of each two intervals of a run, or also of two runs.
func (s *Series) halve(share bool) {
	s.width *= 2
	kept := s.Intervals[:0]
	paired := false // the last one kept is a pair
	for i := range s.Intervals {
		next := &s.Intervals[i]
		if n := len(kept); n > 0 && !paired && (share || kept[n-1].Session == next.Session) {
			kept[n-1].Join(next)
			paired = true
			continue
		}
		kept = append(kept, *next)
		paired = false
	}
	s.Intervals = kept
}

// An Event is something that happened in a run, and how long it lasted.
type Event struct {
	Session  int64
	From, To time.Time
	Text     string // for people; no value of any row
}
