package sandbox

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// An Entry is one request that the sandbox received under /v1, also those that
// it refused. It never holds a value of the body but the external_id.
type Entry struct {
	Seq        uint64        `json:"seq"` // from 1, in order of arrival
	At         time.Duration `json:"-"`   // of arrival, since the start of the sandbox, by the monotonic clock
	Method     string        `json:"method"`
	Path       string        `json:"path"`                 // the endpoint's template, such as /users/{user_id}
	UserID     string        `json:"user_id,omitzero"`     // from the path, or of the user created
	ExternalID string        `json:"external_id,omitzero"` // from the body
	Status     int           `json:"status"`               // sent; 0 for none
	Fault      string        `json:"fault,omitzero"`       // name of the fault that the request met
	Applied    bool          `json:"applied"`              // the request changed a user, whatever the client was told
	AppliedAt  time.Duration `json:"-"`                    // when, as At
	Answered   bool          `json:"answered"`             // the whole answer left the sandbox, as announced by its headers
	Done       bool          `json:"done"`                 // the sandbox has finished with it
	Keys       []string      `json:"keys,omitzero"`        // names of the body's members, sorted
}

// Stats are totals since the start, or since the last reset.
type Stats struct {
	Users    int               `json:"users"`
	Requests uint64            `json:"requests"`
	InFlight int               `json:"in_flight"`
	Applied  uint64            `json:"applied"`
	ByStatus map[int]uint64    `json:"by_status"` // 0 for requests that got no answer
	ByFault  map[string]uint64 `json:"by_fault"`
}

// journal keeps the entries and the totals. It is cheap: one short lock three
// times a request.
type journal struct {
	size int // entries to keep: 0 all, -1 none

	mu      sync.Mutex
	seq     uint64
	entries []*Entry
	stats   Stats
}

func newJournal(size int) *journal {
	j := &journal{size: size}
	j.reset()
	return j
}

func (j *journal) reset() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq = 0
	j.entries = nil
	j.stats = Stats{InFlight: j.stats.InFlight, ByStatus: map[int]uint64{}, ByFault: map[string]uint64{}}
}

// begin notes the arrival of a request and gives it its number.
func (j *journal) begin(e *Entry, at func() time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	e.Seq, e.At = j.seq, at()
	j.stats.Requests++
	j.stats.InFlight++
	if j.size < 0 {
		return
	}
	j.entries = append(j.entries, e)
	if drop := len(j.entries) - j.size; j.size > 0 && drop > j.size {
		j.entries = slices.Clone(j.entries[drop:])
	}
}

// note changes an entry, which others may be reading.
func (j *journal) note(change func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change()
}

// end closes an entry and counts it.
func (j *journal) end(e *Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Done = true
	j.stats.InFlight--
	j.stats.ByStatus[e.Status]++
	if e.Applied {
		j.stats.Applied++
	}
	if e.Fault != "" {
		j.stats.ByFault[e.Fault]++
	}
}

// list returns copies of the newest entries, in order of arrival.
func (j *journal) list() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	kept := j.entries
	if j.size > 0 && len(kept) > j.size {
		kept = kept[len(kept)-j.size:]
	}
	list := make([]Entry, len(kept))
	for i, e := range kept {
		list[i] = *e
		list[i].Keys = slices.Clone(e.Keys)
	}
	return list
}

// totals returns a copy of the stats.
func (j *journal) totals() Stats {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.stats
	s.ByStatus, s.ByFault = maps.Clone(s.ByStatus), maps.Clone(s.ByFault)
	return s
}

// Journal returns every request received so far, or the newest where the
// configuration bounds the journal, in order of arrival.
func (s *Sandbox) Journal() []Entry { return s.journal.list() }

// Stats returns the totals.
func (s *Sandbox) Stats() Stats {
	stats := s.journal.totals()
	stats.Users = s.users.count()
	return stats
}
