package source

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func jsonCase(name, text string, want ...string) fileCase {
	return fileCase{name: name, file: "users.jsonl", text: text, want: want}
}

// The JSON files that an export gets wrong, as far as reading decides them.
func TestJSONFiles(t *testing.T) {
	const a, z = `{"external_id":"a"}` + "\n", `{"external_id":"z"}` + "\n"
	between := func(bad string) string { return a + bad + "\n" + z }
	rowA, rowZ := "1@1 external_id=a", "3@3 external_id=z"
	for _, c := range []fileCase{
		jsonCase("J01 empty file", "", "@0 !!file_empty"),
		jsonCase("J02 BOM", "\ufeff"+a, rowA),
		jsonCase("J03 array", "[\n"+`{"external_id":"a"},`+"\n"+`{"external_id":"z"}`+"\n]\n", "1@2 external_id=a", "2@3 external_id=z"),
		jsonCase("J04 pretty-printed object", "{\n  \"external_id\": \"a\"\n}\n", "@1 !!json_pretty_printed"),
		jsonCase("J04 pretty-printed behind a blank line", "\n{\"public_metadata\": {\n  \"a\": 1\n}}\n", "@2 !!json_pretty_printed"),
		jsonCase("J05 two objects on a line", between(`{"external_id":"b"}{"external_id":"c"}`), rowA, "2@2 !json_two_values", rowZ),
		jsonCase("J06 trailing comma", between(`{"external_id":"b",}`), rowA, "2@2 !json_syntax", rowZ),
		jsonCase("J06 comma behind the object", between(`{"external_id":"b"},`), rowA, "2@2 !json_syntax", rowZ),
		jsonCase("J07 single quotes", between(`{'external_id':'b'}`), rowA, "2@2 !json_syntax", rowZ),
		jsonCase("J08 NaN", between(`{"external_id":NaN}`), rowA, "2@2 !json_syntax external_id", rowZ),
		jsonCase("J08 Infinity", between(`{"external_id":-Infinity}`), rowA, "2@2 !json_syntax external_id", rowZ),
		jsonCase("J09 comment", between(`// {"external_id":"b"}`), rowA, "2@2 !json_syntax", rowZ),
		jsonCase("J10 cut off in the last line", a+`{"external_id":"b","us`, rowA, "@2 !!file_cut_off"),
		jsonCase("J10 truncated last line with an end", a+`{"external_id":"b","us`+"\n", rowA, "2@2 !json_truncated"),
		jsonCase("J10 bad last line without an end", a+`{"external_id":"b"}}`, rowA, "2@2 !json_syntax"),
		jsonCase("J10 truncated in the middle", between(`{"external_id":"b","password":"x`), rowA, "2@2 !json_truncated password", rowZ),
		jsonCase("J11 duplicate key", between(`{"external_id":"b","external_id":"c"}`), rowA, "2@2 !json_duplicate_key", rowZ),
		jsonCase("J11 duplicate key inside metadata", between(`{"public_metadata":{"a":1,"a":2}}`), rowA, "2@2 !json_duplicate_key public_metadata", rowZ),
		jsonCase("J12 the same column in two spellings", between(`{"external_id":"b","externalID":"c"}`), rowA, "2@2 !json_duplicate_key externalID", rowZ),
		jsonCase("J12 an unknown key in other case", between(`{"email":"b","EMAIL":"c"}`), rowA, "2@2 !json_duplicate_key EMAIL", rowZ),
		jsonCase("J13 unknown key", `{"external_id":"a","team":"red"}`, rowA),
		{name: "J13 unknown key, strict", file: "users.jsonl", text: between(`{"team":"red"}`), opts: Options{Strict: true}, want: []string{rowA, "2@2 !unknown_column team", rowZ}},
		jsonCase("J14 null is not given", `{"external_id":null,"username":"b"}`, "1@1 username=b"),
		jsonCase("J15 every kind", `{"external_id":"","banned":true,"locked":false,"email_address":["x"],"public_metadata":{"a":[null]},"create_organizations_limit":3}`,
			`1@1 external_id= public_metadata:object={"a":[null]} create_organizations_limit:number=3 email_address:list=["x"] banned:boolean=true locked:boolean=false`),
		jsonCase("J16 number as external_id", `{"external_id":12345678901234567890}`, "1@1 external_id:number=12345678901234567890"),
		jsonCase("J17 large integer in metadata", `{"public_metadata":{"n":9007199254740993}}`, `1@1 public_metadata:object={"n":9007199254740993}`),
		jsonCase("J18 J19 numbers keep their text", `{"external_id":1e400,"username":-0}`, "1@1 external_id:number=1e400 username:number=-0"),
		jsonCase("J20 lone surrogate", between(`{"username":"\ud800"}`), rowA, "2@2 !json_lone_surrogate username", rowZ),
		jsonCase("J20 surrogate pair", `{"username":"\ud83d\ude00"}`, "1@1 username=😀"),
		jsonCase("J21 invalid UTF-8", between("{\"username\":\"\xff\"}"), rowA, "2@2 !invalid_utf8 username", rowZ),
		jsonCase("J21 Latin-1", between("{\"username\":\"Jos\xe9\"}"), rowA, "2@2 !invalid_utf8 username", rowZ),
		jsonCase("J22 nested too deep", between(`{"public_metadata":`+strings.Repeat("[", 10_001)+strings.Repeat("]", 10_001)+"}"), rowA, "2@2 !json_too_deep", rowZ),
		jsonCase("J22 64 levels", `{"public_metadata":`+strings.Repeat("[", 63)+strings.Repeat("]", 63)+"}", "1@1 public_metadata:list="+strings.Repeat("[", 63)+strings.Repeat("]", 63)),
		jsonCase("J22 many brackets, none of them deep", `{"public_metadata":[`+strings.Repeat("[],", 70)+`"[[[["]}`, `1@1 public_metadata:list=[`+strings.Repeat("[],", 70)+`"[[[["]`),
		jsonCase("J23 line of 300 kB", between(`{"username":"`+strings.Repeat("x", 300_000)+`"}`), rowA, "2@2 username="+strings.Repeat("x", 300_000), rowZ),
		jsonCase("J24 line beyond 1 MiB", between(`{"username":"`+strings.Repeat("x", 3<<20)+`"}`), rowA, "2@2 !record_too_long", rowZ),
		jsonCase("J24 last line beyond 1 MiB", a+strings.Repeat("x", 3<<20), rowA, "2@2 !record_too_long"),
		jsonCase("J25 CRLF", strings.ReplaceAll(a+z, "\n", "\r\n"), rowA, "2@2 external_id=z"),
		jsonCase("J25 CR alone", strings.ReplaceAll(a+z, "\n", "\r"), "@1 !!cr_line_ends"),
		jsonCase("J26 blank lines", "\n"+a+" \n\n"+z, "1@2 external_id=a", "2@5 external_id=z"),
		jsonCase("J27 scalars", between("null\n7\ntrue\n\"x\"\n[1]"), rowA, "2@2 !json_not_object", "3@3 !json_not_object", "4@4 !json_not_object", "5@5 !json_not_object", "6@6 !json_not_object", "7@7 external_id=z"),
		jsonCase("J27 scalar first", "null\n"+a, "1@1 !json_not_object", "2@2 external_id=a"),
		jsonCase("J28 odd keys", `{"__proto__":{"x":1},"":"y","external_id":"a"}`, rowA),
		jsonCase("J29 bad line in the middle", between(`garbage`), rowA, "2@2 !json_syntax", rowZ),
		jsonCase("J30 record separators", "\x1e"+a+"\x1e{\n \"external_id\":\n \"b\"}\n\x1e"+z, rowA, "2@2 external_id=b", "3@5 external_id=z"),
		jsonCase("J30 cut off", "\x1e"+a+"\x1e{\n\"external_id\"", rowA, "@2 !!file_cut_off"),
		jsonCase("J30 a bad last text with an end", "\x1e"+a+"\x1e{\"external_id\":\n", rowA, "2@2 !json_truncated external_id"),
		jsonCase("J30 a bad text between separators", "\x1e"+a+"\x1e{\"external_id\":\n\x1e"+z, rowA, "2@2 !json_truncated external_id", rowZ),
		jsonCase("control character in a string", between("{\"username\":\"a\tb\"}"), rowA, "2@2 !json_syntax username", rowZ),
		{name: "by content, whatever the name", file: "users.csv", text: a, want: []string{rowA}},
		{name: "escapes in a key", file: "users", text: `{"external\u005fid":"\u0061\n"}`, want: []string{"1@1 external_id=a\n"}},
	} {
		c.run(t)
	}
}

func TestJSONArray(t *testing.T) {
	const a = `{"external_id":"a"}`
	for _, c := range []fileCase{
		jsonCase("empty array", "[]"),
		jsonCase("empty array with space", " [ \n ] \n"),
		jsonCase("on one line", "["+a+","+a+"]", "1@1 external_id=a", "2@1 external_id=a"),
		jsonCase("true lines", "[\n  {\n    \"external_id\": \"a\"\n  },\n\n  {\n    \"username\": \"b\"\n  }\n]", "1@2 external_id=a", "2@6 username=b"),
		jsonCase("elements that are not objects", "[1,\n\"x,]\",\nnull,[2],"+a+"]", "1@1 !json_not_object", "2@2 !json_not_object", "3@3 !json_not_object", "4@3 !json_not_object", "5@3 external_id=a"),
		jsonCase("faults of one element", "[{\"a\":1,\"a\":2},\n{\"username\":\"\\ud800\"},\n{\"username\":\"\xff\xff\"},\n"+a+"]", "1@1 !json_duplicate_key", "2@2 !json_lone_surrogate username", "3@3 !invalid_utf8 username", "4@4 external_id=a"),
		jsonCase("brackets and escapes in strings", `[{"external_id":"]}\"\\"},`+a+`]`, `1@1 external_id=]}"\`, "2@1 external_id=a"),
		jsonCase("broken element", "["+a+",\n{'x':1},\n"+a+"]", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("missing comma", "["+a+"\n"+a+"]", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("trailing comma", "["+a+",\n]", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("leading comma", "[,"+a+"]", "@1 !!json_array_broken"),
		jsonCase("not closed", "["+a+"\n", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("cut off inside an element", "["+a+",\n{\"external_id\":", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("something behind the end", "["+a+"]\n["+a+"]", "1@1 external_id=a", "@2 !!json_array_broken"),
		jsonCase("element beyond 1 MiB", `["`+strings.Repeat("x", 2<<20)+`",`+a+`]`, "@1 !!record_too_long"),
	} {
		c.run(t)
	}
}

// What JSON writers get wrong most often is named in the hint.
func TestJSONHints(t *testing.T) {
	for text, want := range map[string]string{
		`{'a':1}`:          "double quotes",
		`{"a":NaN}`:        "NaN",
		`{"a":None}`:       "None",
		`{"a":True}`:       "lower case",
		`{"a":1} // note`:  "comments",
		`{"a":1,}`:         "comma",
		`{"a":1},`:         "comma",
		"{\"a\":\"x\ty\"}": "escape",
	} {
		var bad *RowError
		for _, err := range open(t, Options{Stdin: strings.NewReader(`{"b":1}` + "\n" + text)}, "-").Rows(t.Context()) {
			if err != nil {
				bad = err.(*RowError)
			}
		}
		if bad == nil || bad.Code != codeSyntax || !strings.Contains(bad.Hint, want) {
			t.Errorf("%s: %+v, want a hint with %q", text, bad, want)
		}
	}
}

func TestExtra(t *testing.T) {
	opts := Options{KeepExtra: true}
	read := func(name, text string) []map[string]string {
		var extras []map[string]string
		for _, row := range rows(t, t.Context(), open(t, opts, write(t, name, text))) {
			extras = append(extras, row.Extra)
		}
		return extras
	}
	want := []map[string]string{{"Team Name": "red", "n": "1.50"}, nil}
	if diff := cmp.Diff(want, read("u.csv", "external_id, Team Name ,n\na,red,1.50\nb,,\n")); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, read("u.jsonl", `{"Team Name":"red","n":1.50}`+"\n"+`{"external_id":"b","n":null}`)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	if got := read("u.csv", "uid,mail\n7,a@b.example\n"); len(got) != 1 || got[0]["uid"] != "7" {
		t.Errorf("a header without any known column: %v", got)
	}
}
