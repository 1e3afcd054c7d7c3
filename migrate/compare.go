package migrate

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"carryover/source"
)

// The codes of what reading users back may find.
const (
	DiffersCode      = "user_differs"
	ChangedSinceCode = "user_changed_since"
	BeyondCode       = "update_cannot_change"
	GoneCode         = "user_not_found"
	ExtraCode        = "user_extra"
)

const verifyGroup = "what only verify meets"

// MetByVerify reports whether a code is one that users are given when they are
// read back: whatever its severity, nothing is sent or rejected for it.
func MetByVerify(code string) bool {
	return slices.Contains([]string{DiffersCode, ChangedSinceCode, BeyondCode, GoneCode, ExtraCode}, code)
}

// A Deviation is a property of an account that is not what its row says. Field
// is its wire name; of secrets only whether there is one can be read, so they
// deviate as password_enabled, totp_enabled and backup_code_enabled.
type Deviation struct {
	Field        string
	Ours, Theirs jsontext.Value // what the row says, and what Clerk shows; never a secret
	Beyond       bool           // no update can change it
}

// A Comparison is what an account is beside its row.
type Comparison struct {
	Deviations []Deviation
	Hidden     []string // properties of the row that Clerk did not show
}

// Compare compares an account with its row, as far as Clerk shows it. What the
// row does not give is not compared, but that a user who was made of the row has
// no other addresses, and the first of each kind as primary; and what policy leaves
// as it is in Clerk where the user was there before.
func Compare(u *User, a *Account, by Writing, policy Policy) Comparison {
	c := comparer{by: by}
	c.who(u, a)
	c.secrets(u, a)
	c.metadata("public_metadata", u.PublicMetadata, a.PublicMetadata)
	c.metadata("private_metadata", u.PrivateMetadata, a.PrivateMetadata)
	c.metadata("unsafe_metadata", u.UnsafeMetadata, a.UnsafeMetadata)
	c.switches(u, a)
	c.identifiers(&addresses{
		column: source.ColEmailAddress, rows: u.EmailAddress, statuses: u.EmailAddressIdentificationStatus,
		have: a.EmailAddresses, primary: a.PrimaryEmailAddressID,
		names: [3]string{"email_address", "email_address_identification_status", "primary_email_address_id"},
	})
	c.identifiers(&addresses{
		column: source.ColPhoneNumber, rows: u.PhoneNumber, statuses: u.PhoneNumberIdentificationStatus,
		have: a.PhoneNumbers, primary: a.PrimaryPhoneNumberID,
		names: [3]string{"phone_number", "phone_number_identification_status", "primary_phone_number_id"},
	})
	c.identifiers(&addresses{
		column: source.ColWeb3Wallet, rows: u.Web3Wallet,
		have: a.Web3Wallets, primary: a.PrimaryWeb3WalletID,
		names: [3]string{"web3_wallet", "", "primary_web3_wallet_id"},
	})
	if by != CreateWriting && policy.sees() {
		c.spare(policy.decide(u, a).changes)
	}
	return c.Comparison
}

// spare drops the deviations that a policy leaves on purpose: where another
// update would change them no more.
func (c *comparer) spare(changes []string) {
	c.Deviations = slices.DeleteFunc(c.Deviations, func(d Deviation) bool {
		names := []string{d.Field}
		if secrets, ok := readAs[d.Field]; ok {
			names = secrets
		}
		for _, name := range names {
			if propertyNamed(name) < 0 || slices.Contains(changes, name) {
				return false
			}
		}
		return true
	})
}

// readAs are the properties of which Clerk shows only whether they are there.
var readAs = map[string][]string{
	"password_enabled":    {"password", "password_digest"},
	"totp_enabled":        {"totp_secret"},
	"backup_code_enabled": {"backup_codes"},
}

type comparer struct {
	by Writing
	Comparison
}

// differ notes a property that deviates.
func (c *comparer) differ(different bool, field string, ours, theirs any) {
	if different {
		c.Deviations = append(c.Deviations, Deviation{field, asJSON(ours), asJSON(theirs), c.by.reach(field) == beyond})
	}
}

func asJSON(value any) jsontext.Value {
	if raw, ok := value.(jsontext.Value); ok {
		return raw
	}
	text, err := json.Marshal(value, jsontext.AllowInvalidUTF8(true), json.FormatNilSliceAsNull(false))
	if err != nil { // texts, booleans and numbers can be written
		return jsontext.Value("null")
	}
	return text
}

func (c *comparer) text(field string, ours *string, theirs string) {
	if ours != nil {
		c.differ(*ours != theirs, field, *ours, theirs)
	}
}

func (c *comparer) flag(field string, ours *bool, theirs bool) {
	if ours != nil {
		c.differ(*ours != theirs, field, *ours, theirs)
	}
}

// shown compares what not every answer shows.
func shown[T comparable](c *comparer, field string, ours, theirs *T) {
	switch {
	case ours == nil:
	case theirs == nil:
		c.Hidden = append(c.Hidden, field)
	default:
		c.differ(*ours != *theirs, field, *ours, *theirs)
	}
}

func (c *comparer) who(u *User, a *Account) {
	c.text("external_id", u.ExternalID, a.ExternalID)
	c.text("first_name", u.FirstName, a.FirstName)
	c.text("last_name", u.LastName, a.LastName)
	if u.Username != nil {
		c.differ(!strings.EqualFold(*u.Username, a.Username), "username", *u.Username, a.Username)
	}
	if a.LocaleHidden && u.Locale != nil {
		c.Hidden = append(c.Hidden, "locale")
	} else {
		c.text("locale", u.Locale, a.Locale)
	}
}

func (c *comparer) secrets(u *User, a *Account) {
	c.differ((u.Password != nil || u.PasswordDigest != nil) && !a.PasswordEnabled, "password_enabled", true, false)
	c.differ(u.TOTPSecret != nil && !a.TOTPEnabled, "totp_enabled", true, false)
	c.differ(u.BackupCodes != nil && !a.BackupCodeEnabled, "backup_code_enabled", true, false)
}

func (c *comparer) metadata(field string, ours, theirs jsontext.Value) {
	if !metadataDiffers(ours, theirs) {
		return
	}
	if len(theirs) == 0 {
		theirs = jsontext.Value("{}")
	}
	c.differ(true, field, jsontext.Value(canonical(ours)), jsontext.Value(canonical(theirs)))
}

func (c *comparer) switches(u *User, a *Account) {
	shown(c, "delete_self_enabled", u.DeleteSelfEnabled, a.DeleteSelfEnabled)
	shown(c, "create_organization_enabled", u.CreateOrganizationEnabled, a.CreateOrganizationEnabled)
	shown(c, "create_organizations_limit", u.CreateOrganizationsLimit, a.CreateOrganizationsLimit)
	shown(c, "bypass_client_trust", u.BypassClientTrust, a.BypassClientTrust)
	c.flag("banned", u.Banned, a.Banned)
	c.flag("locked", u.Locked, a.Locked)
	c.time("created_at", u.CreatedAt, a.CreatedAt)
	c.time("legal_accepted_at", u.LegalAcceptedAt, a.LegalAcceptedAt)
	if c.by != CreateWriting {
		c.text("primary_email_address_id", u.PrimaryEmailAddressID, a.PrimaryEmailAddressID)
		c.text("primary_phone_number_id", u.PrimaryPhoneNumberID, a.PrimaryPhoneNumberID)
		c.text("primary_web3_wallet_id", u.PrimaryWeb3WalletID, a.PrimaryWeb3WalletID)
	}
}

func (c *comparer) time(field string, ours *string, theirs time.Time) {
	if !timeDiffers(ours, theirs) {
		return
	}
	shown := ""
	if !theirs.IsZero() {
		shown = inMillis(theirs)
	}
	text := *ours
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		text = inMillis(at)
	}
	c.differ(true, field, text, shown)
}

// inMillis writes a time as exactly as Clerk shows it.
func inMillis(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z07:00") }

// addresses are the identifiers of one kind, of a row and of its account.
type addresses struct {
	column         source.Column
	rows, statuses []string
	have           []Identifier
	primary        string
	names          [3]string // of the list, of the statuses and of the primary one
}

func (l *addresses) find(value string) *Identifier {
	i := slices.IndexFunc(l.have, func(id Identifier) bool { return fold(l.column, id.Value) == fold(l.column, value) })
	if i < 0 {
		return nil
	}
	return &l.have[i]
}

// identifiers compares the lists, then of those that both have whether they are
// verified: a row's are, unless it says otherwise.
func (c *comparer) identifiers(l *addresses) {
	if len(l.rows) == 0 {
		return
	}
	missing, unlike := false, false
	var ours, theirs []string
	for i, value := range l.rows {
		found := l.find(value)
		if found == nil {
			missing = true
			continue
		}
		want := len(l.statuses) <= i || l.statuses[i] == verifiedStatus
		unlike = unlike || want != found.Verified
		ours, theirs = append(ours, value+": "+statusText(want)), append(theirs, value+": "+statusText(found.Verified))
	}
	more := c.by == CreateWriting && len(l.have) > len(l.rows)
	c.differ(missing || more, l.names[0], l.rows, values(l.have))
	if l.names[1] != "" {
		c.differ(unlike, l.names[1], ours, theirs)
	}
	first := l.find(l.rows[0])
	if c.by == CreateWriting && first != nil && first.Verified { // only such a one can be primary for certain
		c.differ(first.ID != l.primary, l.names[2], l.rows[0], l.primaryValue())
	}
}

const verifiedStatus = "verified"

func statusText(verified bool) string {
	if verified {
		return verifiedStatus
	}
	return "not verified"
}

func values(list []Identifier) []string {
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = id.Value
	}
	return texts
}

// primaryValue is the identifier that is primary.
func (l *addresses) primaryValue() string {
	for _, id := range l.have {
		if id.ID == l.primary {
			return id.Value
		}
	}
	return ""
}
