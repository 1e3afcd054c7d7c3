package migrate_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

// A judged is a row that settings are held against.
type judged struct {
	settings migrate.Settings
	mode     migrate.Mode
	empty    bool
	cells    string // name=value, …
	want     string // codes; those of warnings in parentheses
}

const (
	off      = migrate.SettingOff
	on       = migrate.SettingOn
	required = migrate.SettingRequired
)

func userOf(t testing.TB, mode migrate.Mode, cells string) *migrate.User {
	t.Helper()
	var pairs []string
	for cell := range strings.SplitSeq(cells, ", ") {
		name, value, _ := strings.Cut(cell, "=")
		pairs = append(pairs, name, value)
	}
	u, problems := migrate.ParseUser(row(t, pairs...), migrate.Rules{Mode: mode, Now: rules.Now})
	if migrate.Refused(problems) {
		t.Fatalf("%s: %v", cells, found(problems))
	}
	return u
}

// Each setting refuses the rows that Clerk would refuse for it, and no other.
func TestSettingsNameEachRow(t *testing.T) {
	const digest = "password_digest=" + bcryptDigest + ", password_hasher=bcrypt"
	create := migrate.CreateOnlyMode
	for _, c := range []judged{
		{migrate.Settings{EmailAddress: off}, create, false, "email_address=a@gmail.com", "email_address_off"},
		{migrate.Settings{PhoneNumber: off}, create, false, "email_address=a@gmail.com, phone_number=+12025550123", "phone_number_off"},
		{migrate.Settings{Web3Wallet: off}, create, false, "web3_wallet=0x52908400098527886E0F7030069857D2E4169EE7", "web3_wallet_off"},
		{migrate.Settings{Username: off, UsernameMin: 9}, create, false, "username=bobsmith", "username_off"},
		{migrate.Settings{FirstName: off, LastName: off}, create, false, "username=bobsmith, first_name=A, last_name=B", "name_off name_off"},
		{migrate.Settings{Password: off}, create, false, "username=bobsmith, " + digest, "password_off"},
		{migrate.Settings{Password: off, PasswordMin: 20}, create, false, "username=bobsmith, password=correct horse", "password_off"},
		{migrate.Settings{TOTP: off}, create, false, "username=bobsmith, totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "totp_off"},
		{migrate.Settings{BackupCodes: off}, create, false, "username=bobsmith, backup_codes=one|two", "backup_codes_off"},

		{migrate.Settings{EmailAddress: required}, create, false, "username=bobsmith", "email_address_required"},
		{migrate.Settings{EmailAddress: required}, create, false, "username=bobsmith, skip_user_requirement=yes", ""},
		{migrate.Settings{PhoneNumber: required}, create, false, "username=bobsmith", "phone_number_required"},
		{migrate.Settings{Web3Wallet: required}, create, false, "username=bobsmith", "web3_wallet_required"},
		{migrate.Settings{Username: required}, create, false, "email_address=a@gmail.com", "username_required"},
		{migrate.Settings{FirstName: required}, create, false, "username=bobsmith, last_name=B", "name_required"},
		{migrate.Settings{LastName: required}, create, false, "username=bobsmith, last_name=B", ""},
		{migrate.Settings{Password: required}, create, false, "username=bobsmith", ""}, // skip_password_requirement is sent
		{migrate.Settings{Password: required}, create, false, "username=bobsmith, skip_password_requirement=no", "password_required"},
		{migrate.Settings{Password: required}, create, false, "username=bobsmith, skip_password_requirement=no, " + digest, ""},
		{migrate.Settings{PasswordOnly: on}, create, false, "username=bobsmith", "password_only"},
		{migrate.Settings{PasswordOnly: on}, create, false, "username=bobsmith, skip_password_requirement=no", ""},
		{migrate.Settings{PasswordOnly: on}, create, false, "username=bobsmith, " + digest, ""},
		{migrate.Settings{LegalConsent: required}, create, false, "username=bobsmith", "legal_consent_required"},
		{migrate.Settings{LegalConsent: required}, create, false, "username=bobsmith, skip_legal_checks=yes", ""},
		{migrate.Settings{LegalConsent: required}, create, false, "username=bobsmith, skip_legal_checks=no", "legal_consent_required"},

		{migrate.Settings{UsernameCharacters: off}, create, false, "username=bob.smith", "username_characters"},
		{migrate.Settings{UsernameCharacters: on}, create, false, "username=bob.smith", ""},
		{migrate.Settings{UsernameMin: 4, UsernameMax: 6}, create, false, "username=bobsmith", "username_length"},
		{migrate.Settings{UsernameMin: 4}, create, false, "username=bob", "username_length"},
		{migrate.Settings{PasswordMin: 12}, create, false, "username=bobsmith, password=eleven char", "password_length"},
		{migrate.Settings{PasswordMin: 12}, create, false, "username=bobsmith, password=eleven char, skip_password_checks=yes", ""},
		{migrate.Settings{PasswordMax: 9}, create, false, "username=bobsmith, password=eleven char", "password_length"},

		// Where the user may exist, only a look-up tells what is sent.
		{migrate.Settings{PhoneNumber: off, LegalConsent: required, FirstName: off}, migrate.Upsert, false,
			"external_id=a, first_name=A, phone_number=+12025550123", "name_off (phone_number_off) (legal_consent_required)"},
		{migrate.Settings{PhoneNumber: off}, migrate.Upsert, true, "external_id=a, phone_number=+12025550123", "phone_number_off"},
		{migrate.Settings{PhoneNumber: off}, migrate.Upsert, false, "phone_number=+12025550123", "phone_number_off"}, // its id is made up: it is new
		// An update is judged by what it sends.
		{migrate.Settings{PhoneNumber: off, EmailAddress: required, LegalConsent: required}, migrate.Upsert, true, "user_id=user_1, phone_number=+12025550123", ""},
		{migrate.Settings{PhoneNumber: off, EmailAddress: required}, migrate.UpdateOnlyMode, true, "external_id=a, phone_number=+12025550123", ""},
		{migrate.Settings{TOTP: off, PasswordOnly: on}, migrate.UpdateOnlyMode, false, "external_id=a, totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "totp_off"},

		// Nobody could sign in.
		{migrate.Settings{SignIn: migrate.SignInSettings{PhoneNumber: off}}, create, false, "phone_number=+12025550123", "(no_sign_in)"},
		{migrate.Settings{SignIn: migrate.SignInSettings{PhoneNumber: off}}, create, false, "phone_number=+12025550123, username=bobsmith", ""}, // not known
	} {
		u := userOf(t, c.mode, c.cells)
		var got []string
		for _, p := range c.settings.Problems(u, c.mode, c.empty) {
			word := p.Code
			if p.Severity == migrate.Warning {
				word = "(" + word + ")"
			}
			got = append(got, word)
			if !strings.Contains(c.cells, "secret") && strings.Contains(p.Message, "JBSW") || p.Field == "" || p.Row != u.Row {
				t.Errorf("%s: problem %+v", c.cells, p)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.cells, got, c.want)
		}
	}
}

// What is not known refuses nothing, and is not taken for off.
func TestUnknownSettingsRefuseNothing(t *testing.T) {
	for _, cells := range []string{
		"username=b.", "email_address=a@gmail.com, phone_number=+12025550123, first_name=A, totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
		"password=12345678, username=bob, backup_codes=a|b, web3_wallet=0x52908400098527886E0F7030069857D2E4169EE7",
	} {
		u := userOf(t, migrate.CreateOnlyMode, cells)
		for _, s := range []*migrate.Settings{nil, {}} {
			if got := s.Problems(u, migrate.CreateOnlyMode, true); len(got) > 0 {
				t.Errorf("%s: %v", cells, found(got))
			}
			plan := migrate.Plan{Action: migrate.Create}
			if got := s.Refuse(u, plan); cmp.Diff(got, plan) != "" {
				t.Errorf("%s: the plan becomes %+v", cells, got)
			}
			if s.Known() || s.AboutNewUsers() {
				t.Errorf("settings that say nothing are known")
			}
		}
	}
}

// A plan that Clerk would refuse becomes a rejection, once it is known whether
// the user is there.
func TestSettingsRefusePlans(t *testing.T) {
	s := migrate.Settings{PhoneNumber: off, TOTP: off, EmailAddress: required, SignIn: migrate.SignInSettings{Username: off}}
	for _, c := range []struct {
		cells  string
		action migrate.Action
		want   string
	}{
		{"external_id=a, email_address=a@gmail.com, phone_number=+12025550123", migrate.Create, "phone_number_off phone_number"},
		{"external_id=a, email_address=a@gmail.com, phone_number=+12025550123", migrate.Update, ""},
		{"external_id=a, username=bobsmith", migrate.Create, "email_address_required email_address"},
		{"external_id=a, username=bobsmith", migrate.Update, ""},
		{"external_id=a, username=bobsmith, skip_user_requirement=yes", migrate.Create, ""}, // no_sign_in warns only
		{"external_id=a, email_address=a@gmail.com, totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", migrate.Update, "totp_off totp_secret"},
		{"external_id=a, phone_number=+12025550123", migrate.NoAction, ""},
	} {
		got := s.Refuse(userOf(t, migrate.Upsert, c.cells), migrate.Plan{Action: c.action, UserID: "user_1"})
		if text := strings.TrimSpace(got.Code + " " + got.Field); text != c.want || (got.State == migrate.Rejected) != (c.want != "") || got.UserID != "user_1" {
			t.Errorf("%s, %v: %+v, want %q", c.cells, c.action, got, c.want)
		}
		if c.want != "" && got.Action != migrate.NoAction {
			t.Errorf("%s: something is still sent", c.cells)
		}
	}
}

// CheckSettings passes over what the checks refuse, and keeps the order; Check
// does both, and believes the instance about usernames.
func TestCheckWithSettings(t *testing.T) {
	rules := migrate.Rules{Mode: migrate.CreateOnlyMode, Settings: &migrate.Settings{
		Username: on, UsernameCharacters: off, UsernameMin: 3, UsernameMax: 64, FirstName: off, PhoneNumber: off,
	}}
	var list []*source.Row
	for i, cells := range [][]string{
		{"username", "bob"}, {"username", "b o b"}, {"username", "carol", "first_name", "C"}, {"email_address", "nobody", "first_name", "C"},
		{"username", "1234"}, {"username", "erin", "phone_number", "+12025550123"},
	} {
		r := row(t, cells...)
		r.Number, r.Line = int64(i+1), int64(i+2)
		list = append(list, r)
	}
	in := listing(func(yield func(*source.Row, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	})
	collect := func(found *[]string) func([]migrate.Problem) error {
		return func(problems []migrate.Problem) error {
			for _, p := range problems {
				if p.Code != "external_id_generated" && p.Code != "duplicate_username" {
					*found = append(*found, fmt.Sprint(p.Row, " ", p.Code))
				}
			}
			return nil
		}
	}
	var alone, all []string
	if err := migrate.CheckSettings(t.Context(), in, rules, collect(&alone)); err != nil {
		t.Fatal(err)
	}
	if want := []string{"2 username_characters", "3 name_off", "6 phone_number_off"}; !slices.Equal(alone, want) {
		t.Errorf("the settings alone: %q, want %q", alone, want)
	}
	census, err := migrate.Check(t.Context(), in, rules, func() (func([]migrate.Problem) error, error) { return collect(&all), nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"2 username_characters", "3 name_off", "4 email_invalid", "5 username_shape", "6 phone_number_off"}
	if !slices.Equal(all, want) || census.Rejected != 4 {
		t.Errorf("with the checks: %q, %d rejected; want %q", all, census.Rejected, want)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := migrate.CheckSettings(ended, in, rules, collect(&alone)); err == nil {
		t.Error("it goes on after its context has ended")
	}
}
