package source

import (
	"bytes"
	"context"
	"errors"
	"io"
)

// An arrayReader reads one JSON array, an object an element. An element with
// faults of its own (a key twice, say) is a *RowError; one that is not JSON
// ends the file, as nobody can say where the next begins.
type arrayReader struct {
	content *content
	pass    *pass
	window  *window
	objects *objectReader
	begun   bool         // an element has been read
	leave   func() error // steps over what stands behind the array, if something may; or nil
}

func newArray(c *content, w *window, p *pass) (*arrayReader, error) {
	if err := w.space(); err != nil {
		return nil, err
	}
	w.take(1, 0) // [
	return &arrayReader{content: c, pass: p, window: w, objects: newObjects(p)}, nil
}

// next implements records.
func (r *arrayReader) next(ctx context.Context) (*Row, error) {
	for looked := 0; ; looked++ {
		if looked&1023 == 1023 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := r.between(); err != nil {
			return nil, err
		}
		at, skip := r.pass.take(r.content.file, r.window)
		size, err := r.element()
		if err != nil {
			return nil, err
		}
		raw := r.window.unread()[:size]
		lines := int64(bytes.Count(raw, lineEnd))
		r.window.take(size, lines)
		if skip {
			continue
		}
		whole := r.pass.whole(at, r.window) // reading spoils it
		row, bad := r.objects.read(raw)
		if bad != nil && (bad.Code == codeSyntax || bad.Code == codeTruncated || bad.Code == codeTwoValues) {
			return nil, fault(at.file, at.line, codeArray, "the element that begins here is not valid JSON: %s", bad.Message)
		}
		if row, err := r.pass.settle(at, whole, row, bad); row != nil || err != nil {
			return row, err
		}
	}
}

// between steps to the next element. It returns io.EOF behind the last one.
func (r *arrayReader) between() error {
	if err := r.space(); err != nil {
		return err
	}
	switch next := r.window.unread()[0]; {
	case next == ']':
		r.window.take(1, 0)
		if r.leave != nil {
			if err := r.leave(); err != nil {
				return err
			}
			r.leave = nil
		}
		err := r.window.space()
		if err == nil {
			return r.fault("something follows the end of the array")
		}
		return err
	case !r.begun:
		r.begun = true
		return nil
	case next != ',':
		return r.fault("a comma is missing between two elements")
	}
	r.window.take(1, 0)
	if err := r.space(); err != nil {
		return err
	}
	if next := r.window.unread()[0]; next == ']' || next == ',' {
		return r.fault("no element follows the comma")
	}
	return nil
}

// space takes white space inside the array, which must not be the end of the file.
func (r *arrayReader) space() error {
	err := r.window.space()
	if errors.Is(err, io.EOF) {
		return r.fault("the file ends before the array does")
	}
	return err
}

func (r *arrayReader) fault(format string, args ...any) *FileError {
	return fault(r.content.file.name, r.window.line, codeArray, format, args...)
}

// element returns the size of the element at hand, once all of it is in the
// window. It counts brackets only; whether they match is the decoder's to say.
func (r *arrayReader) element() (int, error) {
	for {
		data := r.window.unread()
		size, whole := elementSize(data)
		if size > r.pass.opts.maxRecord() {
			return 0, fault(r.content.file.name, r.window.line, codeTooLong, "the element that begins here is larger than %d bytes", r.pass.opts.maxRecord())
		}
		if whole {
			return size, nil
		}
		switch err := r.window.more(); {
		case errors.Is(err, io.EOF):
			return 0, r.fault("the file ends inside the element that begins here")
		case err != nil:
			return 0, err
		}
	}
}

// elementSize returns where the value at the beginning of data ends, or how
// much of it is there.
func elementSize(data []byte) (size int, whole bool) {
	deep := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			n := stringSize(data[i:])
			if n == 0 {
				return len(data), false
			}
			i += n - 1
		case '{', '[':
			deep++
		case '}', ']':
			if deep--; deep < 0 {
				return i, true
			}
			if deep == 0 {
				return i + 1, true
			}
		case ',':
			if deep == 0 {
				return i, true
			}
		}
	}
	return len(data), false
}

// stringSize returns the size of the JSON string that data begins with, or 0
// where its end is not there.
func stringSize(data []byte) int {
	for i := 1; ; {
		end := bytes.IndexByte(data[i:], '"')
		if end < 0 {
			return 0
		}
		i += end + 1
		escapes := 0
		for data[i-2-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}
