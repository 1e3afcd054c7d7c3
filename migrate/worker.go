package migrate

import (
	"context"
	"errors"
	"fmt"
)

// work sends tasks until there are none left.
func (r *run) work(ctx context.Context) {
	for t := range r.toSend {
		r.send(ctx, t)
		r.sent <- t
	}
}

// send makes the request of one task. A panic is a bug of ours: it stops the
// run instead of becoming ten thousand of them.
func (r *run) send(ctx context.Context, t *task) {
	defer func() {
		if p := recover(); p != nil {
			t.err = bug(t.plan.Action, p)
		}
	}()
	start := r.cfg.Now()
	if t.plan.Action == Create {
		t.account, t.err = r.cfg.API.CreateUser(ctx, t.user.CreateRequest())
	} else {
		t.account, t.err = r.cfg.API.UpdateUser(ctx, t.plan.UserID, t.user.UpdateRequest())
	}
	t.result.Took = r.cfg.Now().Sub(start)
}

// errBug marks a panic. Its text is a type only: a value may be a secret.
var errBug = errors.New("internal error")

func bug(action Action, p any) error {
	fault := AmbiguousFault
	if action != Create {
		fault = TransientFault
	}
	return &Error{Fault: fault, Op: action.String(), Err: fmt.Errorf("%w: panic of type %T", errBug, p)}
}

// lookUp asks Clerk which of the tasks' users exist, and hands the tasks back.
func (r *run) lookUp(ctx context.Context, batch []*task) {
	defer func() { r.looked <- batch }()
	var users []*User
	for _, t := range batch {
		t.account, t.err = nil, nil
		if t.user.UserID == "" && t.user.ExternalID != nil {
			users = append(users, t.user)
		}
	}
	var byID map[string]*Account
	var err error
	if len(users) > 0 {
		byID, err = lookUpUsers(ctx, r.cfg.API, users)
	}
	if err != nil {
		batch[0].err = err
		return
	}
	for _, t := range batch {
		switch {
		case t.user.UserID != "":
			if t.account, err = r.user(ctx, t.user.UserID); err != nil {
				batch[0].err = err
				return
			}
		case t.user.ExternalID != nil:
			t.account = byID[*t.user.ExternalID]
		}
	}
}

// user returns the account of a Clerk id, nil where there is none. Only rows
// that name a user and were in flight for long are looked up by it.
func (r *run) user(ctx context.Context, userID string) (*Account, error) {
	account, err := r.cfg.API.User(ctx, userID)
	var e *Error
	if errors.As(err, &e) && e.Fault == MissingFault {
		return nil, nil
	}
	return account, err
}
