package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

const machineSettle = 20 * time.Second

// A machine is a Clerk and a ledger at which anything may happen to any
// request, and the process may end at any moment, as a script of bytes says.
type machine struct {
	*model
	mode   migrate.Mode
	policy migrate.Policy
	seeAll bool
	ledger *migrate.MemoryLedger

	drawing sync.Mutex
	script  []byte
	calm    bool // nothing happens any more
	dead    bool // the process has ended: what it does is not seen

	world sync.Mutex
	users map[string]*migrate.Account
	made  map[string]int
	lag   time.Duration
}

// draw returns a number below n, which the script says; 0 when it is over.
func (c *machine) draw(n int) int {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	if c.calm || len(c.script) == 0 {
		return 0
	}
	b := c.script[0]
	c.script = c.script[1:]
	return int(b) % n
}

// Commit implements migrate.Ledger.
func (c *machine) Commit(ctx context.Context, results []migrate.Result) error {
	if c.gone() {
		return nil
	}
	for _, r := range results {
		c.committed(r)
	}
	return c.ledger.Commit(ctx, results)
}

func (c *machine) States(ctx context.Context) ([]migrate.State, error) { return c.ledger.States(ctx) }

func (c *machine) Unfinished(ctx context.Context) ([]migrate.Result, error) {
	return c.ledger.Unfinished(ctx)
}

func (c *machine) gone() bool {
	c.drawing.Lock()
	defer c.drawing.Unlock()
	return c.dead
}

// under lets a request take its time; false where it was cut meanwhile.
func (c *machine) under(ctx context.Context) bool {
	select {
	case <-time.After(time.Duration(c.draw(40)) * 100 * time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}

// make makes a user, once.
func (c *machine) make(req *migrate.CreateUserRequest) (*migrate.Account, error) {
	c.world.Lock()
	defer c.world.Unlock()
	id := *req.ExternalID
	if c.users[id] != nil {
		return nil, &migrate.Error{Fault: migrate.ExistsFault, Status: 422, Codes: []string{"exists"}, Params: []string{"external_id"}}
	}
	c.made[id]++
	a := &migrate.Account{ID: "user_" + id, ExternalID: id, FirstName: *req.FirstName, Username: *req.Username, UpdatedAt: time.Now()}
	c.users[id] = a
	return a, nil
}

func (c *machine) change(userID string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	c.world.Lock()
	defer c.world.Unlock()
	for _, a := range c.users {
		if a.ID == userID {
			a.FirstName, a.Username, a.UpdatedAt = *req.FirstName, *req.Username, time.Now()
			changed := *a
			return &changed, nil
		}
	}
	return nil, &migrate.Error{Fault: migrate.MissingFault, Status: 404}
}

func machineFault(fault migrate.Fault, status int) error {
	return &migrate.Error{Fault: fault, Status: status, Environment: status == 0 || status >= 500, Codes: []string{fmt.Sprint("code_", status)}}
}

// CreateUser implements migrate.API.
func (c *machine) CreateUser(ctx context.Context, req *migrate.CreateUserRequest) (*migrate.Account, error) {
	if c.gone() {
		return nil, context.Canceled
	}
	key := *req.ExternalID
	c.sent(key, migrate.Create)
	account, err := c.create(req, c.under(ctx))
	c.answered(key, migrate.Create, faultOf(err))
	return account, err
}

// faultOf is the fault of a request's error; 0 of a success.
func faultOf(err error) migrate.Fault {
	var failed *migrate.Error
	if errors.As(err, &failed) {
		return failed.Fault
	}
	return 0
}

func (c *machine) create(req *migrate.CreateUserRequest, whole bool) (*migrate.Account, error) {
	outcome := c.draw(14)
	if !whole {
		outcome = 5 + outcome%3
	}
	if c.mode == migrate.CreateOnlyMode && outcome == 8 {
		outcome = 0 // nobody looked before: the user may be somebody else's
	}
	switch outcome {
	case 1:
		return nil, machineFault(migrate.RefusedFault, 422)
	case 2:
		return nil, machineFault(migrate.NotDoneFault, 429)
	case 3:
		return nil, machineFault(migrate.NotDoneFault, 0)
	case 4:
		return nil, machineFault(migrate.TransientFault, 425)
	case 5:
		return nil, machineFault(migrate.AmbiguousFault, 502)
	case 6:
		_, _ = c.make(req)
		return nil, machineFault(migrate.AmbiguousFault, 0)
	case 7: // it is carried out when nobody waits for it any more, and shows before it is looked up
		late := time.Duration(c.draw(100)) * (machineSettle - c.lag) / 100
		time.AfterFunc(late, func() { _, _ = c.make(req) })
		return nil, machineFault(migrate.AmbiguousFault, 0)
	case 8: // a proxy sends it twice
		_, _ = c.make(req)
		_, err := c.make(req)
		return nil, err
	case 9:
		_, _ = c.make(req)
		return nil, machineFault(migrate.MixedFault, 200)
	case 10:
		return nil, machineFault(migrate.StopFault, 401)
	default:
		return c.make(req)
	}
}

// UpdateUser implements migrate.API.
func (c *machine) UpdateUser(ctx context.Context, userID string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	if c.gone() {
		return nil, context.Canceled
	}
	key := userID[len("user_"):]
	c.sent(key, migrate.Update)
	account, err := c.update(userID, req, c.under(ctx))
	c.answered(key, migrate.Update, faultOf(err))
	return account, err
}

func (c *machine) update(userID string, req *migrate.UpdateUserRequest, whole bool) (*migrate.Account, error) {
	outcome := c.draw(14)
	if !whole {
		outcome = 6 + outcome%2
	}
	switch outcome {
	case 1:
		return nil, machineFault(migrate.RefusedFault, 422)
	case 2:
		return nil, machineFault(migrate.NotDoneFault, 429)
	case 3:
		return nil, machineFault(migrate.NotDoneFault, 0)
	case 4:
		return nil, machineFault(migrate.TransientFault, 409)
	case 5:
		return nil, machineFault(migrate.TransientFault, 423)
	case 6:
		return nil, machineFault(migrate.TransientFault, 0)
	case 7:
		_, _ = c.change(userID, req)
		return nil, machineFault(migrate.TransientFault, 502)
	case 8:
		_, _ = c.change(userID, req)
		return nil, machineFault(migrate.TransientFault, 200)
	case 9:
		return nil, machineFault(migrate.StopFault, 401)
	default:
		return c.change(userID, req)
	}
}

// LookUp implements migrate.API.
func (c *machine) LookUp(ctx context.Context, ids []string) ([]migrate.Account, error) {
	if c.gone() || !c.under(ctx) {
		return nil, &migrate.Error{Fault: migrate.NotDoneFault, Err: ctx.Err()}
	}
	switch c.draw(8) {
	case 1:
		return nil, machineFault(migrate.TransientFault, 502)
	case 2:
		return nil, machineFault(migrate.NotDoneFault, 429)
	}
	c.world.Lock()
	defer c.world.Unlock()
	var list []migrate.Account
	for _, id := range ids {
		a := c.users[id]
		found := a != nil && time.Since(a.UpdatedAt) >= c.lag
		if found {
			list = append(list, *a)
		}
		c.looked(id, found)
	}
	return list, nil
}

// LookUpUsers implements migrate.API. No row of the machine names its user.
func (c *machine) LookUpUsers(context.Context, []string) ([]migrate.Account, error) {
	panic("not called")
}

// User implements migrate.API, likewise.
func (c *machine) User(context.Context, string) (*migrate.Account, error) { panic("not called") }

// Probe implements migrate.API.
func (c *machine) Probe(context.Context) error {
	switch c.draw(4) {
	case 1:
		return machineFault(migrate.TransientFault, 502)
	case 2:
		return machineFault(migrate.StopFault, 401)
	default:
		return nil
	}
}

// life is one run of the process: to its end, to a soft stop, or to a kill.
func (c *machine) life(t *testing.T, rows int) error {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stop := make(chan struct{})
	kill := func() {
		c.drawing.Lock()
		c.dead = true
		c.drawing.Unlock()
		cancel()
	}
	after := time.Duration(1+c.draw(200)) * 200 * time.Millisecond
	end := c.draw(3)
	timer := time.AfterFunc(after, func() {
		switch end {
		case 1:
			kill()
		case 2:
			close(stop)
		}
	})
	_, err := migrate.Run(ctx, migrate.Config{
		Mode: c.mode, Policy: c.policy, SeeAll: c.seeAll, API: c, Ledger: c, Users: newUsers(rows), Stop: stop, Settle: machineSettle,
		Concurrency: func() int { return 1 + len(c.mode.String())%3 },
	})
	timer.Stop()
	synctest.Wait() // it may have gone off
	c.drawing.Lock()
	defer c.drawing.Unlock()
	if c.dead { // what it knew and had not written down is forgotten
		for _, r := range c.ledger.Results() {
			row, unlock := c.at(r.Key)
			row.requests = r.Attempts
			unlock()
		}
	}
	c.dead = false
	return err
}

// check compares what the ledger says with what there is.
func (c *machine) check(t *testing.T) {
	c.world.Lock()
	defer c.world.Unlock()
	for id, n := range c.made {
		if n > 1 {
			t.Errorf("%s was made %d times", id, n)
		}
	}
	for _, r := range c.ledger.Results() {
		a := c.users[r.Key]
		switch {
		case r.State.Good() && (a == nil || a.FirstName != "Ada"):
			t.Errorf("%s is %v, and there is %+v", r.Key, r.State, a)
		case r.State == migrate.Rejected && c.made[r.Key] > 0:
			t.Errorf("%s is rejected (%s), and it is there", r.Key, r.Code)
		case r.State == migrate.Conflict && c.made[r.Key] > 0:
			t.Errorf("%s is in conflict (%s) with itself", r.Key, r.Code)
		}
	}
	for _, wrong := range c.wrong {
		t.Error(wrong)
	}
}

// play lets a script happen.
func play(t *testing.T, script []byte) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 8
		c := &machine{
			model: newModel(machineSettle), ledger: migrate.NewMemoryLedger(), script: script,
			users: map[string]*migrate.Account{}, made: map[string]int{},
		}
		c.mode = []migrate.Mode{migrate.Upsert, migrate.CreateOnlyMode}[c.draw(2)]
		c.policy, c.seeAll = []migrate.Policy{{}, migrate.NewPolicy(migrate.Fill)}[c.draw(2)], c.draw(2) == 1
		c.lag = time.Duration(c.draw(3)) * 5 * time.Second
		if c.mode == migrate.Upsert { // half of the rows have their users
			for i := 2; i <= rows; i += 2 {
				c.users[newID(i)] = &migrate.Account{ID: "user_" + newID(i), ExternalID: newID(i), UpdatedAt: time.Now()}
			}
		} else { // somebody else has the id of one
			c.users[newID(2)] = &migrate.Account{ID: "user_" + newID(2), ExternalID: newID(2), FirstName: "Else", UpdatedAt: time.Now()}
		}
		time.Sleep(time.Hour)
		for range 6 {
			_ = c.life(t, rows)
			if c.check(t); t.Failed() {
				break
			}
			time.Sleep(time.Duration(c.draw(4)*c.draw(30)) * 20 * time.Second)
		}
		c.calm = true
		for range 2 {
			time.Sleep(time.Hour)
			if err := c.life(t, rows); err != nil {
				t.Errorf("with nothing happening any more: %v", err)
			}
			c.check(t)
		}
		if all := c.ledger.Results(); len(all) != rows {
			t.Errorf("%d rows of %d have an outcome", len(all), rows)
		}
		for _, r := range c.ledger.Results() {
			if !r.State.Final() {
				t.Errorf("%s is %v in the end", r.Key, r.State)
			}
		}
		if t.Failed() {
			t.Logf("script %q", script)
		}
	})
}

// Whatever happens to whichever request, and whenever the process ends, a row
// goes the ways of the model, its user is made once, and what the ledger says
// is so (F7).
func TestWhateverHappens(t *testing.T) {
	n := uint64(2000)
	if testing.Short() {
		n = 300
	}
	for seed := range n {
		rng := rand.New(rand.NewPCG(seed, 7))
		script := make([]byte, rng.IntN(600))
		for i := range script {
			script[i] = byte(rng.UintN(256))
		}
		if play(t, script); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func FuzzWhateverHappens(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte("the process may end at any moment"))
	f.Fuzz(func(t *testing.T, script []byte) { play(t, script[:min(len(script), 1000)]) })
}
