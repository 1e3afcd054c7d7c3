package migrate

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Profile holds the properties that a create and an update share. Every field
// tells three things apart: absent (nil), empty and set; absent ones are not
// sent.
type Profile struct {
	ExternalID *string `json:"external_id,omitzero"`
	FirstName  *string `json:"first_name,omitzero"`
	LastName   *string `json:"last_name,omitzero"`
	Username   *string `json:"username,omitzero"`
	Locale     *string `json:"locale,omitzero"` // BCP 47

	Password           *Secret `json:"password,omitzero"`
	PasswordDigest     *Secret `json:"password_digest,omitzero"`
	PasswordHasher     *string `json:"password_hasher,omitzero"`
	SkipPasswordChecks *bool   `json:"skip_password_checks,omitzero"`

	TOTPSecret  *Secret  `json:"totp_secret,omitzero"` // base32
	BackupCodes []Secret `json:"backup_codes,omitzero"`

	PublicMetadata  jsontext.Value `json:"public_metadata,omitzero"`
	PrivateMetadata jsontext.Value `json:"private_metadata,omitzero"`
	UnsafeMetadata  jsontext.Value `json:"unsafe_metadata,omitzero"`

	DeleteSelfEnabled         *bool  `json:"delete_self_enabled,omitzero"`
	CreateOrganizationEnabled *bool  `json:"create_organization_enabled,omitzero"`
	CreateOrganizationsLimit  *int64 `json:"create_organizations_limit,omitzero"` // 0 = unlimited

	LegalAcceptedAt *string `json:"legal_accepted_at,omitzero"` // RFC 3339
	SkipLegalChecks *bool   `json:"skip_legal_checks,omitzero"`
	CreatedAt       *string `json:"created_at,omitzero"` // RFC 3339

	BypassClientTrust *bool `json:"bypass_client_trust,omitzero"`
}

// UpdateOnly holds the properties that only an update takes. The three ids
// must name verified identifications that the user has already.
type UpdateOnly struct {
	PrimaryEmailAddressID            *string `json:"primary_email_address_id,omitzero"`
	NotifyPrimaryEmailAddressChanged *bool   `json:"notify_primary_email_address_changed,omitzero"`
	PrimaryPhoneNumberID             *string `json:"primary_phone_number_id,omitzero"`
	PrimaryWeb3WalletID              *string `json:"primary_web3_wallet_id,omitzero"`
	ProfileImageID                   *string `json:"profile_image_id,omitzero"`
	SignOutOfOtherSessions           *bool   `json:"sign_out_of_other_sessions,omitzero"`
}

// CreateOnly holds the properties that only a create takes. The first of each
// list becomes primary; a status list has one item per identifier.
type CreateOnly struct {
	EmailAddress                     []string `json:"email_address,omitzero"`
	EmailAddressIdentificationStatus []string `json:"email_address_identification_status,omitzero"`
	PhoneNumber                      []string `json:"phone_number,omitzero"` // E.164
	PhoneNumberIdentificationStatus  []string `json:"phone_number_identification_status,omitzero"`
	Web3Wallet                       []string `json:"web3_wallet,omitzero"`
	SkipPasswordRequirement          *bool    `json:"skip_password_requirement,omitzero"`
	SkipUserRequirement              *bool    `json:"skip_user_requirement,omitzero"`
	SkipRestrictionChecks            *bool    `json:"skip_restriction_checks,omitzero"`
	Banned                           *bool    `json:"banned,omitzero"`
	Locked                           *bool    `json:"locked,omitzero"`
}

// An UpdateUserRequest is what one row wants of a user that exists: the body
// of PATCH /users/{user_id}, and metadata to be merged into what is there
// (PATCH /users/{user_id}/metadata). It is an intent: how many HTTP requests it
// takes is for the client to know.
type UpdateUserRequest struct {
	Profile
	UpdateOnly
	Merge Metadata `json:"-"`
}

// A CreateUserRequest is a new user with everything in one request: the body
// of POST /users.
type CreateUserRequest struct {
	Profile
	CreateOnly
}

// reveal lets the encoder write the value of a Secret, which no other way of
// encoding one does.
var reveal = json.WithMarshalers(json.MarshalToFunc(func(enc *jsontext.Encoder, s Secret) error {
	return enc.WriteToken(jsontext.String(string(s)))
}))

// Encode returns the JSON body of a request, secrets revealed. Metadata is
// written as it was read, to the digit.
func Encode(request any) ([]byte, error) {
	return json.Marshal(request, reveal, jsontext.AllowInvalidUTF8(false), json.Deterministic(true))
}
