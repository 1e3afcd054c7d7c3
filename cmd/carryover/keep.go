package main

import "carryover/migrate"

// What --keep-before takes.
const (
	keepAuto = "auto"
	keepAll  = "all"
	keepNone = "none"
)

func (o *runOptions) checkKeepBefore() error {
	switch o.keepBefore {
	case keepAuto, keepAll, keepNone:
		return nil
	}
	return usagef("unknown --keep-before %q: use auto, all or none", o.keepBefore)
}

// keeper returns what keeps the fields that updates change, sealed in the
// checkpoint; nil where nothing is to be kept.
func (m *migration) keeper() (func(userID string, changes migrate.KeptChanges) error, error) {
	if m.o.keepBefore == keepNone {
		return nil, nil
	}
	seal, err := m.seal()
	if err != nil {
		return nil, err
	}
	return func(userID string, changes migrate.KeptChanges) error { return m.db.Keep(seal, userID, changes) }, nil
}
