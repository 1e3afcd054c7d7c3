package migrate

import (
	"slices"
	"time"

	"carryover/hashers"
	"carryover/source"
)

// A User is one row of the input, checked and typed: everything that may be
// asked of Clerk for it. What is absent in the row is nil here.
type User struct {
	File string // input file, as named by the user
	Row  int64  // 1-based data record
	Line int64  // 1-based true line where the record begins

	UserID string // Clerk's id of the user, where the row names it

	Profile
	UpdateOnly
	CreateOnly
}

// Key returns what the row is known by in reports and in the ledger: its
// external id, else its user id, else "".
func (u *User) Key() string {
	if u.ExternalID != nil {
		return *u.ExternalID
	}
	return u.UserID
}

// CreateRequest returns the request that makes the user.
//
// A user without a password or digest is created with
// skip_password_requirement, unless the row says otherwise: Clerk refuses it
// without where the instance requires passwords.
func (u *User) CreateRequest() *CreateUserRequest {
	req := &CreateUserRequest{Profile: u.Profile, CreateOnly: u.CreateOnly}
	if u.Password == nil && u.PasswordDigest == nil && u.SkipPasswordRequirement == nil {
		yes := true
		req.SkipPasswordRequirement = &yes
	}
	return req
}

// UpdateRequest returns the request that updates the user.
func (u *User) UpdateRequest() *UpdateUserRequest {
	return &UpdateUserRequest{Profile: u.Profile, UpdateOnly: u.UpdateOnly}
}

// HasIdentifier reports whether a user made of this row could be found at
// sign-in.
func (u *User) HasIdentifier() bool {
	return len(u.EmailAddress) > 0 || len(u.PhoneNumber) > 0 || len(u.Web3Wallet) > 0 ||
		u.Username != nil && *u.Username != ""
}

// Rules are the choices that the checks depend on.
type Rules struct {
	Mode               Mode
	Strict             bool      // an unknown hasher is refused
	AllowNotifications bool      // notify_primary_email_address_changed may be true
	Now                time.Time // nothing may have happened after it
	Survey             bool      // Check also makes a Survey

	// Settings are those of the instance, which Check holds the rows against;
	// nil holds them against none.
	Settings *Settings
	Empty    bool // the instance has no users yet

	// Rewrites are names of hashers.Rewrites: the first that reads a row's
	// digest brings it into Clerk's form and names its hasher.
	Rewrites      []string
	RewriteParams hashers.Params

	// Mapper makes the rows, where they are those of another system; or nil.
	Mapper Mapper

	// WithoutPassword says that a user whose digest Clerk cannot take goes
	// without a password, instead of being refused.
	WithoutPassword bool
	// WithoutTOTP says the same of a second factor of another kind than Clerk's.
	WithoutTOTP bool
}

// ParseUser checks a row and returns the user it describes.
//
// The problems are in the order of the columns; several may be about one
// column. Where one of them is Fatal (see Refused), the user is incomplete
// and must not be sent. No problem quotes a cell.
func ParseUser(row *source.Row, rules Rules) (*User, []Problem) {
	e := examiner{rules: &rules}
	return e.parse(row, new(room))
}

// parse is ParseUser with room for the user.
func (e *examiner) parse(row *source.Row, r *room) (*User, []Problem) {
	p := parser{
		row: row, examiner: e,
		texts: r.texts[:0], secrets: r.secrets[:0], items: r.items[:0],
	}
	u := &r.user
	u.File, u.Row, u.Line = row.File, row.Number, row.Line
	p.user = u
	p.mapRow()
	p.who()
	if IsDropped(p.problems) {
		p.problems = slices.DeleteFunc(p.problems, func(q Problem) bool { return q.Severity != Drop })
		p.finish()
		return u, p.problems
	}
	p.names()
	p.unmask()
	p.password()
	p.secondFactors()
	u.PublicMetadata = p.metadata(source.ColPublicMetadata)
	u.PrivateMetadata = p.metadata(source.ColPrivateMetadata)
	u.UnsafeMetadata = p.metadata(source.ColUnsafeMetadata)
	p.switches()
	p.identifiers()
	p.updateOnly()
	p.fitMode()
	p.finish()
	return u, p.problems
}

// A parser reads the cells of one row into a user and collects what is wrong.
type parser struct {
	*examiner
	row      *source.Row
	user     *User
	texts    []string // see keep
	secrets  []Secret // see hide
	items    []string // see alone
	madeOf   uint16   // classes of the text that was read last
	problems []Problem
}

// A room is where lies what is made of one row, so that a row costs few
// allocations.
type room struct {
	user    User
	texts   [8]string
	secrets [2]Secret
	items   [2]string
}

// report adds the problem of the catalogue with this code.
func (p *parser) report(column source.Column, code string) {
	text := catalogue[code]
	p.add(column, code, text.severity, text.meaning+"; "+text.fix)
}

func (p *parser) add(column source.Column, code string, severity Severity, message string) {
	p.problems = append(p.problems, Problem{
		File: p.row.File, Row: p.row.Number, Line: p.row.Line, Key: p.user.Key(),
		Field: column.String(), Code: code, Severity: severity, Message: message,
	})
}

func (p *parser) switches() {
	u := p.user
	u.DeleteSelfEnabled = p.boolean(source.ColDeleteSelfEnabled)
	u.CreateOrganizationEnabled = p.boolean(source.ColCreateOrganizationEnabled)
	u.CreateOrganizationsLimit = p.integer(source.ColCreateOrganizationsLimit)
	if u.CreateOrganizationsLimit != nil && *u.CreateOrganizationsLimit < 0 {
		p.report(source.ColCreateOrganizationsLimit, "limit_negative")
	}
	u.LegalAcceptedAt = p.timestamp(source.ColLegalAcceptedAt)
	u.SkipLegalChecks = p.boolean(source.ColSkipLegalChecks)
	u.CreatedAt = p.timestamp(source.ColCreatedAt)
	u.BypassClientTrust = p.boolean(source.ColBypassClientTrust)
	u.SkipPasswordRequirement = p.boolean(source.ColSkipPasswordRequirement)
	u.SkipUserRequirement = p.boolean(source.ColSkipUserRequirement)
	u.SkipRestrictionChecks = p.boolean(source.ColSkipRestrictionChecks)
	u.Banned = p.boolean(source.ColBanned)
	u.Locked = p.boolean(source.ColLocked)
}

func (p *parser) updateOnly() {
	u := p.user
	for _, id := range []struct {
		column source.Column
		value  **string
	}{
		{source.ColPrimaryEmailAddressID, &u.PrimaryEmailAddressID},
		{source.ColPrimaryPhoneNumberID, &u.PrimaryPhoneNumberID},
		{source.ColPrimaryWeb3WalletID, &u.PrimaryWeb3WalletID},
	} {
		if *id.value = p.text(id.column); *id.value != nil && !clerkID(**id.value, "idn_") {
			p.report(id.column, "identification_id_shape")
		}
	}
	u.NotifyPrimaryEmailAddressChanged = p.boolean(source.ColNotifyPrimaryEmailAddressChanged)
	if notify := u.NotifyPrimaryEmailAddressChanged; notify != nil && *notify {
		if !p.rules.AllowNotifications {
			p.report(source.ColNotifyPrimaryEmailAddressChanged, "notifications_not_allowed")
		}
		if u.PrimaryEmailAddressID == nil {
			p.report(source.ColNotifyPrimaryEmailAddressChanged, "notify_without_primary")
		}
	}
	u.ProfileImageID = p.text(source.ColProfileImageID)
}

var (
	updateOnlyColumns = []source.Column{
		source.ColPrimaryEmailAddressID, source.ColPrimaryPhoneNumberID, source.ColPrimaryWeb3WalletID,
		source.ColNotifyPrimaryEmailAddressChanged, source.ColProfileImageID, source.ColSignOutOfOtherSessions,
	}
	createOnlyColumns = []source.Column{
		source.ColSkipPasswordRequirement, source.ColSkipUserRequirement, source.ColSkipRestrictionChecks,
		source.ColBanned, source.ColLocked,
	}
)

// fitMode reports what the row asks for that the mode cannot give.
func (p *parser) fitMode() {
	u := p.user
	mayCreate := p.rules.Mode != UpdateOnlyMode && u.UserID == ""
	mayUpdate := p.rules.Mode != CreateOnlyMode
	if mayCreate && p.rules.Mode == CreateOnlyMode {
		p.reportGiven(updateOnlyColumns, "update_only_column")
	}
	if !mayCreate {
		p.reportGiven(createOnlyColumns, "create_only_column")
	}
	if mayCreate && !u.HasIdentifier() && (u.SkipUserRequirement == nil || !*u.SkipUserRequirement) {
		p.reportNoIdentifier(mayUpdate && u.ExternalID != nil)
	}
}

// reportNoIdentifier is a warning where the user may exist already, since an
// update needs no identifier.
func (p *parser) reportNoIdentifier(mayExist bool) {
	for _, c := range []source.Column{source.ColEmailAddress, source.ColPhoneNumber, source.ColUsername, source.ColWeb3Wallet} {
		if p.given(c) || p.reported(c) {
			return // there is one, and it has a problem of its own
		}
	}
	if !mayExist {
		p.report(source.ColEmailAddress, "no_identifier")
		return
	}
	p.add(source.ColEmailAddress, "no_identifier", Warning,
		"the row has no e-mail address, phone number, username or wallet: it can update a user that exists, but not create one; add an identifier where the user may be new")
}

func (p *parser) reportGiven(columns []source.Column, code string) {
	for _, c := range columns {
		if p.given(c) {
			p.report(c, code)
		}
	}
}

func (p *parser) given(c source.Column) bool { return p.row.Kinds[c] != source.NotGiven }
