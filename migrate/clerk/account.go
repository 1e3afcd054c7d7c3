package clerk

import (
	"time"

	"carryover/migrate"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A user is Clerk's User object, as far as a migration looks at it. Times are
// milliseconds since 1970; what may be null is a pointer.
type user struct {
	ID         string  `json:"id"`
	ExternalID *string `json:"external_id"`

	FirstName *string `json:"first_name"`
	LastName  *string `json:"last_name"`
	Username  *string `json:"username"`
	Locale    maybe   `json:"locale"`

	EmailAddresses []identification `json:"email_addresses"`
	PhoneNumbers   []identification `json:"phone_numbers"`
	Web3Wallets    []identification `json:"web3_wallets"`

	PrimaryEmailAddressID *string `json:"primary_email_address_id"`
	PrimaryPhoneNumberID  *string `json:"primary_phone_number_id"`
	PrimaryWeb3WalletID   *string `json:"primary_web3_wallet_id"`

	PublicMetadata  jsontext.Value `json:"public_metadata"`
	PrivateMetadata jsontext.Value `json:"private_metadata"`
	UnsafeMetadata  jsontext.Value `json:"unsafe_metadata"`

	PasswordEnabled   bool `json:"password_enabled"`
	TOTPEnabled       bool `json:"totp_enabled"`
	BackupCodeEnabled bool `json:"backup_code_enabled"`

	DeleteSelfEnabled         *bool  `json:"delete_self_enabled"`
	CreateOrganizationEnabled *bool  `json:"create_organization_enabled"`
	CreateOrganizationsLimit  *int64 `json:"create_organizations_limit"`
	BypassClientTrust         *bool  `json:"bypass_client_trust"`
	Banned                    bool   `json:"banned"`
	Locked                    bool   `json:"locked"`

	CreatedAt       *int64 `json:"created_at"`
	UpdatedAt       *int64 `json:"updated_at"`
	LegalAcceptedAt *int64 `json:"legal_accepted_at"`
	LastSignInAt    *int64 `json:"last_sign_in_at"`
}

// A maybe is a text that may be null, and that not every version of the API
// shows.
type maybe struct {
	shown bool
	text  string
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *maybe) UnmarshalJSON(b []byte) error {
	var text *string
	err := json.Unmarshal(b, &text)
	m.shown, m.text = true, valueOf(text)
	return err
}

// An identification is an e-mail address, phone number or wallet object; only
// one of the three values is there.
type identification struct {
	ID           string `json:"id"`
	EmailAddress string `json:"email_address"`
	PhoneNumber  string `json:"phone_number"`
	Web3Wallet   string `json:"web3_wallet"`
	Verification *struct {
		Status string `json:"status"`
	} `json:"verification"`
}

// account returns the user in the words of the migration. ok is false where
// it has no id, so that it is no user.
func (u *user) account() (account *migrate.Account, ok bool) {
	if !isID(u.ID) {
		return nil, false
	}
	return &migrate.Account{
		ID:         u.ID,
		ExternalID: valueOf(u.ExternalID),
		FirstName:  valueOf(u.FirstName),
		LastName:   valueOf(u.LastName),
		Username:   valueOf(u.Username),

		Locale:       u.Locale.text,
		LocaleHidden: !u.Locale.shown,

		EmailAddresses:        identifiers(u.EmailAddresses),
		PhoneNumbers:          identifiers(u.PhoneNumbers),
		Web3Wallets:           identifiers(u.Web3Wallets),
		PrimaryEmailAddressID: valueOf(u.PrimaryEmailAddressID),
		PrimaryPhoneNumberID:  valueOf(u.PrimaryPhoneNumberID),
		PrimaryWeb3WalletID:   valueOf(u.PrimaryWeb3WalletID),

		PublicMetadata:  notNull(u.PublicMetadata),
		PrivateMetadata: notNull(u.PrivateMetadata),
		UnsafeMetadata:  notNull(u.UnsafeMetadata),

		PasswordEnabled:   u.PasswordEnabled,
		TOTPEnabled:       u.TOTPEnabled,
		BackupCodeEnabled: u.BackupCodeEnabled,

		DeleteSelfEnabled:         u.DeleteSelfEnabled,
		CreateOrganizationEnabled: u.CreateOrganizationEnabled,
		CreateOrganizationsLimit:  u.CreateOrganizationsLimit,
		BypassClientTrust:         u.BypassClientTrust,
		Banned:                    u.Banned,
		Locked:                    u.Locked,

		CreatedAt:       fromMillis(u.CreatedAt),
		UpdatedAt:       fromMillis(u.UpdatedAt),
		LegalAcceptedAt: fromMillis(u.LegalAcceptedAt),
		LastSignInAt:    fromMillis(u.LastSignInAt),
	}, true
}

// decodeAccount reads a User object that must have the ids given, where they
// are not nil, and puts it into account.
func decodeAccount(account **migrate.Account, userID, externalID *string) func([]byte) error {
	return func(body []byte) error {
		var u user
		if err := decodeJSON(body, &u); err != nil {
			return err
		}
		a, ok := u.account()
		switch {
		case !ok:
			return errUndecodable
		case userID != nil && a.ID != *userID, externalID != nil && a.ExternalID != *externalID:
			return errOtherUser
		}
		*account = a
		return nil
	}
}

// errOtherUser is an answer that belongs to another request.
var errOtherUser = &cause{text: "the answer shows another user than the one asked for"}

// identifiers returns a user's identifications of one kind.
func identifiers(of []identification) []migrate.Identifier {
	var list []migrate.Identifier
	for _, i := range of {
		list = append(list, migrate.Identifier{
			ID:       i.ID,
			Value:    i.EmailAddress + i.PhoneNumber + i.Web3Wallet, // one is set
			Verified: i.Verification != nil && i.Verification.Status == "verified",
		})
	}
	return list
}

// valueOf returns what p points at, or the zero value.
func valueOf[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// notNull returns value, or nil where it is JSON's null.
func notNull(value jsontext.Value) jsontext.Value {
	if value.Kind() == jsontext.KindNull {
		return nil
	}
	return value
}

// fromMillis returns a time of Clerk's, the zero time for none.
func fromMillis(millis *int64) time.Time {
	if millis == nil || *millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(*millis).UTC()
}
