package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"carryover/migrate/sandbox"
)

// Each setting is enforced with the code that Clerk's documents name, where they
// name one.
func TestSettingsAreEnforced(t *testing.T) {
	const digest = `"password_digest":"$2b$04$9Q2PeGZkHDOvIcUEfnkN9.zN6gAB8kuxKSz2.1J/bY0rcfx9xY6QK","password_hasher":"bcrypt"`
	for _, c := range []struct {
		config sandbox.Config
		body   string
		want   string // code and property; "" where it is taken
	}{
		{sandbox.Config{Off: []string{"phone_number"}}, `{"email_address":["a@gmail.com"],"phone_number":["+12025550123"]}`, "form_param_unknown phone_number"},
		{sandbox.Config{Off: []string{"phone_number"}}, `{"email_address":["a@gmail.com"]}`, ""},
		{sandbox.Config{Off: []string{"password"}}, `{"username":"frank",` + digest + `}`, "form_param_unknown password_digest"},
		{sandbox.Config{Off: []string{"authenticator_app"}}, `{"username":"frank","totp_secret":"JBSWY3DPEHPK3PXP"}`, "form_param_unknown totp_secret"},
		{sandbox.Config{Off: []string{"backup_code"}}, `{"username":"frank","backup_codes":["one"]}`, "form_param_unknown backup_codes"},
		{sandbox.Config{Off: []string{"first_name"}}, `{"username":"frank","first_name":"F"}`, "form_param_unknown first_name"},
		{sandbox.Config{Require: []string{"legal_accepted_at"}}, `{"username":"frank"}`, "form_data_missing legal_accepted_at"},
		{sandbox.Config{UsernameMin: 6}, `{"username":"frank"}`, "form_username_invalid_length username"},
		{sandbox.Config{UsernameMin: 2, UsernameMax: 4, AnyUsername: true}, `{"username":"é.üx"}`, ""},
		{sandbox.Config{PasswordMin: 12}, `{"username":"frank","password":"eleven char"}`, "form_password_length_too_short password"},
		{sandbox.Config{PasswordMax: 10}, `{"username":"frank","password":"eleven char"}`, "form_password_length_too_long password"},
		{sandbox.Config{PasswordOnly: true}, `{"username":"frank","skip_password_requirement":true}`, "form_param_value_invalid skip_password_requirement"},
		{sandbox.Config{PasswordOnly: true}, `{"username":"frank","skip_password_requirement":true,` + digest + `}`, ""},
	} {
		s, err := sandbox.New(c.config)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.AddUser([]byte(c.body))
		code, param, _ := strings.Cut(c.want, " ")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), code) {
			t.Errorf("%s: %v, want %q (%s)", c.body, err, code, param)
		}
		if err != nil && code != "form_data_missing" && !strings.Contains(err.Error(), "("+param+")") {
			t.Errorf("%s: %v does not name %s", c.body, err, param)
		}
	}
	b := startBox(t, sandbox.Config{Off: []string{"username", "email_address"}})
	id, err := b.AddUser([]byte(`{"phone_number":["+12025550123"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPatch, "/v1/users/" + id, `{"username":"frank"}`},
		{http.MethodPost, "/v1/email_addresses", `{"user_id":"` + id + `","email_address":"a@gmail.com"}`},
	} {
		if got := b.do(c.method, c.path, c.body); got.status != http.StatusUnprocessableEntity || !strings.Contains(string(got.body), "form_param_unknown") {
			t.Errorf("%s %s: %d %s", c.method, c.path, got.status, got.body)
		}
	}
}

// The Frontend API tells the settings to whoever asks, and has no part in the
// journal and the limits; its address is that of the domain.
func TestEnvironment(t *testing.T) {
	b := startBox(t, sandbox.Config{Off: []string{"phone_number"}, Require: []string{"username", "legal_accepted_at"}, PasswordOnly: true, Limit: 1})
	var list struct {
		Data []struct {
			FrontendAPIURL string `json:"frontend_api_url"`
		} `json:"data"`
	}
	if got := b.do(http.MethodGet, "/v1/domains", ""); json.Unmarshal(got.body, &list) != nil || len(list.Data) != 1 || list.Data[0].FrontendAPIURL != b.url {
		t.Fatalf("domains: %d %s", got.status, got.body)
	}
	var e struct {
		UserSettings struct {
			Attributes map[string]struct {
				Enabled      bool     `json:"enabled"`
				Required     bool     `json:"required"`
				FirstFactors []string `json:"first_factors"`
			} `json:"attributes"`
			SignUp struct {
				LegalConsent bool `json:"legal_consent_enabled"`
			} `json:"sign_up"`
			Username map[string]any `json:"username_settings"`
		} `json:"user_settings"`
	}
	for range 3 {
		if got := b.do(http.MethodGet, "/v1/environment", "", "Authorization", ""); got.status != http.StatusOK || json.Unmarshal(got.body, &e) != nil {
			t.Fatalf("environment: %d %s", got.status, got.body)
		}
	}
	a := e.UserSettings.Attributes
	if a["phone_number"].Enabled || !a["username"].Required || !a["email_address"].Enabled || a["email_address"].Required ||
		len(a["email_address"].FirstFactors) > 0 || !e.UserSettings.SignUp.LegalConsent || e.UserSettings.Username["min_length"] != 4.0 {
		t.Errorf("environment: %+v", e)
	}
	if n := len(b.Journal()); n != 1 {
		t.Errorf("the journal holds %d requests, want that for the domains only", n)
	}
	hidden := startBox(t, sandbox.Config{HideSettings: true})
	if got := hidden.do(http.MethodGet, "/v1/environment", ""); got.status != http.StatusNotFound {
		t.Errorf("hidden settings: %d %s", got.status, got.body)
	}
}

func TestSettingsThatNoInstanceHas(t *testing.T) {
	for name, cfg := range map[string]sandbox.Config{
		"unknown":            {Off: []string{"shoe_size"}},
		"off and required":   {Off: []string{"username"}, Require: []string{"username"}},
		"no way in":          {Off: []string{"password"}, PasswordOnly: true},
		"min above max":      {UsernameMin: 65},
		"negative":           {UsernameMin: -1},
		"negative maximum":   {PasswordMax: -1},
		"password min > max": {PasswordMax: 7},
	} {
		if _, err := sandbox.New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
