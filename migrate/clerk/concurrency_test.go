package clerk

import (
	"math"
	"testing"
	"time"
)

func TestLittlesLaw(t *testing.T) {
	for _, tt := range []struct {
		rate float64
		p95  time.Duration
		want int
	}{
		{100, 300 * time.Millisecond, 45},
		{80, 250 * time.Millisecond, 30},
		{100, 2 * time.Millisecond, 8},
		{100, 5 * time.Second, 256},
		{9.9, 150 * time.Millisecond, 8},
		{100, 0, 8},
	} {
		if got := littlesLaw(tt.rate, tt.p95); got != tt.want {
			t.Errorf("%v a second at %v: %d, want %d", tt.rate, tt.p95, got, tt.want)
		}
	}
}

func TestConcurrencyFollowsLatency(t *testing.T) {
	c := newConcurrency(100, 0, 0)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	during := func(d, latency time.Duration) {
		for end := now.Add(d); now.Before(end); now = now.Add(10 * time.Millisecond) {
			c.observe(latency, now)
		}
	}
	near := func(step string, want int) {
		t.Helper()
		if got := c.current(); math.Abs(float64(got-want)) > 1 {
			t.Errorf("%s: %d, want about %d", step, got, want)
		}
	}
	near("before anything is measured", 128)
	during(500*time.Millisecond, 300*time.Millisecond)
	near("too few answers", 128)
	during(time.Second, 300*time.Millisecond)
	near("the first figure comes early", 45)
	during(40*time.Second, time.Second)
	near("slower", 150)
	during(40*time.Second, 100*time.Millisecond)
	near("fast again: what is old is forgotten", 15)
	now = now.Add(time.Hour)
	c.observe(time.Minute, now)
	now = now.Add(time.Minute)
	c.observe(time.Minute, now)
	now = now.Add(time.Minute)
	c.observe(time.Minute, now)
	near("a few answers after a pause say nothing", 15)
}

func TestConcurrencyFixed(t *testing.T) {
	for name, c := range map[string]*concurrency{
		"given":    newConcurrency(100, 17, 0),
		"no limit": newConcurrency(math.Inf(1), 0, 0),
	} {
		before := c.current()
		for i := range 1000 {
			c.observe(time.Minute, time.Unix(int64(i), 0))
		}
		if got := c.current(); got != before {
			t.Errorf("%s: changed from %d to %d", name, before, got)
		}
	}
}

// Where few connections can be had, no more requests are under way than they
// carry, and look-ups still find one.
func TestConcurrencyKeepsToConnections(t *testing.T) {
	for _, tt := range []struct{ fixed, connections, want int }{
		{0, 0, 128},
		{200, 1000, 200},
		{200, 100, 92},
		{64, 10, 5},
		{0, 2, 1},
		{0, 1, 1},
	} {
		if got := newConcurrency(100, tt.fixed, tt.connections).current(); got != tt.want {
			t.Errorf("%d given, %d connections: %d, want %d", tt.fixed, tt.connections, got, tt.want)
		}
	}
}
