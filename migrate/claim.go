package migrate

import (
	"context"
	"errors"
	"time"
)

const (
	claimsMost  = 256  // rows with an intent and no outcome, where that is enough
	starvedMost = 1000 // rows that wait for the retry budget
)

// window is how many rows may have an intent and no outcome: those in flight
// and as many that are ready to follow. It bounds what a crash leaves to be
// looked up.
func (r *run) window() int {
	inFlight := max(r.cfg.Concurrency(), 1)
	return min(2*inFlight, max(claimsMost, inFlight+inFlight/8))
}

// makeReady lets a planned task have its intent next, as far as its user and
// the budget for retries allow.
func (r *run) makeReady(t *task) {
	now := time.Now()
	switch next := r.lanes.next(t.plan.UserID); {
	case t.plan.Action == Update && next.After(now):
		t.due = next
		r.later.put(t)
	case t.cost == 0 || r.budget.take(now, t.cost):
		t.cost = 0
		r.ready = append(r.ready, t)
	default:
		r.starve(t)
	}
}

// starve lets a retry wait for the budget. Of too many, the oldest is left for
// the next run.
func (r *run) starve(t *task) {
	r.starved = append(r.starved, t)
	if len(r.starved) > starvedMost {
		oldest := r.starved[0]
		r.starved = r.starved[1:]
		r.giveUp(oldest)
	}
}

// feedStarved lets those go on that the budget allows by now.
func (r *run) feedStarved(now time.Time) {
	for len(r.starved) > 0 && r.breaker.limit(1) > 0 && r.budget.take(now, r.starved[0].cost) {
		t := r.starved[0]
		r.starved = r.starved[1:]
		t.cost = 0
		r.ready = append(r.ready, t)
	}
}

// giveUpStarved leaves for the next run what the budget will never allow, since
// nothing else is left whose success could fill it.
func (r *run) giveUpStarved() {
	if r.intake() != nil || len(r.ready)+len(r.claimed)+len(r.toLook)+len(r.later) > 0 {
		return
	}
	for len(r.starved) > 0 && r.budget.empty(r.starved[0].cost) {
		t := r.starved[0]
		r.starved = r.starved[1:]
		r.giveUp(t)
	}
}

// chooseClaims returns the ready tasks that may get an intent now. An update
// that has become too old to be sent again is looked up instead.
func (r *run) chooseClaims(now time.Time) []*task {
	limit := r.limit()
	if limit == 0 {
		return nil
	}
	room := min(r.window(), 2*limit) - r.active - len(r.claimed)
	n := max(0, min(room, len(r.ready)))
	for i, t := range r.ready[:n] {
		if !r.cfg.Reapply && t.tooOld(now, r.cfg.UpdateDeadline) {
			r.ready = append(r.ready[:i], r.ready[i+1:]...)
			t.confirm = true
			r.queue(t, now)
			return r.ready[:i]
		}
	}
	return r.ready[:n]
}

// commitDue gathers for a moment, unless workers would wait for it, or nothing
// is left that could be gathered. How long that moment is does not show after a
// crash: what has to be looked up then is bounded by the window, whatever of it
// had an outcome that was not committed yet.
func (r *run) commitDue(now time.Time, claims []*task) bool {
	switch {
	case r.failed != nil:
		return false
	case len(claims) > 0 && len(r.claimed) == 0 && r.active < r.limit():
		return true
	case len(r.commits)+len(claims) >= gatherMost:
		return true
	default:
		last := r.fedAll && r.tasks == 0
		return len(r.commits) > 0 && (last || now.Sub(r.since) >= gather)
	}
}

// commit makes outcomes and intents durable in one go.
func (r *run) commit(ctx context.Context, claims []*task) {
	batch := r.commits
	var err error
	for _, t := range claims {
		err = errors.Join(err, r.keep(t))
		batch = append(batch, t.intent(r.cfg.Now()))
	}
	if err == nil {
		err = r.cfg.Ledger.Commit(ctx, batch)
	}
	if err != nil {
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

// keep hands over what an update is about to change, once.
func (r *run) keep(t *task) error {
	if r.cfg.Keep == nil || t.plan.Action != Update || t.result.Made || t.kept == t.plan.UserID {
		return nil
	}
	seen := t.account // nothing has been sent yet: it is what a look-up found
	if seen == nil || seen.ID != t.plan.UserID {
		if seen = nil; !t.known {
			return nil
		}
	}
	t.kept = t.plan.UserID
	if changes := KeptBy(t.plan.written(t.user, seen), seen); len(changes) > 0 {
		return r.cfg.Keep(t.kept, changes)
	}
	return nil
}

// account counts an outcome that is durable, and tells whoever watches.
func (r *run) account(result Result) {
	r.summary.Counts[result.State]++
	r.cfg.Observe(result)
}

// dispatch hands claimed tasks to workers.
func (r *run) dispatch(now time.Time) {
	limit := r.limit()
	for r.active < limit && len(r.claimed) > 0 {
		if r.active == r.workers {
			r.workers++
			r.goWorker()
		}
		t := r.claimed[0]
		r.claimed = r.claimed[1:]
		r.active++
		r.budget.sent(now)
		t.left = now
		r.toSend <- t // a worker is free: there are more of them than active
	}
}
