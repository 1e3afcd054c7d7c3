package source

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Columns holds one cell per known column, named after the properties of
// Clerk's CreateUserRequest and UpdateUserRequest (and user_id, which names
// the user to update). Every field is a string: what a cell means is decided
// by its reader, so that no conversion error can quote a secret.
type Columns struct {
	UserID                           string `csv:"user_id"`
	ExternalID                       string `csv:"external_id"`
	FirstName                        string `csv:"first_name"`
	LastName                         string `csv:"last_name"`
	PrimaryEmailAddressID            string `csv:"primary_email_address_id"`
	PrimaryPhoneNumberID             string `csv:"primary_phone_number_id"`
	PrimaryWeb3WalletID              string `csv:"primary_web3_wallet_id"`
	NotifyPrimaryEmailAddressChanged string `csv:"notify_primary_email_address_changed"`
	Username                         string `csv:"username"`
	ProfileImageID                   string `csv:"profile_image_id"`
	Password                         string `csv:"password"`
	PasswordDigest                   string `csv:"password_digest"`
	PasswordHasher                   string `csv:"password_hasher"`
	SkipPasswordChecks               string `csv:"skip_password_checks"`
	SignOutOfOtherSessions           string `csv:"sign_out_of_other_sessions"`
	TOTPSecret                       string `csv:"totp_secret"`
	BackupCodes                      string `csv:"backup_codes"`
	PublicMetadata                   string `csv:"public_metadata"`
	PrivateMetadata                  string `csv:"private_metadata"`
	UnsafeMetadata                   string `csv:"unsafe_metadata"`
	DeleteSelfEnabled                string `csv:"delete_self_enabled"`
	CreateOrganizationEnabled        string `csv:"create_organization_enabled"`
	CreateOrganizationsLimit         string `csv:"create_organizations_limit"`
	LegalAcceptedAt                  string `csv:"legal_accepted_at"`
	CreatedAt                        string `csv:"created_at"`
	SkipLegalChecks                  string `csv:"skip_legal_checks"`
	Locale                           string `csv:"locale"`
	BypassClientTrust                string `csv:"bypass_client_trust"`
	EmailAddress                     string `csv:"email_address"`
	PhoneNumber                      string `csv:"phone_number"`
	Web3Wallet                       string `csv:"web3_wallet"`
	EmailAddressIdentificationStatus string `csv:"email_address_identification_status"`
	PhoneNumberIdentificationStatus  string `csv:"phone_number_identification_status"`
	SkipPasswordRequirement          string `csv:"skip_password_requirement"`
	SkipUserRequirement              string `csv:"skip_user_requirement"`
	SkipRestrictionChecks            string `csv:"skip_restriction_checks"`
	Banned                           string `csv:"banned"`
	Locked                           string `csv:"locked"`
}

// Format implements fmt.Formatter: it prints no cell.
func (Columns) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "columns") }

// A Column is the index of a known column, in the order of [Columns].
type Column int

// The known columns.
const (
	ColUserID Column = iota
	ColExternalID
	ColFirstName
	ColLastName
	ColPrimaryEmailAddressID
	ColPrimaryPhoneNumberID
	ColPrimaryWeb3WalletID
	ColNotifyPrimaryEmailAddressChanged
	ColUsername
	ColProfileImageID
	ColPassword
	ColPasswordDigest
	ColPasswordHasher
	ColSkipPasswordChecks
	ColSignOutOfOtherSessions
	ColTOTPSecret
	ColBackupCodes
	ColPublicMetadata
	ColPrivateMetadata
	ColUnsafeMetadata
	ColDeleteSelfEnabled
	ColCreateOrganizationEnabled
	ColCreateOrganizationsLimit
	ColLegalAcceptedAt
	ColCreatedAt
	ColSkipLegalChecks
	ColLocale
	ColBypassClientTrust
	ColEmailAddress
	ColPhoneNumber
	ColWeb3Wallet
	ColEmailAddressIdentificationStatus
	ColPhoneNumberIdentificationStatus
	ColSkipPasswordRequirement
	ColSkipUserRequirement
	ColSkipRestrictionChecks
	ColBanned
	ColLocked

	// NumColumns is the number of known columns.
	NumColumns = int(iota)
)

var wireNames = [NumColumns]string{
	ColUserID:                           "user_id",
	ColExternalID:                       "external_id",
	ColFirstName:                        "first_name",
	ColLastName:                         "last_name",
	ColPrimaryEmailAddressID:            "primary_email_address_id",
	ColPrimaryPhoneNumberID:             "primary_phone_number_id",
	ColPrimaryWeb3WalletID:              "primary_web3_wallet_id",
	ColNotifyPrimaryEmailAddressChanged: "notify_primary_email_address_changed",
	ColUsername:                         "username",
	ColProfileImageID:                   "profile_image_id",
	ColPassword:                         "password",
	ColPasswordDigest:                   "password_digest",
	ColPasswordHasher:                   "password_hasher",
	ColSkipPasswordChecks:               "skip_password_checks",
	ColSignOutOfOtherSessions:           "sign_out_of_other_sessions",
	ColTOTPSecret:                       "totp_secret",
	ColBackupCodes:                      "backup_codes",
	ColPublicMetadata:                   "public_metadata",
	ColPrivateMetadata:                  "private_metadata",
	ColUnsafeMetadata:                   "unsafe_metadata",
	ColDeleteSelfEnabled:                "delete_self_enabled",
	ColCreateOrganizationEnabled:        "create_organization_enabled",
	ColCreateOrganizationsLimit:         "create_organizations_limit",
	ColLegalAcceptedAt:                  "legal_accepted_at",
	ColCreatedAt:                        "created_at",
	ColSkipLegalChecks:                  "skip_legal_checks",
	ColLocale:                           "locale",
	ColBypassClientTrust:                "bypass_client_trust",
	ColEmailAddress:                     "email_address",
	ColPhoneNumber:                      "phone_number",
	ColWeb3Wallet:                       "web3_wallet",
	ColEmailAddressIdentificationStatus: "email_address_identification_status",
	ColPhoneNumberIdentificationStatus:  "phone_number_identification_status",
	ColSkipPasswordRequirement:          "skip_password_requirement",
	ColSkipUserRequirement:              "skip_user_requirement",
	ColSkipRestrictionChecks:            "skip_restriction_checks",
	ColBanned:                           "banned",
	ColLocked:                           "locked",
}

// String returns the wire name of the column, such as "external_id".
func (c Column) String() string {
	if c < 0 || int(c) >= NumColumns {
		return "unknown"
	}
	return wireNames[c]
}

// byPlainName finds a column by its wire name without underscores.
var byPlainName = func() map[string]Column {
	m := make(map[string]Column, NumColumns)
	for c, name := range wireNames {
		m[PlainName(name)] = Column(c)
	}
	return m
}()

// LookupColumn finds the column that a header means: the wire name, or the
// same words in camelCase, in other case, or with spaces or hyphens.
func LookupColumn(header string) (Column, bool) {
	c, ok := byPlainName[PlainName(header)]
	return c, ok
}

// PlainName reduces a header to what makes two headers the same: its letters
// and digits in lower case. Invisible characters, which spreadsheets and web
// pages leave behind, do not count.
func PlainName(header string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == '_' || r == '-' || r <= ' ' || isInvisible(r):
			return -1
		}
		return unicode.ToLower(r)
	}, header)
}

// isInvisible reports whether r is a no-break or zero-width character.
func isInvisible(r rune) bool {
	switch r {
	case '\u00a0', '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}
