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

	// Stop, once closed, ends the run softly: nothing new is sent, requests
	// that have been sent are waited for, the rest is given back.
	Stop <-chan struct{}
	// Drain is called once when the run begins to stop. It makes requests
	// that still wait for their turn return with NotDoneFault.
	Drain func()

	Concurrency func() int       // requests in flight; default 16
	Observe     func(Result)     // every outcome, once it is durable; from one goroutine
	Warn        func([]Problem)  // problems that only a run meets; from the same goroutine
	Now         func() time.Time // default time.Now

	// Settle is how long a create without an answer is left alone before it
	// is looked up: longer than a request can take, so that Clerk is not still
	// working on it. Default 60 s.
	Settle time.Duration
	// UpdateDeadline is how old the intent of an update may be for it to be
	// sent again by a later run without looking: the user may have changed
	// meanwhile. Default 10 minutes.
	UpdateDeadline time.Duration
	MaxAttempts    int           // requests for one row in one run; default 5
	MaxOutage      time.Duration // how long Clerk may be away; default 15 minutes
	MaxRejects     *int64        // rows that Clerk may reject in this run; nil = any number
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
	if d.Now == nil {
		d.Now = time.Now
	}
	setDefault(&d.Settle, time.Minute)
	setDefault(&d.UpdateDeadline, 10*time.Minute)
	setDefault(&d.MaxAttempts, 5)
	setDefault(&d.MaxOutage, 15*time.Minute)
	return d
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
	// StopRejects: so many rows are rejected that something systematic is wrong.
	StopRejects StopReason = "rejects"
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
}

// Run sends every row of cfg.Users whose state is not final, and returns when
// each has an outcome in the ledger.
//
// No create leaves before its intent is durable. A create without an answer
// is looked up by its external id after cfg.Settle, also where an earlier run
// sent it; only when it is absent is it sent again. Updates are idempotent and
// are sent again at once. Rows that stay without an outcome after
// cfg.MaxAttempts are left for the next run.
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
	r.goLookUp = func(batch []*task) { g.Go(func() error { r.lookUp(ctx, batch); return nil }) }
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
	return nil
}

// feed reads the users and hands over a task for each that is not done.
func (r *run) feed(ctx context.Context) {
	defer close(r.fed)
	for user, err := range r.cfg.Users {
		if err != nil {
			if ctx.Err() == nil {
				r.feedErr = err // read after fed is closed
			}
			return
		}
		if i := user.Row - 1; i < int64(len(r.states)) && r.states[i].Final() {
			continue
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
	if u.ExternalID == nil && u.UserID == "" && r.cfg.Mode != UpdateOnlyMode {
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

// isStop reports whether an error is one after which nothing more may be sent.
func isStop(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Fault == StopFault
}
