package checkpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/gofrs/flock"
)

// A note is what the lock file says: who holds the lock, and how far the
// checkpoint had got. It is for messages and guards; the lock itself is the
// kernel's, which drops it with the process.
type note struct {
	ID    string    `json:"checkpoint"` // meta.id
	PID   int       `json:"pid"`
	Host  string    `json:"host"`
	Since time.Time `json:"since"`
	Seq   int64     `json:"commit_seq"` // at most that of the checkpoint
}

const (
	// noteSize is the room of a note, padded with spaces: it is written over
	// in place, and never leaves the rest of a longer one behind.
	noteSize = 512
	// noteStart leaves the first byte alone, which Windows locks against
	// every other handle.
	noteStart = 1
	// lockPatience outlasts the moment in which a reader tests the lock.
	lockPatience = 250 * time.Millisecond
)

// A lock is the right to write a checkpoint, from acquire to release.
type lock struct {
	path string // of the checkpoint
	name string // of the lock file
	held *flock.Flock
	file *os.File // a second handle of the same file, for the note
	last note     // what it says; when it was taken, what it said
}

// acquire takes the lock of the checkpoint at path, or returns a *LockedError.
func acquire(ctx context.Context, path string) (*lock, error) {
	l := &lock{path: path, name: path + lockSuffix}
	// A predecessor removes its lock file while it holds the lock: what was
	// locked then has no name any more, and the next to come would lock
	// another file. A handful of rounds outlasts any number that matters.
	for range 16 {
		again, err := l.try(ctx)
		if err == nil && !again {
			return l, nil
		}
		l.drop()
		if err != nil {
			return nil, err
		}
	}
	return nil, &LockedError{Path: path}
}

// try takes the lock once; again says that the file has lost its name since.
func (l *lock) try(ctx context.Context) (again bool, err error) {
	if there, err := plain(l.path, l.name); err != nil {
		return false, err
	} else if !there {
		if err := touch(l.name); err != nil && !errors.Is(err, fs.ErrExist) {
			return false, &DiskError{Path: l.path, Err: bare(err)}
		}
	}
	l.held = flock.New(l.name, flock.SetFlag(os.O_RDWR|noFollow))
	wait, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	switch _, err := l.held.TryLockContext(wait, lockPatience/10); {
	case errors.Is(err, fs.ErrNotExist):
		return true, nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		n, _ := readNote(l.name)
		return false, &LockedError{Path: l.path, PID: n.PID, Host: n.Host, Since: n.Since}
	case err != nil:
		return false, &DiskError{Path: l.path, Err: bare(err)}
	}
	if l.file, err = os.OpenFile(l.name, os.O_RDWR|noFollow, 0); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	} else if err != nil {
		return false, &DiskError{Path: l.path, Err: bare(err)}
	}
	if !l.named() {
		return true, nil
	}
	var ok bool
	if l.last, ok = readNote(l.name); !ok {
		return false, &refusal{ErrForeign, l.path, "its lock file " + l.name + " belongs to another program", doOther, nil}
	}
	return false, nil
}

// named reports whether what was locked, what is written to and what has the
// name are one file.
func (l *lock) named() bool {
	held, err1 := l.held.Stat()
	file, err2 := l.file.Stat()
	name, err3 := os.Lstat(l.name)
	return errors.Join(err1, err2, err3) == nil && os.SameFile(held, file) && os.SameFile(held, name)
}

// write puts n into the lock file. It goes by the handle, so a successor's
// file is never touched.
func (l *lock) write(n note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	text = append(text, bytes.Repeat([]byte(" "), max(0, noteSize-len(text)-1))...)
	if _, err := l.file.WriteAt(append(text, '\n'), noteStart); err != nil {
		return &DiskError{Path: l.path, Err: bare(err)}
	}
	l.last = n
	return nil
}

// follow copies the number of a commit to the note. After a kill, it tells how
// far the checkpoint had got, so that one commit which is missing shows.
//
// An error is not reported: the commit is durable, and all that is lost is that
// the guard against a missing -wal lags behind.
func (l *lock) follow(seq int64) {
	n := l.last
	n.Seq = seq
	_ = l.write(n)
}

// abandon gives up a lock after a failure: the lock file stays if it said
// something before, and goes if this process made it.
func (l *lock) abandon() {
	if l.last == (note{}) {
		l.release()
		return
	}
	l.drop()
}

// release removes the lock file, if it is still the one that was locked, and
// then gives up the lock.
//
// A file that cannot be removed is no error: the lock itself is the kernel's,
// what the note says is right, and the next process takes the file over.
func (l *lock) release() {
	mine := l.named()
	if mine && runtime.GOOS != "windows" {
		_ = os.Remove(l.name)
	}
	l.drop()
	if mine && runtime.GOOS == "windows" { // an open file cannot be removed there
		_ = os.Remove(l.name)
	}
}

// drop gives up the lock and leaves the file.
func (l *lock) drop() {
	if l.file != nil {
		_ = l.file.Close()
		l.file = nil
	}
	if l.held != nil {
		_ = l.held.Unlock()
		l.held = nil
	}
}

// readNote reads a lock file. A note that is empty or was cut short by a loss
// of power is the zero note; ok is false where the file is not one of ours.
func readNote(name string) (n note, ok bool) {
	f, err := os.OpenFile(name, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return note{}, errors.Is(err, fs.ErrNotExist)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.NewSectionReader(f, noteStart, 4*noteSize))
	if err != nil {
		return note{}, false
	}
	text = bytes.Trim(text, " \n\x00")
	if len(text) == 0 {
		return note{}, true
	}
	if json.Unmarshal(text, &n) != nil {
		return note{}, bytes.HasPrefix(text, []byte(`{"checkpoint":`))
	}
	return n, true
}

// peek says what the lock file of the checkpoint at path holds, and whether a
// live process holds the lock. It makes no file.
func peek(path string) (n note, alive bool, err error) {
	name := path + lockSuffix
	if there, err := plain(path, name); err != nil || !there {
		return note{}, false, err
	}
	probe := flock.New(name, flock.SetFlag(os.O_RDONLY|noFollow))
	free, err := probe.TryRLock()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return note{}, false, nil
	case err != nil:
		return note{}, false, &DiskError{Path: path, Err: bare(err)}
	}
	defer func() { _ = probe.Unlock() }()
	n, _ = readNote(name)
	return n, !free, nil
}
