package migrate

import (
	"errors"
	"fmt"
	"time"
)

// askAgain is how long after a 401 the key is tried once more.
const askAgain = 5 * time.Second

// gatesMost is how often Clerk may make every request wait without a single row
// getting an answer in between.
const gatesMost = 10

// A trust is what is known of the key: one that has worked and is refused in
// the middle of a run is tried once more before the run stops.
type trust struct {
	earned bool   // a request has succeeded since the run began, or since the key was last tried
	lost   *Error // a 401; nothing is sent until the probe
	until  time.Time
}

// refused takes in that every further request would fail alike.
func (r *run) refused(e *Error, now time.Time) {
	switch {
	case e.Status != 401 || r.trust.lost == nil && !r.trust.earned:
		r.stop(&StopError{StopRefused, e})
	case r.trust.lost == nil:
		r.trust = trust{lost: e, until: now.Add(askAgain)}
		r.hold()
	}
}

// heard notes what a request says about the way to Clerk.
func (r *run) heard(now, left time.Time, e *Error) {
	if e == nil {
		r.trust.earned = true
		r.breaker.observe(now, left, false)
		return
	}
	if e.Fault == NotDoneFault && !e.Environment {
		return // refused by the rate limit, or called back
	}
	if e.Environment {
		r.away = e
	}
	wasOpen := r.breaker.open
	r.breaker.observe(now, left, e.Environment)
	if r.breaker.open && !wasOpen {
		r.hold()
	}
}

// nextProbe returns when a probe is due; zero for never.
func (r *run) nextProbe() time.Time {
	switch {
	case r.probing:
		return time.Time{}
	case r.trust.lost != nil:
		return r.trust.until
	case r.breaker.open:
		return r.breaker.probe
	default:
		return time.Time{}
	}
}

// startProbe asks whether Clerk is back, when it is time to.
func (r *run) startProbe(now time.Time) {
	due := r.nextProbe()
	if due.IsZero() || due.After(now) {
		return
	}
	r.probing = true
	r.goProbe(r.reads)
}

// takeProbed judges what came of a probe.
func (r *run) takeProbed(err error) {
	r.probing = false
	if r.stopping != nil {
		return
	}
	now := time.Now()
	var e *Error
	failed := errors.As(err, &e)
	if err != nil && (!failed || e.Fault == NotDoneFault && e.Status == 0 && !e.Environment) {
		return // it was cut off; the next one is due
	}
	away := failed && e.Environment
	lost := r.trust.lost
	r.trust.lost = nil
	switch {
	case failed && e.Fault == StopFault && lost != nil:
		r.stop(&StopError{StopRefused, e})
	case failed && e.Fault == StopFault:
		r.refused(e, now)
	case lost == nil:
		r.breaker.probed(now, !away)
	case away: // the key's turn comes when Clerk is back
		r.breaker.trip(now)
	}
}

// whyWaiting says what holds the run back.
func (r *run) whyWaiting() string {
	idle := r.active == 0 && r.looking == 0 && len(r.ready)+len(r.claimed)+len(r.toLook) == 0
	switch {
	case r.stopping != nil:
		return ""
	case r.trust.lost != nil:
		return "Clerk refused the key, which is tried once more"
	case r.breaker.open && r.away != nil:
		return fmt.Sprintf("Clerk cannot be reached (%v); asking again", r.away)
	case r.breaker.open:
		return "Clerk cannot be reached; asking again"
	case r.breaker.trial > 0:
		return "Clerk is back; going on slowly at first"
	case r.fedAll && idle && len(r.later) > 0:
		if n := len(r.later) + len(r.starved); n > 1 {
			return fmt.Sprintf("%d rows wait to be looked up or sent again", n)
		}
		return "one row waits to be looked up or sent again"
	default:
		return ""
	}
}

// gated takes in that Clerk made a request wait. Those that wait for the same
// gate are called back, so that their intents are young when they leave (see
// longestTurn). Where no row has had an answer for many gates, the run stops.
func (r *run) gated(e *Error) {
	gate := r.cfg.Gates()
	if gate == r.gate || r.stopping != nil {
		return
	}
	r.gate = gate
	if gate-r.progress > gatesMost {
		r.stop(&StopError{StopLimited, e})
		return
	}
	r.cfg.Recall()
}
