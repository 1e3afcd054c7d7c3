package migrate

import (
	"fmt"
	"time"
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

// outcome ends the task with a state for the ledger.
func (r *run) outcome(t *task, state State) {
	t.result.State, t.result.At = state, r.cfg.Now()
	if state.Good() && t.result.Code != ConfirmedCode {
		t.result.Code, t.result.Field, t.result.Message = "", "", ""
	}
	if state.Good() && len(t.plan.Warnings) > 0 {
		r.cfg.Warn(t.plan.Warnings)
	}
	if text, ok := catalogue[t.result.Code]; ok && t.result.Message == "" {
		t.result.Message = text.meaning + "; " + text.fix
	}
	if state == Updated || state == Unchanged {
		for _, name := range t.plan.Left {
			r.summary.Left.Add(name)
		}
	}
	if len(r.commits) == 0 {
		r.since = time.Now()
	}
	r.commits = append(r.commits, t.result)
	if stop := r.escalation.observe(t.result, t.attempts > 0); stop != nil {
		r.stop(stop)
	}
	r.done(t)
}

// done ends the run's work for a row.
func (r *run) done(t *task) {
	t.done = true
	r.tasks--
	r.leaveLane(t)
}

// reject ends the task with a rejection of ours.
func (r *run) reject(t *task, code, field string) {
	t.result.Code, t.result.Field, t.result.Message = code, field, ""
	r.outcome(t, Rejected)
}

// release gives a task back that this run does no more about.
func (r *run) release(t *task) {
	switch {
	case t.done:
	case t.unsure || t.exists != nil:
		r.outcome(t, Ambiguous)
	case t.claimed:
		r.giveUp(t)
	default: // what the ledger holds of it, if anything, is still right
		r.done(t)
	}
}

// giveUp leaves a row for the next run. An update that may have been made is
// noted as of its first request: what the user did since is not to be undone.
func (r *run) giveUp(t *task) {
	if t.sentAt.IsZero() {
		r.outcome(t, Retry)
		return
	}
	t.result.SentAt = t.sentAt
	r.outcome(t, Ambiguous)
}

// exhaust ends a row that has had all the requests that it gets. It is known by
// now that a create was not processed; of an update that may have been, the
// next run can tell.
func (r *run) exhaust(t *task) {
	if !t.sentAt.IsZero() {
		r.giveUp(t)
		return
	}
	last := t.result.Code
	text := catalogue[exhaustedCode]
	t.result.Code, t.result.Field = exhaustedCode, ""
	t.result.Message = fmt.Sprintf("%s (the last: %s); %s", text.meaning, last, text.fix)
	r.outcome(t, Rejected)
}
