package main

import (
	"sync"
	"time"
)

const (
	paceOver  = time.Minute // what a rate is measured over
	paceEvery = time.Second // how often it changes: what flickers cannot be read
)

// A pace tells how many rows a second come to their outcome, over the last
// minute or since it began. It may be asked from several goroutines.
type pace struct {
	mu    sync.Mutex
	marks []mark // the first is what the rate is measured from
	rate  float64
}

// A mark is how many rows there were at a time.
type mark struct {
	at   time.Time
	rows int64
}

// newPace begins to measure.
func newPace(now time.Time) *pace { return &pace{marks: []mark{{at: now}}} }

// at returns the rate now that there are so many rows.
func (p *pace) at(now time.Time, rows int64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := p.marks[len(p.marks)-1]; len(p.marks) > 1 && now.Sub(last.at) < paceEvery {
		return p.rate
	}
	for len(p.marks) > 1 && now.Sub(p.marks[1].at) >= paceOver {
		p.marks = p.marks[1:]
	}
	from := p.marks[0]
	if took := now.Sub(from.at); took > 0 {
		p.rate = float64(rows-from.rows) / took.Seconds()
	}
	if now.Sub(from.at) >= paceEvery {
		p.marks = append(p.marks, mark{now, rows})
	}
	return p.rate
}
