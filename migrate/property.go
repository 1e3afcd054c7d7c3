package migrate

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// A property is one that an update sends, with what belongs to it.
type property struct {
	name     string
	secret   bool
	metadata bool
	with     []string // options that go where it goes

	given   func(*UpdateUserRequest) bool
	differs func(*UpdateUserRequest, *Account) bool // true of what Clerk does not show
	empty   func(*Account) bool                     // nil where it cannot be told, or never is
	leave   func(*UpdateUserRequest)                // takes it out, and what goes with it
	to      func(*UpdateUserRequest) any
	from    func(*Account) any // nil for nothing, or for what Clerk does not show
}

// properties are those of an UpdateUserRequest but for options, in the order in
// which reports name them.
var properties = []property{
	text("external_id", func(r *UpdateUserRequest) **string { return &r.ExternalID }, func(a *Account) string { return a.ExternalID }),
	text("first_name", func(r *UpdateUserRequest) **string { return &r.FirstName }, func(a *Account) string { return a.FirstName }),
	text("last_name", func(r *UpdateUserRequest) **string { return &r.LastName }, func(a *Account) string { return a.LastName }),
	text("username", func(r *UpdateUserRequest) **string { return &r.Username }, func(a *Account) string { return a.Username }).
		comparedBy(func(r *UpdateUserRequest, a *Account) bool {
			return r.Username != nil && !strings.EqualFold(*r.Username, a.Username)
		}),
	text("locale", func(r *UpdateUserRequest) **string { return &r.Locale }, func(a *Account) string { return a.Locale }),
	hidden("password", func(r *UpdateUserRequest) bool { return r.Password != nil }, func(a *Account) bool { return a.PasswordEnabled },
		func(r *UpdateUserRequest) { r.Password, r.SkipPasswordChecks, r.SignOutOfOtherSessions = nil, nil, nil }).
		along("skip_password_checks", "sign_out_of_other_sessions"),
	hidden("password_digest", func(r *UpdateUserRequest) bool { return r.PasswordDigest != nil }, func(a *Account) bool { return a.PasswordEnabled },
		func(r *UpdateUserRequest) {
			r.PasswordDigest, r.PasswordHasher, r.SignOutOfOtherSessions = nil, nil, nil
		}).
		along("password_hasher"),
	hidden("totp_secret", func(r *UpdateUserRequest) bool { return r.TOTPSecret != nil }, func(a *Account) bool { return a.TOTPEnabled },
		func(r *UpdateUserRequest) { r.TOTPSecret = nil }),
	hidden("backup_codes", func(r *UpdateUserRequest) bool { return r.BackupCodes != nil }, func(a *Account) bool { return a.BackupCodeEnabled },
		func(r *UpdateUserRequest) { r.BackupCodes = nil }),
	object("public_metadata", func(r *UpdateUserRequest) *jsontext.Value { return &r.PublicMetadata }, func(a *Account) jsontext.Value { return a.PublicMetadata }),
	object("private_metadata", func(r *UpdateUserRequest) *jsontext.Value { return &r.PrivateMetadata }, func(a *Account) jsontext.Value { return a.PrivateMetadata }),
	object("unsafe_metadata", func(r *UpdateUserRequest) *jsontext.Value { return &r.UnsafeMetadata }, func(a *Account) jsontext.Value { return a.UnsafeMetadata }),
	value("delete_self_enabled", func(r *UpdateUserRequest) **bool { return &r.DeleteSelfEnabled }, func(a *Account) *bool { return a.DeleteSelfEnabled }),
	value("create_organization_enabled", func(r *UpdateUserRequest) **bool { return &r.CreateOrganizationEnabled }, func(a *Account) *bool { return a.CreateOrganizationEnabled }),
	value("create_organizations_limit", func(r *UpdateUserRequest) **int64 { return &r.CreateOrganizationsLimit }, func(a *Account) *int64 { return a.CreateOrganizationsLimit }).
		emptyWhere(func(a *Account) bool { return a.CreateOrganizationsLimit == nil }),
	value("bypass_client_trust", func(r *UpdateUserRequest) **bool { return &r.BypassClientTrust }, func(a *Account) *bool { return a.BypassClientTrust }),
	moment("legal_accepted_at", func(r *UpdateUserRequest) **string { return &r.LegalAcceptedAt }, func(a *Account) time.Time { return a.LegalAcceptedAt },
		func(r *UpdateUserRequest) { r.LegalAcceptedAt, r.SkipLegalChecks = nil, nil }).
		along("skip_legal_checks"),
	moment("created_at", func(r *UpdateUserRequest) **string { return &r.CreatedAt }, func(a *Account) time.Time { return a.CreatedAt },
		func(r *UpdateUserRequest) { r.CreatedAt = nil }),
	text("primary_email_address_id", func(r *UpdateUserRequest) **string { return &r.PrimaryEmailAddressID }, func(a *Account) string { return a.PrimaryEmailAddressID }).
		leftBy(func(r *UpdateUserRequest) {
			r.PrimaryEmailAddressID, r.NotifyPrimaryEmailAddressChanged = nil, nil
		}).
		along("notify_primary_email_address_changed"),
	text("primary_phone_number_id", func(r *UpdateUserRequest) **string { return &r.PrimaryPhoneNumberID }, func(a *Account) string { return a.PrimaryPhoneNumberID }),
	text("primary_web3_wallet_id", func(r *UpdateUserRequest) **string { return &r.PrimaryWeb3WalletID }, func(a *Account) string { return a.PrimaryWeb3WalletID }),
	unseen("profile_image_id", func(r *UpdateUserRequest) **string { return &r.ProfileImageID }),
}

// propertyNamed returns the place of a property among properties, -1 for none.
func propertyNamed(name string) int {
	return slices.IndexFunc(properties, func(p property) bool { return p.name == name })
}

func text(name string, want func(*UpdateUserRequest) **string, have func(*Account) string) property {
	return property{
		name:    name,
		given:   func(r *UpdateUserRequest) bool { return *want(r) != nil },
		differs: func(r *UpdateUserRequest, a *Account) bool { return textDiffers(*want(r), have(a)) },
		empty:   func(a *Account) bool { return have(a) == "" },
		leave:   func(r *UpdateUserRequest) { *want(r) = nil },
		to:      func(r *UpdateUserRequest) any { return **want(r) },
		from: func(a *Account) any {
			if have(a) == "" {
				return nil
			}
			return have(a)
		},
	}
}

// unseen is a text that Clerk does not show.
func unseen(name string, want func(*UpdateUserRequest) **string) property {
	p := text(name, want, func(*Account) string { return "" })
	p.differs, p.empty = func(r *UpdateUserRequest, _ *Account) bool { return *want(r) != nil }, nil
	return p
}

// value is a switch or number, which each user has.
func value[T comparable](name string, want func(*UpdateUserRequest) **T, have func(*Account) *T) property {
	return property{
		name:    name,
		given:   func(r *UpdateUserRequest) bool { return *want(r) != nil },
		differs: func(r *UpdateUserRequest, a *Account) bool { return valueDiffers(*want(r), have(a)) },
		leave:   func(r *UpdateUserRequest) { *want(r) = nil },
		to:      func(r *UpdateUserRequest) any { return **want(r) },
		from: func(a *Account) any {
			if have(a) == nil {
				return nil
			}
			return *have(a)
		},
	}
}

func moment(name string, want func(*UpdateUserRequest) **string, have func(*Account) time.Time, leave func(*UpdateUserRequest)) property {
	return property{
		name:    name,
		given:   func(r *UpdateUserRequest) bool { return *want(r) != nil },
		differs: func(r *UpdateUserRequest, a *Account) bool { return timeDiffers(*want(r), have(a)) },
		empty:   func(a *Account) bool { return have(a).IsZero() },
		leave:   leave,
		to:      func(r *UpdateUserRequest) any { return **want(r) },
		from: func(a *Account) any {
			if have(a).IsZero() {
				return nil
			}
			return have(a).UTC().Format(time.RFC3339Nano)
		},
	}
}

func object(name string, want func(*UpdateUserRequest) *jsontext.Value, have func(*Account) jsontext.Value) property {
	return property{
		name: name, metadata: true,
		given:   func(r *UpdateUserRequest) bool { return *want(r) != nil },
		differs: func(r *UpdateUserRequest, a *Account) bool { return metadataDiffers(*want(r), have(a)) },
		leave:   func(r *UpdateUserRequest) { *want(r) = nil },
		to:      func(r *UpdateUserRequest) any { return *want(r) },
		from: func(a *Account) any {
			if len(have(a)) == 0 {
				return nil
			}
			return have(a)
		},
	}
}

const (
	secretSet    = "set"    // in the place of a secret that is there or is sent
	secretAbsent = "absent" // where there is none
)

// hidden is a secret: it can be told only whether there is one.
func hidden(name string, given func(*UpdateUserRequest) bool, enabled func(*Account) bool, leave func(*UpdateUserRequest)) property {
	return property{
		name: name, secret: true,
		given:   given,
		differs: func(r *UpdateUserRequest, _ *Account) bool { return given(r) },
		empty:   func(a *Account) bool { return !enabled(a) },
		leave:   leave,
		to:      func(*UpdateUserRequest) any { return secretSet },
		from: func(a *Account) any {
			if enabled(a) {
				return secretSet
			}
			return secretAbsent
		},
	}
}

func (p property) along(options ...string) property {
	p.with = options
	return p
}

func (p property) leftBy(leave func(*UpdateUserRequest)) property {
	p.leave = leave
	return p
}

func (p property) emptyWhere(empty func(*Account) bool) property {
	p.empty = empty
	return p
}

func (p property) comparedBy(differs func(*UpdateUserRequest, *Account) bool) property {
	p.differs = differs
	return p
}
