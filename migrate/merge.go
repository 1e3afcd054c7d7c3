package migrate

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Metadata are the three metadata of a user; nil for one that is not meant.
type Metadata struct {
	PublicMetadata  jsontext.Value `json:"public_metadata,omitzero"`
	PrivateMetadata jsontext.Value `json:"private_metadata,omitzero"`
	UnsafeMetadata  jsontext.Value `json:"unsafe_metadata,omitzero"`
}

// Empty reports whether none is meant.
func (m *Metadata) Empty() bool {
	return m.PublicMetadata == nil && m.PrivateMetadata == nil && m.UnsafeMetadata == nil
}

// of returns the one with a name.
func (m *Metadata) of(name string) *jsontext.Value {
	switch name {
	case "public_metadata":
		return &m.PublicMetadata
	case "private_metadata":
		return &m.PrivateMetadata
	default:
		return &m.UnsafeMetadata
	}
}

// decide puts what is to be merged for one of the metadata into m: all of it,
// or by Fill the members that are not there. Nothing is where that would change
// nothing. left says that the user has a member otherwise than the row wants.
func (m *Metadata) decide(rule Rule, f *property, r *UpdateUserRequest, a *Account) (sent, left bool) {
	want := f.to(r).(jsontext.Value)
	have, _ := f.from(a).(jsontext.Value)
	patch := want
	if rule == Fill {
		patch, left = absentMembers(want, have)
	}
	if !metadataDiffers(merged(have, patch), have) {
		return false, left
	}
	*m.of(f.name) = patch
	return true, left
}

// absentMembers returns the members of want that have does not have, and
// whether one that both have differs.
func absentMembers(want, have jsontext.Value) (patch jsontext.Value, differ bool) {
	there := map[string]jsontext.Value{}
	for _, m := range membersOf(have) {
		there[m.name] = m.value
	}
	members := slices.DeleteFunc(membersOf(want), func(m member) bool {
		value, is := there[m.name]
		differ = differ || is && canonical(value) != canonical(m.value)
		return is
	})
	return objectOf(members), differ
}

// merged returns what Clerk makes of metadata into which a patch is merged: a
// member that is null goes away, objects are merged, anything else takes the
// place of what is there.
func merged(have, patch jsontext.Value) jsontext.Value {
	if patch.Kind() != jsontext.KindBeginObject {
		return patch
	}
	members := membersOf(have)
	for _, change := range membersOf(patch) {
		i := slices.IndexFunc(members, func(m member) bool { return m.name == change.name })
		switch null := change.value.Kind() == jsontext.KindNull; {
		case null && i >= 0:
			members = slices.Delete(members, i, i+1)
		case null:
		case i >= 0:
			members[i].value = merged(members[i].value, change.value)
		default:
			members = append(members, member{change.name, merged(nil, change.value)})
		}
	}
	return objectOf(members)
}

type member struct {
	name  string
	value jsontext.Value
}

// membersOf returns the members of an object; nil of anything else. Numbers
// keep their digits.
func membersOf(object jsontext.Value) []member {
	if object.Kind() != jsontext.KindBeginObject {
		return nil
	}
	var byName map[string]jsontext.Value
	if json.Unmarshal(object, &byName) != nil {
		return nil // cannot be: the checks have read it, and Clerk has written it
	}
	list := make([]member, 0, len(byName))
	for name, value := range byName {
		list = append(list, member{name, value})
	}
	slices.SortFunc(list, func(a, b member) int {
		if a.name < b.name {
			return -1
		}
		return 1
	})
	return list
}

func objectOf(members []member) jsontext.Value {
	object := jsontext.Value("{")
	for i, m := range members {
		if i > 0 {
			object = append(object, ',')
		}
		object, _ = jsontext.AppendQuote(object, m.name) // it was read from JSON: it is UTF-8
		object = append(append(object, ':'), m.value...)
	}
	return append(object, '}')
}
