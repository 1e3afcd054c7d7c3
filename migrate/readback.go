package migrate

import (
	"context"
	"iter"
	"time"

	"golang.org/x/sync/errgroup"
)

// LookUps is what reading users back needs of Clerk. Both return the users that
// have one of the ids, in as many requests as at most MaxLookUp ids each take;
// an id without a user is simply not among them.
type LookUps interface {
	LookUp(ctx context.Context, externalIDs []string) ([]Account, error)
	LookUpUsers(ctx context.Context, userIDs []string) ([]Account, error)
}

// A Wanted is a row whose user is to be read back.
type Wanted struct {
	User *User // nil where there is no row any more
	// Result is what a ledger knows of it, the zero value where there is none.
	Result Result
	Policy Policy // what its update was to do with what was there
}

// userID is Clerk's id, where it is known.
func (w *Wanted) userID() string {
	if w.Result.UserID != "" || w.User == nil {
		return w.Result.UserID
	}
	return w.User.UserID
}

// A ReadBack is what Clerk shows of a row.
type ReadBack struct {
	Wanted
	Account *Account // nil where there is no such user
	Comparison

	// WrittenAt is when the row was last written, by Clerk's clock, or by that of
	// the machine that wrote it where OwnClock; zero where nobody knows, or
	// nothing was written.
	WrittenAt time.Time
	OwnClock  bool
	// Since says that the account has changed after that, so that a deviation
	// need not be one of the migration.
	Since bool
}

// readBacksMost is how many look-ups of users to be read back are in flight. An
// answer holds up to a hundred whole users.
const readBacksMost = 8

// ReadBackAll looks up the users of rows, MaxLookUp a request, compares each with
// its row, and calls visit for them in the order of the rows. Where a ledger
// knows Clerk's id they are looked up by that, else by the row's own ids; a row
// with neither has no account.
//
// It holds a few hundred rows at a time. It ends with the first error: of the
// rows, of a look-up, of visit or of the context.
func ReadBackAll(ctx context.Context, api LookUps, rows iter.Seq2[Wanted, error], visit func(*ReadBack) error) error {
	g, ctx := errgroup.WithContext(ctx)
	queue := make(chan *readBatch, readBacksMost-1) // in the order of the rows
	g.Go(func() error {
		defer close(queue)
		return fillBatches(ctx, rows, func(b *readBatch) error {
			select {
			case queue <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
			g.Go(func() error {
				defer close(b.done)
				b.lookUp(ctx, api)
				return nil // whoever takes the batch from the queue tells, when its turn comes
			})
			return nil
		})
	})
	g.Go(func() error {
		for b := range queue {
			if err := b.visit(ctx, visit); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// A readBatch is rows that are looked up together.
type readBatch struct {
	rows        []Wanted
	ids         []string // of Clerk
	externalIDs []string

	done               chan struct{} // closed when what follows is known
	byID, byExternalID map[string]*Account
	err                error
}

// fillBatches gathers rows until the ids of one kind fill a request, so that
// every request but the last asks for as many as it can.
func fillBatches(ctx context.Context, rows iter.Seq2[Wanted, error], start func(*readBatch) error) error {
	b := newReadBatch()
	for w, err := range rows {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if b.add(w); len(b.ids) < MaxLookUp && len(b.externalIDs) < MaxLookUp && len(b.rows) < 2*MaxLookUp {
			continue
		}
		if err := start(b); err != nil {
			return err
		}
		b = newReadBatch()
	}
	if len(b.rows) == 0 {
		return nil
	}
	return start(b)
}

func newReadBatch() *readBatch { return &readBatch{done: make(chan struct{})} }

func (b *readBatch) add(w Wanted) {
	b.rows = append(b.rows, w)
	if id := w.userID(); id != "" {
		b.ids = append(b.ids, id)
	} else if w.User != nil && w.User.ExternalID != nil {
		b.externalIDs = append(b.externalIDs, *w.User.ExternalID)
	}
}

func (b *readBatch) lookUp(ctx context.Context, api LookUps) {
	if b.byID, b.err = foundBy(ctx, api.LookUpUsers, b.ids, idOf); b.err == nil {
		b.byExternalID, b.err = foundBy(ctx, api.LookUp, b.externalIDs, externalIDOf)
	}
}

// visit waits for what Clerk shows, and hands it on.
func (b *readBatch) visit(ctx context.Context, visit func(*ReadBack) error) error {
	select {
	case <-b.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if b.err != nil {
		return b.err
	}
	for i := range b.rows {
		if err := visit(b.readBack(&b.rows[i])); err != nil {
			return err
		}
	}
	return nil
}

func (b *readBatch) readBack(w *Wanted) *ReadBack {
	r := &ReadBack{Wanted: *w}
	if id := w.userID(); id != "" {
		r.Account = b.byID[id]
	} else if w.User != nil && w.User.ExternalID != nil {
		r.Account = b.byExternalID[*w.User.ExternalID]
	}
	by := UnknownWriting
	if w.Result.State != Pending {
		by = w.Result.Writing()
		r.judge()
	}
	if r.Account != nil && w.User != nil {
		r.Comparison = Compare(w.User, r.Account, by, w.Policy)
	}
	return r
}

// judge tells whether the account has changed since the row was written. Where
// nothing was written, as the account was what the row says, only a later change
// can have made it differ. An update that counts as made, since its user had
// changed by then, was sent before that change.
func (r *ReadBack) judge() {
	switch {
	case r.Result.Action == NoAction:
		r.Since = true
		return
	case r.Result.Code == ConfirmedCode && r.Result.UpdatedAt.IsZero():
		r.WrittenAt, r.OwnClock = r.Result.SentAt, true
	case r.Result.Code == ConfirmedCode:
		r.WrittenAt, r.OwnClock = r.Result.UpdatedAt, true
	case r.Result.UpdatedAt.IsZero():
		r.WrittenAt, r.OwnClock = r.Result.At, true
	default:
		r.WrittenAt = r.Result.UpdatedAt
	}
	r.Since = r.Account != nil && r.Account.UpdatedAt.After(r.WrittenAt)
}

// Code returns what was found of a deviation.
func (r *ReadBack) Code(d *Deviation) string {
	switch {
	case d.Beyond:
		return BeyondCode
	case r.Since:
		return ChangedSinceCode
	default:
		return DiffersCode
	}
}
