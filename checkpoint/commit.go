package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"carryover/migrate"
)

// Commit stores results as migrate.Ledger says. That the context has ended does
// not keep it from storing what has happened.
//
// It returns *DiskError, ErrFenced, *LockedError (another program would not let
// go of the file), or ErrForeign (the file is damaged). After the first two and
// the last, every later call returns the same: only Open, which looks through
// the file, can tell what is on the disk.
func (db *DB) Commit(ctx context.Context, results []migrate.Result) error {
	for i := range results {
		if err := storable(&results[i]); err != nil {
			return fmt.Errorf("checkpoint %s: %w", db.path, err)
		}
	}
	if len(results) == 0 {
		return nil
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	before := db.lastSend
	for i := range results {
		db.sent(results[i].SentAt)
	}
	err := db.transact(ctx, true, func(ctx context.Context) error {
		if err := db.insert(ctx, results); err != nil {
			return err
		}
		if err := db.writeKept(ctx); err != nil {
			return err
		}
		return db.writeRecording(ctx)
	})
	db.recording.recorded(err)
	if err == nil {
		db.keeping = db.keeping[:0]
	}
	if err != nil {
		db.lastSend = before
		clear(db.problems) // some may have been rolled back
	}
	return err
}

// storable refuses what no runner should ask for.
func storable(r *migrate.Result) error {
	switch {
	case r.Row < 1 || r.Row > maxRow:
		return fmt.Errorf("row %d: rows are counted from 1 to %d", r.Row, int64(maxRow))
	case r.State == migrate.Pending || r.State >= migrate.NumStates:
		return fmt.Errorf("row %d: the state %q is not one to store", r.Row, r.State)
	}
	return nil
}

// insert writes results, as many in one statement as there are in a block.
func (db *DB) insert(ctx context.Context, results []migrate.Result) error {
	args := make([]any, 0, blockRows*resultColumns)
	for len(results) > 0 {
		stmt, n := db.stmts.one, 1
		if len(results) >= blockRows {
			stmt, n = db.stmts.block, blockRows
		}
		args = args[:0]
		for i := range results[:n] {
			id, err := db.problemID(ctx, &results[i])
			if err != nil {
				return err
			}
			args = encode(args, &results[i], id)
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return err
		}
		results = results[n:]
	}
	return nil
}

// A problem is a text that many rows share.
type problem struct{ code, field, message string }

// maxProblems bounds the texts kept in memory; a text may name a line and so
// be one of a million.
const maxProblems = 4096

// problemID returns the id of the result's problem, which it stores if it is
// new; nil where the result has none.
func (db *DB) problemID(ctx context.Context, r *migrate.Result) (any, error) {
	p := problem{r.Code, r.Field, r.Message}
	if p == (problem{}) {
		return nil, nil
	}
	if id, ok := db.problems[p]; ok {
		return id, nil
	}
	var id int64
	err := db.stmts.findProblem.QueryRowContext(ctx, p.code, p.field, p.message).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = db.stmts.addProblem.QueryRowContext(ctx, p.code, p.field, p.message).Scan(&id)
	}
	if err != nil {
		return nil, err
	}
	if len(db.problems) >= maxProblems {
		clear(db.problems)
	}
	db.problems[p] = id
	return id, nil
}

// transact runs f in one transaction, which only commits while this process is
// the one that opened the checkpoint last. f's context does not end: what has
// happened is to be kept, and SQLite is not to be interrupted in the middle.
func (db *DB) transact(ctx context.Context, fenced bool, f func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	if db.broken != nil {
		return db.broken
	}
	if db.conn == nil {
		return fmt.Errorf("checkpoint %s: it is closed", db.path)
	}
	err := db.lockRows(ctx)
	if err == nil {
		if err = db.inside(ctx, fenced, f); err != nil {
			_, _ = db.conn.ExecContext(ctx, "ROLLBACK") // an error may have rolled back already
		}
	}
	if err = explain(db.path, err); err == nil {
		if fenced {
			db.seq++
			db.lock.follow(db.seq)
		}
		return nil
	}
	var disk *DiskError
	if errors.As(err, &disk) || errors.Is(err, ErrFenced) || errors.Is(err, ErrForeign) {
		db.broken = err
	}
	return err
}

// lockRows begins the transaction. Nothing has been done where it fails, so it
// tries again; each try waits for the busy timeout by itself.
func (db *DB) lockRows(ctx context.Context) error {
	var err error
	for range 3 {
		if _, err = db.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); !isBusy(err) {
			return err
		}
	}
	return err
}

func (db *DB) inside(ctx context.Context, fenced bool, f func(context.Context) error) error {
	if fenced {
		done, err := db.stmts.fence.ExecContext(ctx, millis(db.lastSend), db.epoch)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n != 1 {
			return errors.Join(&refusal{ErrFenced, db.path, "another process has taken it over", "see which one, and let it finish", nil}, err)
		}
	}
	if err := f(ctx); err != nil {
		return err
	}
	_, err := db.conn.ExecContext(ctx, "COMMIT")
	return err
}

// millis returns t in milliseconds since 1970, nil for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

// fromMillis is the reverse of millis; the time is in UTC.
func fromMillis(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
