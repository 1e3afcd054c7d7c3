package checkpoint

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// The files of a checkpoint beside the main one.
const (
	walSuffix     = "-wal"
	shmSuffix     = "-shm"
	journalSuffix = "-journal" // of a mode that checkpoints never use
	lockSuffix    = ".lock"
)

// absolute returns path as SQLite is given it.
func absolute(path string) (string, error) {
	if path == "" {
		return "", &refusal{ErrNotFound, `""`, "no file is named", "name one with --checkpoint", nil}
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", &DiskError{Path: path, Err: err}
	}
	return abs, nil
}

// folder checks that a checkpoint may be written where path lies. The warning
// is a sentence for the user where that is doubtful, else "".
func folder(path string) (warning string, err error) {
	dir := filepath.Dir(path)
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", &DiskError{Path: path, Err: errors.New("the folder " + dir + " does not exist")}
	case err != nil:
		return "", &DiskError{Path: path, Err: bare(err)}
	case !info.IsDir():
		return "", &DiskError{Path: path, Err: errors.New(dir + " is not a folder")}
	}
	name, verdict := fileSystem(dir)
	switch verdict {
	case remote:
		return "", &DiskError{Path: path, Err: errors.New("the folder is on a network file system (" + name +
			"), where SQLite cannot keep two processes apart")}
	case doubtful:
		return "the folder " + dir + " is on " + name +
			": keep the checkpoint on a local disk if what lies behind it is a network", nil
	}
	return "", nil
}

// A verdict says how far a file system can be trusted with locks and shared
// memory, which WAL needs (https://www.sqlite.org/wal.html, "same host").
type verdict uint8

const (
	local verdict = iota
	doubtful
	remote
)

// plain checks that what is at name, if anything, is a regular file under one
// name only. Neither a symbolic link nor anything else is followed or opened:
// SQLite would follow a link, and a second name, be it a link or a mount of the
// file alone, has a lock file and a -wal of its own.
func plain(path, name string) (exists bool, err error) {
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, &DiskError{Path: path, Err: bare(err)}
	}
	what, do := "", doOther
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		what = "is a symbolic link"
	case mode.IsDir():
		what = "is a folder"
	case !mode.IsRegular():
		what = "is not a regular file"
	case links(info) > 1:
		what = "has a second name (a hard link)"
	case mountedAlone(name):
		what, do = "is mounted without its folder", "mount the folder: the files beside it belong to it"
	default:
		return true, nil
	}
	subject := "it"
	if name != path {
		subject = filepath.Base(name)
	}
	return true, &refusal{ErrForeign, path, subject + " " + what, do, nil}
}

// exists reports whether there is anything at name.
func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// removeAll removes the files of a checkpoint except its lock file. Those that
// are not there are no error. No connection may be open.
func removeAll(path string) error {
	var errs []error
	// The main file goes last: as long as it is there, so may be its -wal.
	for _, name := range []string{path + shmSuffix, path + walSuffix, path} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, &DiskError{Path: name, Err: err})
		}
	}
	return errors.Join(errs...)
}

// A use says what a connection is for.
type use uint8

const (
	// writing is the one connection that changes the checkpoint.
	writing use = iota
	// reading sees every commit of a writer, also while it works.
	reading
	// frozen reads the main file alone and takes no lock, so it makes no -wal
	// and no -shm. For a checkpoint that has no -wal, since nobody writes it.
	frozen
)

// dsn returns the data source name for the file at path, which must be
// absolute. busy_timeout comes first, since the others may have to wait.
//
// A "file:" URI is needed: SQLite drops mode=ro from a plain name, and the
// path must be escaped, or ?, # and %41 in it name another file.
func dsn(path string, u use) string {
	q := []string{"_txlock=immediate", "_dqs=0", "_defensive=1"}
	switch u {
	case writing:
		q = append(q, "mode=rw")
	case reading:
		q = append(q, "mode=ro")
	case frozen:
		q = append(q, "mode=ro", "immutable=1")
	}
	for _, p := range pragmas(u) {
		q = append(q, "_pragma="+p.name+"("+p.set+")")
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive letter
	}
	return "file:" + (&url.URL{Path: slashed}).EscapedPath() + "?" + strings.Join(q, "&")
}

// A pragma is set by every connection and read back from it.
type pragma struct{ name, set, want string }

func pragmas(u use) []pragma {
	all := []pragma{
		{"busy_timeout", "5000", "5000"},
		{"foreign_keys", "1", "1"},
		{"trusted_schema", "0", "0"},
		{"cell_size_check", "1", "1"},
	}
	if u != writing {
		return append(all, pragma{"query_only", "1", "1"})
	}
	all = append(all,
		pragma{"journal_mode", "WAL", "wal"},
		// FULL: a commit that has returned outlives a loss of power.
		pragma{"synchronous", "FULL", "2"})
	if runtime.GOOS == "darwin" {
		// There, fsync leaves data in the disk's own cache.
		all = append(all, pragma{"fullfsync", "1", "1"}, pragma{"checkpoint_fullfsync", "1", "1"})
	}
	return all
}

// renameChecked is renameNew where the system has no such call. The lock is
// held, so only a stranger could come between the two steps.
func renameChecked(from, to string) error {
	if exists(to) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: fs.ErrExist}
	}
	return os.Rename(from, to)
}
