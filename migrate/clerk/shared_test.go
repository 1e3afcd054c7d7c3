package clerk

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// A stage is a time in which other traffic takes a part of the limit, and what
// came of it after the first three windows.
type stage struct {
	part   float64
	others int     // requests of the other traffic
	shut   int     // of these, refused
	mine   float64 // part of the limit
	full   bool    // the whole share may be used in the end
}

const stageTime = 40 * 10 * time.Second

// play lets other traffic ask s for its part of the limit, in each stage, while
// p is in use. It does not wait when it is refused, as a backend that serves
// people cannot.
func play(s *instance, p *pacer, stages []stage) {
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range stages {
		one := &stages[i]
		begin := time.Now()
		ask := func(during time.Duration) (others, shut, mine int) {
			s.mu.Lock()
			others, shut, mine = s.count["GET"], s.refused["GET"], s.count["POST"]
			s.mu.Unlock()
			for end := time.Now().Add(during); time.Now().Before(end); {
				if one.part == 0 {
					time.Sleep(during)
					break
				}
				even := float64(hundred.Window) / float64(hundred.N) / one.part
				time.Sleep(time.Duration(even * (0.5 + rng.Float64())))
				s.ask("GET")
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.count["GET"] - others, s.refused["GET"] - shut, s.count["POST"] - mine
		}
		ask(3 * hundred.Window)
		left := stageTime - time.Since(begin)
		var mine int
		one.others, one.shut, mine = ask(left)
		one.mine = float64(mine) / (hundred.PerSecond() * left.Seconds())
		n, _ := p.allowed()
		one.full = n >= hundred.N*95/100
	}
}

// Other traffic has the way: what it asks for it gets, but for a little each time
// that the limiter finds out how much that is. What is left is used, and all of
// it when the others have gone.
func TestOtherTrafficIsGivenWay(t *testing.T) {
	parts := []float64{0, 0.1, 0.3, 0.5, 0.7, 0.9, 0, 0.5, 0}
	if testing.Short() {
		parts = []float64{0.3, 0.9, 0}
	}
	for name, a := range map[string]algorithm{
		"fixed":   &fixedWindow{limit: hundred.N, window: hundred.Window, phase: 3 * time.Second},
		"log":     &slidingLog{limit: hundred.N, window: hundred.Window},
		"counter": &slidingCounter{limit: hundred.N, window: hundred.Window, phase: 7 * time.Second},
	} {
		if testing.Short() && name != "log" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			stages := make([]stage, len(parts))
			for i := range parts {
				stages[i].part = parts[i]
			}
			synctest.Test(t, func(t *testing.T) {
				s, p := newInstance(a), newPacer(hundred)
				p.jitter = func(d time.Duration) time.Duration { return d / 2 }
				played := make(chan struct{})
				go func() {
					defer close(played)
					play(s, p, stages)
				}()
				flood(t, p, s, spread(150*time.Millisecond, 0.3, 0.5), 1, 64, stageTime*time.Duration(len(stages)))
				<-played
			})
			for i := range stages {
				stages[i].check(t)
			}
		})
	}
}

// check says what is wrong with what came of a stage, if anything.
func (one stage) check(t *testing.T) {
	t.Helper()
	refused, rest := float64(one.shut)/float64(max(1, one.others)), 1-one.part
	t.Logf("others %.0f %%, refused %.2f %%; we %.1f %%", 100*one.part, 100*refused, 100*one.mine)
	// Each refusal that hits them shuts their endpoint for a second: 0.3 % of the
	// time of a stage.
	most := 0.04
	if one.part > 0.8 { // a tenth is always asked for
		most = 0.08
	}
	if refused > most {
		t.Errorf("%.2f %% of theirs are refused", 100*refused)
	}
	if one.part > 0 && (one.mine > rest+0.02 || one.mine < rest-0.18) {
		t.Errorf("we use %.1f %%", 100*one.mine)
	}
	if one.part == 0 && !one.full {
		t.Error("the whole limit is not found again")
	}
}
