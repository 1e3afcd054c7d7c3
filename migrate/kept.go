package migrate

import (
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A KeptChange is what an update did to one field of a user. It holds no secret: of
// one, only whether there was one before.
type KeptChange struct {
	// Before is what the field held, null for nothing; nil where nobody looked.
	Before jsontext.Value `json:"before,omitzero"`
	// After is what was written; nil of a secret, and where it is what the field
	// held before.
	After jsontext.Value `json:"after,omitzero"`
	// Had says of a secret whether there was one before; nil where nobody looked.
	Had *bool `json:"had,omitzero"`
}

// KeptChanges are those of one user, by the wire names of the fields.
type KeptChanges map[string]KeptChange

// KeptBy returns what an update by u does to the account that it was compared
// with. Where that is nil, nobody has looked: what is there before is not known
// of any field that the row gives. A field that is as the row wants it is noted
// too: a later update may change it without looking.
func KeptBy(u *User, a *Account) KeptChanges {
	changes := KeptChanges{}
	for _, f := range readables {
		after := f.want(u)
		if after == nil || f.name == "external_id" && u.UserID == "" { // what the row is known by stays
			continue
		}
		c := KeptChange{After: after}
		if a != nil {
			if c.Before = f.have(a); sameValue(f.name, c.Before, after) {
				c.After = nil
			}
		}
		changes[f.name] = c
	}
	request := u.UpdateRequest()
	for _, p := range hiddens {
		if !p.given(request) {
			continue
		}
		var c KeptChange
		if a != nil && p.empty != nil {
			c.Had = new(!p.empty(a))
		}
		changes[p.name] = c
	}
	return changes
}

// Then returns what two updates did one after the other: the earlier knows what
// was there before, the later what was written last.
func (c KeptChanges) Then(later KeptChanges) KeptChanges {
	both := maps.Clone(c)
	for name, change := range later {
		if earlier, ok := c[name]; ok {
			change.Before, change.Had = earlier.Before, earlier.Had
			if change.After == nil {
				change.After = earlier.After
			}
		}
		both[name] = change
	}
	return both
}

// Encode returns the changes as JSON.
func (c KeptChanges) Encode() ([]byte, error) { return json.Marshal(c, json.Deterministic(true)) }

// DecodeKept is the reverse of Encode.
func DecodeKept(text []byte) (c KeptChanges, err error) {
	return c, json.Unmarshal(text, &c)
}

// A Restoration says what can be given back to a user.
type Restoration struct {
	Give FieldValues // to be sent
	// The names of other fields, sorted: those that are as before already,
	// those that somebody has changed since, and those that nothing can give
	// back: secrets, and what nobody looked at.
	Same, Changed, Lost []string
}

// Restore compares what updates changed with what the account holds now. A
// field is given back only where it still holds what was written.
func (c KeptChanges) Restore(now *Account) Restoration {
	r := Restoration{Give: FieldValues{}}
	for _, f := range readables {
		change := c[f.name]
		if change.After == nil {
			continue
		}
		have := f.have(now)
		switch {
		case change.Before == nil || have == nil:
			r.Lost = append(r.Lost, f.name)
		case sameValue(f.name, have, change.Before):
			r.Same = append(r.Same, f.name)
		case sameValue(f.name, have, change.After):
			r.Give[f.name] = change.Before
		default:
			r.Changed = append(r.Changed, f.name)
		}
	}
	for _, p := range hiddens {
		if _, ok := c[p.name]; ok {
			r.Lost = append(r.Lost, p.name)
		}
	}
	slices.Sort(r.Same)
	slices.Sort(r.Changed)
	slices.Sort(r.Lost)
	return r
}

// Missed returns the names of those fields that an answer does not show as they
// were sent, sorted: Clerk has kept them as they are.
func (f FieldValues) Missed(a *Account) []string {
	var names []string
	for _, r := range readables {
		if sent, ok := f[r.name]; ok && !sameValue(r.name, sent, r.have(a)) {
			names = append(names, r.name)
		}
	}
	slices.Sort(names)
	return names
}
