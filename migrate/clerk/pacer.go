package clerk

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// paceBelow keeps the pace a little below the limit: what only estimates a
	// window may take an even flow at the limit for more.
	paceBelow = 0.995
	// makeUp is of how many requests one may leave at once, to make up for a
	// delay by the slots: 5 of 1000.
	makeUp = 200
)

// A pacer decides when the next request to Clerk may leave.
//
// All requests of a client share one pacer, since Clerk counts them per
// instance and not per connection: a refusal met by one slows every other.
// Three things hold a request back: the pace, which is even and never catches
// up after a pause; the slots, which bound what arrives at Clerk in any window;
// and the gate, which a 429 closes for as long as Clerk asks. Clerk says that
// it blocks the endpoint that was asked too often; the gate holds all, since it
// does not say which endpoints it counts together.
//
// Each request enters once and, if it could, leaves once.
type pacer struct {
	limiter *rate.Limiter
	window  time.Duration
	jitter  func(time.Duration) time.Duration // a random part of its argument

	// turn lets one request at a time wait for its moment. Waiting side by
	// side, each would hold a reservation, and a pause of the process would
	// release them all at once.
	turn chan struct{}
	// freed wakes the one whose turn it is when a request has ended.
	freed chan struct{}

	mu       sync.Mutex
	epoch    context.Context // ends when those that wait now are called back
	end      context.CancelFunc
	slots    *slots    // nil without a limit
	share    *share    // likewise
	last     time.Time // when the last request left
	shut     bool      // nothing may leave any more
	until    time.Time // the gate is closed before this
	closedAt time.Time
	reason   string
	closings int64
	repose   time.Duration // the last wait for maintenance; 0 after an answer
}

// An observation is what became of one request.
type observation struct {
	method         string
	sent, received time.Time
	status         int       // 0 where no answer came
	settles        time.Time // when it cannot arrive any more, where it was given up
}

// tellsLatency reports whether the answer came from where requests are counted.
// What stands in front may refuse, or give up, in no time.
func (o observation) tellsLatency() bool {
	return o.status != 0 && o.status != http.StatusTooManyRequests && o.status < 500
}

// newPacer paces at limit; the zero Limit leaves only the gate.
func newPacer(limit Limit) *pacer {
	epoch, end := context.WithCancel(context.Background())
	p := &pacer{
		epoch: epoch, end: end,
		limiter: rate.NewLimiter(rate.Limit(limit.PerSecond()), 1),
		window:  limit.Window,
		jitter:  func(d time.Duration) time.Duration { return rand.N(d) },
		turn:    make(chan struct{}, 1),
		freed:   make(chan struct{}, 1),
	}
	if limit.N > 0 {
		p.slots = newSlots(limit.Window)
		p.share = newShare(limit.PerSecond()*limit.Window.Seconds(), float64(limit.N), limit.Window)
	}
	return p
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

// enter blocks until a request may leave, and returns when it does, for leave
// or giveBack. It returns ctx's error where ctx ends first, or errDrained or
// errRecalled where that comes first; then the request must not be sent.
func (p *pacer) enter(ctx context.Context) (sent time.Time, err error) {
	err = p.whileOpen(ctx, func(ctx context.Context) error {
		sent, err = p.queue(ctx)
		return err
	})
	return sent, err
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

// queue waits for the turn, the gate, a slot and the pace.
func (p *pacer) queue(ctx context.Context) (time.Time, error) {
	wanted := time.Now()
	select {
	case p.turn <- struct{}{}:
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
	defer func() { <-p.turn }()
	for {
		if err := p.gate(ctx); err != nil {
			return time.Time{}, err
		}
		if err := p.slot(ctx); err != nil {
			return time.Time{}, err
		}
		place := p.place(wanted)
		if err := sleep(ctx, place.Delay()); err != nil {
			place.Cancel()
			return time.Time{}, err
		}
		if sent, ok := p.depart(); ok {
			return sent, nil
		}
	}
}

// slot waits while no slot is free.
func (p *pacer) slot(ctx context.Context) error {
	for {
		wait, ok := p.untilSlot()
		if ok && wait <= 0 {
			return ctx.Err()
		}
		if err := p.await(ctx, wait, ok); err != nil {
			return err
		}
	}
}

// await waits for the end of a request, or for so long where timed.
func (p *pacer) await(ctx context.Context, wait time.Duration, timed bool) error {
	var later <-chan time.Time
	if timed {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		later = timer.C
	}
	select {
	case <-later:
	case <-p.freed:
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// untilSlot returns how long it takes until a slot is free; false where that
// takes the end of a request.
func (p *pacer) untilSlot() (time.Duration, bool) {
	if p.share == nil {
		return 0, true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	at, ok := p.slots.next(now, p.share.slots(now))
	return at.Sub(now), ok
}

// place reserves the next moment at the pace of now, for a request that has
// wanted to leave since a time.
//
// Slots become free as unevenly as answers come, and a busy machine wakes
// nobody in time. Where the pace could not be kept for that, the next few
// requests make up for it: else each such moment would be lost for good. A time
// when none wanted to leave, or none could for the gate, is not made up for.
func (p *pacer) place(wanted time.Time) *rate.Reservation {
	if p.share == nil {
		return p.limiter.Reserve()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	pace := paceBelow * p.share.pace(now) / p.window.Seconds()
	gap := time.Duration(float64(time.Second) / pace)
	if due := p.last.Add(gap); wanted.After(due) || p.until.After(due) {
		p.limiter.SetBurstAt(now, 1)
	}
	p.limiter.SetLimitAt(now, rate.Limit(pace))
	p.limiter.SetBurstAt(now, max(1, int(p.share.full/makeUp)))
	return p.limiter.ReserveN(now, 1)
}

// depart takes a slot, unless the gate has closed meanwhile or the share has
// been cut. The place is lost then, which errs on the side of sending less.
func (p *pacer) depart() (time.Time, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if now.Before(p.until) {
		return now, false
	}
	if p.share != nil {
		if at, ok := p.slots.next(now, p.share.slots(now)); !ok || at.After(now) {
			return now, false
		}
		p.slots.take()
		p.share.sent(now)
	}
	p.last = now
	return now, true
}

// leave tells the pacer what became of a request that had entered: as soon as
// its answer begins, or it is known that none comes.
func (p *pacer) leave(seen observation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if seen.status >= 200 && seen.status < 300 {
		p.repose = 0
	}
	if p.share == nil {
		return
	}
	p.slots.leave(seen)
	if seen.status == http.StatusTooManyRequests {
		p.share.refused(seen.sent, seen.received)
	}
	p.wake()
}

// giveBack tells the pacer that a request which had entered was not sent.
func (p *pacer) giveBack() {
	if p.share == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.slots.giveBack()
	p.wake()
}

// wake lets the one whose turn it is look for a slot again.
func (p *pacer) wake() {
	select {
	case p.freed <- struct{}{}:
	default: // it is to look already
	}
}

// allowed returns how many requests a window and a second may leave now.
func (p *pacer) allowed() (slots int, perSecond float64) {
	if p.share == nil {
		return 0, math.Inf(1)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	return p.share.slots(now), p.share.pace(now) / p.window.Seconds()
}

// lastSend returns when the last request left, by the wall clock.
func (p *pacer) lastSend() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last.Round(0)
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
