package migrate

import "fmt"

// A Mode says what a run may do to users.
type Mode uint8

const (
	// Upsert updates users that exist and creates those that do not.
	Upsert Mode = iota
	// CreateOnlyMode creates users; one that is there already is a conflict.
	CreateOnlyMode
	// UpdateOnlyMode updates users; one that is not there is rejected.
	UpdateOnlyMode
)

// String returns the mode's name as --mode takes it.
func (m Mode) String() string {
	switch m {
	case CreateOnlyMode:
		return "create"
	case UpdateOnlyMode:
		return "update"
	default:
		return "upsert"
	}
}

// ParseMode reads what --mode takes.
func ParseMode(s string) (Mode, error) {
	for _, m := range []Mode{Upsert, CreateOnlyMode, UpdateOnlyMode} {
		if m.String() == s {
			return m, nil
		}
	}
	return 0, fmt.Errorf("unknown mode %q: use upsert, create or update", s)
}
