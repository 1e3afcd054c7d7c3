package migrate

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

// A Delta compares a new input with what a ledger knows of an earlier one. Know
// is called first, for everything that the ledger knows; then Take or Refuse
// for each row of the new input, in order; then the rest, as often as wanted.
//
// Rows are compared by what they may send, not by their place: a row is known
// by its external id or user id. A row that has neither is known where a row
// of the same content was sent, and is that row as often as it was sent.
//
// It keeps about 50 bytes a row.
type Delta struct {
	key   HashKey
	known []known
	index index
	rows  []match

	changed, fresh []Example
}

// A match is what a row of the new input is compared with.
type match struct {
	known   int32 // index; none where negative
	gap     int32 // line less row
	refused State // Rejected or Dropped by the checks, else Pending
	same    bool  // it holds what the known row held
	keyless bool  // it has neither external id nor user id
}

// An Example is a row that stands for others.
type Example struct {
	Line int64
	Key  string
}

// maxExamples is how many rows a Delta names.
const maxExamples = 5

// NewDelta returns a Delta for about size rows. key is that of the hashes in
// the ledger.
func NewDelta(key HashKey, size int64) *Delta {
	n := max(0, min(size, math.MaxInt32))
	return &Delta{key: key, known: make([]known, 0, n), rows: make([]match, 0, n)}
}

var errRow = errors.New("a row number is too large to be compared")

// Know takes in what the ledger knows of a row. A Row below 0 is that of a past
// result (see Move); these come after the others.
func (d *Delta) Know(r *Result) error {
	if r.Row > math.MaxInt32 || r.Row < -math.MaxInt32 || len(d.known) >= math.MaxInt32 {
		return errRow
	}
	if r.Key == "" || r.State == Dropped {
		return nil // nothing of it was ever sent
	}
	k := newKnown(r, d.key)
	switch at, found := d.index.find(d.known, k.key, 0); {
	case !found:
		d.known = append(d.known, k)
		d.index.add(d.known, len(d.known)-1)
	case k.kept() && !d.known[at].kept(): // that one is a row which was refused
		d.known[at] = k
	}
	return nil
}

// Take compares the next row, which the checks let pass.
func (d *Delta) Take(u *User) error {
	hash, err := d.key.Hash(u)
	if err != nil {
		return err
	}
	if u.Row != int64(len(d.rows))+1 {
		return fmt.Errorf("row %d comes after row %d", u.Row, len(d.rows))
	}
	m := match{known: -1, gap: int32(u.Line - u.Row), keyless: u.Key() == ""}
	sought := short(hash)
	if !m.keyless {
		sought = short(d.key.keyHash(u.Key()))
	}
	if at, found := d.index.find(d.known, sought, taken); found {
		k := &d.known[at]
		k.flags |= taken
		m.known, m.same = int32(at), k.hash == short(hash)
	}
	switch f, _ := d.fate(&m); f {
	case changedRow:
		d.changed = example(d.changed, u)
	case newRow:
		d.fresh = example(d.fresh, u)
	}
	d.rows = append(d.rows, m)
	return nil
}

func example(list []Example, u *User) []Example {
	if len(list) == maxExamples {
		return list
	}
	return append(list, Example{u.Line, u.Key()})
}

// Refuse notes that the next row does not pass the checks, or is dropped. A user
// that its key names is not gone.
func (d *Delta) Refuse(r *Result) {
	d.rows = append(d.rows, match{known: -1, gap: int32(r.Line - r.Row), refused: r.State})
	if r.Key == "" {
		return
	}
	if at, found := d.index.find(d.known, short(d.key.keyHash(r.Key)), taken); found {
		d.known[at].flags |= refused
	}
}

// A fate says how a row of the new input compares.
type fate uint8

const (
	// sameRow holds what was sent, and its user is as it asked for.
	sameRow fate = iota
	// changedRow is known, and its user is as it asked for before.
	changedRow
	// newRow is not known: it is new, or had not been sent.
	newRow
	// againRow is known and has no user as it asked for: it was rejected, in
	// conflict or left without an outcome. It is tried again.
	againRow
	// refusedRow does not pass the checks, or may be one that has changed
	// (see Refusals).
	refusedRow
	// droppedRow is left out, as its owner wishes.
	droppedRow

	numFates
)

// fate says how a row compares, and what the ledger is to know of it.
func (d *Delta) fate(m *match) (fate, Move) {
	switch {
	case m.refused == Dropped:
		return droppedRow, Move{State: Dropped}
	case m.refused != Pending:
		return refusedRow, Move{State: Rejected}
	case m.known < 0:
		return newRow, Move{}
	}
	k := &d.known[m.known]
	move := Move{From: int64(k.from)}
	switch {
	case !k.state.Final(): // whatever it holds now, the run goes on where the last one was
		move.State, move.Action = k.state, k.action
		return againRow, move
	case k.applied() && m.same:
		if move.State, move.Action = Unchanged, k.action; k.is(doubtful) {
			move.State = k.state // as Config.Reapply looks for it
		}
		return sameRow, move
	case k.applied() || k.is(isMade):
		move.State, move.Action = Retry, Update
	}
	if k.applied() {
		return changedRow, move
	}
	return againRow, move
}

// fates yields the rows of the new input with their fates.
func (d *Delta) fates() iter.Seq2[fate, Move] {
	return func(yield func(fate, Move) bool) {
		lost := d.lostKeyless()
		for i := range d.rows {
			m := &d.rows[i]
			f, move := d.fate(m)
			if lost && m.keyless && m.known < 0 {
				f, move = refusedRow, Move{State: Rejected}
			}
			move.Row = int64(i) + 1
			move.Line = move.Row + int64(m.gap)
			if !yield(f, move) {
				return
			}
		}
	}
}

// lostKeyless reports whether a user was made of a row without external id and
// user id, and no row of the new input is that row.
func (d *Delta) lostKeyless() bool {
	for i := range d.known {
		if k := &d.known[i]; k.is(generated) && !k.is(taken) && k.kept() {
			return true
		}
	}
	return false
}

// DeltaCounts are the rows of a new input by their fate, which add up to all of
// them, and the users that are gone from it.
type DeltaCounts struct {
	Same, Changed, New, Again, Refused, Dropped int64
	Gone                                        int64
}

// Counts returns how the inputs differ.
func (d *Delta) Counts() DeltaCounts {
	var n [numFates]int64
	for f := range d.fates() {
		n[f]++
	}
	c := DeltaCounts{Same: n[sameRow], Changed: n[changedRow], New: n[newRow], Again: n[againRow], Refused: n[refusedRow], Dropped: n[droppedRow]}
	for i := range d.known {
		if k := &d.known[i]; k.gone() && k.from > 0 {
			c.Gone++
		}
	}
	return c
}

// Examples returns the first rows that changed and the first that are new.
func (d *Delta) Examples() (changed, fresh []Example) { return d.changed, d.fresh }

// Gone yields the rows of the ledger, by Result.Row, whose users are in the new
// input no longer, those of the earlier input first.
func (d *Delta) Gone() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		for i := range d.known {
			if k := &d.known[i]; k.gone() && !yield(int64(k.from)) {
				return
			}
		}
	}
}

// Refusals returns a problem for each row that must not be sent although it
// passes the checks: it has neither external id nor user id, no row of its
// content was sent, and a user that was made of such a row is missing in the
// input. It may be that user, changed: sending it could double the user.
func (d *Delta) Refusals() []Problem {
	if !d.lostKeyless() {
		return nil
	}
	text := catalogue["delta_without_key"]
	var problems []Problem
	for i := range d.rows {
		if m := &d.rows[i]; m.keyless && m.known < 0 {
			problems = append(problems, Problem{
				Row: int64(i) + 1, Line: int64(i) + 1 + int64(m.gap), Field: "external_id",
				Code: "delta_without_key", Severity: text.severity, Message: text.meaning + "; " + text.fix,
			})
		}
	}
	return problems
}

// States returns the state of each row before anything is sent, as
// Ledger.States does once the Moves have been made.
func (d *Delta) States() []State {
	states := make([]State, 0, len(d.rows))
	for _, move := range d.fates() {
		states = append(states, move.State)
	}
	return states
}

// Updates reports whether a row of the new input is sent to the user that the
// ledger knows for it, without looking.
func (d *Delta) Updates(row int64) bool {
	m := &d.rows[row-1]
	_, move := d.fate(m)
	return move.Action == Update && !move.State.Final() && d.known[m.known].is(hasUser)
}

// A Move says what becomes of something that a ledger knows when its input is
// replaced by a new one.
//
// What no row of the new input goes on with is kept beside the rows, as a past
// result, where Clerk has a user of it or may have one.
type Move struct {
	From int64 // Result.Row; below 0, that of a past result

	// Row and Line are those of the row in the new input that goes on with it;
	// Row is 0 where none does.
	Row, Line int64
	State     State  // the row's, from now on
	Action    Action // likewise
	// Vanished says that no row of the new input has its key, where Row is 0.
	Vanished bool
}

// Moves yields what is to be done to the ledger: the rows that are known in the
// order of the new input, and then what is kept without a row. Rows that it
// does not yield are pending, but for those that were refused.
func (d *Delta) Moves() iter.Seq[Move] {
	return func(yield func(Move) bool) {
		for _, move := range d.fates() {
			if move.From != 0 && move.State != Pending && !yield(move) {
				return
			}
		}
		for i := range d.known {
			k := &d.known[i]
			if k.kept() && !k.is(taken) && !yield(Move{From: int64(k.from), Vanished: k.gone()}) {
				return
			}
		}
	}
}
