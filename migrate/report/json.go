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
	if err := json.MarshalWrite(w, d, jsontext.WithIndent("  "), json.Deterministic(true)); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
