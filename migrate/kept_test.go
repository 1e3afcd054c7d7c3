package migrate_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

func raw(text string) jsontext.Value { return jsontext.Value(text) }

// updatingRow gives every field that an update can set.
func updatingRow() *migrate.User {
	u := &migrate.User{UserID: "user_1"}
	u.ExternalID, u.FirstName, u.LastName, u.Username, u.Locale = ptr("e2"), ptr("Eve"), ptr(""), ptr("EVE"), ptr("de")
	u.PublicMetadata, u.PrivateMetadata, u.UnsafeMetadata = raw(`{"b": 2,"a":1.0}`), raw(`{}`), raw(`{"z":null}`)
	u.DeleteSelfEnabled, u.CreateOrganizationEnabled, u.BypassClientTrust = ptr(false), ptr(true), ptr(true)
	u.CreateOrganizationsLimit = ptr(int64(0))
	u.LegalAcceptedAt, u.CreatedAt = ptr("2026-01-02T03:04:05.678Z"), ptr("2026-01-02T05:04:05+02:00")
	u.PrimaryEmailAddressID, u.PrimaryPhoneNumberID, u.PrimaryWeb3WalletID = ptr("idn_e2"), ptr("idn_p2"), ptr("idn_w2")
	u.Password, u.PasswordDigest, u.TOTPSecret = ptr(migrate.Secret("hunter2")), ptr(migrate.Secret("$2a$")), ptr(migrate.Secret("JBSWY3DP"))
	u.BackupCodes, u.ProfileImageID = []migrate.Secret{"code-1"}, ptr("img_1")
	return u
}

// before is the user as it was, and after as the row makes it.
func before() *migrate.Account {
	return &migrate.Account{
		ID: "user_1", ExternalID: "e1", FirstName: "Ada", LastName: "Park", Username: "ada", Locale: "",
		PublicMetadata: raw(`{"old":[1,2.50]}`), PrivateMetadata: raw(`{"p":1}`),
		PasswordEnabled: true, DeleteSelfEnabled: ptr(true), CreateOrganizationEnabled: ptr(false), BypassClientTrust: ptr(false),
		CreatedAt: time.UnixMilli(1_600_000_000_123), PrimaryEmailAddressID: "idn_e1", PrimaryPhoneNumberID: "idn_p1",
	}
}

func after() *migrate.Account {
	a := before()
	a.ExternalID, a.FirstName, a.LastName, a.Username, a.Locale = "e2", "Eve", "", "eve", "de"
	a.PublicMetadata, a.PrivateMetadata, a.UnsafeMetadata = raw(`{"a":1.0,"b":2}`), raw(`{}`), raw(`{"z":null}`)
	a.DeleteSelfEnabled, a.CreateOrganizationEnabled, a.BypassClientTrust = ptr(false), ptr(true), ptr(true)
	a.CreateOrganizationsLimit = ptr(int64(0))
	a.LegalAcceptedAt, a.CreatedAt = time.UnixMilli(1767323045678), time.UnixMilli(1767323045000)
	a.PrimaryEmailAddressID, a.PrimaryPhoneNumberID, a.PrimaryWeb3WalletID = "idn_e2", "idn_p2", "idn_w2"
	return a
}

// values are fields as text.
func values(f migrate.FieldValues) map[string]string {
	m := map[string]string{}
	for name, v := range f {
		m[name] = string(v)
	}
	return m
}

// Every field that Clerk shows is given back as it was, what was empty as null;
// secrets are not kept at all, only whether there was one.
func TestRestoreEveryField(t *testing.T) {
	changes := migrate.KeptBy(updatingRow(), before())
	text, err := changes.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"hunter2", "$2a$", "JBSWY3DP", "code-1"} {
		if bytes.Contains(text, []byte(secret)) {
			t.Errorf("%s is kept", secret)
		}
	}
	kept, err := migrate.DecodeKept(text)
	if err != nil {
		t.Fatal(err)
	}
	if had := kept["password_digest"].Had; had == nil || !*had || *kept["totp_secret"].Had || kept["profile_image_id"].Had != nil {
		t.Errorf("secrets: %+v", kept)
	}
	r := kept.Restore(after())
	want := map[string]string{
		"external_id": `"e1"`, "first_name": `"Ada"`, "last_name": `"Park"`, "username": `"ada"`, "locale": `null`,
		"public_metadata": `{"old":[1,2.50]}`, "private_metadata": `{"p":1}`, "unsafe_metadata": `{}`,
		"delete_self_enabled": `true`, "create_organization_enabled": `false`, "create_organizations_limit": `null`,
		"bypass_client_trust": `false`, "legal_accepted_at": `null`, "created_at": `"2020-09-13T12:26:40.123Z"`,
		"primary_email_address_id": `"idn_e1"`, "primary_phone_number_id": `"idn_p1"`, "primary_web3_wallet_id": `null`,
	}
	if d := cmp.Diff(want, values(r.Give)); d != "" {
		t.Errorf("given back (-want +got):\n%s", d)
	}
	lost := []string{"backup_codes", "password", "password_digest", "profile_image_id", "totp_secret"}
	if d := cmp.Diff(lost, r.Lost); d != "" || r.Same != nil || r.Changed != nil {
		t.Errorf("lost (-want +got):\n%s%v %v", d, r.Same, r.Changed)
	}
	if missed := r.Give.Missed(before()); missed != nil {
		t.Errorf("missed although it is as before: %v", missed)
	}
	if missed := r.Give.Missed(after()); len(missed) != len(want) {
		t.Errorf("only %v are missed where nothing was taken", missed)
	}
}

// Every field by itself: given back where it holds what was written, left alone
// where it is as before, and where somebody has changed it.
func TestRestoreFieldByField(t *testing.T) {
	all := migrate.KeptBy(updatingRow(), before())
	for name, change := range all {
		if change.After == nil {
			continue
		}
		one := migrate.KeptChanges{name: change}
		if r := one.Restore(after()); len(r.Give) != 1 || len(r.Same)+len(r.Changed)+len(r.Lost) != 0 {
			t.Errorf("%s as written: %+v", name, r)
		}
		if r := one.Restore(before()); len(r.Same) != 1 || len(r.Give)+len(r.Changed)+len(r.Lost) != 0 {
			t.Errorf("%s as before: %+v", name, r)
		}
		other := migrate.KeptBy(updatingRow(), after())
		if other[name].After != nil {
			t.Errorf("%s as written differs from the row", name)
		}
		change.Before, change.After = raw(`"x"`), raw(`"y"`)
		if r := (migrate.KeptChanges{name: change}).Restore(after()); len(r.Changed) != 1 || len(r.Give) != 0 {
			t.Errorf("%s as somebody has changed it: %+v", name, r)
		}
		change.Before = nil
		if r := (migrate.KeptChanges{name: change}).Restore(after()); len(r.Lost) != 1 || len(r.Give) != 0 {
			t.Errorf("%s that nobody looked at: %+v", name, r)
		}
	}
}

// Of several updates, the earliest knows what was there, and the latest what was
// written; nothing is taken for what was there that an update of ours wrote.
func TestChangesOneAfterTheOther(t *testing.T) {
	first := migrate.KeptChanges{"a": {Before: raw("1"), After: raw("2")}, "s": {Had: ptr(false)}, "u": {After: raw("5")}, "e": {Before: raw("7")}, "f": {Before: raw("8"), After: raw("9")}}
	second := migrate.KeptChanges{"a": {Before: raw("2"), After: raw("3")}, "b": {Before: raw("null"), After: raw("4")}, "s": {Had: ptr(true)}, "u": {Before: raw("5"), After: raw("6")}, "e": {After: raw("1")}, "f": {Before: raw("9")}}
	want := migrate.KeptChanges{"a": {Before: raw("1"), After: raw("3")}, "b": {Before: raw("null"), After: raw("4")}, "s": {Had: ptr(false)}, "u": {After: raw("6")}, "e": {Before: raw("7"), After: raw("1")}, "f": {Before: raw("8"), After: raw("9")}}
	if d := cmp.Diff(want, migrate.KeptChanges{}.Then(first).Then(second)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
