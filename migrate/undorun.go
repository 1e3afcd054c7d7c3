package migrate

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// undoBatches are on their way at a time: while the last requests of one
	// are answered, the next has been looked at. More would be seen too early.
	undoBatches = 2
	// undoGroup is how many outcomes are committed at a time.
	undoGroup = 25
)

// An UndoConfig is what an undo needs. All but Stop, Observe, Concurrency and
// Now must be set.
type UndoConfig struct {
	API    UndoAPI
	Ledger UndoLedger
	// Open returns the changes that were sealed for a user, or an error where
	// another secret key has sealed them.
	Open func(userID string, sealed []byte) (KeptChanges, error)

	// Survey says to look only: items are judged and given to Observe with the
	// state that they would end in; nothing is sent but reads, and nothing is
	// committed.
	Survey bool

	Stop        <-chan struct{}  // closed: begin nothing new, and return
	Observe     func(UndoItem)   // called for each outcome, one at a time, once it is durable
	Concurrency func() int       // requests in flight; default 16
	Now         func() time.Time // the wall clock; default time.Now
}

// Undo takes every item of the ledger back that has no outcome, in the order of
// their ids, and returns when each has one.
//
// Users are looked at again just before: 100 ids a request, a few batches ahead
// of the requests. One who has signed in by then is spared. An intent is durable
// before its request leaves; an item that an earlier undo has sent is judged by
// what the user is now, so nothing is done twice.
//
// The error is a *StopError where it ended before its time; what was done is in
// the ledger, and another Undo goes on.
func Undo(ctx context.Context, cfg UndoConfig) error {
	if cfg.Observe == nil {
		cfg.Observe = func(UndoItem) {}
	}
	if cfg.Concurrency == nil {
		cfg.Concurrency = func() int { return 16 }
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	u := &undo{cfg: cfg}
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(undoBatches)
	after := int64(0)
	for working.Err() == nil && !u.stopped() {
		items, err := cfg.Ledger.UndoItems(working, after, MaxLookUp)
		if err != nil {
			g.Go(func() error { return &StopError{StopLedger, err} })
			break
		}
		if len(items) == 0 {
			break
		}
		after = items[len(items)-1].ID
		g.Go(func() error { return caught(func() error { return u.batch(working, items) }) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if u.stopped() {
		return &StopError{Reason: StopAsked}
	}
	if err := context.Cause(ctx); err != nil {
		return &StopError{StopAsked, err}
	}
	return nil
}

// caught calls f, and makes an error of a panic, which is a bug of ours.
func caught(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &StopError{StopBug, bug(NotDoneFault, "undo", p)}
		}
	}()
	return f()
}

// An undo is the state of Undo.
type undo struct {
	cfg UndoConfig

	mu       sync.Mutex // guards what follows, and the calls of Observe
	outcomes []UndoItem // to be committed
}

func (u *undo) stopped() bool {
	select {
	case <-u.cfg.Stop:
		return true
	default:
		return false
	}
}

// An undoStep is an item and what is sent for it.
type undoStep struct {
	item   UndoItem
	before UndoState
	fields FieldValues
}

// batch looks at the users of some items, and does what is to be done.
func (u *undo) batch(ctx context.Context, items []UndoItem) error {
	accounts, err := u.look(ctx, items)
	switch {
	case err != nil && u.stopped(): // others may be waiting for answers
		return nil
	case err != nil:
		return undoStop(ctx, err)
	}
	var steps []undoStep
	var done, intents []UndoItem
	for _, item := range items {
		before := item.State
		fields := item.judge(accounts[item.UserID], u.cfg.Open)
		item.At = u.cfg.Now()
		if item.State.Final() {
			done = append(done, item)
			continue
		}
		item.Fields.Given = slices.Sorted(maps.Keys(fields))
		steps = append(steps, undoStep{item, before, fields})
		intents = append(intents, item)
	}
	if u.cfg.Survey {
		for i := range intents {
			intents[i].State = intents[i].aim()
		}
		u.observe(append(done, intents...))
		return nil
	}
	if err := u.commit(ctx, done, intents); err != nil {
		return err
	}
	return u.carryOut(ctx, steps)
}

// aim is the state that a request for the item is to bring it to.
func (i *UndoItem) aim() UndoState {
	if i.Action == UndoCreate {
		return UndoDeleted
	}
	return UndoRestored
}

// look returns the users of some items by their ids. The list may lag behind:
// one that it does not show is asked for by itself before it counts as gone.
func (u *undo) look(ctx context.Context, items []UndoItem) (map[string]*Account, error) {
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].UserID
	}
	found, err := u.cfg.API.LookUpUsers(ctx, ids)
	if err != nil {
		return nil, err
	}
	accounts := make(map[string]*Account, len(found))
	for i := range found {
		accounts[found[i].ID] = &found[i]
	}
	for _, id := range ids {
		if accounts[id] != nil {
			continue
		}
		account, err := u.cfg.API.User(ctx, id)
		var e *Error
		switch {
		case err == nil:
			accounts[id] = account
		case !errors.As(err, &e) || e.Fault != MissingFault:
			return nil, err
		}
	}
	return accounts, nil
}

// carryOut sends what the steps of a batch need, some at a time.
func (u *undo) carryOut(ctx context.Context, steps []undoStep) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, (u.cfg.Concurrency()+undoBatches-1)/undoBatches))
	for _, step := range steps {
		g.Go(func() error { return caught(func() error { return u.one(ctx, step) }) })
	}
	err := g.Wait()
	return errors.Join(err, u.flush(ctx))
}

// one carries a step out.
func (u *undo) one(ctx context.Context, step undoStep) error {
	if u.stopped() || ctx.Err() != nil {
		return u.back(ctx, step)
	}
	item, err := u.send(ctx, step)
	switch {
	case err == nil:
		item.At = u.cfg.Now()
		return u.add(ctx, item)
	case u.stopped() && notDone(err):
		return u.back(ctx, step)
	case notDone(err):
		return errors.Join(undoStop(ctx, err), u.back(ctx, step))
	default:
		return undoStop(ctx, err)
	}
}

// back gives an item back that was not sent.
func (u *undo) back(ctx context.Context, step undoStep) error {
	step.item.State = step.before
	if step.before == UndoWaiting {
		step.item.Fields = UndoFields{}
	}
	return u.add(ctx, step.item)
}

// notDone reports whether a request was provably not processed.
func notDone(err error) bool {
	var e *Error
	return errors.As(err, &e) && (e.Fault == NotDoneFault || e.Fault == StopFault)
}

// send makes the request of a step. An error is one that ends the undo.
func (u *undo) send(ctx context.Context, step undoStep) (UndoItem, error) {
	item := step.item
	var account *Account
	var err error
	if item.Action == UndoCreate {
		err = u.cfg.API.DeleteUser(ctx, item.UserID)
	} else {
		account, err = u.cfg.API.RestoreUser(ctx, item.UserID, step.fields)
	}
	var e *Error
	switch {
	case err == nil:
		item.State = item.aim()
		if account != nil {
			item.Fields.Kept = step.fields.Missed(account)
			item.Fields.Given = slices.DeleteFunc(item.Fields.Given, func(name string) bool { return slices.Contains(item.Fields.Kept, name) })
		}
		if item.Action == UndoUpdate && len(item.Fields.Given) == 0 {
			item.State = UndoLost
		}
		return item, nil
	case !errors.As(err, &e):
		return item, err
	case e.Fault == MissingFault && item.Action == UndoCreate:
		item.State = UndoDeleted // by this request, or one before whose answer did not come
		return item, nil
	case e.Fault == MissingFault:
		item.State = UndoMissing
		return item, nil
	case e.Fault == RefusedFault, e.Fault == ExistsFault, e.Fault == TransientFault && e.Status >= 400 && e.Status < 500:
		item.State, item.Fields = UndoFailed, UndoFields{}
		item.Status, item.Code, item.TraceID = e.Status, e.Code(), e.TraceID
		return item, nil
	default:
		return item, err
	}
}

// add takes an outcome, or an item that is given back, to be committed.
func (u *undo) add(ctx context.Context, item UndoItem) error {
	u.mu.Lock()
	u.outcomes = append(u.outcomes, item)
	enough := len(u.outcomes) >= undoGroup
	u.mu.Unlock()
	if enough {
		return u.flush(ctx)
	}
	return nil
}

// flush commits the outcomes so far.
func (u *undo) flush(ctx context.Context) error {
	u.mu.Lock()
	items := u.outcomes
	u.outcomes = nil
	u.mu.Unlock()
	return u.commit(ctx, items, nil)
}

// commit stores outcomes and intents, and tells of the outcomes.
func (u *undo) commit(ctx context.Context, outcomes, intents []UndoItem) error {
	all := append(slices.Clone(outcomes), intents...)
	if len(all) == 0 {
		return nil
	}
	if err := u.cfg.Ledger.CommitUndo(context.WithoutCancel(ctx), all); err != nil {
		return &StopError{StopLedger, err}
	}
	u.observe(outcomes)
	return nil
}

func (u *undo) observe(items []UndoItem) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, item := range items {
		if item.State.Final() {
			u.cfg.Observe(item)
		}
	}
}

// undoStop says why an undo ends that met an error.
func undoStop(ctx context.Context, err error) *StopError {
	var e *Error
	switch {
	case context.Cause(ctx) != nil, !errors.As(err, &e):
		return &StopError{StopAsked, err}
	case errors.Is(e, errBug):
		return &StopError{StopBug, err}
	case e.Fault == MixedFault:
		return &StopError{StopMixed, err}
	case e.Fault == StopFault, e.Fault == RefusedFault, e.Fault == MissingFault:
		return &StopError{StopRefused, err}
	case e.Status == 429:
		return &StopError{StopLimited, err}
	default:
		return &StopError{StopOutage, err}
	}
}
