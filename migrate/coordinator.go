package migrate

import (
	"context"
	"time"
)

const (
	gather      = 250 * time.Millisecond // outcomes and intents share a commit
	gatherMost  = 256                    // of them at the most
	lookUpAfter = time.Second            // a batch of look-ups that is not full leaves
	lookUpsMost = 4                      // look-ups in flight
)

// A run is the state of Run. Everything below the channels belongs to the
// goroutine of coordinate.
//
// A task goes from fed by way of order and toLook to ready, claimed and a
// worker, and ends with an outcome. On the way it may wait in later for a time,
// in starved for the retry budget, or in its user's lane.
type run struct {
	cfg      Config
	goWorker func()
	goLookUp func(context.Context, []*task)
	goProbe  func(context.Context)

	states []State          // of earlier runs, by Row-1; read only
	prior  map[int64]Result // of earlier runs, what is taken up again; read only

	fed     chan *task // from feed, which closes it
	feedErr error      // set before fed is closed
	toSend  chan *task // to the workers; closed when the run has ended
	sent    chan *task // back from them
	looked  chan []*task
	probed  chan error

	fedAll  bool
	order   []*task // in the order of the input, until each is planned
	toLook  []*task // wait for a look-up
	oldest  time.Time
	ready   []*task // wait for their intent
	claimed []*task // intent is durable
	later   delayed
	starved []*task   // wait for the budget
	commits []Result  // outcomes to be committed
	since   time.Time // when the first of them came

	workers, active int // workers started; requests handed to them
	looking         int // look-ups in flight
	tasks           int // tasks held, anywhere

	reads    context.Context // of look-ups and probes; see hold
	cutReads func()
	newReads func()

	lanes      lanes
	budget     budget
	breaker    breaker
	away       error // the last that the breaker heard of
	trust      trust
	probing    bool
	gate       int64 // of Config.Gates, the last that was heard of
	progress   int64 // the same when a row last had an answer
	escalation escalation

	waiting  string // as Config.Waiting was told
	stopping *StopError
	failed   error // the ledger cannot be written any more
	summary  Summary
}

func newRun(cfg Config) *run {
	return &run{
		cfg: cfg, prior: map[int64]Result{},
		fed: make(chan *task), toSend: make(chan *task), sent: make(chan *task, 64),
		looked: make(chan []*task, lookUpsMost), probed: make(chan error, 1),
		lanes: newLanes(cfg.UserLimit), escalation: escalation{max: cfg.MaxRejects},
	}
}

// coordinate is the run's one decision maker. Each turn moves what is due,
// commits what is to be durable, hands out what may be sent, and then waits
// for the next thing to happen.
//
// It goes by time.Now, whose monotonic clock does not jump. Config.Now is only
// for what is written down.
func (r *run) coordinate(ctx context.Context) error {
	keep := context.WithoutCancel(ctx) // what has happened is written whatever else
	r.newReads = func() { r.reads, r.cutReads = context.WithCancel(ctx) }
	r.newReads()
	defer func() { r.cutReads() }()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		now := time.Now()
		if r.stopping == nil {
			r.wake(now)
			r.feedStarved(now)
			r.startLookUps(now)
			r.startProbe(now)
			r.checkOutage(now)
		}
		claims := r.chooseClaims(now)
		if r.commitDue(now, claims) {
			r.commit(keep, claims)
			continue
		}
		r.dispatch(now)
		if r.finished() {
			return r.end(keep)
		}
		if why := r.whyWaiting(); why != r.waiting {
			r.waiting = why
			r.cfg.Waiting(why)
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
	case err := <-r.probed:
		r.takeProbed(err)
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
		if len(r.toLook) > 0 && r.looking < lookUpsMost && r.limit() > 0 {
			sooner(r.oldest.Add(lookUpAfter))
		}
		if len(r.starved) > 0 {
			sooner(now.Add(retrySlice)) // the window moves on
		}
		sooner(r.nextProbe())
		if since := r.breaker.since; !since.IsZero() {
			sooner(since.Add(r.cfg.MaxOutage + time.Millisecond))
		}
	}
	return max(next.Sub(now), 0)
}

// limit returns how many requests of rows may be in flight.
func (r *run) limit() int {
	if r.stopping != nil || r.trust.lost != nil {
		return 0
	}
	return r.breaker.limit(max(r.cfg.Concurrency(), 1))
}

// finished reports whether nothing is left to be done or waited for.
func (r *run) finished() bool {
	if r.active > 0 || r.looking > 0 || r.probing {
		return false
	}
	if r.stopping != nil {
		return true
	}
	r.giveUpStarved()
	return r.fedAll && r.tasks == 0 && len(r.commits) == 0
}

// stop begins to end the run; the first reason stands.
func (r *run) stop(reason *StopError) {
	if r.stopping == nil {
		r.stopping = reason
		r.cutReads()
		r.cfg.Drain()
	}
}

// hold calls back whatever has not left yet, since it would meet what others
// have met. Requests under way go on; reads are cut, which harms nobody. What
// was claimed gets a new intent when its time comes, since the next run goes by
// how old that is.
func (r *run) hold() {
	r.cutReads()
	r.newReads()
	r.cfg.Recall()
	r.ready = append(r.claimed, r.ready...)
	r.claimed = nil
}

// end gives back what has not been sent and writes the last outcomes.
func (r *run) end(ctx context.Context) error {
	if r.stopping == nil {
		return nil
	}
	for _, held := range [][]*task{r.claimed, r.ready, r.toLook, r.later, r.starved, r.lanes.held(), r.order} {
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
		r.stop(&StopError{StopOutage, r.away})
	}
}
