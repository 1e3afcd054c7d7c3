// Package checkpoint keeps what a migration has done, in one SQLite file, so
// that it can be ended at any moment and goes on where it was.
//
// A command that sends opens a [DB] with [Create] or [Open]: it is the
// migrate.Ledger of a run. A command that only looks opens a [Reader] with
// [OpenReader], also while a run is going on or after one was killed.
//
// # What is kept
//
// Row numbers, keys, states, Clerk ids, codes, trace ids and times. No payload,
// no digest, no secret: the input is where those are. Where a new input has
// taken the place of an earlier one (see DB.Rebase), also what is known of users
// that only the earlier one had.
//
// # What holds
//
// A result that Commit has returned for is on disk: neither a kill nor a loss
// of power undoes it. One process writes at a time: a lock file keeps others
// out, and where it is deleted, the later process fences off the earlier one,
// whose next commit returns ErrFenced. A file that is refused keeps every byte.
//
// # Files
//
// Beside x.db lie x.db-wal and x.db-shm while it is in use, and x.db.lock.
// After a clean end x.db is all there is; after a kill the others belong to it
// and must be copied with it. No other part of the program may open these files
// while a DB or Reader is in use: closing them drops SQLite's POSIX locks
// (https://www.sqlite.org/howtocorrupt.html, section 2.2).
package checkpoint

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"carryover/migrate"

	"modernc.org/sqlite"
)

var (
	_ migrate.Ledger     = (*DB)(nil)
	_ migrate.UndoLedger = (*DB)(nil)
)

// A DB is a checkpoint that this process may write. The queries of Reader see
// all that has been committed; they may run beside one another and beside a
// Commit. Its methods may be called by any goroutine.
type DB struct {
	*Reader

	key     [32]byte
	warning string

	mu        sync.Mutex // guards what follows
	lock      *lock
	pool      *sql.DB
	conn      *sql.Conn // the one connection that writes
	stmts     statements
	problems  map[problem]int64 // ids of problem texts known
	id        string
	epoch     int64
	seq       int64
	lastSend  time.Time
	session   int64 // 0 outside of BeginRun and EndRun
	undoing   int64 // 0 outside of BeginUndo and EndUndo
	recording recording
	keeping   []kept // to be stored with the next commit
	broken    error  // what made further writes impossible
	closed    bool
}

// Exists reports whether there is a checkpoint at path. It returns false and
// nil where there is nothing, and an error, such as ErrForeign, where there is
// something else. It changes nothing and does not wait.
func Exists(path string) (bool, error) {
	path, err := absolute(path)
	if err != nil {
		return false, err
	}
	_, alive, err := peek(path)
	if err != nil {
		return false, err
	}
	there := false
	if alive { // in use, perhaps by this very process: names only, see look
		there, err = plain(path, path)
	} else {
		there, err = look(path)
	}
	return there && err == nil, err
}

// Create makes a new checkpoint at path and opens it. It returns an error that
// is fs.ErrExist where there is a checkpoint already, ErrForeign or
// ErrMissingWAL where there is something else in its place, *LockedError, or
// *DiskError. After an error, nothing is left behind.
func Create(ctx context.Context, path string, id Identity) (*DB, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	warning, err := folder(path)
	if err != nil {
		return nil, err
	}
	l, err := enter(ctx, path, vacant)
	if err != nil {
		return nil, err
	}
	if err := build(ctx, path, id); err != nil {
		l.abandon()
		return nil, err
	}
	db, err := start(ctx, path, note{}, l, warning)
	if err != nil {
		err = errors.Join(err, removeAll(path))
		l.abandon()
		return nil, err
	}
	return db, nil
}

// Open opens the checkpoint at path for a run. One of an earlier version is
// brought to this one, and a copy of it stays beside it (x.db.v1.bak). It returns ErrNotFound,
// ErrForeign, ErrNewerVersion, ErrMissingWAL, *LockedError or *DiskError. Of a file
// that is refused, and of those beside it, no byte is changed.
func Open(ctx context.Context, path string) (*DB, error) {
	path, err := absolute(path)
	if err != nil {
		return nil, err
	}
	var warning string
	l, err := enter(ctx, path, func(path string) error {
		there, err := look(path)
		if err == nil && !there {
			return notFound(path)
		}
		if err == nil {
			err = writable(path)
		}
		if err == nil {
			warning, err = folder(path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	db, err := start(ctx, path, l.last, l, warning)
	if err != nil {
		l.abandon()
		return nil, err
	}
	return db, nil
}

func notFound(path string) error {
	return &refusal{ErrNotFound, path, "there is none", "begin with a run, or name another file with --checkpoint", nil}
}

// enter takes the lock of the checkpoint at path, where check allows. It checks
// before, so that no lock file comes up beside a stranger's file, and again
// once no other process can change what it saw.
func enter(ctx context.Context, path string, check func(string) error) (*lock, error) {
	n, alive, err := peek(path)
	if err != nil {
		return nil, err
	}
	if alive {
		return nil, &LockedError{Path: path, PID: n.PID, Host: n.Host, Since: n.Since}
	}
	if err := check(path); err != nil {
		return nil, err
	}
	l, err := acquire(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := check(path); err != nil {
		l.abandon()
		return nil, err
	}
	return l, nil
}

// start opens the checkpoint at path, whose lock l is held, as the next epoch.
func start(ctx context.Context, path string, last note, l *lock, warning string) (_ *DB, err error) {
	f, err := inspect(ctx, path, last, true)
	if err != nil {
		return nil, err
	}
	db := &DB{
		Reader:   &Reader{path: path},
		key:      f.key,
		warning:  warning,
		lock:     l,
		problems: map[problem]int64{},
		id:       f.id,
		lastSend: fromMillis(f.lastSend),
	}
	db.identity.Store(&f.identity)
	defer func() {
		if err != nil {
			err = errors.Join(err, db.disconnect())
		}
	}()
	if err := db.connect(ctx); err != nil {
		return nil, err
	}
	if f.version < version {
		if err := db.rehearse(ctx, f.version); err != nil {
			return nil, err
		}
		if err := db.backup(ctx, f.version); err != nil {
			return nil, err
		}
	}
	if err := db.begin(ctx, f.version); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this host"
	}
	return db, l.write(note{ID: db.id, PID: os.Getpid(), Host: host, Since: time.Now().UTC().Round(0), Seq: db.seq})
}

// connect opens the connections: one that writes, some that read.
func (db *DB) connect(ctx context.Context) (err error) {
	if db.pool, err = connect(ctx, db.path, writing); err != nil {
		return err
	}
	if db.conn, err = db.pool.Conn(ctx); err != nil {
		return explain(db.path, err)
	}
	db.Reader.pool, err = connect(ctx, db.path, reading)
	return err
}

// keepWAL says whether the -wal file outlives the last connection.
func (db *DB) keepWAL(keep bool) error {
	mode := 0
	if keep {
		mode = 1
	}
	return db.conn.Raw(func(c any) error {
		control, ok := c.(sqlite.FileControl)
		if !ok {
			return fmt.Errorf("checkpoint %s: the SQLite driver has no file control", db.path)
		}
		_, err := control.FileControlPersistWAL("main", mode)
		return explain(db.path, err)
	})
}

// begin raises the epoch, which fences off any earlier process, brings the tables
// of an earlier version to this one, and clean=0 into the main file. A run that
// was killed is marked as such.
func (db *DB) begin(ctx context.Context, from int64) error {
	if err := db.transact(ctx, false, func(ctx context.Context) error { return db.takeOver(ctx, from) }); err != nil {
		return err
	}
	// See found.whole: from here on, the -wal file stays until finish.
	if err := db.keepWAL(true); err != nil {
		return err
	}
	_, err := db.merge(ctx)
	return err
}

// takeOver is what begin does in its transaction.
func (db *DB) takeOver(ctx context.Context, from int64) error {
	err := db.conn.QueryRowContext(ctx, `UPDATE head SET epoch = epoch + 1, commit_seq = commit_seq + 1, clean = 0
		RETURNING epoch, commit_seq`).Scan(&db.epoch, &db.seq)
	if err == nil {
		err = db.upgrade(ctx, from)
	}
	for _, mark := range []string{
		"UPDATE session SET state = ?, reason = ? WHERE state = ?",
		"UPDATE undo_session SET state = ?, reason = ? WHERE state = ?",
	} {
		if err == nil {
			_, err = db.conn.ExecContext(ctx, mark, Killed, "the process ended without a word", Running)
		}
	}
	if err == nil {
		err = db.stmts.prepare(ctx, db.conn)
	}
	if err != nil {
		return damaged(db.path, err)
	}
	return nil
}

// merge brings all of the -wal file into the main file; false where a reader
// would not let it within the busy timeout.
func (db *DB) merge(ctx context.Context) (bool, error) {
	var busy, frames, merged int
	err := db.conn.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &merged)
	return busy == 0, explain(db.path, err)
}

// Key returns 32 random bytes that were made with the checkpoint: the key of
// the hashes in it and of generated external ids. It must not be printed.
func (db *DB) Key() [32]byte { return db.key }

// String returns what the checkpoint is called in messages; like GoString, it
// keeps the key out of what is printed by mistake.
func (db *DB) String() string { return "checkpoint " + db.path }

// GoString implements fmt.GoStringer.
func (db *DB) GoString() string { return db.String() }

// Warning returns a sentence for the user where the checkpoint lies at a
// doubtful place, else "".
func (db *DB) Warning() string { return db.warning }

// LastSend returns the wall clock of the newest request known, of this process
// or an earlier one, to the millisecond; zero where there was none.
func (db *DB) LastSend() time.Time {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.lastSend
}

// SetLastSend notes that a request was sent at t. It is stored with the next
// commit, or by Close. An earlier time than the newest is of no effect.
func (db *DB) SetLastSend(t time.Time) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.sent(t)
}

func (db *DB) sent(t time.Time) {
	if t.After(db.lastSend) {
		db.lastSend = t.UTC().Round(0)
	}
}
