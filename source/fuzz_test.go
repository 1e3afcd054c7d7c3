package source

import (
	"bytes"
	"context"
	"errors"
	"hash/maphash"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// malformed calls add with each file of testdata/malformed whose name begins
// with one of the letters: what real exports get wrong is where to begin.
func malformed(f *testing.F, letters string, add func(data []byte)) {
	f.Helper()
	folder := filepath.Join("..", "testdata", "malformed")
	files, err := os.ReadDir(folder)
	if err != nil {
		f.Fatal(err)
	}
	seeds := 0
	for _, file := range files {
		if !strings.ContainsAny(file.Name()[:1], letters) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, file.Name()))
		if err != nil {
			f.Fatal(err)
		}
		add(data)
		seeds++
	}
	if seeds < 5 {
		f.Fatalf("%d seeds in %s", seeds, folder)
	}
}

// A reading is what came of a text: its rows, and of each record where it
// begins and what it is.
type reading struct {
	rows   []*Row
	pieces []piece
	bad    int
	end    error // nil where the text was read to its end
}

type piece struct {
	offset  int64
	outcome string
}

// recordsOf begins to read a text from memory.
func recordsOf(data []byte, opts *Options) (records, *window, error) {
	f := &file{name: "users", blocks: blocks{seed: maphash.MakeSeed()}}
	c := &content{file: f, opts: opts}
	c.same = sameReader{src: bytes.NewReader(data), blocks: &f.blocks, buf: make([]byte, blockSize)}
	all, err := newRecords(c, &pass{opts: opts, skip: opts.Skip, unknown: func(...string) {}, meet: func(int) {}})
	if err != nil {
		return nil, nil, err
	}
	switch r := all.(type) {
	case *csvReader:
		return r, r.window, nil
	case *lineReader:
		return r, r.window, nil
	case *ldifReader:
		return r, r.window, nil
	default:
		return r, r.(*arrayReader).window, nil
	}
}

// read reads a text from memory.
func read(t *testing.T, data []byte, opts Options) *reading {
	t.Helper()
	records, w, err := recordsOf(data, &opts)
	if err != nil {
		check(t, err)
		return &reading{end: err}
	}
	r := follow(t, opts, func(yield func(*Row, error) bool) {
		for {
			row, err := records.next(context.Background())
			if errors.Is(err, io.EOF) || !yield(row, err) || isEnd(err) {
				return
			}
		}
	})
	lines := int64(bytes.Count(data, lineEnd)) + 2 // a last line without an end counts as one with
	if r.end == nil && w.at != int64(len(data)) || w.line > lines {
		t.Fatalf("the text ends at byte %d of %d, line %d of %d", w.at, len(data), w.line, lines)
	}
	return r
}

func isEnd(err error) bool {
	var bad *RowError
	return err != nil && !errors.As(err, &bad)
}

// readFile reads a file, which may be compressed.
func readFile(t *testing.T, data []byte, opts Options) *reading {
	t.Helper()
	opts.Stdin = bytes.NewReader(data)
	in, err := Open([]string{"-"}, opts)
	if err != nil {
		check(t, err)
		return &reading{end: err}
	}
	defer in.Close()
	return follow(t, opts, in.Rows(t.Context()))
}

// follow checks what holds for every input: the numbers are consecutive, the
// lines never go back, an error ends the stream or is one record's, and no
// message quotes a cell.
func follow(t *testing.T, opts Options, rows iter.Seq2[*Row, error]) *reading {
	t.Helper()
	r := &reading{}
	number, line, offset := int64(0), int64(0), int64(-1)
	for row, err := range rows {
		if r.end != nil {
			t.Fatalf("something follows the end: %v, %v", row, err)
		}
		check(t, err)
		if isEnd(err) {
			r.end = err
			continue
		}
		for number++; opts.Skip != nil && opts.Skip(number); number++ {
		}
		var bad *RowError
		at := place{}
		if errors.As(err, &bad) {
			r.bad++
			at = place{number: bad.Number, line: bad.Line, offset: bad.Offset}
		} else {
			r.rows = append(r.rows, row)
			at = place{number: row.Number, line: row.Line, offset: row.Offset}
		}
		if at.number != number || at.line < line || at.offset <= offset {
			t.Fatalf("record %d comes as %d, from line %d, byte %d, behind line %d, byte %d", number, at.number, at.line, at.offset, line, offset)
		}
		line, offset = at.line, at.offset
		_, outcome, _ := strings.Cut(describe(t, row, err), " ") // without its place
		r.pieces = append(r.pieces, piece{at.offset, outcome})
	}
	return r
}

// canary is what every secret cell of the seeds holds; it must be in no message.
const canary = "hunter2"

func check(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	describe(t, nil, err)
	if strings.Contains(strings.ToLower(err.Error()), canary) {
		t.Fatalf("the error quotes a cell: %v", err)
	}
}

// checkTiles holds the records of a text to what makes them records: they tile
// it to its end, and each says the same alone, behind the head of the text, in
// which some records are.
func checkTiles(t *testing.T, opts Options, head string, inHead int, data []byte, r *reading) {
	t.Helper()
	for i, p := range r.pieces[:min(len(r.pieces), inHead+5)] {
		next := int64(len(data))
		switch {
		case i+1 < len(r.pieces):
			next = r.pieces[i+1].offset
		case r.end != nil:
			return // where the last record ends is what the error is about
		}
		tile := data[p.offset:next]
		if i < inHead || !utf8.Valid(tile) { // alone, other bytes may be a file in another encoding
			continue
		}
		if p.offset < int64(len(head)) {
			t.Fatalf("record %d begins at %d, in the head", i+1, p.offset)
		}
		alone := read(t, append([]byte(head), tile...), opts)
		if len(alone.pieces) != inHead+1 || alone.pieces[inHead].outcome != p.outcome || alone.end != nil {
			t.Fatalf("record %d is %q in its place, and alone %v, %v", i+1, p.outcome, alone.pieces, alone.end)
		}
	}
}

// checkMemory holds a reader to its limit: whatever a text is made of, no more
// of it is in memory than a window that never had to grow.
func checkMemory(t *testing.T, head string, body []byte) {
	t.Helper()
	if len(body) == 0 || len(body)%16 != 0 { // some of them, since it takes milliseconds
		return
	}
	data := append([]byte(head), bytes.Repeat(body, 2*windowSize/len(body))...)
	r, w, err := recordsOf(data, &Options{MaxRecord: 4096, MaxLines: 8, KeepExtra: true})
	for err == nil || !isEnd(err) {
		_, err = r.next(context.Background())
	}
	if w != nil && cap(w.buf) > windowSize {
		t.Fatalf("a window of %d bytes for records of 4096", cap(w.buf))
	}
}
