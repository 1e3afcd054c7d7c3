package migrate

import (
	"context"
	"iter"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Preview asks Clerk which users exist and tells visit the plan of each row:
// what Run would do, found with reads only. visit is called by one goroutine
// at a time, not always in the order of the rows.
//
// Plans of rows that name a user by user_id are not looked up: whether that
// user exists is only known when it is sent.
func Preview(ctx context.Context, mode Mode, api API, users iter.Seq2[*User, error], visit func(*User, Plan)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookUpsMost)
	var mu sync.Mutex
	var batch []*User
	flush := func() {
		full := batch
		batch = nil
		g.Go(func() error {
			found, err := lookUpUsers(ctx, api, full)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			for _, u := range full {
				visit(u, Decide(mode, u, found[*u.ExternalID], true))
			}
			return nil
		})
	}
	for u, err := range users {
		switch {
		case err != nil:
			_ = g.Wait()
			return err
		case ctx.Err() != nil:
			return g.Wait()
		case u.UserID != "" || u.ExternalID == nil:
			mu.Lock()
			visit(u, Decide(mode, u, nil, false))
			mu.Unlock()
		default:
			if batch = append(batch, u); len(batch) == MaxLookUp {
				flush()
			}
		}
	}
	if len(batch) > 0 {
		flush()
	}
	return g.Wait()
}

func lookUpUsers(ctx context.Context, api API, users []*User) (map[string]*Account, error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = *u.ExternalID
	}
	accounts, err := api.LookUp(ctx, ids)
	if err != nil {
		return nil, err
	}
	return byExternalID(accounts), nil
}

func byExternalID(accounts []Account) map[string]*Account {
	found := make(map[string]*Account, len(accounts))
	for i := range accounts {
		found[accounts[i].ExternalID] = &accounts[i]
	}
	return found
}
