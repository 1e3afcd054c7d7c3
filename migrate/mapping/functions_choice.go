package mapping

import (
	"strconv"
	"strings"
)

func choiceFunctions() []function {
	return []function{
		{name: "coalesce", params: "value, …", about: "the first that is neither null nor an empty text", takes: []param{{}}, more: true, call: coalesce,
			tests: []sample{{`coalesce(null, "", "b", "c")`, `"b"`}}},
		{name: "when", params: "condition, value", about: "the value where the condition holds, else null", takes: []param{{}, {}}, call: when,
			tests: []sample{{`when("t", "yes")`, `"yes"`}, {`when(false, "yes")`, `null`}}},
		{name: "given", params: "value", about: "whether it is neither null nor an empty text", takes: []param{{}}, gives: boolType, call: func(args []any) (any, uint, error) { return !missing(args[0]), 0, nil },
			tests: []sample{{`given("")`, `false`}}},
		{name: "if_text", params: "value", about: "the value where it is a text, else null: for what users of the other system can write as they like", takes: []param{{}}, call: ifText,
			tests: []sample{{`if_text("Ada")`, `"Ada"`}, {`if_text({first: "Ada"})`, `null`}}},
		{name: "bool", params: "value", about: "true or false, of many spellings: true, t, yes, y, on, 1; null for null. Conditions do the same by themselves", takes: []param{{}}, call: toBool,
			tests: []sample{{`bool("Yes")`, `true`}, {`bool(0)`, `false`}, {`bool(null)`, `null`}}},
		{name: "int", params: "value", about: "a whole number", takes: []param{{}}, call: toInt,
			tests: []sample{{`int(" 42 ") + 1`, `43`}}},
	}
}

func coalesce(args []any) (any, uint, error) {
	for _, arg := range args {
		if !missing(arg) {
			return arg, 0, nil
		}
	}
	return nil, 0, nil
}

func when(args []any) (any, uint, error) {
	yes, err := truth(args[0])
	if !yes || err != nil {
		return nil, 0, err
	}
	return args[1], 0, nil
}

func ifText(args []any) (any, uint, error) {
	if text, is := args[0].(string); is {
		return text, 0, nil
	}
	return nil, 0, nil
}

func toBool(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	b, err := truth(args[0])
	return b, 0, err
}

func toInt(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return nil, 0, nil
	case int:
		return v, 0, nil
	case float64:
		if v == float64(int(v)) {
			return int(v), 0, nil
		}
	case string:
		if n, err := strconv.Atoi(strings.TrimSpace(v)); err == nil { // the error quotes the value: it goes no further
			return n, 0, nil
		}
	}
	return nil, 0, bad("not_an_integer", kind(args[0])+" that is no whole number")
}
