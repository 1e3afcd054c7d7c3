package clerk

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// inTurn answers with each of the answers, then with the last for ever.
func inTurn(answers ...exchange) (exchange, *int) {
	n := new(int)
	return func(req *http.Request) (*http.Response, error) {
		i := min(*n, len(answers)-1)
		*n++
		return answers[i](req)
	}, n
}

func says(status int, body string, header ...string) exchange {
	return func(*http.Request) (*http.Response, error) { return reply(status, body, header...), nil }
}

func breaks(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }

func TestReadsAreRepeated(t *testing.T) {
	user := says(200, `{"id":"user_1"}`)
	for _, tt := range []struct {
		name     string
		answers  []exchange
		requests int
		fault    migrate.Fault // 0 = success
	}{
		{"success", []exchange{user}, 1, 0},
		{"server error", []exchange{says(500, ""), says(502, "<html>"), user}, 3, 0},
		{"no answer", []exchange{breaks, breaks, breaks, breaks, user}, 5, 0},
		{"conflict", []exchange{says(409, ""), user}, 2, 0},
		{"undecodable", []exchange{says(200, "<html>"), user}, 2, 0},
		{"five times is enough", []exchange{breaks}, 5, transient},
		{"refusals are no attempts", []exchange{says(429, ""), breaks, breaks, says(429, ""), says(429, ""), breaks, breaks, user}, 8, 0},
		{"maintenance neither", []exchange{says(503, refusal(codeMaintenance, "")), says(503, refusal(codeMaintenance, "")), user}, 3, 0},
		{"refused for ever", []exchange{says(429, "")}, 10, notDone},
		{"missing", []exchange{says(404, refusal("resource_not_found", ""))}, 1, missing},
		{"key", []exchange{says(401, refusal("clerk_key_invalid", ""))}, 1, stop},
		{"redirect", []exchange{says(302, "", "Location", "https://example.com/")}, 1, stop},
		{"refused", []exchange{says(400, refusal("bad_request", ""))}, 1, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, requests := inTurn(tt.answers...)
				c := overExchange(t, Config{}, server)
				account, err := c.User(t.Context(), "user_1")
				if *requests != tt.requests {
					t.Errorf("%d requests, want %d", *requests, tt.requests)
				}
				if tt.fault == 0 {
					if err != nil || account.ID != "user_1" {
						t.Errorf("%v, %v", account, err)
					}
				} else if e := wantError(t, err); e.Fault != tt.fault || e.Op != "GET /users/{user_id}" {
					t.Errorf("%v of %s, want %v", e.Fault, e.Op, tt.fault)
				}
			})
		})
	}
}

func TestWritesAreNot(t *testing.T) {
	for name, first := range map[string]exchange{"no answer": breaks, "server error": says(500, ""), "refusal": says(429, ""), "conflict": says(409, "")} {
		synctest.Test(t, func(t *testing.T) {
			server, requests := inTurn(first, says(200, `{"id":"user_1"}`))
			c := overExchange(t, Config{}, server)
			if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err == nil || *requests != 1 {
				t.Errorf("%s: create sent %d times, %v", name, *requests, err)
			}
			server, requests = inTurn(first, says(200, `{"id":"user_1"}`))
			c = overExchange(t, Config{}, server)
			if _, err := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{}); err == nil || *requests != 1 {
				t.Errorf("%s: update sent %d times, %v", name, *requests, err)
			}
		})
	}
}

func TestDelaysGrow(t *testing.T) {
	for attempt, most := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		var least, largest time.Duration = time.Hour, 0
		for range 500 {
			delays := newDelays()
			for range attempt {
				delays.NextBackOff()
			}
			d := delays.NextBackOff()
			least, largest = min(least, d), max(largest, d)
		}
		// Full jitter: from about nothing to the whole of it.
		if least < 0 || least > most/10 || largest > most || largest < most-most/10 {
			t.Errorf("delay %d is from %v to %v, want from 0 to %v", attempt, least, largest, most)
		}
	}
}

func TestRefusalClosesTheGateForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := inTurn(says(429, "<html>", "Retry-After", "8"), says(200, `{"id":"user_1"}`))
		c := overExchange(t, Config{}, server)
		begin := time.Now()
		_, err := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
		e := wantError(t, err)
		if e.Fault != notDone || e.Status != 429 || e.RetryAfter != 8*time.Second || e.JSON || e.Environment {
			t.Errorf("error %+v", e)
		}
		if reason, until := c.Waiting(); reason != "Clerk asked for 8 s" || until.Sub(begin) < 8*time.Second {
			t.Errorf("waiting %q until %v", reason, until.Sub(begin))
		}
		if s := c.Stats(); s.Gates != 1 || s.Waiting == "" {
			t.Errorf("stats %+v", s)
		}
		if _, err := c.User(t.Context(), "user_1"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begin); took < 8*time.Second || took > 8*time.Second+gateJitter {
			t.Errorf("another request left after %v", took)
		}
	})
}

func TestUnavailableWithRetryAfterClosesTheGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name   string
			answer exchange
			fault  migrate.Fault
			least  time.Duration
		}{
			{"503 that says for how long", says(503, "", "Retry-After", "20"), ambiguous, 20 * time.Second},
			{"503", says(503, ""), ambiguous, 0},
			{"maintenance", says(503, refusal(codeMaintenance, "")), notDone, 30 * time.Second},
			{"maintenance that says for how long", says(503, refusal(codeMaintenance, ""), "Retry-After", "5"), notDone, 5 * time.Second},
		} {
			server, _ := inTurn(tt.answer, says(200, `{"id":"user_1"}`))
			c := overExchange(t, Config{}, server)
			_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
			if e := wantError(t, err); e.Fault != tt.fault || !e.Environment {
				t.Errorf("%s: %v, environment %v", tt.name, e.Fault, e.Environment)
			}
			begin := time.Now()
			if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took < tt.least || took > tt.least+gateJitter {
				t.Errorf("%s: the next left after %v, want %v", tt.name, took, tt.least)
			}
		}
	})
}

func TestEndOfContext(t *testing.T) {
	for _, tt := range []struct {
		name   string
		server exchange
		fault  migrate.Fault
	}{
		{"at the gate", says(429, "", "Retry-After", "60"), notDone},
		{"under way", func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, transient},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := overExchange(t, Config{}, tt.server)
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				begin := time.Now()
				_, err := c.User(ctx, "user_1")
				e := wantError(t, err)
				if e.Fault != tt.fault || e.Environment || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("fault %v, environment %v: %v", e.Fault, e.Environment, err)
				}
				if took := time.Since(begin); took != 5*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestDrain(t *testing.T) {
	for _, tt := range []struct {
		name   string
		before func(*Client) // what holds the request back
	}{
		{"nothing", func(*Client) {}},
		{"the gate", func(c *Client) { c.pacer.holdFor(time.Minute, time.Now()) }},
		{"the pace", func(c *Client) { _, _ = c.pacer.enter(context.Background()) }},
		{"another", func(c *Client) { c.pacer.turn <- struct{}{} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := overExchange(t, Config{Limit: Limit{N: 1, Window: time.Minute}}, func(*http.Request) (*http.Response, error) {
					t.Error("a request left")
					return nil, io.EOF
				})
				tt.before(c)
				time.AfterFunc(time.Second, c.Drain)
				begin := time.Now()
				if tt.name == "nothing" {
					time.Sleep(2 * time.Second)
					begin = time.Now().Add(-time.Second)
				}
				_, create := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
				_, read := c.User(t.Context(), "user_1")
				if took := time.Since(begin); took != time.Second {
					t.Errorf("it took %v", took)
				}
				for _, err := range []error{create, read} {
					if e := wantError(t, err); e.Fault != notDone || e.Environment || !errors.Is(err, context.Canceled) {
						t.Errorf("fault %v, environment %v: %v", e.Fault, e.Environment, err)
					}
				}
			})
		})
	}
}

func TestDrainLetsRequestsUnderWayEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
			time.Sleep(2 * time.Second)
			return reply(200, `{"id":"user_1"}`), req.Context().Err()
		})
		time.AfterFunc(time.Second, c.Drain)
		if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
			t.Error(err)
		}
	})
}

func TestDrainEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Client
		c = overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
			time.AfterFunc(time.Nanosecond, c.Drain)
			return nil, io.ErrUnexpectedEOF
		})
		begin := time.Now()
		_, err := c.User(t.Context(), "user_1")
		if e := wantError(t, err); e.Fault != notDone || time.Since(begin) > time.Nanosecond {
			t.Errorf("%v after %v", e.Fault, time.Since(begin))
		}
	})
}

func TestDrainEndsRepeating(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c *Client
		requests := 0
		c = overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
			requests++
			c.Drain()
			return nil, io.ErrUnexpectedEOF
		})
		begin := time.Now()
		_, err := c.User(t.Context(), "user_1")
		if e := wantError(t, err); e.Fault != transient || requests != 1 || time.Since(begin) != 0 {
			t.Errorf("%v after %d requests and %v", e.Fault, requests, time.Since(begin))
		}
	})
}

func TestEndOfContextBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
			time.AfterFunc(time.Nanosecond, cancel)
			return nil, io.ErrUnexpectedEOF
		})
		_, err := c.User(ctx, "user_1")
		if e := wantError(t, err); e.Fault != notDone || !errors.Is(err, context.Canceled) {
			t.Errorf("fault %v: %v", e.Fault, err)
		}
	})
}
