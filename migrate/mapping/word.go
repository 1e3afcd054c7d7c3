package mapping

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// word prepares an argument that is a constant: a text, or a parameter.
func (t *translator) word(f *function, i int, arg ast.Node) (ast.Node, error) {
	from := ""
	if m, ok := arg.(*ast.MemberNode); ok {
		base, is := m.Node.(*ast.IdentifierNode)
		name, constant := m.Property.(*ast.StringNode)
		if is && constant && base.Value == "param" {
			from = name.Value
			var err error
			if arg, err = t.node(arg); err != nil {
				return nil, err
			}
		}
	}
	switch n := arg.(type) {
	case *ast.StringNode:
		value, err := f.param(i).prepare(n.Value)
		if err != nil {
			return nil, t.badWord(n, from, err)
		}
		return standIn(n, &ast.ConstantNode{Value: value}), nil
	case *ast.NilNode:
		return n, nil
	case *ast.IdentifierNode:
		if from != "" { // a parameter whose value is not known yet
			return standIn(n, &ast.NilNode{}), nil
		}
	}
	return nil, t.fail(arg, "argument %s of %s must be a text in quotes, or a parameter", ordinal(i), f.name)
}

// badWord says which constant is not known. The value of a parameter is not
// quoted: it may be a secret.
func (t *translator) badWord(n ast.Node, param string, err error) error {
	var word *wordError
	if !errors.As(err, &word) {
		return t.fail(n, "%s", err.Error())
	}
	if param != "" {
		return t.fail(n, "the value of parameter %s is no %s", param, word.what)
	}
	e := t.fail(n, "%s", word.Error())
	switch {
	case word.near != "":
		return e.advise("did you mean %q?", word.near)
	case word.more:
		return e.advise("write it like %s", strings.Join(word.known, ", "))
	case len(word.known) <= 10:
		return e.advise("it is %s", strings.Join(word.known, ", "))
	}
	return e
}
