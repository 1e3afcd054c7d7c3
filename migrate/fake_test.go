package migrate_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"carryover/migrate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A fakeClerk is an instance in memory. Its hooks, where set, decide instead
// of it.
type fakeClerk struct {
	mu      sync.Mutex
	users   map[string]*migrate.Account // by external id
	creates map[string]int              // requests by external id
	wrote   []string                    // first names, in the order in which they were set
	updates map[string]int              // requests by user id
	lookUps [][]string
	seen    [][]string // look-ups by user id
	calls   int
	probes  int

	onCreate func(n int, req *migrate.CreateUserRequest) error // n counts this id's requests from 1
	onUpdate func(n int, userID string) error
	sending  func(userID string) (done func()) // an update is under way
	onLookUp func(n int) error
	onProbe  func(n int) error
	latency  time.Duration
	lag      time.Duration // how long LookUp misses a user that was made or changed
}

func newFakeClerk() *fakeClerk {
	return &fakeClerk{users: map[string]*migrate.Account{}, creates: map[string]int{}, updates: map[string]int{}}
}

// wait is the time a request takes.
func (f *fakeClerk) wait(ctx context.Context, fault migrate.Fault) error {
	if f.latency == 0 {
		return nil
	}
	select {
	case <-time.After(f.latency):
		return nil
	case <-ctx.Done():
		return &migrate.Error{Fault: fault, Op: "test", Err: ctx.Err()}
	}
}

func (f *fakeClerk) CreateUser(ctx context.Context, req *migrate.CreateUserRequest) (*migrate.Account, error) {
	id := *req.ExternalID
	f.mu.Lock()
	f.calls++
	f.creates[id]++
	n := f.creates[id]
	f.mu.Unlock()
	if err := f.wait(ctx, migrate.AmbiguousFault); err != nil {
		return nil, err
	}
	if f.onCreate != nil {
		if err := f.onCreate(n, req); err != nil {
			return nil, err
		}
	}
	return f.add(id, req)
}

// add makes the user, once.
func (f *fakeClerk) add(id string, req *migrate.CreateUserRequest) (*migrate.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users[id] != nil {
		return nil, &migrate.Error{Fault: migrate.ExistsFault, Status: 422, Codes: []string{"form_identifier_exists"}, Params: []string{"external_id"}}
	}
	a := &migrate.Account{ID: fmt.Sprintf("user_%d", len(f.users)+1), ExternalID: id, UpdatedAt: time.Now()}
	if req != nil && req.FirstName != nil {
		a.FirstName = *req.FirstName
	}
	if req != nil && req.Username != nil {
		a.Username = *req.Username
	}
	f.users[id] = a
	return a, nil
}

func (f *fakeClerk) UpdateUser(ctx context.Context, userID string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	f.mu.Lock()
	f.calls++
	f.updates[userID]++
	n := f.updates[userID]
	f.mu.Unlock()
	if f.sending != nil {
		defer f.sending(userID)()
	}
	if err := f.wait(ctx, migrate.TransientFault); err != nil {
		return nil, err
	}
	if f.onUpdate != nil {
		if err := f.onUpdate(n, userID); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, a := range f.users {
		if a.ID == userID {
			if req.FirstName != nil {
				a.FirstName = *req.FirstName
				f.wrote = append(f.wrote, a.FirstName)
			}
			a.UpdatedAt = time.Now()
			return a, nil
		}
	}
	return nil, &migrate.Error{Fault: migrate.MissingFault, Status: 404, Codes: []string{"resource_not_found"}}
}

func (f *fakeClerk) LookUp(ctx context.Context, ids []string) ([]migrate.Account, error) {
	f.mu.Lock()
	f.calls++
	f.lookUps = append(f.lookUps, ids)
	n := len(f.lookUps)
	f.mu.Unlock()
	if err := f.wait(ctx, migrate.TransientFault); err != nil {
		return nil, err
	}
	if f.onLookUp != nil {
		if err := f.onLookUp(n); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []migrate.Account
	for _, id := range ids {
		if a := f.users[id]; a != nil && time.Since(a.UpdatedAt) >= f.lag {
			found = append(found, *a)
		}
	}
	return found, nil
}

func (f *fakeClerk) LookUpUsers(ctx context.Context, ids []string) ([]migrate.Account, error) {
	f.mu.Lock()
	f.calls++
	f.seen = append(f.seen, ids)
	f.mu.Unlock()
	if err := f.wait(ctx, migrate.TransientFault); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []migrate.Account
	for _, a := range f.users {
		if slices.Contains(ids, a.ID) {
			found = append(found, *a)
		}
	}
	return found, nil
}

func (f *fakeClerk) User(_ context.Context, userID string) (*migrate.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	for _, a := range f.users {
		if a.ID == userID {
			return a, nil
		}
	}
	return nil, &migrate.Error{Fault: migrate.MissingFault, Status: 404}
}

func (f *fakeClerk) Probe(context.Context) error {
	f.mu.Lock()
	f.calls++
	f.probes++
	n := f.probes
	f.mu.Unlock()
	if f.onProbe != nil {
		return f.onProbe(n)
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

// newID is the external id of the i-th of newUsers.
func newID(i int) string { return fmt.Sprintf("u%d", i) }

// newUsers yields n users with external ids u1, u2, ….
func newUsers(n int) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for i := 1; i <= n; i++ {
			u := &migrate.User{Row: int64(i), Line: int64(i + 1)}
			u.ExternalID = ptr(newID(i))
			u.FirstName = ptr("Ada")
			u.Username = ptr(fmt.Sprintf("ada_%d", i))
			if !yield(u, nil) {
				return
			}
		}
	}
}

// states returns how many rows of a ledger are in each state.
func states(t *testing.T, ledger migrate.Ledger) map[migrate.State]int {
	t.Helper()
	all, err := ledger.States(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[migrate.State]int{}
	for _, s := range all {
		counts[s]++
	}
	return counts
}

// ambiguous is the error of a create without an answer.
func ambiguous() error {
	return &migrate.Error{Fault: migrate.AmbiguousFault, Op: "POST /users", Environment: true}
}
