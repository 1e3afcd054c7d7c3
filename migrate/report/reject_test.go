package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

var refused = &migrate.Result{
	Row: 3, Line: 7, State: migrate.Rejected, Code: "email_invalid", Field: "email_address", Message: `not a "valid", one`, TraceID: "t1",
}

const header = "carryover_state,carryover_line,carryover_code,carryover_field,carryover_message,carryover_trace_id,"

// A row is written back with the very bytes of its cells, but for those that
// are masked and those that an earlier report added.
func TestRejectTable(t *testing.T) {
	why := `rejected,7,email_invalid,email_address,"not a ""valid"", one",t1,`
	for _, c := range []struct {
		name  string
		table report.Table
		cells []string
		want  string
	}{
		{"as it stands", report.Table{Comma: ',', Cells: []string{"id", `"the name"`}}, []string{"=1+1", "\"a\r\n\"\"b\" "}, header + "id,\"the name\"\n" + why + "=1+1,\"a\r\n\"\"b\" \n"},
		{
			"masked", report.Table{Comma: ',', Cells: []string{"id", "a", "b", "c", "d", "e"}, Masked: []bool{false, true, true, true, true, true}, Null: []string{"NULL"}},
			[]string{"1", "x", "", `""`, `"""`, `NULL`}, header + "id,a,b,c,d,e\n" + why + "1,***,,\"\",***,NULL\n",
		},
		{"given back before", report.Table{Comma: ',', Cells: []string{"carryover_code", "id"}, Left: []bool{true}}, []string{"old", "1"}, header + "id\n" + why + "1\n"},
		{"another delimiter", report.Table{Comma: ';', Cells: []string{"id", "a"}}, []string{"1", "x,y"}, strings.ReplaceAll(header, ",", ";") + "id;a\n" +
			`rejected;7;email_invalid;email_address;"not a ""valid"", one";t1;` + "1;x,y\n"},
		{"one that the file names", report.Table{Comma: '^', Told: true, Cells: []string{"id"}}, []string{"1"}, "sep=^\n" + strings.ReplaceAll(header, ",", "^") + "id\n" +
			`rejected^7^email_invalid^email_address^"not a ""valid"", one"^t1^` + "1\n"},
		{"without quotes", report.Table{Comma: '\t', Escaped: true, Cells: []string{"id", "a"}, Masked: []bool{false, true}, Null: []string{`\N`}}, []string{`"x`, `\N`}, strings.ReplaceAll(header, ",", "\t") + "id\ta\n" +
			"rejected\t7\temail_invalid\temail_address\tnot a \"valid\", one\tt1\t\"x\t\\N\n"},
	} {
		var out bytes.Buffer
		w, err := report.NewRejectTable(&out, c.table)
		if err == nil {
			err = w.Row(refused, "", c.cells)
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestRejectTableOfUnreadRecords(t *testing.T) {
	r := &migrate.Result{Line: 2, State: migrate.Rejected, Code: "short_record", Message: "m"}
	const why = "rejected,2,short_record,,m,,"
	for _, c := range [][2]string{
		{"rejected,9,long_record,,\"a \"\"b\"\", c\",,1,\"x\"y", `1,"x"y`},
		{"1", "1"},
		{"rejected,9", "9"},
		{`"broken`, `"broken`},
	} {
		var out bytes.Buffer
		w, err := report.NewRejectTable(&out, report.Table{
			Comma: ',', Cells: []string{"carryover_state", "b", "c", "d", "e", "f", "id", "x"},
			Left: []bool{true, strings.Count(c[0], ",") > 3, strings.Count(c[0], ",") > 3, true, true, true},
		})
		if err == nil {
			err = w.Unread(r, c[0])
		}
		if err != nil {
			t.Fatal(err)
		}
		_, line, _ := strings.Cut(out.String(), "\n")
		if line != why+c[1]+"\n" {
			t.Errorf("%q became %q, want %q", c[0], line, why+c[1])
		}
	}
}

// JSON keeps the text of each value, digits and escapes included.
func TestRejectLines(t *testing.T) {
	secret := func(name string) bool { return name == "password" || name == "hash" }
	own := func(name string) bool { return strings.HasPrefix(name, "carryover_") }
	const why = `{"carryover_state":"rejected","carryover_line":7,"carryover_code":"email_invalid","carryover_field":"email_address","carryover_message":"not a \"valid\", one","carryover_trace_id":"t1"`
	for _, c := range []struct {
		name, record, want string
		members            report.Members
	}{
		{"as it stands", `{"id":"\u00e9","n":1.0e2, "m" : {"a":[ 1, 2 ],"a":"\ud800"}}`, `,"id":"\u00e9","n":1.0e2,"m":{"a":[1,2],"a":"\ud800"}}`, report.Members{}},
		{"over several lines", "{\n  \"id\": 12345678901234567890,\n \"x\": null\n}", `,"id":12345678901234567890,"x":null}`, report.Members{}},
		{"empty", `{}`, `}`, report.Members{}},
		{"masked", `{"password":"a","hash":{"x":"b"},"fields":{"hash":["c"],"a":{"hash":1}},"p":{"hash":"d"}}`,
			`,"password":"***","hash":"***","fields":{"hash":"***","a":{"hash":1}},"p":{"hash":"d"}}`, report.Members{Masked: secret, Lift: []string{"fields"}}},
		{"nothing to mask", `{"password":null,"hash":""}`, `,"password":null,"hash":""}`, report.Members{Masked: secret}},
		{"given back before", `{"carryover_line":1,"id":"a","carryover_code":"x"}`, `,"id":"a"}`, report.Members{Left: own}},
	} {
		var out bytes.Buffer
		if err := report.NewRejectLines(&out, c.members).Row(refused, c.record, nil); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(why+c.want+"\n", out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	var out bytes.Buffer
	w := report.NewRejectLines(&out, report.Members{})
	for _, broken := range []string{`{"id":`, `7`, `{"id" 1}`, ``} {
		if err := w.Row(refused, broken, nil); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, %q", broken, err, out.String())
		}
	}
	if err := w.Unread(refused, "{\"id\":\xff\"a"); err != nil {
		t.Fatal(err)
	}
	if want := why + ",\"carryover_record\":\"{\\\"id\\\":\uFFFD\\\"a\"}\n"; out.String() != want {
		t.Errorf("%s, want %s", out.String(), want)
	}
}

// An entry keeps its lines, and gets comments.
func TestRejectEntries(t *testing.T) {
	secret := func(name string) bool { return strings.EqualFold(name, "userPassword") }
	const why = "# carryover_state: rejected\n# carryover_line: 7\n# carryover_code: email_invalid\n# carryover_field: email_address\n" +
		"# carryover_message: not a \"valid\", one\n# carryover_trace_id: t1\n"
	for _, c := range []struct {
		masked       func(string) bool
		record, want string
	}{
		{nil, "dn: uid=a\nuserPassword:: YQ\n ==\n# b\n c\nuid: a", "dn: uid=a\nuserPassword:: YQ\n ==\n# b\n c\nuid: a\n\n"},
		{
			secret, "dn: uid=a\r\nUserPassword:: YQ\r\n ==\r\nuserpassword;x-y: b\r\n c\r\nuserPassword: d\r\nuid: a\r\n  b",
			"dn: uid=a\r\nUserPassword: ***\nuserpassword;x-y: ***\nuid: a\r\n  b\n\n",
		},
	} {
		var out bytes.Buffer
		if err := report.NewRejectEntries(&out, c.masked).Row(refused, c.record, nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(why+c.want, out.String()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
	var out bytes.Buffer
	bad := *refused
	bad.Message = "a\n dn: b"
	if err := report.NewRejectEntries(&out, nil).Unread(&bad, "dn: x"); err != nil || strings.Count(out.String(), "\ndn: ") != 1 || strings.Contains(out.String(), "\n ") {
		t.Errorf("%v, %q", err, out.String())
	}
}

var mapped = []migrate.Result{
	{Line: 2, Key: "a'; DROP TABLE users; --", UserID: "user_1", State: migrate.Created},
	{Line: 3, Key: "user_2", UserID: "user_2", State: migrate.Updated},
	{Line: 4, Key: "carryover-4", UserID: "user_4", State: migrate.Created, Generated: true},
	{Line: 5, Key: "=1\n-- x", UserID: "user_5", State: migrate.Conflict, Code: "user_exists"},
}

func idMap(t *testing.T, name string) (string, int64) {
	t.Helper()
	var out bytes.Buffer
	m, ok, err := report.NewIDMap(&out, name, report.IDColumns{Table: `public.my "users"`, Key: "id", UserID: "clerk_id"})
	if !ok || err != nil {
		t.Fatalf("%s: %v, %v", name, ok, err)
	}
	for i := range mapped {
		if err := m.Write(&mapped[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String(), report.Marked(m)
}

func TestIDMap(t *testing.T) {
	for name, want := range map[string]string{
		"ids.CSV": "external_id,user_id,state,line,generated\n" +
			"a'; DROP TABLE users; '--,user_1,created,2,false\n,user_2,updated,3,false\ncarryover-4,user_4,created,4,true\n\"'=1\n'-- x\",user_5,conflict,5,false\n",
		"ids.jsonl": `{"external_id":"a'; DROP TABLE users; --","user_id":"user_1","state":"created","line":2,"generated":false}
{"external_id":"","user_id":"user_2","state":"updated","line":3,"generated":false}
{"external_id":"carryover-4","user_id":"user_4","state":"created","line":4,"generated":true}
{"external_id":"=1\n-- x","user_id":"user_5","state":"conflict","line":5,"generated":false}
`,
		"ids.sql": `-- The ids of Clerk for the users of this application, written by carryover.
-- For PostgreSQL and SQLite, where a backslash in a text means itself.
BEGIN;
UPDATE "public"."my ""users""" SET "clerk_id" = 'user_1' WHERE "id" = 'a''; DROP TABLE users; --';
-- line 3, the row has no external_id: external_id , user_id user_2
-- line 4, the row has no external_id, this one was generated: external_id carryover-4, user_id user_4
-- line 5, conflict (user_exists): it is not certain that this is the user: external_id =1�-- x, user_id user_5
COMMIT;
`,
	} {
		got, marked := idMap(t, name)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if (marked == 2) != (name == "ids.CSV") {
			t.Errorf("%s: %d marked", name, marked)
		}
	}
	if _, ok, _ := report.NewIDMap(&bytes.Buffer{}, "ids.txt", report.IDColumns{}); ok {
		t.Error("a form that is not known is taken")
	}
}
