package migrate

import "context"

// A Ledger keeps what has been done, so that a run can end at any moment and
// the next one goes on. The runner has one goroutine that calls it.
//
// Every implementation passes the contract of package migrate/ledgertest.
type Ledger interface {
	// Commit stores results, each replacing what was stored for its Row, all
	// or none of them, and durably: once it has returned nil, neither a kill
	// nor a loss of power undoes it. After an error nothing more may be sent
	// to Clerk, since the next intent could not be kept either.
	//
	// The end of ctx does not keep it from storing what has happened. A result
	// whose state is Pending is refused: what is given back is Retry.
	Commit(ctx context.Context, results []Result) error

	// States returns the state of every row that has been stored, indexed by
	// Row-1. Rows that have not been, also those beyond its end, are Pending.
	States(ctx context.Context) ([]State, error)

	// Unfinished returns the stored results whose state is not final, in the
	// order of their rows.
	Unfinished(ctx context.Context) ([]Result, error)
}
