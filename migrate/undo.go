package migrate

import (
	"context"
	"fmt"
	"time"
)

// An UndoAction is how a migration is taken back for one user.
type UndoAction uint8

const (
	// UndoCreate deletes a user that the migration made.
	UndoCreate UndoAction = iota + 1
	// UndoUpdate gives a user back what updates have changed.
	UndoUpdate
)

// String returns the action's name as reports write it.
func (a UndoAction) String() string {
	if a == UndoCreate {
		return "delete"
	}
	return "restore"
}

// An UndoState says where the undo of one user stands.
type UndoState uint8

const (
	// UndoWaiting: nothing has been done yet.
	UndoWaiting UndoState = iota
	// UndoSent: a request may have been processed.
	UndoSent
	// UndoDeleted: the user is gone.
	UndoDeleted
	// UndoRestored: at least one field was given back, and nothing is left but
	// what UndoFields names.
	UndoRestored
	// UndoSame: the user is as before already.
	UndoSame
	// UndoMissing: the user was gone before.
	UndoMissing
	// UndoSignedIn: a user who has signed in is not deleted.
	UndoSignedIn
	// UndoChanged: what was written has been changed since, by others.
	UndoChanged
	// UndoLost: nothing can be given back: secrets, or nothing was kept.
	UndoLost
	// UndoSealed: what was kept cannot be opened with the secret key.
	UndoSealed
	// UndoFailed: Clerk refused the request.
	UndoFailed

	// NumUndoStates is the number of states.
	NumUndoStates
)

var undoNames = [NumUndoStates]string{
	"waiting", "sent", "deleted", "restored", "unchanged", "missing",
	"signed_in", "changed", "lost", "sealed", "failed",
}

// String returns the state's name as reports write it.
func (s UndoState) String() string {
	if s < NumUndoStates {
		return undoNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Final reports whether nothing more is done in this undo.
func (s UndoState) Final() bool { return s >= UndoDeleted && s < NumUndoStates }

// Good reports whether the user is as if the migration had not been.
func (s UndoState) Good() bool { return s >= UndoDeleted && s <= UndoMissing }

// UndoFields are the wire names of fields by what became of them.
type UndoFields struct {
	Given   []string `json:"given,omitzero"`
	Changed []string `json:"changed,omitzero"` // since, by others
	Lost    []string `json:"lost,omitzero"`    // nothing can give them back
	Kept    []string `json:"kept,omitzero"`    // Clerk did not take them back
}

// An UndoItem is one user of a migration that is taken back.
type UndoItem struct {
	ID     int64 // its place in the undo
	UserID string
	Row    int64  // Result.Row of a row that brought the migration to the user
	Line   int64  // of that row
	Key    string // of that row
	Action UndoAction
	State  UndoState

	// UpdatedAt is the newest Result.UpdatedAt of the user's rows; where none
	// has one, when the newest of them got its outcome, by our clock.
	UpdatedAt time.Time
	At        time.Time // of this state, by the wall clock

	Status  int    // HTTP status of a refusal
	Code    string // likewise
	TraceID string
	Fields  UndoFields

	// Sealed are the changes of the user that were kept, the earliest first.
	Sealed [][]byte
}

// UndoAPI is what an undo needs of Clerk. Errors are as those of API. All of it
// may be repeated without harm, and is, where it failed for now.
type UndoAPI interface {
	// LookUpUsers returns the users that have one of Clerk's ids.
	LookUpUsers(ctx context.Context, userIDs []string) ([]Account, error)
	// User returns one user; MissingFault where there is none.
	User(ctx context.Context, userID string) (*Account, error)
	// DeleteUser deletes a user; MissingFault where there is none.
	DeleteUser(ctx context.Context, userID string) error
	// RestoreUser sets fields of a user, and returns what Clerk shows then.
	RestoreUser(ctx context.Context, userID string, fields FieldValues) (*Account, error)
}

// An UndoLedger keeps what an undo does, as Ledger does for a run.
type UndoLedger interface {
	// UndoItems returns the first items without an outcome whose ID is above
	// after, at most n of them, in order.
	UndoItems(ctx context.Context, after int64, n int) ([]UndoItem, error)
	// CommitUndo stores items durably, all or none of them. After an error
	// nothing more may be sent.
	CommitUndo(ctx context.Context, items []UndoItem) error
}

// judge decides what is to be done for an item, by what Clerk shows of its user,
// nil for nobody. A final state needs no request; else the fields are to be
// given back, or the user is to be deleted.
func (i *UndoItem) judge(now *Account, open func(userID string, sealed []byte) (KeptChanges, error)) FieldValues {
	wasSent := i.State == UndoSent
	switch {
	case now == nil && i.Action == UndoCreate && wasSent:
		i.State = UndoDeleted
		return nil
	case now == nil:
		i.State = UndoMissing
		return nil
	case i.Action == UndoUpdate:
		return i.judgeUpdate(now, wasSent, open)
	case !now.LastSignInAt.IsZero():
		i.State = UndoSignedIn
	case now.UpdatedAt.After(i.UpdatedAt):
		i.State = UndoChanged
	default:
		i.State = UndoSent
	}
	return nil
}

func (i *UndoItem) judgeUpdate(now *Account, wasSent bool, open func(string, []byte) (KeptChanges, error)) FieldValues {
	if len(i.Sealed) == 0 {
		i.State = UndoLost
		return nil
	}
	all := KeptChanges{}
	for _, sealed := range i.Sealed {
		changes, err := open(i.UserID, sealed)
		if err != nil {
			i.State = UndoSealed
			return nil
		}
		all = all.Then(changes)
	}
	r := all.Restore(now)
	given := i.Fields.Given // of a request whose answer did not come
	i.Fields = UndoFields{Changed: r.Changed, Lost: r.Lost}
	switch {
	case len(r.Give) > 0:
		i.State = UndoSent
	case wasSent && len(given) > 0:
		i.State, i.Fields.Given = UndoRestored, given
	case len(r.Changed) > 0:
		i.State = UndoChanged
	case len(r.Lost) > 0:
		i.State = UndoLost
	default:
		i.State = UndoSame
	}
	return r.Give
}
