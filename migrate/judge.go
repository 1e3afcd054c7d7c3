package migrate

import (
	"errors"
	"os"
	"strings"
	"time"
)

const (
	conflictsMost = 5 // answers 409 to an update; the last rejects it
	locksMost     = 3 // answers 423 that are waited out
	garbledMost   = 2 // answers that cannot be read and are asked for again
	refusalsMost  = 3 // refusals after which a row waits by itself, besides the gate
)

// takeSent judges what came of a request.
func (r *run) takeSent(t *task) {
	r.active--
	now := time.Now()
	var e *Error
	if t.err != nil && !errors.As(t.err, &e) {
		e = &Error{Fault: NotDoneFault, Err: t.err} // the context ended before it was sent
	}
	r.heard(now, t.left, e)
	if t.plan.Action == Update && (e == nil || e.Fault != NotDoneFault) {
		r.lanes.updated(now, t.plan.UserID)
	}
	if e == nil {
		r.applied(t)
		return
	}
	if errors.Is(e, errBug) {
		r.stop(&StopError{StopBug, e})
	}
	t.note(e)
	t.cost = e.retryCost()
	r.failedRequest(t, e, now)
}

// note keeps what an error tells for the report. A request that was not
// processed tells nothing about its row.
func (t *task) note(e *Error) {
	if e.Fault == NotDoneFault || e.Fault == StopFault {
		return
	}
	t.attempts++
	t.result.Attempts++
	t.result.Status, t.result.Code, t.result.Field, t.result.TraceID = e.Status, e.Code(), e.Param(), e.TraceID
	t.result.Message = ""
	if len(e.Codes) > 1 {
		t.result.Message = "Clerk gave several codes: " + strings.Join(e.namedCodes(), ", ")
	}
	if t.plan.Action == Update && e.mayHaveBeenDone() && t.sentAt.IsZero() {
		t.sentAt, t.sentSince = t.result.SentAt, t.left
	}
}

func (r *run) applied(t *task) {
	r.progress = r.cfg.Gates()
	r.budget.succeeded()
	t.attempts++
	t.result.Attempts++
	t.result.UserID, t.result.UpdatedAt = t.account.ID, t.account.UpdatedAt
	if t.plan.Action == Create {
		t.result.Made, t.result.Hash = true, t.hash
		r.outcome(t, Created)
		return
	}
	if len(t.plan.Differences) == 0 { // it was not looked up before
		t.plan.Warnings = NotChanged(t.user, t.account)
	}
	r.outcome(t, Updated)
}

// failedRequest puts the error table into effect (reliability 3).
func (r *run) failedRequest(t *task, e *Error, now time.Time) {
	switch e.Fault {
	case RefusedFault:
		r.progress = r.cfg.Gates()
		r.outcome(t, Rejected)
	case MissingFault:
		r.progress = r.cfg.Gates()
		r.takeMissing(t, now)
	case ExistsFault:
		r.progress = r.cfg.Gates()
		r.takeExists(t, e, now)
	case NotDoneFault:
		if e.RetryAfter > 0 || e.Status != 0 {
			r.gated(e)
		}
		t.refusals++
		r.again(t, now, e)
	case TransientFault:
		r.transient(t, e, now)
	case AmbiguousFault:
		r.inDoubt(t, now)
	case MixedFault:
		r.inDoubt(t, now)
		r.stop(&StopError{StopMixed, e})
	default:
		r.refused(e, now)
		r.again(t, now, e)
	}
}

// inDoubt takes in that a create may have been processed. It is looked up when
// Clerk cannot be working on it any more: not counted from its intent, since it
// may have waited long for its turn.
func (r *run) inDoubt(t *task, now time.Time) {
	if t.plan.Action != Create {
		r.giveUp(t)
		return
	}
	t.unsure, t.looks = true, 0
	t.due = now.Add(r.cfg.Settle)
	r.requeue(t, now)
}

// transient judges a failure that may pass.
func (r *run) transient(t *task, e *Error, now time.Time) {
	switch {
	case e.Status == 409:
		t.conflicts++
	case e.Status == 423:
		t.locks++
	case e.Status >= 200 && e.Status < 300:
		t.garbled++
	}
	switch {
	case r.stopping != nil:
		r.release(t)
	case t.garbled > garbledMost:
		r.giveUp(t)
	case (t.conflicts >= conflictsMost || t.locks > locksMost) && t.sentAt.IsZero():
		r.outcome(t, Rejected)
	default:
		r.again(t, now, e)
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
	r.requeue(t, now)
}

// takeMissing is for an update whose user is not there. Where the row itself
// names no user, it was deleted since this migration brought the row to it: in
// upsert mode the row is one like any other then.
func (r *run) takeMissing(t *task, now time.Time) {
	if t.known && t.user.UserID == "" && r.cfg.Mode == Upsert {
		t.known, t.planned, t.cost, t.sentAt = false, false, 0, time.Time{}
		t.result.UserID, t.result.Made, t.result.UpdatedAt = "", false, time.Time{}
		r.requeue(t, now)
		return
	}
	r.reject(t, "user_missing", "")
}

// again sends the request once more, unless the row has had its attempts. e is
// why; nil where a look-up has shown that a create was not processed.
func (r *run) again(t *task, now time.Time, e *Error) {
	unharmed := e != nil && (e.Fault == NotDoneFault || e.Fault == StopFault) // it burns no attempt
	switch {
	case unharmed:
	case t.result.Attempts >= r.cfg.TotalAttempts:
		r.exhaust(t)
		return
	case t.attempts >= r.cfg.MaxAttempts:
		r.giveUp(t)
		return
	}
	t.due = time.Time{}
	if e != nil && (e.Environment || e.Fault == TransientFault || t.refusals > refusalsMost) {
		t.wait(now)
	}
	r.requeue(t, now)
}

// retryCost is what it takes of the budget to send a request again that failed
// so.
func (e *Error) retryCost() int {
	switch {
	case e.Fault == NotDoneFault || e.Fault == StopFault:
		return 0
	case errors.Is(e, os.ErrDeadlineExceeded):
		return timeoutCost
	default:
		return retryCost
	}
}

// requeue queues a task for its next step, or gives it back where the run is
// stopping.
func (r *run) requeue(t *task, now time.Time) {
	if r.stopping != nil {
		r.release(t)
		return
	}
	r.queue(t, now)
}
