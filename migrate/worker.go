package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"
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
	fault := NotDoneFault // until the API is called
	defer func() {
		if p := recover(); p != nil {
			t.err = bug(fault, t.plan.Action.String(), p)
		}
	}()
	start := time.Now()
	if t.plan.Action == Create {
		request := t.user.CreateRequest()
		fault = AmbiguousFault
		t.account, t.err = r.cfg.API.CreateUser(ctx, request)
	} else {
		request := t.user.UpdateRequest()
		fault = TransientFault
		t.account, t.err = r.cfg.API.UpdateUser(ctx, t.plan.UserID, request)
	}
	t.result.Took = time.Since(start)
}

// errBug marks a panic. Its text is a type only: a value may be a secret.
var errBug = errors.New("internal error")

func bug(fault Fault, op string, p any) error {
	return &Error{Fault: fault, Op: op, Err: fmt.Errorf("%w: panic of type %T", errBug, p)}
}

// lookUp asks Clerk which of the tasks' users exist, and hands the tasks back.
func (r *run) lookUp(ctx context.Context, batch []*task) {
	defer func() {
		if p := recover(); p != nil {
			err := bug(NotDoneFault, "look-up", p)
			for _, t := range batch {
				t.err = err
			}
		}
		r.looked <- batch
	}()
	var users []*User
	for _, t := range batch {
		t.account, t.err = nil, nil
		if t.user.UserID == "" && t.user.ExternalID != nil {
			users = append(users, t.user)
		}
	}
	var byID map[string]*Account
	var failed error
	if len(users) > 0 {
		byID, failed = lookUpUsers(ctx, r.cfg.API, users)
	}
	for _, t := range batch {
		switch {
		case failed != nil:
			t.err = failed
		case t.user.UserID != "":
			t.account, t.err = r.user(ctx, t.user.UserID)
			failed = t.err
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

// probe asks whether Clerk answers.
func (r *run) probe(ctx context.Context) {
	var err error
	defer func() {
		if p := recover(); p != nil {
			err = bug(NotDoneFault, "probe", p)
		}
		r.probed <- err
	}()
	err = r.cfg.API.Probe(ctx)
}
