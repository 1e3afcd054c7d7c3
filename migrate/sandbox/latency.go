package sandbox

import (
	"math"
	"math/rand/v2"
	"time"
)

// latency draws the time that a request takes: lognormal, so that the median is
// cfg.Latency and some take several times as long.
func (c Config) latency(rng *rand.Rand) time.Duration {
	if c.Latency == 0 {
		return 0
	}
	factor := math.Exp(c.Sigma * rng.NormFloat64())
	return time.Duration(min(float64(c.Latency)*factor, float64(time.Hour)))
}

// wait lets d pass. It returns false, at once, when the client gave up or the
// sandbox was closed.
func (c *call) wait(d time.Duration) bool { return c.s.pass(d, c.r.Context().Done()) }

// work lets d pass, also for a client that has gone: a server that has read a
// request seldom knows. It returns false when the sandbox was closed.
func (c *call) work(d time.Duration) bool { return c.s.pass(d, nil) }

// pass lets d pass. It returns false, at once, when left or the sandbox is
// closed.
func (s *Sandbox) pass(d time.Duration, left <-chan struct{}) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-left:
	case <-s.done:
	}
	return false
}
