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
func (c *call) wait(d time.Duration) bool {
	if d > 0 {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return true
		case <-c.r.Context().Done():
		case <-c.s.done:
		}
		return false
	}
	return true
}
