package mapping

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/checker"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"
	"github.com/expr-lang/expr/types"
	"github.com/expr-lang/expr/vm"
)

const (
	maxNodes      = 500      // of an expression
	maxExpression = 8 << 10  // bytes of its text
	memoryBudget  = 16 << 20 // bytes that its functions may make for one row
	loops         = "all none any one filter map find count"
)

// An expression is one of a mapping, as it is written.
type expression struct {
	text string
	what string // what it is for, such as fields.email_address
	at   place  // where it begins
	find func(offset int) place
}

// A program is an expression, compiled.
type program struct {
	expression
	compute step

	// column is the slot of the column that the expression is, where it is
	// nothing else; -1 for any other expression.
	column int
	// names are the columns that it is made of, also by way of let.
	names []string
}

// A meaning is what the names in an expression stand for.
type meaning struct {
	columns *columns
	// params are the values of the parameters. An expression can be checked
	// before they are known.
	params *parameters
	joins  map[string]*join
	lets   map[string]*program // those that come before
	budget *budget
}

// environment is where a compiled expression finds its values: by a key for
// each column, let, join.
type environment = map[string]any

func columnKey(name string) string { return "column " + name }
func letKey(name string) string    { return "let " + name }
func joinKey(name string) string   { return "join " + name }

// compile makes a program of an expression. Its errors are *Error.
func compile(e expression, m *meaning) (*program, error) {
	switch {
	case strings.TrimSpace(e.text) == "":
		return nil, e.at.fail("the expression is empty")
	case len(e.text) > maxExpression:
		return nil, e.at.fail("the expression is longer than %d bytes", maxExpression)
	}
	functions := byName()
	config := configuration(functions, m.budget)
	tree, err := parser.ParseWithConfig(e.text, config)
	if err != nil {
		return nil, e.explain(err)
	}
	t := translator{expression: e, meaning: m, functions: functions}
	if tree.Node, err = t.node(tree.Node); err != nil {
		return nil, err
	}
	if _, err := new(checker.Checker).Check(tree, config); err != nil {
		return nil, e.explain(err)
	}
	p := &program{expression: e, column: -1, names: t.names}
	if only, ok := tree.Node.(*ast.IdentifierNode); ok {
		if name, is := strings.CutPrefix(only.Value, columnKey("")); is {
			p.column = m.columns.slot(name)
		}
	}
	s := stepper{source: tree.Source, config: config, functions: functions}
	if p.compute, err = s.step(tree.Node); err != nil {
		return nil, e.explain(err)
	}
	return p, nil
}

// configuration is the language: our functions, loops over lists, nothing
// else. Names are resolved by the translator, so that any is taken here.
func configuration(functions map[string]*function, b *budget) *conf.Config {
	c := conf.CreateNew()
	for name := range c.Builtins {
		if !strings.Contains(" "+loops+" ", " "+name+" ") {
			c.Disabled[name] = true
			delete(c.Builtins, name)
		}
	}
	c.MaxNodes = maxNodes
	c.WithEnv(types.Map{types.Extra: types.Any})
	for _, f := range functions {
		c.Functions[f.name] = f.builtin(b)
	}
	return c
}

func byName() map[string]*function {
	all := map[string]*function{}
	for _, list := range [][]function{functions(), hiddenFunctions()} {
		for i := range list {
			all[list[i].name] = &list[i]
		}
	}
	return all
}

// explain gives the compiler's errors our form.
func (e *expression) explain(err error) error {
	var at *file.Error
	if !errors.As(err, &at) {
		return e.at.fail("%s: the expression cannot be used", e.what)
	}
	message := strings.TrimSpace(at.Message)
	switch {
	case strings.Contains(message, "exceeds maximum allowed nodes"):
		message = "the expression is too long; move parts of it to let"
	case strings.Contains(message, "token EOF"):
		e := e.find(at.From).fail("%s: the expression ends too early", e.what)
		if strings.Contains(e.Snippet, " #") {
			return e.advise("a # behind a space begins a comment in YAML: put the expression in quotes")
		}
		return e
	case message == "":
		message = "the expression cannot be used"
	}
	return e.find(at.From).fail("%s: %s", e.what, message)
}

// A failure says that a program could not be computed for a row, and that the
// mapping is to blame. It never holds a value.
type failure struct {
	program *program
	place   place
	message string
}

// Error implements error.
func (f *failure) Error() string { return f.message }

// A machine computes the programs that were compiled with its budget, for one
// goroutine at a time.
type machine struct {
	vm     vm.VM
	env    environment
	stack  []any // arguments of the calls that are being made
	budget budget
}

// run computes a program. Its errors are *valueError, *lossError or *failure.
func (m *machine) run(p *program) (v any, err error) {
	defer func() {
		if recover() != nil { // what it says may hold a value
			v, err = nil, &failure{program: p, place: p.at, message: "the expression cannot be computed"}
		}
	}()
	m.budget.left, m.stack = memoryBudget, m.stack[:0]
	v, err = p.compute(m)
	if err == nil {
		return v, nil
	}
	var value *valueError
	var loss *lossError
	switch {
	case errors.As(err, &value):
		return nil, value
	case errors.As(err, &loss):
		return nil, loss
	}
	f := &failure{program: p, place: p.at, message: "the expression cannot be computed"}
	var at *file.Error
	var kind *typeError
	if errors.As(err, &at) {
		f.place = p.find(at.From)
		f.message = plainFailure(at.Message)
	}
	if errors.As(err, &kind) {
		f.message = kind.message
	}
	return nil, f
}

// plainFailure says what the virtual machine says, but for values, which its
// messages may quote.
func plainFailure(message string) string {
	switch {
	case strings.Contains(message, "memory budget exceeded"):
		return errBudget.Error()
	case strings.Contains(message, "integer divide by zero"):
		return "division by zero"
	case strings.Contains(message, "interface conversion"):
		return "a value is not of the kind that the operator works with; text(), int() and bool() convert"
	case strings.HasPrefix(message, "invalid operation: ") && !strings.ContainsAny(message, `"'`) && utf8.RuneCountInString(message) < 80:
		return "the operator does not work with these kinds of values; text(), int() and bool() convert"
	default:
		return "the expression cannot be computed"
	}
}
