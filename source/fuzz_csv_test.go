package source

import (
	"bytes"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// fuzzHead is the header of most files in testdata/malformed.
const fuzzHead = "external_id,email_address,first_name,password\n"

// FuzzCSV reads anything below a header. Records tile the text and stand for
// themselves; what encoding/csv accepts too, both read alike, but for CRLF
// inside quotes, which encoding/csv rewrites.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{
		"a,b,c,hunter2\n", "\"a\",\"b\"\"c\",\"\",\n", "a,\"b\nc\",d,e\r\n\nd,e,f,g", "a\"b,c,d,e\n", "\"a\"b,c,d,e\nd,e,f,g\n", "a,\"hunter2\nb,c\n",
		"a,b,c\nd\n", ",,,\n \n", "a,\"b\r\nc\",,\n", "a,\xff,,\n", "a,\x00\n", "a,b\rc,,\n", "1,\"b\n2,c\"\n", "a,\"\"\"\n", "\"\n", "a,b,c,\"d\"\r", "a,b,c",
	} {
		f.Add([]byte(seed))
	}
	malformed(f, "CS", func(data []byte) {
		_, body, _ := bytes.Cut(data, lineEnd)
		f.Add(body)
	})
	f.Fuzz(func(t *testing.T, body []byte) {
		data := append([]byte(fuzzHead), body...)
		r := read(t, data, Options{})
		skipping := read(t, data, Options{Skip: func(n int64) bool { return n%2 == 0 }})
		if r.end == nil {
			odd := slices.DeleteFunc(slices.Clone(r.rows), func(r *Row) bool { return r.Number%2 == 0 })
			if diff := cmp.Diff(odd, skipping.rows, cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(Row{})); diff != "" || skipping.end != nil {
				t.Fatalf("skipping every other record ends with %v (-read +with skipping):\n%s", skipping.end, diff)
			}
		}
		checkTiles(t, Options{}, fuzzHead, 0, data, r)
		checkMemory(t, fuzzHead, body)
		if r.bad == 0 && r.end == nil {
			compareStandard(t, data, r.rows)
		}
	})
}

// compareStandard holds rows against what encoding/csv reads.
func compareStandard(t *testing.T, data []byte, rows []*Row) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		if errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote) || errors.Is(err, csv.ErrFieldCount) {
			t.Fatalf("we accept what encoding/csv refuses: %v", err)
		}
		return
	}
	var want [][]string // nil where there is none
	want = append(want, records[1:]...)
	var have [][]string
	for _, row := range rows {
		have = append(have, []string{lf(row.ExternalID), lf(row.EmailAddress), lf(row.FirstName), lf(row.Password)})
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Fatalf("(-encoding/csv +ours):\n%s", diff)
	}
}

func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// FuzzEscaped writes two cells as mysql --batch does, and reads them again.
func FuzzEscaped(f *testing.F) {
	for _, seed := range [][2]string{{"a", "b"}, {`say "hi"`, "x\ty\nz"}, {`\`, `\N`}, {`\\t`, `"`}, {`\q`, "ö\r"}} {
		f.Add(seed[0], seed[1])
	}
	write := strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)
	f.Fuzz(func(t *testing.T, a, b string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || strings.Contains(a+b, "\x00") || strings.Trim(a+b, " \t") == "" || isHeaderText(a, b) {
			return
		}
		text := "mail\tnote\n" + write.Replace(a) + "\t" + write.Replace(b) + "\nlast\tlast\n"
		r := read(t, []byte(text), Options{Shape: &Shape{Columns: []string{"mail", "note"}, Null: []string{`\N`}, Escaped: true}})
		if r.end != nil || len(r.rows) != 2 {
			t.Fatalf("%d rows, %d bad, %v", len(r.rows), r.bad, r.end)
		}
		for i, want := range []string{a, b} {
			if got := r.rows[0].Cells[i].Text; got != want {
				t.Errorf("cell %d is %q, want %q", i, got, want)
			}
		}
	})
}

// isHeaderText reports whether cells may be taken for a header.
func isHeaderText(cells ...string) bool {
	return !slices.ContainsFunc(cells, func(cell string) bool { return !mayBeName(cell) })
}
