package mapping_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/mapping"
	"carryover/source"
)

const joining = `
params: {kind: {default: password}}
join:
  logins:
    about: the logins
    optional: [kind]
    where: kind == null or kind == param.kind
    key: concat("auth0|", _id["$oid"])
    to: user_id
    columns: [passwordHash, n]
  tags:
    many: true
    key: user
    to: concat(user_id, "")
    columns: [name, value]
fields:
  external_id: user_id
  password_digest: logins.passwordHash
  create_organizations_limit: logins.n
  first_name: lookup(tags, "name", "first", "value")
  last_name: join(map(tags, .value), "+")
`

func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Records of second files come to the rows that their keys name, one or all of
// them, and what belongs to nobody is counted on both sides.
func TestJoin(t *testing.T) {
	logins := file(t, "logins.ndjson", `{"_id":{"$oid":"a"},"passwordHash":"x","n":1}
{"_id":{"$oid":"b"},"passwordHash":null,"n":2,"kind":"password"}
{"_id":{"$oid":"b"},"passwordHash":"other","n":3,"kind":"sms"}
{"_id":{"$oid":"nobody"},"passwordHash":"z","n":4}
{"_id":null,"passwordHash":"z","n":5}
`)
	tags := file(t, "tags.csv", "user,name,value\nauth0|a,first,Ada\nauth0|b,last,Babbage\nauth0|a,last,King\n,x,y\n")
	settings := mapping.Settings{Joins: map[string]string{"logins": logins, "tags": tags}}
	mappedCase{mapping: joining, settings: settings, content: "user_id\nauth0|a\nauth0|b\nauth0|c\nauth0|a\n\"\"\n auth0|a\n", want: []string{
		"external_id=auth0|a; first_name=Ada; last_name=Ada+King; password_digest=x; create_organizations_limit=1",
		"external_id=auth0|b; last_name=Babbage; create_organizations_limit=2",
		"external_id=auth0|c",
		"external_id=auth0|a; first_name=Ada; last_name=Ada+King; password_digest=x; create_organizations_limit=1",
		"external_id= auth0|a",
	}}.runWithout(t, 4)
	mappedCase{name: "without the files", mapping: joining, content: "user_id\nauth0|a\n", want: []string{"external_id=auth0|a"}}.run(t)

	m, err := mapping.Read("test.yaml", joining)
	if err != nil {
		t.Fatal(err)
	}
	mapper, err := m.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"auth0|a", "auth0|b", "auth0|c", "auth0|a"} {
		mapper.Map(&source.Row{Cells: []source.Cell{{Text: id, Kind: source.Text}}})
	}
	want := []mapping.JoinCount{
		{Name: "logins", File: logins, Records: 4, Unused: 2, Lines: []int64{4}, Without: 1},
		{Name: "tags", File: tags, Records: 4, Unused: 1, Without: 1},
	}
	if diff := cmp.Diff(want, mapper.Joins()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if len(mapper.Prints()) != 2 {
		t.Error("the second files are no part of the input")
	}
}

// runWithout leaves out a row that cannot be read.
func (c mappedCase) runWithout(t *testing.T, row int) {
	lines := strings.Split(strings.TrimSuffix(c.content, "\n"), "\n")
	c.content = strings.Join(slices.Delete(lines, row+1, row+2), "\n") + "\n"
	c.run(t)
}

// A second file that is not right ends everything before it begins: the users
// that its records belong to would lose what they hold.
func TestJoinRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, content, want string }{
		"a key twice":         {joining, `{"_id":{"$oid":"a"},"passwordHash":"x","n":1}` + "\n" + `{"_id":{"$oid":"a"},"passwordHash":"hunter2","n":2}` + "\n", "the record has the key of the one in line 1"},
		"a broken record":     {joining, `{"_id":{"$oid":"a"},"passwordHash":"x","n":1}` + "\n" + `{"_id":` + "\n", "ends in the middle"},
		"a column is missing": {joining, "key,passwordHash,n\na,x,1\n", `join.logins needs the column "_id"`},
		"a key is missing":    {joining, `{"_id":{"$oid":"a"},"hash":"x","n":1}` + "\n", `join.logins needs the column "passwordHash"`},
		"an expression fails": {joining, `{"_id":"text","passwordHash":"hunter2","n":1}` + "\n", "test.yaml:8:30: join.logins.key: a text has no members"},
		"a key is a list":     {strings.Replace(joining, `concat("auth0|", _id["$oid"])`, "_id", 1), `{"_id":[1],"passwordHash":"hunter2","n":1}` + "\n", "a list cannot be a key"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := mapping.Read("test.yaml", c.text)
			if err != nil {
				t.Fatal(err)
			}
			extension := "logins.ndjson"
			if !strings.HasPrefix(c.content, "{") {
				extension = "logins.csv"
			}
			_, err = m.Open(t.Context(), mapping.Settings{Joins: map[string]string{"logins": file(t, extension, c.content)}})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// What the mapping makes has one name, whatever its file is called and however
// it is written; another parameter, secret or not, has another.
func TestPrint(t *testing.T) {
	print := func(name, text string, s mapping.Settings) string {
		t.Helper()
		m, err := mapping.Read(name, text)
		if err != nil {
			t.Fatal(err)
		}
		mapper, err := m.Open(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return mapper.Print()
	}
	const text = "params: {zone: {default: UTC}, pepper: {secret: true}}\nfields: {external_id: no, created_at: 'timestamp(at, \"iso\", param.zone)'}\n"
	plain := print("a.yaml", text, mapping.Settings{})
	if again := print("b.yaml", "# a comment\nabout: x\n"+strings.Replace(text, "external_id: no", "external_id:   'no'", 1), mapping.Settings{}); again != plain {
		t.Errorf("%s and %s", plain, again)
	}
	seen := map[string]string{plain: "the mapping itself"}
	for what, got := range map[string]string{
		"another expression": print("a.yaml", strings.Replace(text, "no,", "nr,", 1), mapping.Settings{}),
		"another parameter":  print("a.yaml", text, mapping.Settings{Params: map[string]string{"zone": "+02:00"}}),
		"a secret":           print("a.yaml", text, mapping.Settings{Params: map[string]string{"pepper": "x"}}),
		"another secret":     print("a.yaml", text, mapping.Settings{Params: map[string]string{"pepper": "y"}}),
		"reserved":           print("a.yaml", text, mapping.Settings{Reserve: true}),
		"another delimiter":  print("a.yaml", text+"input: {csv: {delimiter: ;}}\n", mapping.Settings{}),
	} {
		if seen[got] != "" {
			t.Errorf("%s has the print of %s", what, seen[got])
		}
		seen[got] = what
	}
	secret := print("a.yaml", text, mapping.Settings{Params: map[string]string{"pepper": "x"}})
	if head, tail, ok := strings.Cut(secret, "-"); !ok || head != plain || len(tail) != 8 {
		t.Errorf("%s: a secret must not go into more than four bytes", secret)
	}
}

// A mapping that begins with a preset changes what it says, and nothing else.
func TestExtends(t *testing.T) {
	const text = `
extends: django
params:
  email_verified: {default: "yes"}
fields:
  external_id: concat("u", coalesce(id, pk))
  last_name:
  phone_number:
    value: phone(tel, "US")
    verified: false
drop:
  - {when: tel == "none", reason: no number}
constants:
  banned: false
`
	mappedCase{mapping: text, settings: mapping.Settings{Reserve: true},
		content: "id,username,email,password,is_active,first_name,last_name,tel\n1,ada_l,a@b.co,!x,0,Ada,King,202-555-0123\n2,bob,,!y,1,,,none\n3,,,,,,,1\n",
		want: []string{
			"external_id=u1; first_name=Ada; username=ada_l; email_address=a@b.co; phone_number=+12025550123; phone_number_identification_status=reserved; banned=false",
			"external_id=u2; !dropped mapping_drop",
			"external_id=u3; !dropped mapping_drop",
		}}.run(t)
	m, err := mapping.Read("mine.yaml", text)
	if err != nil || m.Name() != "mine.yaml" {
		t.Fatal(m, err)
	}
	var refused *mapping.SettingsError
	if _, err := m.Open(t.Context(), mapping.Settings{Joins: map[string]string{"adresses": "x"}}); !errors.As(err, &refused) || refused.Hint != "did you mean addresses?" {
		t.Errorf("%v", err)
	}
}
