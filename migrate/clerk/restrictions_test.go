package clerk

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// An oldClerk refuses skip_restriction_checks, after a while.
type oldClerk struct {
	param    string // what its refusal names
	requests atomic.Int64
	created  atomic.Int64
}

func (o *oldClerk) RoundTrip(req *http.Request) (*http.Response, error) {
	o.requests.Add(1)
	body, _ := io.ReadAll(req.Body)
	return exchange(func(*http.Request) (*http.Response, error) {
		time.Sleep(100 * time.Millisecond)
		if strings.Contains(string(body), paramRestrictions) {
			return reply(422, refusal(codeParamUnknown, o.param)), nil
		}
		return reply(200, `{"id":"user_`+strconv.FormatInt(o.created.Add(1), 10)+`"}`), nil
	}).RoundTrip(req)
}

// createAtOnce sends n creates side by side and returns the failures.
func createAtOnce(t *testing.T, c *Client, n int) []error {
	t.Helper()
	var mu sync.Mutex
	var failures []error
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failures = append(failures, err)
			}
		})
	}
	all.Wait()
	return failures
}

func TestRestrictionsAreDroppedOnce(t *testing.T) {
	for name, param := range map[string]string{"named": paramRestrictions, "without a name": ""} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &oldClerk{param: param}
				c := overExchange(t, Config{}, server.RoundTrip)
				if c.Stats().RestrictionsApply {
					t.Error("they apply before anything is known")
				}
				if failures := createAtOnce(t, c, 64); failures != nil {
					t.Fatalf("rows lost: %v", failures)
				}
				if got := server.requests.Load(); got != 65 {
					t.Errorf("64 creates took %d requests, want one extra", got)
				}
				if !c.Stats().RestrictionsApply {
					t.Error("nobody is told that restrictions apply")
				}
			})
		})
	}
}

func TestRestrictionsWhenTheFirstBringsNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &oldClerk{}
		var calls atomic.Int64
		c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
			if calls.Add(1) == 1 {
				return nil, io.ErrUnexpectedEOF
			}
			return server.RoundTrip(req)
		})
		failures := createAtOnce(t, c, 64)
		if len(failures) != 1 || wantError(t, failures[0]).Fault != ambiguous {
			t.Errorf("failures %v, want the first alone", failures)
		}
		if got := server.created.Load(); got != 63 {
			t.Errorf("%d users made, want 63", got)
		}
	})
}

func TestAnotherUnknownParameter(t *testing.T) {
	for _, tt := range []struct {
		name, param string
		requests    int64 // for three creates
	}{
		{"named", "phone_number", 3},
		{"without a name it is tried out once", "", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var requests atomic.Int64
				c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
					requests.Add(1)
					return reply(422, refusal(codeParamUnknown, tt.param)), nil
				})
				for range 3 {
					_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
					if e := wantError(t, err); e.Fault != refused {
						t.Errorf("fault %v", e.Fault)
					}
				}
				if got := requests.Load(); got != tt.requests {
					t.Errorf("%d requests, want %d", got, tt.requests)
				}
				if c.Stats().RestrictionsApply {
					t.Error("the wrong parameter was dropped")
				}
			})
		})
	}
}

func TestTryingOutIsRepeatedUntilItIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &oldClerk{}
		var calls atomic.Int64
		c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
			if calls.Add(1) == 2 { // the first try without it
				return reply(500, ""), nil
			}
			return server.RoundTrip(req)
		})
		_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
		if e := wantError(t, err); e.Fault != ambiguous {
			t.Fatalf("fault %v", e.Fault)
		}
		if failures := createAtOnce(t, c, 8); failures != nil {
			t.Errorf("rows lost: %v", failures)
		}
	})
}

func TestWaitingForTheFirstCreateHonoursContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
			<-release
			return reply(200, `{"id":"user_1"}`), nil
		})
		done := make(chan error, 1)
		go func() {
			_, err := c.CreateUser(context.Background(), &migrate.CreateUserRequest{})
			done <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.CreateUser(ctx, &migrate.CreateUserRequest{})
		e := wantError(t, err)
		if e.Fault != notDone || e.Environment || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("fault %v, environment %v: %v", e.Fault, e.Environment, err)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
