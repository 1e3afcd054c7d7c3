package migrate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carryover/migrate"
)

var signedUp = time.Date(2019, 5, 4, 3, 2, 1, 123e6, time.UTC)

// wholeRow gives every property that can be compared.
func wholeRow() *migrate.User {
	u := &migrate.User{Row: 1, Line: 2}
	u.ExternalID, u.FirstName, u.LastName = new("legacy-1"), new("Zoë"), new("Ørsted")
	u.Username, u.Locale = new("Zoe_1"), new("pt-BR")
	u.PasswordDigest, u.TOTPSecret, u.BackupCodes = new(migrate.Secret("d")), new(migrate.Secret("t")), []migrate.Secret{"b"}
	u.PublicMetadata = jsontext.Value(`{"big": 9007199254740993, "a": [1, 2]}`)
	u.PrivateMetadata, u.UnsafeMetadata = jsontext.Value(`{"exact":1.50}`), jsontext.Value(`{}`)
	u.DeleteSelfEnabled, u.CreateOrganizationEnabled = new(false), new(true)
	u.CreateOrganizationsLimit, u.BypassClientTrust = new(int64(3)), new(true)
	u.CreatedAt, u.LegalAcceptedAt = new("2019-05-04T05:02:01.123456+02:00"), new("2019-05-04T03:02:01.123Z")
	u.EmailAddress = []string{"Zoe@Example.com", "zoe@example.org"}
	u.EmailAddressIdentificationStatus = []string{"verified", "reserved"}
	u.PhoneNumber, u.Web3Wallet = []string{"+12025550123"}, []string{"0xAB42c1bb20bbe6619102ee880b31b0b008e0cAFE"}
	u.Banned, u.Locked = new(true), new(false)
	return u
}

// itsAccount is what Clerk shows of a user who was made of it.
func itsAccount() *migrate.Account {
	return &migrate.Account{
		ID: "user_1", ExternalID: "legacy-1", FirstName: "Zoë", LastName: "Ørsted", Username: "zoe_1", Locale: "pt-BR",
		EmailAddresses: []migrate.Identifier{
			{ID: "idn_1", Value: "zoe@example.com", Verified: true}, {ID: "idn_2", Value: "zoe@example.org"},
		},
		PhoneNumbers:          []migrate.Identifier{{ID: "idn_3", Value: "+12025550123", Verified: true}},
		Web3Wallets:           []migrate.Identifier{{ID: "idn_4", Value: "0xab42c1bb20bbe6619102ee880b31b0b008e0cafe", Verified: true}},
		PrimaryEmailAddressID: "idn_1", PrimaryPhoneNumberID: "idn_3", PrimaryWeb3WalletID: "idn_4",
		PublicMetadata: jsontext.Value(`{"a":[1,2],"big":9007199254740993}`), PrivateMetadata: jsontext.Value(`{"exact":1.50}`),
		PasswordEnabled: true, TOTPEnabled: true, BackupCodeEnabled: true,
		DeleteSelfEnabled: new(false), CreateOrganizationEnabled: new(true), CreateOrganizationsLimit: new(int64(3)), BypassClientTrust: new(true),
		Banned: true, CreatedAt: signedUp, LegalAcceptedAt: signedUp, UpdatedAt: signedUp,
	}
}

// tell writes deviations in a line each: field, ours, theirs, and whether an
// update could change it.
func tell(c migrate.Comparison) []string {
	var lines []string
	for _, d := range c.Deviations {
		line := fmt.Sprintf("%s %s %s", d.Field, d.Ours, d.Theirs)
		if d.Beyond {
			line += " beyond"
		}
		lines = append(lines, line)
	}
	return lines
}

// Each property that Clerk shows is compared, and nothing else is told.
func TestCompare(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*migrate.Account)
		created []string // of a user who was made of the row
		updated []string // nil for the same
	}{
		"equal":       {change: func(*migrate.Account) {}},
		"external id": {change: func(a *migrate.Account) { a.ExternalID = "" }, created: []string{`external_id "legacy-1" ""`}},
		"names": {
			change:  func(a *migrate.Account) { a.FirstName, a.LastName = "Zoe", "ørsted" },
			created: []string{`first_name "Zoë" "Zoe"`, `last_name "Ørsted" "ørsted"`},
		},
		"username": {change: func(a *migrate.Account) { a.Username = "zoe" }, created: []string{`username "Zoe_1" "zoe"`}},
		"locale":   {change: func(a *migrate.Account) { a.Locale = "" }, created: []string{`locale "pt-BR" ""`}},
		"secrets": {
			change:  func(a *migrate.Account) { a.PasswordEnabled, a.TOTPEnabled, a.BackupCodeEnabled = false, false, false },
			created: []string{"password_enabled true false", "totp_enabled true false", "backup_code_enabled true false"},
		},
		"metadata, to the digit": {
			change: func(a *migrate.Account) {
				a.PublicMetadata = jsontext.Value(`{"a":[1,2],"big":9007199254740992}`)
				a.PrivateMetadata = jsontext.Value(`{"exact":1.5}`)
				a.UnsafeMetadata = jsontext.Value(`{"more":null}`)
			},
			created: []string{
				`public_metadata {"a":[1,2],"big":9007199254740993} {"a":[1,2],"big":9007199254740992}`,
				`private_metadata {"exact":1.50} {"exact":1.5}`, `unsafe_metadata {} {"more":null}`,
			},
		},
		"switches": {
			change: func(a *migrate.Account) {
				a.DeleteSelfEnabled, a.CreateOrganizationEnabled = new(true), new(false)
				a.CreateOrganizationsLimit, a.BypassClientTrust = new(int64(0)), new(false)
			},
			created: []string{
				"delete_self_enabled false true", "create_organization_enabled true false",
				"create_organizations_limit 3 0", "bypass_client_trust true false",
			},
		},
		"banned and locked": {
			change:  func(a *migrate.Account) { a.Banned, a.Locked = false, true },
			created: []string{"banned true false", "locked false true"},
			updated: []string{"banned true false beyond", "locked false true beyond"},
		},
		"times, to the millisecond": {
			change: func(a *migrate.Account) {
				a.CreatedAt, a.LegalAcceptedAt = signedUp.Add(time.Millisecond), time.Time{}
			},
			created: []string{
				`created_at "2019-05-04T03:02:01.123Z" "2019-05-04T03:02:01.124Z"`, `legal_accepted_at "2019-05-04T03:02:01.123Z" ""`,
			},
		},
		"an address is missing": {
			change:  func(a *migrate.Account) { a.EmailAddresses = a.EmailAddresses[:1] },
			created: []string{`email_address ["Zoe@Example.com","zoe@example.org"] ["zoe@example.com"]`},
			updated: []string{`email_address ["Zoe@Example.com","zoe@example.org"] ["zoe@example.com"] beyond`},
		},
		"an address more": {
			change: func(a *migrate.Account) {
				a.PhoneNumbers = append(a.PhoneNumbers, migrate.Identifier{ID: "idn_9", Value: "+12025550124"})
			},
			created: []string{`phone_number ["+12025550123"] ["+12025550123","+12025550124"]`},
			updated: []string{},
		},
		"not verified": {
			change: func(a *migrate.Account) { a.PhoneNumbers[0].Verified = false },
			created: []string{
				`phone_number_identification_status ["+12025550123: verified"] ["+12025550123: not verified"]`,
			},
			updated: []string{
				`phone_number_identification_status ["+12025550123: verified"] ["+12025550123: not verified"] beyond`,
			},
		},
		"verified though reserved": {
			change: func(a *migrate.Account) { a.EmailAddresses[1].Verified = true },
			created: []string{
				`email_address_identification_status ["Zoe@Example.com: verified","zoe@example.org: not verified"] ["Zoe@Example.com: verified","zoe@example.org: verified"]`,
			},
			updated: []string{
				`email_address_identification_status ["Zoe@Example.com: verified","zoe@example.org: not verified"] ["Zoe@Example.com: verified","zoe@example.org: verified"] beyond`,
			},
		},
		"another wallet": {
			change:  func(a *migrate.Account) { a.Web3Wallets[0].Value = "0x011842c1bb20bbe6619102ee880b31b0b008e006" },
			created: []string{`web3_wallet ["0xAB42c1bb20bbe6619102ee880b31b0b008e0cAFE"] ["0x011842c1bb20bbe6619102ee880b31b0b008e006"]`},
			updated: []string{`web3_wallet ["0xAB42c1bb20bbe6619102ee880b31b0b008e0cAFE"] ["0x011842c1bb20bbe6619102ee880b31b0b008e006"] beyond`},
		},
		"another primary": {
			change:  func(a *migrate.Account) { a.PrimaryEmailAddressID = "idn_2" },
			created: []string{`primary_email_address_id "Zoe@Example.com" "zoe@example.org"`},
			updated: []string{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := itsAccount()
			c.change(a)
			if c.updated == nil {
				c.updated = c.created
			}
			if diff := cmp.Diff(c.created, tell(migrate.Compare(wholeRow(), a, migrate.CreateWriting, migrate.Policy{}))); diff != "" {
				t.Errorf("created (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.updated, tell(migrate.Compare(wholeRow(), a, migrate.UpdateWriting, migrate.Policy{})), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("updated (-want +got):\n%s", diff)
			}
			unknown := tell(migrate.Compare(wholeRow(), a, migrate.UnknownWriting, migrate.Policy{}))
			if slices.ContainsFunc(unknown, func(line string) bool { return strings.HasSuffix(line, " beyond") }) {
				t.Errorf("nobody knows that it was an update: %q", unknown)
			}
		})
	}
}

// An update sets primary ids by their own properties, and what a row does not
// give, or Clerk does not show, is not compared.
func TestCompareWhatIsGivenAndShown(t *testing.T) {
	u := &migrate.User{}
	if c := migrate.Compare(u, itsAccount(), migrate.CreateWriting, migrate.Policy{}); len(c.Deviations)+len(c.Hidden) > 0 {
		t.Errorf("an empty row: %q", tell(c))
	}
	u.PrimaryEmailAddressID, u.PrimaryPhoneNumberID, u.PrimaryWeb3WalletID = new("idn_2"), new("idn_3"), new("idn_5")
	want := []string{`primary_email_address_id "idn_2" "idn_1"`, `primary_web3_wallet_id "idn_5" "idn_4"`}
	if diff := cmp.Diff(want, tell(migrate.Compare(u, itsAccount(), migrate.UpdateWriting, migrate.Policy{}))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	a := itsAccount()
	a.Locale, a.LocaleHidden, a.DeleteSelfEnabled, a.CreateOrganizationsLimit = "", true, nil, nil
	c := migrate.Compare(wholeRow(), a, migrate.CreateWriting, migrate.Policy{})
	if diff := cmp.Diff([]string{"locale", "delete_self_enabled", "create_organizations_limit"}, c.Hidden); diff != "" || len(c.Deviations) > 0 {
		t.Errorf("%q; hidden (-want +got):\n%s", tell(c), diff)
	}
}

// What a policy leaves as it was on purpose is no deviation; what it should have
// filled, or merged, is one.
func TestComparedUnderAPolicy(t *testing.T) {
	row := func() *migrate.User {
		u := &migrate.User{}
		u.FirstName, u.LastName, u.PublicMetadata = new("Ada"), new("King"), jsontext.Value(`{"a":1,"b":{"c":2}}`)
		u.PasswordDigest, u.TOTPSecret = new(migrate.Secret("digest")), new(migrate.Secret("secret"))
		return u
	}
	account := migrate.Account{
		ID: "user_1", FirstName: "Eve", PublicMetadata: jsontext.Value(`{"a":7,"b":{"c":2,"d":4}}`), TOTPEnabled: true,
	}
	merge := migrate.NewPolicy(migrate.Overwrite)
	merge.SetMetadata(migrate.Merge)
	for name, c := range map[string]struct {
		policy migrate.Policy
		by     migrate.Writing
		want   []string
	}{
		"overwrite":                      {migrate.Policy{}, migrate.UpdateWriting, []string{"first_name", "last_name", "password_enabled", "public_metadata"}},
		"created":                        {migrate.NewPolicy(migrate.Never), migrate.CreateWriting, []string{"first_name", "last_name", "password_enabled", "public_metadata"}},
		"fill":                           {migrate.NewPolicy(migrate.Fill), migrate.UpdateWriting, []string{"last_name", "password_enabled"}},
		"skip":                           {migrate.NewPolicy(migrate.Never), migrate.UpdateWriting, nil},
		"a digest never, overwrite else": {policy(t, migrate.Overwrite, "password_digest", "never"), migrate.UpdateWriting, []string{"first_name", "last_name", "public_metadata"}},
		"never but for a name":           {policy(t, migrate.Never, "first_name", "overwrite"), migrate.UnknownWriting, []string{"first_name"}},
		"merge":                          {merge, migrate.UpdateWriting, []string{"first_name", "last_name", "password_enabled", "public_metadata"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, d := range migrate.Compare(row(), &account, c.by, c.policy).Deviations {
				got = append(got, d.Field)
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	account.PublicMetadata = jsontext.Value(`{"a":1,"b":{"c":2,"d":4},"e":5}`)
	for _, d := range migrate.Compare(row(), &account, migrate.UpdateWriting, merge).Deviations {
		if d.Field == "public_metadata" {
			t.Errorf("what was merged deviates: %s", d.Theirs)
		}
	}
}
