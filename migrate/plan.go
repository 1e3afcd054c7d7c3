package migrate

import "github.com/go-json-experiment/json/jsontext"

// A Plan is what a row asks of Clerk: a request to send, or a final state
// that needs none.
type Plan struct {
	Action    Action
	UserID    string // the user to update
	PreAbsent bool   // a look-up showed that no user has the external id

	State       State    // final, where nothing is to be sent; else Pending
	Code        string   // why, where State is Rejected or Conflict
	Field       string   // the column it is about
	Differences []string // what an update would change, where that is known

	Leave Fields   // what an update does not send, by the policy
	Merge Metadata // what it merges
	Left  []string // what the row would change, and the policy leaves

	Warnings []Problem
}

// NeedsLookUp reports whether the plan for u depends on whether its user is in
// the instance. Creating only needs no look-up: Clerk refuses a second user with
// the same external id. A row that names its user needs none, unless all are to
// be seen (see Config.SeeAll).
func NeedsLookUp(mode Mode, seeAll bool, u *User) bool {
	switch {
	case u.UserID != "":
		return seeAll
	case u.ExternalID != nil:
		return seeAll || mode != CreateOnlyMode
	default:
		return false
	}
}

// Decide returns the plan for u. found is the account that has its user id or,
// where it has none, its external id; looked says that a look-up was made, so
// that a nil found means that there is none.
func Decide(mode Mode, policy Policy, u *User, found *Account, looked bool) Plan {
	switch {
	case found != nil && mode == CreateOnlyMode:
		return Plan{State: Conflict, Code: "user_exists", Field: "external_id", UserID: found.ID}
	case found != nil:
		return decideUpdate(policy, u, found)
	case u.UserID != "" && looked:
		return Plan{State: Rejected, Code: "user_missing", Field: "user_id", UserID: u.UserID}
	case u.UserID != "":
		return Plan{Action: Update, UserID: u.UserID}
	case mode == UpdateOnlyMode:
		return Plan{State: Rejected, Code: "user_missing", Field: "external_id"}
	case !u.HasIdentifier() && (u.SkipUserRequirement == nil || !*u.SkipUserRequirement):
		return Plan{State: Rejected, Code: "no_identifier", Field: "email_address"}
	default:
		return Plan{Action: Create, PreAbsent: looked}
	}
}

func decideUpdate(policy Policy, u *User, found *Account) Plan {
	d := policy.decide(u, found)
	plan := Plan{
		Action: Update, UserID: found.ID, Differences: d.changes, Leave: d.leave, Merge: d.merge, Left: d.left,
	}
	if policy != NewPolicy(Never) { // else nothing was to be changed
		plan.Warnings = NotChanged(u, found)
	}
	if len(plan.Differences) == 0 {
		plan.Action, plan.State = NoAction, Unchanged
	}
	return plan
}

// UpdateRequest returns the request of a plan that updates the user of u.
func (p *Plan) UpdateRequest(u *User) *UpdateUserRequest {
	if p.Leave == allFields {
		return &UpdateUserRequest{Merge: p.Merge}
	}
	request := u.UpdateRequest()
	for i := range properties {
		if p.Leave.has(i) {
			properties[i].leave(request)
		}
	}
	request.Merge = p.Merge
	return request
}

// written returns u as the update of a plan writes it: without what is left as it
// is, and with metadata as it is once it has been merged. found is the account
// that the plan was made by, nil where nobody has looked.
func (p *Plan) written(u *User, found *Account) *User {
	w, request := *u, p.UpdateRequest(u)
	w.Profile, w.UpdateOnly = request.Profile, request.UpdateOnly
	if found == nil { // nothing is merged without a look
		return &w
	}
	for _, m := range []struct {
		to          *jsontext.Value
		have, patch jsontext.Value
	}{
		{&w.PublicMetadata, found.PublicMetadata, p.Merge.PublicMetadata},
		{&w.PrivateMetadata, found.PrivateMetadata, p.Merge.PrivateMetadata},
		{&w.UnsafeMetadata, found.UnsafeMetadata, p.Merge.UnsafeMetadata},
	} {
		if m.patch != nil {
			*m.to = merged(m.have, m.patch)
		}
	}
	return &w
}

// A Verdict is what a look-up says of a create whose outcome is not known.
type Verdict uint8

const (
	// Ours: the create was processed.
	Ours Verdict = iota + 1
	// Foreign: somebody else's user has the external id.
	Foreign
	// Absent: no user has the external id.
	Absent
)

// Reconcile judges a create whose outcome is not known by the account that a
// look-up found for its external id, nil for none (reliability R6).
//
// A found user is ours where nobody had the id before the first create, or
// where the create had been sent before and the user is what it would have
// made. Otherwise it was there before.
func Reconcile(u *User, found *Account, preAbsent, sentBefore bool) Verdict {
	switch {
	case found == nil:
		return Absent
	case preAbsent, sentBefore && madeBy(u, found):
		return Ours
	default:
		return Foreign
	}
}

// madeBy reports whether the account is what creating u makes, as far as
// Clerk shows it.
func madeBy(u *User, a *Account) bool {
	for _, name := range Differences(u, a) {
		switch name {
		case "password", "password_digest":
			if !a.PasswordEnabled {
				return false
			}
		case "totp_secret":
			if !a.TOTPEnabled {
				return false
			}
		case "backup_codes":
			if !a.BackupCodeEnabled {
				return false
			}
		case "bypass_client_trust", "locale": // not shown by every version
		default:
			return false
		}
	}
	return hasAll(a.EmailAddresses, u.EmailAddress) && hasAll(a.PhoneNumbers, u.PhoneNumber)
}
