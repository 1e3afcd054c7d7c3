package migrate

import (
	"container/heap"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A task is a row on its way: what is to be done next for it, and what came
// of the last step. One goroutine holds it at a time.
type task struct {
	user      *User
	hash      [16]byte // of what the row holds
	generated bool     // its external id is ours: nobody else has it

	claimed bool // this run has written an intent for it
	planned bool // plan is decided
	plan    Plan
	result  Result

	attempts  int // requests of this run that may have been processed
	conflicts int // answers 409
	locks     int // answers 423
	garbled   int // answers that could not be read
	refusals  int // requests that were turned away or not sent
	cost      int // of the retry budget, to be paid before the next request

	// sentAt is when the first request left that may have made this update,
	// by the clock of the ledger; zero for none. sentSince is the same by the
	// monotonic clock, where this run sent it.
	sentAt, sentSince time.Time

	// unsure says that a create of this row may have been processed: it is
	// looked up before anything is sent or given up.
	unsure bool
	// wasUnsure says that such a create was found not to have been processed,
	// by this run or an earlier one, and preAbsent that nobody had the external
	// id by then. The list may have lagged behind.
	wasUnsure, preAbsent bool
	// stale says that an earlier run sent a create of another version of the
	// row: a user that is found may be of that one, and is then still to be
	// brought to this one.
	stale bool
	// known says that an earlier version of the row was brought to the user
	// that the plan updates, whoever has its external id today.
	known bool
	// begun says that an earlier run wrote an intent to update the user of the
	// result: it may be, in whole or in part, as that update makes it.
	begun bool
	// exists says that Clerk answered a create with "exists".
	exists *Error
	looks  int // look-ups made since unsure or exists
	// confirm says that an update that may have been made is too old to be
	// sent again without looking whether the user changed since.
	confirm   bool
	lookFails int

	// kept is the user whose changes by this task have been kept.
	kept string

	lane   string // of its user, once it is in it
	looked bool   // account says who has the external id, if anybody
	inTurn bool   // it can be planned when its turn comes
	done   bool   // this run does no more about it

	due   time.Time // not before; zero for at once
	delay *backoff.ExponentialBackOff

	// The last request or look-up: when it left, and what it gave.
	left    time.Time
	account *Account
	err     error
}

// takeUp goes on where an earlier run left the row. One whose state is final
// begins anew (see Config.Reopen), but it keeps its user.
func (t *task) takeUp(prior Result, cfg Config) {
	maybeSent := prior.State == InFlight || prior.State == Ambiguous
	changed := prior.Hash != t.hash && prior.Hash != ([16]byte{})
	prior.Line, prior.Key, prior.Generated = t.result.Line, t.result.Key, t.result.Generated
	t.result = prior
	t.stale = changed && prior.Action == Create
	t.wasUnsure = prior.Action == Create && prior.Attempts > 0 && (!prior.State.Final() || prior.Code == exhaustedCode)
	t.preAbsent = t.wasUnsure && prior.PreAbsent
	if changed || prior.State.Final() {
		t.result.Attempts, t.result.Status, t.result.Reconciled = 0, 0, false
		t.result.Code, t.result.Field, t.result.Message = "", "", ""
	}
	switch {
	case prior.Open():
		t.unsure = true
		t.planned = true
		t.plan = Plan{Action: Create, PreAbsent: prior.PreAbsent}
		t.due = settledHere(prior.SentAt, cfg)
		return
	case prior.Action == Update && prior.UserID != "" && (prior.Made || changed):
		t.known, t.planned = true, !cfg.SeeAll
		t.plan = Plan{Action: Update, UserID: prior.UserID}
	}
	t.begun = prior.Action == Update && prior.UserID != "" && !changed && !prior.State.Final()
	switch {
	case prior.Action != Update || prior.UserID == "" || !maybeSent:
	case changed: // what it held before must not arrive behind what it holds now
		t.due = settledHere(prior.SentAt, cfg)
	case !cfg.Reapply:
		age := cfg.Now().Sub(prior.SentAt)
		t.sentAt, t.sentSince = prior.SentAt, time.Now().Add(-age)
		// An age below zero is no age: the clock was set back.
		t.confirm = age < 0 || age > cfg.UpdateDeadline || prior.Attempts >= cfg.TotalAttempts
	}
}

// settled is when a request of an earlier run can no longer be under way.
func settled(sentAt time.Time, cfg Config) time.Time {
	return earliest(cfg.Now(), sentAt.Add(longestTurn)).Add(cfg.Settle)
}

// settledHere is settled by the monotonic clock.
func settledHere(sentAt time.Time, cfg Config) time.Time {
	return time.Now().Add(settled(sentAt, cfg).Sub(cfg.Now()))
}

// longestTurn is how long after its intent a request may leave: Clerk may ask
// every request to wait for minutes. An earlier run cannot have sent one after
// this run began.
const longestTurn = 7 * time.Minute

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// tooOld reports whether the task is an update that may have been made, and too
// long ago to be sent again without a look.
func (t *task) tooOld(now time.Time, deadline time.Duration) bool {
	return !t.sentSince.IsZero() && !t.sentAt.IsZero() && now.Sub(t.sentSince) > deadline
}

// needsLookUp reports whether the next step is a look-up.
func (t *task) needsLookUp(cfg *Config) bool {
	switch {
	case t.unsure, t.exists != nil, t.confirm:
		return true
	case t.planned, t.generated && !t.known:
		return false
	case t.known:
		return true
	default:
		return NeedsLookUp(cfg.Mode, cfg.SeeAll, t.user)
	}
}

// lookUpID returns the Clerk id by which the task's user is looked up, "" where
// that is done by its external id.
func (t *task) lookUpID(seeAll bool) string {
	if seeAll && t.known {
		return t.plan.UserID
	}
	return t.user.UserID
}

// wait puts the task off by the next step of its delay sequence: full jitter
// between 0 and 0.5 s, 1 s, 2 s … 30 s.
func (t *task) wait(now time.Time) {
	if t.delay == nil {
		t.delay = &backoff.ExponentialBackOff{
			InitialInterval: 250 * time.Millisecond, Multiplier: 2,
			RandomizationFactor: 1, MaxInterval: 15 * time.Second,
		}
		t.delay.Reset()
	}
	t.due = now.Add(t.delay.NextBackOff())
}

// delayed is a heap of tasks, the next due one first.
type delayed []*task

func (d delayed) Len() int           { return len(d) }
func (d delayed) Less(i, j int) bool { return d[i].due.Before(d[j].due) }
func (d delayed) Swap(i, j int)      { d[i], d[j] = d[j], d[i] }

// Push implements heap.Interface.
func (d *delayed) Push(x any) { *d = append(*d, x.(*task)) }

// Pop implements heap.Interface.
func (d *delayed) Pop() any {
	old := *d
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*d = old[:len(old)-1]
	return last
}

func (d *delayed) put(t *task) { heap.Push(d, t) }

// take returns a task that is due, or nil.
func (d *delayed) take(now time.Time) *task {
	if len(*d) == 0 || (*d)[0].due.After(now) {
		return nil
	}
	return heap.Pop(d).(*task)
}

// next returns when the next task is due; zero for never.
func (d delayed) next() time.Time {
	if len(d) == 0 {
		return time.Time{}
	}
	return d[0].due
}
