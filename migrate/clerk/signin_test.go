package clerk

import (
	"net/http"
	"testing"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
)

func TestVerifyRequests(t *testing.T) {
	var seen record
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		answer(w, 200, `{"verified":true,"code_type":"totp"}`)
	})
	if v, err := c.VerifyPassword(t.Context(), "user_1", "violet-otter-42"); v != migrate.Correct || err != nil {
		t.Errorf("password: %d, %v", v, err)
	}
	if v, err := c.VerifyTOTP(t.Context(), "user_1", "012345"); v != migrate.Correct || err != nil {
		t.Errorf("code: %d, %v", v, err)
	}
	if diff := cmp.Diff([]string{"POST /v1/users/user_1/verify_password", "POST /v1/users/user_1/verify_totp"}, seen.lines()); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{`{"password":"violet-otter-42"}`, `{"code":"012345"}`} {
		if got := seen.all()[i].body; got != want {
			t.Errorf("body %d is %s, want %s", i, got, want)
		}
	}
}

// What an answer says is a verdict only where it can be nothing else: an answer
// that cannot tell is an error.
func TestVerifyAnswers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		want   migrate.Verification
		fault  migrate.Fault
	}{
		{"correct", 200, `{"verified":true}`, migrate.Correct, 0},
		{"not correct", 200, `{"verified":false}`, migrate.Incorrect, 0},
		{"a backup code", 200, `{"verified":true,"code_type":"backup_code"}`, migrate.UsedBackupCode, 0},
		{"wrong", 422, refusal("incorrect_password", ""), migrate.Incorrect, 0},
		{"wrong code", 422, refusal("incorrect_code", ""), migrate.Incorrect, 0},
		{"none", 400, refusal("no_password_set", ""), migrate.NotSet, 0},
		{"no TOTP", 400, refusal("totp_not_enabled", ""), migrate.NotSet, 0},
		{"cannot tell", 422, refusal("sandbox_cannot_verify", ""), 0, migrate.RefusedFault},
		{"about the request", 422, refusal("form_param_missing", "password"), 0, migrate.RefusedFault},
		{"a proxy", 422, `<html>no</html>`, 0, migrate.RefusedFault},
		{"a bad request", 400, refusal("request_body_invalid", ""), 0, migrate.RefusedFault},
		{"no such user", 404, refusal("resource_not_found", ""), 0, migrate.MissingFault},
		{"no such path", 404, `not found`, 0, migrate.StopFault},
		{"the key", 401, refusal("clerk_key_invalid", ""), 0, migrate.StopFault},
	} {
		c := setup(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { answer(w, tt.status, tt.body) })
		got, err := c.VerifyPassword(t.Context(), "user_1", "x")
		if got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
		if tt.fault == 0 && err != nil {
			t.Errorf("%s: %v", tt.name, err)
		} else if tt.fault != 0 && wantError(t, err).Fault != tt.fault {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.fault)
		}
	}
}

// A refusal to answer now, and an answer that says nothing, are followed by
// another question.
func TestVerifyAsksAgain(t *testing.T) {
	n := 0
	c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
		n++
		switch n {
		case 1:
			return reply(429, refusal("too_many_requests", ""), "Retry-After", "0"), nil
		case 2:
			return reply(200, `{}`), nil
		default:
			return reply(200, `{"verified":true}`), nil
		}
	})
	if v, err := c.VerifyPassword(t.Context(), "user_1", "x"); v != migrate.Correct || err != nil || n != 3 {
		t.Errorf("%d, %v after %d requests", v, err, n)
	}
}
