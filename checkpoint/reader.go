package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"carryover/migrate"
)

// A Reader is a checkpoint to look at. It takes no lock, keeps nobody waiting
// and writes nothing. Each method sees one moment, and all that was committed
// before it.
type Reader struct {
	path     string
	identity atomic.Pointer[Identity]
	pool     *sql.DB // of a DB; nil where each call opens the file
}

// OpenReader opens the checkpoint at path to look at, also while a run is going
// on or after one was killed. It returns ErrNotFound, ErrForeign,
// ErrNewerVersion, ErrMissingWAL or *DiskError.
//
// It makes no file, with one exception that SQLite insists on: where there is a
// -wal file without its -shm, as after a copy, the latter.
func OpenReader(ctx context.Context, path string) (*Reader, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	var f found
	for try := 0; ; try++ {
		n, alive, err := peek(path)
		if err != nil {
			return nil, err
		}
		there := true
		if !alive { // else its files are in use, perhaps by this very process
			if there, err = look(path); err != nil {
				return nil, err
			}
		}
		if !there || !exists(path) {
			return nil, notFound(path)
		}
		f, err = inspect(ctx, path, n, false)
		// A run may have begun or ended between two steps: look again.
		if err == nil {
			break
		}
		if try == 2 || ctx.Err() != nil {
			return nil, err
		}
	}
	r := &Reader{path: path}
	r.identity.Store(&f.identity)
	return r, nil
}

// Close ends the use of the reader.
func (r *Reader) Close() error {
	if r.pool == nil {
		return nil
	}
	return explain(r.path, r.pool.Close())
}

// Path returns the absolute path of the checkpoint.
func (r *Reader) Path() string { return r.path }

// Identity returns what the checkpoint belongs to.
func (r *Reader) Identity() Identity { return *r.identity.Load() }

// errBegan says that a run began, or ended, in the middle of a view.
var errBegan = errors.New("a run began while it was being read: try again")

// view runs f in one read transaction. f begins anew where a run began or ended
// meanwhile: those come one by one, so a few times are enough.
func (r *Reader) view(ctx context.Context, f func(*sql.Tx) error) error {
	var err error
	for range 4 {
		if err = r.once(ctx, f); !errors.Is(err, errBegan) {
			break
		}
	}
	return err
}

// once is view for an f that cannot begin anew.
func (r *Reader) once(ctx context.Context, f func(*sql.Tx) error) (err error) {
	if r.pool != nil {
		return r.inside(ctx, r.pool, f)
	}
	u := frozen
	if exists(r.path + walSuffix) {
		u = reading
	}
	before, err := os.Lstat(r.path)
	if err != nil {
		return notFound(r.path)
	}
	pool, err := connect(ctx, r.path, u)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, explain(r.path, pool.Close())) }()
	err = r.inside(ctx, pool, f)
	if u == frozen && changed(r.path, before) {
		// SQLite took it that nobody writes: neither rows nor error count.
		return fmt.Errorf("checkpoint %s: %w", r.path, errBegan)
	}
	return err
}

func (r *Reader) inside(ctx context.Context, pool *sql.DB, f func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return explain(r.path, err)
	}
	defer func() { _ = tx.Rollback() }() // there is nothing to keep
	if err := f(tx); err != nil {
		return damaged(r.path, err)
	}
	return nil
}

func changed(path string, before fs.FileInfo) bool {
	now, err := os.Lstat(path)
	return err != nil || !os.SameFile(before, now) || before.Size() != now.Size() || !before.ModTime().Equal(now.ModTime())
}

// States implements migrate.Ledger.
func (r *Reader) States(ctx context.Context) ([]migrate.State, error) {
	var states []migrate.State
	err := r.view(ctx, func(tx *sql.Tx) error {
		var last sql.NullInt64
		if err := tx.QueryRowContext(ctx, "SELECT max(row) FROM result").Scan(&last); err != nil {
			return err
		}
		if last.Int64 > maxRow {
			return errors.New("a row number makes no sense")
		}
		states = make([]migrate.State, last.Int64)
		return each(ctx, tx, "SELECT row, state FROM result", func(rows *sql.Rows) error {
			var row, state int64
			if err := rows.Scan(&row, &state); err != nil {
				return err
			}
			if row < 1 || row > int64(len(states)) || state < 0 || state >= int64(migrate.NumStates) {
				return errors.New("a row number or a state makes no sense")
			}
			states[row-1] = migrate.State(state)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return states, nil
}

// each calls f for every row of a query.
func each(ctx context.Context, tx *sql.Tx, query string, f func(*sql.Rows) error) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := f(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Unfinished implements migrate.Ledger.
func (r *Reader) Unfinished(ctx context.Context) ([]migrate.Result, error) {
	var open []migrate.Result
	err := r.view(ctx, func(tx *sql.Tx) error {
		open = nil
		where := fmt.Sprintf("WHERE state < %d ORDER BY row", migrate.Created)
		query, err := asOf(ctx, tx, selectResults+where)
		if err != nil {
			return err
		}
		return each(ctx, tx, query, func(rows *sql.Rows) error {
			result, err := decode(rows)
			open = append(open, result)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return open, nil
}

// errEnough ends a query whose caller wants no more rows.
var errEnough = errors.New("enough")

// Results returns what is stored of the rows of the input, in their order. An
// error is the last thing that it yields.
func (r *Reader) Results(ctx context.Context) iter.Seq2[migrate.Result, error] {
	return r.results(ctx, selectResults+"ORDER BY row")
}

func (r *Reader) results(ctx context.Context, query string) iter.Seq2[migrate.Result, error] {
	return func(yield func(migrate.Result, error) bool) {
		enough := false
		err := r.once(ctx, func(tx *sql.Tx) error {
			query, err := asOf(ctx, tx, query)
			if err != nil {
				return err
			}
			return each(ctx, tx, query, func(rows *sql.Rows) error {
				result, err := decode(rows)
				if err == nil && !yield(result, nil) {
					enough, err = true, errEnough
				}
				return err
			})
		})
		if err != nil && !enough {
			yield(migrate.Result{}, err)
		}
	}
}

// Counts is the number of rows in each state.
type Counts [migrate.NumStates]int64

// Counts returns the number of rows in each state. Pending are those of the
// input that are not stored.
func (r *Reader) Counts(ctx context.Context) (Counts, error) {
	var counts Counts
	stored := int64(0)
	err := r.view(ctx, func(tx *sql.Tx) error {
		counts, stored = Counts{}, 0
		return each(ctx, tx, "SELECT state, count(*) FROM result GROUP BY state", func(rows *sql.Rows) error {
			var state migrate.State
			var n int64
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			if state >= migrate.NumStates {
				return errors.New("a state makes no sense")
			}
			counts[state] = n
			stored += n
			return nil
		})
	})
	if err != nil {
		return Counts{}, err
	}
	counts[migrate.Pending] = max(0, r.Identity().Rows-stored)
	return counts, nil
}

// A ProblemGroup is what a number of rows have in common.
type ProblemGroup struct {
	Code    string
	Field   string // "" where the code is not about one
	Count   int64
	Lines   []int64 // of the first rows that have it, in their order
	Rows    []int64 // the numbers of the same
	Message string  // of the first of them
}

// Problems returns the stored results that have a code, grouped by code and
// field, the largest group first. Of each, at most maxLines lines are named.
func (r *Reader) Problems(ctx context.Context, maxLines int) ([]ProblemGroup, error) {
	groups := map[problem]*ProblemGroup{}
	err := r.view(ctx, func(tx *sql.Tx) error {
		clear(groups)
		const query = `SELECT row, row + line_gap, code, field, message
			FROM result JOIN problem ON problem.id = result.problem WHERE code <> '' ORDER BY row`
		return each(ctx, tx, query, func(rows *sql.Rows) error {
			var row, line int64
			var p problem
			if err := rows.Scan(&row, &line, &p.code, &p.field, &p.message); err != nil {
				return err
			}
			key := problem{code: p.code, field: p.field}
			if migrate.OwnWords(p.code) {
				key.message = p.message
			}
			g := groups[key]
			if g == nil {
				g = &ProblemGroup{Code: p.code, Field: p.field, Message: p.message}
				groups[key] = g
			}
			g.Count++
			if len(g.Lines) < maxLines {
				g.Lines, g.Rows = append(g.Lines, line), append(g.Rows, row)
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	all := make([]ProblemGroup, 0, len(groups))
	for _, g := range groups {
		all = append(all, *g)
	}
	slices.SortFunc(all, func(a, b ProblemGroup) int {
		if a.Count != b.Count {
			if a.Count > b.Count {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Code+"\x00"+a.Field, b.Code+"\x00"+b.Field)
	})
	return all, nil
}

// A Process is one that has, or had, a checkpoint open to write.
type Process struct {
	PID   int // 0 where unknown
	Host  string
	Since time.Time
	Alive bool
}

// Running returns the process that is working on the checkpoint, or the last
// one if it did not end as it should. Otherwise the Process is zero.
func (r *Reader) Running(context.Context) (Process, error) {
	n, alive, err := peek(r.path)
	return Process{PID: n.PID, Host: n.Host, Since: n.Since, Alive: alive}, err
}
