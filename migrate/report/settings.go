package report

import (
	"fmt"
	"strings"

	"carryover/migrate"
)

// Settings are those of the instance that rows were held against.
type Settings struct {
	From    string            `json:"from,omitzero"`   // where they were read
	Unread  string            `json:"unread,omitzero"` // why they could not be: no row was held against them
	Refused int64             `json:"refused_rows"`    // rows that they refuse
	Values  *migrate.Settings `json:"values,omitzero"`
}

const consent = "legal consent"

// SettingsInWords says what an instance requires and does not take, a text for
// each of those that there are; in full, also what it takes.
func SettingsInWords(s *migrate.Settings, full bool) []string {
	var by [migrate.SettingRequired + 1][]string
	for _, one := range []struct {
		name    string
		setting migrate.Setting
	}{
		{"email_address", s.EmailAddress}, {"phone_number", s.PhoneNumber}, {"username", s.Username}, {"web3_wallet", s.Web3Wallet},
		{"first_name", s.FirstName}, {"last_name", s.LastName}, {"password", s.Password},
		{"totp_secret", s.TOTP}, {"backup_codes", s.BackupCodes}, {consent, s.LegalConsent},
	} {
		if one.setting == migrate.SettingOff && one.name == consent && !full {
			continue // nobody misses it
		}
		by[one.setting] = append(by[one.setting], one.name)
	}
	var texts []string
	for _, group := range []struct {
		setting migrate.Setting
		title   string
	}{{migrate.SettingRequired, "required"}, {migrate.SettingOff, "off"}, {migrate.SettingOn, "on"}, {migrate.SettingUnknown, "not known"}} {
		if names := by[group.setting]; len(names) > 0 && (full || group.setting != migrate.SettingOn) {
			texts = append(texts, group.title+": "+strings.Join(names, ", "))
		}
	}
	if s.PasswordOnly == migrate.SettingOn {
		texts = append(texts, "a password is the only way to sign in")
	}
	if !full {
		return texts
	}
	if s.Username != migrate.SettingOff {
		texts = append(texts, lengths("usernames", s.UsernameMin, s.UsernameMax)...)
	}
	if s.Password != migrate.SettingOff {
		texts = append(texts, lengths("passwords", s.PasswordMin, s.PasswordMax)...)
	}
	return texts
}

// lengths says how long something may be, where that is known.
func lengths(what string, least, most int) []string {
	switch {
	case least == 0 && most == 0:
		return nil
	case most == 0:
		return []string{fmt.Sprintf("%s of %d characters or more", what, least)}
	default:
		return []string{fmt.Sprintf("%s of %d to %d characters", what, least, most)}
	}
}
