package clerk

import (
	"errors"
	"strings"
	"testing"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
)

// attr writes one attribute as the Frontend API does.
func attr(name string, enabled, required, first bool, factors string) string {
	word := map[bool]string{true: "true", false: "false"}
	return `"` + name + `":{"enabled":` + word[enabled] + `,"required":` + word[required] + `,"used_for_first_factor":` + word[first] +
		`,"first_factors":[` + factors + `],"used_for_second_factor":false,"second_factors":[],"verifications":[],"verify_at_sign_up":false,"name":"` + name + `"}`
}

// environmentText is an answer with the members that Clerk's has, and some that
// nobody knows.
func environmentText(emailFactors, more string) string {
	return `{"object":"environment","id":"","auth_config":{"object":"auth_config","single_session_mode":true},` +
		`"display_config":{"object":"display_config","instance_environment_type":"development","support_email":null},"user_settings":{"attributes":{` +
		strings.Join([]string{
			attr("email_address", true, true, true, emailFactors), attr("phone_number", false, true, false, ""), attr("username", true, false, true, ""),
			attr("web3_wallet", false, false, false, ""), attr("first_name", true, true, false, ""), attr("last_name", true, false, false, ""),
			attr("password", true, true, false, ""), attr("authenticator_app", true, false, false, ""), attr("backup_code", false, false, false, ""),
			attr("passkey", false, false, false, ""), attr("ticket", true, false, false, ""),
		}, ",") +
		`},"sign_up":{"mode":"public","legal_consent_enabled":true},"sign_in":{"second_factor":{"required":false}},` +
		`"username_settings":{"min_length":4,"max_length":64,"allow_extended_special_characters":false},` +
		`"password_settings":{"min_length":10,"max_length":0},"saml":{"enabled":false},"enterprise_sso":{"enabled":false}` + more +
		`},"organization_settings":{"enabled":false},"maintenance_mode":false}`
}

func TestParseEnvironment(t *testing.T) {
	google := func(enabled string) string {
		return `,"social":{"oauth_google":{"enabled":` + enabled + `,"authenticatable":true}}`
	}
	want := migrate.Settings{
		EmailAddress: migrate.SettingRequired, PhoneNumber: migrate.SettingOff, Username: migrate.SettingOn, Web3Wallet: migrate.SettingOff,
		FirstName: migrate.SettingRequired, LastName: migrate.SettingOn, Password: migrate.SettingRequired,
		TOTP: migrate.SettingOn, BackupCodes: migrate.SettingOff, LegalConsent: migrate.SettingRequired,
		SignIn:             migrate.SignInSettings{EmailAddress: migrate.SettingOn, PhoneNumber: migrate.SettingOff, Username: migrate.SettingOn, Web3Wallet: migrate.SettingOff},
		UsernameCharacters: migrate.SettingOff, UsernameMin: 4, UsernameMax: 64, PasswordMin: 10,
	}
	for name, c := range map[string]struct {
		factors, more string
		only          migrate.Setting
	}{
		"a code by e-mail":     {`"email_code"`, google("false"), migrate.SettingOff},
		"a connection":         {"", google("true"), migrate.SettingOff},
		"nothing else":         {"", google("false"), migrate.SettingOn},
		"connections not told": {"", "", migrate.SettingUnknown},
	} {
		got, kind, err := parseEnvironment([]byte(environmentText(c.factors, c.more)))
		want.PasswordOnly = c.only
		if d := cmp.Diff(want, got); d != "" || kind != "development" || err != nil {
			t.Errorf("%s: %q, %v (-want +got)\n%s", name, kind, err, d)
		}
	}
}

// Half of an answer is not believed, and what is left out is not off.
func TestParseEnvironmentIsCareful(t *testing.T) {
	for _, text := range []string{
		"", "null", "{}", "[]", "<html>", `"x"`, `{"user_settings":null}`, `{"user_settings":{"attributes":{}}}`,
		`{"user_settings":{"attributes":{"email_address":null}}}`,
		`{"user_settings":{"attributes":{"email_address":{"enabled":"no"}}}}`,
		`{"user_settings":{"attributes":{"email_address":{"enabled":1,"required":0}}}}`,
		`{"user_settings":{"attributes":[{"name":"email_address","enabled":false}]}}`,
		`{"user_settings":{"attributes":{"phone_number":{"enabled":false}},"username_settings":{"min_length":4.5}}}`,
		`{"user_settings":{"attributes":{"phone_number":{"enabled":false},"phone_number":{"enabled":true}}}}`,
		strings.Repeat("[", 100_000),
	} {
		got, _, err := parseEnvironment([]byte(text))
		if d := cmp.Diff(migrate.Settings{}, got); err == nil || d != "" {
			t.Errorf("%.80s: %v\n%s", text, err, d)
		}
	}
	got, kind, err := parseEnvironment([]byte(`{"display_config":{"instance_environment_type":"a\nb"},"user_settings":{"attributes":{"phone_number":{"enabled":false}},` +
		`"username_settings":{"min_length":9,"max_length":5},"password_settings":{"min_length":-1,"max_length":99999999}}}`))
	want := migrate.Settings{PhoneNumber: migrate.SettingOff, SignIn: migrate.SignInSettings{PhoneNumber: migrate.SettingOff}}
	if d := cmp.Diff(want, got); err != nil || d != "" || kind != "" {
		t.Errorf("%q, %v (-want +got)\n%s", kind, err, d)
	}
}

// Whatever the Frontend API answers, it is either believed as a whole or not at
// all, and the bounds of lengths make sense.
func FuzzParseEnvironment(f *testing.F) {
	f.Add([]byte(environmentText(`"email_code"`, "")))
	f.Add([]byte(`{"user_settings":{"attributes":{"password":{"enabled":true},"username":{"required":true}}}}`))
	f.Add([]byte(`{"user_settings":{"username_settings":{"min_length":null,"max_length":1e3}}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		s, kind, err := parseEnvironment(body)
		var own *cause
		if err != nil && (s.Known() || kind != "" || !errors.As(err, &own)) || err == nil && !s.Known() {
			t.Fatalf("settings %+v, error %v", s, err)
		}
		for _, b := range [][2]int{{s.UsernameMin, s.UsernameMax}, {s.PasswordMin, s.PasswordMax}} {
			if b[0] < 0 || b[1] < 0 || b[0] > longestLength || b[1] > longestLength || b[1] > 0 && b[0] > b[1] {
				t.Fatalf("bounds %v", b)
			}
		}
		if len(kind) > maxWordBytes || strings.ContainsAny(kind, "\n\r\x1b ") {
			t.Fatalf("kind %q", kind)
		}
	})
}
