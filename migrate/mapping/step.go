package mapping

import (
	"regexp"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/compiler"
	"github.com/expr-lang/expr/conf"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/optimizer"
	"github.com/expr-lang/expr/parser"
)

// A step computes a part of an expression.
//
// Most expressions of mappings are calls, choices and columns. These are
// computed here, which takes half of the time that the virtual machine does:
// it makes a new list of arguments for each call. What is left (loops,
// arithmetic, comparisons) is compiled for the machine, part by part.
type step func(m *machine) (any, error)

// A stepper makes steps of checked nodes.
type stepper struct {
	source    file.Source
	config    *conf.Config
	functions map[string]*function
}

func (s *stepper) step(n ast.Node) (step, error) {
	switch n := n.(type) {
	case *ast.NilNode:
		return constantStep(nil), nil
	case *ast.IntegerNode:
		return constantStep(n.Value), nil
	case *ast.FloatNode:
		return constantStep(n.Value), nil
	case *ast.BoolNode:
		return constantStep(n.Value), nil
	case *ast.StringNode:
		return constantStep(n.Value), nil
	case *ast.ConstantNode:
		return constantStep(n.Value), nil
	case *ast.IdentifierNode:
		key := n.Value
		return func(m *machine) (any, error) { return m.env[key], nil }, nil
	case *ast.CallNode:
		return s.call(n)
	case *ast.ConditionalNode:
		return s.choice(n)
	case *ast.ArrayNode:
		return s.list(n)
	case *ast.MapNode:
		return s.object(n)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return s.not(n)
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "and", "&&", "or", "||", "??":
			return s.either(n)
		case "matches":
			return s.matches(n)
		}
	}
	return s.compiled(n)
}

func constantStep(v any) step { return func(*machine) (any, error) { return v, nil } }

func (s *stepper) steps(nodes []ast.Node) ([]step, error) {
	list := make([]step, len(nodes))
	for i, n := range nodes {
		var err error
		if list[i], err = s.step(n); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// compiled leaves a part to the virtual machine.
func (s *stepper) compiled(n ast.Node) (step, error) {
	tree := &parser.Tree{Node: n, Source: s.source}
	if err := optimizer.Optimize(&tree.Node, s.config); err != nil {
		return nil, err
	}
	code, err := compiler.Compile(tree, s.config)
	if err != nil {
		return nil, err
	}
	return func(m *machine) (any, error) { return m.vm.Run(code, m.env) }, nil
}

// call computes the arguments onto the machine's own stack.
func (s *stepper) call(n *ast.CallNode) (step, error) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return s.compiled(n)
	}
	arguments, err := s.steps(n.Arguments)
	if err != nil {
		return nil, err
	}
	f, at := s.functions[callee.Value], n.Location()
	return func(m *machine) (any, error) {
		begin := len(m.stack)
		for _, argument := range arguments {
			v, err := argument(m)
			if err != nil {
				m.stack = m.stack[:begin]
				return nil, err
			}
			m.stack = append(m.stack, v)
		}
		end := len(m.stack)
		v, err := f.invoke(&m.budget, m.stack[begin:end:end])
		m.stack = m.stack[:begin]
		if err != nil {
			return nil, &file.Error{Location: at, Message: err.Error(), Prev: err}
		}
		return v, nil
	}, nil
}

func (s *stepper) choice(n *ast.ConditionalNode) (step, error) {
	parts, err := s.steps([]ast.Node{n.Cond, n.Exp1, n.Exp2})
	if err != nil {
		return nil, err
	}
	at := n.Cond.Location()
	return func(m *machine) (any, error) {
		holds, err := holds(m, parts[0], at)
		switch {
		case err != nil:
			return nil, err
		case holds:
			return parts[1](m)
		}
		return parts[2](m)
	}, nil
}

// holds computes a condition. The translator sees to it that each is a boolean.
func holds(m *machine, s step, at file.Location) (bool, error) {
	v, err := s(m)
	if err != nil {
		return false, err
	}
	b, ok := v.(bool)
	if !ok {
		err := wrongType("a condition is " + kind(v))
		return false, &file.Error{Location: at, Message: err.Error(), Prev: err}
	}
	return b, nil
}

func (s *stepper) list(n *ast.ArrayNode) (step, error) {
	items, err := s.steps(n.Nodes)
	if err != nil {
		return nil, err
	}
	return func(m *machine) (any, error) {
		list := make([]any, len(items))
		for i, item := range items {
			var err error
			if list[i], err = item(m); err != nil {
				return nil, err
			}
		}
		return list, nil
	}, nil
}

func (s *stepper) object(n *ast.MapNode) (step, error) {
	names, members := make([]string, len(n.Pairs)), make([]step, len(n.Pairs))
	for i, pair := range n.Pairs {
		p, ok := pair.(*ast.PairNode)
		if !ok {
			return s.compiled(n)
		}
		name, ok := p.Key.(*ast.StringNode)
		if !ok {
			return s.compiled(n)
		}
		var err error
		if members[i], err = s.step(p.Value); err != nil {
			return nil, err
		}
		names[i] = name.Value
	}
	return func(m *machine) (any, error) {
		object := make(map[string]any, len(names))
		for i, member := range members {
			v, err := member(m)
			if err != nil {
				return nil, err
			}
			object[names[i]] = v
		}
		return object, nil
	}, nil
}

func (s *stepper) not(n *ast.UnaryNode) (step, error) {
	inner, err := s.step(n.Node)
	if err != nil {
		return nil, err
	}
	at := n.Location()
	return func(m *machine) (any, error) {
		b, err := holds(m, inner, at)
		return !b, err
	}, nil
}

// either computes the right side only where the left does not decide.
func (s *stepper) either(n *ast.BinaryNode) (step, error) {
	sides, err := s.steps([]ast.Node{n.Left, n.Right})
	if err != nil {
		return nil, err
	}
	at := n.Location()
	if n.Operator == "??" {
		return func(m *machine) (any, error) {
			if v, err := sides[0](m); v != nil || err != nil {
				return v, err
			}
			return sides[1](m)
		}, nil
	}
	decides := n.Operator == "or" || n.Operator == "||"
	return func(m *machine) (any, error) {
		if b, err := holds(m, sides[0], at); err != nil || b == decides {
			return b, err
		}
		b, err := holds(m, sides[1], at)
		return b, err
	}, nil
}

// matches compiles the pattern once.
func (s *stepper) matches(n *ast.BinaryNode) (step, error) {
	pattern, ok := n.Right.(*ast.StringNode)
	if !ok {
		return s.compiled(n)
	}
	expression, err := regexp.Compile(pattern.Value)
	if err != nil {
		return s.compiled(n) // the checker has refused it
	}
	text, err := s.step(n.Left)
	if err != nil {
		return nil, err
	}
	at := n.Location()
	return func(m *machine) (any, error) {
		v, err := text(m)
		if err != nil || v == nil {
			return false, err
		}
		t, err := argText(v)
		if err != nil {
			return nil, &file.Error{Location: at, Message: err.Error(), Prev: err}
		}
		return expression.MatchString(t), nil
	}, nil
}
