package clerk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// Whatever a 429 says, everything waits for as long, between a second and five
// minutes, and then goes on (T17).
func TestRetryAfterHoldsTheRun(t *testing.T) {
	now := func(d time.Duration) string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	for _, tt := range []struct {
		name   string
		values func() []string
		want   time.Duration
	}{
		{"5", func() []string { return []string{"5"} }, 5 * time.Second},
		{"0", func() []string { return []string{"0"} }, time.Second},
		{"-1", func() []string { return []string{"-1"} }, 10 * time.Second},
		{"1.5", func() []string { return []string{"1.5"} }, 10 * time.Second},
		{"9999999999", func() []string { return []string{"9999999999"} }, 300 * time.Second},
		{"99999999999999999999", func() []string { return []string{"99999999999999999999"} }, 10 * time.Second},
		{"empty", func() []string { return []string{""} }, 10 * time.Second},
		{"none", func() []string { return nil }, 10 * time.Second},
		{"garbage", func() []string { return []string{"in a while"} }, 10 * time.Second},
		{"date", func() []string { return []string{now(7 * time.Second)} }, 7 * time.Second},
		{"past date", func() []string { return []string{now(-time.Hour)} }, time.Second},
		{"far date", func() []string { return []string{now(1000 * time.Hour)} }, 300 * time.Second},
		{"two headers", func() []string { return []string{"2", "6"} }, 6 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStack(t, sandbox.Config{Latency: 20 * time.Millisecond})
				var mu sync.Mutex
				var refusedAt time.Time
				var after []time.Duration
				s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
					mu.Lock()
					defer mu.Unlock()
					if len(s.Users()) < 30 {
						return false
					}
					if refusedAt.IsZero() {
						refusedAt = time.Now()
						w.Header()["Retry-After"] = tt.values()
						w.WriteHeader(http.StatusTooManyRequests)
						return true
					}
					after = append(after, time.Since(refusedAt))
					return false
				})
				if _, err := s.run(migrate.CreateOnlyMode, people(80)); err != nil || s.counts()[migrate.Created] != 80 {
					t.Fatalf("%v, %v", s.counts(), err)
				}
				late := 0
				for _, d := range after {
					switch {
					case d >= tt.want-time.Second: // dates are whole seconds
						late++
					case d > 50*time.Millisecond: // those that had left
						t.Errorf("a request left after %v, want %v", d, tt.want)
					}
				}
				if late < 30 || after[len(after)-1] > tt.want+10*time.Second {
					t.Errorf("%d requests after the wait of %v: %v", late, tt.want, after)
				}
				for _, r := range s.ledger.Results() {
					if r.Attempts != 1 {
						t.Errorf("%s took %d attempts", r.Key, r.Attempts)
					}
				}
			})
		})
	}
}

// An absence is a way to Clerk that is closed at times, and counts how it was
// tried.
type absence struct {
	s      *stack
	closed func() bool
	mu     sync.Mutex
	tried  []time.Time
}

func (a *absence) dial(err error) func(context.Context, string, string) (net.Conn, error) {
	open := a.s.dial
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if a.closed() {
			a.note()
			return nil, err
		}
		return open(ctx, network, address)
	}
}

func (a *absence) note() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tried = append(a.tried, time.Now())
}

// checkPace wants no more than one try a second, once those are through that
// were in flight when it closed.
func (a *absence) checkPace(t *testing.T) {
	t.Helper()
	for i := 20 + 8 + 4; i+1 < len(a.tried); i++ { // open it, and were in flight: creates, and look-ups
		if apart := a.tried[i+1].Sub(a.tried[i]); apart < time.Second {
			t.Errorf("tries %d and %d are %v apart", i, i+1, apart)
		}
	}
}

// Outages of every kind (T18): one try a second at the most, no row pays for
// it, and one that is too long ends the run.
func TestOutages(t *testing.T) {
	unavailable := func(w http.ResponseWriter) {
		w.Header().Set("Retry-After", "20")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	for _, tt := range []struct {
		name   string
		long   time.Duration
		dial   error // where it is the network
		answer func(http.ResponseWriter)
		reason migrate.StopReason
	}{
		{"refused, 30 s", 30 * time.Second, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, nil, ""},
		{"refused, 20 min", 20 * time.Minute, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, nil, migrate.StopOutage},
		{"no name, 30 s", 30 * time.Second, &net.DNSError{Err: "no such host", Name: "api.clerk.com", IsNotFound: true}, nil, ""},
		{"no name, 20 min", 20 * time.Minute, &net.DNSError{Err: "no such host", Name: "api.clerk.com", IsNotFound: true}, nil, migrate.StopOutage},
		{"502, 30 s", 30 * time.Second, nil, func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, ""},
		{"502, 20 min", 20 * time.Minute, nil, func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) }, migrate.StopOutage},
		{"503 that says for how long, 30 s", 30 * time.Second, nil, unavailable, ""},
		{"503 that says for how long, 20 min", 20 * time.Minute, nil, unavailable, migrate.StopOutage},
	} {
		for _, update := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, update %v", tt.name, update), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					const rows = 400
					s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond, Sigma: 0.3})
					if update {
						s.settleThere(rows)
					}
					begin := time.Now()
					a := &absence{s: s, closed: func() bool {
						since := time.Since(begin)
						return since > 1500*time.Millisecond && since < 1500*time.Millisecond+tt.long
					}}
					if tt.dial != nil {
						s.dial = a.dial(tt.dial)
					}
					s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
						if !a.closed() {
							return false
						}
						_, _ = io.Copy(io.Discard, r.Body)
						if tt.answer == nil { // connections that are open break
							panic(http.ErrAbortHandler)
						}
						a.note()
						tt.answer(w)
						return true
					})
					_, err := s.run(migrate.Upsert, people(rows))
					if reason(err) != tt.reason {
						t.Errorf("it stopped for %q: %v", reason(err), err)
					}
					if took := time.Since(begin); tt.reason != "" && (took < 15*time.Minute || took > 19*time.Minute) {
						t.Errorf("it gave up after %v", took)
					}
					a.checkPace(t)
					burnt := 0
					for _, r := range s.ledger.Results() {
						burnt += max(0, r.Attempts-map[bool]int{true: 1}[r.State.Good()])
						if r.Attempts > 2 || r.State == migrate.Rejected {
							t.Errorf("%s is %v after %d attempts", r.Key, r.State, r.Attempts)
						}
					}
					if burnt > 20+8+3*8 { // in flight when it closed, and in the first trials
						t.Errorf("the outage cost %d attempts", burnt)
					}
					s.check(rows)
					s.finish(migrate.Upsert, rows)
				})
			})
		}
	}
}

// Clerk that comes and goes each second makes the run slow or ends it; it does
// not hurt it (T18).
func TestFlappingClerk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rows = 400
		s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond})
		begin := time.Now()
		s.inFront(func(http.ResponseWriter, *http.Request) bool {
			if int(time.Since(begin).Seconds())%2 == 1 {
				panic(http.ErrAbortHandler)
			}
			return false
		})
		_, err := s.run(migrate.Upsert, people(rows))
		if got := reason(err); got != "" && got != migrate.StopOutage {
			t.Error(err)
		}
		s.check(rows)
		for _, r := range s.ledger.Results() {
			if r.State == migrate.Rejected {
				t.Errorf("%+v", r)
			}
		}
		t.Logf("%v, %v after %v and %d requests", s.counts(), err, time.Since(begin), s.requests)
		s.finish(migrate.Upsert, rows)
	})
}

// A refusal of everything stops the run wherever it comes: no more requests than
// were in flight, no row pays, and the next run does the rest (T19).
func TestRefusalsOfEverything(t *testing.T) {
	document := func(status int, code string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, refusal(code, ""))
		}
	}
	rows, middle := 600, 499
	if testing.Short() {
		rows, middle = 120, 59
	}
	for _, tt := range []struct {
		name   string
		answer func(http.ResponseWriter)
		probes int // the key is tried once more
	}{
		{"401", document(401, "clerk_key_invalid"), 1},
		{"402", document(402, "payment_required"), 0},
		{"403", document(403, "user_quota_exceeded"), 0},
		{"307", func(w http.ResponseWriter) {
			w.Header().Set("Location", "https://example.com/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		}, 0},
	} {
		for _, row := range []int{0, middle, rows - 1} {
			for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.UpdateOnlyMode} {
				t.Run(fmt.Sprintf("%s at row %d, %v", tt.name, row+1, mode), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond, Sigma: 0.3})
						if mode == migrate.UpdateOnlyMode {
							s.settleThere(rows)
						}
						var refusing atomic.Bool
						var further atomic.Int64
						name := fmt.Sprintf("%q", fmt.Sprintf("Name %d", row))
						s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
							body, _ := io.ReadAll(r.Body)
							r.Body = io.NopCloser(strings.NewReader(string(body)))
							if !refusing.Load() && !strings.Contains(string(body), name) {
								return false
							}
							if refusing.Swap(true) {
								further.Add(1)
							}
							tt.answer(w)
							return true
						})
						_, err := s.run(mode, people(rows))
						if reason(err) != migrate.StopRefused {
							t.Fatalf("it stopped for %q: %v", reason(err), err)
						}
						probes := tt.probes
						if row == 0 && mode == migrate.CreateOnlyMode {
							probes = 0 // the key had never worked
						}
						if n := further.Load(); n > int64(8+probes) {
							t.Errorf("%d further requests", n)
						}
						for _, r := range s.ledger.Results() {
							if !r.State.Final() && (r.Attempts != 0 || r.State != migrate.Retry) || r.State == migrate.Rejected {
								t.Errorf("%s is %v after %d attempts", r.Key, r.State, r.Attempts)
							}
						}
						s.check(rows)
						s.finish(mode, rows)
					})
				})
			}
		}
	}
}

// A key that is refused once and works again, as while Clerk replaces it, costs
// five seconds and nothing else.
func TestKeyThatIsRefusedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond})
		var once atomic.Bool
		s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || len(s.Users()) < 30 || !once.CompareAndSwap(false, true) {
				return false
			}
			w.WriteHeader(http.StatusUnauthorized)
			return true
		})
		begin := time.Now()
		if _, err := s.run(migrate.CreateOnlyMode, people(100)); err != nil || s.counts()[migrate.Created] != 100 {
			t.Errorf("%v, %v", s.counts(), err)
		}
		if took := time.Since(begin); took < 5*time.Second || took > 7*time.Second {
			t.Errorf("it took %v", took)
		}
		s.check(100)
	})
}

// Answers that belong to somebody else stop the run at once.
func TestAnswersOfSomebodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond})
		s.inFront(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method != http.MethodPost || len(s.Users()) < 30 {
				return false
			}
			s.Handler().ServeHTTP(nobody{http.Header{}}, r)
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"id":"user_other","external_id":"`+person(1)+`"}`)
			return true
		})
		_, err := s.run(migrate.CreateOnlyMode, people(200))
		var failed *migrate.Error
		if reason(err) != migrate.StopMixed || !errors.As(err, &failed) || failed.Status != 200 {
			t.Fatal(err)
		}
		if n := s.counts()[migrate.Ambiguous]; n == 0 || n > 8 || len(s.Users()) > 30+2*8 {
			t.Errorf("%d rows in doubt, %d users", n, len(s.Users()))
		}
		s.check(200)
		s.finish(migrate.CreateOnlyMode, 200)
	})
}
