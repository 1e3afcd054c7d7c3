package checkpoint

import (
	"context"
	"errors"
)

// Close ends the use of the checkpoint: all is merged into the main file, it is
// marked as whole, and the lock is given up. After a failed commit it only
// gives up the lock, and the next Open looks through the file first. Closing
// again does nothing.
func (db *DB) Close() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	db.closed = true
	// Readers of this process would keep the -wal file from being merged.
	err := db.Reader.Close()
	whole := false
	if db.broken == nil && err == nil {
		whole, err = db.finish()
	}
	err = errors.Join(err, db.disconnect())
	if whole && err == nil {
		db.lock.release()
		return nil
	}
	db.lock.drop()
	return err
}

// finish marks the checkpoint as whole and merges it; false where another
// process that reads kept the -wal file in use, which then belongs to it.
func (db *DB) finish() (bool, error) {
	ctx := context.Background()
	err := db.transact(ctx, true, func(ctx context.Context) error {
		_, err := db.conn.ExecContext(ctx, "UPDATE head SET clean = 1")
		return err
	})
	if err != nil {
		return false, err
	}
	merged, err := db.merge(ctx)
	if err != nil || !merged {
		return false, err
	}
	return true, db.keepWAL(false)
}

// disconnect closes the connections and leaves lock and files.
func (db *DB) disconnect() error {
	errs := []error{db.Reader.Close()}
	if db.conn != nil {
		errs = append(errs, db.stmts.close(), explain(db.path, db.conn.Close()))
		db.conn = nil
	}
	if db.pool != nil {
		errs = append(errs, explain(db.path, db.pool.Close()))
		db.pool = nil
	}
	return errors.Join(errs...)
}

// Discard closes the checkpoint and removes all of its files: for a command
// that failed before anything was sent. Where the checkpoint knows of a request
// it returns ErrSent, where another process has taken it over ErrFenced; then it
// removes nothing, and the checkpoint is still to be closed.
func (db *DB) Discard() error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return nil
	}
	err := db.transact(context.Background(), true, func(ctx context.Context) error {
		var sent bool
		err := db.conn.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM result
			WHERE sent_at IS NOT NULL OR attempts > 0 OR user_id <> '')`).Scan(&sent)
		if err == nil && sent {
			err = &refusal{ErrSent, db.path, "it knows of requests that were sent", "keep it, and go on with it", nil}
		}
		return err
	})
	if err != nil {
		return err
	}
	db.closed = true
	// First a clean end, so that a kill in between leaves a checkpoint that
	// can be opened.
	err = db.Reader.Close()
	if err == nil {
		_, err = db.finish()
	}
	if err = errors.Join(err, db.disconnect()); err != nil {
		db.lock.drop()
		return err
	}
	if !db.lock.named() { // the lock was deleted: a successor may have come since
		db.lock.drop()
		return &refusal{ErrFenced, db.path, "its lock file is gone", "remove the checkpoint by hand", nil}
	}
	if err := removeAll(db.path); err != nil {
		db.lock.drop()
		return err
	}
	db.lock.release()
	return nil
}
