package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// formText tells a form in a line.
func formText(f *Form) string {
	text := f.Format
	if f.Comma != 0 {
		text += fmt.Sprintf(" %q %d header=%t", f.Comma, f.Cells, f.Header)
		if f.Escaped {
			text += " escaped"
		}
	}
	for _, s := range []string{f.Compression, f.LineEnds} {
		if s != "" {
			text += " " + s
		}
	}
	if f.BOM {
		text += " BOM"
	}
	for _, a := range f.Arrays {
		text += fmt.Sprintf(" %s:%d", strings.Join(a.At, "."), a.Objects)
	}
	return text
}

func TestSniff(t *testing.T) {
	pretty := "{\n  \"total\": 2,\n  \"users\": [\n    {\"id\": 1},\n    {\"id\": 2}\n  ]\n}\n"
	for _, c := range []struct{ name, file, text, want string }{
		{"CSV", "a.csv", "id,name\n1,Ada\n", `CSV ',' 2 header=true LF`},
		{"known columns decide for a delimiter", "a.csv", "external_id|email,address\n1|2\n", `CSV '|' 2 header=true LF`},
		{"tabs", "a.tsv", "id\tname\r\n1\tAda\r\n", `TSV '\t' 2 header=true escaped CRLF`},
		{"Excel's first line", "a.csv", "sep=;\nid;name\n", `CSV ';' 2 header=true LF`},
		{"byte order mark", "a.csv", "\ufeffid,name\n1,Ada\r\n", `CSV ',' 2 header=true mixed BOM`},
		{"an address in the first line", "a.csv", "1,ada@example.com\n", `CSV ',' 2 header=false LF`},
		{"a date in the first line", "a.csv", "Ada,2024-05-31 10:00:00\n", `CSV ',' 2 header=false LF`},
		{"empty cells in the first line", "a.csv", "uid,,,,x,,\n", `CSV ',' 7 header=false LF`},
		{"a year is a name", "a.csv", "id,mail,2024\n1,Ada,2\n", `CSV ',' 3 header=true LF`},
		{"a number in the first cell", "a.csv", "1,Ada,Lovelace\n", `CSV ',' 3 header=false LF`},
		{"numbers in most cells", "a.csv", "Ada,1,2\n", `CSV ',' 3 header=false LF`},
		{"a boolean in the first line", "a.csv", "Ada,true,x\n", `CSV ',' 3 header=false LF`},
		{"LDIF", "a.txt", "# c\nversion: 1\n\ndn: uid=a\nuid: a\n", `LDIF LF`},
		{"tabs and backslashes", "a.csv", "id\tx\n1\ta\\tb \"c\"\n", `TSV '\t' 2 header=true escaped LF`},
		{"tabs and quotes", "a.csv", "id\tx\n1\t\"a\"\n", `TSV '\t' 2 header=true LF`},
		{"an index without a name", "a.csv", ",id,name\n0,1,Ada\n", `CSV ',' 3 header=true LF`},
		{"empty cells at the end", "a.csv", "id,name,,,\n1,Ada,,,\n", `CSV ',' 5 header=true LF`},
		{"array", "a.json", "\n [{\"id\":1}]", `JSON array LF`},
		{"lines", "a.txt", "{\"id\":1}\n{\"id\":2}\n", `JSON Lines LF`},
		{"text sequence", "a.json", "\x1e{\"id\":1}\n", `JSON text sequence LF`},
		{"document", "a.json", pretty, `JSON document LF users:2`},
		{"document on a line", "a.json", `{"object":"list","data":[{"id":1}],"list_metadata":{"after":null}}`, `JSON document data:1`},
		{"arrays of a document", "a.json", "{\"a\":{\"roles\":[{},{}]},\n\"tags\":[\"x\"],\"users\":[{\"x\":[{}]}]}", `JSON document LF a.roles:2 users:1`},
		{"a document that is cut off", "a.json", "{\"users\":[\n{\"id\":1},\n{\"id\":", `JSON document LF users:2`},
		{"one record on a line", "a.json", `{"email":"ada@example.com","identities":[{"provider":"x"}]}`, `JSON Lines`},
		{"no array at all", "a.json", "{\n\"id\": 1\n}\n", `JSON Lines LF`},
		{"a name says JSON", "a.jsonl.gz", "nonsense\n", `JSON Lines LF`},
	} {
		t.Run(c.name, func(t *testing.T) {
			in, form, err := Sniff(t.Context(), write(t, c.file, c.text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			if got := formText(form); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
			if in.Size() != int64(len(c.text)) {
				t.Errorf("%d bytes, want %d", in.Size(), len(c.text))
			}
		})
	}
}

// What is no text that can be read is refused as by Open.
func TestSniffRefuses(t *testing.T) {
	for text, code := range map[string]string{
		"": codeEmpty, "PK\x03\x04": codeFormat, "\xff\xfei\x00d\x00": codeEncoding, "id,na\xefve\n": codeEncoding, "id,\"name\n": codeHeader, "id\x00,name\n": codeNUL,
	} {
		in, _, err := Sniff(t.Context(), write(t, "a.csv", text), Options{})
		var bad *FileError
		if !errors.As(err, &bad) || bad.Code != code || in != nil {
			t.Errorf("%q: %v, want %s", text, err, code)
		}
	}
}

// allText tells every column of a row.
func allText(row *Row) string {
	var parts []string
	for _, m := range row.All {
		parts = append(parts, fmt.Sprintf("%s=%s:%s", m.Name, m.Kind, m.Text))
	}
	return strings.Join(parts, " ")
}

// Every column is read as it is, known names and names that differ in case too.
func TestAll(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		shape Shape
		want  []string
	}{
		"CSV":                  {"external_id,Id,ID,\n1,2,,\n", Shape{}, []string{"external_id=text:1 Id=text:2 ID=not given:"}},
		"CSV without header":   {"1,a b\n2,c\n", Shape{Header: []string{"n", "t"}}, []string{"n=text:1 t=text:a b", "n=text:2 t=text:c"}},
		"JSON":                 {`{"password":"x","n":{"a":[1]},"l":[],"z":null,"i":12.50,"b":true}`, Shape{}, []string{`password=text:x n=object:{"a":[1]} l=list:[] z=not given: i=number:12.50 b=boolean:true`}},
		"document":             {"{\"x\":1,\n\"d\":{\"users\":[{\"id\":1},{\"Id\":\"2\"}]},\"y\":[{}]}", Shape{At: []string{"d", "users"}}, []string{"id=number:1", "Id=text:2"}},
		"LDIF":                 {"dn: uid=a\nuid: a\nmail: x\nMail: y\nchangetype: add\n", Shape{}, []string{`dn=text:uid=a uid=text:a mail=list:["x","y"]`}},
		"tabs":                 {"id\tx\n1\ta\\tb\n2\t\\N\n", Shape{Escaped: true}, []string{"id=text:1 x=text:a\tb", "id=text:2 x=text:\\N"}},
		"rows that are broken": {"id,name\n1\n2,Ada\n", Shape{}, []string{"!short_record", "id=text:2 name=text:Ada"}},
	} {
		t.Run(name, func(t *testing.T) {
			in, _, err := Sniff(t.Context(), write(t, "a", c.text), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			c.shape.All = true
			if err := in.As(&c.shape); err != nil {
				t.Fatal(err)
			}
			var got []string
			for row, err := range in.Rows(t.Context()) {
				var bad *RowError
				switch {
				case errors.As(err, &bad):
					got = append(got, "!"+bad.Code)
				case err != nil:
					t.Fatal(err)
				default:
					got = append(got, allText(row))
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// Standard input is sniffed and read as a file is.
func TestSniffStdin(t *testing.T) {
	const text = "{\"users\":[\n{\"id\":1}]}"
	in, form, err := Sniff(t.Context(), "-", Options{Stdin: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.As(&Shape{All: true, At: form.Arrays[0].At}); err != nil {
		t.Fatal(err)
	}
	if all := rows(t, t.Context(), in); len(all) != 1 || allText(all[0]) != "id=number:1" {
		t.Errorf("%v", all)
	}
	if in.Size() != int64(len(text)) {
		t.Errorf("%d bytes, want %d", in.Size(), len(text))
	}
}

// FuzzSniff sniffs anything and reads it as what it seems to be: it ends, and
// without an error that quotes it.
func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"hunter2hunter2,b\n1,2\n", "{\"users\":[{\"a\":\"hunter2hunter2\"},", "\x1e{}", "[{\"a\":{\"b\":[{}]}}]", "{\n\"a\":{\"b\":{\"c\":[{},1,{}]}}}{", "sep=;\na;b\n", "\ufeff\n\n\"a\"\t\"b\"\r\n"} {
		f.Add([]byte(seed))
	}
	malformed(f, "CJ", func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		in, form, err := Sniff(t.Context(), write(t, "users", string(data)), Options{})
		if err != nil {
			checkQuiet(t, data, err)
			return
		}
		defer in.Close()
		shape := &Shape{All: true, Comma: form.Comma}
		if len(form.Arrays) > 0 {
			shape.At = form.Arrays[0].At
		}
		if err := in.As(shape); err != nil {
			checkQuiet(t, data, err)
			return
		}
		for row, err := range in.Rows(t.Context()) {
			if err != nil {
				checkQuiet(t, data, err)
			} else if len(row.Cells) > 0 || row.Extra != nil {
				t.Fatal("a row has cells beside its columns")
			}
		}
	})
}

// checkQuiet wants an error of this package that quotes none of the values that
// the seeds hold.
func checkQuiet(t *testing.T, data []byte, err error) {
	t.Helper()
	var row *RowError
	var file *FileError
	if !errors.As(err, &row) && !errors.As(err, &file) {
		t.Fatalf("%T: %v", err, err)
	}
	if strings.Contains(err.Error(), "hunter2hunter2") && !strings.Contains(string(data), "\"hunter2hunter2\":") {
		t.Fatalf("the error quotes the text: %v", err)
	}
}
