package clerk

import (
	"context"
	"sync/atomic"

	"carryover/migrate"
)

// paramRestrictions lets a create pass the instance's allow- and blocklist
// and the like. Clerk knows it since August 2026; before that, it refuses the
// whole create as holding an unknown parameter.
const paramRestrictions = "skip_restriction_checks"

// restrictions is what is known about skip_restriction_checks. The first
// create of a client goes alone, so that an instance which does not know it
// costs one request and not one for each worker.
type restrictions struct {
	first   chan struct{} // holds one item: the right to go first
	settled chan struct{} // closed when the first create has ended
	dropped atomic.Bool   // Clerk does not know it

	// An answer that names no parameter is tried out by one create at a time,
	// until one has shown whether it was this one.
	guess   chan struct{} // holds one item: the right to try
	guessed atomic.Bool   // it was another
}

// newRestrictions returns the state before the first create.
func newRestrictions() *restrictions {
	r := &restrictions{
		first:   make(chan struct{}, 1),
		settled: make(chan struct{}),
		guess:   make(chan struct{}, 1),
	}
	r.first <- struct{}{}
	r.guess <- struct{}{}
	return r
}

// enter waits for the first create to end. isFirst is true for that one,
// which must call settle.
func (r *restrictions) enter(ctx context.Context) (isFirst bool, err error) {
	select {
	case <-r.settled:
		return false, nil
	default:
	}
	select {
	case <-r.settled:
		return false, nil
	case <-r.first:
		return true, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// settle lets all other creates go, whatever came of the first: they find out
// for themselves where it brought no verdict.
func (r *restrictions) settle() { close(r.settled) }

// refusedIn reports whether e refuses the parameter as unknown, and whether
// it names it. Where another parameter is named, it is not meant.
func refusedIn(e *migrate.Error) (refused, named bool) {
	nameless := false
	for i, code := range e.Codes {
		if code != codeParamUnknown {
			continue
		}
		switch e.Params[i] {
		case paramRestrictions:
			return true, true
		case "":
			nameless = true
		}
	}
	return nameless, false
}
