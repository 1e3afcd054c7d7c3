package clerk

import "time"

const (
	cutBy     = 0.70 // of the requests a window, for a refusal
	cutLeast  = 0.10 // of the limit's share, which is always asked for
	growBy    = 0.01 // of the limit's share, for a clean window
	rampFrom  = 0.20 // of the pace, when a gate opens
	usedLeast = 0.50 // of a window's requests, for it to tell anything
)

// A share is how much of the limit a client may use now. Clerk does not say
// what others use. So the share begins whole, each refusal cuts it, and it
// grows again while none is met: additive increase, multiplicative decrease,
// which finds the part that others leave.
//
// Requests under way together meet the same refusal, which cuts once. After a
// gate the pace goes up from a fifth, so that Clerk is not met by a wall of
// requests.
//
// It knows no clock and no lock. Times must not go backwards.
type share struct {
	full   float64 // requests a window, without other traffic
	window time.Duration

	now   float64 // of full, without the ramp
	level float64 // where Clerk last refused; full where it has not
	step  float64 // what the next clean window adds, above the level
	cut   time.Time

	opens time.Time     // when the pace begins to go up
	ramp  time.Duration // for how long it does

	began time.Time // the window that is watched
	sends int       // in it
}

func newShare(full float64, window time.Duration) *share {
	return &share{full: full, window: window, now: full, level: full}
}

// refused takes in that Clerk refused a request that had left at sent.
func (s *share) refused(sent, now time.Time) {
	s.advance(now)
	s.began, s.sends = now, 0
	if !s.cut.IsZero() && !sent.After(s.cut) {
		return
	}
	s.cut, s.level, s.step = now, s.now, 0
	s.now = max(cutLeast*s.full, cutBy*s.now)
}

// rampUp lets the pace begin low at a time, and be whole after another.
func (s *share) rampUp(opens time.Time, over time.Duration) { s.opens, s.ramp = opens, over }

// sent counts a request that leaves now.
func (s *share) sent(now time.Time) {
	s.advance(now)
	s.sends++
}

// slots returns how many requests may be in a window.
func (s *share) slots(now time.Time) int {
	s.advance(now)
	return max(1, int(s.now+1e-6)) // 0.29 of 100 is a little less than 29
}

// ramping reports whether the pace is still going up.
func (s *share) ramping(now time.Time) bool { return now.Sub(s.opens) < s.ramp }

// pace returns how many requests a window may leave at this moment.
func (s *share) pace(now time.Time) float64 {
	s.advance(now)
	if !s.ramping(now) {
		return s.now
	}
	part := max(0, float64(now.Sub(s.opens))/float64(s.ramp))
	// At least one in a window: a longer wait would outlast the ramp.
	return max(s.now*(rampFrom+(1-rampFrom)*part), min(1, s.now))
}

// advance closes the windows that have passed. One in which little was sent
// tells nothing, nor does one with a gate or a ramp in it.
func (s *share) advance(now time.Time) {
	if s.now >= s.full {
		return
	}
	if whole := s.opens.Add(s.ramp); s.began.Before(whole) && s.ramp > 0 {
		s.began, s.sends = whole, 0
	}
	if now.Sub(s.began) < s.window {
		return
	}
	if float64(s.sends) >= usedLeast*s.now {
		s.grow()
	}
	s.began, s.sends = now, 0
}

// grow lets the share grow for a clean window. Up to where Clerk last refused
// it goes in even steps. Beyond, the others use less than they did: the steps
// double, so that a night's run is not kept for long to what the evening left.
func (s *share) grow() {
	s.step = max(growBy*s.full, 2*s.step)
	if s.now < s.level {
		s.step = growBy * s.full
	}
	s.now = min(s.full, s.now+s.step)
}
