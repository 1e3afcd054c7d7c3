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

	tookUp  bool // an earlier run began with it
	claimed bool // this run has written an intent for it
	planned bool // plan is decided
	plan    Plan
	result  Result

	// unsure says that a create of this row may have been processed: it is
	// looked up before anything is sent or given up.
	unsure bool
	// wasUnsure says that a look-up did not find what such a create made, so
	// that it was sent again: the list may have lagged behind.
	wasUnsure bool
	// stale says that an earlier run sent a create of another version of the
	// row: a user that is found may be of that one, and is then still to be
	// brought to this one.
	stale bool
	// known says that an earlier version of the row was brought to the user
	// that the plan updates, whoever has its external id today.
	known bool
	// exists says that Clerk answered a create with "exists".
	exists *Error
	looks  int // look-ups made since unsure or exists
	// confirm says that an update of an earlier run is too old to be sent
	// again without looking whether the user changed since.
	confirm bool

	due   time.Time // not before; zero for at once
	delay *backoff.ExponentialBackOff

	// What the last request or look-up gave.
	account *Account
	err     error
}

// takeUp goes on where an earlier run left the row.
func (t *task) takeUp(prior Result, cfg Config) {
	maybeSent := prior.State == InFlight || prior.Attempts > 0
	changed := prior.Hash != t.hash && prior.Hash != ([16]byte{})
	prior.Line, prior.Key, prior.Generated = t.result.Line, t.result.Key, t.result.Generated
	t.result = prior
	t.result.Attempts = 0 // attempts are counted for a run
	t.tookUp = true
	t.stale = changed && prior.Action == Create
	switch {
	case prior.Open():
		t.unsure = true
		t.planned = true
		t.plan = Plan{Action: Create, PreAbsent: prior.PreAbsent}
		t.due = settled(prior.SentAt, cfg)
		return
	case prior.Action == Update && prior.UserID != "" && (prior.Made || changed):
		t.known, t.planned = true, true
		t.plan = Plan{Action: Update, UserID: prior.UserID}
	}
	switch {
	case prior.Action != Update || prior.UserID == "" || !maybeSent:
	case changed: // what it held before must not arrive behind what it holds now
		t.due = settled(prior.SentAt, cfg)
	case cfg.Now().Sub(prior.SentAt) > cfg.UpdateDeadline:
		t.confirm = true
	}
}

// settled is when a request of an earlier run can no longer be under way.
func settled(sentAt time.Time, cfg Config) time.Time {
	return earliest(cfg.Now(), sentAt.Add(longestTurn)).Add(cfg.Settle)
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

// needsLookUp reports whether the next step is a look-up.
func (t *task) needsLookUp(mode Mode) bool {
	switch {
	case t.unsure, t.exists != nil, t.confirm:
		return true
	case t.planned, t.generated:
		return false
	default:
		return NeedsLookUp(mode, t.user)
	}
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
