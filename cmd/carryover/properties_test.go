package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A property is a member of a request: how it stands in CSV and in JSONL, and
// the JSON that Clerk must get. The names and values are written out here, not
// taken from the program's types.
type property struct {
	name string
	cell string // of CSV
	text string // JSON, in JSONL and on the wire
}

// shared are the properties of CreateUserRequest and UpdateUserRequest alike
// but for the password, of which there are two kinds.
var shared = []property{
	{"external_id", "legacy-1", `"legacy-1"`},
	{"first_name", "Zoë", `"Zoë"`},
	{"last_name", `O"Hara, Jr`, `"O\"Hara, Jr"`},
	{"username", "zoe_1", `"zoe_1"`},
	{"locale", "pt-BR", `"pt-BR"`},
	{"totp_secret", "JBSWY3DPEHPK3PXP", `"JBSWY3DPEHPK3PXP"`},
	{"backup_codes", "code-one|code-two", `["code-one","code-two"]`},
	{"public_metadata", `{"big":9007199254740993,"exact":1.50,"n":null}`, `{"big":9007199254740993,"exact":1.50,"n":null}`},
	{"private_metadata", `{"a":[1,"<b>&"]}`, `{"a":[1,"<b>&"]}`},
	{"unsafe_metadata", `{}`, `{}`},
	{"delete_self_enabled", "false", `false`},
	{"create_organization_enabled", "yes", `true`},
	{"create_organizations_limit", "0", `0`},
	{"legal_accepted_at", "2024-02-29T12:00:00.123Z", `"2024-02-29T12:00:00.123Z"`},
	{"skip_legal_checks", "1", `true`},
	{"created_at", "2015-06-07T08:09:10+05:30", `"2015-06-07T08:09:10+05:30"`},
	{"bypass_client_trust", "t", `true`},
}

var plainPassword = []property{
	{"password", "correct horse battery", `"correct horse battery"`},
	{"skip_password_checks", "true", `true`},
}

var digest = []property{
	{"password_digest", bcryptSample, `"` + bcryptSample + `"`},
	{"password_hasher", "bcrypt", `"bcrypt"`},
}

const bcryptSample = "$2y$10$VWdfe6PGqQshrht8rC6AjuX0NiutqXBiIhE8Y6uE9it4ipps4UtAq"

var updateOnly = []property{
	{"primary_email_address_id", "idn_mail", `"idn_mail"`},
	{"notify_primary_email_address_changed", "true", `true`},
	{"primary_phone_number_id", "idn_phone", `"idn_phone"`},
	{"primary_web3_wallet_id", "idn_wallet", `"idn_wallet"`},
	{"profile_image_id", "img_1", `"img_1"`},
	{"sign_out_of_other_sessions", "true", `true`},
}

var createOnly = []property{
	{"email_address", "zoe@example.com,zoe2@example.com", `["zoe@example.com","zoe2@example.com"]`},
	{"email_address_identification_status", "verified|reserved", `["verified","reserved"]`},
	{"phone_number", `["+12025550123"]`, `["+12025550123"]`},
	{"phone_number_identification_status", "reserved", `["reserved"]`},
	{"web3_wallet", "0x011842c1bb20bbe6619102ee880b31b0b008e006", `["0x011842c1bb20bbe6619102ee880b31b0b008e006"]`},
	{"skip_user_requirement", "true", `true`},
	{"skip_restriction_checks", "true", `true`},
	{"banned", "true", `true`},
	{"locked", "false", `false`},
}

var withoutPassword = []property{{"skip_password_requirement", "true", `true`}}

func join(lists ...[]property) (all []property) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// A spelling turns a wire name into what a column may be called.
var spellings = map[string]func(string) string{
	"snake_case": func(name string) string { return name },
	"camelCase":  camel,
	"camelCaseID": func(name string) string { // primaryEmailAddressID
		if base, ok := strings.CutSuffix(camel(name), "Id"); ok {
			return base + "ID"
		}
		return camel(name)
	},
	"spaces":  func(name string) string { return strings.ReplaceAll(name, "_", " ") },
	"Titles":  func(name string) string { return strings.ToUpper(name[:1]) + strings.ReplaceAll(name[1:], "_", " ") },
	"hyphens": func(name string) string { return strings.ReplaceAll(name, "_", "-") },
}

func camel(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words[1:] {
		words[i+1] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, "")
}

// asCSV writes one row.
func asCSV(t *testing.T, row []property, spell func(string) string) []byte {
	t.Helper()
	var names, cells []string
	for _, p := range row {
		names, cells = append(names, spell(p.name)), append(cells, p.cell)
	}
	var b bytes.Buffer
	if err := csv.NewWriter(&b).WriteAll([][]string{names, cells}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// asJSONL writes one line.
func asJSONL(row []property, spell func(string) string) []byte {
	var members []string
	for _, p := range row {
		members = append(members, fmt.Sprintf("%q:%s", spell(p.name), p.text))
	}
	return []byte("{" + strings.Join(members, ",") + "}\n")
}

// members is the body that a row must become.
func members(t *testing.T, row []property) map[string]any {
	t.Helper()
	return decodeObject(t, asJSONL(row, func(name string) string { return name }))
}

// eachSpelling runs a test for each way to write a row.
func eachSpelling(t *testing.T, row []property, test func(t *testing.T, file string)) {
	t.Helper()
	for name, spell := range spellings {
		if testing.Short() && name != "camelCaseID" && name != "hyphens" {
			continue
		}
		for ext, content := range map[string][]byte{"csv": asCSV(t, row, spell), "jsonl": asJSONL(row, spell)} {
			t.Run(ext+"/"+name, func(t *testing.T) {
				t.Parallel()
				test(t, writeFile(t, filepath.Join(t.TempDir(), "users."+ext), content))
			})
		}
	}
}

func TestEveryPropertyOfAnUpdateArrives(t *testing.T) {
	for name, secret := range map[string][]property{"password": plainPassword, "password_digest": digest} {
		t.Run(name, func(t *testing.T) {
			properties := join(shared, updateOnly, secret)
			row := append([]property{{"user_id", "user_abc", `"user_abc"`}}, properties...)
			eachSpelling(t, row, func(t *testing.T, file string) {
				r := newRecorder(t)
				carryover(t, exitOK, filepath.Dir(file), r.env(), "run", file, "--mode", "update", "--strict", "--allow-notifications", "-q")
				checkBody(t, r.all(http.MethodPatch, "/users/user_abc"), members(t, properties))
			})
		})
	}
}

func TestEveryPropertyOfACreateArrives(t *testing.T) {
	for name, secret := range map[string][]property{"password": plainPassword, "password_digest": digest, "none": withoutPassword} {
		t.Run(name, func(t *testing.T) {
			properties := join(shared, createOnly, secret)
			eachSpelling(t, properties, func(t *testing.T, file string) {
				r := newRecorder(t)
				carryover(t, exitOK, filepath.Dir(file), r.env(), "run", file, "--mode", "create", "--strict", "-q")
				checkBody(t, r.all(http.MethodPost, "/users"), members(t, properties))
			})
		})
	}
}

// checkBody wants one request with exactly these members and values.
func checkBody(t *testing.T, requests []recorded, want map[string]any) {
	t.Helper()
	if len(requests) != 1 {
		t.Fatalf("%d requests, want one", len(requests))
	}
	if diff := cmp.Diff(want, decodeObject(t, requests[0].body)); diff != "" {
		t.Errorf("(-row +request):\n%s", diff)
	}
}

// What a row does not say is not said to Clerk either: absent, empty and set
// are three things.
func TestAbsentStaysAbsent(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ name, content, want string }{
		{"empty.csv", "user_id,first_name,last_name,public_metadata\nuser_abc,Ada,,\n", `{"first_name":"Ada"}`},
		{"null.jsonl", `{"user_id":"user_abc","first_name":"Ada","last_name":null,"public_metadata":null}`, `{"first_name":"Ada"}`},
		{"set.jsonl", `{"user_id":"user_abc","first_name":"Ada","last_name":""}`, `{"first_name":"Ada","last_name":""}`},
	} {
		r := newRecorder(t)
		carryover(t, exitOK, folder, r.env(), "run", writeFile(t, filepath.Join(folder, c.name), []byte(c.content)), "--mode", "update", "-q")
		checkBody(t, r.all(http.MethodPatch, "/users/user_abc"), decodeObject(t, []byte(c.want)))
	}
}

// From 2026-05-12 on, Clerk takes metadata in a request of its own.
func TestMetadataGoesApart(t *testing.T) {
	folder := t.TempDir()
	row := join([]property{{"user_id", "user_abc", `"user_abc"`}}, shared, digest)
	file := writeFile(t, filepath.Join(folder, "users.jsonl"), asJSONL(row, camel))
	r := newRecorder(t)
	carryover(t, exitOK, folder, r.env(), "run", file, "--mode", "update", "--api-version", "2026-05-12", "-q")
	apart := map[string]any{}
	profile := members(t, join(shared, digest))
	for _, name := range []string{"public_metadata", "private_metadata", "unsafe_metadata"} {
		apart[name] = profile[name]
		delete(profile, name)
	}
	checkBody(t, r.all(http.MethodPatch, "/users/user_abc"), profile)
	checkBody(t, r.all(http.MethodPut, "/users/user_abc/metadata"), apart)
}

// Numbers in metadata keep their digits, not only their value.
func TestNumbersKeepTheirDigits(t *testing.T) {
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), asCSV(t, join(shared, createOnly, digest), camel))
	r := newRecorder(t)
	carryover(t, exitOK, folder, r.env(), "run", file, "--mode", "create", "-q")
	var body struct {
		Public json.RawMessage `json:"public_metadata"`
	}
	requests := r.all(http.MethodPost, "/users")
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	if err := json.Unmarshal(requests[0].body, &body); err != nil {
		t.Fatal(err)
	}
	if want := `{"big":9007199254740993,"exact":1.50,"n":null}`; string(body.Public) != want {
		t.Errorf("public_metadata is %s, want %s", body.Public, want)
	}
}
