package mapping

func jsonFunctions() []function {
	return []function{
		{name: "json", params: "text", about: "what the JSON in a cell holds; members by name, items by number: json(data).roles[0]. What is no text stays as it is", takes: []param{{}}, call: fromJSON,
			tests: []sample{{`json('{"roles":["admin"],"age":36}').roles[0]`, `"admin"`}}},
		{name: "php", params: "text", about: "what PHP's serialize() wrote: arrays with the keys 0, 1, 2 … are lists, others objects", takes: text1, call: fromPHP,
			tests: []sample{{`php('a:1:{s:13:"administrator";b:1;}')`, `{"administrator":true}`}, {`php('a:2:{i:0;s:1:"a";i:1;i:7;}')`, `["a",7]`}}},
		{name: "object", params: "{name: value, …}", about: "an object of the members that are neither null nor empty; null where none is left", takes: []param{{kind: anObject}}, call: object,
			tests: []sample{{`object({plan: "pro", seats: null})`, `{"plan":"pro"}`}, {`object({plan: null})`, `null`}}},
		{name: "merge", params: "object, …", about: "one object of all members; of two with one name, the later", takes: []param{{}}, more: true, call: merge,
			tests: []sample{{`merge({a: 1, b: 1}, null, {b: 2})`, `{"a":1,"b":2}`}}},
		{name: "pairs", params: "list, key, value", about: "an object out of a list of objects: of each, the member key is the name and the member value the value; of two with one name, the first", takes: []param{{}, {kind: aText}, {kind: aText}}, call: pairs,
			tests: []sample{{`pairs([{"Name": "plan", "Value": "pro"}, {"Name": "seats", "Value": 3}], "Name", "Value")`, `{"plan":"pro","seats":3}`}}},
		{name: "keys", params: "object", about: "the names of its members whose value is not false, in order", takes: []param{{}}, call: keys,
			tests: []sample{{`keys(php('a:2:{s:6:"editor";b:1;s:6:"author";b:0;}'))`, `["editor"]`}}},
	}
}

func fromJSON(args []any) (any, uint, error) {
	text, ok := args[0].(string)
	switch {
	case !ok:
		return args[0], 0, nil
	case text == "":
		return nil, 0, nil
	case len(text) > maxText:
		return nil, 0, errLarge
	}
	v, err := decodeJSON(text)
	return v, uint(4 * len(text)), err
}

func object(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return nil, 0, nil
	case map[string]any:
		kept := make(map[string]any, len(v))
		for name, value := range v {
			if !missing(value) {
				kept[name] = value
			}
		}
		if len(kept) == 0 {
			return nil, 0, nil
		}
		return kept, uint(48 * len(kept)), nil
	}
	return nil, 0, wrongType(kind(args[0]) + " is given where an object is needed")
}

func merge(args []any) (any, uint, error) {
	all := map[string]any{}
	for _, arg := range args {
		switch v := arg.(type) {
		case nil:
		case map[string]any:
			for name, value := range v {
				all[name] = value
			}
		default:
			return nil, 0, wrongType(kind(arg) + " is given where an object is needed")
		}
	}
	if len(all) == 0 {
		return nil, 0, nil
	}
	return all, uint(48 * len(all)), nil
}

func keys(args []any) (any, uint, error) {
	v, ok := args[0].(map[string]any)
	switch {
	case args[0] == nil:
		return nil, 0, nil
	case !ok:
		return nil, 0, wrongType(kind(args[0]) + " is given where an object is needed")
	}
	list := []any{}
	for _, name := range sortedNames(v) {
		if v[name] != nil && v[name] != false {
			list = append(list, name)
		}
	}
	return list, uint(16 * len(list)), nil
}

func pairs(args []any) (any, uint, error) {
	names, ok, err := texts(args[1:])
	if args[0] == nil || !ok || err != nil {
		return nil, 0, err
	}
	all, _, err := items(args[:1])
	if err != nil {
		return nil, 0, err
	}
	made := map[string]any{}
	for _, item := range all.([]any) {
		pair, ok := item.(map[string]any)
		if !ok {
			return nil, 0, wrongType(kind(item) + " is given where an object is needed")
		}
		name, ok := textOf(pair[names[0]])
		if !ok {
			return nil, 0, wrongType("the name in a pair is " + kind(pair[names[0]]) + ", not a text")
		}
		if _, twice := made[name]; !twice {
			made[name] = pair[names[1]]
		}
	}
	return made, uint(48 * len(made)), nil
}
