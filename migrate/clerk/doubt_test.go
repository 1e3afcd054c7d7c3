package clerk

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// A create without an answer is found again however late the list shows it, and
// is never made twice (T13).
func TestDoubtWithALaggingList(t *testing.T) {
	for _, fault := range []string{"reset-after-apply", "hang", "apply-502", "half-body", "late"} {
		for _, lag := range []time.Duration{0, time.Second, 5 * time.Second, 30 * time.Second} {
			for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.Upsert} {
				t.Run(fmt.Sprintf("%s, %v, %v", fault, lag, mode), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newStack(t, sandbox.Config{Lag: lag, Latency: 100 * time.Millisecond, Faults: []sandbox.Fault{{Name: fault, Method: http.MethodPost, Probability: 0.5}}, Seed: 3})
						_, err := s.run(mode, people(20))
						if counts := s.counts(); err != nil || counts[migrate.Created] != 20 || len(s.Users()) != 20 {
							t.Errorf("%v, %d users, %v", counts, len(s.Users()), err)
						}
						if lag < settle {
							s.check(20) // else a create may be sent again, to be refused
						}
					})
				})
			}
		}
	}
}

// zombie makes the sandbox carry out a create long after its client has gone.
func (s *stack) zombie(externalID string, late time.Duration, applied *atomic.Bool) {
	var once atomic.Bool
	s.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if !bytes.Contains(body, []byte(`"`+externalID+`"`)) || !once.CompareAndSwap(false, true) {
			return false
		}
		after := r.Clone(context.Background())
		after.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(late, func() {
			s.Handler().ServeHTTP(nobody{http.Header{}}, after)
			applied.Store(true)
		})
		<-r.Context().Done()
		return true
	})
}

// nobody is a ResponseWriter that nobody reads.
type nobody struct{ header http.Header }

func (n nobody) Header() http.Header         { return n.header }
func (n nobody) Write(p []byte) (int, error) { return len(p), nil }
func (n nobody) WriteHeader(int)             {}

// kill runs until after, and then goes on with what the ledger knew at that
// moment, as a process that is started again after a kill does.
func (s *stack) kill(mode migrate.Mode, n int, after time.Duration) {
	s.t.Helper()
	first := s.ledger
	ctx, cancel := context.WithCancel(s.t.Context())
	time.AfterFunc(after, func() {
		s.ledger = migrate.NewMemoryLedger()
		if err := s.ledger.Commit(s.t.Context(), first.Results()); err != nil {
			s.t.Error(err)
		}
		cancel()
	})
	_, _ = s.run(mode, people(n), func(c *migrate.Config) {
		c.Users = until(ctx, c.Users)
		c.Stop = ctx.Done()
		c.API = cut{c.API, ctx}
	})
}

// until yields rows while ctx goes on.
func until(ctx context.Context, users iter.Seq2[*migrate.User, error]) iter.Seq2[*migrate.User, error] {
	return func(yield func(*migrate.User, error) bool) {
		for u, err := range users {
			if ctx.Err() != nil || !yield(u, err) {
				return
			}
		}
	}
}

// cut ends the creates of an API with a context, as the end of a process does.
type cut struct {
	migrate.API
	ctx context.Context
}

func (c cut) CreateUser(_ context.Context, req *migrate.CreateUserRequest) (*migrate.Account, error) {
	return c.API.CreateUser(c.ctx, req)
}

// A create that Clerk carries out after the runner was killed and started again
// is the row's user all the same, also where it comes after the look-up.
func TestZombies(t *testing.T) {
	for _, late := range []time.Duration{100 * time.Millisecond, time.Second, 5 * time.Second, 10 * time.Second, 20*time.Second + 500*time.Millisecond, 21 * time.Second, 40 * time.Second} {
		for _, lag := range []time.Duration{0, time.Second, 30 * time.Second} {
			for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.Upsert} {
				t.Run(fmt.Sprintf("%v later, lag %v, %v", late, lag, mode), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := newStack(t, sandbox.Config{Lag: lag, Latency: 50 * time.Millisecond})
						var applied atomic.Bool
						s.zombie(person(3), late, &applied)
						s.kill(mode, 10, 900*time.Millisecond+map[bool]time.Duration{true: time.Second}[mode == migrate.Upsert])
						if applied.Load() && late > time.Second {
							t.Fatal("it is no zombie")
						}
						_, err := s.run(mode, people(10))
						time.Sleep(time.Minute)
						if counts := s.counts(); err != nil || counts[migrate.Created] != 10 || len(s.Users()) != 10 || !applied.Load() {
							t.Errorf("%v, %d users, %v", counts, len(s.Users()), err)
						}
						if late+lag < settle {
							s.check(10)
						}
					})
				})
			}
		}
	}
}

// Ids with every character that means something to a query, a filter or a
// human are found as they are, and nobody else is found for them.
func TestDoubtAboutStrangeIDs(t *testing.T) {
	ids := []string{
		"a,b", "a%2Cb", "a&external_id=b", "a b", "é", "e\u0301", "a+b", "a-b", "100%", "#?/\\", "\u202eabc", "🙂", "a\x00b",
		strings.Repeat("x", 255), strings.Repeat("é", 127), "A", "a", "+plus", "-minus", "a\tb", `"quoted"`, "[]", "null",
	}
	users := func(yield func(*migrate.User, error) bool) {
		for i, id := range ids {
			u := &migrate.User{Row: int64(i + 1)}
			u.ExternalID, u.FirstName = ptr(id), ptr(fmt.Sprintf("Name %d", i))
			u.EmailAddress = []string{fmt.Sprintf("%d@example.com", i)}
			if !yield(u, nil) {
				return
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newStack(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "reset-after-apply", Method: http.MethodPost, Probability: 1}}})
		_, err := s.run(migrate.Upsert, users)
		if err != nil {
			t.Fatal(err)
		}
		s.check(len(ids))
		for _, r := range s.ledger.Results() {
			if r.State != migrate.Created || !r.Reconciled {
				t.Errorf("%q is %v (%s)", r.Key, r.State, r.Code)
			}
		}
		// Then all of them are looked up, more than a page of them at once.
		s.ledger = migrate.NewMemoryLedger()
		if _, err := s.run(migrate.Upsert, users); err != nil || s.counts()[migrate.Unchanged] != len(ids) {
			t.Errorf("%v, %v", s.counts(), err)
		}
	})
}

// A look-up that shows somebody else shows nobody, and one that shows as many
// as it can proves nothing.
func TestStrangersInALookUp(t *testing.T) {
	t.Run("another id", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStack(t, sandbox.Config{})
			s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet || len(s.Users()) == 5 {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `[{"id":"user_x","external_id":"PERSON-1"},{"id":"user_y","external_id":null},{"id":"user_z","external_id":" person-2"}]`)
				return true
			})
			if _, err := s.run(migrate.Upsert, people(5)); err != nil {
				t.Error(err)
			}
			s.check(5)
			if n := s.counts()[migrate.Created]; n != 5 {
				t.Errorf("%d of 5 were created", n)
			}
		})
	})
	t.Run("a filter that does not filter", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newStack(t, sandbox.Config{})
			s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodGet {
					return false
				}
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, "["+strings.TrimSuffix(strings.Repeat(`{"id":"user_x","external_id":"x"},`, 500), ",")+"]")
				return true
			})
			if _, err := s.run(migrate.Upsert, people(5)); len(s.Users()) != 0 {
				t.Errorf("%d users were made of what a page did not show, %v", len(s.Users()), err)
			}
		})
	})
}

// What is found and is not ours is left alone, and named.
func TestFoundAndNotOurs(t *testing.T) {
	for _, lag := range []time.Duration{0, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newStack(t, sandbox.Config{Lag: lag})
			for _, body := range []string{
				`{"external_id":"person-1","email_address":["x@example.com"],"first_name":"Else"}`,     // has the external id
				`{"external_id":"stranger","email_address":["person-2@example.com"],"first_name":"E"}`, // has the e-mail address
			} {
				if _, err := s.AddUser([]byte(body)); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(time.Hour)
			begin := time.Now()
			if _, err := s.run(migrate.CreateOnlyMode, people(4)); err != nil {
				t.Fatal(err)
			}
			got := s.ledger.Results()
			if got[1].State != migrate.Conflict || got[1].Code != "user_exists" || got[2].State != migrate.Rejected || got[2].Code != "identifier_taken" || got[2].Field != "email_address" {
				t.Errorf("lag %v: %+v, %+v", lag, got[1], got[2])
			}
			if n := s.counts()[migrate.Created]; n != 2 || len(s.Users()) != 4 {
				t.Errorf("lag %v: %d created, %d users", lag, n, len(s.Users()))
			}
			if took := time.Since(begin); took < settle || took > settle+5*time.Second {
				t.Errorf("lag %v: it took %v: a proxy might have sent the create twice", lag, took)
			}
		})
	}
}

// A proxy that sends a create twice has Clerk answer "exists": the user is the
// row's own where nobody had its id before, however late the list shows it.
func TestCreateThatAProxySendsTwice(t *testing.T) {
	for _, lag := range []time.Duration{0, time.Second, 5 * time.Second, 19 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			s := newStack(t, sandbox.Config{Lag: lag})
			s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPost {
					return false
				}
				body, _ := io.ReadAll(r.Body)
				first := r.Clone(r.Context())
				first.Body = io.NopCloser(bytes.NewReader(body))
				s.Handler().ServeHTTP(nobody{http.Header{}}, first)
				r.Body = io.NopCloser(bytes.NewReader(body))
				return false
			})
			_, err := s.run(migrate.Upsert, people(5))
			if counts := s.counts(); err != nil || counts[migrate.Created] != 5 || len(s.Users()) != 5 {
				t.Errorf("lag %v: %v, %d users, %v", lag, counts, len(s.Users()), err)
			}
		})
	}
}
