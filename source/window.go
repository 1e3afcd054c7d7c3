package source

import (
	"bytes"
	"errors"
	"io"
)

// windowSize is what a window holds at first; it grows to one record.
const windowSize = 256 << 10

// A window is the part of a text that is in memory: all bytes from the next
// record on that have been read so far. It knows where in the text it stands.
type window struct {
	src  io.Reader
	buf  []byte
	pos  int   // of the first byte not yet taken
	at   int64 // of that byte in the text
	line int64 // 1-based line of that byte
	err  error // why there is no more: io.EOF, or what ends the stream
}

func newWindow(src io.Reader) *window {
	return &window{src: src, buf: make([]byte, 0, windowSize), line: 1}
}

// unread returns the bytes that have been read and not been taken. They are
// valid until the next call of more.
func (w *window) unread() []byte { return w.buf[w.pos:] }

// whole reports whether nothing follows the unread bytes.
func (w *window) whole() bool { return errors.Is(w.err, io.EOF) }

// more reads on. It returns nil where unread has grown; otherwise why it has not.
func (w *window) more() error {
	if w.err != nil {
		return w.err
	}
	if w.pos > 0 {
		w.buf = w.buf[:copy(w.buf, w.buf[w.pos:])]
		w.pos = 0
	}
	if len(w.buf) == cap(w.buf) {
		grown := make([]byte, len(w.buf), 2*cap(w.buf))
		copy(grown, w.buf)
		w.buf = grown
	}
	// At least half as much again, so that a record read in small pieces is
	// not scanned more than a few times.
	least := min(max(1, len(w.buf)/2), cap(w.buf)-len(w.buf))
	n, err := io.ReadAtLeast(w.src, w.buf[len(w.buf):cap(w.buf)], least)
	w.buf = w.buf[:len(w.buf)+n]
	if err == io.ErrUnexpectedEOF { // ReadAtLeast's word for the end
		err = io.EOF
	}
	w.err = err
	if n > 0 {
		return nil
	}
	return w.err
}

// take steps over n bytes that hold the given number of line ends.
func (w *window) take(n int, lines int64) {
	w.pos += n
	w.at += int64(n)
	w.line += lines
}

// space takes everything up to the first byte that is not white space in JSON.
// It returns io.EOF where there is none.
func (w *window) space() error {
	for {
		data := w.unread()
		n := 0
		for n < len(data) && (data[n] == ' ' || data[n] == '\n' || data[n] == '\r' || data[n] == '\t') {
			n++
		}
		w.take(n, int64(bytes.Count(data[:n], lineEnd)))
		if n < len(data) {
			return nil
		}
		if err := w.more(); err != nil {
			return err
		}
	}
}

// upTo returns how many unread bytes stand before the first sep, or before the
// end of the text, and how many with it. It returns errTooLong where there are
// more than limit, and io.EOF where the text is at its end.
func (w *window) upTo(sep byte, limit int) (n, with int, err error) {
	seen := 0
	for {
		data := w.unread()
		if i := bytes.IndexByte(data[seen:], sep); i >= 0 {
			n, with = seen+i, seen+i+1
		} else if w.whole() {
			n, with = len(data), len(data)
		}
		switch {
		case max(n, seen) > limit:
			return 0, 0, errTooLong
		case with > 0:
			return n, with, nil
		}
		seen = len(data)
		if err := w.more(); err != nil && (!errors.Is(err, io.EOF) || seen == 0) {
			return 0, 0, err
		}
	}
}

// discard takes everything up to and with the next sep, in constant memory.
func (w *window) discard(sep byte) error {
	for {
		data := w.unread()
		if i := bytes.IndexByte(data, sep); i >= 0 {
			w.take(i+1, int64(bytes.Count(data[:i+1], lineEnd)))
			return nil
		}
		w.take(len(data), int64(bytes.Count(data, lineEnd)))
		if err := w.more(); err != nil {
			return err
		}
	}
}

var (
	lineEnd    = []byte{'\n'}
	errTooLong = errors.New("record too long")
)
