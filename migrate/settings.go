package migrate

import (
	"fmt"
	"unicode/utf8"

	"carryover/source"
)

// A Setting is what an instance says of a property of its users.
type Setting uint8

const (
	// SettingUnknown says nothing: the instance could not be asked, or did not
	// say. Nothing is concluded from it; above all, it does not mean off.
	SettingUnknown Setting = iota
	// SettingOff: Clerk refuses requests that give the property.
	SettingOff
	// SettingOn: users may have it.
	SettingOn
	// SettingRequired: each new user must have it.
	SettingRequired
)

// String returns "unknown", "off", "on" or "required".
func (s Setting) String() string {
	switch s {
	case SettingOff:
		return "off"
	case SettingOn:
		return "on"
	case SettingRequired:
		return "required"
	default:
		return "unknown"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (s Setting) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Settings are those of an instance that decide which users it takes. The zero
// value knows nothing, and refuses nobody.
type Settings struct {
	EmailAddress Setting `json:"email_address"`
	PhoneNumber  Setting `json:"phone_number"`
	Username     Setting `json:"username"`
	Web3Wallet   Setting `json:"web3_wallet"`

	FirstName    Setting `json:"first_name"`
	LastName     Setting `json:"last_name"`
	Password     Setting `json:"password"`
	TOTP         Setting `json:"authenticator_app"`
	BackupCodes  Setting `json:"backup_code"`
	LegalConsent Setting `json:"legal_consent"` // required or off

	// SignIn says which identifiers a user can begin a sign-in with.
	SignIn SignInSettings `json:"sign_in"`
	// PasswordOnly is on where a password is the only way to sign in, so that a
	// user without one cannot be made.
	PasswordOnly Setting `json:"password_only"`

	// UsernameCharacters is on where usernames may hold more than letters,
	// digits, _ and -.
	UsernameCharacters Setting `json:"username_extended_characters"`
	UsernameMin        int     `json:"username_min_length,omitzero"` // characters; 0 = not known
	UsernameMax        int     `json:"username_max_length,omitzero"`
	PasswordMin        int     `json:"password_min_length,omitzero"` // of plain ones; likewise
	PasswordMax        int     `json:"password_max_length,omitzero"`
}

// SignInSettings say of each identifier whether a user can begin a sign-in with it.
type SignInSettings struct {
	EmailAddress Setting `json:"email_address"`
	PhoneNumber  Setting `json:"phone_number"`
	Username     Setting `json:"username"`
	Web3Wallet   Setting `json:"web3_wallet"`
}

// Known reports whether the settings say anything about which users are taken.
func (s *Settings) Known() bool {
	if s == nil {
		return false
	}
	for _, a := range s.attributes(&User{}) {
		if a.setting != SettingUnknown {
			return true
		}
	}
	return s.LegalConsent != SettingUnknown || s.UsernameMin+s.UsernameMax+s.PasswordMin+s.PasswordMax > 0
}

// An attribute is a property of a user that a setting is about.
type attribute struct {
	column        source.Column
	setting       Setting
	off, required string // codes; "" where it cannot be
	given         bool   // the row's requests name it
	has           bool   // a user made of the row has it
	createOnly    bool   // an update does not send it
	waived        bool   // the row asks not to be held to the requirement
}

// attributes are those of u, in the order of the columns.
func (s *Settings) attributes(u *User) []attribute {
	free := isTrue(u.SkipUserRequirement)
	noPassword := u.Password == nil && u.PasswordDigest == nil
	text := func(p *string) bool { return p != nil && *p != "" }
	return []attribute{
		{source.ColFirstName, s.FirstName, "name_off", "name_required", u.FirstName != nil, text(u.FirstName), false, free},
		{source.ColLastName, s.LastName, "name_off", "name_required", u.LastName != nil, text(u.LastName), false, free},
		{source.ColUsername, s.Username, "username_off", "username_required", u.Username != nil, text(u.Username), false, free},
		{source.ColPasswordDigest, s.Password, "password_off", "password_required", !noPassword, !noPassword, false,
			u.SkipPasswordRequirement == nil || *u.SkipPasswordRequirement}, // see CreateRequest
		{source.ColTOTPSecret, s.TOTP, "totp_off", "", u.TOTPSecret != nil, true, false, true},
		{source.ColBackupCodes, s.BackupCodes, "backup_codes_off", "", u.BackupCodes != nil, true, false, true},
		{source.ColEmailAddress, s.EmailAddress, "email_address_off", "email_address_required", u.EmailAddress != nil, len(u.EmailAddress) > 0, true, free},
		{source.ColPhoneNumber, s.PhoneNumber, "phone_number_off", "phone_number_required", u.PhoneNumber != nil, len(u.PhoneNumber) > 0, true, free},
		{source.ColWeb3Wallet, s.Web3Wallet, "web3_wallet_off", "web3_wallet_required", u.Web3Wallet != nil, len(u.Web3Wallet) > 0, true, free},
	}
}

func isTrue(b *bool) bool { return b != nil && *b }

// A mismatch is a reason for which an instance refuses a row, or warns of it.
type mismatch struct {
	column  source.Column
	code    string
	message string // "" for the catalogue's
	create  bool   // only a create is refused
	warning bool   // nothing is refused
}

// mismatches returns what the settings have against a row.
func (s *Settings) mismatches(u *User) []mismatch {
	if s == nil {
		return nil
	}
	var found []mismatch
	for _, a := range s.attributes(u) {
		if a.column == source.ColPasswordDigest && u.Password != nil {
			a.column = source.ColPassword
		}
		switch {
		case a.setting == SettingOff && a.given:
			found = append(found, mismatch{column: a.column, code: a.off, create: a.createOnly})
		case a.setting == SettingRequired && !a.has && !a.waived:
			found = append(found, mismatch{column: a.column, code: a.required, create: true})
		}
	}
	found = append(found, s.ofUsername(u)...)
	found = append(found, s.ofPassword(u)...)
	if s.LegalConsent == SettingRequired && u.LegalAcceptedAt == nil && !isTrue(u.SkipLegalChecks) {
		found = append(found, mismatch{column: source.ColLegalAcceptedAt, code: "legal_consent_required", create: true})
	}
	if s.cannotBegin(u) {
		found = append(found, mismatch{column: source.ColEmailAddress, code: "no_sign_in", create: true, warning: true})
	}
	return found
}

func (s *Settings) ofUsername(u *User) []mismatch {
	if u.Username == nil || *u.Username == "" || s.Username == SettingOff {
		return nil
	}
	if s.UsernameCharacters == SettingOff && !plainCharacters(*u.Username) {
		return []mismatch{{column: source.ColUsername, code: "username_characters"}}
	}
	if n := utf8.RuneCountInString(*u.Username); outside(n, s.UsernameMin, s.UsernameMax) {
		return []mismatch{{column: source.ColUsername, code: "username_length",
			message: fmt.Sprintf("the instance takes usernames of %s; %s", span(s.UsernameMin, s.UsernameMax), catalogue["username_length"].fix)}}
	}
	return nil
}

func (s *Settings) ofPassword(u *User) []mismatch {
	switch {
	case s.Password == SettingOff:
	case u.Password != nil:
		if n := utf8.RuneCountInString(u.Password.Reveal()); !isTrue(u.SkipPasswordChecks) && outside(n, s.PasswordMin, s.PasswordMax) {
			return []mismatch{{column: source.ColPassword, code: "password_length",
				message: fmt.Sprintf("the instance takes passwords of %s; %s", span(s.PasswordMin, s.PasswordMax), catalogue["password_length"].fix)}}
		}
	case u.PasswordDigest == nil && s.PasswordOnly == SettingOn && (u.SkipPasswordRequirement == nil || *u.SkipPasswordRequirement):
		return []mismatch{{column: source.ColPasswordDigest, code: "password_only", create: true}}
	}
	return nil
}

// outside reports whether a length lies outside of bounds, of which 0 is none.
func outside(n, least, most int) bool { return n < least || most > 0 && n > most }

// span says bounds of a length in words.
func span(least, most int) string {
	switch {
	case most == 0:
		return fmt.Sprintf("at least %d characters", least)
	case least == 0:
		return fmt.Sprintf("at most %d characters", most)
	default:
		return fmt.Sprintf("%d to %d characters", least, most)
	}
}

// cannotBegin reports whether none of a row's identifiers begins a sign-in. A
// connection to another provider may still lead to the user.
func (s *Settings) cannotBegin(u *User) bool {
	identified := false
	for _, id := range []struct {
		has     bool
		setting Setting
	}{
		{len(u.EmailAddress) > 0, s.SignIn.EmailAddress}, {len(u.PhoneNumber) > 0, s.SignIn.PhoneNumber},
		{u.Username != nil && *u.Username != "", s.SignIn.Username}, {len(u.Web3Wallet) > 0, s.SignIn.Web3Wallet},
	} {
		if id.has && id.setting != SettingOff {
			return false
		}
		identified = identified || id.has
	}
	return identified
}
