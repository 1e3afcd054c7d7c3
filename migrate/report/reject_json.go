package report

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"carryover/migrate"
)

// unreadName is the member that holds a record which could not be read.
const unreadName = "carryover_record"

// Members says what becomes of the members of JSON records that are written
// back.
type Members struct {
	Masked func(name string) bool // those that must not be shown; nil for none
	Left   func(name string) bool // those that are left out; nil for none
	Lift   []string               // objects whose members are taken for those of the record
}

type rejectLines struct {
	Members
	w io.Writer
}

// NewRejectLines returns a writer of JSON records, one a line.
func NewRejectLines(w io.Writer, m Members) RejectWriter { return &rejectLines{m, w} }

// Row implements RejectWriter. The members of the record keep their text to the
// byte, but for white space between them.
func (l *rejectLines) Row(r *migrate.Result, record string, _ []string) error {
	own, err := addedMembers(r)
	if err != nil {
		return err
	}
	members, err := l.members(jsontext.NewDecoder(strings.NewReader(record), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), true)
	if err != nil {
		return err
	}
	line := append([]byte{'{'}, own...)
	for _, member := range members {
		line = append(append(line, ','), member...)
	}
	_, err = l.w.Write(append(line, '}', '\n'))
	return err
}

// addedMembers returns the members that are added, without braces.
func addedMembers(r *migrate.Result) ([]byte, error) {
	var list [][]byte
	for i, value := range rejectValues(r) {
		if value == "" {
			continue
		}
		member, err := textMember(rejectNames[i], value)
		if err != nil {
			return nil, err
		}
		if rejectNames[i] == "carryover_line" {
			member = slices.Concat([]byte(`"carryover_line":`), []byte(value))
		}
		list = append(list, member)
	}
	return bytes.Join(list, []byte{','}), nil
}

func textMember(name, value string) ([]byte, error) {
	text, err := json.Marshal(value, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte(`"`+name+`":`), text), nil
}

// errNoObject is a record that is no object, of which the caller should have
// known that it cannot be read.
var errNoObject = errors.New("the record is no JSON object")

// members returns the members of the object that d comes to, each as its text.
// Those of lifted objects stay inside them.
func (l *rejectLines) members(d *jsontext.Decoder, lift bool) ([][]byte, error) {
	if d.PeekKind() != '{' {
		return nil, errNoObject
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, errNoObject // its words may quote the record
	}
	var members [][]byte
	for d.PeekKind() == '"' {
		raw, err := d.ReadValue()
		if err != nil {
			return nil, errNoObject
		}
		raw = slices.Clone(raw)
		name, _ := jsontext.AppendUnquote(nil, raw) // what of it is no text is no name that anybody asks for
		value, err := l.value(d, string(name), lift)
		if err != nil {
			return nil, errNoObject
		}
		if l.Left == nil || !l.Left(string(name)) {
			members = append(members, slices.Concat(raw, []byte{':'}, value))
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, errNoObject
	}
	return members, nil
}

// value returns the value of a member, masked where it must be.
func (l *rejectLines) value(d *jsontext.Decoder, name string, lift bool) ([]byte, error) {
	if lift && d.PeekKind() == '{' && slices.Contains(l.Lift, name) {
		inner, err := l.members(d, false)
		return slices.Concat([]byte{'{'}, bytes.Join(inner, []byte{','}), []byte{'}'}), err
	}
	kind := d.PeekKind()
	value, err := d.ReadValue()
	if err != nil {
		return nil, err
	}
	if l.Masked != nil && l.Masked(name) && kind != 'n' && string(value) != `""` {
		return []byte(`"` + migrate.Masked + `"`), nil
	}
	compact := slices.Clone(value)
	err = compact.Compact(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true), jsontext.PreserveRawStrings(true), jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false))
	return compact, err
}

// Unread implements RejectWriter: the record stands there as a text. Bytes that
// are no UTF-8 are lost.
func (l *rejectLines) Unread(r *migrate.Result, record string) error {
	own, err := addedMembers(r)
	if err != nil {
		return err
	}
	text, err := textMember(unreadName, record)
	if err != nil {
		return err
	}
	_, err = l.w.Write(slices.Concat([]byte{'{'}, own, []byte{','}, text, []byte("}\n")))
	return err
}
