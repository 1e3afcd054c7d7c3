package source

import (
	"bytes"
	"context"
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// A lineReader reads JSON Lines, one object a line, or a JSON text sequence
// (RFC 7464), where a separator stands before each object. Every record is
// read for itself: a bad one never harms the next.
type lineReader struct {
	content *content
	pass    *pass
	window  *window
	objects *objectReader
	sep     byte
}

func newLines(c *content, w *window, p *pass, sep byte) (*lineReader, error) {
	if sep == '\n' {
		if err := refusePretty(c, w); err != nil {
			return nil, err
		}
	}
	return &lineReader{content: c, pass: p, window: w, objects: newObjects(p), sep: sep}, nil
}

// refusePretty finds out whether the first object goes on behind its line, and
// whether the lines end in a way that hides them.
func refusePretty(c *content, w *window) error {
	if err := w.space(); err != nil {
		return nil // nothing but white space: no records
	}
	first, rest, more := bytes.Cut(w.unread(), lineEnd)
	if !more {
		for part := range bytes.SplitSeq(first, carriageReturn) {
			if jsontext.Value(part).IsValid() && len(part) < len(first)-1 {
				return fault(c.file.name, w.line, codeCRLines, "the lines of the file end with CR alone")
			}
		}
		return nil
	}
	first = bytes.TrimRight(first, " \t\r")
	second := bytes.TrimLeft(rest, " \t\r\n")
	if len(second) == 0 || second[0] == '{' && !bytes.HasSuffix(first, []byte{'['}) {
		return nil
	}
	switch first[len(first)-1] {
	case '{', '[', ',', ':':
		if s := c.opts.Shape; s != nil && len(s.At) > 0 {
			return fault(c.file.name, w.line, codeArray, "the object has no key %q, where the mapping says that the records are", clip(s.At[0])).
				advise("check that this is the right file")
		}
		return fault(c.file.name, w.line, codePretty, "the first object goes on over several lines")
	}
	return nil
}

// next implements records.
func (r *lineReader) next(ctx context.Context) (*Row, error) {
	for looked := 0; ; looked++ {
		if looked&1023 == 1023 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := r.space(); err != nil {
			return nil, err
		}
		at, skip := r.pass.take(r.content.file, r.window)
		n, with, err := r.window.upTo(r.sep, r.pass.opts.maxRecord())
		if errors.Is(err, errTooLong) {
			// At the end of the file, space says so next time.
			if err := r.window.discard(r.sep); err != nil && !r.window.whole() {
				return nil, err
			}
			bad := reject("", codeTooLong, "the record is larger than %d bytes", r.pass.opts.maxRecord())
			if skip {
				continue
			}
			if row, err := r.pass.settle(at, r.pass.whole(at, r.window), nil, bad); row != nil || err != nil {
				return row, err
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		raw := r.window.unread()[:n]
		r.window.take(with, int64(bytes.Count(r.window.unread()[:with], lineEnd)))
		if skip {
			continue
		}
		open := with == n && raw[n-1] != '\n' // the file ends without ending the record
		whole := r.pass.whole(at, r.window)   // reading spoils it
		row, bad := r.objects.read(raw)
		if bad != nil && bad.Code == codeTruncated && open {
			return nil, fault(at.file, at.line, codeCutOff, "the file ends in the middle of the record that begins here")
		}
		if row, err := r.pass.settle(at, whole, row, bad); row != nil || err != nil {
			return row, err
		}
	}
}

// space takes what stands between two records.
func (r *lineReader) space() error {
	for {
		if err := r.window.space(); err != nil {
			return err
		}
		if r.sep == '\n' || r.window.unread()[0] != r.sep {
			return nil
		}
		r.window.take(1, 0)
	}
}
