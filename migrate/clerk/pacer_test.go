package clerk

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A pace of 100 requests a second.
var hundred = Limit{N: 1000, Window: 10 * time.Second}

// departures lets n requests through, all of them waiting at once, and
// returns when each left.
func departures(t *testing.T, p *pacer, n int) []time.Time {
	t.Helper()
	var mu sync.Mutex
	var times []time.Time
	var all sync.WaitGroup
	for range n {
		all.Go(func() {
			if _, err := p.enter(t.Context()); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			times = append(times, time.Now())
		})
	}
	all.Wait()
	return times
}

func wantGaps(t *testing.T, times []time.Time, least time.Duration) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		// A rate is a float: a nanosecond is lost here and there.
		if gap := times[i].Sub(times[i-1]); gap < least-time.Microsecond {
			t.Fatalf("request %d left %v after the one before, want %v", i, gap, least)
		}
	}
}

func TestPacerIsEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(hundred)
		begin := time.Now()
		times := departures(t, p, 1000)
		wantGaps(t, times, 10*time.Millisecond)
		if took := times[999].Sub(begin); took > 10050*time.Millisecond {
			t.Errorf("1000 requests took %v", took)
		}
	})
}

func TestPacerShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wantGaps(t, departures(t, newPacer(DefaultLimit(LiveKey)), 100), 12500*time.Microsecond)
	})
}

func TestPacerDoesNotCatchUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(hundred)
		departures(t, p, 10)
		time.Sleep(time.Minute)
		wantGaps(t, departures(t, p, 100), 10*time.Millisecond)
	})
}

func TestPacerWithoutLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		departures(t, newPacer(Limit{}), 1000)
		if took := time.Since(begin); took != 0 {
			t.Errorf("1000 requests without a limit took %v", took)
		}
	})
}

func TestGateHoldsEverybody(t *testing.T) {
	for name, limit := range map[string]Limit{"paced": hundred, "no limit": {}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(limit)
				closed := time.Now()
				p.holdFor(8*time.Second, closed)
				times := departures(t, p, 64)
				wait := times[0].Sub(closed)
				if wait < 8*time.Second || wait > 8*time.Second+gateJitter {
					t.Errorf("the first left after %v, want 8 s and at most %v", wait, gateJitter)
				}
				if limit.N > 0 {
					wantGaps(t, times, 10*time.Millisecond) // no burst when it opens
				}
			})
		})
	}
}

func TestGateClosesOnThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Limit{N: 60, Window: time.Minute})
		departures(t, p, 1)
		begin := time.Now()
		time.AfterFunc(500*time.Millisecond, func() { p.holdFor(10*time.Second, time.Now()) })
		departures(t, p, 1) // would leave after 1 s
		if took := time.Since(begin); took < 10500*time.Millisecond {
			t.Errorf("it left after %v, through a closed gate", took)
		}
	})
}

func TestGateIsExtendedNeverShortened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Limit{})
		p.jitter = func(time.Duration) time.Duration { return 0 }
		begin := time.Now()
		p.holdFor(10*time.Second, begin)
		p.holdFor(2*time.Second, begin)
		if reason, until := p.waiting(); reason != "Clerk asked for 10 s" || until.Sub(begin) != 10*time.Second {
			t.Errorf("waiting %q until %v", reason, until.Sub(begin))
		}
		time.AfterFunc(9*time.Second, func() { p.holdFor(5*time.Second, time.Now()) })
		departures(t, p, 1)
		if took := time.Since(begin); took != 14*time.Second {
			t.Errorf("it left after %v, want 14 s", took)
		}
		if reason, until := p.waiting(); reason != "" || !until.IsZero() {
			t.Errorf("waiting %q until %v with the gate open", reason, until)
		}
	})
}

func TestGateCountsOnceForRequestsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Limit{})
		sent := time.Now()
		time.Sleep(time.Millisecond)
		for range 30 {
			p.holdFor(time.Second, sent)
		}
		if got := p.closedTimes(); got != 1 {
			t.Errorf("30 refusals of requests under way count as %d", got)
		}
		time.Sleep(2 * time.Second)
		sent = time.Now()
		p.holdFor(time.Second, sent)
		if got := p.closedTimes(); got != 2 {
			t.Errorf("a later refusal makes %d, want 2", got)
		}
	})
}

func TestMaintenanceWaitsDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Limit{})
		p.jitter = func(time.Duration) time.Duration { return 0 }
		for _, want := range []int{30, 60, 120, 240, 300, 300} {
			sent := time.Now()
			time.Sleep(time.Millisecond)
			for range 5 { // five were under way
				p.holdForMaintenance(sent)
			}
			begin := time.Now()
			departures(t, p, 1)
			if took := time.Since(begin); took != time.Duration(want)*time.Second {
				t.Errorf("waited %v, want %d s", took, want)
			}
			time.Sleep(time.Millisecond)
		}
		p.leave(observation{status: 200})
		p.holdForMaintenance(time.Now())
		if _, until := p.waiting(); time.Until(until) != firstMaintenance {
			t.Errorf("after a success it waits %v", time.Until(until))
		}
	})
}

func TestEnterHonoursContext(t *testing.T) {
	for _, tt := range []struct {
		name  string
		block func(*pacer)
	}{
		{"at the gate", func(p *pacer) { p.holdFor(time.Minute, time.Now()) }},
		{"at the pace", func(p *pacer) { _, _ = p.enter(context.Background()) }},
		{"behind another", func(p *pacer) { p.turn <- struct{}{} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer(Limit{N: 1, Window: time.Minute})
				tt.block(p)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, cancel)
				begin := time.Now()
				if _, err := p.enter(ctx); err != context.Canceled {
					t.Errorf("error %v", err)
				}
				if took := time.Since(begin); took != time.Second {
					t.Errorf("it took %v", took)
				}
				if _, err := p.enter(ctx); err != context.Canceled {
					t.Errorf("with a context that has ended: %v", err)
				}
			})
		})
	}
}

func TestEnterGivesItsPlaceBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(Limit{N: 60, Window: time.Minute})
		departures(t, p, 1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := p.enter(ctx); err == nil {
			t.Fatal("entered")
		}
		begin := time.Now()
		departures(t, p, 1)
		if took := time.Since(begin); took > 1010*time.Millisecond {
			t.Errorf("the next left after %v: the one that gave up kept its place", took)
		}
	})
}
