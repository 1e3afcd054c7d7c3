package sandbox_test

import (
	"strings"
	"testing"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

const (
	v25 = "2025-11-10"
	v26 = "2026-05-12"
)

func TestRefusals(t *testing.T) {
	b := startBox(t, sandbox.Config{UserLimit: -1})
	id := b.add(`{"username":"present"}`)
	long := strings.Repeat("x", 9000)
	post := func(members string) [3]string {
		return [3]string{"POST", "/v1/users", `{"username":"some-one",` + members + `}`}
	}
	patch := func(body string) [3]string { return [3]string{"PATCH", "/v1/users/" + id, body} }

	for _, tt := range []struct {
		name    string
		request [3]string
		status  int
		codes   string
	}{
		{"not JSON", [3]string{"POST", "/v1/users", `{"username":`}, 400, "request_body_invalid"},
		{"not an object", [3]string{"POST", "/v1/users", `[]`}, 400, "request_body_invalid"},
		{"two objects", [3]string{"POST", "/v1/users", `{}{}`}, 400, "request_body_invalid"},
		{"a name twice", post(`"first_name":"a","first_name":"b"`), 400, "request_body_invalid"},
		{"invalid UTF-8", post("\"first_name\":\"\xff\""), 400, "request_body_invalid"},
		{"too big", post(`"first_name":"` + strings.Repeat("x", 1<<20) + `"`), 413, "request_body_too_large"},
		{"unknown member", post(`"nick_name":"x"`), 422, "form_param_unknown nick_name"},
		{"member in another case", post(`"First_Name":"x"`), 422, "form_param_unknown First_Name"},
		{"two problems", post(`"nick_name":"x","first_name":1`), 422, "form_param_unknown nick_name, form_param_type_invalid first_name"},
		{"update's member on create", post(`"primary_email_address_id":"idn_x"`), 422, "form_param_unknown primary_email_address_id"},
		{"create's member on update", patch(`{"email_address":["a@example.com"]}`), 422, "form_param_unknown email_address"},
		{"banned on update", patch(`{"banned":true}`), 422, "form_param_unknown banned"},
		{"null list", post(`"email_address":null`), 422, "form_param_nil email_address"},
		{"null digest on update", patch(`{"password_digest":null}`), 422, "form_param_nil password_digest"},
		{"string for bool", post(`"banned":"true"`), 422, "form_param_type_invalid banned"},
		{"float for integer", post(`"create_organizations_limit":1.5`), 422, "form_param_type_invalid create_organizations_limit"},
		{"string for list", post(`"email_address":"a@example.com"`), 422, "form_param_type_invalid email_address"},
		{"number in list", post(`"backup_codes":["a",1]`), 422, "form_param_type_invalid backup_codes"},
		{"list for object", post(`"public_metadata":[]`), 422, "form_param_type_invalid public_metadata"},
		{"no identifier", [3]string{"POST", "/v1/users", `{"external_id":"x"}`}, 422, "form_data_missing"},

		{"e-mail without domain", post(`"email_address":["ada"]`), 422, "form_param_format_invalid email_address"},
		{"e-mail on a private domain", post(`"email_address":["ada@host.local"]`), 422, "form_param_format_invalid email_address"},
		{"e-mail twice", post(`"email_address":["ada@example.com","ADA@example.com"]`), 422, "form_param_duplicate email_address"},
		{"too few statuses", post(`"email_address":["a@example.com","b@example.com"],"email_address_identification_status":["verified"]`), 422, "form_param_value_invalid email_address_identification_status"},
		{"unknown status", post(`"phone_number":["+15555550101"],"phone_number_identification_status":["unverified"]`), 422, "form_param_value_invalid phone_number_identification_status"},
		{"phone not E.164", post(`"phone_number":["555-0100"]`), 422, "form_param_format_invalid phone_number"},
		{"wallet", post(`"web3_wallet":["0x12"]`), 422, "form_param_format_invalid web3_wallet"},
		{"short username", patch(`{"username":"abc"}`), 422, "form_username_invalid_length username"},
		{"username with a dot", patch(`{"username":"a.b.c"}`), 422, "form_username_invalid_character username"},
		{"username of digits", patch(`{"username":"12345"}`), 422, "form_username_needs_non_number_char username"},
		{"long external_id", post(`"external_id":"` + strings.Repeat("x", 256) + `"`), 422, "form_param_max_length_exceeded external_id"},
		{"URL as name", post(`"first_name":"see https://example.com"`), 422, "form_param_value_invalid first_name"},
		{"HTML as name", post(`"last_name":"<b>x</b>"`), 422, "form_param_value_invalid last_name"},
		{"locale", post(`"locale":"en_US"`), 422, "form_param_value_invalid locale"},

		{"short password", post(`"password":"2short"`), 422, "form_password_length_too_short password"},
		{"short password, unchecked", post(`"password":"","skip_password_checks":true`), 422, "form_param_missing password"},
		{"long password", post(`"password":"` + strings.Repeat("x", 73) + `","skip_password_checks":true`), 422, "form_password_size_in_bytes_exceeded password"},
		{"breached password", post(`"password":"Password1"`), 422, "form_password_pwned password"},
		{"password and digest", post(`"password":"violet-otter-42","password_digest":"x","password_hasher":"md5"`), 422, "form_conditional_param_disallowed password"},
		{"digest alone", post(`"password_digest":"` + bcryptDigest + `"`), 422, "form_conditional_param_missing password_hasher"},
		{"hasher alone", post(`"password_hasher":"bcrypt"`), 422, "form_conditional_param_missing password_digest"},
		{"digest of another hasher", post(`"password_digest":"` + bcryptDigest + `","password_hasher":"md5"`), 422, "form_password_digest_invalid_code password_digest"},
		{"unknown hasher", post(`"password_digest":"` + bcryptDigest + `","password_hasher":"rot13"`), 422, "form_param_value_invalid password_hasher"},
		{"checks without password", patch(`{"skip_password_checks":true}`), 422, "form_conditional_param_disallowed skip_password_checks"},
		{"sign-out without password", patch(`{"sign_out_of_other_sessions":true}`), 422, "form_conditional_param_disallowed sign_out_of_other_sessions"},
		{"TOTP secret", post(`"totp_secret":"not base32!"`), 422, "invalid_totp_secret_code totp_secret"},
		{"no backup codes", post(`"backup_codes":[]`), 422, "form_param_value_invalid backup_codes"},
		{"empty backup code", post(`"backup_codes":["a"," "]`), 422, "form_param_value_invalid backup_codes"},
		{"backup code of half a digest", post(`"backup_codes":["$2b$10$short"]`), 422, "form_param_value_invalid backup_codes"},

		{"big metadata", post(`"unsafe_metadata":{"x":"` + long + `"}`), 422, "form_param_exceeds_allowed_size unsafe_metadata"},
		{"negative limit", post(`"create_organizations_limit":-1`), 422, "form_param_value_invalid create_organizations_limit"},
		{"date without time", post(`"created_at":"2020-01-02"`), 422, "form_param_invalid_time created_at"},
		{"future", post(`"created_at":"2999-01-02T03:04:05Z"`), 422, "form_disallow_future_date created_at"},
		{"future consent", post(`"legal_accepted_at":"2999-01-02T03:04:05Z"`), 422, "form_disallow_future_date legal_accepted_at"},

		{"metadata endpoint", [3]string{"PUT", "/v1/users/" + id + "/metadata", `{"first_name":"x"}`}, 422, "form_param_unknown first_name"},
		{"metadata null", [3]string{"PATCH", "/v1/users/" + id + "/metadata", `{"public_metadata":null}`}, 422, "form_param_nil public_metadata"},
		{"method", [3]string{"PUT", "/v1/users", `{}`}, 405, "method_not_allowed"},
		{"path", [3]string{"GET", "/v1/organizations", ``}, 404, "resource_not_found"},
		{"path outside", [3]string{"GET", "/users", ``}, 404, "resource_not_found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := b.do(tt.request[0], tt.request[1], tt.request[2])
			if got := strings.Join(a.codes(t), ", "); a.status != tt.status || got != tt.codes {
				t.Errorf("got %d %s\nwant %d %s\n%s", a.status, got, tt.status, tt.codes, a.body)
			}
		})
	}
	if n := len(b.Users()); n != 1 {
		t.Errorf("%d users: a refused request made one", n)
	}
}

func TestTaken(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	for _, body := range []string{
		`{"external_id":"a","skip_user_requirement":true}`,
		`{"username":"from_2019-x"}`,
		`{"username":"names","first_name":"O'Brien-Ñandú 😀","last_name":"van der <3"}`,
		`{"email_address":["ünï@bücher.de"]}`,
		`{"email_address":["a+b.c_d@sub.example.co.uk"],"email_address_identification_status":[]}`,
		`{"web3_wallet":["4Nd1mYvN8Qq5bM3z7uW2fJ6kX9sT1rPaBcDeFgHiJkLm"]}`,
		`{"username":"quoted","first_name":"a\u0022b\\c","\u006cast_name":"escaped member name"}`,
		`{"username":"short-pw","password":"abc","skip_password_checks":true}`,
		`{"username":"lower-totp","totp_secret":"gezdgnbvgy3tqojq======"}`,
		`{"username":"nulls","external_id":null,"password":null,"created_at":null,"banned":null}`,
	} {
		if _, err := b.AddUser([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	if u := b.Users()[6]; *u.FirstName != `a"b\c` || u.LastName == nil {
		t.Errorf("escapes: %+v", u)
	}
	if got := b.user("GET", "/v1/users/"+b.Users()[6].ID, "")["first_name"]; got != `a"b\c` {
		t.Errorf("escapes in the answer: %v", got)
	}
}

func TestRequire(t *testing.T) {
	b := startBox(t, sandbox.Config{Require: []string{"password", "legal_accepted_at", "first_name"}})
	for _, tt := range []struct{ body, want string }{
		{`{"username":"aaaa"}`, `["password" "legal_accepted_at" "first_name"] data doesn't match user requirements set for this instance`},
		{`{"username":"aaaa","skip_user_requirement":true}`, `["password" "legal_accepted_at"] data doesn't match user requirements set for this instance`},
		{`{"username":"aaaa","skip_user_requirement":true,"skip_legal_checks":true}`, `["password"] data doesn't match user requirements set for this instance`},
	} {
		a := b.do("POST", "/v1/users", tt.body)
		got := a.object(t)["errors"].([]any)[0].(map[string]any)
		if got["code"] != "form_data_missing" || got["long_message"] != tt.want {
			t.Errorf("%s: %v", tt.body, got)
		}
	}
	b.add(`{"username":"aaaa","skip_user_requirement":true,"skip_legal_checks":true,"skip_password_requirement":true}`)
	b.add(`{"username":"bbbb","first_name":"B","legal_accepted_at":"2020-01-01T00:00:00Z","password":"violet-otter-42"}`)
}

func TestVersions(t *testing.T) {
	b := startBox(t, sandbox.Config{UserLimit: -1})
	id := b.add(`{"username":"some-one"}`)
	for _, tt := range []struct {
		version, method, path string
		status                int
		codes                 []string
	}{
		{"", "PATCH", "", 200, nil},
		{v25, "PATCH", "", 200, nil},
		{v26, "PATCH", "", 422, []string{"form_param_unknown public_metadata"}},
		{v26, "PUT", "/metadata", 200, nil},
		{v26, "PATCH", "/metadata", 200, nil},
		{v25, "PUT", "/metadata", 200, nil},
		{"2031-01-01", "PATCH", "", 400, []string{"api_version_invalid"}},
	} {
		a := b.do(tt.method, "/v1/users/"+id+tt.path, `{"public_metadata":{"a":1}}`, "Clerk-API-Version", tt.version)
		var codes []string
		if a.status != 200 {
			codes = a.codes(t)
		}
		if diff := cmp.Diff(tt.codes, codes); a.status != tt.status || diff != "" {
			t.Errorf("version %q, %s %s: status %d %s", tt.version, tt.method, tt.path, a.status, diff)
		}
	}
	if a := b.do("POST", "/v1/users", `{"username":"at-create","public_metadata":{"a":1}}`, "Clerk-API-Version", v26); a.status != 200 {
		t.Errorf("create with metadata in %s: %d", v26, a.status)
	}
}

func TestAnyUsername(t *testing.T) {
	b := startBox(t, sandbox.Config{AnyUsername: true})
	for name, want := range map[string]int{"ada.bell weather@home": 200, "12345": 422, "a.b": 422} {
		if a := b.do("POST", "/v1/users", `{"username":"`+name+`"}`); a.status != want {
			t.Errorf("%s: %d, want %d", name, a.status, want)
		}
	}
}

func TestRestrictionFlag(t *testing.T) {
	b := startBox(t, sandbox.Config{DisableRestrictionFlag: true})
	a := b.do("POST", "/v1/users", `{"username":"some-one","skip_restriction_checks":true}`)
	if diff := cmp.Diff([]string{"form_param_unknown skip_restriction_checks"}, a.codes(t)); a.status != 422 || diff != "" {
		t.Errorf("%d %s", a.status, diff)
	}
}

func TestKeys(t *testing.T) {
	open := startBox(t, sandbox.Config{})
	one := startBox(t, sandbox.Config{Key: "sk_live_sandbox_one"})
	for _, tt := range []struct {
		box    *box
		header string
		status int
		code   string
	}{
		{open, "Bearer sk_test_anything", 200, ""},
		{open, "bearer sk_live_sandbox", 200, ""},
		{open, "", 401, "authorization_header_format_invalid"},
		{open, "sk_test_anything", 401, "authorization_header_format_invalid"},
		{open, "Basic c2s6", 401, "authorization_header_format_invalid"},
		{open, "Bearer a b", 401, "authorization_header_format_invalid"},
		{open, "Bearer sk_live_canary", 401, "clerk_key_invalid"},
		{open, "Bearer pk_test_canary", 401, "clerk_key_invalid"},
		{one, "Bearer sk_live_sandbox_one", 200, ""},
		{one, "Bearer sk_test_canary", 401, "authentication_invalid"},
	} {
		a := tt.box.do("GET", "/v1/instance", "", "Authorization", tt.header)
		if a.status != tt.status {
			t.Errorf("%q: status %d, want %d", tt.header, a.status, tt.status)
		}
		if tt.code != "" && !cmp.Equal(a.codes(t), []string{tt.code}) {
			t.Errorf("%q: %v, want %s", tt.header, a.codes(t), tt.code)
		}
		if strings.Contains(string(a.body), "canary") {
			t.Errorf("%q: the answer repeats the key", tt.header)
		}
	}
	if a := open.do("POST", "/v1/users", "{}", "Content-Type", "text/plain"); a.status != 415 {
		t.Errorf("content type: %d", a.status)
	}
	if a := open.do("POST", "/v1/users", `{"username":"charset"}`, "Content-Type", "application/json; charset=utf-8"); a.status != 200 {
		t.Errorf("content type with charset: %d", a.status)
	}
}
