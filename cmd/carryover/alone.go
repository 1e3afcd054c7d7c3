package main

import (
	"runtime"

	"carryover/migrate/clerk"
)

// alone keeps a run that its rate limit holds back to one processor at a time.
// On several, the Go runtime wakes a thread on another one for whatever is to be
// done, which takes longer than to do it.
//
// It begins with the first outcome: what an earlier run has done is passed over
// before that, as fast as it can be read. Its methods are for one goroutine.
type alone struct {
	wanted bool
	before int // processors; 0 while all are used
}

// newAlone decides by the limit. A sandbox in this process has work of its own.
func newAlone(limit clerk.Limit, embedded bool) *alone {
	return &alone{wanted: limit.MostlyIdle() && !embedded}
}

func (a *alone) begin() {
	if a.wanted && a.before == 0 {
		a.before = runtime.GOMAXPROCS(1)
	}
}

func (a *alone) end() {
	if a.before > 0 {
		runtime.GOMAXPROCS(a.before)
	}
}
