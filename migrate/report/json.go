package report

import (
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// JSON writes a document as one indented JSON value.
func JSON(w io.Writer, d *Document) error {
	if d.Problems == nil {
		d.Problems = []Problem{}
	}
	return WriteJSON(w, d)
}

// WriteJSON writes any value as one indented JSON value, whole or not at all.
// Like a line of WriteJSONLine, it may be shown on a terminal: what one would
// obey is escaped. Only what is no UTF-8, such as in the name of a file, is
// lost.
func WriteJSON(w io.Writer, value any) error {
	return writeJSON(w, value, jsontext.WithIndent("  "))
}

// WriteJSONLine writes any value as JSON on one line.
func WriteJSONLine(w io.Writer, value any) error { return writeJSON(w, value) }

func writeJSON(w io.Writer, value any, opts ...json.Options) error {
	opts = append(opts, json.Deterministic(true), json.FormatNilSliceAsNull(false), jsontext.AllowInvalidUTF8(true))
	text, err := json.Marshal(value, opts...)
	if err != nil {
		return err
	}
	_, err = w.Write(append(escape(text), '\n'))
	return err
}
