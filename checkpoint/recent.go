package checkpoint

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"carryover/migrate"
)

// FinishedSince returns how many rows of the input came to their outcome at each
// of the times or later. It reads every row: some tenths of a second for a
// million.
func (r *Reader) FinishedSince(ctx context.Context, times ...time.Time) ([]int64, error) {
	sums, args, counts := make([]string, len(times)), make([]any, len(times)), make([]any, len(times))
	finished := make([]int64, len(times))
	for i, since := range times {
		sums[i], args[i], counts[i] = "coalesce(sum(at >= ?), 0)", since.UnixMilli(), &finished[i]
	}
	query := fmt.Sprintf("SELECT %s FROM result WHERE state >= %d", strings.Join(sums, ", "), migrate.Created)
	err := r.view(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, query, args...).Scan(counts...) })
	return finished, err
}
