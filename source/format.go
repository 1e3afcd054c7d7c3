package source

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
)

// records is one file being read: [csvReader], [lineReader],
// [arrayReader] or [ldifReader].
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
	case first == '{', named(c.file.name, jsonNames...):
		return newLines(c, w, p, '\n')
	case isLDIF(data), named(c.file.name, ldifNames...):
		return newLDIF(c, w, p)
	}
	if err := c.refuseBytes(data); err != nil {
		return nil, err
	}
	return newCSV(c, w, p)
}

// What the names of files end in whose texts leave open what they are.
var (
	jsonNames = []string{".json", ".jsonl", ".ndjson", ".json-seq"}
	ldifNames = []string{".ldif", ".ldf"}
)

// named reports whether a name ends in one of these, whatever it is compressed with.
func named(name string, endings ...string) bool {
	name = strings.ToLower(filepath.Base(name))
	for _, ext := range []string{".gz", ".zst", ".zstd"} {
		name = strings.TrimSuffix(name, ext)
	}
	return slices.Contains(endings, filepath.Ext(name))
}
