package migrate

import "time"

// A Result is what is known of one row: an intent while it is in flight, an
// outcome afterwards. It holds no payload and no secret, so it may be stored,
// reported and logged. A ledger keeps its times to the millisecond and Took to
// the microsecond.
type Result struct {
	Row  int64  // 1-based data record in the input; identifies the result
	Line int64  // 1-based line in the file where the record begins
	Key  string // external_id, else user_id; empty where a rejected row has neither
	// Generated says that Key is an external id which was made for the row,
	// since it has neither of its own.
	Generated bool

	Action Action
	State  State
	UserID string // Clerk's id, once known
	// Made says that this migration created the user UserID, with this row or
	// with an earlier version of it.
	Made bool

	// Hash is a keyed hash of what the row held when it was last sent, to tell
	// changed rows from unchanged ones without keeping what they hold. A
	// generated external id is not part of it: it depends on the row's place.
	Hash [16]byte

	// PreAbsent says that a look-up before the first create showed that no
	// user had this external_id: one found later is ours.
	PreAbsent bool
	// Reconciled says that a look-up, not an answer, told the outcome.
	Reconciled bool

	Attempts int           // requests sent for the row that may have been processed
	SentAt   time.Time     // wall clock of the latest intent
	At       time.Time     // wall clock of this state
	Took     time.Duration // from sending to the answer, of the latest request

	// UpdatedAt is Clerk's own updated_at of the user in the answer to the last
	// write of the row, or in the look-up that told of it; zero where no answer
	// has shown it. Whatever changed the user later was not this row. Of an
	// update that counts as made since the user has changed (ConfirmedCode), it
	// is when the update was sent.
	UpdatedAt time.Time

	Status  int    // HTTP status of the latest answer, 0 where there was none
	Code    string // problem code, ours or Clerk's; empty where all is well
	Field   string // property the code is about, where known
	Message string // one sentence, ours, never the server's prose nor a value
	TraceID string // clerk_trace_id, for Clerk's support
}

// Open reports whether the row is a create that may or may not have been
// processed.
func (r *Result) Open() bool {
	return r.Action == Create && (r.State == InFlight || r.State == Ambiguous)
}
