package migrate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

var _ Ledger = (*MemoryLedger)(nil)

// A MemoryLedger is a Ledger that lives as long as the process: for dry runs
// and tests. It keeps its promises but for the one about kills. Its methods may
// be called by any goroutine.
type MemoryLedger struct {
	mu      sync.Mutex
	results map[int64]Result
}

// NewMemoryLedger returns an empty ledger.
func NewMemoryLedger() *MemoryLedger {
	return &MemoryLedger{results: map[int64]Result{}}
}

// Commit implements Ledger. Times are kept to the millisecond and durations to
// the microsecond, as on disk.
func (l *MemoryLedger) Commit(_ context.Context, results []Result) error {
	for _, r := range results {
		if r.Row < 1 || r.State == Pending || r.State >= NumStates {
			return fmt.Errorf("row %d: the state %q is not one to store", r.Row, r.State)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range results {
		r.SentAt, r.At, r.UpdatedAt = kept(r.SentAt), kept(r.At), kept(r.UpdatedAt)
		r.Took = r.Took.Truncate(time.Microsecond)
		l.results[r.Row] = r
	}
	return nil
}

// kept returns t as a ledger gives it back.
func kept(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

// States implements Ledger.
func (l *MemoryLedger) States(context.Context) ([]State, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := int64(0)
	for row := range l.results {
		last = max(last, row)
	}
	states := make([]State, last)
	for row, r := range l.results {
		states[row-1] = r.State
	}
	return states, nil
}

// Unfinished implements Ledger.
func (l *MemoryLedger) Unfinished(context.Context) ([]Result, error) {
	return slices.DeleteFunc(l.Results(), func(r Result) bool { return r.State.Final() }), nil
}

// Results returns all that is stored, in the order of the rows.
func (l *MemoryLedger) Results() []Result {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Result, 0, len(l.results))
	for _, row := range slices.Sorted(maps.Keys(l.results)) {
		all = append(all, l.results[row])
	}
	return all
}
