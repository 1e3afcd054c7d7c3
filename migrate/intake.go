package migrate

import "time"

// intake is the channel of new tasks while more are wanted, else nil. A
// look-up that has begun to fill is filled, so that each asks for as many ids
// as it can.
func (r *run) intake() chan *task {
	if r.fedAll || r.stopping != nil {
		return nil
	}
	held := r.tasks - len(r.later) - len(r.toLook) - len(r.starved)
	filling := len(r.toLook) > 0 && len(r.toLook) < MaxLookUp && held < 2*r.ahead()
	if filling || held < r.ahead() && len(r.toLook) == 0 {
		return r.fed
	}
	return nil
}

// ahead is how many tasks are held: enough for full look-ups to be answered
// before the workers run dry, also when an answer takes a second.
func (r *run) ahead() int { return max(5*MaxLookUp, 2*r.window()) }

// takeFed takes in a new task.
func (r *run) takeFed(t *task, ok bool) {
	if !ok {
		r.fedAll = true
		if r.feedErr != nil {
			r.stop(feedStop(r.feedErr))
		}
		return
	}
	r.tasks++
	now := time.Now()
	if t.unsure || t.due.After(now) { // nobody but its user waits for it
		if r.lanes.enter(t, t.laneKey()) {
			r.queue(t, now)
		}
		return
	}
	r.order = append(r.order, t)
	if t.needsLookUp(&r.cfg) {
		r.queue(t, now)
		return
	}
	t.inTurn = true
	r.planInOrder()
}

// planInOrder plans the tasks at the head of the input's order whose users are
// known by now. So the rows of one user come into its lane in that order, also
// where one names it by its Clerk id and another has to be looked up.
func (r *run) planInOrder() {
	n := 0
	for n < len(r.order) && (r.order[n].inTurn || r.order[n].done) && r.stopping == nil {
		t := r.order[n]
		n++
		if !t.done {
			r.plan(t)
		}
	}
	r.order = r.order[n:]
}

// plan decides what the row asks for, does what needs no request, and gets the
// rest ready. Where a row of the same user is on its way, it waits for that
// one's end, and looks again.
func (r *run) plan(t *task) {
	t.inTurn = false
	if lane := t.laneKey(); t.lane == "" || !t.planned && lane != t.lane {
		r.leaveLane(t)
		if !r.lanes.enter(t, lane) {
			return
		}
	}
	if !t.planned && t.wasUnsure && Reconcile(t.user, t.account, t.preAbsent, true) == Ours {
		// The create showed late, after the run that sent it had ended. The
		// user may have changed meanwhile, which is not to be undone.
		t.planned = true
		r.takeOurs(t)
		return
	}
	if !t.planned && t.known && t.account == nil { // it was looked up, and is gone
		r.takeMissing(t, time.Now())
		return
	}
	if !t.planned {
		t.plan = r.decide(t)
		t.planned = true
	}
	switch {
	case t.plan.State == Unchanged && !t.sentAt.IsZero():
		// It is as the row wants it because an earlier request made it so.
		t.result.Action, t.result.UserID, t.result.Hash, t.result.Reconciled = Update, t.plan.UserID, t.hash, true
		t.result.UpdatedAt = t.account.UpdatedAt
		r.outcome(t, Updated)
	case t.plan.State.Final():
		t.result.Action, t.result.UserID, t.result.Hash = NoAction, t.plan.UserID, t.hash
		t.result.Code, t.result.Field = t.plan.Code, t.plan.Field
		r.outcome(t, t.plan.State)
	default:
		r.makeReady(t)
	}
}

// decide returns what is to be done for a task whose user is known now.
func (r *run) decide(t *task) Plan {
	var plan Plan
	if t.known {
		plan = decideUpdate(r.cfg.Policy, t.user, t.account)
	} else {
		looked := t.looked || t.user.UserID == "" && (t.generated || t.preAbsent)
		plan = r.cfg.Settings.Refuse(t.user, Decide(r.cfg.Mode, r.cfg.Policy, t.user, t.account, looked))
	}
	if r.cfg.Plan == nil || r.cfg.Plan.agrees(t, &plan) {
		return plan
	}
	return Plan{State: Conflict, Code: planChangedCode, UserID: plan.UserID}
}

// leaveLane lets the next row of the user go on.
func (r *run) leaveLane(t *task) {
	next := r.lanes.leave(t)
	if next != nil && r.stopping == nil {
		next.account, next.looked = nil, false // what was found is no longer so
		r.queue(next, time.Now())
	}
}

// queue puts a task where its next step is done.
func (r *run) queue(t *task, now time.Time) {
	switch {
	case t.due.After(now):
		r.later.put(t)
	case t.needsLookUp(&r.cfg):
		if len(r.toLook) == 0 {
			r.oldest = now
		}
		r.toLook = append(r.toLook, t)
	default:
		r.plan(t)
	}
}

// wake moves the tasks that are due to where their next step is done.
func (r *run) wake(now time.Time) {
	for t := r.later.take(now); t != nil; t = r.later.take(now) {
		r.queue(t, now)
	}
}

// startLookUps sends full batches, and others once they have waited.
func (r *run) startLookUps(now time.Time) {
	for len(r.toLook) > 0 && r.looking < lookUpsMost && r.limit() > 0 {
		full := len(r.toLook) >= MaxLookUp
		if !full && !r.fedAll && now.Sub(r.oldest) < lookUpAfter {
			return
		}
		n := min(len(r.toLook), MaxLookUp)
		batch := make([]*task, n)
		copy(batch, r.toLook)
		r.toLook = append(r.toLook[:0], r.toLook[n:]...)
		r.oldest = now
		r.startLookUp(now, batch)
	}
}

func (r *run) startLookUp(now time.Time, batch []*task) {
	r.looking++
	r.budget.sent(now)
	for _, t := range batch {
		t.left = now
	}
	r.goLookUp(r.reads, batch)
}
