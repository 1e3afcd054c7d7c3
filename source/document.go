package source

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// A document is a JSON object that holds the array of records somewhere inside.
// What stands beside the array is stepped over in constant memory: its brackets
// are counted, nothing else.
type document struct {
	content *content
	window  *window
	levels  int // objects that are open around the array
}

// isDocument reports whether a text that begins with { is one object that holds
// the array, and not JSON Lines: its first object has the key that leads there,
// or is longer than any record that a look at the beginning would end.
func isDocument(data []byte, at []string) bool {
	d := jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return true
		}
		if name.String() == at[0] {
			kind := d.PeekKind()
			return kind == '[' || kind == '{'
		}
		if err := d.SkipValue(); err != nil {
			return true // the value goes on behind the data
		}
	}
	_, err := d.ReadToken()
	return err != nil && len(bytes.TrimSpace(data)) > 1
}

// newDocument steps into the array and returns the reader of its elements.
func newDocument(c *content, w *window, p *pass) (records, error) {
	doc := &document{content: c, window: w}
	for _, key := range p.opts.Shape.At {
		if err := doc.enter(key); err != nil {
			return nil, err
		}
	}
	if w.unread()[0] != '[' {
		return nil, doc.fault("there is no array where the mapping says that it is")
	}
	r, err := newArray(c, w, p)
	if err != nil {
		return nil, err
	}
	r.leave = doc.leave
	return r, nil
}

func (doc *document) fault(format string, args ...any) *FileError {
	return fault(doc.content.file.name, doc.window.line, codeArray, format, args...)
}

// next takes white space and returns the byte that follows.
func (doc *document) next() (byte, error) {
	err := doc.window.space()
	if errors.Is(err, io.EOF) {
		return 0, doc.fault("the file ends before its JSON does")
	}
	if err != nil {
		return 0, err
	}
	return doc.window.unread()[0], nil
}

// enter begins an object and steps to the value of a key of it.
func (doc *document) enter(key string) error {
	first, err := doc.next()
	if err != nil {
		return err
	}
	if first != '{' {
		return doc.fault("there is no object with the key %q where the mapping says that it is", clip(key))
	}
	doc.window.take(1, 0)
	doc.levels++
	for {
		name, end, err := doc.key()
		switch {
		case err != nil:
			return err
		case end:
			return doc.fault("no object of the file has the key %q, where the mapping says that the records are", clip(key))
		case name == key:
			_, err := doc.next()
			return err
		}
		if err := doc.skip(); err != nil {
			return err
		}
		if err := doc.comma(); err != nil {
			return err
		}
	}
}

// key takes the name of a member and the colon; end says that the object ends
// instead.
func (doc *document) key() (name string, end bool, err error) {
	first, err := doc.next()
	switch {
	case err != nil:
		return "", false, err
	case first == '}':
		return "", true, nil
	case first != '"':
		return "", false, doc.fault("the JSON is broken here: the name of a member is missing")
	}
	size, err := doc.text()
	if err != nil {
		return "", false, err
	}
	raw := doc.window.unread()[:size]
	unquoted, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return "", false, doc.fault("the JSON is broken here: the name of a member is not valid")
	}
	doc.window.take(size, int64(bytes.Count(raw, lineEnd)))
	if first, err = doc.next(); err != nil {
		return "", false, err
	}
	if first != ':' {
		return "", false, doc.fault("the JSON is broken here: a colon is missing")
	}
	doc.window.take(1, 0)
	return string(unquoted), false, nil
}

// text returns the size of the string at hand, once all of it is in the window.
func (doc *document) text() (int, error) {
	for {
		data := doc.window.unread()
		if n := stringSize(data); n > 0 {
			return n, nil
		}
		if len(data) > doc.content.opts.maxRecord() {
			return 0, doc.fault("the text that begins here is larger than %d bytes", doc.content.opts.maxRecord())
		}
		switch err := doc.window.more(); {
		case errors.Is(err, io.EOF):
			return 0, doc.fault("the file ends before its JSON does")
		case err != nil:
			return 0, err
		}
	}
}

// comma takes the comma between two members, if it is there.
func (doc *document) comma() error {
	first, err := doc.next()
	if err == nil && first == ',' {
		doc.window.take(1, 0)
	}
	return err
}

// skip takes a value of any size.
func (doc *document) skip() error {
	if _, err := doc.next(); err != nil {
		return err
	}
	deep, quoted, escaped := 0, false, false
	for {
		data := doc.window.unread()
		n, lines, done := 0, int64(0), false
		for n < len(data) && !done {
			c := data[n]
			n++
			switch {
			case c == '\n':
				lines++
			case escaped:
				escaped = false
			case quoted && c == '\\':
				escaped = true
			case c == '"':
				quoted = !quoted
				done = !quoted && deep == 0
			case quoted:
			case c == '{' || c == '[':
				deep++
			case c == '}' || c == ']':
				if deep--; deep < 0 {
					n-- // the end of the object around it
				}
				done = deep <= 0
			case c == ',' && deep == 0:
				n--
				done = true
			}
		}
		doc.window.take(n, lines)
		if done {
			return nil
		}
		switch err := doc.window.more(); {
		case errors.Is(err, io.EOF):
			return doc.fault("the file ends before its JSON does")
		case err != nil:
			return err
		}
	}
}

// leave steps over what follows the array, to the end of the document.
func (doc *document) leave() error {
	for ; doc.levels > 0; doc.levels-- {
		if err := doc.comma(); err != nil {
			return err
		}
		for {
			_, end, err := doc.key()
			if err != nil {
				return err
			}
			if end {
				doc.window.take(1, 0)
				break
			}
			if err := doc.skip(); err != nil {
				return err
			}
			if err := doc.comma(); err != nil {
				return err
			}
		}
	}
	return nil
}
