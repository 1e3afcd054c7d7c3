package mapping

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/builtin"

	"carryover/source"
)

// A function is what expressions can call. Null in, null out: but for those
// that say otherwise, a function whose first argument is null gives null.
type function struct {
	name   string
	params string // as the help writes them
	about  string // one sentence, without a full stop
	tests  []sample

	takes []param
	more  bool         // the last parameter may come any number of times
	least int          // how many arguments must be given, where not all of takes
	gives reflect.Type // nil for any

	// call returns the result and how many bytes were made for it.
	call func(args []any) (any, uint, error)
}

// A sample is an example of the help, which a test runs: result is written as
// JSON.
type sample struct{ expression, result string }

// A param is what a parameter takes.
type param struct {
	kind paramKind
	// prepare turns a constant into what the function works with, once; the
	// argument must be a text in the mapping, or a parameter of it.
	prepare func(text string) (any, error)
}

type paramKind uint8

const (
	anything paramKind = iota
	aText
	aList
	anObject
	aWord // a constant that prepare reads
)

var (
	boolType   = reflect.TypeFor[bool]()
	stringType = reflect.TypeFor[string]()
	anyType    = reflect.TypeFor[any]()
	listType   = reflect.TypeFor[[]any]()
	objectType = reflect.TypeFor[map[string]any]()
)

// functions returns all functions, in the order of the help.
func functions() []function {
	return slices.Concat(textFunctions(), choiceFunctions(), listFunctions(), jsonFunctions(), timeFunctions(), personFunctions(), codingFunctions(), digestFunctions())
}

// hidden functions do what operators do, but gently: null is passed on, and a
// failure says nothing of the value. No expression can name them.
const (
	fnGet   = " get"
	fnAdd   = " add"
	fnTruth = " truth"
	fnItems = " items"
	fnSame  = " same"
	fnIn    = " in"
	fnAfter = " after"
)

func hiddenFunctions() []function {
	return []function{
		{name: fnGet, takes: []param{{}, {}}, call: get},
		{name: fnAdd, takes: []param{{}, {}}, call: add},
		{name: fnTruth, takes: []param{{}}, gives: boolType, call: func(args []any) (any, uint, error) {
			b, err := truth(args[0])
			return b, 0, err
		}},
		{name: fnSame, takes: []param{{}, {}}, gives: boolType, call: func(args []any) (any, uint, error) { return same(args[0], args[1]), 0, nil }},
		{name: fnIn, takes: []param{{}, {}}, gives: boolType, call: within},
		{name: fnItems, takes: []param{{}}, gives: listType, call: items},
		{name: fnAfter, takes: []param{{}, {}}, gives: boolType, call: isAfter},
	}
}

// A budget is how many bytes the functions of an expression may still make.
type budget struct{ left int }

var errBudget = wrongType("the expression needs more memory than a row may take")

// invoke calls a function at the cost of a budget. The arguments are the
// caller's again afterwards: no function keeps them.
func (f *function) invoke(b *budget, args []any) (any, error) {
	v, size, err := f.call(args)
	if b.left -= int(size); b.left < 0 && err == nil {
		return nil, errBudget
	}
	return v, err
}

// builtin makes a function known to the compiler of expressions.
func (f *function) builtin(b *budget) *builtin.Function {
	return &builtin.Function{
		Name:     f.name,
		Func:     func(args ...any) (any, error) { return f.invoke(b, args) },
		Validate: f.validate,
	}
}

// validate checks number and types of arguments, as far as they are known
// before any row is read.
func (f *function) validate(args []reflect.Type) (reflect.Type, error) {
	if err := f.count(len(args)); err != nil {
		return anyType, err
	}
	for i, t := range args {
		if t == nil || t == anyType {
			continue
		}
		ok, want := true, ""
		switch f.param(i).kind {
		case aText:
			ok, want = t == stringType || t.Kind() == reflect.Int || t.Kind() == reflect.Float64, "a text"
		case aList:
			ok, want = t == listType, "a list"
		case anObject:
			ok, want = t == objectType, "an object"
		}
		if !ok {
			return anyType, errArgument{f.name, i, want}
		}
	}
	if f.gives != nil {
		return f.gives, nil
	}
	return anyType, nil
}

// param returns what argument i is for.
func (f *function) param(i int) param { return f.takes[min(i, len(f.takes)-1)] }

func (f *function) count(n int) error {
	least := f.least
	if least == 0 {
		least = len(f.takes)
	}
	if n < least || n > len(f.takes) && !f.more {
		return errCount{f}
	}
	return nil
}

// A wordError says that a constant is none of those that are known.
type wordError struct {
	what, word, near string
	known            []string
	more             bool // there are others
}

// Error implements error.
func (e *wordError) Error() string { return "there is no " + e.what + " " + strconv.Quote(e.word) }

func unknownWord(what, word string, known []string) error {
	return &wordError{what, word, nearest(word, known), known, false}
}

// unlikeAny is unknownWord where there are too many to be listed.
func unlikeAny(what, word string, some ...string) error {
	return &wordError{what, word, nearest(word, some), some, true}
}

// nearest returns the name that a misspelt one was meant to be, or "".
func nearest(name string, known []string) string {
	if len(name) < 3 {
		return "" // anything would do
	}
	best, distance := "", len(name)/3+2
	for _, k := range known {
		d := source.EditDistance(strings.ToLower(name), strings.ToLower(k))
		if d < distance && d < max(len(name), len(k)) {
			best, distance = k, d
		}
	}
	return best
}

type errCount struct{ f *function }

// Error implements error.
func (e errCount) Error() string {
	return "the call has not the right number of arguments; write " + e.f.name + "(" + e.f.params + ")"
}

type errArgument struct {
	name string
	i    int
	want string
}

// Error implements error.
func (e errArgument) Error() string {
	return "argument " + ordinal(e.i) + " of " + e.name + " must be " + e.want
}

func ordinal(i int) string { return string(rune('1' + min(i, 8))) }

// argText reads an argument that is a text, or a number as it is written.
func argText(v any) (string, error) {
	text, ok := textOf(v)
	if !ok {
		return "", wrongType(kind(v) + " is given where a text is needed")
	}
	return text, nil
}

// made returns a text as a result, with what it costs.
func made(text string) (any, uint, error) {
	if len(text) > maxText {
		return nil, 0, errLarge
	}
	return text, uint(len(text)), nil
}

// onText makes a function of a text.
func onText(f func(string) string) func(args []any) (any, uint, error) {
	return func(args []any) (any, uint, error) {
		if args[0] == nil {
			return nil, 0, nil
		}
		text, err := argText(args[0])
		if err != nil {
			return nil, 0, err
		}
		return made(f(text))
	}
}

// texts reads all arguments as texts; ok is false where one is null.
func texts(args []any) (list []string, ok bool, err error) {
	list = make([]string, len(args))
	for i, arg := range args {
		if arg == nil {
			return nil, false, nil
		}
		if list[i], err = argText(arg); err != nil {
			return nil, false, err
		}
	}
	return list, true, nil
}
