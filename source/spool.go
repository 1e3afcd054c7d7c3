package source

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
)

// A spool lets what can be read only once be read any number of times, by
// several readers: what the foremost of them takes from the source is kept in
// a temporary file that only its owner can read. So no more of an input is
// copied than is read: a stream whose first record is refused does not fill
// the disk.
type spool struct {
	name string // as the user named the input
	mu   sync.Mutex
	src  io.Reader
	end  io.Closer // of src, or nil
	file *os.File
	err  error // why nothing more comes from src: io.EOF, or what went wrong

	// These may be read without mu, which is held while src is waited for.
	size atomic.Int64 // of what is in file; it changes with mu held
	came atomic.Bool  // src has come to its end
}

// newSpool returns the spool of src. Where it fails, end is closed.
func newSpool(name string, src io.Reader, end io.Closer) (*spool, error) {
	file, err := os.CreateTemp("", "carryover-input-*") // 0600
	if err != nil {
		if end != nil {
			err = errors.Join(err, end.Close())
		}
		return nil, fault(name, 0, codeUnreadable, "no temporary file could be made for this input").because(err)
	}
	// Where the system allows it, the name goes at once, so that nothing is
	// left behind even by a crash. Elsewhere remove does it.
	_ = os.Remove(file.Name())
	return &spool{name: name, src: src, end: end, file: file}, nil
}

// readAt reads what is at an offset that the source has come to.
func (s *spool) readAt(p []byte, offset int64) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if size := s.size.Load(); offset < size {
		n, err := s.file.ReadAt(p[:min(int64(len(p)), size-offset)], offset)
		if err == io.EOF && n > 0 { // the last bytes so far, not of the source
			err = nil
		}
		return n, err
	}
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.src.Read(p)
	if n > 0 {
		if _, writeErr := s.file.WriteAt(p[:n], s.size.Load()); writeErr != nil {
			s.err = fault(s.name, 0, codeUnreadable, "the input could not be copied into a temporary file").because(writeErr)
			return 0, s.err
		}
		s.size.Add(int64(n))
	}
	s.err = err
	s.came.Store(errors.Is(err, io.EOF))
	return n, err
}

// taken returns how much has come from the source so far.
func (s *spool) taken() int64 { return s.size.Load() }

// whole reports whether the source has come to its end.
func (s *spool) whole() bool { return s.came.Load() }

// remove deletes the temporary file and closes the source.
func (s *spool) remove() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.file.Close()
	if gone := os.Remove(s.file.Name()); !errors.Is(gone, fs.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	if s.end != nil {
		err = errors.Join(err, s.end.Close())
	}
	return err
}

// A spoolReader reads a spool from its beginning.
type spoolReader struct {
	spool  *spool
	offset int64
}

// Read implements io.Reader.
func (r *spoolReader) Read(p []byte) (int, error) {
	n, err := r.spool.readAt(p, r.offset)
	r.offset += int64(n)
	return n, err
}
