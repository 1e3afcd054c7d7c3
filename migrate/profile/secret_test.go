package profile

import (
	"fmt"
	"strings"
	"testing"

	"carryover/source"
)

func TestSecretName(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "userPassword": true, "PasswordHash": true, "passwd": true, "user_pass": true, "pwd": true, "pw": true, "hashedSaltedValue": true,
		"digest": true, "salt": true, "totp_secret": true, "two_factor_totp_key": true, "otp_secret": true, "otpauth": false, "AuthenticatorKey": true, "backup_codes": true,
		"RecoveryCodes": true, "credentials[].secretData.value": true, "api_key": true, "apiKey": true, "SecurityStamp": true, "remember_token": true,
		"session_id": true, "pin": true, "fields.password": true, "private_key": true, "recovery": true, "encrypted": true, "confirmation_code": true,
		"monkey": false, "createdTimestamp": false, "spinner": false, "email": false, "id": false, "first_name": false, "country_code": true, "keyboard": false, "compass": false,
	} {
		if got := secretName(name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

func TestDigestName(t *testing.T) {
	for name, want := range map[string]bool{
		"password": true, "password_digest": true, "encrypted_password": true, "passwordHash": true, "user_pass": true, "custom_password_hash.hash.value": true, "hashedPassword": true,
		"credentials[].hashedSaltedValue": true, "hash": true, "password_hasher": false, "password_changed_at": false, "reset_password_token": false, "password_salt": false,
		"passwordSetDate": false, "passwordResetRequired": false, "email": false, "remember_token": false,
	} {
		if got := digestName(name); got != want {
			t.Errorf("%s: %t, want %t", name, got, want)
		}
	}
}

// What looks like a secret by itself is one, and what people and programs write
// otherwise is none.
func TestSecretForm(t *testing.T) {
	for text, want := range map[string]bool{
		"VABO677QFGEWFULOIC3V6IYNVDFDMAY6":         true, // base32
		"d024642d9a15b830798092dcbdac70c1660582ae": true, // hexadecimal
		"KPASn7qMxJ2ty/LWs6FcQnWnhWG6zq6u":         true, // base64
		"$2b$10$YyLgRi6RqSmzIkcusgQueeoKU9V316Na":  true, // the beginning of a digest
		"{SSHA}UUFNbKnW8xI7oAslNIlOjviBgulqbpDE":   true,
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig": true, // a token
		"otpauth://totp/x?secret=NV4SA43FMNZGK5AA": true,
		"sk_live_abcdefghij0123456789":             true,
		"qwertzuiopasdfghjklyxcvbnmqwertzu":        true, // too long for a word
		"ada.lovelace":                             false,
		"Ada Lovelace":                             false,
		"uid=ada.lovelace,ou=people,dc=example":    false,
		"Username-Password-Authentication":         false,
		"America/New_York":                         false,
		"9007199254740993":                         false,
		"authenticated":                            false,
		"":                                         false,
	} {
		if got := secretForm(text); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
	}
}

// Examples show the form of values, and no person by name.
func TestExamples(t *testing.T) {
	for _, c := range []struct{ name, values, want string }{
		{"password", "hunter2|hunter3", ""},
		{"colour", "hunter2|VABO677QFGEWFULOIC3V6IYNVDFDMAY6", ""},
		{"colour", "red|red|blue|blue", "red, blue"},
		{"colour", "red|green|blue", "r***, g***"},
		{"colour", "a very long text that repeats|a very long text that repeats", "a***"},
		{"x", "hunter22|hunter22|hunter22", "h***"},
		{"first_name", "Ada|Ada|Ada", "A***"},
		{"column_7", "sunshine|sunshine|sunshine", "s***"},
		{"email", "ada@example.com", "a***@example.com"},
		{"x", "A@example.com", "A***@example.com"},
		{"phone", "+12125550100", "+12***00"},
		{"phone", "(212) 555-0100", "(21***00"},
		{"id", "12|13|14", "12, 13"},
		{"legacy_no", "9007199254740993", "900***93"},
		{"id", "490e2b05-a857-4969-b421-cd00c4bb3262", "490e2b05-…"},
		{"avatar", "https://user:pw@cdn.example.com/a/b?key=1", "https://cdn.example.com/…"},
		{"ip", "203.0.113.9", "2…"},
		{"birthdate", "1815-12-10", "18…"},
		{"created_at", "2024-05-31T10:00:00Z|2024-06-01T10:00:00Z", "2024-05-31T10:00:00Z"},
		{"created_at", "1717142400123", "1717142400123"},
		{"active", "1|0", "1, 0"},
		{"phone_verified", "1|0", "1, 0"},
		{"flag", "t|f", "t, f"},
		{"lang", "en-GB", "en-GB"},
		{"roles", `a:1:{s:13:"administrator";b:1;}`, "a…"},
		{"x", "é", "é***"},
	} {
		got := table(c.name, c.values).Columns()[0]
		if text := strings.Join(got.Examples, ", "); text != c.want {
			t.Errorf("%s of %s: %q, want %q", c.name, c.values, text, c.want)
		}
		if got.Secret != (c.want == "") {
			t.Errorf("%s of %s: secret is %t", c.name, c.values, got.Secret)
		}
	}
}

// A name that looks like a secret is shown nowhere: the first line of a file may
// have been a record.
func TestNamesThatAreSecrets(t *testing.T) {
	for _, name := range []string{"VABO677QFGEWFULOIC3V6IYNVDFDMAY6", "ada@example.com", "$2a$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"} {
		p := table(name, "$2a$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")
		shown := fmt.Sprint(p.Columns(), p.Digests(), p.Draft("", &source.Shape{}))
		if strings.Contains(shown, name) || p.Columns()[0].Name != "(masked)" {
			t.Errorf("%s is shown", name)
		}
	}
}
