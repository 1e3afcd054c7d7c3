package migrate

import (
	"cmp"
	"context"
	"iter"

	"golang.org/x/sync/errgroup"
)

// A Visit takes the plan of a row, and the account that it was made by, nil
// where none was found or looked for.
type Visit func(u *User, plan Plan, found *Account)

// Preview asks Clerk which users exist and tells visit the plan of each row:
// what Run would do, found with reads only. visit is called by one goroutine
// at a time, in the order of the rows. It uses of cfg Mode, Policy, SeeAll, API
// and Users.
//
// Plans of rows that name a user by user_id are not looked up where Run would
// not: whether that user exists is only known when it is sent.
func Preview(parent context.Context, cfg Config, visit Visit) error {
	cfg.SeeAll = cfg.seesAll()
	g, ctx := errgroup.WithContext(parent)
	g.SetLimit(lookUpsMost)
	before := make(chan struct{}) // closed when the part before has been visited
	close(before)
	for part, err := range parts(cfg.Users, cfg.SeeAll) {
		switch {
		case err != nil:
			_ = g.Wait()
			return err
		case ctx.Err() != nil:
			return cmp.Or(g.Wait(), parent.Err())
		}
		previous, done := before, make(chan struct{})
		before = done
		g.Go(func() error {
			found, err := previewed(ctx, cfg, part)
			if err != nil {
				return err
			}
			select {
			case <-previous:
			case <-ctx.Done():
				return ctx.Err()
			}
			for i, u := range part {
				visit(u, Decide(cfg.Mode, cfg.Policy, u, found[i], u.UserID == "" && u.ExternalID != nil || u.UserID != "" && cfg.SeeAll), found[i])
			}
			close(done)
			return nil
		})
	}
	return g.Wait()
}

// partMost is how many rows are planned together at the most.
const partMost = 10 * MaxLookUp

// parts cuts the users into parts that one look-up is enough for.
func parts(users iter.Seq2[*User, error], seeAll bool) iter.Seq2[[]*User, error] {
	return func(yield func([]*User, error) bool) {
		var part []*User
		external, own := 0, 0
		for u, err := range users {
			if err != nil {
				yield(nil, err)
				return
			}
			part = append(part, u)
			switch {
			case u.UserID != "" && seeAll:
				own++
			case u.UserID == "" && u.ExternalID != nil:
				external++
			}
			if external == MaxLookUp || own == MaxLookUp || len(part) == partMost {
				if !yield(part, nil) {
					return
				}
				part, external, own = nil, 0, 0
			}
		}
		if len(part) > 0 {
			yield(part, nil)
		}
	}
}

// previewed returns the accounts of a part's users, nil for those that were not
// found or looked for.
func previewed(ctx context.Context, cfg Config, part []*User) ([]*Account, error) {
	var external, own []string
	for _, u := range part {
		switch {
		case u.UserID != "" && cfg.SeeAll:
			own = append(own, u.UserID)
		case u.UserID == "" && u.ExternalID != nil:
			external = append(external, *u.ExternalID)
		}
	}
	byExternal, err := foundBy(ctx, cfg.API.LookUp, external, externalIDOf)
	if err != nil {
		return nil, err
	}
	byOwn, err := foundBy(ctx, cfg.API.LookUpUsers, own, idOf)
	if err != nil {
		return nil, err
	}
	found := make([]*Account, len(part))
	for i, u := range part {
		switch {
		case u.UserID != "":
			found[i] = byOwn[u.UserID]
		case u.ExternalID != nil:
			found[i] = byExternal[*u.ExternalID]
		}
	}
	return found, nil
}

func externalIDOf(a *Account) string { return a.ExternalID }
func idOf(a *Account) string         { return a.ID }

// foundBy looks ids up, where there are any, and returns the accounts by them.
func foundBy(ctx context.Context, lookUp func(context.Context, []string) ([]Account, error), ids []string, idOf func(*Account) string) (map[string]*Account, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	accounts, err := lookUp(ctx, ids)
	if err != nil {
		return nil, err
	}
	return accountsBy(accounts, idOf), nil
}

func accountsBy(accounts []Account, idOf func(*Account) string) map[string]*Account {
	found := make(map[string]*Account, len(accounts))
	for i := range accounts {
		found[idOf(&accounts[i])] = &accounts[i]
	}
	return found
}
