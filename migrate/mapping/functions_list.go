package mapping

import "strings"

func listFunctions() []function {
	return []function{
		{name: "split", params: "text, separator", about: "a list of its parts, trimmed, without empty ones", takes: text2, call: splitText,
			tests: []sample{{`split("a@example.com | b@example.com", "|")`, `["a@example.com","b@example.com"]`}}},
		{name: "join", params: "list, separator", about: "its items as one text, null ones left out", takes: []param{{kind: aList}, {kind: aText}}, call: joinItems,
			tests: []sample{{`join(["Ada", null, "King"], " ")`, `"Ada King"`}}},
		{name: "list", params: "value", about: "a list as it is, null as an empty one, anything else as a list of one", takes: []param{{}}, gives: listType, call: items,
			tests: []sample{{`list("a")`, `["a"]`}, {`list(null)`, `[]`}}},
		{name: "compact", params: "list", about: "without what is null or empty, and without repetitions", takes: []param{{kind: aList}}, call: compact,
			tests: []sample{{`compact(["a", null, "", "a", "b"])`, `["a","b"]`}}},
		{name: "lookup", params: "list, key, value, member", about: "of a list of objects, the first whose key has the value: the object, or one member of it", takes: []param{{}, {kind: aText}, {}, {kind: aText}}, least: 3, call: lookup,
			tests: []sample{{`lookup([{"Name": "sub", "Value": "1"}, {"Name": "email", "Value": "a@example.com"}], "Name", "email", "Value")`, `"a@example.com"`}}},
	}
}

// items is list(): what filter, any and the like go through.
func items(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return []any{}, 0, nil
	case []any:
		if len(v) > maxItems {
			return nil, 0, bad("value_too_large", "a list has more than 10,000 items")
		}
		return v, 0, nil
	default:
		return []any{v}, 16, nil
	}
}

func splitText(args []any) (any, uint, error) {
	list, ok, err := texts(args)
	if !ok || err != nil {
		return nil, 0, err
	}
	if list[1] == "" {
		return nil, 0, wrongType("split needs a separator")
	}
	var parts []any
	for part := range strings.SplitSeq(list[0], list[1]) {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
		if len(parts) > maxItems {
			return nil, 0, bad("value_too_large", "a list has more than 10,000 items")
		}
	}
	if parts == nil {
		parts = []any{}
	}
	return parts, uint(32 * len(parts)), nil
}

func joinItems(args []any) (any, uint, error) {
	if args[0] == nil || args[1] == nil {
		return nil, 0, nil
	}
	all, _, err := items(args[:1])
	if err != nil {
		return nil, 0, err
	}
	separator, err := argText(args[1])
	if err != nil {
		return nil, 0, err
	}
	var b strings.Builder
	for _, item := range all.([]any) {
		if missing(item) {
			continue
		}
		text, err := argText(item)
		if err != nil {
			return nil, 0, err
		}
		if b.Len() > 0 {
			b.WriteString(separator)
		}
		b.WriteString(text)
		if b.Len() > maxText {
			return nil, 0, errLarge
		}
	}
	return made(b.String())
}

func compact(args []any) (any, uint, error) {
	if args[0] == nil {
		return nil, 0, nil
	}
	all, _, err := items(args)
	if err != nil {
		return nil, 0, err
	}
	kept, seen := []any{}, map[string]bool{}
	for _, item := range all.([]any) {
		if missing(item) {
			continue
		}
		if text, ok := textOf(item); ok {
			if seen[text] {
				continue
			}
			seen[text] = true
		}
		kept = append(kept, item)
	}
	return kept, uint(16 * len(kept)), nil
}

func lookup(args []any) (any, uint, error) {
	all, _, err := items(args[:1])
	if err != nil {
		return nil, 0, err
	}
	key, err := argText(args[1])
	if err != nil {
		return nil, 0, err
	}
	for _, item := range all.([]any) {
		object, ok := item.(map[string]any)
		if !ok || !same(object[key], args[2]) {
			continue
		}
		if len(args) == 3 {
			return object, 0, nil
		}
		return get([]any{object, args[3]})
	}
	return nil, 0, nil
}

// same is what == does: texts and numbers are compared by what they look like,
// a boolean with what spells one, and what is missing with what is missing.
func same(a, b any) bool {
	if missing(a) || missing(b) {
		return missing(a) && missing(b)
	}
	if left, ok := textOf(a); ok {
		if right, ok := textOf(b); ok {
			return left == right
		}
	}
	_, isBool := a.(bool)
	_, isToo := b.(bool)
	if isBool || isToo {
		left, err1 := truth(a)
		right, err2 := truth(b)
		return err1 == nil && err2 == nil && left == right
	}
	return false
}

// within is what in does: whether a list has the item, or an object the member.
func within(args []any) (any, uint, error) {
	switch v := args[1].(type) {
	case nil:
		return false, 0, nil
	case []any:
		for _, item := range v {
			if same(item, args[0]) {
				return true, 0, nil
			}
		}
		return false, 0, nil
	case map[string]any:
		name, ok := textOf(args[0])
		_, has := v[name]
		return ok && has, 0, nil
	}
	return nil, 0, wrongType("in looks into a list or an object, not " + kind(args[1]))
}

// get is what a.b and a[b] do. What is not there is null.
func get(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return nil, 0, nil
	case map[string]any:
		name, ok := textOf(args[1])
		if !ok {
			return nil, 0, wrongType("the members of an object have names, not " + kind(args[1]))
		}
		return v[name], 0, nil
	case []any:
		i, ok := args[1].(int)
		switch {
		case !ok:
			return nil, 0, wrongType("the items of a list have numbers, not " + kind(args[1]))
		case i < 0:
			i += len(v)
		}
		if i < 0 || i >= len(v) {
			return nil, 0, nil
		}
		return v[i], 0, nil
	}
	return nil, 0, wrongType(kind(args[0]) + " has no members; json() reads a text that holds JSON")
}
