package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// originals reads the records of a file and writes each as
// "number@line code|raw", and what Rows makes of the same in the same form.
func originals(t *testing.T, name, text string, opts Options) (lines, places []string, records []*Record) {
	t.Helper()
	in, err := Open([]string{write(t, name, text)}, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	for r, err := range in.Records(t.Context(), opts.Skip) {
		if err != nil {
			t.Fatal(err)
		}
		code := ""
		if r.Err != nil {
			code = r.Err.Code
		}
		lines = append(lines, fmt.Sprintf("%d@%d %s|%s", r.Number, r.Line, code, r.Raw))
		places = append(places, fmt.Sprintf("%d@%d %s", r.Number, r.Line, code))
		records = append(records, r)
	}
	var rows []string
	for row, err := range in.Rows(t.Context()) {
		place := strings.Fields(strings.NewReplacer(" !", " ").Replace(describe(t, row, err)))
		code := ""
		if err != nil {
			code = place[1]
		}
		rows = append(rows, place[0]+" "+code)
	}
	if opts.Skip == nil {
		if diff := cmp.Diff(rows, places); diff != "" {
			t.Errorf("rows and records are not the same (-rows +records):\n%s", diff)
		}
	}
	return lines, places, records
}

func TestRecordsStandAsInTheFile(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		opts             Options
		want             []string
	}{
		{"CSV", "a.csv", "external_id,username,first_name\r\na,\"ad\"\"a, \r\n1\",  x \r\n\r\nb,b\nc,\"\",=1+1\nd,x\"y,z", Options{}, []string{
			"1@2 |a,\"ad\"\"a, \r\n1\",  x ", "2@5 short_record|b,b", "3@6 |c,\"\",=1+1", "4@7 bare_quote|d,x\"y,z"}},
		{"bytes that are no text", "a.csv", "external_id;username\na;\xff\n", Options{}, []string{"1@2 invalid_utf8|a;\xff"}},
		{"lines of JSON", "a.jsonl", "{\"external_id\":\"a\",\"x\":{\"n\":1.0}}\r\n\n  {\"external_id\":\"b\"\n{\"external_id\":\"\\ud800\"} \n7\n", Options{}, []string{
			`1@1 |{"external_id":"a","x":{"n":1.0}}`, `2@3 json_truncated|{"external_id":"b"`, `3@4 json_lone_surrogate|{"external_id":"\ud800"}`, "4@5 json_not_object|7"}},
		{"a JSON array", "a.json", "[{\"external_id\":\"a\"},\n{\"external_id\":\n\"b\",\"external_id\":\"c\"} , 7]", Options{}, []string{
			`1@1 |{"external_id":"a"}`, "2@2 json_duplicate_key|{\"external_id\":\n\"b\",\"external_id\":\"c\"}", "3@3 json_not_object|7"}},
		{"a JSON sequence", "a.json", "\x1e{\"external_id\":\"a\"}\n\x1e{\"external_id\":\"b\"}\n", Options{}, []string{`1@1 |{"external_id":"a"}`, `2@2 |{"external_id":"b"}`}},
		{"entries of a directory", "a.ldif", "version: 1\n\n# a\ndn: uid=a\nuid:: YQ\n ==\n\ndn: uid=b\nuid b\n\n", Options{Shape: &Shape{Columns: []string{"uid"}}}, []string{
			"1@4 |dn: uid=a\nuid:: YQ\n ==", "2@8 ldif_syntax|dn: uid=b\nuid b"}},
		{"cells with backslashes", "a.tsv", "uid\tmail\na\t\"x\\ty\n", Options{Shape: &Shape{Columns: []string{"uid"}, Escaped: true}}, []string{"1@2 |a\t\"x\\ty"}},
		{"only some", "a.csv", "external_id\na\n\"b\"\nc\nd\n", Options{Skip: func(n int64) bool { return n%2 == 1 }}, []string{`2@3 |"b"`, "4@5 |d"}},
		{"one that is too large", "a.jsonl", "{\"external_id\":\"" + strings.Repeat("a", 2<<20) + "\"}\n{\"external_id\":\"b\"}\n", Options{}, []string{"1@1 record_too_long|", `2@2 |{"external_id":"b"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, _ := originals(t, c.file, c.text, c.opts)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestRecordsEndWhenAsked(t *testing.T) {
	in, err := Open([]string{write(t, "a.csv", "external_id\na\nb\n"), write(t, "b.jsonl", "{\"external_id\":\"c\"}\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	for most := range 4 {
		n := 0
		for r, err := range in.Records(t.Context(), nil) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; r.Number != int64(n) || n > most {
				break
			}
		}
		if want := min(most+1, 3); n != want {
			t.Errorf("%d records, want %d", n, want)
		}
	}
}

func TestCellsKeepTheirQuotes(t *testing.T) {
	_, _, records := originals(t, "a.csv", "external_id,\"first_name\",x\na,\"q\"\"a,\nb\", \nb,,\"\"\n", Options{})
	for i, want := range [][]string{{"a", "\"q\"\"a,\nb\"", " "}, {"b", "", `""`}} {
		if diff := cmp.Diff(want, records[i].Cells()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	if h := records[0].Header; !slices.Equal(h.Cells, []string{"external_id", `"first_name"`, "x"}) || h.Names[1] != "first_name" || h.Comma != ',' {
		t.Errorf("header %+v", h)
	}
}

// The cells of any record that is a row are those that the scanner finds.
func FuzzRawCells(f *testing.F) {
	for _, seed := range []string{"a,b", `"a,""b",c`, `"",`, "a\"b", "\"a\nb\",c", `"a`, `,,`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, record string) {
		s := recordScanner{comma: ','}
		size, found := s.scan([]byte(record), true)
		cells := rawCells(record, ',')
		if got := strings.Join(cells, ","); got != record {
			t.Fatalf("%q became %q", record, got)
		}
		if found != scanned || size != len(record) || strings.HasSuffix(record, "\n") || strings.HasSuffix(record, "\r") {
			return
		}
		if len(cells) != len(s.ends) {
			t.Fatalf("%q has %d cells, want %d", record, len(cells), len(s.ends))
		}
		start := 0
		for i, end := range s.ends {
			if cell := string(s.text[start:end]); cells[i] != cell && QuoteCell(cell, ',') != cells[i] && `"`+strings.ReplaceAll(cell, `"`, `""`)+`"` != cells[i] {
				t.Fatalf("cell %d of %q is %q, want %q", i, record, cells[i], cell)
			}
			start = end + 1
		}
	})
}

func TestOwnColumns(t *testing.T) {
	for _, c := range []fileCase{
		{name: "CSV", file: "a.csv", text: "carryover_line,external_id,Carryover_Code\n7,a,x\n,b,\n", opts: Options{Strict: true}, want: []string{"1@2 external_id=a", "2@3 external_id=b"}},
		{name: "JSON", file: "a.jsonl", text: `{"carryover_line":7,"external_id":"a","carryover_code":"x"}`, opts: Options{Strict: true}, want: []string{"1@1 external_id=a"}},
		{name: "an unknown one", file: "a.csv", text: "carryover,external_id\n7,a\n", opts: Options{Strict: true}, want: []string{"@1 !!unknown_column"}},
		{name: "not corrected", file: "a.jsonl", text: `{"carryover_record":"{","external_id":"a"}`, want: []string{"1@1 !record_not_corrected carryover_record"}},
		{name: "corrected", file: "a.jsonl", text: `{"carryover_record":null,"external_id":"a"}`, want: []string{"1@1 external_id=a"}},
	} {
		c.run(t)
	}
	in, err := Open([]string{write(t, "a.csv", "carryover_line,external_id,team\n7,a,x\n")}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if got := in.Unknown(); !slices.Equal(got, []string{"team"}) {
		t.Errorf("unknown: %q", got)
	}
}

// Rows of a file without a header are given back below one.
func TestOwnColumnsOfAFileWithoutHeader(t *testing.T) {
	shape := &Shape{Columns: []string{"mail", "id"}, Header: []string{"mail", "id"}, OnlyColumns: true}
	got, _ := shaped(t, "a.csv", "carryover_line,mail,id\n7,a@b.co,ada\n", shape)
	if diff := cmp.Diff([]string{"1@2 mail=text:a@b.co id=text:ada"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	_, _, records := originals(t, "b.csv", "a@b.co,\"ada\"\n", Options{Shape: shape})
	if h := records[0].Header; !slices.Equal(h.Cells, shape.Header) || records[0].Raw != `a@b.co,"ada"` {
		t.Errorf("%+v %q", h, records[0].Raw)
	}
}
