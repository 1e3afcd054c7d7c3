package migrate

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A Change is what a plan does to a property of a user. Of a secret it holds
// only whether there is one ("set", "absent").
type Change struct {
	Field string         `json:"field"`
	From  jsontext.Value `json:"from"` // null for nothing, or for what Clerk does not show
	To    jsontext.Value `json:"to"`
	By    string         `json:"by,omitzero"` // "merge", where it is merged into what is there
}

const byMerge = "merge"

// Changes returns what a plan for u changes, in the order of the properties.
// found is the account that the plan was made by; nil for none, and then an
// update is told as if nothing were there. A user that is created gets all that
// its request holds.
func Changes(u *User, plan *Plan, found *Account) []Change {
	switch {
	case plan.Action == Create:
		return changesOf(u.CreateRequest())
	case plan.Action != Update:
		return nil
	case found == nil:
		return changesOf(plan.UpdateRequest(u))
	}
	var list []Change
	request := u.UpdateRequest()
	for _, name := range plan.Differences {
		p := &properties[propertyNamed(name)]
		c := Change{Field: name, From: valueOf(p.from(found)), To: valueOf(p.to(request))}
		if p.metadata {
			if patch := *plan.Merge.of(name); patch != nil {
				have, _ := p.from(found).(jsontext.Value)
				c.To, c.By = valueOf(merged(have, patch)), byMerge
			}
		}
		list = append(list, c)
	}
	return list
}

// changesOf returns what a request sets, where nothing was before.
func changesOf(request any) []Change {
	var list []Change
	body, err := json.Marshal(request, jsontext.AllowInvalidUTF8(true)) // secrets are masked
	if err != nil {
		return nil // metadata is JSON, and nothing else can fail
	}
	var members orderedObject
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	for _, m := range members {
		if i := propertyNamed(m.name); i >= 0 && properties[i].secret {
			m.value = valueOf(secretSet)
		}
		list = append(list, Change{Field: m.name, To: valueOf(m.value)})
	}
	return list
}

// An orderedObject is a JSON object whose members keep their order.
type orderedObject []member

// UnmarshalJSONFrom implements json.UnmarshalerFrom.
func (o *orderedObject) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		name, err := dec.ReadToken()
		if err != nil {
			return err
		}
		m := member{name: name.String()}
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		m.value = value.Clone()
		*o = append(*o, m)
	}
	_, err := dec.ReadToken()
	return err
}

// valueOf returns a value as JSON, written in one way only; nil as null.
func valueOf(v any) jsontext.Value {
	if raw, ok := v.(jsontext.Value); ok {
		return jsontext.Value(canonical(raw))
	}
	text, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return jsontext.Value("null") // texts, switches and numbers can be written
	}
	return text
}
