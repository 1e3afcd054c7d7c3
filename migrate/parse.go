package migrate

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"carryover/source"
)

const (
	// batchRows records go from hand to hand at once, which costs about as
	// much as a single one; fewer, where they hold more text than batchBytes.
	batchRows  = 256
	batchBytes = 256 << 10
)

// A parsed is what became of a record: a user and the problems of its row; or
// the error in its place, which ends the input unless it is a *source.RowError.
type parsed struct {
	row      *source.Row
	user     *User
	problems []Problem
	keys     []key // of a user who may be sent
	err      error
}

// A batch is a few records that one goroutine parses.
type batch struct {
	records []parsed
	keys    keys
	done    chan struct{} // closed when they are parsed
}

// An examiner is what parsing takes beside the rows.
type examiner struct {
	rules      *Rules
	counted    *surveyor   // counts the rows; or nil
	duplicates *Duplicates // whose keys are wanted; or nil
}

// parseAll applies ParseUser to every row, and yields what comes of each in the
// order of the rows. Reading, parsing and what the caller does with it go on
// side by side, on as many processors as there are. counted, where it is not
// nil, counts the rows; it is whole when the sequence has ended. For duplicates,
// where it is not nil, the keys of the users are made too.
func parseAll(rows iter.Seq2[*source.Row, error], rules Rules, counted *surveyor, duplicates *Duplicates) iter.Seq[*parsed] {
	return func(yield func(*parsed) bool) {
		workers := runtime.GOMAXPROCS(0)
		toParse := make(chan *batch, workers) // closed by the reader, and always emptied
		inOrder := make(chan *batch, 2*workers)
		stop := make(chan struct{})
		var group sync.WaitGroup
		var merging sync.Mutex
		group.Go(func() { readBatches(rows, toParse, inOrder, stop) })
		for range workers {
			group.Go(func() {
				e := examiner{rules: &rules, duplicates: duplicates}
				if counted != nil {
					e.counted = newSurveyor()
				}
				for b := range toParse {
					b.parse(&e)
				}
				if counted != nil {
					merging.Lock()
					defer merging.Unlock()
					counted.merge(e.counted)
				}
			})
		}
		defer group.Wait()
		defer close(stop)
		for b := range inOrder {
			<-b.done
			if duplicates != nil {
				duplicates.touch(b.keys.list)
			}
			for i := range b.records {
				if !yield(&b.records[i]) {
					return
				}
			}
		}
	}
}

// readBatches reads the rows until they end, or until stop is closed. A panic
// takes the place of what could not be read.
func readBatches(rows iter.Seq2[*source.Row, error], toParse, inOrder chan<- *batch, stop <-chan struct{}) {
	defer close(toParse)
	defer close(inOrder)
	b, start := newBatch(), int64(0)
	handOver := func() bool {
		select {
		case inOrder <- b:
			toParse <- b
			b = newBatch()
			return true
		case <-stop:
			return false
		}
	}
	defer func() {
		if p := recover(); p != nil {
			b.records = append(b.records, parsed{err: bug(NotDoneFault, "read the input", p)})
		}
		if len(b.records) > 0 {
			handOver()
		}
	}()
	for row, err := range rows {
		if row != nil && (len(b.records) == 0 || row.Offset < start) { // the first, or the next file's
			start = row.Offset
		}
		b.records = append(b.records, parsed{row: row, err: err})
		full := len(b.records) == batchRows || row != nil && row.Offset-start > batchBytes
		if full && !handOver() {
			return
		}
	}
}

func newBatch() *batch {
	return &batch{records: make([]parsed, 0, batchRows), done: make(chan struct{})}
}

// parse parses the records. A panic takes the place of a record.
func (b *batch) parse(e *examiner) {
	defer close(b.done)
	for i := range b.records {
		b.records[i].parse(e, &b.keys)
	}
}

func (p *parsed) parse(e *examiner, k *keys) {
	defer func() {
		if caught := recover(); caught != nil {
			p.err = fmt.Errorf("row %d: %w", p.row.Number, bug(NotDoneFault, "check", caught))
		}
		p.row = nil // the user may outlive it
	}()
	if p.err != nil {
		return
	}
	p.user, p.problems = ParseUser(p.row, *e.rules)
	if e.counted != nil {
		e.counted.add(p.row, p.user)
	}
	if e.duplicates != nil && !Refused(p.problems) {
		p.keys = e.duplicates.keysOf(p.user, k)
	}
}

// Users returns the users of the rows that pass every check but that for
// duplicates. Rows that do not are passed over: Check has named them, and
// whoever read the input with it knows which rows to skip. It reads no further
// than it is asked to.
func Users(rows iter.Seq2[*source.Row, error], rules Rules) iter.Seq2[*User, error] {
	return func(yield func(*User, error) bool) {
		e := examiner{rules: &rules}
		for row, err := range rows {
			p := parsed{row: row, err: err}
			p.parse(&e, nil)
			var bad *source.RowError
			switch {
			case errors.As(p.err, &bad):
			case p.err != nil:
				yield(nil, p.err)
				return
			case Refused(p.problems):
			case !yield(p.user, nil):
				return
			}
		}
	}
}
