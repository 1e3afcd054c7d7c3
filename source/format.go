package source

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
)

// records is one file being read: [csvReader], [lineReader] or [arrayReader].
type records interface {
	// next returns the next row, a *RowError for a record that cannot be
	// used, or what ends the file; io.EOF is its regular end.
	next(ctx context.Context) (*Row, error)
}

// recordSeparator begins each text of a JSON text sequence (RFC 7464).
const recordSeparator = 0x1e

// newRecords finds out the format of a text: by its first byte that is not
// white space, and by the name of the file where that byte leaves it open.
func newRecords(c *content, p *pass) (records, error) {
	w := newWindow(c)
	data, err := c.head(w)
	if err != nil {
		return nil, err
	}
	first := byte(0)
	if text := bytes.TrimLeft(data, " \t\r\n"); len(text) > 0 {
		first = text[0]
	}
	switch {
	case first == '[':
		return newArray(c, w, p)
	case first == recordSeparator:
		return newLines(c, w, p, recordSeparator)
	case first == '{' && c.opts.Shape != nil && len(c.opts.Shape.At) > 0 && isDocument(data, c.opts.Shape.At):
		return newDocument(c, w, p)
	case first == '{', namedJSON(c.file.name):
		return newLines(c, w, p, '\n')
	}
	if err := c.refuseBytes(data); err != nil {
		return nil, err
	}
	return newCSV(c, w, p)
}

// namedJSON reports whether a name says JSON, whatever it is compressed with.
func namedJSON(name string) bool {
	name = strings.ToLower(filepath.Base(name))
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ext)
	}
	switch filepath.Ext(name) {
	case ".json", ".jsonl", ".ndjson", ".json-seq":
		return true
	}
	return false
}
