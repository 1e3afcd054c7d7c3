package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// An undoClerk is an instance as an undo sees it, and an undoLedger in memory.
type undoClerk struct {
	mu      sync.Mutex
	users   map[string]*migrate.Account
	hidden  map[string]bool // the list lags behind
	deletes map[string]int
	given   map[string]migrate.FieldValues
	reads   int
	onWrite func(userID string) error

	items   map[int64]migrate.UndoItem
	commits int
	onStore func(commit int) error
}

func newUndoClerk() *undoClerk {
	return &undoClerk{users: map[string]*migrate.Account{}, hidden: map[string]bool{}, deletes: map[string]int{}, given: map[string]migrate.FieldValues{}, items: map[int64]migrate.UndoItem{}}
}

var wroteAt = time.UnixMilli(1_700_000_000_000)

// add makes a user that the migration is to be taken back for.
func (c *undoClerk) add(action migrate.UndoAction, edit func(*migrate.Account, *migrate.UndoItem)) string {
	id := int64(len(c.items) + 1)
	a := &migrate.Account{ID: fmt.Sprintf("user_%d", id), FirstName: "Eve", UpdatedAt: wroteAt}
	item := migrate.UndoItem{ID: id, UserID: a.ID, Action: action, UpdatedAt: wroteAt}
	if action == migrate.UndoUpdate {
		item.Sealed = [][]byte{[]byte(`{"first_name":{"before":"Ada","after":"Eve"}}`)}
	}
	c.users[a.ID] = a
	if edit != nil {
		edit(a, &item)
	}
	c.items[id] = item
	return a.ID
}

func (c *undoClerk) LookUpUsers(_ context.Context, ids []string) (found []migrate.Account, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	for _, id := range ids {
		if a := c.users[id]; a != nil && !c.hidden[id] {
			found = append(found, *a)
		}
	}
	return found, nil
}

func missing() error { return &migrate.Error{Fault: migrate.MissingFault, Status: 404} }

func (c *undoClerk) User(_ context.Context, id string) (*migrate.Account, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	if a := c.users[id]; a != nil {
		b := *a
		return &b, nil
	}
	return nil, missing()
}

// write is what both writes have in common: the intent of each is durable.
func (c *undoClerk) write(ctx context.Context, id string) error {
	c.mu.Lock()
	hook, state := c.onWrite, migrate.UndoWaiting
	for _, item := range c.items {
		if item.UserID == id {
			state = item.State
		}
	}
	c.mu.Unlock()
	if state != migrate.UndoSent {
		return errors.New("no intent is durable")
	}
	if err := ctx.Err(); err != nil {
		return &migrate.Error{Fault: migrate.NotDoneFault, Err: err}
	}
	if hook != nil {
		return hook(id)
	}
	return nil
}

func (c *undoClerk) DeleteUser(ctx context.Context, id string) error {
	if err := c.write(ctx, id); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.users[id] == nil {
		return missing()
	}
	c.deletes[id]++
	delete(c.users, id)
	return nil
}

func (c *undoClerk) RestoreUser(ctx context.Context, id string, fields migrate.FieldValues) (*migrate.Account, error) {
	if err := c.write(ctx, id); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given[id] = fields
	a := c.users[id]
	if v, ok := fields["first_name"]; ok {
		a.FirstName = string(v[1 : len(v)-1])
	}
	b := *a
	return &b, nil
}

func (c *undoClerk) UndoItems(_ context.Context, after int64, n int) (list []migrate.UndoItem, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(c.items)) {
		if item := c.items[id]; id > after && !item.State.Final() && len(list) < n {
			list = append(list, item)
		}
	}
	return list, nil
}

func (c *undoClerk) CommitUndo(_ context.Context, items []migrate.UndoItem) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.commits++
	if c.onStore != nil {
		if err := c.onStore(c.commits); err != nil {
			return err
		}
	}
	for _, item := range items {
		c.items[item.ID] = item
	}
	return nil
}

func (c *undoClerk) config() migrate.UndoConfig {
	return migrate.UndoConfig{API: c, Ledger: c, Open: func(_ string, sealed []byte) (migrate.KeptChanges, error) {
		return migrate.DecodeKept(sealed)
	}}
}

// states are the states of the items, by user.
func (c *undoClerk) states() map[string]string {
	m := map[string]string{}
	for _, item := range c.items {
		m[item.UserID] = item.State.String()
	}
	return m
}

// Each user is judged by what he is now, and nothing is written of one who is
// not to be touched. The survey says the same, and writes nothing.
func TestUndo(t *testing.T) {
	c := newUndoClerk()
	type edit = func(*migrate.Account, *migrate.UndoItem)
	gone := func(a *migrate.Account, _ *migrate.UndoItem) { delete(c.users, a.ID) }
	want := map[string]string{}
	for _, u := range []struct {
		action migrate.UndoAction
		state  string
		edit   edit
	}{
		{migrate.UndoCreate, "deleted", nil},
		{migrate.UndoCreate, "deleted", func(a *migrate.Account, _ *migrate.UndoItem) { c.hidden[a.ID] = true }},
		{migrate.UndoCreate, "deleted", func(_ *migrate.Account, i *migrate.UndoItem) { i.State = migrate.UndoSent }},
		{migrate.UndoCreate, "deleted", func(a *migrate.Account, i *migrate.UndoItem) { i.State = migrate.UndoSent; gone(a, i) }},
		{migrate.UndoCreate, "missing", gone},
		{migrate.UndoCreate, "signed_in", func(a *migrate.Account, _ *migrate.UndoItem) { a.LastSignInAt = wroteAt }},
		{migrate.UndoCreate, "signed_in", func(a *migrate.Account, i *migrate.UndoItem) {
			a.LastSignInAt, i.State = wroteAt, migrate.UndoSent
		}},
		{migrate.UndoCreate, "changed", func(a *migrate.Account, _ *migrate.UndoItem) { a.UpdatedAt = wroteAt.Add(time.Millisecond) }},
		{migrate.UndoUpdate, "restored", nil},
		{migrate.UndoUpdate, "restored", func(a *migrate.Account, _ *migrate.UndoItem) {
			a.LastSignInAt, a.UpdatedAt = wroteAt, wroteAt.Add(time.Hour)
		}},
		{migrate.UndoUpdate, "restored", func(a *migrate.Account, i *migrate.UndoItem) {
			a.FirstName, i.State, i.Fields.Given = "Ada", migrate.UndoSent, []string{"first_name"}
		}},
		{migrate.UndoUpdate, "unchanged", func(a *migrate.Account, _ *migrate.UndoItem) { a.FirstName = "Ada" }},
		{migrate.UndoUpdate, "changed", func(a *migrate.Account, _ *migrate.UndoItem) { a.FirstName = "Own" }},
		{migrate.UndoUpdate, "missing", gone},
		{migrate.UndoUpdate, "lost", func(_ *migrate.Account, i *migrate.UndoItem) { i.Sealed = nil }},
		{migrate.UndoUpdate, "lost", func(_ *migrate.Account, i *migrate.UndoItem) {
			i.Sealed = [][]byte{[]byte(`{"password":{"had":true}}`)}
		}},
		{migrate.UndoUpdate, "sealed", func(_ *migrate.Account, i *migrate.UndoItem) { i.Sealed = append(i.Sealed, []byte("?")) }},
		{migrate.UndoUpdate, "failed", nil},
	} {
		want[c.add(u.action, u.edit)] = u.state
	}
	last := fmt.Sprintf("user_%d", len(want))
	c.users["user_stranger"] = &migrate.Account{ID: "user_stranger"}
	c.onWrite = func(id string) error {
		if id == last {
			return &migrate.Error{Fault: migrate.RefusedFault, Status: 422, Codes: []string{"form_username_invalid"}}
		}
		return nil
	}
	config := c.config()
	survey := map[string]string{}
	config.Survey, config.Observe = true, func(i migrate.UndoItem) { survey[i.UserID] = i.State.String() }
	if err := migrate.Undo(t.Context(), config); err != nil || c.commits > 0 || len(c.deletes)+len(c.given) > 0 {
		t.Fatalf("survey: %v, %d commits, %v, %v", err, c.commits, c.deletes, c.given)
	}
	seen := maps.Clone(want)
	seen[last] = "restored" // that Clerk refuses is not known yet
	if d := cmp.Diff(seen, survey); d != "" {
		t.Errorf("survey (-want +got):\n%s", d)
	}
	config.Survey = false
	if err := migrate.Undo(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, c.states()); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if len(c.deletes) != 3 || len(c.given) != 2 || c.items[int64(len(want))].Code != "form_username_invalid" {
		t.Errorf("deleted %v, given back %v", c.deletes, c.given)
	}
	before := c.reads
	if err := migrate.Undo(t.Context(), config); err != nil || c.reads != before {
		t.Errorf("a second undo: %v, %d reads", err, c.reads-before)
	}
}

// A stop waits for what is on its way and gives the rest back; the next undo
// goes on, and deletes nobody twice.
func TestUndoStops(t *testing.T) {
	c := newUndoClerk()
	for range 450 {
		c.add(migrate.UndoCreate, nil)
	}
	for round := range 4 {
		stop, n := make(chan struct{}), 0
		var mu sync.Mutex
		c.onWrite = func(string) error {
			mu.Lock()
			defer mu.Unlock()
			if n++; n == 90 {
				close(stop)
			}
			if n > 90 {
				return &migrate.Error{Fault: migrate.NotDoneFault, Err: errors.New("drained")}
			}
			return nil
		}
		config := c.config()
		config.Stop = stop
		err := migrate.Undo(t.Context(), config)
		var reason *migrate.StopError
		if !errors.As(err, &reason) || reason.Reason != migrate.StopAsked {
			t.Fatal(err)
		}
		if want := 90 * (round + 1); len(c.deletes) != want {
			t.Fatalf("%d deletes, want %d", len(c.deletes), want)
		}
		for _, item := range c.items {
			if !item.State.Final() && item.State != migrate.UndoWaiting {
				t.Fatalf("%s is left %v", item.UserID, item.State)
			}
		}
	}
	c.onWrite = nil
	if err := migrate.Undo(t.Context(), c.config()); err != nil || len(c.users) != 0 || len(c.deletes) != 450 {
		t.Errorf("%v, %d users left, %d deletes", err, len(c.users), len(c.deletes))
	}
}

// What makes an undo stop, and that nothing is sent once the ledger has failed.
func TestUndoThatCannotGoOn(t *testing.T) {
	fail := func(fault migrate.Fault, status int) func(*undoClerk) {
		return func(c *undoClerk) {
			c.onWrite = func(string) error { return &migrate.Error{Fault: fault, Status: status, Err: errors.New("x")} }
		}
	}
	for name, tt := range map[string]struct {
		set    func(*undoClerk)
		reason migrate.StopReason
		left   string
	}{
		"key":     {fail(migrate.StopFault, 401), migrate.StopRefused, "waiting"},
		"mixed":   {fail(migrate.MixedFault, 200), migrate.StopMixed, "sent"},
		"limit":   {fail(migrate.NotDoneFault, 429), migrate.StopLimited, "waiting"},
		"outage":  {fail(migrate.TransientFault, 502), migrate.StopOutage, "sent"},
		"network": {fail(migrate.NotDoneFault, 0), migrate.StopOutage, "waiting"},
		"disk": {func(c *undoClerk) {
			c.onStore = func(int) error { return errors.New("the disk is full") }
			c.onWrite = func(string) error { panic("something was sent") }
		}, migrate.StopLedger, "waiting"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newUndoClerk()
			for range 3 {
				c.add(migrate.UndoCreate, nil)
			}
			tt.set(c)
			config := c.config()
			config.Concurrency = func() int { return 1 }
			err := migrate.Undo(t.Context(), config)
			var stop *migrate.StopError
			if !errors.As(err, &stop) || stop.Reason != tt.reason {
				t.Fatalf("%v", err)
			}
			if got := c.states()["user_1"]; got != tt.left || len(c.deletes) > 0 {
				t.Errorf("it is left %s", got)
			}
		})
	}
}

// One who signs in while the undo goes on, before his batch, is spared.
func TestUndoSparesWhoSignsInMeanwhile(t *testing.T) {
	c := newUndoClerk()
	var ids []string
	for range 350 {
		ids = append(ids, c.add(migrate.UndoCreate, nil))
	}
	c.onWrite = func(string) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.users[ids[349]].LastSignInAt = time.Now()
		return nil
	}
	if err := migrate.Undo(t.Context(), c.config()); err != nil || len(c.users) != 1 || c.states()[ids[349]] != "signed_in" {
		t.Errorf("%v, %d users", err, len(c.users))
	}
}
