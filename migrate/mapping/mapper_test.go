package mapping_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/mapping"
	"carryover/source"
)

// mapped reads an input by a mapping and writes each row as its columns and
// its problems, one a line.
func mapped(t *testing.T, text string, settings mapping.Settings, name, content string) []string {
	t.Helper()
	m, err := mapping.Read("test.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	mapper, err := m.Open(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := source.Open([]string{path}, source.Options{Shape: m.Shape()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	var lines []string
	for row, err := range in.Rows(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		problems := mapper.Map(row)
		var parts []string
		for c := range source.Column(source.NumColumns) {
			if text, kind := row.Cell(c); kind != source.NotGiven {
				parts = append(parts, fmt.Sprintf("%s=%s", c, text))
			}
		}
		for _, p := range problems {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("!%s %s %s", p.Severity, p.Code, p.Field)))
		}
		lines = append(lines, strings.Join(parts, "; "))
	}
	return lines
}

type mappedCase struct {
	name, mapping string
	settings      mapping.Settings
	file, content string
	want          []string
}

func (c mappedCase) run(t *testing.T) {
	t.Run(c.name, func(t *testing.T) {
		if c.file == "" {
			c.file = "users.csv"
		}
		got := mapped(t, c.mapping, c.settings, c.file, c.content)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// Constants go before fields, fields before the file's own columns, those
// before defaults.
func TestPrecedence(t *testing.T) {
	for _, c := range []mappedCase{
		{name: "a column of the file", mapping: "fields: {external_id: no}", content: "no,locale,first_name\n1,en,Ada\n", want: []string{"external_id=1; first_name=Ada; locale=en"}},
		{name: "a field goes before it", mapping: "fields: {external_id: no, first_name: nick}", content: "no,nick,first_name\n1,A,Ada\n", want: []string{"external_id=1; first_name=A"}},
		{name: "also where it says nothing", mapping: "fields: {external_id: no, first_name: nick}", content: "no,nick,first_name\n1,,Ada\n", want: []string{"external_id=1"}},
		{name: "a field that is empty", mapping: "fields: {external_id: no, first_name: }", content: "no,first_name\n1,Ada\n", want: []string{"external_id=1"}},
		{name: "a column that an expression uses", mapping: "fields: {external_id: user_id, first_name: upper(last_name)}", content: "userId,LAST NAME,username\nx,King,ada\n", want: []string{"external_id=x; first_name=KING; username=ada"}},
		{name: "only columns that are named", mapping: "input: {canonical: ignore}\nfields: {external_id: no}", content: "no,locale\n1,en\n", want: []string{"external_id=1"}},
		{name: "a default", mapping: "fields: {external_id: no}\ndefaults: {locale: en}", content: "no,locale\n1,fr\n2,\n", want: []string{"external_id=1; locale=fr", "external_id=2; locale=en"}},
		{name: "a default of a field", mapping: "fields: {external_id: no, locale: lang}\ndefaults: {locale: en}", content: "no,lang\n1,fr\n2,\n", want: []string{"external_id=1; locale=fr", "external_id=2; locale=en"}},
		{name: "a constant", mapping: "fields: {external_id: no}\nconstants: {locale: en, bypass_client_trust: true, create_organizations_limit: 3, public_metadata: {from: old}}", content: "no,locale\n1,fr\n",
			want: []string{`external_id=1; public_metadata={"from":"old"}; create_organizations_limit=3; locale=en; bypass_client_trust=true`}},
		{name: "hashers of single rows", mapping: "fields: {external_id: no, password_digest: hash}\ndefaults: {password_hasher: bcrypt}", content: "no,hash,password_hasher\n1,x,\n2,y,md5\n3,,\n",
			want: []string{"external_id=1; password_digest=x; password_hasher=bcrypt", "external_id=2; password_digest=y; password_hasher=md5", "external_id=3"}},
		{name: "what belongs to a password", mapping: "fields: {external_id: no, password: plain}\nconstants: {skip_password_checks: true}", content: "no,plain\n1,x\n2,\n", want: []string{"external_id=1; password=x; skip_password_checks=true", "external_id=2"}},
	} {
		c.run(t)
	}
}

func TestFields(t *testing.T) {
	for _, c := range []mappedCase{
		{name: "when", mapping: "fields:\n  external_id: no\n  banned: {value: true, when: 'state == \"off\"'}", content: "no,state\n1,on\n2,off\n", want: []string{"external_id=1", "external_id=2; banned=true"}},
		{name: "booleans of any spelling", mapping: "fields: {external_id: no, banned: b}", content: "no,b\n1,Yes\n2,0\n3,\n4,perhaps\n", want: []string{"external_id=1; banned=true", "external_id=2; banned=false", "external_id=3", "external_id=4; !error not_a_boolean banned"}},
		{name: "numbers and booleans of JSON", mapping: "fields: {external_id: no, banned: b, create_organizations_limit: n, first_name: name}", file: "a.jsonl",
			content: `{"no":9007199254740993,"b":true,"n":4,"name":"Ada"}` + "\n" + `{"no":1.0,"b":"t","n":"5","name":true}` + "\n",
			want:    []string{"external_id=9007199254740993; first_name=Ada; create_organizations_limit=4; banned=true", "external_id=1.0; create_organizations_limit=5; banned=true; !error wrong_type first_name"}},
		{name: "metadata is kept to the digit", mapping: "fields: {external_id: no, public_metadata: data, private_metadata: 'object({a: data.n, b: data.f, c: data.big, d: data.none})'}", file: "a.jsonl",
			content: `{"no":"1","data":{"n":9007199254740993,"f":0.1,"big":123456789012345678901234567890.5,"z":[1, 2]}}`,
			want:    []string{`external_id=1; public_metadata={"n":9007199254740993,"f":0.1,"big":123456789012345678901234567890.5,"z":[1, 2]}; private_metadata={"a":9007199254740993,"b":0.1,"c":123456789012345678901234567890.5}`}},
		{name: "metadata of a cell with JSON", mapping: "fields: {external_id: no, public_metadata: json(data), unsafe_metadata: data}", content: "no,data\n1,\"{\"\"b\"\":1,\"\"a\"\":[]}\"\n2,{}\n",
			want: []string{`external_id=1; public_metadata={"a":[],"b":1}; unsafe_metadata={"b":1,"a":[]}`, `external_id=2; unsafe_metadata={}`}},
		{name: "lists", mapping: "fields: {external_id: no, web3_wallet: 'split(w, \"/\")', backup_codes: codes}", file: "a.jsonl", content: `{"no":"1","w":"0xA / 0xB","codes":["a","b","a"]}` + "\n" + `{"no":"2","w":"0xA","codes":"a,b"}`,
			want: []string{`external_id=1; backup_codes=["a","b"]; web3_wallet=["0xA","0xB"]`, `external_id=2; backup_codes=["a,b"]; web3_wallet=0xA`}},
		{name: "a value that is refused", mapping: "fields: {external_id: no, created_at: 'timestamp(at, \"ms\")'}", content: "no,at\n1,x\n", want: []string{"external_id=1; !error not_a_time created_at"}},
		{name: "a value that is left out", mapping: "fields: {external_id: no, created_at: {value: 'timestamp(at, \"ms\")', on_error: leave_out}}", content: "no,at\n1,x\n", want: []string{"external_id=1; !warning not_a_time created_at"}},
		{name: "an expression that fails", mapping: "fields: {external_id: no, first_name: a - 1, last_name: 'a.b'}", content: "no,a\n1,x\n2,\n", want: []string{"external_id=1; !error mapping_failed first_name; !error mapping_failed last_name", "external_id=2; !error mapping_failed first_name"}},
		{name: "let", mapping: "let:\n  a: trim(x)\n  b: concat(a, '!')\nfields: {external_id: no, first_name: b}", content: "no,x\n1, Ada \n", want: []string{"external_id=1; first_name=Ada!"}},
		{name: "a let named like a column", mapping: "let: {x: trim(x)}\nfields: {external_id: no, first_name: x, last_name: row.x}", content: "no,x\n1, Ada \n", want: []string{"external_id=1; first_name=Ada; last_name= Ada "}},
		{name: "parameters", mapping: "params: {prefix: {default: old-}, none: }\nfields: {external_id: 'param.prefix + no', first_name: param.none}", settings: mapping.Settings{Params: map[string]string{"prefix": "x="}}, content: "no\n1\n", want: []string{"external_id=x=1"}},
		{name: "a default of a parameter", mapping: "params: {prefix: {default: old-}}\nfields: {external_id: 'param.prefix + no'}", content: "no\n1\n", want: []string{"external_id=old-1"}},
	} {
		c.run(t)
	}
}

func TestRules(t *testing.T) {
	const rules = `
drop:
  - {when: state == "gone", reason: gone}
  - {when: state == "test", reason: a test}
reject:
  - {when: state == "doubtful", reason: ask first}
warn:
  - {when: state == "old", reason: old}
fields: {external_id: no, first_name: name}
`
	mappedCase{mapping: rules, content: "no,name,state\n1,Ada,\n2,Bob,gone\n3,Cyd,test\n4,Dan,doubtful\n5,Eve,old\n", want: []string{
		"external_id=1; first_name=Ada", "external_id=2; !dropped mapping_drop", "external_id=3; !dropped mapping_drop",
		"external_id=4; first_name=Dan; !error mapping_reject", "external_id=5; first_name=Eve; !warning mapping_warn",
	}}.run(t)
}

// Nobody's address becomes verified unless the mapping says that it is.
func TestUnverified(t *testing.T) {
	const one = "fields:\n  external_id: no\n  username: login\n  email_address: {value: mail, verified: ok}\n  phone_number: {value: tel, verified: telok}\n"
	const content = "no,login,mail,ok,tel,telok\n1,,a@b.co,t,,\n2,,a@b.co,f,,\n3,,a@b.co,,,\n4,ada,a@b.co,f,,\n5,,a@b.co,f,+1,t\n6,,a@b.co,f,+1,f\n7,,,f,,\n8,,a@b.co,perhaps,,\n"
	reserve := mapping.Settings{Reserve: true}
	for _, c := range []mappedCase{
		{name: "left out or refused", mapping: one, content: content, want: []string{
			"external_id=1; email_address=a@b.co",
			"external_id=2; !error unverified_only email_address",
			"external_id=3; !error unverified_only email_address",
			"external_id=4; username=ada; !warning unverified_left_out email_address",
			"external_id=5; phone_number=+1; !warning unverified_left_out email_address",
			"external_id=6; !error unverified_only email_address",
			"external_id=7",
			"external_id=8; !error not_a_boolean email_address",
		}},
		{name: "reserved", mapping: one, settings: reserve, content: content, want: []string{
			"external_id=1; email_address=a@b.co",
			"external_id=2; email_address=a@b.co; email_address_identification_status=reserved",
			"external_id=3; email_address=a@b.co; email_address_identification_status=reserved",
			"external_id=4; username=ada; email_address=a@b.co; email_address_identification_status=reserved",
			"external_id=5; email_address=a@b.co; phone_number=+1; email_address_identification_status=reserved",
			"external_id=6; email_address=a@b.co; phone_number=+1; email_address_identification_status=reserved; phone_number_identification_status=reserved",
			"external_id=7",
			"external_id=8; !error not_a_boolean email_address",
		}},
		{name: "an update keeps what there is", mapping: one, settings: mapping.Settings{Mode: migrate.UpdateOnlyMode}, content: "no,login,mail,ok,tel,telok\n2,,a@b.co,f,,\n",
			want: []string{"external_id=2; !warning unverified_left_out email_address"}},
		{name: "some proved, some not", mapping: "fields:\n  external_id: no\n  email_address: {value: 'split(yes, \"|\")', verified: true, unverified: 'split(nope, \"|\")'}\n", settings: reserve,
			content: "no,yes,nope\n1,a@b.co|c@d.co,E@f.co|A@b.co\n2,,x@y.co\n3,,\n", want: []string{
				`external_id=1; email_address=["a@b.co","c@d.co","E@f.co"]; email_address_identification_status=["verified","verified","reserved"]`,
				"external_id=2; email_address=x@y.co; email_address_identification_status=reserved",
				"external_id=3",
			}},
		{name: "the file's own statuses do not count", mapping: one, content: "no,login,mail,ok,tel,telok,email_address_identification_status\n4,ada,a@b.co,f,,,verified\n",
			want: []string{"external_id=4; username=ada; !warning unverified_left_out email_address"}},
	} {
		c.run(t)
	}
}

// A password that cannot be moved refuses the row, or is let go on request.
func TestLosses(t *testing.T) {
	const text = `
fields:
  external_id: no
  password_digest: 'has_prefix(hash, "$wp$") ? no_password("made by WordPress 6.8") : has_prefix(hash, "sha1$") ? rewrite("django", hash) : digest(hash, "bcrypt", "md5")'
  totp_secret: 'has_prefix(secret, "eyJ") ? no_totp("it is encrypted") : totp(secret, algorithm, digits, 30)'
`
	const content = "no,hash,secret,algorithm,digits\n1,5f4dcc3b5aa765d61d8327deb882cf99,JBSWY3DPEHPK3PXP,,\n2,$wp$2y$10$abc,,,\n3,sha1$a$b,,,\n4,what is it,,,\n5,,JBSWY3DPEHPK3PXP,SHA256,6\n6,,JBSWY3DPEHPK3PXP,sha-1,8\n7,,,SHA512,8\n8,$2y$10$short,,,\n9,,eyJpdiI6,,\n"
	for _, c := range []mappedCase{
		{name: "refused", mapping: text, content: content, want: []string{
			"external_id=1; password_digest=5f4dcc3b5aa765d61d8327deb882cf99; password_hasher=md5; totp_secret=JBSWY3DPEHPK3PXP",
			"external_id=2; !error digest_not_migratable password_digest",
			"external_id=3; !error rewrite_impossible password_digest",
			"external_id=4; !error digest_form password_digest",
			"external_id=5; !error totp_parameters totp_secret",
			"external_id=6; !error totp_parameters totp_secret",
			"external_id=7",
			"external_id=8; !error digest_length password_digest",
			"external_id=9; !error totp_not_migratable totp_secret",
		}},
		{name: "let go", mapping: text, settings: mapping.Settings{WithoutPassword: true, WithoutTOTP: true}, content: content, want: []string{
			"external_id=1; password_digest=5f4dcc3b5aa765d61d8327deb882cf99; password_hasher=md5; totp_secret=JBSWY3DPEHPK3PXP",
			"external_id=2; !warning digest_not_migratable password_digest",
			"external_id=3; !warning rewrite_impossible password_digest",
			"external_id=4; !warning digest_form password_digest",
			"external_id=5; !warning totp_parameters totp_secret",
			"external_id=6; !warning totp_parameters totp_secret",
			"external_id=7",
			"external_id=8; !warning digest_length password_digest",
			"external_id=9; !warning totp_not_migratable totp_secret",
		}},
	} {
		c.run(t)
	}
}

// Problems name the columns of the file, and the user, though the row's own
// columns are Clerk's.
func TestProblemsNameTheSource(t *testing.T) {
	m, err := mapping.Read("test.yaml", "let: {m: lower(mail)}\nfields:\n  external_id: no\n  email_address: {value: m, verified: ok}\n  created_at: timestamp(at, 'ms')\n  password_digest: digest(hash, 'md5')\n")
	if err != nil {
		t.Fatal(err)
	}
	mapper, err := m.Open(t.Context(), mapping.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	row := &source.Row{File: "users.csv", Number: 3, Line: 4, Cells: []source.Cell{}}
	cells := map[string]string{"no": "7", "mail": "NOT ONE", "ok": "t", "at": "x", "hash": "hunter2"}
	for _, name := range m.Shape().Columns {
		row.Cells = append(row.Cells, source.Cell{Text: cells[name], Kind: source.Text})
	}
	_, problems := migrate.ParseUser(row, migrate.Rules{Mapper: mapper, Now: time.Now()})
	var got []string
	for _, p := range problems {
		if p.File != "users.csv" || p.Row != 3 || p.Line != 4 || p.Key != "7" || strings.Contains(p.Message, "hunter2") {
			t.Errorf("%+v", p)
		}
		got = append(got, p.Field+" from "+p.From)
	}
	slices.Sort(got)
	if want := []string{"created_at from at", "email_address from mail", "password_digest from hash"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if got := m.SecretColumns(); !slices.Equal(got, []string{"hash"}) {
		t.Errorf("secret columns are %q", got)
	}
}

// Several goroutines map at once, each row by itself.
func TestMapConcurrently(t *testing.T) {
	mapper, template := opened(t, "django", mapping.Settings{Params: map[string]string{"email_verified": "yes"}}), record(t, "django", djangoRow)
	done := make(chan string)
	for range 4 {
		go func() {
			last := ""
			for range 200 {
				row := template
				mapper.Map(&row)
				last = row.ExternalID + row.EmailAddress + row.PasswordHasher + row.CreatedAt
			}
			done <- last
		}()
	}
	for range 4 {
		if got := <-done; got != "17ada@example.compbkdf2_sha256_django2021-03-04T05:06:07.890123Z" {
			t.Errorf("%q", got)
		}
	}
}
