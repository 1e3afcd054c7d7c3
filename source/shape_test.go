package source

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// shaped reads a file by a shape and writes each row as "number@line column=value …".
func shaped(t *testing.T, name, text string, shape *Shape) (lines []string, in *Input) {
	t.Helper()
	in, err := Open([]string{write(t, name, text)}, Options{Shape: shape})
	if err != nil {
		return []string{describe(t, nil, err)}, nil
	}
	t.Cleanup(func() { _ = in.Close() })
	for row, err := range in.Rows(t.Context()) {
		if err != nil {
			lines = append(lines, describe(t, row, err))
			continue
		}
		line := fmt.Sprintf("%d@%d", row.Number, row.Line)
		for i, cell := range row.Cells {
			if cell.Kind != NotGiven {
				line += fmt.Sprintf(" %s=%s:%s", shape.Columns[i], cell.Kind, cell.Text)
			}
		}
		for c := range Column(NumColumns) {
			if text, kind := row.Cell(c); kind != NotGiven {
				line += fmt.Sprintf(" [%s=%s]", c, text)
			}
		}
		lines = append(lines, line)
	}
	return lines, in
}

func TestShape(t *testing.T) {
	mail := &Shape{Columns: []string{"mail", "Login Name"}}
	for _, c := range []struct {
		name, file, text string
		shape            *Shape
		want             []string
	}{
		{"columns of other names, and known ones", "a.csv", "mail,login_name,first_name,team\na@b.co,ada,Ada,red\n,bob,,\n", mail,
			[]string{"1@2 mail=text:a@b.co Login Name=text:ada [first_name=Ada]", "2@3 Login Name=text:bob"}},
		{"a known column that is asked for", "a.csv", "user_id,locale\nx,en\n", &Shape{Columns: []string{"user_id"}}, []string{"1@2 user_id=text:x [locale=en]"}},
		{"no other column", "a.csv", "user_id,locale\nx,en\n", &Shape{Columns: []string{"user_id"}, OnlyColumns: true}, []string{"1@2 user_id=text:x"}},
		{"a column that is missing", "a.csv", "mail,login\nx,y\n", mail, []string{`@1 !!missing_column`}},
		{"a column that may be missing", "a.csv", "mail\nx\n", &Shape{Columns: mail.Columns, Optional: []bool{false, true}}, []string{"1@2 mail=text:x"}},
		{"no column at all", "a.csv", "x,y\nx,y\n", &Shape{Columns: []string{"mail"}, Optional: []bool{true}}, []string{"@1 !!no_known_column"}},
		{"words for nothing", "a.csv", "mail,locale\nNULL,\\N\n\\N,en\n", &Shape{Columns: []string{"mail"}, Null: []string{"NULL", `\N`}}, []string{"1@2", "2@3 [locale=en]"}},
		{"a delimiter", "a.csv", "mail;a,b\nx;y\n", &Shape{Columns: []string{"mail"}, Comma: ';'}, []string{"1@2 mail=text:x"}},
		{"another delimiter", "a.csv", "mail,x\na,b\n", &Shape{Columns: []string{"mail"}, Comma: ';'}, []string{"@1 !!no_known_column"}},
		{"tabs, and backslashes in the place of quotes", "a.tsv", "mail\tlocale\n\"x\\ty\\\\\"z\\n\ten\n\\N\tNULL\n\\\\N\t\\\nq\"\t\\q\n", &Shape{Columns: []string{"mail"}, Null: []string{`\N`}, Escaped: true},
			[]string{"1@2 mail=text:\"x\ty\\\"z\n [locale=en]", "2@3 [locale=NULL]", `3@4 mail=text:\N [locale=\]`, `4@5 mail=text:q" [locale=\q]`}},
		{"no tabs, so quotes as ever", "a.csv", "mail,locale\n\"x\\ty\",en\n", &Shape{Columns: []string{"mail"}, Escaped: true}, []string{`1@2 mail=text:x\ty [locale=en]`}},
		{"backslashes and a line too short", "a.tsv", "mail\tlocale\n\"x\ny\ten\n", &Shape{Columns: []string{"mail"}, Escaped: true}, []string{"1@2 !short_record", "2@3 mail=text:y [locale=en]"}},
		{"no header", "a.csv", "a@b.co,ada,\nb@b.co,\"b,ob\",\n", &Shape{Columns: []string{"mail", "id"}, Header: []string{"mail", "id"}},
			[]string{"1@1 mail=text:a@b.co id=text:ada", "2@2 mail=text:b@b.co id=text:b,ob"}},
		{"no header, a value below no name", "a.csv", "a@b.co,ada,x\n", &Shape{Columns: []string{"mail"}, Header: []string{"mail", "id"}}, []string{"1@1 !long_record"}},
		{"no header, fewer columns", "a.csv", "a@b.co\n", &Shape{Columns: []string{"mail", "id"}, Header: []string{"mail", "id"}}, []string{"@1 !!missing_column"}},
		{"JSON lines", "a.jsonl", `{"mail":"x","login-name":null,"locale":"en","n":1}` + "\n" + `{"mail":{"a":[1]},"loginName":7}` + "\n", mail,
			[]string{"1@1 mail=text:x [locale=en]", `2@2 mail=object:{"a":[1]} Login Name=number:7`}},
		{"a key in other spellings than the one that is asked for", "a.jsonl", `{"loginName":"x","Login Name":"y","login_name":"z","mail":"m"}`, mail, []string{"1@1 mail=text:m Login Name=text:y"}},
		{"a column in other spellings than the one that is asked for", "a.csv", "_id,id,ID\nx,y,z\n", &Shape{Columns: []string{"id", "_id"}}, []string{"1@2 id=text:y _id=text:x"}},
		{"a key of a known column in two spellings", "a.jsonl", `{"firstName":"x","first_name":"y"}`, mail, []string{"1@1 !json_duplicate_key first_name"}},
		{"an object whose members are the record's", "a.json", `[{"pk":1,"fields":{"mail":"x","locale":"en"}},{"pk":2,"fields":null}]`, &Shape{Columns: []string{"mail", "pk"}, Lift: []string{"fields"}},
			[]string{"1@1 mail=text:x pk=number:1 [locale=en]", "2@1 pk=number:2"}},
		{"a document", "a.json", "{\n \"kind\": \"}]\\\"{\",\n \"skip\": {\"users\": [1, {}]},\n \"users\": [\n  {\"mail\": \"x\"},\n  {\"mail\": \"y\"}\n ],\n \"next\": null\n}\n", &Shape{Columns: []string{"mail"}, At: []string{"users"}},
			[]string{"1@5 mail=text:x", "2@6 mail=text:y"}},
		{"a document of documents", "a.json", `{"data":{"a":1,"list":[{"mail":"x"}],"b":[]},"c":{}}`, &Shape{Columns: []string{"mail"}, At: []string{"data", "list"}}, []string{"1@1 mail=text:x"}},
		{"an array where a document may be", "a.json", `[{"mail":"x"}]`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"1@1 mail=text:x"}},
		{"JSON lines where a document may be", "a.json", "{\"mail\":\"x\"}\n{\"mail\":\"y\"}\n", &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"1@1 mail=text:x", "2@2 mail=text:y"}},
		{"an empty array", "a.json", `{"users":[]}`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, nil},
		{"a document without the array", "a.json", `{"users":{"a":1}}`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"@1 !!json_array_broken"}},
		{"a document without the key", "a.json", `{"data":{"a":1}}`, &Shape{Columns: []string{"mail"}, At: []string{"data", "users"}}, []string{"@1 !!json_array_broken"}},
		{"another document", "a.json", "{\n \"data\": [\n  {\"mail\": \"x\"}\n ]\n}\n", &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"@1 !!json_array_broken"}},
		{"a document that is cut off", "a.json", `{"users":[{"mail":"x"}],"next":{"a`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"1@1 mail=text:x", "@1 !!json_array_broken"}},
		{"a document with something behind it", "a.json", `{"users":[{"mail":"x"}]} {}`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"1@1 mail=text:x", "@1 !!json_array_broken"}},
		{"much before the array", "a.json", `{"skip":"` + strings.Repeat("x", 1<<20) + `","users":[{"mail":"x"}]}`, &Shape{Columns: []string{"mail"}, At: []string{"users"}}, []string{"1@1 mail=text:x"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := shaped(t, c.file, c.text, c.shape)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// A misspelt name is found again, and what no record has is known at the end.
func TestMissingColumns(t *testing.T) {
	_, err := Open([]string{write(t, "a.csv", "emial,id\nx,y\n")}, Options{Shape: &Shape{Columns: []string{"id", "email"}}})
	var bad *FileError
	if !errors.As(err, &bad) || bad.Column != "email" || bad.Hint != `did you mean "emial"?` {
		t.Errorf("%+v", bad)
	}
	shape := &Shape{Columns: []string{"id", "email", "phone", "name"}, Optional: []bool{false, false, true, false}}
	_, in := shaped(t, "a.jsonl", "{\"id\":1,\"email\":null}\n", shape)
	if got := in.Missing(); !slices.Equal(got, []string{"name"}) {
		t.Errorf("missing are %q", got)
	}
	if got := in.Unknown(); len(got) > 0 {
		t.Errorf("unknown are %q", got)
	}
}

// Whatever a document is cut into, or whatever is before and behind the array,
// no record is lost in silence.
func FuzzDocument(f *testing.F) {
	for _, seed := range [][2]string{{`"a":1,`, ``}, {`"a":{"users":[{}]},`, `,"b":[1,"]"]`}, {`"a":"\\\"",`, `,"c":{}}`}, {"", "]"}, {`"users":[],`, ""}} {
		f.Add(seed[0], seed[1])
	}
	shape := &Shape{Columns: []string{"mail"}, At: []string{"users"}}
	f.Fuzz(func(t *testing.T, before, behind string) {
		text := "{" + before + `"users":[{"mail":"hunter2"},{"mail":"hunter2"}]` + behind + "}"
		r := readFile(t, []byte(text), Options{Shape: shape})
		known := before == "" || jsontext.Value("{"+before+`"x":1}`).IsValid()
		if known && r.end == nil && r.bad == 0 && len(r.rows) != 2 && !strings.Contains(before, "users") && !strings.Contains(before, `\`) {
			t.Fatalf("%d records of %q", len(r.rows), text)
		}
	})
}
