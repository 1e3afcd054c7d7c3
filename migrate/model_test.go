package migrate_test

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"carryover/migrate"
)

// A model is what may happen to rows, in as few words as possible: it is told
// of every commit, request, answer and look-up, and keeps what must not have
// been (reliability 2).
type model struct {
	mu     sync.Mutex
	settle time.Duration
	rows   map[string]*modelRow
	wrong  []string
}

type modelRow struct {
	state    migrate.State
	action   migrate.Action
	requests int       // that may have been processed, of all runs
	underWay bool      // a request is
	lost     bool      // a create may have been processed, and no look-up has told
	taken    bool      // a create was answered "exists"
	ended    time.Time // when its last request did
}

// may follow: the states that may come after each.
var mayFollow = map[migrate.State][]migrate.State{
	migrate.Pending:   {migrate.InFlight, migrate.Unchanged, migrate.Rejected, migrate.Conflict},
	migrate.InFlight:  {migrate.InFlight, migrate.Retry, migrate.Ambiguous, migrate.Created, migrate.Updated, migrate.Unchanged, migrate.Rejected, migrate.Conflict},
	migrate.Retry:     {migrate.InFlight, migrate.Retry, migrate.Unchanged, migrate.Rejected, migrate.Conflict},
	migrate.Ambiguous: {migrate.InFlight, migrate.Retry, migrate.Ambiguous, migrate.Created, migrate.Updated, migrate.Rejected, migrate.Conflict},
}

func newModel(settle time.Duration) *model {
	return &model{settle: settle, rows: map[string]*modelRow{}}
}

// at locks the model and returns a row of it.
func (m *model) at(key string) (row *modelRow, unlock func()) {
	m.mu.Lock()
	if m.rows[key] == nil {
		m.rows[key] = &modelRow{}
	}
	return m.rows[key], m.mu.Unlock
}

func (m *model) want(ok bool, format string, args ...any) {
	if !ok {
		m.wrong = append(m.wrong, fmt.Sprintf(format, args...))
	}
}

func (m *model) committed(r migrate.Result) {
	row, unlock := m.at(r.Key)
	defer unlock()
	m.want(slices.Contains(mayFollow[row.state], r.State), "%s: %v after %v", r.Key, r.State, row.state)
	m.want(!row.underWay, "%s: %v while a request is under way", r.Key, r.State)
	m.want(!row.lost || slices.Contains([]migrate.State{migrate.Ambiguous, migrate.Created, migrate.Conflict}, r.State), "%s: %v in doubt", r.Key, r.State)
	m.want(!row.taken || r.State != migrate.InFlight, "%s: sent again after \"exists\"", r.Key)
	m.want(r.Attempts == row.requests, "%s: %d attempts noted of %d", r.Key, r.Attempts, row.requests)
	row.state, row.action = r.State, r.Action
}

func (m *model) sent(key string, action migrate.Action) {
	row, unlock := m.at(key)
	defer unlock()
	m.want(row.state == migrate.InFlight && row.action == action, "%s: %v sent with the intent %v %v", key, action, row.state, row.action)
	m.want(!row.lost && !row.taken && !row.underWay, "%s: sent in doubt", key)
	row.underWay = true
}

func (m *model) answered(key string, action migrate.Action, fault migrate.Fault) {
	row, unlock := m.at(key)
	defer unlock()
	row.underWay, row.ended = false, time.Now()
	row.lost = action == migrate.Create && (fault == migrate.AmbiguousFault || fault == migrate.MixedFault)
	row.taken = action == migrate.Create && fault == migrate.ExistsFault
	if fault != migrate.NotDoneFault && fault != migrate.StopFault {
		row.requests++
	}
	m.want(row.requests <= 8, "%s: %d requests", key, row.requests)
}

// looked is told what a look-up showed. One that shows nobody tells something
// only when the create can no longer be under way.
func (m *model) looked(key string, found bool) {
	row, unlock := m.at(key)
	defer unlock()
	if row.lost && !found {
		m.want(time.Since(row.ended) >= m.settle, "%s: looked up %v after its request", key, time.Since(row.ended))
		row.lost = false
	}
}
