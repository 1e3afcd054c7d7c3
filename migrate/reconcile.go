package migrate

import (
	"errors"
	"slices"
	"time"
)

const (
	looksForUnsure = 8 // look-ups for a user that must be there: 1, 2, 4 … 60 s apart
	lookFailsMost  = 5 // look-ups of a row that may fail, each repeated by the API
)

// takeLooked judges what came of a look-up.
func (r *run) takeLooked(batch []*task) {
	r.looking--
	now := time.Now()
	var found, failed []*task
	for _, t := range batch {
		if t.err != nil {
			failed = append(failed, t)
		} else {
			found = append(found, t)
		}
	}
	if len(found) > 0 {
		r.heard(now, found[0].left, nil)
	}
	for _, t := range found {
		r.takeFound(t, now)
	}
	if len(failed) > 0 {
		r.failedLookUp(failed, failed[0].err, now)
	}
	r.planInOrder()
}

// takeFound goes on with a task that was looked up.
func (r *run) takeFound(t *task, now time.Time) {
	switch {
	case r.stopping != nil:
		r.release(t)
	case t.unsure || t.exists != nil:
		r.reconcile(t, now)
	case t.confirm:
		r.confirmUpdate(t)
	default:
		t.looked = true
		r.planLooked(t)
	}
}

// planLooked plans a task whose user is known now: in its turn, where it is new.
func (r *run) planLooked(t *task) {
	if t.lane == "" {
		t.inTurn = true
		return
	}
	r.plan(t)
}

func (r *run) failedLookUp(batch []*task, err error, now time.Time) {
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Fault: NotDoneFault, Err: err} // the context ended
	}
	r.heard(now, batch[0].left, e)
	switch {
	case errors.Is(e, errBug):
		r.stop(&StopError{StopBug, e})
	case e.Fault == MixedFault:
		r.stop(&StopError{StopMixed, e})
	case e.Fault == StopFault:
		r.refused(e, now)
	case e.Fault == NotDoneFault && e.Status != 0:
		r.gated(e)
	case e.Fault == RefusedFault && r.stopping == nil:
		r.divideLookUp(batch, e, now)
		return
	}
	for _, t := range batch {
		if e.Fault != NotDoneFault && e.Fault != StopFault {
			t.lookFails++
		}
		if r.stopping != nil || t.lookFails >= lookFailsMost {
			r.release(t)
			continue
		}
		t.wait(now)
		r.queue(t, now)
	}
}

// divideLookUp finds the id that a look-up was refused for: that row alone is
// to be rejected for it.
func (r *run) divideLookUp(batch []*task, e *Error, now time.Time) {
	if half := len(batch) / 2; half > 0 {
		r.startLookUp(now, batch[:half])
		r.startLookUp(now, batch[half:])
		return
	}
	t := batch[0]
	t.note(e)
	t.result.Hash = t.hash
	if t.unsure || t.exists != nil || !t.sentAt.IsZero() {
		r.release(t)
	} else {
		r.outcome(t, Rejected)
	}
}

// confirmUpdate decides about an update that may have been made, and that is
// too old to be sent again just so: the user may have changed since, and that
// is not to be undone (reliability R9).
func (r *run) confirmUpdate(t *task) {
	t.confirm = false
	if t.account != nil && t.account.ID == t.result.UserID && !t.account.UpdatedAt.Before(t.sentAt) {
		t.result.Action, t.result.Reconciled = Update, true
		t.result.UpdatedAt = t.sentAt // which of the changes since was ours, nobody knows
		t.result.Code, t.result.Field, t.result.Message = ConfirmedCode, "", ""
		r.outcome(t, Updated)
		return
	}
	t.sentAt = time.Time{}
	if t.result.Attempts >= r.cfg.TotalAttempts {
		r.exhaust(t)
		return
	}
	t.planned, t.looked = t.known && !r.cfg.SeeAll, t.user.UserID == "" || r.cfg.SeeAll
	r.planLooked(t)
}

// takeOurs takes in that the user which was found is the row's own: a create
// has made it. One of an earlier version of the row is still to be updated.
func (r *run) takeOurs(t *task) {
	t.result.UserID, t.result.Reconciled, t.result.Made = t.account.ID, true, true
	t.result.UpdatedAt = t.account.UpdatedAt
	if t.stale {
		t.unsure, t.exists, t.cost = false, nil, 0
		t.plan = Plan{Action: Update, UserID: t.account.ID}
		if r.cfg.SeeAll { // else all of the row is sent, whatever is there
			t.known, t.planned, t.wasUnsure = true, false, false
			r.plan(t)
			return
		}
		r.makeReady(t)
		return
	}
	t.result.Hash = t.hash
	r.outcome(t, Created)
}

// reconcile judges a create whose outcome is not known by what was found.
func (r *run) reconcile(t *task, now time.Time) {
	t.looks++
	// A first attempt that was answered "exists" has not been sent before.
	sentBefore := t.unsure || t.wasUnsure
	switch Reconcile(t.user, t.account, t.plan.PreAbsent || t.generated, sentBefore) {
	case Ours:
		r.takeOurs(t)
		return
	case Foreign:
		t.result.UserID, t.result.Code, t.result.Field = t.account.ID, "user_exists", "external_id"
		r.outcome(t, Conflict)
		return
	}
	if t.exists == nil { // it was not processed: send it again
		t.unsure, t.wasUnsure = false, true
		t.plan.PreAbsent, t.result.PreAbsent = true, true // who has the id later, has it from us
		r.again(t, now, nil)
		return
	}
	isThere := slices.Contains(t.exists.Params, "external_id")
	switch {
	case (sentBefore || isThere) && t.looks < looksForUnsure: // the list lags behind
		t.due = now.Add(min(time.Second<<(t.looks-1), time.Minute))
		r.queue(t, now)
	case isThere:
		r.outcome(t, Ambiguous)
	case t.looks == 1:
		// Should a proxy have sent the create twice, the list shows it by then.
		t.due = now.Add(r.cfg.Settle)
		r.queue(t, now)
	case t.exists.Codes == nil:
		r.outcome(t, Rejected)
	default:
		r.reject(t, "identifier_taken", t.exists.Param())
	}
}
