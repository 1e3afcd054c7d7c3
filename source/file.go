package source

import (
	"errors"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
)

// stdin is what standard input is called.
const stdin = "-"

// A file is one input as the user named it.
type file struct {
	name  string
	info  os.FileInfo // of a regular file, when it was opened first; nil for what is spooled
	spool *spool      // of what can be read only once: standard input, a pipe

	blocks blocks       // what its text was when it was first read
	read   atomic.Int64 // bytes, by all readings together
}

// newFile looks at a file without reading it, but for what must be spooled.
func newFile(name string, standardInput io.Reader) (*file, error) {
	f := &file{name: name, blocks: blocks{seed: maphash.MakeSeed()}}
	if name == stdin {
		var err error
		f.spool, err = newSpool(name, standardInput, nil)
		return f, err
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault(name, 0, codeMissing, "there is no such file").because(err)
	case err != nil:
		return nil, fault(name, 0, codeUnreadable, "the file could not be read").because(err)
	case info.IsDir():
		return nil, fault(name, 0, codeDirectory, "this is a folder, not a file")
	case info.Mode().IsRegular():
		f.info = info
		return f, nil
	}
	pipe, err := os.Open(name)
	if err != nil {
		return nil, fault(name, 0, codeUnreadable, "the file could not be opened").because(err)
	}
	f.spool, err = newSpool(name, pipe, pipe)
	return f, err
}

// remove deletes the temporary file, if there is one.
func (f *file) remove() error {
	if f.spool == nil {
		return nil
	}
	s := f.spool
	f.spool = nil
	return s.remove()
}

// reader opens the bytes of the file from the beginning. The handle is nil for
// what is spooled, which stays open.
func (f *file) reader() (*os.File, io.Reader, error) {
	if f.info == nil {
		if f.spool == nil {
			return nil, nil, fault(f.name, 0, codeUnreadable, "the input has been closed").because(os.ErrClosed)
		}
		return nil, &spoolReader{spool: f.spool}, nil
	}
	h, err := os.Open(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fault(f.name, 0, codeMissing, "the file is no longer there").because(err)
	case err != nil:
		return nil, nil, fault(f.name, 0, codeUnreadable, "the file could not be opened").because(err)
	}
	info, err := h.Stat()
	if err != nil {
		_ = h.Close()
		return nil, nil, fault(f.name, 0, codeUnreadable, "the file could not be read").because(err)
	}
	if changed := f.compare(info); changed != nil {
		_ = h.Close()
		return nil, nil, changed
	}
	return h, h, nil
}

// compare refuses a file that is not what it was when it was opened first.
func (f *file) compare(now os.FileInfo) error {
	switch was, is := f.info.Size(), now.Size(); {
	case !os.SameFile(f.info, now):
		return fault(f.name, 0, codeChanged, "another file has taken its place since reading began")
	case is > was:
		return fault(f.name, 0, codeChanged, "the file has grown from %d to %d bytes since reading began", was, is)
	case is < was:
		return fault(f.name, 0, codeChanged, "the file has shrunk from %d to %d bytes since reading began", was, is)
	case !f.info.ModTime().Equal(now.ModTime()):
		return fault(f.name, 0, codeChanged, "the file has been written to since reading began")
	}
	return nil
}

// changed looks at the file without reading it. A look that fails says nothing:
// whoever reads on will meet the cause.
func (f *file) changed() error {
	if f.info == nil { // our own copy
		return nil
	}
	now, err := os.Stat(f.name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault(f.name, 0, codeChanged, "the file is no longer there")
	case err != nil:
		return nil
	}
	return f.compare(now)
}

// same reports whether two names mean one file.
func (f *file) same(other *file) bool {
	if f.name == stdin || other.name == stdin {
		return f.name == other.name
	}
	return f.info != nil && other.info != nil && os.SameFile(f.info, other.info)
}
