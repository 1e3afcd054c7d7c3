package migrate_test

import (
	"errors"
	"fmt"
	"slices"

	"testing"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/sandbox"
)

// instances are sandboxes with one setting each.
func instances() map[string]sandbox.Config {
	all := map[string]sandbox.Config{
		"as it is":            {},
		"short usernames":     {UsernameMin: 2, UsernameMax: 8},
		"long usernames":      {UsernameMin: 9},
		"any username":        {AnyUsername: true},
		"long passwords":      {PasswordMin: 13},
		"short passwords":     {PasswordMin: 4, PasswordMax: 12},
		"passwords only":      {PasswordOnly: true},
		"passwords and legal": {PasswordOnly: true, Require: []string{"password", "legal_accepted_at"}},
	}
	for _, name := range sandbox.Switchable() {
		all[name+" off"] = sandbox.Config{Off: []string{name}}
	}
	for _, name := range sandbox.Requirable() {
		all[name+" required"] = sandbox.Config{Require: []string{name}}
	}
	return all
}

// people of all kinds; each of them is taken by an instance as it is.
var kindsOfPeople = []string{
	"email_address=a@gmail.com",
	"email_address=b@gmail.com, first_name=Bea",
	"email_address=c@gmail.com, last_name=Cox",
	"email_address=d@gmail.com, first_name=Dan, last_name=Day",
	"phone_number=+12025550101",
	"email_address=e@gmail.com, phone_number=+12025550102",
	"username=frank",
	"username=grace_hopper, email_address=g@gmail.com",
	"web3_wallet=0x52908400098527886E0F7030069857D2E4169EE7",
	"email_address=h@gmail.com, password=correct horse",
	"email_address=i@gmail.com, password=eleven char",
	"email_address=j@gmail.com, password=eleven char, skip_password_checks=yes",
	"email_address=k@gmail.com, password_digest=" + bcryptDigest + ", password_hasher=bcrypt",
	"email_address=l@gmail.com, totp_secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
	"email_address=m@gmail.com, backup_codes=one|two",
	"email_address=n@gmail.com, legal_accepted_at=2024-01-01T00:00:00Z",
	"email_address=o@gmail.com, skip_legal_checks=yes",
	"email_address=p@gmail.com, skip_password_requirement=no",
	"username=quinn, skip_user_requirement=yes",
	"email_address=r@gmail.com, phone_number=+12025550103, web3_wallet=0x8617E340B3D01FA5F11F306F4090FD50E238070D, username=roberta, first_name=Ro, last_name=Ro, " +
		"password=correct horse, legal_accepted_at=2024-01-01T00:00:00Z",
}

// For each setting, the rows that are named are exactly those that the instance
// refuses, whether they make users or update them.
func TestSettingsAgreeWithTheInstance(t *testing.T) {
	t.Parallel()
	for name, config := range instances() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.UpdateOnlyMode} {
				box, client := startInstance(t, config)
				settings, _, err := client.Settings(t.Context(), clerk.Frontend{}, clerk.Instance{ID: "ins_sandbox", EnvironmentType: "development"})
				if err != nil {
					t.Fatal(err)
				}
				for i, cells := range kindsOfPeople {
					u := userOf(t, mode, fmt.Sprintf("external_id=x%d, %s", i, cells))
					named := migrate.Refused(settings.Problems(u, mode, true))
					var answer error
					if mode == migrate.CreateOnlyMode {
						_, answer = client.CreateUser(t.Context(), u.CreateRequest())
					} else {
						_, answer = client.UpdateUser(t.Context(), anybody(t, box, config, i), u.UpdateRequest())
					}
					if refused := answer != nil; refused != named {
						t.Errorf("%v of %s: named %v, refused %v (%v)", mode, cells, named, refused, answer)
					}
					var e *migrate.Error
					if answer != nil && (!errors.As(answer, &e) || e.Fault != migrate.RefusedFault) {
						t.Errorf("%s: %v", cells, answer)
					}
				}
			}
		})
	}
}

func startInstance(t *testing.T, config sandbox.Config) (*sandbox.Sandbox, *clerk.Client) {
	t.Helper()
	box, err := sandbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	address, err := box.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	client, err := clerk.New(clerk.Config{BaseURL: address, Key: "sk_test_settings"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); _ = box.Close() })
	return box, client
}

// anybody adds a user that the instance takes, and returns its id.
func anybody(t *testing.T, box *sandbox.Sandbox, config sandbox.Config, i int) string {
	t.Helper()
	identifier := fmt.Sprintf(`"email_address":["there%d@gmail.com"]`, i)
	if slices.Contains(config.Off, "email_address") {
		identifier = fmt.Sprintf(`"phone_number":["+120255502%02d"]`, i)
	}
	password := fmt.Sprintf(`,"password_digest":%q,"password_hasher":"bcrypt"`, bcryptDigest)
	if slices.Contains(config.Off, "password") {
		password = ""
	}
	id, err := box.AddUser([]byte(`{"skip_user_requirement":true,"skip_legal_checks":true,` + identifier + password + `}`))
	if err != nil {
		t.Fatal(err)
	}
	return id
}
