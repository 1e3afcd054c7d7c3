package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// readAll reads a text to its end and checks what holds for every input: the
// numbers are consecutive, the lines never go back, an error ends the stream
// or is one record's, and no message quotes a cell.
func readAll(t *testing.T, name string, data []byte, opts Options) (all []*Row, bad int, end error) {
	t.Helper()
	opts.Stdin = bytes.NewReader(data)
	in, err := Open([]string{"-"}, opts)
	if err != nil {
		check(t, err)
		return nil, 0, err
	}
	defer in.Close()
	number, line := int64(0), int64(0)
	next := func(n int64) int64 { // the number after n that is not skipped
		for n++; opts.Skip != nil && opts.Skip(n); n++ {
		}
		return n
	}
	lines := int64(bytes.Count(data, lineEnd)) + 1
	for row, err := range in.Rows(t.Context()) {
		if end != nil {
			t.Fatalf("%s: something follows the end: %v, %v", name, row, err)
		}
		var refused *RowError
		at := int64(0)
		switch {
		case errors.As(err, &refused):
			check(t, err)
			number = next(number)
			bad, at = bad+1, refused.Line
			if refused.Number != number {
				t.Fatalf("%s: record %d comes as %d", name, number, refused.Number)
			}
		case err != nil:
			check(t, err)
			end = err
			continue
		default:
			number = next(number)
			all, at = append(all, row), row.Line
			if row.Number != number {
				t.Fatalf("%s: record %d comes as %d", name, number, row.Number)
			}
		}
		if at < line || at > lines && name != "container" {
			t.Fatalf("%s: record %d is in line %d, after %d, of %d", name, number, at, line, lines)
		}
		line = at
	}
	return all, bad, end
}

// canary is what the fuzz seeds hold in their cells; it must be in no message.
const canary = "hunter2"

func check(t *testing.T, err error) {
	t.Helper()
	describe(t, nil, err)
	if strings.Contains(err.Error(), canary) {
		t.Fatalf("the error quotes a cell: %v", err)
	}
}

// FuzzCSV holds our reader against encoding/csv: what both accept they read
// alike, but for CRLF inside quotes, which encoding/csv rewrites.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,hunter2\n", "\"a\",\"b\"\"c\"\n", "a,\"b\nc\"\r\n\nd,e", "a\"b,c\n", "\"a\"b,c\nd,e\n", "a,\"hunter2\nb,c\n",
		"a,b,c\nd\n", ",\n \n", "a,\"b\r\nc\"\n", "a,\xff\n", "a,\x00\n", "a,b\rc\n", "1,\"b\n2,c\"\n", "a,\"\"\"\n", "\"\n", "a,\"b\"\r",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(head), body...)
		got, bad, end := readAll(t, "CSV", data, Options{})
		skipped, _, skipEnd := readAll(t, "CSV skipping", data, Options{Skip: func(n int64) bool { return n%2 == 0 }})
		if end == nil {
			odd := slices.DeleteFunc(slices.Clone(got), func(r *Row) bool { return r.Number%2 == 0 })
			if diff := cmp.Diff(odd, skipped, cmpopts.EquateEmpty()); diff != "" || skipEnd != nil {
				t.Fatalf("skipping every other record ends with %v (-read +with skipping):\n%s", skipEnd, diff)
			}
		}
		if bad > 0 || end != nil {
			return
		}
		std := csv.NewReader(bytes.NewReader(data))
		records, err := std.ReadAll()
		if err != nil {
			if errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrFieldCount) {
				t.Fatalf("we accept what encoding/csv refuses: %v", err)
			}
			return
		}
		var want [][]string // nil where there is none
		want = append(want, records[1:]...)
		var have [][]string
		for _, row := range got {
			have = append(have, []string{lf(row.ExternalID), lf(row.Username)})
		}
		if diff := cmp.Diff(want, have); diff != "" {
			t.Fatalf("(-encoding/csv +ours):\n%s", diff)
		}
	})
}

func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// FuzzJSONL: a line is read for itself, so that a good line before and one
// behind come out whatever is between them.
func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{
		`{"external_id":"hunter2"}`, `{"a":{"b":[1,2,{}]}}`, `{"a":1,"a":2}`, `{'a'}`, `[`, `null`, `{"password":"hunter2`, `{"a":"\ud800"}`,
		"{\"a\":\"\xff\"}", "\x1e{}", "{}\r{}", `{"a":1}{"b":2}`, `{"a":NaN}`, strings.Repeat("[", 100), "{\n\"a\":1}", `{"external_id":1e999}`, "\x00",
	} {
		f.Add([]byte(seed))
	}
	const good = `{"username":"x"}` + "\n"
	f.Fuzz(func(t *testing.T, line []byte) {
		records := 2
		for part := range bytes.SplitSeq(line, lineEnd) {
			if len(bytes.Trim(part, " \t\r\n")) > 0 {
				records++
			}
		}
		data := good + string(line) + "\n" + good
		all, bad, end := readAll(t, "JSONL", []byte(data), Options{})
		if end != nil || len(all)+bad != records {
			t.Fatalf("%d rows and %d refused of %d lines, %v", len(all), bad, records, end)
		}
		if all[0].Username != "x" || all[len(all)-1].Username != "x" || all[len(all)-1].Number != int64(records) {
			t.Fatal("a line harmed its neighbours")
		}
		readAll(t, "JSON array", []byte("["+string(line)+"]"), Options{})
		readAll(t, "JSON sequence", []byte("\x1e"+good+"\x1e"+string(line)), Options{KeepExtra: true})
	})
}

// FuzzContainer gives arbitrary bytes: nothing panics, and no limit is passed.
func FuzzContainer(f *testing.F) {
	for _, seed := range []string{
		gzipped(f, head+"a,b\n"), zstandard(f, head+"a,b\n"), gzipped(f, gzipped(f, head)), head, "PK\x03\x04", "\x1f\x8b", "\x28\xb5\x2f\xfd", "\xff\xfe", "[{}]",
		gzipped(f, head+strings.Repeat("a,b\n", 10_000)), "\x50\x2a\x4d\x18\xff\xff\xff\xff", zstandard(f, `{"external_id":"x"}`),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const limit = 20_000
		opts := Options{MaxDecompressed: limit, MaxRecord: 1000, Stdin: bytes.NewReader(data)}
		readAll(t, "container", data, opts)
		opts.Stdin = bytes.NewReader(data)
		in, err := Open([]string{"-"}, opts)
		if err != nil {
			return
		}
		defer in.Close()
		c, err := in.files[0].open(&in.opts)
		if err != nil {
			t.Fatalf("opened once, not twice: %v", err)
		}
		defer c.Close()
		if n, err := io.Copy(io.Discard, c); c.kind != "" && n > limit {
			t.Fatalf("%d bytes came out of a limit of %d, %v", n, limit, err)
		}
	})
}
