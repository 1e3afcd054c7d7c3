package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// switchable are the attributes that an instance may have off, by their names in
// the environment.
var switchable = []string{
	"email_address", "phone_number", "web3_wallet", "username",
	"first_name", "last_name", "password", "authenticator_app", "backup_code",
}

// Switchable returns what Config.Off may hold.
func Switchable() []string { return slices.Clone(switchable) }

// Requirable returns what Config.Require may hold.
func Requirable() []string { return slices.Clone(requirable) }

// checkSettings fills in the lengths that were left out and refuses settings
// that no instance can have.
func (c *Config) checkSettings() error {
	setDefault(&c.UsernameMin, minUsername)
	setDefault(&c.UsernameMax, maxUsername)
	setDefault(&c.PasswordMin, minPassword)
	for _, name := range c.Off {
		switch {
		case !slices.Contains(switchable, name):
			return fmt.Errorf("%q cannot be off: want one of %s", name, strings.Join(switchable, ", "))
		case slices.Contains(c.Require, name):
			return fmt.Errorf("%s cannot be off and required", name)
		case name == "password" && c.PasswordOnly:
			return errors.New("passwords cannot be off and the only way to sign in")
		}
	}
	if c.UsernameMin < 1 || c.UsernameMax < c.UsernameMin || c.PasswordMin < 1 || c.PasswordMax < 0 || c.PasswordMax > 0 && c.PasswordMax < c.PasswordMin {
		return errors.New("usernames and passwords have 1 character or more, and at least as many at most")
	}
	return nil
}

// refused says which properties of a request the instance does not take. That a
// property which is off is refused as one that is not known is what Clerk does
// with phone numbers; of the others no document tells.
func (c *Config) refused(f *form) (ps problems) {
	for _, p := range []struct {
		name, param string
		given       bool
	}{
		{"first_name", "first_name", f.firstName.given},
		{"last_name", "last_name", f.lastName.given},
		{"username", "username", f.username.given},
		{"email_address", "email_address", f.emails.given || f.emailAddress.given},
		{"phone_number", "phone_number", f.phones.given},
		{"web3_wallet", "web3_wallet", f.wallets.given},
		{"password", "password", f.password.given},
		{"password", "password_digest", f.digest.given},
		{"authenticator_app", "totp_secret", f.totp.given},
		{"backup_code", "backup_codes", f.backupCodes.given},
	} {
		if p.given && slices.Contains(c.Off, p.name) {
			ps = append(ps, unknownParam(p.param))
		}
	}
	return ps
}

// checkWays refuses a new user without a password where there is no other way to
// sign in. The code is a guess.
func (c *Config) checkWays(f *form) (ps problems) {
	if c.PasswordOnly && f.skipPasswordRequirement.value && !f.password.given && !f.digest.given {
		ps = append(ps, badValue("skip_password_requirement", "cannot be used where a password is the only way to sign in"))
	}
	return ps
}

type domainsAnswer struct {
	Data       []domainAnswer `json:"data"`
	TotalCount int            `json:"total_count"`
}

type domainAnswer struct {
	Object            string `json:"object"`
	ID                string `json:"id"`
	Name              string `json:"name"`
	IsSatellite       bool   `json:"is_satellite"`
	FrontendAPIURL    string `json:"frontend_api_url"`
	DevelopmentOrigin string `json:"development_origin"`
}

// domains answers with one domain, whose Frontend API is the sandbox itself.
func (c *call) domains() reply {
	return c.ok(domainsAnswer{TotalCount: 1, Data: []domainAnswer{{
		Object: "domain", ID: "dmn_sandbox", Name: "sandbox.example.com", FrontendAPIURL: "http://" + c.r.Host,
	}}})
}

type environmentAnswer struct {
	Object        string `json:"object"`
	DisplayConfig struct {
		Object          string `json:"object"`
		EnvironmentType string `json:"instance_environment_type"`
	} `json:"display_config"`
	UserSettings    userSettings `json:"user_settings"`
	MaintenanceMode bool         `json:"maintenance_mode"`
}

type userSettings struct {
	Attributes map[string]attributeAnswer `json:"attributes"`
	Social     map[string]switchAnswer    `json:"social"`
	SAML       switchAnswer               `json:"saml"`
	Enterprise switchAnswer               `json:"enterprise_sso"`
	SignUp     struct {
		Mode         string `json:"mode"`
		LegalConsent bool   `json:"legal_consent_enabled"`
	} `json:"sign_up"`
	Username struct {
		MinLength int  `json:"min_length"`
		MaxLength int  `json:"max_length"`
		Extended  bool `json:"allow_extended_special_characters"`
	} `json:"username_settings"`
	Password struct {
		MinLength int `json:"min_length"`
		MaxLength int `json:"max_length"`
	} `json:"password_settings"`
}

type attributeAnswer struct {
	Enabled             bool     `json:"enabled"`
	Required            bool     `json:"required"`
	UsedForFirstFactor  bool     `json:"used_for_first_factor"`
	FirstFactors        []string `json:"first_factors"`
	UsedForSecondFactor bool     `json:"used_for_second_factor"`
}

type switchAnswer struct {
	Enabled bool `json:"enabled"`
}

// serveEnvironment answers as the Frontend API does, which knows no secret key.
// It is not the Backend API: it has no part in the journal, limits and faults.
func (s *Sandbox) serveEnvironment(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method != http.MethodGet || s.cfg.HideSettings:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write(encode(errorBody{Errors: problems{noSuchEndpoint}})) // the client may be gone
	default:
		_, _ = w.Write(encode(s.cfg.environment()))
	}
}

// environment is what the Frontend API says of the instance.
func (c *Config) environment() environmentAnswer {
	e := environmentAnswer{Object: "environment"}
	e.DisplayConfig.Object, e.DisplayConfig.EnvironmentType = "display_config", c.EnvironmentType
	u := &e.UserSettings
	u.Attributes, u.Social = map[string]attributeAnswer{}, map[string]switchAnswer{}
	ways := map[string]string{"email_address": "email_code", "phone_number": "phone_code", "web3_wallet": "web3_metamask_signature"}
	for i, name := range switchable {
		a := attributeAnswer{
			Enabled: !slices.Contains(c.Off, name), Required: slices.Contains(c.Require, name),
			FirstFactors: []string{},
		}
		a.UsedForFirstFactor = a.Enabled && i < 4
		if way := ways[name]; way != "" && a.Enabled && !c.PasswordOnly {
			a.FirstFactors = append(a.FirstFactors, way)
		}
		a.UsedForSecondFactor = a.Enabled && (name == "authenticator_app" || name == "backup_code")
		u.Attributes[name] = a
	}
	u.Attributes["passkey"] = attributeAnswer{FirstFactors: []string{}}
	u.SignUp.Mode = "public"
	u.SignUp.LegalConsent = slices.Contains(c.Require, "legal_accepted_at")
	u.Username.MinLength, u.Username.MaxLength, u.Username.Extended = c.UsernameMin, c.UsernameMax, c.AnyUsername
	u.Password.MinLength, u.Password.MaxLength = c.PasswordMin, c.PasswordMax
	return e
}
