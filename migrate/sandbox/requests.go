package sandbox

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// A field is one property of a request body: left out, null, or given.
type field[T any] struct {
	given, null bool
	value       T
}

// A form holds the properties of every request that changes a user.
type form struct {
	externalID, firstName, lastName, locale, username field[string]

	emails, emailStatus, phones, phoneStatus, wallets field[[]string]

	primaryEmail, primaryPhone, primaryWallet field[string]
	notifyPrimaryChanged                      field[bool]
	profileImageID                            field[string]

	password, digest, hasher, totp field[string]
	skipPasswordChecks, signOut    field[bool]
	backupCodes                    field[[]string]

	publicMetadata, privateMetadata, unsafeMetadata field[jsontext.Value]

	skipPasswordRequirement, skipUserRequirement, skipLegalChecks, skipRestrictionChecks field[bool]
	deleteSelf, createOrganizations, bypassTrust, banned, locked                         field[bool]

	organizationsLimit         field[int64]
	legalAcceptedAt, createdAt field[string]

	userID, emailAddress, code field[string] // of the smaller endpoints
	verified, primary          field[bool]

	names []string // of all members, in the order of the body
}

// An endpoint's set of members, by wire name.
type memberSet map[string]member

// A member says where in the form a property goes.
type member struct {
	name     string
	nullable bool
	at       func(*form) any
}

// Where a member may appear.
const (
	onCreate = 1 << iota
	onUpdate
	notNullOnCreate // the OpenAPI documents forbid null, there or everywhere
	notNullOnUpdate
	always  = onCreate | onUpdate
	notNull = notNullOnCreate | notNullOnUpdate
)

// members lists the properties of CreateUserRequest and UpdateUserRequest, from
// Clerk's OpenAPI document of 2025-11-10; skip_restriction_checks is younger.
var members = []struct {
	name string
	on   int
	at   func(*form) any
}{
	{"external_id", always, func(f *form) any { return &f.externalID }},
	{"first_name", always, func(f *form) any { return &f.firstName }},
	{"last_name", always, func(f *form) any { return &f.lastName }},
	{"locale", always, func(f *form) any { return &f.locale }},
	{"username", always, func(f *form) any { return &f.username }},
	{"email_address", onCreate | notNull, func(f *form) any { return &f.emails }},
	{"email_address_identification_status", onCreate | notNull, func(f *form) any { return &f.emailStatus }},
	{"phone_number", onCreate | notNull, func(f *form) any { return &f.phones }},
	{"phone_number_identification_status", onCreate | notNull, func(f *form) any { return &f.phoneStatus }},
	{"web3_wallet", onCreate | notNull, func(f *form) any { return &f.wallets }},
	{"primary_email_address_id", onUpdate, func(f *form) any { return &f.primaryEmail }},
	{"notify_primary_email_address_changed", onUpdate, func(f *form) any { return &f.notifyPrimaryChanged }},
	{"primary_phone_number_id", onUpdate, func(f *form) any { return &f.primaryPhone }},
	{"primary_web3_wallet_id", onUpdate, func(f *form) any { return &f.primaryWallet }},
	{"profile_image_id", onUpdate, func(f *form) any { return &f.profileImageID }},
	{"password", always, func(f *form) any { return &f.password }},
	{"password_digest", always | notNullOnUpdate, func(f *form) any { return &f.digest }},
	{"password_hasher", always | notNull, func(f *form) any { return &f.hasher }},
	{"skip_password_checks", always, func(f *form) any { return &f.skipPasswordChecks }},
	{"skip_password_requirement", onCreate, func(f *form) any { return &f.skipPasswordRequirement }},
	{"sign_out_of_other_sessions", onUpdate, func(f *form) any { return &f.signOut }},
	{"totp_secret", always, func(f *form) any { return &f.totp }},
	{"backup_codes", always | notNull, func(f *form) any { return &f.backupCodes }},
	{"public_metadata", always | notNullOnCreate, func(f *form) any { return &f.publicMetadata }},
	{"private_metadata", always | notNullOnCreate, func(f *form) any { return &f.privateMetadata }},
	{"unsafe_metadata", always | notNullOnCreate, func(f *form) any { return &f.unsafeMetadata }},
	{"delete_self_enabled", always, func(f *form) any { return &f.deleteSelf }},
	{"create_organization_enabled", always, func(f *form) any { return &f.createOrganizations }},
	{"create_organizations_limit", always, func(f *form) any { return &f.organizationsLimit }},
	{"legal_accepted_at", always, func(f *form) any { return &f.legalAcceptedAt }},
	{"skip_legal_checks", always, func(f *form) any { return &f.skipLegalChecks }},
	{"skip_user_requirement", onCreate, func(f *form) any { return &f.skipUserRequirement }},
	{"skip_restriction_checks", onCreate, func(f *form) any { return &f.skipRestrictionChecks }},
	{"created_at", always, func(f *form) any { return &f.createdAt }},
	{"bypass_client_trust", always, func(f *form) any { return &f.bypassTrust }},
	{"banned", onCreate, func(f *form) any { return &f.banned }},
	{"locked", onCreate, func(f *form) any { return &f.locked }},
}

var metadataNames = []string{"public_metadata", "private_metadata", "unsafe_metadata"}

// The member sets of the endpoints.
var (
	createSet         = membersOn(onCreate, notNullOnCreate)
	createSetOlder    = membersOn(onCreate, notNullOnCreate, "skip_restriction_checks")
	updateSet         = membersOn(onUpdate, notNullOnUpdate)
	updateSetOf202605 = membersOn(onUpdate, notNullOnUpdate, metadataNames...)

	metadataSet = newSet(
		member{"public_metadata", false, func(f *form) any { return &f.publicMetadata }},
		member{"private_metadata", false, func(f *form) any { return &f.privateMetadata }},
		member{"unsafe_metadata", false, func(f *form) any { return &f.unsafeMetadata }},
	)
	verifyPasswordSet = newSet(member{"password", false, func(f *form) any { return &f.password }})
	verifyTOTPSet     = newSet(member{"code", false, func(f *form) any { return &f.code }})
	addEmailSet       = newSet(
		member{"user_id", false, func(f *form) any { return &f.userID }},
		member{"email_address", false, func(f *form) any { return &f.emailAddress }},
		member{"verified", true, func(f *form) any { return &f.verified }},
		member{"primary", true, func(f *form) any { return &f.primary }},
		member{"notify_primary_email_address_changed", true, func(f *form) any { return &f.notifyPrimaryChanged }},
	)
)

func newSet(members ...member) memberSet {
	set := memberSet{}
	for _, m := range members {
		set[m.name] = m
	}
	return set
}

func membersOn(endpoint, forbidsNull int, without ...string) memberSet {
	set := memberSet{}
	for _, m := range members {
		if m.on&endpoint != 0 {
			set[m.name] = member{name: m.name, nullable: m.on&forbidsNull == 0, at: m.at}
		}
	}
	for _, name := range without {
		delete(set, name)
	}
	return set
}

// decode fills the form from a request body. A body that is not one JSON object
// with unique names is one problem; else each member that does not belong, or is
// of the wrong type, is one. Nothing in the form aliases body.
func (f *form) decode(body []byte, set memberSet) (ps problems) {
	*f = form{names: f.names[:0]}
	dec := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(dec)
	dec.Reset(bytes.NewBuffer(body))
	if t, err := dec.ReadToken(); err != nil || t.Kind() != '{' {
		return problems{badBody}
	}
	for dec.PeekKind() != '}' {
		raw, err := dec.ReadValue()
		if err != nil {
			return problems{badBody}
		}
		m, known := set[string(raw[1:len(raw)-1])] // without a copy
		if !known {
			name, _ := textOf(raw)
			if m, known = set[name]; !known {
				m.name = name
			}
		}
		value, err := dec.ReadValue()
		if err != nil {
			return problems{badBody}
		}
		f.names = append(f.names, m.name)
		if !known {
			ps = append(ps, unknownParam(m.name))
			continue
		}
		if p, ok := m.set(f, value); !ok {
			ps = append(ps, p)
		}
	}
	if _, err := dec.ReadToken(); err != nil {
		return problems{badBody}
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return problems{badBody}
	}
	return ps
}

// decoders are reused: a fresh one costs more than a typical body.
var decoders = sync.Pool{New: func() any { return new(jsontext.Decoder) }}

// set puts a JSON value into the member's field.
func (m member) set(f *form, v jsontext.Value) (problem, bool) {
	null := v.Kind() == 'n'
	if null && !m.nullable {
		return invalid("form_param_nil", m.name, "must not be null"), false
	}
	var want string
	switch p := m.at(f).(type) {
	case *field[string]:
		want = fill(p, v, null, "a string", textOf)
	case *field[bool]:
		want = fill(p, v, null, "a boolean", boolOf)
	case *field[int64]:
		want = fill(p, v, null, "an integer", intOf)
	case *field[[]string]:
		want = fill(p, v, null, "a list of strings", textsOf)
	case *field[jsontext.Value]:
		want = fill(p, v, null, "an object", objectOf)
	}
	if want != "" {
		return wrongType(m.name, want), false
	}
	return problem{}, true
}

// fill sets a field and returns "", or returns what the value should have been.
func fill[T any](p *field[T], v jsontext.Value, null bool, want string, of func(jsontext.Value) (T, bool)) string {
	if null {
		p.null = true
		return ""
	}
	value, ok := of(v)
	if !ok {
		return want
	}
	p.given, p.value = true, value
	return ""
}

func textOf(v jsontext.Value) (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	b, err := jsontext.AppendUnquote(nil, v)
	return string(b), err == nil
}

func boolOf(v jsontext.Value) (value, ok bool) {
	k := v.Kind()
	return k == 't', k == 't' || k == 'f'
}

func intOf(v jsontext.Value) (int64, bool) {
	if v.Kind() != '0' {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

func textsOf(v jsontext.Value) ([]string, bool) {
	if v.Kind() != '[' {
		return nil, false
	}
	dec := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(dec)
	dec.Reset(bytes.NewBuffer(v))
	list := make([]string, 0, 1)
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != ']' {
		var item jsontext.Value
		item, err = dec.ReadValue()
		text, ok := textOf(item)
		if !ok {
			return nil, false
		}
		list = append(list, text)
	}
	return list, err == nil
}

// objectOf keeps an object as it came, to the last digit, but for white space.
func objectOf(v jsontext.Value) (jsontext.Value, bool) {
	if v.Kind() != '{' {
		return nil, false
	}
	c := v.Clone()
	return c, c.Compact() == nil
}
