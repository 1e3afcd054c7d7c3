package clerk

import (
	"carryover/migrate"
)

// An environment is what the Frontend API says of an instance, as far as it
// decides which users the instance takes. Whatever is left out or null is not
// known.
type environment struct {
	DisplayConfig struct {
		EnvironmentType string `json:"instance_environment_type"`
	} `json:"display_config"`
	UserSettings struct {
		Attributes    attributes             `json:"attributes"`
		Social        map[string]*switchData `json:"social"`
		SAML          *switchData            `json:"saml"`
		EnterpriseSSO *switchData            `json:"enterprise_sso"`
		SignUp        struct {
			LegalConsentEnabled *bool `json:"legal_consent_enabled"`
		} `json:"sign_up"`
		UsernameSettings struct {
			MinLength *int  `json:"min_length"`
			MaxLength *int  `json:"max_length"`
			Extended  *bool `json:"allow_extended_special_characters"`
		} `json:"username_settings"`
		PasswordSettings struct {
			MinLength *int `json:"min_length"`
			MaxLength *int `json:"max_length"`
		} `json:"password_settings"`
	} `json:"user_settings"`
}

type attributes struct {
	EmailAddress     *attributeData `json:"email_address"`
	PhoneNumber      *attributeData `json:"phone_number"`
	Username         *attributeData `json:"username"`
	Web3Wallet       *attributeData `json:"web3_wallet"`
	FirstName        *attributeData `json:"first_name"`
	LastName         *attributeData `json:"last_name"`
	Password         *attributeData `json:"password"`
	AuthenticatorApp *attributeData `json:"authenticator_app"`
	BackupCode       *attributeData `json:"backup_code"`
	Passkey          *attributeData `json:"passkey"`
}

// attributeData is what is said of one attribute.
type attributeData struct {
	Enabled            *bool    `json:"enabled"`
	Required           *bool    `json:"required"`
	UsedForFirstFactor *bool    `json:"used_for_first_factor"`
	FirstFactors       []string `json:"first_factors"`
}

type switchData struct {
	Enabled         *bool `json:"enabled"`
	Authenticatable *bool `json:"authenticatable"`
}

// longestLength is more than any bound of a username or a password: what is
// beyond it is none.
const longestLength = 10_000

// parseEnvironment reads the answer of GET /v1/environment. Where any part that
// is read has another shape than Clerk's, nothing is known, and the error says
// so: half of an answer is not believed.
func parseEnvironment(body []byte) (settings migrate.Settings, environmentType string, err error) {
	var e environment
	if err := decodeJSON(body, &e); err != nil {
		return migrate.Settings{}, "", err
	}
	u := &e.UserSettings
	a := u.Attributes
	settings = migrate.Settings{
		EmailAddress: a.EmailAddress.setting(), PhoneNumber: a.PhoneNumber.setting(),
		Username: a.Username.setting(), Web3Wallet: a.Web3Wallet.setting(),
		FirstName: a.FirstName.setting(), LastName: a.LastName.setting(),
		Password: a.Password.setting(), TOTP: a.AuthenticatorApp.setting(), BackupCodes: a.BackupCode.setting(),
		LegalConsent: onOff(u.SignUp.LegalConsentEnabled),
		SignIn: migrate.SignInSettings{
			EmailAddress: a.EmailAddress.signIn(), PhoneNumber: a.PhoneNumber.signIn(),
			Username: a.Username.signIn(), Web3Wallet: a.Web3Wallet.signIn(),
		},
		PasswordOnly:       e.passwordOnly(),
		UsernameCharacters: onOff(u.UsernameSettings.Extended),
	}
	if settings.LegalConsent == migrate.SettingOn {
		settings.LegalConsent = migrate.SettingRequired
	}
	settings.UsernameMin, settings.UsernameMax = bounds(u.UsernameSettings.MinLength, u.UsernameSettings.MaxLength)
	settings.PasswordMin, settings.PasswordMax = bounds(u.PasswordSettings.MinLength, u.PasswordSettings.MaxLength)
	if !settings.Known() {
		return migrate.Settings{}, "", errNoSettings
	}
	return settings, word(e.DisplayConfig.EnvironmentType, ""), nil
}

// errNoSettings is an answer of the right form that says nothing.
var errNoSettings = &cause{text: "the answer holds no settings"}

func onOff(b *bool) migrate.Setting {
	switch {
	case b == nil:
		return migrate.SettingUnknown
	case *b:
		return migrate.SettingOn
	default:
		return migrate.SettingOff
	}
}

// setting is what is said of the attribute; nil says nothing.
func (a *attributeData) setting() migrate.Setting {
	switch {
	case a == nil || a.Enabled == nil:
		return migrate.SettingUnknown
	case *a.Enabled && a.Required != nil && *a.Required:
		return migrate.SettingRequired
	default:
		return onOff(a.Enabled)
	}
}

// signIn says whether a sign-in begins with the identifier.
func (a *attributeData) signIn() migrate.Setting {
	if a.setting() == migrate.SettingOff {
		return migrate.SettingOff
	}
	if a == nil {
		return migrate.SettingUnknown
	}
	return onOff(a.UsedForFirstFactor)
}

// passwordOnly says whether a password is the only way to sign in. It is known
// to be where everything else is known to be off.
func (e *environment) passwordOnly() migrate.Setting {
	u := &e.UserSettings
	if s := u.Attributes.Password.setting(); s == migrate.SettingUnknown || s == migrate.SettingOff {
		return s // without passwords, they are not the only way
	}
	unknown := u.Social == nil || u.EnterpriseSSO == nil
	for _, a := range []*attributeData{u.Attributes.EmailAddress, u.Attributes.PhoneNumber, u.Attributes.Web3Wallet, u.Attributes.Passkey} {
		switch {
		case a.setting() == migrate.SettingUnknown:
			unknown = true
		case a.setting() != migrate.SettingOff && len(a.FirstFactors) > 0:
			return migrate.SettingOff
		case a.setting() != migrate.SettingOff && a.FirstFactors == nil:
			unknown = true
		}
	}
	others := []*switchData{u.SAML, u.EnterpriseSSO}
	for _, s := range u.Social {
		others = append(others, s)
	}
	for _, s := range others {
		if s != nil && s.Enabled != nil && *s.Enabled {
			return migrate.SettingOff
		}
	}
	if unknown {
		return migrate.SettingUnknown
	}
	return migrate.SettingOn
}

// bounds returns those of a length, 0 for what is not known or makes no sense.
func bounds(least, most *int) (int, int) {
	read := func(n *int) int {
		if n == nil || *n < 0 || *n > longestLength {
			return 0
		}
		return *n
	}
	low, high := read(least), read(most)
	if high > 0 && low > high {
		return 0, 0
	}
	return low, high
}
