package clerk

import (
	"context"
	"fmt"
	"time"
)

// gateJitter is added to every wait that Clerk asks for, at random up to this,
// so that several clients of one instance do not come back together.
const gateJitter = 250 * time.Millisecond

// Maintenance without a Retry-After is waited out in steps that double.
const (
	firstMaintenance = 30 * time.Second
	lastMaintenance  = 5 * time.Minute
)

// follow makes the pacer wait until the window has passed in which another
// client sent a request, at last by the wall clock, and then begin slowly. A
// wall clock that has been set back tells nothing: it waits a whole window.
func (p *pacer) follow(last, now time.Time) {
	if p.share == nil || last.IsZero() {
		return
	}
	ago := now.Round(0).Sub(last) // by the wall clock, as last is
	if ago >= p.window {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = now.Add(p.window - max(ago, 0))
	p.reason = fmt.Sprintf("another run used the limit %d s ago", int(ago.Seconds()))
	if ago < 0 {
		p.reason = "another run used the limit, and the clock has been set back since"
	}
	p.share.rampUp(p.until, p.window)
}

// gate waits while the gate is closed, also where it is extended meanwhile.
func (p *pacer) gate(ctx context.Context) error {
	for {
		p.mu.Lock()
		wait := time.Until(p.until)
		p.mu.Unlock()
		if wait <= 0 {
			return ctx.Err()
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// holdFor closes the gate because Clerk asked to wait. sent is when the
// request that was refused had left.
func (p *pacer) holdFor(wait time.Duration, sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hold(wait, sent, fmt.Sprintf("Clerk asked for %d s", int(wait.Round(time.Second).Seconds())))
}

// holdForMaintenance closes the gate because Clerk is being maintained and
// did not say for how long: 30 s, doubling up to 5 min.
func (p *pacer) holdForMaintenance(sent time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.repose == 0 || sent.After(p.closedAt) {
		p.repose = min(max(2*p.repose, firstMaintenance), lastMaintenance)
	}
	p.hold(p.repose, sent, "Clerk is under maintenance")
}

// hold closes the gate; p.mu is held. A gate that is closed for longer stays
// as it is. All requests under way meet the same refusal: only one that left
// after the last closing counts as another.
func (p *pacer) hold(wait time.Duration, sent time.Time, reason string) {
	now := time.Now()
	if p.closings == 0 || sent.After(p.closedAt) {
		p.closings++
		p.closedAt = now
	}
	if until := now.Add(wait + p.jitter(gateJitter)); until.After(p.until) {
		p.until, p.reason = until, reason
		if p.share != nil {
			p.share.rampUp(until, 2*p.window)
		}
	}
}

// waiting returns why the gate is closed and until when. While it is open, it
// returns why the pace is lower than it could be, and no time; "" where it is
// not.
func (p *pacer) waiting() (reason string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.until) {
		return p.reason, p.until
	}
	if p.share == nil {
		return "", time.Time{}
	}
	part := int(100*p.share.pace(now)/p.share.full + 0.5)
	switch {
	case p.share.ramping(now):
		return fmt.Sprintf("going on slowly at first: %d %%", part), time.Time{}
	case part < 100:
		return fmt.Sprintf("other traffic uses the limit: going at %d %%", part), time.Time{}
	default:
		return "", time.Time{}
	}
}

// closedTimes returns how often the gate was closed; answers to requests that
// were under way when it closed do not count again.
func (p *pacer) closedTimes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closings
}
