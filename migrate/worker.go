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
		request := t.plan.UpdateRequest(t.user)
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
	var external, own []string // ids
	for _, t := range batch {
		t.account, t.err = nil, nil
		switch id := t.lookUpID(r.cfg.SeeAll); {
		case id != "" && r.cfg.SeeAll:
			own = append(own, id)
		case id == "" && t.user.ExternalID != nil:
			external = append(external, *t.user.ExternalID)
		}
	}
	byExternal, failed := foundBy(ctx, r.cfg.API.LookUp, external, externalIDOf)
	var byOwn map[string]*Account
	if failed == nil {
		byOwn, failed = foundBy(ctx, r.cfg.API.LookUpUsers, own, idOf)
	}
	for _, t := range batch {
		switch id := t.lookUpID(r.cfg.SeeAll); {
		case failed != nil:
			t.err = failed
		case id != "" && r.cfg.SeeAll:
			t.account = byOwn[id]
		case id != "":
			t.account, t.err = r.user(ctx, id)
			failed = t.err
		case t.user.ExternalID != nil:
			t.account = byExternal[*t.user.ExternalID]
		}
	}
}

// user returns the account of a Clerk id, nil where there is none. Where not all
// users are to be seen, only rows that name theirs and were in flight for long are looked up by it.
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
