package migrate

// A Writing is how a row came to its user. It says what of the row the user can
// be asked to have.
type Writing uint8

const (
	// UnknownWriting: no ledger tells.
	UnknownWriting Writing = iota
	// CreateWriting: the user was made of the row.
	CreateWriting
	// UpdateWriting: the user was there before, or was made of an earlier version
	// of the row.
	UpdateWriting
)

// Writing returns how the row of a result came to its user.
func (r *Result) Writing() Writing {
	if r.Action == Create {
		return CreateWriting
	}
	return UpdateWriting
}

// A reach says whether a row brings a property to its user.
type reach uint8

const (
	// sent: the property was in the request.
	sent reach = iota
	// beyond: no update can change it.
	beyond
)

// reach says it of a property by its wire name. What a policy leaves on purpose
// is for comparer.spare.
func (w Writing) reach(field string) reach {
	if w != UpdateWriting {
		return sent
	}
	switch field {
	case "email_address", "email_address_identification_status", "phone_number", "phone_number_identification_status",
		"web3_wallet", "banned", "locked":
		return beyond
	default:
		return sent
	}
}
