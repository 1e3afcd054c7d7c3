package clerk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gateJitter is added to every wait that Clerk asks for, at random up to this,
// so that several clients of one instance do not come back together.
const gateJitter = 250 * time.Millisecond

// Maintenance without a Retry-After is waited out in steps that double.
const (
	firstMaintenance = 30 * time.Second
	lastMaintenance  = 5 * time.Minute
)

// A pacer decides when the next request to Clerk may leave.
//
// All requests of a client share one pacer, since Clerk counts them per
// instance and not per connection: a refusal met by one slows every other.
// Two things hold a request back: the pace, which is even and never catches
// up after a pause, and the gate, which a 429 closes for as long as Clerk
// asks. Each request enters once and, if it could, leaves once; what leave
// learns (when it was sent, when and how it was answered) is all that a
// window of slots or an adaptive rate would need, and enter and leave are the
// only places where one would act.
type pacer struct {
	limiter *rate.Limiter
	jitter  func(time.Duration) time.Duration // a random part of its argument

	// turn lets one request at a time wait for its moment. Waiting side by
	// side, each would hold a reservation, and a pause of the process would
	// release them all at once.
	turn chan struct{}

	mu       sync.Mutex
	epoch    context.Context // ends when those that wait now are called back
	end      context.CancelFunc
	shut     bool      // nothing may leave any more
	until    time.Time // the gate is closed before this
	closedAt time.Time
	reason   string
	closings int64
	repose   time.Duration // the last wait for maintenance; 0 after an answer
}

// An observation is what became of one request.
type observation struct {
	sent, received time.Time
	status         int // 0 where no answer came
}

// newPacer paces at limit; the zero Limit leaves only the gate.
func newPacer(limit Limit) *pacer {
	epoch, end := context.WithCancel(context.Background())
	return &pacer{
		epoch: epoch, end: end,
		limiter: rate.NewLimiter(rate.Limit(limit.PerSecond()), 1),
		jitter:  func(d time.Duration) time.Duration { return rand.N(d) },
		turn:    make(chan struct{}, 1),
	}
}

var (
	// errDrained is why a request did not leave: nothing may any more.
	errDrained = &cause{text: "not sent, since the client is stopping", err: context.Canceled}
	// errRecalled is why a request did not leave that was waiting to.
	errRecalled = &cause{text: "not sent, since it was called back", err: context.Canceled}
)

// drain calls back what waits and lets nothing leave any more.
func (p *pacer) drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shut = true
	p.end()
}

// recall calls back what waits now.
func (p *pacer) recall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	if !p.shut {
		p.epoch, p.end = context.WithCancel(context.Background())
	}
}

// enter blocks until a request may leave. It returns ctx's error where ctx
// ends first, or errDrained or errRecalled where that comes first; then the
// request must not be sent.
func (p *pacer) enter(ctx context.Context) error {
	return p.whileOpen(ctx, p.queue)
}

// whileOpen gives wait a context that also ends when the request is called
// back, and returns why where that was the reason.
func (p *pacer) whileOpen(ctx context.Context, wait func(context.Context) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.mu.Lock()
	epoch := p.epoch
	p.mu.Unlock()
	if p.drained() {
		return errDrained
	}
	either, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(epoch, cancel)()
	err := wait(either)
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case p.drained():
		return errDrained
	default:
		return errRecalled
	}
}

// drained reports whether nothing may leave any more.
func (p *pacer) drained() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.shut
}

// queue waits for the turn, the gate and the pace.
func (p *pacer) queue(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-p.turn }()
	for {
		if err := p.gate(ctx); err != nil {
			return err
		}
		place := p.limiter.Reserve()
		if err := sleep(ctx, place.Delay()); err != nil {
			place.Cancel()
			return err
		}
		// The gate may have closed meanwhile. The place is lost then, which
		// errs on the side of sending less.
		if !p.closed() {
			return nil
		}
	}
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

// closed reports whether the gate is closed now.
func (p *pacer) closed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.until)
}

// leave tells the pacer what became of a request that had entered.
func (p *pacer) leave(seen observation) {
	if seen.status >= 200 && seen.status < 300 {
		p.mu.Lock()
		p.repose = 0
		p.mu.Unlock()
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
	}
}

// waiting returns why the gate is closed and until when; "" while it is open.
func (p *pacer) waiting() (reason string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !time.Now().Before(p.until) {
		return "", time.Time{}
	}
	return p.reason, p.until
}

// closedTimes returns how often the gate was closed; answers to requests that
// were under way when it closed do not count again.
func (p *pacer) closedTimes() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closings
}

// sleep waits for d, or returns ctx's error where ctx ends first.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
