package clerk

import (
	"math"
	"slices"
	"time"
)

const (
	cutMost   = 0.50 // of what may be sent, at one refusal
	cutBy     = 0.90 // of what Clerk took, for a refusal out of the blue
	stepBack  = 0.95 // the same for one that a step up has met
	cutLeast  = 0.02 // of the limit's share, which is always asked for
	growBy    = 0.01 // of the limit's share, for the first step up
	growMost  = 0.20 // the same for the steps to which it doubles
	rampFrom  = 0.20 // of the pace, when a gate opens
	usedLeast = 0.50 // of a window's requests, for it to tell anything

	stayFor = 20 // clean windows until a step up
)

// A share is how much of the limit a client may use now. Clerk does not say
// what others use. So the share begins whole, and a refusal shows how much is
// left: what Clerk had taken of ours in the window before.
//
// The share is cut to a little less: requests of others come at random, so that
// their number in a window varies by its square root, and twice that is kept
// free. There it stays, for at the edge it would be the others, most of the
// time, who meet the refusals, which we do not see. After twenty windows steps up
// are tried, which double until one is refused.
//
// Requests under way together meet the same refusal, which cuts once. After a
// gate the pace goes up from a fifth, so that Clerk is not met by a wall of
// requests, and what is left shows on the way.
//
// It knows no clock and no lock. Times must not go backwards.
type share struct {
	full   float64 // requests a window, without other traffic
	limit  float64 // requests a window of all clients
	window time.Duration

	now  float64 // of full, without the ramp
	stay int     // clean windows until the next step up
	step float64 // the last step up; 0 where none has been made since the cut
	cut  time.Time

	opens time.Time     // when the pace begins to go up
	ramp  time.Duration // for how long it does

	began time.Time // the window that is watched
	sends int       // in it

	times []time.Time // of what was sent in the last two windows
}

func newShare(full, limit float64, window time.Duration) *share {
	return &share{full: full, limit: limit, window: window, now: full}
}

// refused takes in that Clerk refused a request that had left at sent.
func (s *share) refused(sent, now time.Time) {
	s.advance(now)
	s.began, s.sends = now, 0
	if !s.cut.IsZero() && !sent.After(s.cut) {
		return
	}
	s.cut = now
	// A refusal that comes when little was sent, as after a gate, is not to
	// take all that is left.
	taken := min(max(s.taken(sent), cutMost*s.now), s.now)
	spare := 2 * math.Sqrt(max(0, s.limit-taken))
	by := stepBack
	if s.step == 0 {
		by = cutBy
	}
	s.now = max(cutLeast*s.full, min(by*taken, taken-spare))
	s.stay, s.step = stayFor, 0
}

// taken returns how many requests were sent in the window before a time.
func (s *share) taken(at time.Time) float64 {
	end, _ := slices.BinarySearchFunc(s.times, at, time.Time.Compare)
	begin, _ := slices.BinarySearchFunc(s.times, at.Add(-s.window), time.Time.Compare)
	return float64(end - begin)
}

// rampUp lets the pace begin low at a time, and be whole after another.
func (s *share) rampUp(opens time.Time, over time.Duration) { s.opens, s.ramp = opens, over }

// sent counts a request that leaves now.
func (s *share) sent(now time.Time) {
	s.advance(now)
	s.sends++
	for len(s.times) > 0 && now.Sub(s.times[0]) > 2*s.window {
		s.times = s.times[1:]
	}
	s.times = append(s.times, now)
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

// grow lets the share grow for a clean window, once it has stayed for long
// enough. The steps double, so that a night's run is not kept for long to what
// the evening left.
func (s *share) grow() {
	if s.stay > 0 {
		s.stay--
		return
	}
	s.step = min(max(growBy*s.full, 2*s.step), growMost*s.full)
	if s.now += s.step; s.now >= s.full {
		s.now, s.step = s.full, 0
	}
}
