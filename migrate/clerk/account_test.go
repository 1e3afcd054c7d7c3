package clerk

import (
	"os"
	"testing"
	"time"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestAccount(t *testing.T) {
	body, err := os.ReadFile("testdata/user.json")
	if err != nil {
		t.Fatal(err)
	}
	want := &migrate.Account{
		ID: "user_2abc", ExternalID: "legacy-1",
		FirstName: "Ada", Username: "ada", Locale: "en-GB",
		EmailAddresses: []migrate.Identifier{
			{ID: "idn_1", Value: "ada@example.com", Verified: true},
			{ID: "idn_2", Value: "ada@example.org"},
		},
		PhoneNumbers:          []migrate.Identifier{{ID: "idn_3", Value: "+441632960123", Verified: true}},
		Web3Wallets:           []migrate.Identifier{{ID: "idn_4", Value: "0x0000000000000000000000000000000000000001", Verified: true}},
		PrimaryEmailAddressID: "idn_1", PrimaryPhoneNumberID: "idn_3", PrimaryWeb3WalletID: "idn_4",
		// To the digit: it is larger than any 64-bit float keeps.
		PublicMetadata:    jsontext.Value(`{"plan": "pro", "big": 12345678901234567890}`),
		UnsafeMetadata:    jsontext.Value(`{}`),
		PasswordEnabled:   true,
		TOTPEnabled:       true,
		DeleteSelfEnabled: ptr(true), CreateOrganizationEnabled: ptr(false),
		BypassClientTrust: ptr(true), CreateOrganizationsLimit: ptr(int64(5)),
		Locked:          true,
		CreatedAt:       time.UnixMilli(1500000000000).UTC(),
		UpdatedAt:       time.UnixMilli(1700690400123).UTC(),
		LegalAcceptedAt: time.UnixMilli(1600000000000).UTC(),
	}
	var got *migrate.Account
	if err := decodeAccount(&got, ptr("user_2abc"), ptr("legacy-1"))(body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
}

// An answer without a locale says something else than one that there is none.
func TestAccountLocale(t *testing.T) {
	for body, want := range map[string]migrate.Account{
		`{"id":"user_1","locale":"pt-BR"}`: {ID: "user_1", Locale: "pt-BR"},
		`{"id":"user_1","locale":null}`:    {ID: "user_1"},
		`{"id":"user_1"}`:                  {ID: "user_1", LocaleHidden: true},
	} {
		var got *migrate.Account
		if err := decodeAccount(&got, nil, nil)([]byte(body)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

func TestAccountIsChecked(t *testing.T) {
	for _, tt := range []struct {
		name, body         string
		userID, externalID *string
		want               error
	}{
		{"the smallest user", `{"id":"user_1"}`, nil, nil, nil},
		{"the user and external id that were sent", `{"id":"user_1","external_id":"a"}`, ptr("user_1"), ptr("a"), nil},
		{"no id", `{"external_id":"a"}`, nil, ptr("a"), errUndecodable},
		{"an id that is none", `{"id":"../users"}`, nil, nil, errUndecodable},
		{"another user", `{"id":"user_2"}`, ptr("user_1"), nil, errOtherUser},
		{"another external id", `{"id":"user_1","external_id":"A"}`, nil, ptr("a"), errOtherUser},
		{"no external id", `{"id":"user_1","external_id":null}`, nil, ptr("a"), errOtherUser},
		{"a page", `<html>`, nil, nil, errUndecodable},
		{"an error document", refusal("a", ""), nil, nil, errUndecodable},
		{"broken off", `{"id":"user_1"`, nil, nil, errUndecodable},
		{"null", `null`, nil, nil, errUndecodable},
		{"two documents", `{"id":"user_1"}{"id":"user_2"}`, nil, nil, errUndecodable},
		{"nothing", ``, nil, nil, errUndecodable},
	} {
		var got *migrate.Account
		if err := decodeAccount(&got, tt.userID, tt.externalID)([]byte(tt.body)); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		} else if (got != nil) != (tt.want == nil) {
			t.Errorf("%s: account %v with error %v", tt.name, got, err)
		}
	}
}
