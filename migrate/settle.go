package migrate

import (
	"context"
	"time"
)

// Settle looks up the creates whose outcome the ledger does not know, as Run
// does, but without their rows: before the input that held them is replaced by
// another one. Nothing is created or updated. It uses of cfg API, Ledger, Now
// and Settle.
//
// A create that was not processed becomes a row to be tried again. One that may
// be somebody else's user, since nobody looked before it was sent, as in
// CreateOnlyMode, stays as it is: it takes the row to tell. Settle returns how many
// creates were looked up, and the context's error, the ledger's or an *Error.
func Settle(ctx context.Context, cfg Config) (int, error) {
	cfg = cfg.withDefaults()
	unfinished, err := cfg.Ledger.Unfinished(ctx)
	if err != nil {
		return 0, err
	}
	var creates []Result
	var due time.Time
	for _, r := range unfinished {
		if r.Open() {
			creates = append(creates, r)
			if at := settled(r.SentAt, cfg); at.After(due) {
				due = at
			}
		}
	}
	for done := 0; done < len(creates); done += MaxLookUp {
		if err := waitUntil(ctx, cfg.Now(), due); err != nil {
			return done, err
		}
		if err := settleBatch(ctx, cfg, creates[done:min(done+MaxLookUp, len(creates))]); err != nil {
			return done, err
		}
	}
	return len(creates), nil
}

func waitUntil(ctx context.Context, now, due time.Time) error {
	timer := time.NewTimer(max(0, due.Sub(now)))
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// settleBatch looks up at most MaxLookUp creates.
func settleBatch(ctx context.Context, cfg Config, batch []Result) error {
	ids := make([]string, len(batch))
	for i := range batch {
		ids[i] = batch[i].Key
	}
	accounts, err := cfg.API.LookUp(ctx, ids)
	if err != nil {
		return err
	}
	found := accountsBy(accounts, externalIDOf)
	now := cfg.Now()
	for i := range batch {
		r := &batch[i]
		account := found[r.Key]
		switch {
		case account == nil: // who has the id later, has it from us: the list may lag behind
			r.State, r.PreAbsent, r.Attempts = Retry, true, max(1, r.Attempts)
		case r.PreAbsent || r.Generated:
			r.State, r.UserID, r.Made, r.Reconciled = Created, account.ID, true, true
			r.UpdatedAt = account.UpdatedAt
			r.Code, r.Field, r.Message = "", "", ""
		default:
			r.State = Ambiguous
		}
		r.At = now
	}
	return cfg.Ledger.Commit(ctx, batch)
}
