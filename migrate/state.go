package migrate

import "fmt"

// A State says where a row of the input stands. Every row is in exactly one.
type State uint8

const (
	// Pending rows have not been sent; a ledger holds nothing of them.
	Pending State = iota
	// InFlight rows have a durable intent and no outcome yet. Found at the
	// start of a run, a create in flight may or may not have happened.
	InFlight
	// Retry rows were given back without an outcome and are to be sent again.
	Retry
	// Ambiguous rows are creates that may have been applied: they are looked
	// up before anything else is sent for them.
	Ambiguous
	// Created rows made a user. The state is final.
	Created
	// Updated rows changed a user that was there. The state is final.
	Updated
	// Unchanged rows equal the user that was there; nothing was sent. Final.
	Unchanged
	// Rejected rows were refused, by a check or by Clerk. Final until the
	// input, or the instance, is mended.
	Rejected
	// Conflict rows meet a user that must not be touched. Final until a
	// person decides.
	Conflict
	// Dropped rows are left out because a mapping says so. The state is final.
	Dropped

	// NumStates is the number of states.
	NumStates
)

var stateNames = [NumStates]string{
	"pending", "in_flight", "retry", "ambiguous",
	"created", "updated", "unchanged", "rejected", "conflict", "dropped",
}

// String returns the state's name as reports write it.
func (s State) String() string {
	if s < NumStates {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Final reports whether a later run leaves the row alone.
func (s State) Final() bool { return s >= Created && s < NumStates }

// Good reports whether the row ended as its owner wished.
func (s State) Good() bool { return s == Created || s == Updated || s == Unchanged || s == Dropped }

// An Action is what a row asks of Clerk.
type Action uint8

const (
	// NoAction is the action of rows that send nothing.
	NoAction Action = iota
	// Create makes a user with POST /users. It is not idempotent.
	Create
	// Update changes a user with PATCH /users/{user_id}. It is idempotent.
	Update
)

// String returns the action's name as reports write it.
func (a Action) String() string {
	switch a {
	case Create:
		return "create"
	case Update:
		return "update"
	default:
		return "none"
	}
}
