package source

import (
	"bytes"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxArrays     = 100 // that are remembered of a document
	maxArrayDepth = 4   // objects around an array
)

// isOneValue reports whether a text that begins with an object is that object
// alone, and not JSON Lines: it goes on behind the text, or is all of it. whole
// says that nothing follows the text. A single record on a line of its own is
// JSON Lines all the same.
func isOneValue(text []byte, whole bool) bool {
	size, ended := elementSize(text)
	if !ended {
		return true
	}
	if !whole || len(bytes.TrimSpace(text[size:])) > 0 {
		return false
	}
	return bytes.IndexByte(text[:size], '\n') >= 0 || !isUser(text[:size])
}

// isUser reports whether an object has a member that names a person.
func isUser(text []byte) bool {
	d := jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if _, err := d.ReadToken(); err != nil {
		return false
	}
	for d.PeekKind() == '"' {
		name, err := d.ReadToken()
		if err != nil {
			return false
		}
		switch PlainName(name.String()) {
		case "email", "mail", "emailaddress", "username", "userid", "phonenumber", "externalid":
			return true
		}
		if d.SkipValue() != nil {
			return false
		}
	}
	return false
}

// arraysOf returns the arrays that stand in a JSON document, in its order, as
// far as it can be read. It keeps none of the document in memory.
func arraysOf(r io.Reader) []Array {
	s := &survey{decoder: jsontext.NewDecoder(r, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
	_ = s.object(nil) // what is wrong with the rest, whoever reads it finds out
	return s.found
}

// A survey looks for arrays.
type survey struct {
	decoder *jsontext.Decoder
	found   []Array
}

// object looks through the object that begins here.
func (s *survey) object(at []string) error {
	if _, err := s.decoder.ReadToken(); err != nil {
		return err
	}
	for s.decoder.PeekKind() == '"' {
		name, err := s.decoder.ReadToken()
		if err != nil {
			return err
		}
		inner := append(slices.Clip(at), name.String())
		switch kind := s.decoder.PeekKind(); {
		case kind == '[' && len(s.found) < maxArrays:
			err = s.array(inner)
		case kind == '{' && len(inner) < maxArrayDepth:
			err = s.object(inner)
		default:
			err = s.decoder.SkipValue()
		}
		if err != nil {
			return err
		}
	}
	_, err := s.decoder.ReadToken()
	return err
}

// array counts the objects of the array that begins here.
func (s *survey) array(at []string) error {
	_, err := s.decoder.ReadToken()
	objects := int64(0)
	for err == nil && s.decoder.PeekKind() != ']' {
		if s.decoder.PeekKind() == '{' {
			objects++
		}
		err = s.decoder.SkipValue()
	}
	if objects > 0 {
		s.found = append(s.found, Array{at, objects})
	}
	if err != nil {
		return err
	}
	_, err = s.decoder.ReadToken()
	return err
}

// An unreadReader reads on from where a window stands.
type unreadReader struct{ *window }

// Read implements io.Reader.
func (r unreadReader) Read(p []byte) (int, error) {
	if len(r.unread()) == 0 {
		if err := r.more(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.unread())
	r.take(n, 0)
	return n, nil
}
