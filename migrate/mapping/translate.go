package mapping

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// A translator turns the names of an expression into what they stand for, and
// its operators into functions that are gentle with null. What it does not
// know is refused: the language is what stands here.
type translator struct {
	expression
	*meaning
	functions map[string]*function
	names     []string // columns met
	looping   bool     // inside filter(), any() and the like
}

func (t *translator) fail(n ast.Node, format string, args ...any) *Error {
	e := t.find(n.Location().From).fail(format, args...)
	e.Message = t.what + ": " + e.Message
	return e
}

// node translates a node and all below it.
func (t *translator) node(n ast.Node) (ast.Node, error) {
	switch n := n.(type) {
	case *ast.NilNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.StringNode, *ast.ConstantNode:
		return n, nil
	case *ast.IdentifierNode:
		return t.identifier(n)
	case *ast.PointerNode:
		if n.Name != "" && n.Name != "index" {
			return nil, t.fail(n, "#%s is not known here", n.Name)
		}
		return n, nil
	case *ast.UnaryNode:
		return t.unary(n)
	case *ast.BinaryNode:
		return t.binary(n)
	case *ast.ConditionalNode:
		return t.conditional(n)
	case *ast.ChainNode:
		return t.node(n.Node)
	case *ast.MemberNode:
		return t.member(n)
	case *ast.CallNode:
		return t.call(n)
	case *ast.BuiltinNode:
		return t.loop(n)
	case *ast.PredicateNode:
		body, err := t.node(n.Node)
		n.Node = body
		return n, err
	case *ast.ArrayNode:
		return n, t.each(n.Nodes)
	case *ast.MapNode:
		return n, t.each(n.Pairs)
	case *ast.PairNode:
		if _, ok := n.Key.(*ast.StringNode); !ok {
			return nil, t.fail(n.Key, "the names of an object's members are constants")
		}
		value, err := t.node(n.Value)
		n.Value = value
		return n, err
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		return nil, t.fail(n, "an expression has no statements").advise("name parts of it under let")
	case *ast.SliceNode:
		return nil, t.fail(n, "[from:to] is not known here").advise("substr(text, from, to) takes a part of a text")
	case nil:
		return nil, t.at.fail("%s: the expression cannot be used", t.what)
	}
	return nil, t.fail(n, "this is not known here")
}

func (t *translator) each(nodes []ast.Node) (err error) {
	for i := range nodes {
		if nodes[i], err = t.node(nodes[i]); err != nil {
			return err
		}
	}
	return nil
}

// standIn gives a node that stands for another its place.
func standIn(n, instead ast.Node) ast.Node {
	instead.SetLocation(n.Location())
	return instead
}

// gently returns a call of a hidden function.
func gently(n ast.Node, name string, args ...ast.Node) ast.Node {
	callee := standIn(n, &ast.IdentifierNode{Value: name})
	return standIn(n, &ast.CallNode{Callee: callee, Arguments: args})
}

func (t *translator) identifier(n *ast.IdentifierNode) (ast.Node, error) {
	name := n.Value
	switch {
	case name == "null":
		return standIn(n, &ast.NilNode{}), nil
	case name == "row" || name == "param":
		return nil, t.fail(n, "%s is used without a name", name).advise(`write %s.name, or %s["a name"]`, name, name)
	case strings.HasPrefix(name, "$"):
		return nil, t.fail(n, "%s is not known here", name).advise(`a column of that name is row["%s"]`, name)
	}
	if let, ok := t.lets[name]; ok {
		t.note(let.names...)
		n.Value = letKey(name)
		return n, nil
	}
	if _, ok := t.joins[name]; ok {
		n.Value = joinKey(name)
		return n, nil
	}
	return t.columnNode(n, name)
}

// columnNode stands for the value of a column.
func (t *translator) columnNode(n ast.Node, name string) (ast.Node, error) {
	t.columns.add(name, t.find(n.Location().From))
	t.note(name)
	return standIn(n, &ast.IdentifierNode{Value: columnKey(name)}), nil
}

func (t *translator) note(names ...string) {
	for _, name := range names {
		if !slices.Contains(t.names, name) {
			t.names = append(t.names, name)
		}
	}
}

func (t *translator) member(n *ast.MemberNode) (ast.Node, error) {
	if base, ok := n.Node.(*ast.IdentifierNode); ok && t.lets[base.Value] == nil {
		name, constant := n.Property.(*ast.StringNode)
		switch j := t.joins[base.Value]; {
		case base.Value == "row" && constant:
			return t.columnNode(n, name.Value)
		case base.Value == "param" && constant:
			return t.paramNode(base, name.Value)
		case base.Value == "row" || base.Value == "param":
			return nil, t.fail(base, "%s needs a constant name", base.Value)
		case j != nil && constant && !j.many && !slices.Contains(j.keep, name.Value):
			return nil, t.fail(base, "the join %s has no column %q", base.Value, name.Value).
				advise("its columns are %s; add it to them", strings.Join(j.keep, ", "))
		}
	}
	base, err := t.node(n.Node)
	if err != nil {
		return nil, err
	}
	property, err := t.node(n.Property)
	if err != nil {
		return nil, err
	}
	return gently(n, fnGet, base, property), nil
}

// paramNode stands for the value of a parameter, which is a constant.
func (t *translator) paramNode(n ast.Node, name string) (ast.Node, error) {
	p := t.params.declared(name)
	if p == nil {
		e := t.fail(n, "the mapping declares no parameter %q", name)
		if near := nearest(name, t.params.names()); near != "" {
			return nil, e.advise("did you mean param.%s?", near)
		}
		return nil, e.advise("declare it under params")
	}
	value, known := t.params.value(name)
	switch {
	case !known: // only checked
		return standIn(n, &ast.IdentifierNode{Value: "param " + name}), nil
	case value == "":
		return standIn(n, &ast.NilNode{}), nil
	}
	return standIn(n, &ast.StringNode{Value: value}), nil
}

func (t *translator) unary(n *ast.UnaryNode) (_ ast.Node, err error) {
	if n.Operator == "!" || n.Operator == "not" {
		n.Node, err = t.condition(n.Node)
		return n, err
	}
	n.Node, err = t.node(n.Node)
	return n, err
}

func (t *translator) binary(n *ast.BinaryNode) (_ ast.Node, err error) {
	switch n.Operator {
	case "and", "or", "&&", "||":
		if n.Left, err = t.condition(n.Left); err == nil {
			n.Right, err = t.condition(n.Right)
		}
		return n, err
	case "..":
		return nil, t.fail(n, "ranges are not known here")
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			return nil, t.fail(n.Right, "the pattern of matches must be a constant")
		}
	}
	if n.Left, err = t.node(n.Left); err != nil {
		return nil, err
	}
	if n.Right, err = t.node(n.Right); err != nil {
		return nil, err
	}
	switch n.Operator {
	case "==":
		return gently(n, fnSame, n.Left, n.Right), nil
	case "!=":
		return standIn(n, &ast.UnaryNode{Operator: "not", Node: gently(n, fnSame, n.Left, n.Right)}), nil
	case "in":
		return gently(n, fnIn, n.Left, n.Right), nil
	case "+":
		if !literal(n.Left) || !literal(n.Right) {
			return gently(n, fnAdd, n.Left, n.Right), nil
		}
	}
	return n, nil
}

// literal reports whether a node is a number or text as written, for which the
// compiler's own operators are right.
func literal(n ast.Node) bool {
	switch n.(type) {
	case *ast.IntegerNode, *ast.FloatNode, *ast.StringNode, *ast.BoolNode:
		return true
	}
	return false
}

func (t *translator) conditional(n *ast.ConditionalNode) (_ ast.Node, err error) {
	if n.Cond, err = t.condition(n.Cond); err != nil {
		return nil, err
	}
	if n.Exp1, err = t.node(n.Exp1); err != nil {
		return nil, err
	}
	n.Exp2, err = t.node(n.Exp2)
	return n, err
}

// condition translates what must be true or false.
func (t *translator) condition(n ast.Node) (ast.Node, error) {
	n, err := t.node(n)
	if err != nil || t.isBool(n) {
		return n, err
	}
	return gently(n, fnTruth, n), nil
}

// isBool reports whether a translated node can be nothing but a boolean.
func (t *translator) isBool(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BoolNode:
		return true
	case *ast.UnaryNode:
		return n.Operator == "not" || n.Operator == "!"
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "or", "&&", "||", "<", ">", "<=", ">=", "matches", "contains", "startsWith", "endsWith":
			return true
		}
	case *ast.BuiltinNode:
		switch n.Name {
		case "all", "any", "none", "one":
			return true
		}
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			f := t.functions[callee.Value]
			return f != nil && f.gives == boolType
		}
	}
	return false
}

// loop translates what goes through a list. There is one level of it, so that
// the cost of a row stays in proportion to its size.
func (t *translator) loop(n *ast.BuiltinNode) (ast.Node, error) {
	if t.looping {
		return nil, t.fail(n, "%s() inside another loop is not known here", n.Name).advise("compute the inner part under let, or with lookup()")
	}
	if len(n.Arguments) == 0 {
		return nil, t.fail(n, "%s() needs a list", n.Name)
	}
	list, err := t.node(n.Arguments[0])
	if err != nil {
		return nil, err
	}
	n.Arguments[0] = gently(n.Arguments[0], fnItems, list)
	t.looping = true
	defer func() { t.looping = false }()
	for i := 1; i < len(n.Arguments); i++ {
		body, ok := n.Arguments[i].(*ast.PredicateNode)
		if !ok {
			return nil, t.fail(n.Arguments[i], "%s() needs a condition on the items, such as .type == \"otp\"", n.Name)
		}
		if n.Name == "map" {
			body.Node, err = t.node(body.Node)
		} else {
			body.Node, err = t.condition(body.Node)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(n.Arguments) == 1 { // count(list): of the items that hold
		body := standIn(n, &ast.PredicateNode{Node: gently(n, fnTruth, standIn(n, &ast.PointerNode{}))})
		n.Arguments = append(n.Arguments, body)
	}
	return n, nil
}

func (t *translator) call(n *ast.CallNode) (ast.Node, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return nil, t.fail(n, "only functions can be called")
	}
	f := t.functions[callee.Value]
	if f == nil || strings.HasPrefix(f.name, " ") {
		e := t.fail(n, "there is no function %s()", callee.Value)
		known := strings.Fields(loops)
		for name := range t.functions {
			known = append(known, name)
		}
		slices.Sort(known)
		if near := nearest(callee.Value, known); near != "" {
			return nil, e.advise("did you mean %s()?", near)
		}
		return nil, e.advise("carryover help mapping lists them")
	}
	if err := f.count(len(n.Arguments)); err != nil {
		return nil, t.fail(n, "%s", err.Error())
	}
	for i, arg := range n.Arguments {
		var err error
		if f.param(i).kind == aWord {
			n.Arguments[i], err = t.word(f, i, arg)
		} else {
			n.Arguments[i], err = t.node(arg)
		}
		if err != nil {
			return nil, err
		}
	}
	if f.name == future {
		return gently(n, fnAfter, n.Arguments[0], standIn(n, &ast.ConstantNode{Value: t.params.now})), nil
	}
	return n, nil
}
