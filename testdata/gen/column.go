package main

import (
	"fmt"
	"slices"
)

// A column is one of Clerk's wire names, by its place in [names].
type column int

const (
	externalID column = iota
	firstName
	lastName
	emailAddress
	username
	passwordDigest
	passwordHasher
	publicMetadata
	createdAt
	legalAcceptedAt
	locale
	totpSecret
	phoneNumber
	password
	skipPasswordChecks
	backupCodes
	privateMetadata
	unsafeMetadata
	deleteSelfEnabled
	createOrganizationEnabled
	createOrganizationsLimit
	skipLegalChecks
	bypassClientTrust
	emailAddressStatus
	skipPasswordRequirement
	numColumns
)

// usual counts the columns that -columns 12 means: the first ones.
const usual = 12

// A kind is how a value is written: a list and an object look different in
// CSV and JSON.
type kind uint8

const (
	text    kind = iota
	list         // items joined by |
	literal      // JSON text: an object, a boolean, a number
)

var names = [numColumns]struct {
	name string
	kind kind
}{
	externalID:                {"external_id", text},
	firstName:                 {"first_name", text},
	lastName:                  {"last_name", text},
	emailAddress:              {"email_address", list},
	username:                  {"username", text},
	passwordDigest:            {"password_digest", text},
	passwordHasher:            {"password_hasher", text},
	publicMetadata:            {"public_metadata", literal},
	createdAt:                 {"created_at", text},
	legalAcceptedAt:           {"legal_accepted_at", text},
	locale:                    {"locale", text},
	totpSecret:                {"totp_secret", text},
	phoneNumber:               {"phone_number", list},
	password:                  {"password", text},
	skipPasswordChecks:        {"skip_password_checks", literal},
	backupCodes:               {"backup_codes", list},
	privateMetadata:           {"private_metadata", literal},
	unsafeMetadata:            {"unsafe_metadata", literal},
	deleteSelfEnabled:         {"delete_self_enabled", literal},
	createOrganizationEnabled: {"create_organization_enabled", literal},
	createOrganizationsLimit:  {"create_organizations_limit", literal},
	skipLegalChecks:           {"skip_legal_checks", literal},
	bypassClientTrust:         {"bypass_client_trust", literal},
	emailAddressStatus:        {"email_address_identification_status", list},
	skipPasswordRequirement:   {"skip_password_requirement", literal},
}

// choose returns the columns of a set, in the order in which they are written.
func choose(set string, phone bool) ([]column, error) {
	var columns []column
	for c := range numColumns {
		columns = append(columns, c)
	}
	switch set {
	case "all":
		return columns, nil
	case "12":
		if phone {
			return slices.Clip(columns[:usual+1]), nil
		}
		return slices.Clip(columns[:usual]), nil
	}
	return nil, fmt.Errorf("-columns is %q; give 12 or all", set)
}
