package main

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carryover/hashers"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/nyaruka/phonenumbers/v2"
)

// output runs gen and returns what it wrote to standard output and error.
func output(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	if e := run(args, &out, &err); e != nil {
		t.Fatalf("gen %s: %v", strings.Join(args, " "), e)
	}
	return out.String(), err.String()
}

// rows parses the CSV that gen writes with these arguments, by column.
func rows(t *testing.T, args ...string) []map[string]string {
	t.Helper()
	out, _ := output(t, args...)
	records, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, record := range records[1:] {
		row := make(map[string]string)
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		all = append(all, row)
	}
	return all
}

func TestOutputDependsOnFlagsAlone(t *testing.T) {
	for _, format := range []string{"csv", "jsonl"} {
		args := []string{"-format", format, "-broken", "0.3", "-columns", "all", "-seed", "7"}
		once, _ := output(t, append(args, "-n", "500")...)
		again, _ := output(t, append(args, "-n", "500")...)
		if once != again {
			t.Errorf("%s: two runs with one seed differ", format)
		}
		longer, _ := output(t, append(args, "-n", "600")...)
		if !strings.HasPrefix(longer, once) {
			t.Errorf("%s: 600 rows do not begin with the same 500", format)
		}
		other, _ := output(t, append(args, "-n", "500", "-seed", "8")...)
		if once == other {
			t.Errorf("%s: two seeds give the same rows", format)
		}
	}
}

func TestIdentifiersAreUnique(t *testing.T) {
	users := rows(t, "-n", "20000", "-columns", "all")
	for _, column := range []string{"external_id", "email_address", "username", "phone_number"} {
		seen := make(map[string]int)
		for i, row := range users {
			for value := range strings.SplitSeq(row[column], "|") {
				if value == "" {
					continue
				}
				if first, twice := seen[value]; twice {
					t.Fatalf("%s of row %d is that of row %d: %s", column, i, first, value)
				}
				seen[value] = i
			}
		}
		if len(seen) < 15000 {
			t.Errorf("only %d values of %s in 20000 rows", len(seen), column)
		}
	}
}

func TestRowsAreGood(t *testing.T) {
	kinds := make(map[string]int)
	for i, row := range rows(t, "-n", "3000", "-columns", "all") {
		if hasher := row["password_hasher"]; hasher != "" {
			kinds[hasher]++
			if v := hashers.Check(hasher, row["password_digest"]); v.Status != hashers.OK {
				t.Errorf("row %d, %s: %+v", i, hasher, v)
			}
		} else if row["password"] == "" && row["skip_password_requirement"] != "true" {
			t.Errorf("row %d has neither a password nor leave to have none", i)
		}
		for _, column := range []string{"created_at", "legal_accepted_at"} {
			if at, err := time.Parse(time.RFC3339, row[column]); row[column] != "" && (err != nil || at.Year() > 2024) {
				t.Errorf("row %d: %s %q: %v", i, column, row[column], err)
			}
		}
		for _, column := range []string{"public_metadata", "private_metadata", "unsafe_metadata"} {
			if err := json.Unmarshal([]byte(row[column]), new(map[string]any)); err != nil {
				t.Errorf("row %d: %s: %v", i, column, err)
			}
		}
		number, err := phonenumbers.Parse(row["phone_number"], "")
		if err != nil || !phonenumbers.IsValidNumber(number) {
			t.Errorf("row %d: phone_number %q: %v", i, row["phone_number"], err)
		}
	}
	if len(kinds) != 8 {
		t.Errorf("hashers in use: %v, want 8", kinds)
	}
}

func TestPhoneNumbersEndWithTheirRange(t *testing.T) {
	const last = int64(len(areaCodes)/3*10000) - 1
	seen := make(map[string]bool)
	u := newUser(1, false)
	for _, row := range []int64{0, 355, 356, last - 356, last} {
		u.become(row)
		number, err := phonenumbers.Parse(string(u.cells[phoneNumber]), "")
		if err != nil || !phonenumbers.IsValidNumber(number) || seen[number.String()] {
			t.Errorf("row %d: number %q is not valid or not new", row, u.cells[phoneNumber])
		}
		seen[number.String()] = true
	}
	u.become(last + 1)
	if got := string(u.cells[phoneNumber]); got != "" {
		t.Errorf("row beyond the last number has %q", got)
	}
}

func TestFormatsHoldTheSameUsers(t *testing.T) {
	want := rows(t, "-n", "300", "-columns", "all")
	text, _ := output(t, "-n", "300", "-columns", "all", "-format", "jsonl")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		got := make(map[string]string)
		for _, c := range names {
			got[c.name] = flat(t, object[c.name])
		}
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Fatalf("row %d, CSV (-), JSONL (+):\n%s", i, diff)
		}
	}
}

// flat turns a JSON value into the cell that CSV has for it.
func flat(t *testing.T, value json.RawMessage) string {
	t.Helper()
	var text string
	var list []string
	switch {
	case len(value) == 0:
		return ""
	case json.Unmarshal(value, &text) == nil:
		return text
	case json.Unmarshal(value, &list) == nil:
		return strings.Join(list, "|")
	}
	return string(value)
}

func TestBrokenShare(t *testing.T) {
	for _, format := range []string{"csv", "jsonl"} {
		good, none := output(t, "-n", "20000", "-format", format)
		if none != "" {
			t.Errorf("%s: without -broken gen says %q", format, none)
		}
		bad, said := output(t, "-n", "20000", "-format", format, "-broken", "0.1")
		was, is := strings.Split(good, "\n"), strings.Split(bad, "\n")
		if len(was) != len(is) {
			t.Fatalf("%s: breaking rows made %d lines of %d", format, len(is), len(was))
		}
		var broken int
		for i := range was {
			if was[i] != is[i] {
				broken++
			}
		}
		if broken < 1800 || broken > 2200 {
			t.Errorf("%s: %d rows of 20000 are broken, want about 2000", format, broken)
		}
		if want := fmt.Sprintf("20000 rows, %d broken\n", broken); !strings.HasPrefix(said, want) {
			t.Errorf("%s: gen says %q, want %q first", format, said, want)
		}
		for _, f := range faults {
			if !strings.Contains(said, f.name) || strings.Contains(said, " 0  "+f.name) {
				t.Errorf("%s: no row with the fault %q", format, f.name)
			}
		}
	}
}

func TestTornRecordsEndOnTheirLine(t *testing.T) {
	out, _ := output(t, "-n", "5000", "-broken", "1")
	reader := csv.NewReader(strings.NewReader(out))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil || len(records) != 5001 {
		t.Errorf("%d records, %v; want 5001", len(records), err)
	}
}

func TestCompressedOutput(t *testing.T) {
	want, _ := output(t, "-n", "200", "-format", "jsonl")
	for extension, open := range map[string]func(io.Reader) (io.Reader, error){
		"":     func(r io.Reader) (io.Reader, error) { return r, nil },
		".gz":  func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		".zst": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r, zstd.WithDecoderConcurrency(1)) },
	} {
		name := filepath.Join(t.TempDir(), "users.jsonl"+extension)
		output(t, "-n", "200", "-o", name)
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := open(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(plain); err != nil || string(got) != want {
			t.Errorf("%s: %d bytes, %v; want the %d of standard output", name, len(got), err, len(want))
		}
	}
}

func TestBadFlagsAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"-n", "-1"}, {"-n", "many"}, {"-broken", "2"}, {"-broken", "NaN"}, {"-format", "xml"}, {"-columns", "13"}, {"users.csv"},
	} {
		var out, said bytes.Buffer
		if err := run(args, &out, &said); err == nil || out.Len() > 0 {
			t.Errorf("gen %v: error %v and %d bytes, want an error and nothing written", args, err, out.Len())
		}
	}
}

func BenchmarkCSV(b *testing.B)   { benchmark(b, "csv") }
func BenchmarkJSONL(b *testing.B) { benchmark(b, "jsonl") }

func benchmark(b *testing.B, format string) {
	columns, err := choose("12", false)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := generate(io.Discard, options{rows: int64(b.N), seed: 1, format: format, columns: columns}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
