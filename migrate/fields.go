package migrate

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// FieldValues are properties of a user by their wire names, as PATCH
// /users/{user_id} takes them. JSON's null empties one.
type FieldValues map[string]jsontext.Value

// A readable field is one that an update sets and that Clerk shows afterwards.
type readable struct {
	name string
	// want returns what a row asks for; nil where it says nothing.
	want func(*User) jsontext.Value
	// have returns what the account has: null where it is empty, nil where
	// Clerk does not show it. Equal values of one field are equal bytes.
	have func(*Account) jsontext.Value
}

var null = jsontext.Value("null")

// readables are all such fields, in the order of Differences.
var readables = []readable{
	textField("external_id", func(u *User) *string { return u.ExternalID }, func(a *Account) string { return a.ExternalID }),
	textField("first_name", func(u *User) *string { return u.FirstName }, func(a *Account) string { return a.FirstName }),
	textField("last_name", func(u *User) *string { return u.LastName }, func(a *Account) string { return a.LastName }),
	textField("username", func(u *User) *string { return u.Username }, func(a *Account) string { return a.Username }),
	textField("locale", func(u *User) *string { return u.Locale }, func(a *Account) string { return a.Locale }),
	metadataField("public_metadata", func(u *User) jsontext.Value { return u.PublicMetadata }, func(a *Account) jsontext.Value { return a.PublicMetadata }),
	metadataField("private_metadata", func(u *User) jsontext.Value { return u.PrivateMetadata }, func(a *Account) jsontext.Value { return a.PrivateMetadata }),
	metadataField("unsafe_metadata", func(u *User) jsontext.Value { return u.UnsafeMetadata }, func(a *Account) jsontext.Value { return a.UnsafeMetadata }),
	switchField("delete_self_enabled", func(u *User) *bool { return u.DeleteSelfEnabled }, func(a *Account) *bool { return a.DeleteSelfEnabled }),
	switchField("create_organization_enabled", func(u *User) *bool { return u.CreateOrganizationEnabled }, func(a *Account) *bool { return a.CreateOrganizationEnabled }),
	{
		"create_organizations_limit",
		func(u *User) jsontext.Value { return numberValue(u.CreateOrganizationsLimit, nil) },
		func(a *Account) jsontext.Value { return numberValue(a.CreateOrganizationsLimit, null) },
	},
	switchField("bypass_client_trust", func(u *User) *bool { return u.BypassClientTrust }, func(a *Account) *bool { return a.BypassClientTrust }),
	timeField("legal_accepted_at", func(u *User) *string { return u.LegalAcceptedAt }, func(a *Account) time.Time { return a.LegalAcceptedAt }),
	timeField("created_at", func(u *User) *string { return u.CreatedAt }, func(a *Account) time.Time { return a.CreatedAt }),
	textField("primary_email_address_id", func(u *User) *string { return u.PrimaryEmailAddressID }, func(a *Account) string { return a.PrimaryEmailAddressID }),
	textField("primary_phone_number_id", func(u *User) *string { return u.PrimaryPhoneNumberID }, func(a *Account) string { return a.PrimaryPhoneNumberID }),
	textField("primary_web3_wallet_id", func(u *User) *string { return u.PrimaryWeb3WalletID }, func(a *Account) string { return a.PrimaryWeb3WalletID }),
}

// hiddens are the properties that an update sets and that nothing gives back: of a
// secret, Clerk shows only whether there is one.
var hiddens = slices.DeleteFunc(slices.Clone(properties), func(p property) bool {
	return slices.ContainsFunc(readables, func(r readable) bool { return r.name == p.name })
})

// textField is a field for which no text and the empty text are the same.
func textField(name string, want func(*User) *string, have func(*Account) string) readable {
	return readable{
		name,
		func(u *User) jsontext.Value {
			if text := want(u); text != nil {
				return textValue(*text)
			}
			return nil
		},
		func(a *Account) jsontext.Value { return textValue(have(a)) },
	}
}

func textValue(text string) jsontext.Value {
	if text == "" {
		return null
	}
	v, err := jsontext.AppendQuote(nil, text)
	if err != nil { // not valid UTF-8: it was never sent
		return nil
	}
	return v
}

func metadataField(name string, want func(*User) jsontext.Value, have func(*Account) jsontext.Value) readable {
	return readable{
		name,
		func(u *User) jsontext.Value {
			if v := want(u); v != nil {
				return jsontext.Value(canonical(v))
			}
			return nil
		},
		func(a *Account) jsontext.Value {
			if v := have(a); len(v) > 0 {
				return jsontext.Value(canonical(v))
			}
			return jsontext.Value("{}")
		},
	}
}

func switchField(name string, want func(*User) *bool, have func(*Account) *bool) readable {
	value := func(on *bool) jsontext.Value {
		if on == nil {
			return nil
		}
		return jsontext.Value(strconv.FormatBool(*on))
	}
	return readable{
		name,
		func(u *User) jsontext.Value { return value(want(u)) },
		func(a *Account) jsontext.Value { return value(have(a)) },
	}
}

func numberValue(n *int64, none jsontext.Value) jsontext.Value {
	if n == nil {
		return none
	}
	return jsontext.Value(strconv.FormatInt(*n, 10))
}

// timeField is a time to the millisecond, which is what Clerk shows.
func timeField(name string, want func(*User) *string, have func(*Account) time.Time) readable {
	return readable{
		name,
		func(u *User) jsontext.Value {
			text := want(u)
			if text == nil {
				return nil
			}
			at, err := time.Parse(time.RFC3339, *text)
			if err != nil {
				return nil
			}
			return timeValue(at)
		},
		func(a *Account) jsontext.Value { return timeValue(have(a)) },
	}
}

func timeValue(t time.Time) jsontext.Value {
	if t.IsZero() {
		return null
	}
	return textValue(time.UnixMilli(t.UnixMilli()).UTC().Format(time.RFC3339Nano))
}

// sameValue compares two values of a field. Of a username the case does not
// count.
func sameValue(name string, a, b jsontext.Value) bool {
	if name == "username" {
		return strings.EqualFold(string(a), string(b))
	}
	return string(a) == string(b)
}
