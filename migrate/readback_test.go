package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// A shownClerk shows users by their ids; those whose number is a multiple of
// seven are not there. Later look-ups are answered sooner.
type shownClerk struct {
	mu     sync.Mutex
	asked  []int  // ids of each look-up
	failAt string // an id whose look-up fails
	most   int    // in flight at once
	now    int
}

var errAway = errors.New("away")

func (c *shownClerk) show(ctx context.Context, ids []string, account func(id string) migrate.Account) ([]migrate.Account, error) {
	c.mu.Lock()
	c.asked = append(c.asked, len(ids))
	n := len(c.asked)
	c.now++
	c.most = max(c.most, c.now)
	c.mu.Unlock()
	timer := time.NewTimer(time.Second / time.Duration(n))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	c.mu.Lock()
	c.now--
	c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if slices.Contains(ids, c.failAt) {
		return nil, errAway
	}
	var list []migrate.Account
	for _, id := range slices.Backward(ids) {
		var number int
		if _, err := fmt.Sscanf(id[strings.IndexByte(id, '_')+1:], "%d", &number); err == nil && number%7 != 0 {
			list = append(list, account(id))
		}
	}
	return list, nil
}

func (c *shownClerk) LookUp(ctx context.Context, ids []string) ([]migrate.Account, error) {
	return c.show(ctx, ids, func(id string) migrate.Account { return migrate.Account{ID: "user_of_" + id, ExternalID: id} })
}

func (c *shownClerk) LookUpUsers(ctx context.Context, ids []string) ([]migrate.Account, error) {
	return c.show(ctx, ids, func(id string) migrate.Account { return migrate.Account{ID: id} })
}

// wantedRows are rows from first to last; before bad comes an error.
func wantedRows(first, last, bad int64, w func(row int64) migrate.Wanted) func(func(migrate.Wanted, error) bool) {
	return func(yield func(migrate.Wanted, error) bool) {
		for row := first; row <= last; row++ {
			if row == bad {
				yield(migrate.Wanted{}, errAway)
				return
			}
			if !yield(w(row), nil) {
				return
			}
		}
	}
}

func known(row int64) migrate.Wanted {
	id := fmt.Sprintf("user_%d", row)
	return migrate.Wanted{User: &migrate.User{Row: row}, Result: migrate.Result{Row: row, State: migrate.Created, Action: migrate.Create, UserID: id}}
}

func byOwnID(row int64) migrate.Wanted {
	u := &migrate.User{Row: row}
	if u.ExternalID = new(fmt.Sprintf("legacy_%d", row)); row%2 == 0 {
		u.ExternalID, u.UserID = nil, fmt.Sprintf("user_%d", row)
	}
	return migrate.Wanted{User: u}
}

// The rows come back in their order, each with its own user, in as few look-ups
// as there can be and not too many at once.
func TestReadBackAll(t *testing.T) {
	for name, c := range map[string]struct {
		wanted func(int64) migrate.Wanted
		asked  int // look-ups
	}{
		"by the ids of the ledger": {known, 11},
		"by the ids of the rows":   {byOwnID, 12},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := &shownClerk{}
				next := int64(1)
				err := migrate.ReadBackAll(t.Context(), api, wantedRows(1, 1050, 0, c.wanted), func(r *migrate.ReadBack) error {
					if r.User.Row != next {
						t.Fatalf("row %d comes before row %d", r.User.Row, next)
					}
					next++
					there := r.User.Row%7 != 0
					if (r.Account != nil) != there || there && !strings.HasSuffix(r.Account.ID, fmt.Sprintf("_%d", r.User.Row)) {
						t.Errorf("row %d has %+v", r.User.Row, r.Account)
					}
					return nil
				})
				if err != nil || next != 1051 {
					t.Errorf("%v after row %d", err, next-1)
				}
				if len(api.asked) != c.asked || slices.Max(api.asked) > migrate.MaxLookUp {
					t.Errorf("look-ups of %d ids, want %d", api.asked, c.asked)
				}
				if api.most > 9 || api.most < 4 {
					t.Errorf("%d look-ups at once", api.most)
				}
			})
		})
	}
}

// Whatever ends it, the rows before that have been visited, and no others.
func TestReadBackAllEnds(t *testing.T) {
	for name, c := range map[string]struct {
		failAt  string // whose look-up fails
		bad     int64  // row that cannot be read
		refuse  int64  // row that visit ends at
		visited int64  // at most
		want    error
	}{
		"a look-up fails":            {failAt: "user_250", visited: 200, want: errAway},
		"the rows cannot be read":    {bad: 450, visited: 400, want: errAway},
		"whoever is told has enough": {refuse: 150, visited: 150, want: errAway},
		"the context ends":           {visited: 0, want: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if errors.Is(c.want, context.Canceled) {
					time.AfterFunc(time.Millisecond, cancel)
				}
				last := int64(0)
				err := migrate.ReadBackAll(ctx, &shownClerk{failAt: c.failAt}, wantedRows(1, 1000, c.bad, known), func(r *migrate.ReadBack) error {
					if last++; r.User.Row != last {
						t.Errorf("row %d comes as number %d", r.User.Row, last)
					}
					if r.User.Row == c.refuse {
						return errAway
					}
					return nil
				})
				if !errors.Is(err, c.want) || last > c.visited {
					t.Errorf("%v after %d rows, want %v after %d at most", err, last, c.want, c.visited)
				}
			})
		})
	}
}

// A user's own later change is told apart by Clerk's time of the last write;
// where that is not known, by our own.
func TestReadBackTellsWhatChangedSince(t *testing.T) {
	written := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		result   migrate.Result
		changed  time.Duration // after written
		since    bool
		ownClock bool
	}{
		"as it was written":        {migrate.Result{Action: migrate.Create, UpdatedAt: written, At: written.Add(-time.Hour)}, 0, false, false},
		"a millisecond later":      {migrate.Result{Action: migrate.Update, UpdatedAt: written, At: written.Add(time.Hour)}, time.Millisecond, true, false},
		"by our own clock, before": {migrate.Result{Action: migrate.Create, At: written}, 0, false, true},
		"by our own clock, later":  {migrate.Result{Action: migrate.Create, At: written}, time.Millisecond, true, true},
		"nothing was written":      {migrate.Result{Action: migrate.NoAction, At: written}, -time.Hour, true, false},
		"changed before it counted as made": {
			migrate.Result{Action: migrate.Update, Code: migrate.ConfirmedCode, SentAt: written, UpdatedAt: written, At: written.Add(time.Hour)}, time.Minute, true, true,
		},
		"the same of an earlier release": {
			migrate.Result{Action: migrate.Update, Code: migrate.ConfirmedCode, SentAt: written, At: written.Add(time.Hour)}, time.Minute, true, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := migrate.Wanted{User: &migrate.User{}, Result: c.result}
			w.User.FirstName, w.Result.State, w.Result.UserID = new("Ada"), migrate.Updated, "user_1"
			api := onlyUser{ID: "user_1", FirstName: "Eve", UpdatedAt: written.Add(c.changed)}
			err := migrate.ReadBackAll(t.Context(), api, wantedRows(1, 1, 0, func(int64) migrate.Wanted { return w }), func(r *migrate.ReadBack) error {
				code := map[bool]string{true: migrate.ChangedSinceCode, false: migrate.DiffersCode}[c.since]
				if len(r.Deviations) != 1 || r.Since != c.since || r.OwnClock != c.ownClock || r.Code(&r.Deviations[0]) != code {
					t.Errorf("%q, since %v, own clock %v", tell(r.Comparison), r.Since, r.OwnClock)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// onlyUser shows one user, whatever it is asked for.
type onlyUser migrate.Account

func (u onlyUser) LookUp(context.Context, []string) ([]migrate.Account, error) {
	return []migrate.Account{migrate.Account(u)}, nil
}

func (u onlyUser) LookUpUsers(context.Context, []string) ([]migrate.Account, error) {
	return []migrate.Account{migrate.Account(u)}, nil
}

// A sample has its size, is spread over the whole, and is the same one for a
// seed.
func TestSample(t *testing.T) {
	for _, c := range []struct{ size, total int64 }{{1, 1}, {1, 1000}, {7, 10}, {10, 1000}, {333, 1000}, {1000, 1000}, {5000, 1000}, {3, 0}} {
		chosen := func(seed byte) (list []int64) {
			s := migrate.NewSample(c.size, c.total, [32]byte{seed})
			for i := int64(-1); i <= c.total; i++ {
				if s.Holds(i) {
					list = append(list, i)
				}
			}
			return list
		}
		list := chosen(1)
		want := min(c.size, c.total)
		if int64(len(list)) != want {
			t.Fatalf("%d of %d: %d are chosen", c.size, c.total, len(list))
		}
		for k, i := range list {
			if begin, end := int64(k)*c.total/want, int64(k+1)*c.total/want; i < begin || i >= end {
				t.Errorf("%d of %d: the %d. is %d, not between %d and %d", c.size, c.total, k, i, begin, end)
			}
		}
		if !slices.Equal(list, chosen(1)) {
			t.Error("another sample each time")
		}
		if c.size == 10 && slices.Equal(list, chosen(2)) {
			t.Error("the seed does not matter")
		}
	}
}
