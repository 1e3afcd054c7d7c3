package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"carryover/migrate/sandbox"
)

// A content is what a user holds, by name, as text that can be compared.
// Secrets are there as the sandbox shows them: by their SHA-256.
type content map[string]string

// held is the content of a user of the instance, all but ids and times that
// the instance itself gives.
func held(u *sandbox.User) content {
	return content{
		"external_id":                 quoted(u.ExternalID),
		"username":                    quoted(u.Username),
		"first_name":                  quoted(u.FirstName),
		"last_name":                   quoted(u.LastName),
		"locale":                      quoted(u.Locale),
		"email_addresses":             identifiers(u.EmailAddresses),
		"phone_numbers":               identifiers(u.PhoneNumbers),
		"web3_wallets":                identifiers(u.Web3Wallets),
		"primary_email_address":       primary(u.EmailAddresses, u.PrimaryEmailAddressID),
		"primary_phone_number":        primary(u.PhoneNumbers, u.PrimaryPhoneNumberID),
		"primary_web3_wallet":         primary(u.Web3Wallets, u.PrimaryWeb3WalletID),
		"password":                    u.PasswordSHA256,
		"password_digest":             u.PasswordDigestSHA256,
		"password_hasher":             u.PasswordHasher,
		"totp_secret":                 u.TOTPSecretSHA256,
		"backup_codes":                strings.Join(u.BackupCodesSHA256, " "),
		"public_metadata":             canonical(u.PublicMetadata),
		"private_metadata":            canonical(u.PrivateMetadata),
		"unsafe_metadata":             canonical(u.UnsafeMetadata),
		"profile_image_id":            u.ProfileImageID,
		"delete_self_enabled":         fmt.Sprint(u.DeleteSelfEnabled),
		"create_organization_enabled": fmt.Sprint(u.CreateOrganizationEnabled),
		"create_organizations_limit":  optional(u.CreateOrganizationsLimit),
		"bypass_client_trust":         fmt.Sprint(u.BypassClientTrust),
		"banned":                      fmt.Sprint(u.Banned),
		"locked":                      fmt.Sprint(u.Locked),
		"created_at":                  fmt.Sprint(u.CreatedAt),
		"legal_accepted_at":           optional(u.LegalAcceptedAt),
	}
}

// wanted is the content of the user that a row makes.
func (u *user) wanted() content {
	var phones []string
	if u.phone != "" {
		phones = []string{u.phone}
	}
	limit := optional[int64](nil)
	if u.orgsLimit > 0 {
		limit = fmt.Sprint(u.orgsLimit)
	}
	return content{
		"external_id":                 quotedOrNone(u.externalID),
		"username":                    quotedOrNone(u.username),
		"first_name":                  quotedOrNone(u.firstName),
		"last_name":                   quotedOrNone(u.lastName),
		"locale":                      quotedOrNone(u.locale),
		"email_addresses":             verified(u.emails),
		"phone_numbers":               verified(phones),
		"web3_wallets":                "",
		"primary_email_address":       first(u.emails),
		"primary_phone_number":        u.phone,
		"primary_web3_wallet":         "",
		"password":                    hashed(u.password),
		"password_digest":             hashed(u.digest),
		"password_hasher":             u.hasher,
		"totp_secret":                 hashed(u.totp),
		"backup_codes":                hashedAll(u.codes),
		"public_metadata":             canonical(jsontext.Value(u.publicMetadata)),
		"private_metadata":            canonical(jsontext.Value(u.privateMetadata)),
		"unsafe_metadata":             canonical(jsontext.Value(u.unsafeMetadata)),
		"profile_image_id":            "",
		"delete_self_enabled":         fmt.Sprint(u.deleteSelf),
		"create_organization_enabled": fmt.Sprint(u.createOrgs),
		"create_organizations_limit":  limit,
		"bypass_client_trust":         "true",
		"banned":                      "false",
		"locked":                      "false",
		"created_at":                  millis(u.createdAt),
		"legal_accepted_at":           millis(u.legalAcceptedAt),
	}
}

// differences says in which fields got is not want. It shows no values: some
// are made of secrets.
func differences(want, got content) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if want[name] != got[name] {
			names = append(names, name)
		}
	}
	return names
}

const none = "none"

func quoted(s *string) string {
	if s == nil {
		return none
	}
	return fmt.Sprintf("%q", *s)
}

func quotedOrNone(s string) string {
	if s == "" {
		return none
	}
	return quoted(&s)
}

func optional[T any](p *T) string {
	if p == nil {
		return none
	}
	return fmt.Sprint(*p)
}

func identifiers(list []sandbox.Identifier) string {
	var b strings.Builder
	for _, id := range list {
		fmt.Fprintf(&b, "%s %s,", id.Value, id.Status)
	}
	return b.String()
}

func verified(values []string) string {
	var b strings.Builder
	for _, value := range values {
		fmt.Fprintf(&b, "%s verified,", value)
	}
	return b.String()
}

func primary(list []sandbox.Identifier, id string) string {
	for _, one := range list {
		if one.ID == id {
			return one.Value
		}
	}
	return id // "" is none, and any other is no identifier of the user
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func hashed(secret string) string {
	if secret == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func hashedAll(secrets []string) string {
	sums := make([]string, len(secrets))
	for i, s := range secrets {
		sums[i] = hashed(s)
	}
	return strings.Join(sums, " ")
}

func millis(rfc3339 string) string {
	if rfc3339 == "" {
		return none
	}
	at, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprint(at.UnixMilli())
}

// canonical writes an object in one way, with the digits of its numbers as they
// are.
func canonical(v jsontext.Value) string {
	if len(v) == 0 {
		return "{}"
	}
	v = v.Clone()
	if err := v.Format(jsontext.CanonicalizeRawInts(false), jsontext.CanonicalizeRawFloats(false), jsontext.ReorderRawObjects(true)); err != nil {
		return err.Error()
	}
	return string(v)
}

// rowOf is the number of the row that made or changed a user, as its metadata
// say; 0 for none.
func rowOf(u *sandbox.User) int {
	var marks struct {
		Row int `json:"row"`
	}
	if json.Unmarshal(u.PublicMetadata, &marks) != nil {
		return 0
	}
	return marks.Row
}
