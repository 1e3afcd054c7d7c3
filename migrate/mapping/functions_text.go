package mapping

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	text1 = []param{{kind: aText}}
	text2 = []param{{kind: aText}, {kind: aText}}
	text3 = []param{{kind: aText}, {kind: aText}, {kind: aText}}
)

func textFunctions() []function {
	return []function{
		{name: "text", params: "value", about: "a number or boolean as a text", takes: []param{{}}, call: toText,
			tests: []sample{{`text(42)`, `"42"`}}},
		{name: "trim", params: "text", about: "without white space around it", takes: text1, call: onText(strings.TrimSpace),
			tests: []sample{{`trim("  Ada ")`, `"Ada"`}}},
		{name: "lower", params: "text", about: "in lower case", takes: text1, call: onText(strings.ToLower),
			tests: []sample{{`lower("ADA")`, `"ada"`}}},
		{name: "upper", params: "text", about: "in upper case", takes: text1, call: onText(strings.ToUpper),
			tests: []sample{{`upper("ada")`, `"ADA"`}}},
		{name: "digits", params: "text", about: "its digits 0-9, nothing else", takes: text1, call: onText(onlyDigits),
			tests: []sample{{`digits("(202) 555-0123")`, `"2025550123"`}}},
		{name: "length", params: "text or list", about: "how many characters or items it has; 0 for null", takes: []param{{}}, call: length,
			tests: []sample{{`length("Zoë")`, `3`}, {`length(null)`, `0`}}},
		{name: "concat", params: "text, …", about: "one behind the other; null if one of them is null", takes: text1, more: true, call: concat,
			tests: []sample{{`concat("auth0|", "5f7c")`, `"auth0|5f7c"`}, {`concat("+", null)`, `null`}}},
		{name: "replace", params: "text, old, new", about: "with every old replaced", takes: text3, call: replace,
			tests: []sample{{`replace("a.b.c", ".", "-")`, `"a-b-c"`}}},
		{name: "has_prefix", params: "text, prefix", about: "whether it begins so; false for null", takes: text2, gives: boolType, call: compare(strings.HasPrefix),
			tests: []sample{{`has_prefix("$2y$10$abc", "$2y$")`, `true`}}},
		{name: "has_suffix", params: "text, suffix", about: "whether it ends so; false for null", takes: text2, gives: boolType, call: compare(strings.HasSuffix),
			tests: []sample{{`has_suffix("ada@example.com", "@example.com")`, `true`}}},
		{name: "cut_prefix", params: "text, prefix", about: "without the prefix, where it has it", takes: text2, call: onTexts(strings.TrimPrefix),
			tests: []sample{{`cut_prefix("bcrypt$$2b$12$x", "bcrypt$")`, `"$2b$12$x"`}}},
		{name: "cut_suffix", params: "text, suffix", about: "without the suffix, where it has it", takes: text2, call: onTexts(strings.TrimSuffix),
			tests: []sample{{`cut_suffix("ada@local", "@local")`, `"ada"`}}},
		{name: "before", params: "text, mark", about: "what stands before the first mark; all of it where there is none", takes: text2, call: onTexts(before),
			tests: []sample{{`before("ada@example.com", "@")`, `"ada"`}}},
		{name: "after", params: "text, mark", about: "what stands after the first mark; empty where there is none", takes: text2, call: onTexts(after),
			tests: []sample{{`after("ada@example.com", "@")`, `"example.com"`}}},
		{name: "substr", params: "text, from, to", about: "characters from (counted from 0) up to, not including, to", takes: []param{{kind: aText}, {}, {}}, least: 2, call: substr,
			tests: []sample{{`substr("2024-05-31", 0, 4)`, `"2024"`}}},
	}
}

func toText(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return nil, 0, nil
	case bool:
		if v {
			return "true", 0, nil
		}
		return "false", 0, nil
	}
	text, err := argText(args[0])
	return text, 0, err
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

func length(args []any) (any, uint, error) {
	switch v := args[0].(type) {
	case nil:
		return 0, 0, nil
	case []any:
		return len(v), 0, nil
	case map[string]any:
		return len(v), 0, nil
	}
	text, err := argText(args[0])
	return utf8.RuneCountInString(text), 0, err
}

func concat(args []any) (any, uint, error) {
	size := 0
	for _, arg := range args {
		text, ok := textOf(arg)
		if !ok {
			if arg == nil {
				return nil, 0, nil
			}
			return nil, 0, wrongType(kind(arg) + " is given where a text is needed")
		}
		size += len(text)
	}
	if size > maxText {
		return nil, 0, errLarge
	}
	var b strings.Builder
	b.Grow(size)
	for _, arg := range args {
		text, _ := textOf(arg)
		b.WriteString(text)
	}
	return b.String(), uint(size), nil
}

func replace(args []any) (any, uint, error) {
	list, ok, err := texts(args)
	if !ok || err != nil {
		return nil, 0, err
	}
	text, old, with := list[0], list[1], list[2]
	if len(text)+strings.Count(text, old)*max(0, len(with)-len(old)) > maxText {
		return nil, 0, errLarge
	}
	return made(strings.ReplaceAll(text, old, with))
}

// compare makes a function that tells something of two texts.
func compare(f func(string, string) bool) func(args []any) (any, uint, error) {
	return func(args []any) (any, uint, error) {
		a, b, ok, err := twoTexts(args)
		return ok && f(a, b), 0, err
	}
}

// twoTexts reads two arguments as texts; ok is false where one is null.
func twoTexts(args []any) (a, b string, ok bool, err error) {
	if args[0] == nil || args[1] == nil {
		return "", "", false, nil
	}
	if a, err = argText(args[0]); err != nil {
		return "", "", false, err
	}
	b, err = argText(args[1])
	return a, b, err == nil, err
}

// onTexts makes a function of two texts.
func onTexts(f func(string, string) string) func(args []any) (any, uint, error) {
	return func(args []any) (any, uint, error) {
		a, b, ok, err := twoTexts(args)
		if !ok || err != nil {
			return nil, 0, err
		}
		return made(f(a, b))
	}
}

func before(text, mark string) string {
	head, _, _ := strings.Cut(text, mark)
	return head
}

func after(text, mark string) string {
	_, tail, _ := strings.Cut(text, mark)
	return tail
}

func substr(args []any) (any, uint, error) {
	if args[0] == nil {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	from, to := 0, len(text)
	var ok bool
	if from, ok = args[1].(int); !ok {
		return nil, 0, wrongType("substr counts in whole numbers")
	}
	if len(args) == 3 {
		if to, ok = args[2].(int); !ok {
			return nil, 0, wrongType("substr counts in whole numbers")
		}
	}
	runes := []rune(text)
	to = max(0, min(to, len(runes)))
	from = max(0, min(from, to))
	return made(string(runes[from:to]))
}

// add is what + does: numbers are added, texts are joined, null stays null.
func add(args []any) (any, uint, error) {
	a, b := args[0], args[1]
	if a == nil || b == nil {
		return nil, 0, nil
	}
	switch a := a.(type) {
	case int:
		switch b := b.(type) {
		case int:
			return a + b, 0, nil
		case float64:
			return float64(a) + b, 0, nil
		}
	case float64:
		switch b := b.(type) {
		case int:
			return a + float64(b), 0, nil
		case float64:
			return a + b, 0, nil
		}
	case string:
		if _, ok := b.(string); ok {
			return concat(args)
		}
	}
	return nil, 0, wrongType(kind(a) + " and " + kind(b) + " cannot be added; concat() joins texts and numbers")
}

// words splits a text at white space.
func words(text string) []string {
	return strings.FieldsFunc(text, unicode.IsSpace)
}
