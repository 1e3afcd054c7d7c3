package report_test

import (
	"slices"
	"strings"
	"testing"

	"carryover/migrate"
	"carryover/migrate/report"
)

// The worst of the checks is the state; what came from outside is cleaned.
func TestCheckup(t *testing.T) {
	d := &report.Checkup{State: report.Good}
	d.Add("Key", report.Good, "a test key", "")
	d.Add("Settings", report.Doubtful, "evil\x1b[31m "+strings.Repeat("long ", 30), "do something", "off: username", "on: password")
	if d.State != report.Doubtful {
		t.Errorf("the state is %s", d.State)
	}
	d.Add("Folder", report.Bad, "gone", "")
	d.Add("Pace", report.Doubtful, "slow", "")
	if d.State != report.Bad {
		t.Errorf("the state is %s", d.State)
	}
	var b strings.Builder
	if err := report.CheckupText(&b, d); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"GOOD      Key           a test key\n", "WARNING   Settings      evil", "\n                        off: username\n",
		"\n                        → do something\n", "BAD       Folder        gone\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Errorf("it holds an escape:\n%q", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 110 || strings.TrimRight(line, " \n")+"\n" != line {
			t.Errorf("line %q", line)
		}
	}
}

func TestSettingsInWords(t *testing.T) {
	s := &migrate.Settings{
		EmailAddress: migrate.SettingRequired, PhoneNumber: migrate.SettingOff, Username: migrate.SettingOn, LegalConsent: migrate.SettingOff,
		FirstName: migrate.SettingOn, LastName: migrate.SettingOn, Web3Wallet: migrate.SettingOff, TOTP: migrate.SettingOn, BackupCodes: migrate.SettingOn,
		PasswordOnly: migrate.SettingOn, UsernameMin: 4, UsernameMax: 64, PasswordMin: 8,
	}
	brief := []string{"required: email_address", "off: phone_number, web3_wallet", "not known: password", "a password is the only way to sign in"}
	if got := report.SettingsInWords(s, false); !slices.Equal(got, brief) {
		t.Errorf("%q, want %q", got, brief)
	}
	full := []string{
		"required: email_address", "off: phone_number, web3_wallet, legal consent", "on: username, first_name, last_name, totp_secret, backup_codes",
		"not known: password", "a password is the only way to sign in", "usernames of 4 to 64 characters", "passwords of 8 characters or more",
	}
	if got := report.SettingsInWords(s, true); !slices.Equal(got, full) {
		t.Errorf("%q, want %q", got, full)
	}
}
