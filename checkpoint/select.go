package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"carryover/migrate"
)

// Refused returns the results of rows that were rejected or met a conflict, in
// the order of the rows. An error is the last thing that it yields.
func (r *Reader) Refused(ctx context.Context) iter.Seq2[migrate.Result, error] {
	return r.results(ctx, selectResults+fmt.Sprintf("WHERE state IN (%d, %d) ORDER BY row", migrate.Rejected, migrate.Conflict))
}

// WithUser returns the results of rows whose user in Clerk is known, also where
// it was there before or the row has no outcome yet, in the order of the rows. An
// error is the last thing that it yields.
func (r *Reader) WithUser(ctx context.Context) iter.Seq2[migrate.Result, error] {
	return r.results(ctx, selectResults+"WHERE user_id <> '' ORDER BY row")
}

// Of returns what is stored of some rows, in the order of the input. An error is
// the last thing that it yields.
func (r *Reader) Of(ctx context.Context, rows []int64) iter.Seq2[migrate.Result, error] {
	list := make([]string, len(rows))
	for i, row := range rows {
		list[i] = strconv.FormatInt(row, 10)
	}
	return r.results(ctx, selectResults+"WHERE row IN ("+strings.Join(list, ", ")+") ORDER BY row")
}

// Reconciled returns the number of rows that ended well, and of which a look-up
// told it since no answer came.
func (r *Reader) Reconciled(ctx context.Context) (n int64, err error) {
	err = r.view(ctx, func(tx *sql.Tx) error {
		query := fmt.Sprintf("SELECT count(*) FROM result WHERE flags & %d <> 0 AND state IN (%d, %d, %d)",
			reconciled, migrate.Created, migrate.Updated, migrate.Unchanged)
		return tx.QueryRowContext(ctx, query).Scan(&n)
	})
	return n, err
}
