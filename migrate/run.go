package migrate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"
)

// Config is what a run needs. Mode, API, Ledger and Users are required; the
// zero value of everything else works.
type Config struct {
	Mode   Mode
	API    API
	Ledger Ledger
	Key    HashKey

	// Users yields the rows in order. Rows whose state is final may be left
	// out; those that are yielded are skipped. An error ends the run.
	Users iter.Seq2[*User, error]

	// Policy says what updates do with what is in Clerk already. Any but the
	// zero Policy has every user looked up before it is updated.
	Policy Policy
	// SeeAll has users looked up also where a row names them by their user id,
	// or an earlier run knows it, 100 a request, ahead of the updates.
	SeeAll bool
	// Plan, where it is not nil, is what the run may do: a row of which a look-up
	// shows that it would do anything else is a conflict (plan_changed), and
	// nothing is sent for it. Every row is looked up then.
	Plan *PlanIndex

	// Stop, once closed, ends the run softly: nothing new is sent, requests
	// that have been sent are waited for, the rest is given back.
	Stop <-chan struct{}
	// Drain is called once when the run begins to stop. It makes requests
	// that still wait for their turn return with NotDoneFault.
	Drain func()
	// Recall does the same with the requests that wait at that moment; later
	// ones are not affected. It is called where they would only meet what
	// others have met: an outage, a refused key, a closed gate.
	Recall func()

	Concurrency func() int   // requests in flight; default 16
	Gates       func() int64 // how often Clerk has made every request wait; default 0
	Observe     func(Result) // every outcome, once it is durable; from one goroutine

	// Warn is told what a run has to say about a row that got through all the
	// same, before the commit of its outcome: whoever keeps it with that commit
	// keeps it once. From the same goroutine.
	Warn func([]Problem)

	// Waiting is told why nothing, or little, is sent, when that changes; ""
	// when rows go on as they should. The rate limit's gates are not told: the
	// API knows of those. From the same goroutine.
	Waiting func(why string)

	// Now is the wall clock for what the ledger keeps; default time.Now. What
	// the run waits for goes by the monotonic clock, which is not set.
	Now func() time.Time

	// Reopen holds results of the ledger whose rows are sent again although
	// their state is final. They begin anew, with the attempts of a new row.
	Reopen []Result
	// Reapply sends updates again whose outcome is not known, also where the
	// user has changed since; see UpdateDeadline.
	Reapply bool

	// Keep is called with what an update is about to change of a user that this
	// migration has not made, before the commit of its intent; what it keeps is
	// to be durable with that. It gets what the look-up has shown, or, of a row
	// that the ledger knows, what is written over it; nothing of a user that
	// nobody looked at: those that rows name, unless all are to be seen (SeeAll).
	// nil keeps nothing. Its error ends the run, as one of the ledger does.
	Keep func(userID string, changes KeptChanges) error

	// Settings are those of the instance, where they are known: a row that it
	// would refuse is rejected without a request.
	Settings *Settings

	// Settle is how long a create without an answer is left alone before it
	// is looked up: longer than a request can take, so that Clerk is not still
	// working on it. Default 60 s.
	Settle time.Duration
	// UpdateDeadline is how long after an update that may have been made it is
	// sent again without looking. Later, the user may have changed what it
	// would undo: where the user has changed at all since, the update counts
	// as made (Result.Reconciled, with the code confirmed_by_updated_at).
	// Default 10 minutes.
	UpdateDeadline time.Duration

	MaxAttempts   int           // requests for one row in one run; default 5
	TotalAttempts int           // the same in all runs; then it is rejected; default 8
	UserLimit     int           // updates of one user in 10 s; default 10, which is Clerk's limit
	MaxOutage     time.Duration // how long Clerk may be away; default 15 minutes
	MaxRejects    *int64        // rows that Clerk may reject in this run; nil = any number
}

func (c *Config) withDefaults() Config {
	d := *c
	if d.Concurrency == nil {
		d.Concurrency = func() int { return 16 }
	}
	if d.Observe == nil {
		d.Observe = func(Result) {}
	}
	if d.Warn == nil {
		d.Warn = func([]Problem) {}
	}
	if d.Drain == nil {
		d.Drain = func() {}
	}
	if d.Waiting == nil {
		d.Waiting = func(string) {}
	}
	if d.Recall == nil {
		d.Recall = func() {}
	}
	if d.Gates == nil {
		d.Gates = func() int64 { return 0 }
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	d.SeeAll = c.seesAll()
	setDefault(&d.Settle, time.Minute)
	setDefault(&d.UpdateDeadline, 10*time.Minute)
	setDefault(&d.MaxAttempts, 5)
	setDefault(&d.TotalAttempts, 8)
	setDefault(&d.UserLimit, 10)
	setDefault(&d.MaxOutage, 15*time.Minute)
	return d
}

// seesAll reports whether every user is looked up before it is updated.
func (c *Config) seesAll() bool {
	return c.SeeAll || c.Plan != nil || c.Mode != CreateOnlyMode && c.Policy.sees()
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// A StopReason says why a run ended before its input did.
type StopReason string

const (
	// StopAsked: Config.Stop was closed, or the context ended.
	StopAsked StopReason = "interrupted"
	// StopRefused: Clerk refuses the key, the plan or the quota.
	StopRefused StopReason = "refused"
	// StopOutage: Clerk could not be reached for MaxOutage.
	StopOutage StopReason = "outage"
	// StopLimited: Clerk makes every request wait, again and again.
	StopLimited StopReason = "rate_limited"
	// StopMixed: an answer showed another user than was asked for.
	StopMixed StopReason = "mixed_answers"
	// StopRejects: so many rows are rejected that something systematic is wrong.
	StopRejects StopReason = "rejects"
	// StopCanary: not all of the users can sign in who were sent first.
	StopCanary StopReason = "canary"
	// StopLedger: the ledger cannot be written.
	StopLedger StopReason = "ledger"
	// StopInput: the input cannot be read on.
	StopInput StopReason = "input"
	// StopBug: a part of the program failed.
	StopBug StopReason = "bug"
)

// A StopError says that a run ended before its input did. All that was done
// is in the ledger, and the same run goes on from there.
type StopError struct {
	Reason StopReason
	Err    error // the cause, where there is one
}

// Error implements error.
func (e *StopError) Error() string {
	if e.Err == nil {
		return "stopped: " + string(e.Reason)
	}
	return fmt.Sprintf("stopped: %s: %v", e.Reason, e.Err)
}

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Err }

// A Summary counts the rows that a run brought to a state, by that state.
type Summary struct {
	Counts [NumStates]int64
	// Left counts rows by properties that the policy left as they are in Clerk,
	// and that the rows would have changed.
	Left FieldCounts
}

// Run sends every row of cfg.Users whose state is not final, and returns when
// each has an outcome in the ledger.
//
// No create leaves before its intent is durable. A create without an answer
// is looked up by its external id after cfg.Settle, also where an earlier run
// sent it; only when it is absent is it sent again. Updates are idempotent and
// are sent again at once, but see cfg.UpdateDeadline. Rows that stay without an
// outcome after cfg.MaxAttempts, or that the budget for retries holds back to
// the end, are left for the next run. Rows of one user go one at a time, in the
// order of the input.
//
// While Clerk is away nothing is sent but a probe now and then.
//
// The error is a *StopError where the run ended before its input did; the
// summary is right in either case. When ctx ends, requests in flight are cut
// and their creates are left to be looked up.
func Run(ctx context.Context, cfg Config) (Summary, error) {
	cfg = cfg.withDefaults()
	r := newRun(cfg)
	if err := r.load(ctx); err != nil {
		return Summary{}, &StopError{StopLedger, err}
	}
	feedCtx, stopFeed := context.WithCancel(ctx)
	defer stopFeed()
	g, _ := errgroup.WithContext(ctx)
	g.Go(func() error { r.feed(feedCtx); return nil })
	r.goWorker = func() { g.Go(func() error { r.work(ctx); return nil }) }
	r.goLookUp = func(ctx context.Context, batch []*task) { g.Go(func() error { r.lookUp(ctx, batch); return nil }) }
	r.goProbe = func(ctx context.Context) { g.Go(func() error { r.probe(ctx); return nil }) }
	// The coordinator is this goroutine: the ledger has one writer.
	err := r.coordinate(ctx)
	stopFeed()
	close(r.toSend)
	if waitErr := g.Wait(); err == nil {
		err = waitErr
	}
	return r.summary, err
}

// load reads what earlier runs did.
func (r *run) load(ctx context.Context) error {
	states, err := r.cfg.Ledger.States(ctx)
	if err != nil {
		return err
	}
	unfinished, err := r.cfg.Ledger.Unfinished(ctx)
	if err != nil {
		return err
	}
	r.states = states
	for _, result := range unfinished {
		r.prior[result.Row] = result
	}
	for _, result := range r.cfg.Reopen {
		r.prior[result.Row] = result
	}
	return nil
}

// feed reads the users and hands over a task for each that is not done.
func (r *run) feed(ctx context.Context) {
	defer close(r.fed)
	defer func() {
		if p := recover(); p != nil {
			r.feedErr = bug(NotDoneFault, "read the input", p)
		}
	}()
	for user, err := range r.cfg.Users {
		if err != nil {
			if ctx.Err() == nil {
				r.feedErr = err // read after fed is closed
			}
			return
		}
		if i := user.Row - 1; i < int64(len(r.states)) && r.states[i].Final() {
			if _, again := r.prior[user.Row]; !again {
				continue
			}
		}
		t, err := r.newTask(user)
		if err != nil {
			r.feedErr = err
			return
		}
		select {
		case r.fed <- t:
		case <-ctx.Done():
			return
		}
	}
}

// newTask makes the task of a user, with what an earlier run knew of it.
func (r *run) newTask(u *User) (*task, error) {
	hash, err := r.cfg.Key.Hash(u)
	if err != nil {
		return nil, err
	}
	t := &task{user: u, hash: hash}
	prior, tookUp := r.prior[u.Row]
	if needsID(u, r.cfg.Mode) {
		id := prior.Key // also where the row stood elsewhere when it was made
		if !prior.Generated {
			if id, err = r.cfg.Key.GeneratedID(u); err != nil {
				return nil, err
			}
		}
		u.ExternalID = &id
		t.generated = true
	}
	t.result = Result{Row: u.Row, Line: u.Line, Key: u.Key(), Generated: t.generated}
	if tookUp {
		t.takeUp(prior, r.cfg)
	}
	return t, nil
}

// feedStop is why a run stops whose input cannot be read on.
func feedStop(err error) *StopError {
	if errors.Is(err, errBug) {
		return &StopError{StopBug, err}
	}
	return &StopError{StopInput, err}
}
