package clerk

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// A run that follows another waits until its window has passed, and begins
// slowly. Any other begins at full pace.
func TestRunAfterAnotherWaits(t *testing.T) {
	for _, tt := range []struct {
		name   string
		ago    time.Duration // 0 = there was none
		limit  Limit
		wait   time.Duration
		reason string
	}{
		{"fresh", 0, hundred, 0, ""},
		{"long ago", 11 * time.Second, hundred, 0, ""},
		{"just now", 4 * time.Second, hundred, 6 * time.Second, "another run used the limit 4 s ago"},
		{"clock set back", -time.Hour, hundred, 10 * time.Second, "another run used the limit, and the clock has been set back since"},
		{"no limit", 4 * time.Second, Limit{}, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				config := Config{Limit: tt.limit}
				if tt.ago != 0 {
					config.LastSend = time.Now().Add(-tt.ago).UTC().Round(0)
				}
				c := overExchange(t, config, says(200, "{}"))
				begin := time.Now()
				if reason, until := c.Waiting(); reason != tt.reason || !until.IsZero() && until.Sub(begin) != tt.wait {
					t.Errorf("waiting %q until %v", reason, until.Sub(begin))
				}
				times := departures(t, c.pacer, 900)
				if wait := times[0].Sub(begin); wait != tt.wait {
					t.Errorf("the first left after %v, want %v", wait, tt.wait)
				}
				if c.Gates() != 0 {
					t.Error("it counts as a refusal by Clerk")
				}
				took := times[899].Sub(times[0])
				if slow := took > 9500*time.Millisecond; slow != (tt.wait > 0) {
					t.Errorf("900 requests took %v", took)
				}
				if tt.wait > 0 {
					wantGaps(t, times[:10], 40*time.Millisecond) // a fifth of the pace
					wantGaps(t, times[890:], 10*time.Millisecond)
				}
			})
		})
	}
}

// After a refusal less is sent, slowly at first, and the client says why.
func TestRefusalCutsTheShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, _ := inTurn(says(429, "", "Retry-After", "1"), says(200, `{"id":"user_1"}`))
		c := overExchange(t, Config{Limit: hundred}, server)
		c.pacer.jitter = func(time.Duration) time.Duration { return 0 }
		want := func(reason string, slots int, pace float64) {
			t.Helper()
			s := c.Stats()
			if s.Waiting != reason || s.Slots != slots || s.Pace < pace-0.1 || s.Pace > pace+0.1 {
				t.Errorf("waiting %q, %d slots, %.2f a second; want %q, %d, %v", s.Waiting, s.Slots, s.Pace, reason, slots, pace)
			}
		}
		want("", 1000, 100)
		if _, err := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{}); err == nil {
			t.Fatal("it was not refused")
		}
		want("Clerk asked for 1 s", 450, 9)
		time.Sleep(time.Second)
		want("going on slowly at first: 9 %", 450, 9)
		time.Sleep(20 * time.Second)
		want("other traffic uses the limit: going at 45 %", 450, 45)
		if _, until := c.Waiting(); !until.IsZero() {
			t.Errorf("it waits until %v", until)
		}
		times := departures(t, c.pacer, 100)
		wantGaps(t, times, 22100*time.Microsecond)
	})
}

// Everything under way may be refused: that is one refusal.
func TestRefusalsUnderWayAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overExchange(t, Config{Limit: hundred}, func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return reply(429, "", "Retry-After", "5"), nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var all sync.WaitGroup
		for range 30 {
			all.Go(func() { _, _ = c.UpdateUser(ctx, "user_1", &migrate.UpdateUserRequest{}) })
		}
		all.Wait()
		if s := c.Stats(); s.Slots != 450 || s.Gates != 1 || s.ByStatus[429] != 30 {
			t.Errorf("%d slots, %d gates, %d refusals", s.Slots, s.Gates, s.ByStatus[429])
		}
	})
}

// errBroken is what a network says.
var errBroken = errors.New("broken")

// A slot is kept for as long as its request may arrive: not at all where it was
// never sent, and until it has settled where it was given up.
func TestSlotIsKeptWhileTheRequestMayArrive(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    exchange
		free time.Duration
	}{
		{"answered", func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return reply(200, `{"id":"user_1"}`), nil
		}, 11 * time.Second},
		{"broken off", func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return nil, errBroken
		}, 11 * time.Second},
		{"given up", func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		}, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := overExchange(t, Config{Limit: Limit{N: 1, Window: 10 * time.Second}, Timeout: 15 * time.Second}, tt.e)
				begin := time.Now()
				_, _ = c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
				if _, err := c.pacer.enter(t.Context()); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin); took != tt.free+slotSlack {
					t.Errorf("the next left after %v, want %v", took, tt.free)
				}
			})
		})
	}
}

// unreachable is a network that never gets a connection.
type unreachable struct{}

// RoundTrip implements http.RoundTripper.
func (unreachable) RoundTrip(req *http.Request) (*http.Response, error) {
	httptrace.ContextClientTrace(req.Context()).GetConn("")
	return nil, errBroken
}

func TestRequestThatWasNotSentTakesNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := newClient(Config{Key: testKey, Limit: Limit{N: 2, Window: 10 * time.Second}}, unreachable{})
		if err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		for range 10 { // at the pace, which is 5.03 s
			_, err := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
			if e := wantError(t, err); e.Fault != notDone || !strings.Contains(e.Error(), "PATCH") {
				t.Error(e)
			}
		}
		if took := time.Since(begin); took > 46*time.Second {
			t.Errorf("ten requests that never left took %v", took)
		}
	})
}

func TestLastSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overExchange(t, Config{Limit: hundred}, says(200, `{"id":"user_1"}`))
		if got := c.LastSend(); !got.IsZero() {
			t.Errorf("before the first: %v", got)
		}
		time.Sleep(time.Second)
		want := time.Now()
		if _, err := c.User(t.Context(), "user_1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if got := c.LastSend(); !got.Equal(want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
