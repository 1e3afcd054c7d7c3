package main

import (
	"fmt"
	"strings"
)

// A mix is a set of faults with their shares in its total.
type mix struct {
	weights map[string]float64
	percent float64 // of the requests that meet one; 0 is what --faults says
}

// Faults by what they do to a run.
var (
	// survived are repeated or reconciled.
	survived = []string{
		"refuse", "reset-before-apply", "reset-after-apply", "apply-500", "apply-502", "apply-504",
		"500", "502", "503", "409", "html-200", "half-body", "wrong-length", "bad-json",
	}
	// waited are the same, but each holds a request until it times out.
	waited = []string{"hang-before", "hang", "slow"}
	// gated hold every request for two seconds.
	gated = []string{"429-seconds", "429-date"}
	// barred hold every request for ten seconds to five minutes: a run that
	// meets one does nothing more until it is killed.
	barred = []string{"429-garbage", "429-missing", "429-huge", "maintenance"}
	// unread hide why a row is refused. One whose create was in doubt before is
	// looked for then, for two minutes, to be sure that it is not there.
	unread = []string{"gzip-bomb"}
	// stopping end the run with exit code 5.
	stopping = []string{"401", "403", "redirect"}
)

// lateCreate is carried out a second after it came.
const lateCreate = "POST:late"

// planRefusal is the fault that rejects a row which is good.
const planRefusal = "402"

var (
	mixed = weigh(0, weight{8, survived}, weight{8, unread}, weight{4, waited}, weight{1, gated}, weight{0.5, barred}, weight{0.5, stopping})
	// quick leaves out what a run waits for, so that it ends within a minute.
	quick    = weigh(0, weight{8, survived}, weight{4, waited}, weight{0.3, gated}, weight{0.5, stopping})
	refusing = weigh(6, weight{1, survived}, weight{8, []string{planRefusal}}, weight{2, stopping})
	late     = weigh(60, weight{1, []string{lateCreate}})
	half     = weigh(50, weight{8, survived}, weight{4, waited}, weight{0.5, gated}, weight{0.5, stopping})
)

type weight struct {
	each   float64
	faults []string
}

func weigh(percent float64, weights ...weight) mix {
	m := mix{weights: map[string]float64{}, percent: percent}
	for _, w := range weights {
		for _, fault := range w.faults {
			m.weights[fault] = w.each
		}
	}
	return m
}

// lines is the mix as POST /sandbox/faults takes it.
func (m mix) lines(percent float64) string {
	if m.percent > 0 {
		percent = m.percent
	}
	sum := 0.0
	for _, w := range m.weights {
		sum += w
	}
	var b strings.Builder
	for _, group := range [][]string{survived, unread, waited, gated, barred, stopping, {planRefusal, lateCreate}} {
		for _, fault := range group {
			if w := m.weights[fault]; w > 0 {
				fmt.Fprintf(&b, "%s=%.6f\n", fault, w/sum*percent/100)
			}
		}
	}
	return b.String()
}

// holds tells whether one of the faults is in the mix.
func (m mix) holds(faults ...string) bool {
	for _, fault := range faults {
		if m.weights[fault] > 0 {
			return true
		}
	}
	return false
}
