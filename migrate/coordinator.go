package migrate

import (
	"context"
	"time"
)

const (
	gather      = 40 * time.Millisecond // outcomes and intents share a commit
	gatherMost  = 256                   // of them at the most
	lookUpAfter = time.Second           // a batch of look-ups that is not full leaves
	lookUpsMost = 4                     // look-ups in flight
)

// A run is the state of Run. Everything below the channels belongs to the
// goroutine of coordinate.
type run struct {
	cfg      Config
	goWorker func()
	goLookUp func([]*task)

	states []State          // of earlier runs, by Row-1; read only
	prior  map[int64]Result // unfinished rows of earlier runs; read only

	fed     chan *task // from feed, which closes it
	feedErr error      // set before fed is closed
	toSend  chan *task // to the workers; closed when the run has ended
	sent    chan *task // back from them
	looked  chan []*task

	fedAll  bool
	toLook  []*task // wait for a look-up
	oldest  time.Time
	ready   []*task // wait for their intent
	claimed []*task // intent is durable
	later   delayed
	commits []Result  // outcomes to be committed
	since   time.Time // when the first of them came

	workers, active int // workers started; requests handed to them
	looking         int // look-ups in flight
	tasks           int // tasks held, anywhere

	breaker    breaker
	escalation escalation
	stopping   *StopError
	failed     error // the ledger cannot be written any more
	summary    Summary
}

func newRun(cfg Config) *run {
	return &run{
		cfg: cfg, prior: map[int64]Result{},
		fed: make(chan *task), toSend: make(chan *task), sent: make(chan *task, 64), looked: make(chan []*task, lookUpsMost),
		escalation: escalation{max: cfg.MaxRejects},
	}
}

// coordinate is the run's one decision maker. Each turn moves what is due,
// commits what is to be durable, hands out what may be sent, and then waits
// for the next thing to happen.
func (r *run) coordinate(ctx context.Context) error {
	keep := context.WithoutCancel(ctx) // what has happened is written whatever else
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := r.cfg.Now()
		if r.stopping == nil {
			r.wake(now)
			r.startLookUps(now)
			r.checkOutage(now)
		}
		claims := r.chooseClaims(now)
		if r.commitDue(now, claims) {
			r.commit(keep, now, claims)
			continue
		}
		r.dispatch(now)
		if r.finished() {
			return r.end(keep)
		}
		r.await(ctx, timer, now)
	}
}

// await waits for one event and takes it in, then takes in whatever else is
// there already, so that a turn serves many.
func (r *run) await(ctx context.Context, timer *time.Timer, now time.Time) {
	timer.Reset(r.sleep(now))
	stop, cancelled := r.cfg.Stop, ctx.Done()
	if r.stopping != nil {
		stop, cancelled = nil, nil
	}
	select {
	case t, ok := <-r.intake():
		r.takeFed(t, ok)
	case t := <-r.sent:
		r.takeSent(t)
	case batch := <-r.looked:
		r.takeLooked(batch)
	case <-timer.C:
	case <-stop:
		r.stop(&StopError{Reason: StopAsked})
	case <-cancelled:
		r.stop(&StopError{StopAsked, context.Cause(ctx)})
	}
	for range gatherMost {
		select {
		case t, ok := <-r.intake():
			r.takeFed(t, ok)
		case t := <-r.sent:
			r.takeSent(t)
		default:
			return
		}
	}
}

// sleep returns how long nothing needs doing by itself.
func (r *run) sleep(now time.Time) time.Duration {
	next := now.Add(time.Hour)
	sooner := func(t time.Time) {
		if !t.IsZero() && t.Before(next) {
			next = t
		}
	}
	if len(r.commits) > 0 {
		sooner(r.since.Add(gather))
	}
	if r.stopping == nil {
		sooner(r.later.next())
		if len(r.toLook) > 0 && r.looking < lookUpsMost {
			sooner(r.oldest.Add(lookUpAfter))
		}
		if r.breaker.until.After(now) {
			sooner(r.breaker.until)
		}
	}
	return max(next.Sub(now), 0)
}

// intake is the channel of new tasks while more are wanted, else nil. A
// look-up that has begun to fill is filled, so that each asks for as many ids
// as it can.
func (r *run) intake() chan *task {
	filling := len(r.toLook) > 0 && len(r.toLook) < MaxLookUp
	held := r.tasks - len(r.later) - len(r.toLook)
	if r.fedAll || r.stopping != nil || !filling && (held >= r.ahead() || len(r.toLook) > 0) {
		return nil
	}
	return r.fed
}

// ahead is how many tasks are held: enough for full look-ups to be answered
// before the workers run dry, also when an answer takes a second.
func (r *run) ahead() int { return max(5*MaxLookUp, 2*r.window()) }

// window is how many rows may have an intent and no outcome: those in flight
// and as many that are ready to follow. It bounds what a crash leaves to be
// looked up.
func (r *run) window() int { return 2 * max(r.cfg.Concurrency(), 1) }

// wake moves the tasks that are due to where their next step is done.
func (r *run) wake(now time.Time) {
	for t := r.later.take(now); t != nil; t = r.later.take(now) {
		r.queue(t, now)
	}
}

// queue puts a task where its next step is done.
func (r *run) queue(t *task, now time.Time) {
	switch {
	case t.due.After(now):
		r.later.put(t)
	case t.needsLookUp(r.cfg.Mode):
		if len(r.toLook) == 0 {
			r.oldest = now
		}
		r.toLook = append(r.toLook, t)
	default:
		r.plan(t, nil, false)
	}
}

// startLookUps sends full batches, and others once they have waited.
func (r *run) startLookUps(now time.Time) {
	for len(r.toLook) > 0 && r.looking < lookUpsMost && r.breaker.allowed(now, 1) > 0 {
		full := len(r.toLook) >= MaxLookUp
		if !full && !r.fedAll && now.Sub(r.oldest) < lookUpAfter {
			return
		}
		n := min(len(r.toLook), MaxLookUp)
		batch := make([]*task, n)
		copy(batch, r.toLook)
		r.toLook = append(r.toLook[:0], r.toLook[n:]...)
		r.oldest = now
		r.looking++
		r.goLookUp(batch)
	}
}

// chooseClaims returns the ready tasks that may get an intent now.
func (r *run) chooseClaims(now time.Time) []*task {
	if r.stopping != nil || r.breaker.allowed(now, 1) == 0 {
		return nil
	}
	room := r.window() - r.active - len(r.claimed)
	return r.ready[:max(0, min(room, len(r.ready)))]
}

// commitDue gathers for a moment, unless workers would wait for it.
func (r *run) commitDue(now time.Time, claims []*task) bool {
	switch {
	case r.failed != nil:
		return false
	case len(claims) > 0 && len(r.claimed) == 0 && r.active < r.cfg.Concurrency():
		return true
	case len(r.commits)+len(claims) >= gatherMost:
		return true
	default:
		return len(r.commits) > 0 && now.Sub(r.since) >= gather
	}
}

// commit makes outcomes and intents durable in one go.
func (r *run) commit(ctx context.Context, now time.Time, claims []*task) {
	batch := r.commits
	for _, t := range claims {
		batch = append(batch, t.intent(now))
	}
	if err := r.cfg.Ledger.Commit(ctx, batch); err != nil {
		r.failed = err
		r.stop(&StopError{StopLedger, err})
		return
	}
	for _, result := range r.commits {
		r.account(result)
	}
	r.claimed = append(r.claimed, claims...)
	r.ready = append(r.ready[:0], r.ready[len(claims):]...)
	r.commits = r.commits[:0]
}

// account counts an outcome that is durable, and tells whoever watches.
func (r *run) account(result Result) {
	r.summary.Counts[result.State]++
	r.cfg.Observe(result)
}

// dispatch hands claimed tasks to workers.
func (r *run) dispatch(now time.Time) {
	if r.stopping != nil {
		return
	}
	limit := r.breaker.allowed(now, max(r.cfg.Concurrency(), 1))
	for r.active < limit && len(r.claimed) > 0 {
		if r.active == r.workers {
			r.workers++
			r.goWorker()
		}
		t := r.claimed[0]
		r.claimed = r.claimed[1:]
		r.active++
		r.toSend <- t // a worker is free: there are more of them than active
	}
}

// finished reports whether nothing is left to be done or waited for.
func (r *run) finished() bool {
	if r.active > 0 || r.looking > 0 {
		return false
	}
	if r.stopping != nil {
		return true
	}
	return r.fedAll && r.tasks == 0 && len(r.commits) == 0
}

// stop begins to end the run; the first reason stands.
func (r *run) stop(reason *StopError) {
	if r.stopping == nil {
		r.stopping = reason
		r.cfg.Drain()
	}
}

// end gives back what has not been sent and writes the last outcomes.
func (r *run) end(ctx context.Context) error {
	if r.stopping == nil {
		return nil
	}
	for _, held := range [][]*task{r.claimed, r.ready, r.toLook, r.later} {
		for _, t := range held {
			r.release(t)
		}
	}
	if r.failed == nil && len(r.commits) > 0 {
		if err := r.cfg.Ledger.Commit(ctx, r.commits); err != nil {
			return &StopError{StopLedger, err}
		}
		for _, result := range r.commits {
			r.account(result)
		}
	}
	return r.stopping
}

// checkOutage stops the run when Clerk has been away for too long.
func (r *run) checkOutage(now time.Time) {
	if r.breaker.outage(now) > r.cfg.MaxOutage {
		r.stop(&StopError{Reason: StopOutage})
	}
}
