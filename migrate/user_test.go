package migrate_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

var rules = migrate.Rules{Now: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}

const (
	bcryptDigest = "$2b$04$9Q2PeGZkHDOvIcUEfnkN9.zN6gAB8kuxKSz2.1J/bY0rcfx9xY6QK"
	unlikely     = "Zq7!unlikely" // in secret cells; no message may hold it
)

// row makes a row of wire name, text pairs, as a CSV file would.
func row(t testing.TB, cells ...string) *source.Row {
	t.Helper()
	r := &source.Row{File: "users.csv", Number: 1, Line: 2}
	for i := 0; i < len(cells); i += 2 {
		setCell(t, r, cells[i], cells[i+1], source.Text)
	}
	return r
}

func setCell(t testing.TB, r *source.Row, name, text string, kind source.Kind) {
	t.Helper()
	c, ok := source.LookupColumn(name)
	if !ok {
		t.Fatalf("no column %q", name)
	}
	r.Set(c, text, kind)
}

// found lists problems as "severity code field".
func found(problems []migrate.Problem) []string {
	var list []string
	for _, p := range problems {
		list = append(list, fmt.Sprintf("%s %s %s", p.Severity, p.Code, p.Field))
	}
	return list
}

func TestParseUserNamesEachProblem(t *testing.T) {
	long := strings.Repeat("x", 300)
	tests := []struct {
		name  string
		cells []string
		want  []string
	}{
		{"nothing wrong", nil, nil},
		{"external id with a sign", []string{"external_id", "-7"}, []string{"error external_id_sign external_id"}},
		{"external id too long", []string{"external_id", long}, []string{"error external_id_too_long external_id"}},
		{"external id with a space", []string{"external_id", "7 "}, []string{"error external_id_space external_id"}},
		{"external id with a no-break space", []string{"external_id", "7\u00a0"}, []string{"error external_id_space external_id"}},
		{"external id with a byte order mark", []string{"external_id", "\ufeff7"}, []string{"error invisible_character external_id"}},
		{"external id with a zero-width space inside", []string{"external_id", "7\u200b7"}, []string{"warning external_id_invisible external_id"}},
		{"external id with a comma", []string{"external_id", "a,b"}, []string{"warning external_id_comma external_id"}},
		{"control character", []string{"first_name", "A\x1b[31m"}, []string{"error control_character first_name"}},
		{"foreign user id", []string{"user_id", "42"}, []string{"error user_id_shape user_id"}},
		{"long name", []string{"last_name", long}, []string{"error name_too_long last_name"}},
		{"name with an address", []string{"last_name", "see evil.com"}, []string{"warning name_suspicious last_name"}},
		{"name with initials is fine", []string{"first_name", "J.R.R."}, nil},
		{"name with a zero-width space", []string{"first_name", "A\u200bda"}, []string{"warning name_invisible first_name"}},
		{"name with a byte order mark", []string{"first_name", "\ufeffAda"}, []string{"warning name_invisible first_name"}},
		{"name that turns the direction", []string{"last_name", "\u202eadA"}, []string{"warning name_invisible last_name"}},
		{"name with joiners and marks is fine", []string{"first_name", "\u0645\u06cc\u200c\u0631\u200f", "last_name", "\U0001F469\u200d\U0001F467"}, nil},
		{"username with a soft hyphen", []string{"username", "ada\u00adlove"}, []string{"error invisible_character username"}},
		{"username with a dot", []string{"username", "ada.b"}, []string{"warning username_shape username"}},
		{"username of digits", []string{"username", "12345"}, []string{"warning username_shape username"}},
		{"short username", []string{"username", "ab"}, []string{"warning username_shape username"}},
		{"locale", []string{"locale", "english"}, []string{"error locale_invalid locale"}},
		{"locale with underscore", []string{"locale", "en_US"}, []string{"warning locale_rewritten locale"}},
		{"short password", []string{"password", "short"}, []string{"error password_too_short password"}},
		{"long password", []string{"password", long}, []string{"warning password_too_long password"}},
		{"password and digest", []string{"password", "long enough", "password_digest", bcryptDigest, "password_hasher", "bcrypt"}, []string{"error password_and_digest password"}},
		{"digest alone", []string{"password_digest", bcryptDigest}, []string{"error digest_without_hasher password_hasher"}},
		{"hasher alone", []string{"password_hasher", "bcrypt"}, []string{"error hasher_without_digest password_hasher"}},
		{"unknown hasher", []string{"password_digest", bcryptDigest, "password_hasher", "rot13"}, []string{"warning hasher_unknown password_hasher"}},
		{"digest with white space around", []string{"password_digest", bcryptDigest + " ", "password_hasher", "bcrypt"}, []string{"warning digest_trimmed password_digest"}},
		{"hasher with white space around", []string{"password_digest", bcryptDigest, "password_hasher", " bcrypt "}, nil},
		{"skip checks without a password", []string{"skip_password_checks", "true"}, []string{"warning skip_password_checks_without_password skip_password_checks"}},
		{"totp", []string{"totp_secret", unlikely}, []string{"error totp_not_base32 totp_secret"}},
		{"totp in lower case", []string{"totp_secret", "jbsw y3dp ehpk 3pxp"}, []string{"warning totp_rewritten totp_secret"}},
		{"otpauth", []string{"totp_secret", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&digits=6&period=30&algorithm=SHA1"}, nil},
		{"otpauth of another kind", []string{"totp_secret", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&algorithm=SHA256"}, []string{"error totp_parameters totp_secret"}},
		{"otpauth for hotp", []string{"totp_secret", "otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP"}, []string{"error totp_otpauth totp_secret"}},
		{"no backup codes", []string{"backup_codes", "[]"}, []string{"error backup_codes_empty backup_codes"}},
		{"broken backup digest", []string{"backup_codes", "abc|" + bcryptDigest[:40]}, []string{"error backup_code_digest backup_codes"}},
		{"metadata not JSON", []string{"public_metadata", "{"}, []string{"error metadata_invalid public_metadata"}},
		{"metadata with a key twice", []string{"public_metadata", `{"a":1,"a":2}`}, []string{"error metadata_invalid public_metadata"}},
		{"metadata not an object", []string{"unsafe_metadata", "[1]"}, []string{"error metadata_not_object unsafe_metadata"}},
		{"metadata too large", []string{"private_metadata", `{"a":"` + strings.Repeat("x", 9000) + `"}`}, []string{"error metadata_too_large private_metadata"}},
		{"metadata large by white space only", []string{"public_metadata", `{"a":` + strings.Repeat(" ", 9000) + `1}`}, nil},
		{"metadata large by escapes only", []string{"public_metadata", `{"a":"` + strings.Repeat(`\u30b8`, 2700) + `"}`}, nil},
		{"metadata large without them", []string{"public_metadata", `{"a":"` + strings.Repeat(`\u30b8`, 2740) + `"}`}, []string{"error metadata_too_large public_metadata"}},
		{"metadata with a number that no double holds", []string{"public_metadata", `{"a":[1E+400]}`}, []string{"warning metadata_number_range public_metadata"}},
		{"metadata with as many digits", []string{"public_metadata", `{"a":-` + strings.Repeat("9", 310) + `}`}, []string{"warning metadata_number_range public_metadata"}},
		{"metadata with numbers that a double holds", []string{"public_metadata", `{"a":1.7e308,"b":1e-400,"c":"1e999","d":` + strings.Repeat("9", 308) + `,"e5e5e5e555":"` + strings.Repeat("9", 310) + `"}`}, nil},
		{"boolean", []string{"banned", "maybe"}, []string{"error not_a_boolean banned"}},
		{"integer", []string{"create_organizations_limit", "1.5"}, []string{"error not_an_integer create_organizations_limit"}},
		{"negative limit", []string{"create_organizations_limit", "-1"}, []string{"error limit_negative create_organizations_limit"}},
		{"time without zone", []string{"created_at", "2024-01-01 00:00:00"}, []string{"error not_rfc3339 created_at"}},
		{"time in the future", []string{"created_at", "2027-01-01T00:00:00Z"}, []string{"error time_in_future created_at"}},
		{"time before 1970", []string{"legal_accepted_at", "0001-01-01T00:00:00Z"}, []string{"error time_too_early legal_accepted_at"}},
		{"e-mail", []string{"email_address", "a b@example.com"}, []string{"error email_invalid email_address"}},
		{"e-mail with a name", []string{"email_address", "A <a@example.com>"}, []string{"error email_invalid email_address"}},
		{"e-mail without a dot", []string{"email_address", "a@localhost"}, []string{"error email_invalid email_address"}},
		{"e-mail in a private domain", []string{"email_address", "a@corp.internal"}, []string{"error email_domain_reserved email_address"}},
		{"e-mail in an international domain", []string{"email_address", "a@bücher.example.org"}, nil},
		{"e-mail twice", []string{"email_address", "a@example.com|A@example.com"}, []string{"error repeated_item email_address"}},
		{"e-mail twice in two Unicode forms", []string{"email_address", "ren\u00e9@example.com|rene\u0301@EXAMPLE.com"}, []string{"error repeated_item email_address"}},
		{"e-mail with a zero-width space", []string{"email_address", "a\u200bb@example.com"}, []string{"error invisible_character email_address"}},
		{"empty item", []string{"email_address", "a@example.com,"}, []string{"error blank_item email_address"}},
		{"phone", []string{"phone_number", "0151 23"}, []string{"error phone_not_e164 phone_number"}},
		{"impossible phone", []string{"phone_number", "+1202555"}, []string{"error phone_impossible phone_number"}},
		{"unassigned phone", []string{"phone_number", "+12005550123"}, []string{"warning phone_not_valid phone_number"}},
		{"wallet", []string{"web3_wallet", "0x12"}, []string{"error wallet_invalid web3_wallet"}},
		{"status", []string{"email_address", "a@example.com", "email_address_identification_status", "maybe"}, []string{"error status_value email_address_identification_status"}},
		{"statuses", []string{"email_address", "a@example.com", "email_address_identification_status", "verified,reserved"}, []string{"error status_count email_address_identification_status"}},
		{"identification id", []string{"primary_email_address_id", "x"}, []string{"error identification_id_shape primary_email_address_id"}},
		{"mail to users", []string{"primary_email_address_id", "idn_1", "notify_primary_email_address_changed", "true"}, []string{"error notifications_not_allowed notify_primary_email_address_changed"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cells := append([]string{"external_id", "7", "username", "ada_lovelace"}, test.cells...)
			_, problems := migrate.ParseUser(row(t, cells...), rules)
			if diff := cmp.Diff(test.want, found(problems)); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			for _, p := range problems {
				if strings.Contains(p.Message, unlikely) || strings.Contains(p.Message, bcryptDigest) || len(p.Message) < 20 {
					t.Errorf("message %q", p.Message)
				}
			}
		})
	}
}

func TestParseUserFitsTheMode(t *testing.T) {
	tests := []struct {
		mode  migrate.Mode
		cells []string
		want  []string
	}{
		{migrate.Upsert, []string{"external_id", "7"}, []string{"warning no_identifier email_address"}},
		{migrate.CreateOnlyMode, []string{"external_id", "7"}, []string{"error no_identifier email_address"}},
		{migrate.CreateOnlyMode, []string{"external_id", "7", "skip_user_requirement", "yes"}, nil},
		{migrate.UpdateOnlyMode, []string{"external_id", "7"}, nil},
		{migrate.UpdateOnlyMode, []string{"username", "ada_l"}, []string{"error no_key external_id"}},
		{migrate.Upsert, []string{"username", "ada_l"}, nil},
		{migrate.CreateOnlyMode, []string{"user_id", "user_1", "username", "ada_l"}, []string{"error user_id_in_create user_id"}},
		{migrate.UpdateOnlyMode, []string{"external_id", "7", "banned", "true"}, []string{"warning create_only_column banned"}},
		{migrate.CreateOnlyMode, []string{"username", "ada_l", "profile_image_id", "img_1"}, []string{"warning update_only_column profile_image_id"}},
		{migrate.Upsert, []string{"email_address", "not one"}, []string{"error email_invalid email_address"}},
	}
	for _, test := range tests {
		r := rules
		r.Mode = test.mode
		_, problems := migrate.ParseUser(row(t, test.cells...), r)
		if diff := cmp.Diff(test.want, found(problems)); diff != "" {
			t.Errorf("%v %v (-want +got):\n%s", test.mode, test.cells, diff)
		}
	}
}

func TestParseUserStrict(t *testing.T) {
	strict := rules
	strict.Strict = true
	_, problems := migrate.ParseUser(row(t, "username", "ada_l", "password_digest", bcryptDigest, "password_hasher", "rot13"), strict)
	if diff := cmp.Diff([]string{"error hasher_unknown password_hasher"}, found(problems)); diff != "" {
		t.Error(diff)
	}
}

func TestParseUserTellsAbsentFromEmpty(t *testing.T) {
	r := row(t, "external_id", "7", "username", "ada_l")
	setCell(t, r, "last_name", "", source.Text) // JSON ""
	u, problems := migrate.ParseUser(r, rules)
	if len(problems) > 0 || u.LastName == nil || *u.LastName != "" || u.FirstName != nil {
		t.Errorf("%v, last name %v, first name %v", problems, u.LastName, u.FirstName)
	}
	body, err := migrate.Encode(u.UpdateRequest())
	if err != nil || string(body) != `{"external_id":"7","last_name":"","username":"ada_l"}` {
		t.Errorf("%s, %v", body, err)
	}
}

func TestParseUserJSONTypes(t *testing.T) {
	tests := []struct {
		column, text string
		kind         source.Kind
		want         []string
	}{
		{"external_id", "12345678901234567890", source.Number, []string{"warning number_as_text external_id"}},
		{"external_id", "10.0", source.Number, []string{"error number_not_whole external_id"}},
		{"external_id", "1E5", source.Number, []string{"error number_not_whole external_id"}},
		{"external_id", "true", source.Bool, []string{"error wrong_type external_id"}},
		{"password", "12345678", source.Number, []string{"error wrong_type password"}},
		{"banned", "1", source.Number, nil},
		{"banned", "{}", source.Object, []string{"error wrong_type banned"}},
		{"create_organizations_limit", "5", source.Number, nil},
		{"create_organizations_limit", "[]", source.List, []string{"error wrong_type create_organizations_limit"}},
		{"email_address", `["a@example.com"]`, source.List, nil},
		{"email_address", `[1]`, source.List, []string{"error not_a_list email_address"}},
		{"email_address", `{}`, source.Object, []string{"error not_a_list email_address"}},
		{"created_at", "1700000000", source.Number, []string{"error not_rfc3339 created_at"}},
		{"public_metadata", `{"n":9007199254740993}`, source.Object, nil},
		{"public_metadata", `5`, source.Number, []string{"error metadata_not_object public_metadata"}},
	}
	for _, test := range tests {
		r := row(t, "username", "ada_lovelace")
		setCell(t, r, test.column, test.text, test.kind)
		_, problems := migrate.ParseUser(r, rules)
		if diff := cmp.Diff(test.want, found(problems)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.column, test.text, diff)
		}
	}
}
