package checkpoint

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"modernc.org/sqlite"
)

// connect opens the file at path, which must be there, and reads every pragma
// back: one that did not take would break a promise in silence.
func connect(ctx context.Context, path string, u use) (*sql.DB, error) {
	// Process-wide, and only ever switched on: a pragma of a DSN is one
	// statement, whatever a path may hold.
	sqlite.StrictPragmas(true)
	pool, err := sql.Open("sqlite", dsn(path, u))
	if err != nil {
		return nil, explain(path, err)
	}
	pool.SetConnMaxLifetime(0)
	pool.SetConnMaxIdleTime(0)
	if u == writing {
		pool.SetMaxOpenConns(1)
	}
	for _, p := range pragmas(u) {
		var got string
		err := pool.QueryRowContext(ctx, "PRAGMA "+p.name).Scan(&got)
		if err == nil && got != p.want {
			err = &DiskError{Path: path, Err: fmt.Errorf("SQLite keeps %s at %s where %s is needed", p.name, got, p.want)}
		}
		if err != nil {
			return nil, errors.Join(explain(path, err), pool.Close())
		}
	}
	return pool, nil
}

// look says whether there is a checkpoint at path, going by names and by the
// header of the file alone, before SQLite is let near it: SQLite would roll
// back the journal of a stranger's database, and make files beside it.
//
// No connection of this process may be open: closing the file would strip its
// POSIX locks.
func look(path string) (bool, error) {
	there, err := plain(path, path)
	if err != nil {
		return false, err
	}
	for _, suffix := range []string{walSuffix, shmSuffix, journalSuffix} {
		beside, err := plain(path, path+suffix)
		switch {
		case err != nil:
			return false, err
		case beside && !there:
			return false, &refusal{ErrMissingWAL, path, "it is gone, but its " + suffix + " file is there",
				"put the file back, or remove what is left of it", nil}
		case beside && suffix == journalSuffix:
			return false, &refusal{ErrForeign, path, "another program has left a " + suffix + " file beside it", doRestore, nil}
		}
	}
	if !there {
		return false, nil
	}
	return true, lookInside(path)
}

// writable checks that the file at path may be changed: SQLite would open one
// that may not to read only, and make files beside it before it is found out.
// As with look, no connection of this process may be open.
func writable(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|noFollow, 0)
	if err != nil {
		return &DiskError{Path: path, Err: bare(err)}
	}
	return f.Close()
}

// lookInside checks the header of the file at path
// (https://www.sqlite.org/fileformat.html, section 1.3).
func lookInside(path string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return &DiskError{Path: path, Err: err}
	}
	defer func() { _ = f.Close() }()
	var h [100]byte
	n, err := io.ReadFull(f, h[:])
	foreign := func(what, do string) error { return &refusal{ErrForeign, path, what, do, nil} }
	switch {
	case errors.Is(err, io.EOF):
		return foreign("the file is empty", doOther)
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return &DiskError{Path: path, Err: err}
	case string(h[:min(n, 16)]) != "SQLite format 3\x00":
		return foreign("it is not an SQLite file", doOther)
	case n < len(h):
		return foreign("it was cut short", doRestore)
	case binary.BigEndian.Uint32(h[68:]) != applicationID:
		return foreign("it is the SQLite file of another program", doOther)
	case partial(f, h[16:18]) && !exists(path+walSuffix):
		return foreign("it was cut short", doRestore)
	case h[18] != 2 || h[19] != 2:
		return foreign("another program has put it out of WAL mode", "put it back with PRAGMA journal_mode=wal, or restore the file from a copy")
	}
	return newer(path, int64(binary.BigEndian.Uint32(h[60:])))
}

// partial reports whether the last page of f is not all there, which SQLite
// itself overlooks. While there is a -wal file, that may be the way of things.
func partial(f *os.File, pageSize []byte) bool {
	size := int64(binary.BigEndian.Uint16(pageSize))
	if size <= 1 {
		size = 65536 // the file format writes it as 1
	}
	info, err := f.Stat()
	return err == nil && info.Size()%size != 0
}

func newer(path string, found int64) error {
	if found <= version {
		return nil
	}
	return &refusal{ErrNewerVersion, path, fmt.Sprintf("a newer release wrote it (format %d, this one knows %d)", found, version),
		"go on with the release that wrote it", nil}
}

// found is what a checkpoint says of itself.
type found struct {
	id       string
	key      [32]byte
	identity Identity
	epoch    int64
	seq      int64
	clean    bool
	lastSend sql.NullInt64
	version  int64
}

// inspect reads what the checkpoint at path says of itself, and refuses one
// that is not whole. It opens it to read only, so that one which is refused
// keeps every byte. thorough also looks through all of it after a writer that
// did not end as it should.
func inspect(ctx context.Context, path string, last note, thorough bool) (f found, err error) {
	u := reading
	wal := exists(path + walSuffix)
	if !wal {
		u = frozen
	}
	pool, err := connect(ctx, path, u)
	if err != nil {
		return found{}, err
	}
	defer func() { err = errors.Join(err, explain(path, pool.Close())) }()
	if f, err = describe(ctx, path, pool); err != nil {
		return found{}, err
	}
	if err := f.whole(path, last, wal); err != nil {
		return found{}, err
	}
	if thorough && !f.clean {
		return f, quickCheck(ctx, path, pool)
	}
	return f, nil
}

// describe reads meta and head.
func describe(ctx context.Context, path string, pool *sql.DB) (f found, err error) {
	var application int64
	if err := pool.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return f, explain(path, err)
	}
	if err := pool.QueryRowContext(ctx, "PRAGMA user_version").Scan(&f.version); err != nil {
		return f, explain(path, err)
	}
	if application != applicationID {
		return f, &refusal{ErrForeign, path, "it is the SQLite file of another program", doOther, nil}
	}
	if err := newer(path, f.version); err != nil {
		return f, err
	}
	var key []byte
	var headID string
	targets := append([]any{&f.id, &key, &headID, &f.epoch, &f.seq, &f.clean, &f.lastSend}, f.identity.targets()...)
	err = pool.QueryRowContext(ctx, `SELECT meta.id, run_key, head.id, epoch, commit_seq, clean, last_send, `+
		identityColumns+` FROM meta, head`).Scan(targets...)
	if err == nil && (len(key) != len(f.key) || f.epoch < 0 || f.seq < 0) {
		err = errors.New("its own record makes no sense")
	}
	if err != nil {
		return found{}, damaged(path, err)
	}
	if headID != f.id {
		return found{}, &refusal{ErrMissingWAL, path, "its -wal file is that of another checkpoint",
			"put back the files that belong together", nil}
	}
	copy(f.key[:], key)
	return f, nil
}

// damaged turns err, met in a file that says it is a checkpoint, into a
// refusal, unless it has a better name.
func damaged(path string, err error) error {
	e := explain(path, err)
	var disk *DiskError
	var locked *LockedError
	if errors.As(e, &disk) || errors.As(e, &locked) || errors.Is(e, ErrForeign) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return e
	}
	return &refusal{ErrForeign, path, "it is damaged", doRestore, err}
}

// whole refuses a checkpoint whose newest commits are missing. SQLite cannot
// tell: without its -wal file it is a sound database of an earlier moment.
//
// A writer keeps clean at 0 in the main file as long as it works, and its
// -wal file on disk until it has closed. So where clean is 0, a -wal file
// belongs to it; only another SQLite program that opened the file after a kill
// may have merged and removed it, and then the lock file shows that nothing is
// missing.
func (f found) whole(path string, last note, wal bool) error {
	const older = "it is older than the last run"
	const do = "put the newer file back, with the -wal file that lay beside it"
	switch {
	case last.ID == f.id && f.seq < last.Seq:
		return &refusal{ErrMissingWAL, path, older, do, nil}
	case f.clean:
		return nil
	case last.ID != "" && last.ID != f.id:
		return &refusal{ErrMissingWAL, path, "the last run here wrote another checkpoint", do, nil}
	case !wal && last.ID == "":
		return &refusal{ErrMissingWAL, path, "its -wal file is missing, and with it what was done last", do, nil}
	}
	return nil
}

// quickCheck has SQLite look through all pages.
func quickCheck(ctx context.Context, path string, pool *sql.DB) error {
	var verdict string
	if err := pool.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&verdict); err != nil {
		return damaged(path, err)
	}
	if verdict != "ok" {
		return &refusal{ErrForeign, path, "it is damaged", doRestore, nil}
	}
	return nil
}

// vacant refuses a path where a new checkpoint cannot be made.
func vacant(path string) error {
	switch there, err := look(path); {
	case err != nil:
		return err
	case there:
		return &refusal{fs.ErrExist, path, "there is a checkpoint already", "go on with it, or name another file with --checkpoint", nil}
	}
	return nil
}
