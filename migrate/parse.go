package migrate

import (
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"time"

	"carryover/source"
)

const (
	// batchRows records go from hand to hand at once, which costs about as
	// much as a single one; fewer, where they hold more text than batchBytes.
	batchRows  = 128
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
	rooms   []room // for the users of the records
	keys    keys
	bytes   []byte
	done    chan struct{} // holds one value when they are parsed
}

// An examiner is what parsing takes beside the rows. It is for one goroutine.
type examiner struct {
	rules      *Rules
	counted    *surveyor         // counts the rows; or nil
	duplicates *Duplicates       // whose keys are wanted; or nil
	now        string            // rules.Now, as a timestamp in UTC; or ""
	bytes      *[]byte           // memory for copies, of a batch; or nil
	locales    map[string]string // see rightLocale; or nil
}

func newExaminer(rules *Rules, counted *surveyor, duplicates *Duplicates) *examiner {
	e := &examiner{rules: rules, duplicates: duplicates, now: rules.Now.UTC().Format(time.RFC3339), locales: map[string]string{}}
	if counted != nil {
		e.counted = newSurveyor()
	}
	return e
}

// copied returns a copy of a text.
func (e *examiner) copied(text string) []byte {
	if e.bytes == nil {
		return []byte(text)
	}
	start := len(*e.bytes)
	*e.bytes = append(*e.bytes, text...)
	return (*e.bytes)[start:len(*e.bytes):len(*e.bytes)]
}

// parseAll applies ParseUser to every row, and yields what comes of each in the
// order of the rows. Reading, parsing and what the caller does with it go on
// side by side, on as many processors as there are. What it yields is valid until
// the next. counted, where it is not
// nil, counts the rows; it is whole when the sequence has ended. For duplicates,
// where it is not nil, the keys of the users are made too.
func parseAll(rows iter.Seq2[*source.Row, error], rules Rules, counted *surveyor, duplicates *Duplicates) iter.Seq[*parsed] {
	return func(yield func(*parsed) bool) {
		workers := runtime.GOMAXPROCS(0)
		toParse := make(chan *batch, workers) // closed by the reader, and always emptied
		inOrder := make(chan *batch, 2*workers)
		used := make(chan *batch, 3*workers+2) // as many as there may be
		stop := make(chan struct{})
		var group sync.WaitGroup
		var merging sync.Mutex
		group.Go(func() { readBatches(rows, used, toParse, inOrder, stop) })
		for range workers {
			group.Go(func() {
				e := newExaminer(&rules, counted, duplicates)
				for b := range toParse {
					b.parse(e)
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
			b.reset()
			select {
			case used <- b:
			default:
			}
		}
	}
}

// readBatches reads the rows until they end, or until stop is closed. A panic
// takes the place of what could not be read.
func readBatches(rows iter.Seq2[*source.Row, error], used <-chan *batch, toParse, inOrder chan<- *batch, stop <-chan struct{}) {
	defer close(toParse)
	defer close(inOrder)
	b, start := newBatch(used), int64(0)
	handOver := func() bool {
		select {
		case inOrder <- b:
			toParse <- b
			b = newBatch(used)
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

// newBatch returns an empty batch: one that was used before, if there is one.
func newBatch(used <-chan *batch) *batch {
	select {
	case b := <-used:
		return b
	default:
		return &batch{records: make([]parsed, 0, batchRows), rooms: make([]room, batchRows), done: make(chan struct{}, 1)}
	}
}

// reset empties a batch that is parsed, so that it holds on to no row.
func (b *batch) reset() {
	clear(b.records)
	clear(b.rooms[:min(len(b.records), batchRows)])
	clear(b.keys.values[:cap(b.keys.values)])
	b.records, b.keys.list, b.bytes = b.records[:0], b.keys.list[:0], b.bytes[:0]
}

// parse parses the records. A panic takes the place of a record.
func (b *batch) parse(e *examiner) {
	defer func() { b.done <- struct{}{} }()
	e.bytes = &b.bytes
	for i := range b.records {
		b.records[i].parse(e, &b.rooms[i], &b.keys)
	}
}

func (p *parsed) parse(e *examiner, r *room, k *keys) {
	defer func() {
		if caught := recover(); caught != nil {
			p.err = fmt.Errorf("row %d: %w", p.row.Number, bug(NotDoneFault, "check", caught))
		}
		p.row = nil // the user may outlive it
	}()
	if p.err != nil {
		return
	}
	p.user, p.problems = e.parse(p.row, r)
	if e.counted != nil {
		e.counted.add(p.row, p.user)
	}
	if e.duplicates != nil && !Refused(p.problems) {
		p.keys = e.duplicates.keysOf(p.user, k)
	}
	p.row.Recycle() // the user has only its texts
}

// Users returns the users of the rows that pass every check but that for
// duplicates. Rows that do not are passed over: Check has named them, and
// whoever read the input with it knows which rows to skip. It reads no further
// than it is asked to.
func Users(rows iter.Seq2[*source.Row, error], rules Rules) iter.Seq2[*User, error] {
	return func(yield func(*User, error) bool) {
		e := newExaminer(&rules, nil, nil)
		for row, err := range rows {
			p := parsed{row: row, err: err}
			p.parse(e, new(room), nil)
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
