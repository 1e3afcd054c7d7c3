package migrate

import (
	"testing"
	"time"
)

var start = time.Unix(1_700_000_000, 0)

func at(d time.Duration) time.Time { return start.Add(d) }

// opened returns a breaker that has just opened.
func opened(t *testing.T) *breaker {
	t.Helper()
	b := new(breaker)
	for i := range breakerRow {
		if b.limit(64) != 64 {
			t.Fatalf("open after %d failures", i)
		}
		b.observe(start, start, true)
	}
	if b.limit(64) != 0 {
		t.Fatalf("still closed after %d failures in a row", breakerRow)
	}
	return b
}

func TestBreakerOpens(t *testing.T) {
	opened(t)
	tests := []struct {
		name  string
		fails func(i int) bool
		at    int // answers until it opens; -1 for never
	}{
		{"half of the first 40", func(i int) bool { return i%2 == 0 }, breakerLeast},
		{"a third", func(i int) bool { return i%3 == 0 }, -1},
		{"19 of 20", func(i int) bool { return i%20 != 0 }, breakerLeast},
		{"half of the last hundred, after much that went well", func(i int) bool { return i > 500 && i%2 == 0 }, 500 + breakerWindow},
	}
	for _, test := range tests {
		b, opens := new(breaker), -1
		for i := 0; i < 2000 && opens < 0; i++ {
			if b.observe(start, start, test.fails(i)); b.limit(64) == 0 {
				opens = i + 1
			}
		}
		if opens < test.at-1 || opens > test.at+2 {
			t.Errorf("%s: opened after %d answers, want %d", test.name, opens, test.at)
		}
	}
}

// Probes are a second, two, four … and a minute apart, never less, and a
// quarter more at most.
func TestProbesAreFarApart(t *testing.T) {
	b, now := opened(t), start
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		want *= time.Second
		if wait := b.probe.Sub(now); wait < want || wait > want*5/4 {
			t.Errorf("probe %d is due after %v, want %v", i, wait, want)
		}
		now = b.probe
		b.probed(now, false)
	}
	if got := b.outage(now); got != now.Sub(start) {
		t.Errorf("outage of %v, want %v", got, now.Sub(start))
	}
}

func TestBreakerLetsAFewThroughAtFirst(t *testing.T) {
	b := opened(t)
	now := at(time.Second)
	b.probed(now, true)
	for _, want := range []struct{ limit, answers int }{{2, 4}, {10, 20}, {50, 40}} {
		for i := range want.answers {
			if got := b.limit(200); got != want.limit {
				t.Fatalf("answer %d of a trial: %d in flight, want %d", i, got, want.limit)
			}
			b.observe(now, now, i%4 == 3) // a quarter may fail
		}
	}
	if b.limit(200) != 200 || b.outage(at(time.Hour)) != 0 {
		t.Error("it did not close")
	}
}

func TestBreakerOpensAgain(t *testing.T) {
	b := opened(t)
	now := at(time.Second)
	b.probed(now, true)
	b.observe(now, start, true) // it left before the probe: it says nothing new
	if b.limit(64) != 1 {
		t.Fatal("a straggler counted")
	}
	for range 3 {
		b.observe(now, now, true)
	}
	if b.limit(64) != 0 || b.probe.Sub(now) < 2*time.Second {
		t.Errorf("limit %d, the next probe after %v", b.limit(64), b.probe.Sub(now))
	}
	if got := b.outage(now); got != time.Second {
		t.Errorf("outage of %v: nothing got through, so it goes on", got)
	}
	// Once rows get through, a new outage begins with a new second.
	b.probed(now, true)
	for range 4 {
		b.observe(now, now, false)
	}
	later := now.Add(time.Minute)
	for range 11 {
		b.observe(later, later, true)
	}
	if b.limit(64) != 0 || b.outage(later) != 0 || b.probe.Sub(later) >= 2*time.Second {
		t.Errorf("limit %d, outage %v, probe after %v", b.limit(64), b.outage(later), b.probe.Sub(later))
	}
}
