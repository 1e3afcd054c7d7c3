package migrate

import (
	"errors"
	"slices"
	"time"
)

const (
	looksForExists = 2 // look-ups before "exists" is taken for somebody else's identifier
	looksForUnsure = 6 // the same for a create that was sent more than once
)

// intent is what the ledger holds of a row while its request is in flight.
func (t *task) intent(now time.Time) Result {
	t.result.Action, t.result.State = t.plan.Action, InFlight
	t.result.UserID, t.result.PreAbsent = t.plan.UserID, t.plan.PreAbsent
	if t.plan.Action != Create || !t.stale { // else an earlier version may have made the user
		t.result.Hash = t.hash
	}
	t.result.SentAt, t.result.At = now, now
	t.claimed = true
	return t.result
}

// takeFed takes in a new task.
func (r *run) takeFed(t *task, ok bool) {
	if !ok {
		r.fedAll = true
		if r.feedErr != nil {
			r.stop(&StopError{StopInput, r.feedErr})
		}
		return
	}
	r.tasks++
	r.queue(t, r.cfg.Now())
}

// plan decides what the row asks for and does what needs no request.
func (r *run) plan(t *task, found *Account, looked bool) {
	if !t.planned {
		t.plan = Decide(r.cfg.Mode, t.user, found, looked || t.generated)
		t.planned = true
	}
	if len(t.plan.Warnings) > 0 {
		r.cfg.Warn(t.plan.Warnings)
		t.plan.Warnings = nil
	}
	if t.plan.State.Final() {
		t.result.Action, t.result.UserID, t.result.Hash = NoAction, t.plan.UserID, t.hash
		t.result.Code, t.result.Field = t.plan.Code, t.plan.Field
		r.outcome(t, t.plan.State)
		return
	}
	r.ready = append(r.ready, t)
}

// outcome ends the task with a state for the ledger.
func (r *run) outcome(t *task, state State) {
	now := r.cfg.Now()
	t.result.State, t.result.At = state, now
	if state.Good() {
		t.result.Code, t.result.Field, t.result.Message = "", "", ""
	} else if text, ok := catalogue[t.result.Code]; ok && t.result.Message == "" {
		t.result.Message = text.meaning + "; " + text.fix
	}
	if len(r.commits) == 0 {
		r.since = now
	}
	r.commits = append(r.commits, t.result)
	r.tasks--
	if stop := r.escalation.observe(t.result); stop != nil {
		r.stop(stop)
	}
}

// release gives a task back that this run does no more about.
func (r *run) release(t *task) {
	switch {
	case t.unsure || t.exists != nil:
		r.outcome(t, Ambiguous)
	case t.claimed && (t.result.Attempts > 0 || !t.tookUp):
		r.outcome(t, Retry)
	default: // what the ledger holds of it, if anything, is still right
		r.tasks--
	}
}

// takeSent judges what came of a request.
func (r *run) takeSent(t *task) {
	r.active--
	now := r.cfg.Now()
	if t.err == nil {
		r.breaker.observe(now, false)
		r.applied(t)
		return
	}
	var e *Error
	if !errors.As(t.err, &e) {
		e = &Error{Fault: NotDoneFault, Err: t.err} // the context ended before it was sent
	} else if e.Fault != NotDoneFault || e.Environment {
		r.breaker.observe(now, e.Environment)
	}
	if errors.Is(e, errBug) {
		r.stop(&StopError{StopBug, e})
	}
	t.note(e)
	r.failedRequest(t, e, now)
}

// note keeps what an error tells for the report. A request that was not
// processed tells nothing about its row.
func (t *task) note(e *Error) {
	if e.Fault == NotDoneFault {
		return
	}
	t.result.Attempts++
	t.result.Status, t.result.Code, t.result.Field, t.result.TraceID = e.Status, e.Code(), e.Param(), e.TraceID
	t.result.Message = ""
}

func (r *run) applied(t *task) {
	t.result.Attempts++
	t.result.UserID = t.account.ID
	if t.plan.Action == Create {
		t.result.Made, t.result.Hash = true, t.hash
		r.outcome(t, Created)
		return
	}
	if len(t.plan.Differences) == 0 { // it was not looked up before
		if warnings := NotChanged(t.user, t.account); len(warnings) > 0 {
			r.cfg.Warn(warnings)
		}
	}
	r.outcome(t, Updated)
}

// failedRequest puts the error table into effect.
func (r *run) failedRequest(t *task, e *Error, now time.Time) {
	if r.stopping != nil && e.Fault != RefusedFault && e.Fault != MissingFault {
		t.unsure = t.unsure || e.Fault == AmbiguousFault || t.plan.Action == Create && e.Fault == ExistsFault
		r.release(t)
		return
	}
	switch e.Fault {
	case RefusedFault:
		r.outcome(t, Rejected)
	case MissingFault:
		r.takeMissing(t, now)
	case ExistsFault:
		r.takeExists(t, e, now)
	case NotDoneFault:
		r.again(t, now, e.Environment)
	case TransientFault:
		r.again(t, now, true)
	case AmbiguousFault:
		t.unsure, t.looks = true, 0
		t.due = now.Add(r.cfg.Settle) // not from its intent: it may have waited long for its turn
		r.queue(t, now)
	default:
		r.release(t)
		r.stop(&StopError{StopRefused, e})
	}
}

// takeExists looks up whether the user is ours, on the first attempt too: a
// proxy may have sent the create twice (reliability R6).
func (r *run) takeExists(t *task, e *Error, now time.Time) {
	if t.plan.Action == Update {
		t.result.Code = "identifier_taken"
		r.outcome(t, Conflict)
		return
	}
	t.exists, t.looks = e, 0
	r.queue(t, now)
}

// takeMissing is for an update whose user is not there. Where the row itself
// names no user, it was deleted since this migration brought the row to it: in
// upsert mode the row is one like any other then.
func (r *run) takeMissing(t *task, now time.Time) {
	if t.known && t.user.UserID == "" && r.cfg.Mode == Upsert {
		t.known, t.planned = false, false
		t.result.UserID, t.result.Made = "", false
		r.queue(t, now)
		return
	}
	t.result.Code, t.result.Field = "user_missing", ""
	r.outcome(t, Rejected)
}

// again sends the request once more, later where delay says so, unless the
// row has had its attempts for this run.
func (r *run) again(t *task, now time.Time, delay bool) {
	if t.result.Attempts >= r.cfg.MaxAttempts {
		r.outcome(t, Retry)
		return
	}
	t.due = time.Time{}
	if delay {
		t.wait(now)
	}
	r.queue(t, now)
}

// takeLooked judges what came of a look-up.
func (r *run) takeLooked(batch []*task) {
	r.looking--
	now := r.cfg.Now()
	if err := batch[0].err; err != nil {
		r.failedLookUp(batch, err, now)
		return
	}
	r.breaker.observe(now, false)
	for _, t := range batch {
		switch {
		case r.stopping != nil:
			r.release(t)
		case t.unsure || t.exists != nil:
			r.reconcile(t, now)
		case t.confirm:
			r.confirmUpdate(t, now)
		default:
			r.plan(t, t.account, true)
		}
	}
}

func (r *run) failedLookUp(batch []*task, err error, now time.Time) {
	var e *Error
	if errors.As(err, &e) {
		r.breaker.observe(now, e.Environment)
	}
	if isStop(err) {
		r.stop(&StopError{StopRefused, err})
	}
	for _, t := range batch {
		if r.stopping != nil {
			r.release(t)
			continue
		}
		t.wait(now)
		r.queue(t, now)
	}
}

// confirmUpdate decides about an update that an earlier run may have sent.
func (r *run) confirmUpdate(t *task, now time.Time) {
	t.confirm = false
	if t.account != nil && !t.account.UpdatedAt.Before(t.result.SentAt) {
		t.result.Action, t.result.Reconciled = Update, true
		r.outcome(t, Updated)
		return
	}
	r.queue(t, now)
}

// reconcile judges a create whose outcome is not known by what was found.
func (r *run) reconcile(t *task, now time.Time) {
	t.looks++
	// A first attempt that was answered "exists" has not been sent before.
	sentBefore := t.unsure || t.wasUnsure
	switch Reconcile(t.user, t.account, t.plan.PreAbsent || t.generated, sentBefore) {
	case Ours:
		t.result.UserID, t.result.Reconciled, t.result.Made = t.account.ID, true, true
		if t.stale {
			t.unsure, t.exists = false, nil
			t.plan = Plan{Action: Update, UserID: t.account.ID}
			r.ready = append(r.ready, t)
			return
		}
		t.result.Hash = t.hash
		r.outcome(t, Created)
		return
	case Foreign:
		t.result.UserID, t.result.Code, t.result.Field = t.account.ID, "user_exists", "external_id"
		r.outcome(t, Conflict)
		return
	}
	if t.exists == nil { // it was not processed: send it again
		t.unsure, t.wasUnsure = false, true
		t.due = time.Time{}
		r.again(t, now, false)
		return
	}
	looks, isThere := looksForExists, slices.Contains(t.exists.Params, "external_id")
	if sentBefore || isThere {
		looks = looksForUnsure // the list may lag behind
	}
	if t.looks < looks {
		t.wait(now)
		r.queue(t, now)
		return
	}
	if isThere {
		r.outcome(t, Ambiguous)
		return
	}
	if t.exists.Codes != nil {
		t.result.Code = "identifier_taken"
	}
	r.outcome(t, Rejected)
}
