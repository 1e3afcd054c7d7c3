package source

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
)

// An ldifReader reads the entries of a directory as LDIF (RFC 2849) has them:
// lines of "attribute: value", an empty line between two entries. Where one
// ends is certain, so that a bad one never harms the next.
//
// Comments, the version, and what ldapsearch says of its search are no entries
// and are stepped over.
type ldifReader struct {
	content *content
	pass    *pass
	window  *window
	entries *entryReader
	begun   bool // something that is no comment has been met
}

// newLDIF refuses what no entry of the file could mend.
func newLDIF(c *content, w *window, p *pass) (*ldifReader, error) {
	if p.opts.Shape == nil && !p.opts.KeepExtra {
		return nil, fault(c.file.name, 0, codeNoKnown, "the file is LDIF, whose attributes are those of a directory and not Clerk's properties").
			advise("say what they mean: --from ldap, or a mapping of your own")
	}
	r := &ldifReader{content: c, pass: p, window: w, entries: newEntries(p)}
	switch err := r.between(); {
	case errors.Is(err, io.EOF):
		return r, nil // nothing but comments: no entries
	case err != nil:
		return nil, err
	}
	line, _, _ := bytes.Cut(w.unread(), lineEnd)
	if bytes.IndexByte(bytes.TrimSuffix(line, carriageReturn), '\r') >= 0 {
		return nil, fault(c.file.name, w.line, codeCRLines, "the lines of the file end with CR alone")
	}
	return r, nil
}

// isLDIF reports whether the first line of a text that is neither empty nor a
// comment begins an entry, or says the version.
func isLDIF(data []byte) bool {
	comment := false
	for line := range bytes.Lines(data) {
		switch {
		case len(bytes.TrimRight(line, "\r\n")) == 0:
			comment = false
		case line[0] == '#':
			comment = true
		case line[0] == ' ' && comment:
		default:
			return beginsWith(line, "dn:") || beginsWith(line, "version:")
		}
	}
	return false
}

// beginsWith compares ASCII, in whatever case.
func beginsWith(line []byte, prefix string) bool {
	return len(line) >= len(prefix) && strings.EqualFold(string(line[:len(prefix)]), prefix)
}

// next implements records.
func (r *ldifReader) next(ctx context.Context) (*Row, error) {
	for looked := 0; ; looked++ {
		if looked&1023 == 1023 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err := r.between(); err != nil {
			return nil, err
		}
		size, err := r.block()
		long := errors.Is(err, errTooLong)
		if err != nil && !long {
			return nil, err
		}
		if !long {
			aside, err := r.aside(r.window.unread()[:size])
			if err != nil {
				return nil, err
			}
			r.begun = true
			if aside > 0 {
				r.take(aside)
				continue
			}
		}
		at, skip := r.pass.take(r.content.file, r.window)
		if long {
			if err := r.discard(); err != nil {
				return nil, err
			}
			if skip {
				continue
			}
			if row, err := r.settle(at, nil, r.tooLong()); row != nil || err != nil {
				return row, err
			}
			continue
		}
		raw := r.take(size)
		if skip {
			continue
		}
		if raw[size-1] != '\n' {
			return nil, fault(at.file, at.line, codeCutOff, "the file ends in the middle of a line, so that the entry that begins here may not be whole").
				advise("export or copy the file again; if it is all there, end its last line")
		}
		row, bad := r.entries.read(string(raw), at.line)
		if row, err := r.settle(at, row, bad); row != nil || err != nil {
			return row, err
		}
	}
}

// settle is pass.settle for the entry that has just been taken.
func (r *ldifReader) settle(at place, row *Row, bad *RowError) (*Row, error) {
	whole := r.pass.whole(at, r.window)
	if whole != nil {
		whole.LDIF = true
	}
	return r.pass.settle(at, whole, row, bad)
}

func (r *ldifReader) tooLong() *RowError {
	bad := reject("", codeTooLong, "the entry is larger than %d bytes", r.pass.opts.maxRecord())
	bad.Hint = "leave out of the export what is no use to Clerk, such as photos and certificates"
	return bad
}

// take steps over n bytes of the window and returns them.
func (r *ldifReader) take(n int) []byte {
	taken := r.window.unread()[:n]
	r.window.take(n, int64(bytes.Count(taken, lineEnd)))
	return taken
}

// between takes empty lines and comments. A comment goes on behind its line as
// any line does, where the next begins with a space.
func (r *ldifReader) between() error {
	for comment := false; ; {
		data, err := r.peek(2)
		if err != nil {
			return err
		}
		switch {
		case data[0] == '\n':
			comment = false
			r.window.take(1, 1)
		case data[0] == '\r' && (len(data) == 1 || data[1] == '\n'):
			comment = false
			r.take(min(len(data), 2))
		case data[0] == '#', data[0] == ' ' && comment:
			comment = true
			if err := r.window.discard('\n'); err != nil {
				return err
			}
		default:
			return nil
		}
	}
}

// peek returns the unread bytes, of which there are n, or the last ones of the
// text. It returns io.EOF where there is none.
func (r *ldifReader) peek(n int) ([]byte, error) {
	for len(r.window.unread()) < n {
		if err := r.window.more(); err != nil {
			if r.window.whole() && len(r.window.unread()) > 0 {
				break
			}
			return nil, err
		}
	}
	return r.window.unread(), nil
}

// block returns the size of the lines up to the next empty one, or to the end
// of the text. It returns errTooLong where that is more than a record may have.
func (r *ldifReader) block() (int, error) {
	for seen := 0; ; {
		data := r.window.unread()
		size, found := blockEnd(data, seen)
		if !found && r.window.whole() {
			size, found = len(data), true
		}
		switch {
		case found && size > r.pass.opts.maxRecord(), !found && len(data) > r.pass.opts.maxRecord():
			return 0, errTooLong
		case found:
			return size, nil
		}
		seen = size
		if err := r.window.more(); err != nil && !r.window.whole() {
			return 0, err
		}
	}
}

// blockEnd returns where the empty line begins that ends the lines of data, or
// from where on more of the text can tell.
func blockEnd(data []byte, from int) (end int, found bool) {
	for pos := from; ; {
		i := bytes.IndexByte(data[pos:], '\n')
		if i < 0 {
			return from, false
		}
		from, pos = pos+i, pos+i+1
		if rest := data[pos:]; len(rest) > 0 && rest[0] == '\n' || len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n' {
			return pos, true
		}
	}
}

// discard takes the lines up to the next empty one, in constant memory.
func (r *ldifReader) discard() error {
	for {
		if err := r.window.discard('\n'); err != nil {
			if r.window.whole() {
				return nil
			}
			return err
		}
		data, err := r.peek(2)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case data[0] == '\n', data[0] == '\r' && (len(data) == 1 || data[1] == '\n'):
			return nil
		}
	}
}

// aside returns how much of a block is no entry, or 0 where it is one: the line
// with the version, references to other directories, and how a search ended.
func (r *ldifReader) aside(block []byte) (int, error) {
	switch {
	case beginsWith(block, "version:"):
		line, rest := unfold(string(block))
		version := strings.TrimSpace(line[len("version:"):])
		if version == "1" {
			return len(block) - len(rest), nil
		}
		if !r.begun {
			return 0, fault(r.content.file.name, r.window.line, codeFormat, "the file is in a version of LDIF that is not read here").
				advise("export it as version 1")
		}
	case beginsWith(block, "ref:"):
		for line := range bytes.Lines(block) {
			if !beginsWith(line, "ref:") && line[0] != ' ' && line[0] != '#' {
				return 0, nil
			}
		}
		return len(block), nil
	case beginsWith(block, "search:"):
		return r.searched(block)
	}
	return 0, nil
}

// searched reads how a search ended, as ldapsearch writes it. Most directories
// have a limit beyond which they give out no entries, which would be lost.
func (r *ldifReader) searched(block []byte) (int, error) {
	for line := range bytes.Lines(block) {
		if !beginsWith(line, "result:") {
			continue
		}
		words := strings.Fields(string(line[len("result:"):]))
		if len(words) == 0 || len(words[0]) > 3 || strings.Trim(words[0], "0123456789") != "" {
			return 0, nil
		}
		if words[0] != "0" {
			return 0, fault(r.content.file.name, r.window.line, codeSearch, "the directory ended the search with result %s, so that entries are missing%s", words[0], limitReached[words[0]])
		}
		return len(block), nil
	}
	return 0, nil
}

// limitReached says what the results mean that searches of many entries end
// with: RFC 4511 appendix A.2.
var limitReached = map[string]string{
	"3":  " (its limit of time was reached)",
	"4":  " (its limit of entries was reached)",
	"11": " (a limit of the directory was reached)",
}
