package clerk

import (
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A network says how long a request that is sent at some time takes to arrive,
// and its answer to come.
type network func(rng *rand.Rand, sent time.Duration) (there, back time.Duration)

// lognormal draws around a median.
func lognormal(rng *rand.Rand, median time.Duration, sigma float64) time.Duration {
	return time.Duration(float64(median) * math.Exp(sigma*rng.NormFloat64()))
}

// calm answers in 106 ms on average, evenly.
func calm(rng *rand.Rand, _ time.Duration) (there, back time.Duration) {
	return lognormal(rng, 15*time.Millisecond, 0.1), lognormal(rng, 90*time.Millisecond, 0.1)
}

// jittery takes 260 ms on average, 100 ms more or less, on both ways.
func jittery(rng *rand.Rand, _ time.Duration) (there, back time.Duration) {
	return lognormal(rng, 80*time.Millisecond, 0.6), lognormal(rng, 150*time.Millisecond, 0.4)
}

// stalling is calm, but that now and then nothing arrives for up to 1.5 s, and
// then all at once.
func stalling(rng *rand.Rand, sent time.Duration) (there, back time.Duration) {
	const every = 30 * time.Second
	there, back = calm(rng, sent)
	n := sent / every
	stall := 200*time.Millisecond + time.Duration(uint64(n)*2654435761%1300)*time.Millisecond
	return max(there, n*every+stall-sent), back
}

// spread is a network of which only the whole is known, whose median it takes:
// the way there is any part of it up to most.
func spread(median time.Duration, sigma, most float64) network {
	return func(rng *rand.Rand, _ time.Duration) (there, back time.Duration) {
		all := lognormal(rng, median, sigma)
		there = time.Duration(rng.Float64() * most * float64(all))
		return there, all - there
	}
}

// An instance is Clerk as far as its limit goes.
type instance struct {
	algorithm
	mu      sync.Mutex
	blocked map[string]time.Duration // endpoint, to when
	begin   time.Time

	arrived []time.Duration // requests that were not refused
	refused map[string]int
	count   map[string]int
}

func newInstance(a algorithm) *instance {
	return &instance{
		algorithm: a, begin: time.Now(), blocked: map[string]time.Duration{}, refused: map[string]int{}, count: map[string]int{},
	}
}

// ask returns the status for a request that arrives now. A refusal shuts the
// endpoint for what Retry-After says.
func (s *instance) ask(endpoint string) (status int, retryAfter time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Since(s.begin)
	s.count[endpoint]++
	wait := s.blocked[endpoint] - now
	if wait <= 0 {
		if wait = s.arrive(now); wait <= 0 {
			s.arrived = append(s.arrived, now)
			return 200, 0
		}
		wait = (wait + time.Second - 1).Truncate(time.Second)
		s.blocked[endpoint] = now + wait
	}
	s.refused[endpoint]++
	return 429, (wait + time.Second - 1).Truncate(time.Second)
}

// flood keeps so many workers busy with requests through p to s, as long as
// there is time.
func flood(t *testing.T, p *pacer, s *instance, net network, seed uint64, workers int, during time.Duration) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	begin := time.Now()
	var mu sync.Mutex
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for {
				sent, err := p.enter(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				if sent.Sub(begin) >= during {
					p.giveBack()
					return
				}
				mu.Lock()
				there, back := net(rng, sent.Sub(begin))
				mu.Unlock()
				time.Sleep(there)
				status, retryAfter := s.ask("POST")
				time.Sleep(back)
				seen := observation{method: "POST", sent: sent, received: time.Now(), status: status}
				p.leave(seen)
				if status == 429 {
					p.holdFor(retryAfter, sent)
				}
			}
		})
	}
	all.Wait()
}

// arrivals returns when the requests of a flood through a new pacer arrive,
// where nothing is refused.
func arrivals(t *testing.T, limit Limit, net network, seed uint64, during time.Duration) (arrived []time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newInstance(unlimited{})
		flood(t, newPacer(limit), s, net, seed, 256, during)
		arrived = s.arrived
	})
	slices.Sort(arrived)
	return arrived
}
