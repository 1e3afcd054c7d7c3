package sandbox

import (
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The answers follow the schemas User, EmailAddress, PhoneNumber, Web3Wallet,
// Instance, TotalCount and DeletedObject of Clerk's OpenAPI documents.

// An object is a JSON object that is being written: the members in the order of
// the calls. Users are written this way since it takes a fifth of the time that
// reflection does, and a rehearsal writes one for each request.
type object []byte

func (o *object) name(name string) {
	if len(*o) > 0 && (*o)[len(*o)-1] != '{' {
		*o = append(*o, ',')
	}
	*o = append(append(append(*o, '"'), name...), '"', ':')
}

func (o *object) raw(name, value string) {
	o.name(name)
	*o = append(*o, value...)
}

func (o *object) text(name, value string) {
	o.name(name)
	quoted, err := jsontext.AppendQuote(*o, value)
	if err != nil {
		quoted = append(*o, `""`...) // cannot be: all text came through the decoder
	}
	*o = quoted
}

func (o *object) textOrNull(name string, value *string) {
	if value == nil {
		o.raw(name, "null")
		return
	}
	o.text(name, *value)
}

// idOrNull writes an id; the empty one is none.
func (o *object) idOrNull(name, id string) {
	if id == "" {
		o.raw(name, "null")
		return
	}
	o.text(name, id)
}

func (o *object) flag(name string, value bool) {
	o.name(name)
	*o = strconv.AppendBool(*o, value)
}

func (o *object) number(name string, value int64) {
	o.name(name)
	*o = strconv.AppendInt(*o, value, 10)
}

func (o *object) numberOrNull(name string, value *int64) {
	if value == nil {
		o.raw(name, "null")
		return
	}
	o.number(name, *value)
}

// list writes an array, of whatever write appends for each item.
func list[T any](o *object, name string, items []T, write func(*object, *T)) {
	o.name(name)
	*o = append(*o, '[')
	for i := range items {
		if i > 0 {
			*o = append(*o, ',')
		}
		*o = append(*o, '{')
		write(o, &items[i])
		*o = append(*o, '}')
	}
	*o = append(*o, ']')
}

const noImage = "https://img.example.com/default.png"

// appendUser writes a user as Clerk's User schema.
func appendUser(b []byte, r *record) []byte {
	o := object(append(b, '{'))
	o.text("id", r.id)
	o.raw("object", `"user"`)
	o.textOrNull("username", r.username)
	o.textOrNull("first_name", r.firstName)
	o.textOrNull("last_name", r.lastName)
	o.textOrNull("locale", r.locale)
	o.text("profile_image_url", noImage)
	o.text("image_url", noImage)
	o.flag("has_image", r.profileImageID != "")
	o.idOrNull("primary_email_address_id", r.primaryEmail)
	o.idOrNull("primary_phone_number_id", r.primaryPhone)
	o.idOrNull("primary_web3_wallet_id", r.primaryWallet)
	o.flag("password_enabled", r.password != "" || r.digest != "")
	o.flag("two_factor_enabled", r.totp != "")
	o.flag("totp_enabled", r.totp != "")
	o.flag("backup_code_enabled", len(r.backupCodes) > 0)
	list(&o, "email_addresses", r.emails, writeEmail)
	list(&o, "phone_numbers", r.phones, writePhone)
	list(&o, "web3_wallets", r.wallets, writeWallet)
	o.raw("passkeys", "[]")
	o.raw("external_accounts", "[]")
	o.raw("saml_accounts", "[]")
	o.raw("enterprise_accounts", "[]")
	o.raw("public_metadata", string(r.publicMetadata))
	o.raw("private_metadata", string(r.privateMetadata))
	o.raw("unsafe_metadata", string(r.unsafeMetadata))
	o.textOrNull("external_id", r.externalID)
	o.numberOrNull("last_sign_in_at", r.lastSignInAt)
	o.numberOrNull("last_active_at", r.lastSignInAt)
	o.flag("banned", r.banned)
	o.flag("locked", r.locked)
	o.flag("deprovisioned", false)
	o.raw("lockout_expires_in_seconds", "null")
	o.raw("verification_attempts_remaining", "null")
	o.number("created_at", r.createdAt)
	o.number("updated_at", r.updatedAt)
	o.flag("delete_self_enabled", r.deleteSelf)
	o.flag("bypass_client_trust", r.bypassTrust)
	o.flag("create_organization_enabled", r.createOrganizations)
	o.numberOrNull("create_organizations_limit", r.organizationsLimit)
	o.numberOrNull("mfa_enabled_at", r.mfaEnabledAt)
	o.raw("mfa_disabled_at", "null")
	o.numberOrNull("password_last_updated_at", r.passwordUpdatedAt)
	o.numberOrNull("legal_accepted_at", r.legalAcceptedAt)
	return append(o, '}')
}

func writeEmail(o *object, id *identifier) {
	o.text("id", id.id)
	o.raw("object", `"email_address"`)
	o.text("email_address", id.value)
	o.flag("reserved", id.status == reserved)
	o.raw("verification", id.verification())
	o.raw("linked_to", "[]")
	o.flag("matches_sso_connection", false)
	o.number("created_at", id.createdAt)
	o.number("updated_at", id.createdAt)
}

func writePhone(o *object, id *identifier) {
	o.text("id", id.id)
	o.raw("object", `"phone_number"`)
	o.text("phone_number", id.value)
	o.flag("reserved_for_second_factor", false)
	o.flag("default_second_factor", false)
	o.flag("reserved", id.status == reserved)
	o.raw("verification", id.verification())
	o.raw("linked_to", "[]")
	o.raw("backup_codes", "null")
	o.number("created_at", id.createdAt)
	o.number("updated_at", id.createdAt)
}

func writeWallet(o *object, id *identifier) {
	o.text("id", id.id)
	o.raw("object", `"web3_wallet"`)
	o.text("web3_wallet", id.value)
	o.raw("verification", id.verification())
	o.number("created_at", id.createdAt)
	o.number("updated_at", id.createdAt)
}

// verification is the verification of an identifier: what the Backend API
// creates as verified, an administrator has vouched for. The schema of that
// knows no other status, so a reserved or unverified identifier has none.
func (id *identifier) verification() string {
	if id.status == verified {
		return `{"object":"verification_admin","status":"verified","strategy":"admin","attempts":null,"expire_at":null}`
	}
	return "null"
}

type instanceAnswer struct {
	Object          string   `json:"object"`
	ID              string   `json:"id"`
	EnvironmentType string   `json:"environment_type"`
	AllowedOrigins  []string `json:"allowed_origins"`
	WorkspaceID     *string  `json:"workspace_id"`
}

type countAnswer struct {
	Object     string `json:"object"`
	TotalCount int    `json:"total_count"`
}

type deletedAnswer struct {
	Object     string  `json:"object"`
	ID         string  `json:"id"`
	Deleted    bool    `json:"deleted"`
	ExternalID *string `json:"external_id,omitzero"`
}

type verifiedAnswer struct {
	Verified bool   `json:"verified"`
	CodeType string `json:"code_type,omitempty"`
}

// encode renders the smaller answers. All of them can be encoded.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: encode an answer: " + err.Error())
	}
	return b
}
