package checkpoint

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a checkpoint may be refused for. Test with errors.Is: the error itself
// names the file and says what to do.
var (
	// ErrNotFound: there is nothing at the path.
	ErrNotFound = errors.New("no checkpoint found")
	// ErrForeign: what is there is not a checkpoint, or is one no longer:
	// another kind of file, a symbolic link, truncated, damaged.
	ErrForeign = errors.New("not a usable checkpoint")
	// ErrNewerVersion: a later release of the program wrote it.
	ErrNewerVersion = errors.New("checkpoint of a newer version")
	// ErrMissingWAL: its files do not belong together, or the state is older
	// than the last run: the -wal file was left behind by a copy, or a backup
	// was put back.
	ErrMissingWAL = errors.New("checkpoint is incomplete")
	// ErrFenced: another process has taken the checkpoint over, which it only
	// can where the lock file was deleted. Nothing more may be sent.
	ErrFenced = errors.New("checkpoint was taken over")
	// ErrSent: Discard was asked to remove a checkpoint that knows of requests.
	ErrSent = errors.New("checkpoint holds what was sent")
)

// A refusal is an error about one file: what is wrong with it, what to do.
type refusal struct {
	kind  error // one of the sentinels
	path  string
	what  string
	do    string
	cause error // may be nil
}

func (r *refusal) Error() string {
	s := "checkpoint " + r.path + ": " + r.what
	if r.cause != nil {
		s += " (" + r.cause.Error() + ")"
	}
	return s + ": " + r.do
}

func (r *refusal) Unwrap() []error {
	if r.cause == nil {
		return []error{r.kind}
	}
	return []error{r.kind, r.cause}
}

const (
	doOther   = "name another file with --checkpoint"
	doRestore = "restore the file from a copy, or name another with --checkpoint"
)

// A LockedError says that another process works on the checkpoint.
type LockedError struct {
	Path  string    // of the checkpoint
	PID   int       // 0 where unknown
	Host  string    // "" where unknown
	Since time.Time // zero where unknown
}

// Error implements error.
func (e *LockedError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("checkpoint %s: another program is using it: wait until it has ended", e.Path)
	}
	return fmt.Sprintf("checkpoint %s: process %d on %s has been using it since %s: wait until it has ended, or stop it",
		e.Path, e.PID, e.Host, e.Since.Format(time.DateTime))
}

// A DiskError says that the checkpoint could not be written or read, for a
// reason that lies with the disk, the folder or its permissions. Nothing may
// be sent after it, since the next intent could not be kept.
type DiskError struct {
	Path string // the file or folder it is about
	Code int    // SQLite's extended result code; 0 where SQLite was not asked
	Err  error
}

// Error implements error.
func (e *DiskError) Error() string {
	var what, do string
	switch e.code() {
	case sqlite3.SQLITE_FULL:
		what, do = "there is no room left on the disk", "free some, then run the same command again"
	case sqlite3.SQLITE_READONLY:
		what, do = "it cannot be written", "make the file and its folder writable, or name another with --checkpoint"
	case sqlite3.SQLITE_CANTOPEN:
		what, do = "it cannot be opened", "see that the file and its folder can be read and written"
	case sqlite3.SQLITE_IOERR:
		what, do = "the disk reported an error", "see that the disk is sound and not full, then run the same command again"
	case sqlite3.SQLITE_NOMEM:
		what, do = "a limit of the system was met", "raise it, then run the same command again"
	default:
		what, do = "it cannot be used", "choose a folder that exists and can be written, with --checkpoint"
		if errors.Is(e.Err, fs.ErrPermission) || errors.Is(e.Err, syscall.EROFS) {
			do = "make the file and its folder writable, or name another with --checkpoint"
		}
	}
	return fmt.Sprintf("checkpoint %s: %s (%v): %s", e.Path, what, e.Err, do)
}

// Place reports whether it lies with the place that was named, so that the
// same command would meet it again. Otherwise it may pass: the disk was full,
// or reported an error.
func (e *DiskError) Place() bool { return e.code() == 0 }

// code is the primary result code of SQLite, also for what the system said
// before SQLite was asked; 0 where the place is at fault.
func (e *DiskError) code() int {
	if e.Code != 0 {
		return e.Code & 0xff
	}
	var errno syscall.Errno
	if !errors.As(e.Err, &errno) {
		return 0
	}
	switch errno {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return sqlite3.SQLITE_FULL
	case syscall.EIO:
		return sqlite3.SQLITE_IOERR
	case syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM:
		return sqlite3.SQLITE_NOMEM
	}
	return 0
}

// Unwrap returns the cause.
func (e *DiskError) Unwrap() error { return e.Err }

// explain turns an error of SQLite into one of this package. Other errors,
// such as a context's or those it has made, it returns as they are.
func explain(path string, err error) error {
	var disk *DiskError
	var refused *refusal
	var s *sqlite.Error
	if errors.As(err, &disk) || errors.As(err, &refused) || !errors.As(err, &s) {
		return err
	}
	// Code is the extended one, e.g. 778 for IOERR_WRITE.
	switch s.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN:
		return &DiskError{Path: path, Code: s.Code(), Err: err}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return &refusal{ErrForeign, path, "it is damaged", doRestore, err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &LockedError{Path: path}
	default:
		return fmt.Errorf("checkpoint %s: %w", path, err)
	}
}

// isBusy reports whether err says that another connection holds a lock.
func isBusy(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) &&
		(s.Code()&0xff == sqlite3.SQLITE_BUSY || s.Code()&0xff == sqlite3.SQLITE_LOCKED)
}
