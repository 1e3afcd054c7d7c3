package clerk

import (
	"flag"
	"maps"
	"slices"
	"testing"
	"time"
)

var limiterTime = flag.Duration("limiter.time", 5*time.Minute, "simulated time of each flood against the limiter; before a release, 10h")

// floods are the networks of the limiter's tests, and the share of the limit
// that is to be used over each.
var floods = map[string]struct {
	network
	least float64
}{
	"calm":             {calm, 0.99},
	"jitter":           {jittery, 0.97},
	"stalls":           {stalling, 0.95},
	"150 ms":           {spread(150*time.Millisecond, 0.3, 0.5), 0.985},
	"150 ms, one way":  {spread(150*time.Millisecond, 0.3, 0), 0.985},
	"one second":       {spread(time.Second, 0.3, 0.5), 0.92},
	"a second one way": {spread(time.Second, 0.3, 0), 0.92},
}

// As long as requests can be had, the limit is used as far as the latency lets
// it, and no way of counting refuses one: neither fixed windows of any phase,
// nor a log, which is the strictest. Where the network is steady, ways that only
// come near the limit's words do not either, or once in a while: a counter that
// takes the last window for even, and a bucket.
func TestNoRequestIsTooEarly(t *testing.T) {
	for _, name := range slices.Sorted(maps.Keys(floods)) {
		t.Run(name, func(t *testing.T) {
			during := *limiterTime
			if testing.Short() {
				during /= 5
			}
			for seed := range uint64(2) {
				arrived := arrivals(t, hundred, floods[name].network, seed, during)
				used := float64(len(arrived)) / (hundred.PerSecond() * during.Seconds())
				t.Logf("seed %d: %d requests, %.2f %% of the limit", seed, len(arrived), 100*used)
				if used < floods[name].least {
					t.Errorf("seed %d: %.2f %% of the limit, want %.1f %%", seed, 100*used, 100*floods[name].least)
				}
				checkArrivals(t, arrived, name != "stalls")
			}
		})
	}
}

// phases are those of fixed windows that a test tries.
const phases = 27

// checkArrivals replays requests to every algorithm. Since none is refused, it
// does not matter that nobody heard the answers.
func checkArrivals(t *testing.T, arrived []time.Duration, steady bool) {
	t.Helper()
	log := &slidingLog{limit: hundred.N, window: hundred.Window}
	if n := refusedBy(log, arrived); n > 0 {
		t.Errorf("a log refuses %d of %d", n, len(arrived))
	}
	bucket := &gcra{each: hundred.Window / time.Duration(hundred.N), burst: hundred.N / 5}
	nearly := map[string]int{"a bucket": refusedBy(bucket, arrived)}
	for i := range phases {
		phase := hundred.Window * time.Duration(i) / phases
		if n := refusedBy(&fixedWindow{limit: hundred.N, window: hundred.Window, phase: phase}, arrived); n > 0 {
			t.Errorf("fixed windows of phase %v refuse %d of %d", phase, n, len(arrived))
		}
		counter := &slidingCounter{limit: hundred.N, window: hundred.Window, phase: phase}
		nearly["a counter"] = max(nearly["a counter"], refusedBy(counter, arrived))
	}
	for name, n := range nearly {
		if n > 0 {
			t.Logf("%s refuses %d of %d", name, n, len(arrived))
		}
		if n > len(arrived)/1000 && steady {
			t.Errorf("%s refuses %d of %d", name, n, len(arrived))
		}
	}
}

// refusedBy returns how many requests an algorithm refuses.
func refusedBy(a algorithm, arrived []time.Duration) (n int) {
	for _, at := range arrived {
		if a.arrive(at) > 0 {
			n++
		}
	}
	return n
}

// The same for other limits and shares. A share of one and a half requests is
// one.
func TestNoRequestIsTooEarlyForOtherLimits(t *testing.T) {
	for _, limit := range []Limit{
		DefaultLimit(LiveKey), DefaultLimit(TestKey), {N: 20, Window: time.Second}, {N: 6000, Window: time.Minute}, {N: 3, Window: 10 * time.Second, Share: 0.5},
	} {
		arrived := arrivals(t, limit, floods["150 ms"].network, 1, 2*time.Minute)
		mine := Limit{N: max(1, int(limit.PerSecond()*limit.Window.Seconds())), Window: limit.Window}
		log := &slidingLog{limit: mine.N, window: mine.Window}
		for _, at := range arrived {
			if log.arrive(at) > 0 {
				t.Fatalf("%+v: more than %d in a window", limit, mine.N)
			}
		}
		used := float64(len(arrived)) / (limit.PerSecond() * 120)
		t.Logf("%+v: %.1f %%", limit, 100*used)
		if used < 0.85 && mine.N > 1 {
			t.Errorf("%+v: %.1f %% of it are used", limit, 100*used)
		}
	}
}
