package mapping

import (
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"

	"carryover/source"
)

func (m *Mapping) readFields(root *yamlMap) error {
	fields, err := root.inner("fields", "fields")
	if err != nil || fields == nil {
		return err
	}
	for _, member := range fields.members {
		f, err := readField(root.page, member)
		if err != nil {
			return err
		}
		m.fields = append(m.fields, f)
	}
	return nil
}

// readField reads an expression, or a mapping of several.
func readField(p *page, member member) (f field, err error) {
	if f.column, err = columnOf(member); err != nil {
		return f, err
	}
	what := "fields." + member.key
	if f.column == source.ColEmailAddressIdentificationStatus || f.column == source.ColPhoneNumberIdentificationStatus {
		return f, member.at.fail("%s is not mapped itself", member.key).advise("say verified under email_address or phone_number")
	}
	switch member.value.(type) {
	case *ast.NullNode:
		return f, nil // nothing is sent, whatever the file or a preset has
	case *ast.MappingNode, *ast.MappingValueNode:
		in, err := p.mapOf(member.value, what)
		if err != nil {
			return f, err
		}
		if err := readParts(in, what, &f); err != nil {
			return f, err
		}
	default:
		if f.value, err = p.expression(member.value, what); err != nil {
			return f, err
		}
	}
	return f, f.check(member, what)
}

func readParts(in *yamlMap, what string, f *field) (err error) {
	known := []string{"value", "when", "on_error"}
	if f.identifies() {
		known = append(known, "verified", "unverified")
	}
	if err := in.only(known...); err != nil {
		return err
	}
	for _, part := range []struct {
		key string
		e   *expression
	}{{"value", &f.value}, {"when", &f.when}, {"verified", &f.verified}, {"unverified", &f.unverified}} {
		if *part.e, err = in.expression(part.key, what+"."+part.key); err != nil {
			return err
		}
	}
	onError, err := in.text("on_error")
	switch {
	case err != nil:
		return err
	case onError == "leave_out":
		f.leaveOut = true
	case onError != "" && onError != "reject":
		member, _ := in.get("on_error")
		return in.page.at(member.value).fail("on_error is reject or leave_out")
	}
	return nil
}

// identifies reports whether the field holds what may be verified or not.
func (f *field) identifies() bool {
	return f.column == source.ColEmailAddress || f.column == source.ColPhoneNumber
}

func (f *field) check(member member, what string) error {
	switch {
	case f.value.none() && f.unverified.none():
		return member.at.fail("%s has no value", what)
	case f.identifies() && !f.value.none() && f.verified.none():
		return member.at.fail("%s does not say whether it is verified", what).
			advise("Clerk takes what it is given for proved, so say it: verified: is_verified (a condition), or verified: true if the legacy system let nobody in without proof")
	case f.value.none() && !f.verified.none():
		return member.at.fail("%s has verified, but no value", what)
	}
	return nil
}

// readConstants reads constants and defaults, which are values and not
// expressions.
func (m *Mapping) readConstants(root *yamlMap) error {
	for _, section := range []struct {
		name string
		list *[]constant
	}{{"constants", &m.constants}, {"defaults", &m.defaults}} {
		in, err := root.inner(section.name, section.name)
		if err != nil {
			return err
		}
		if in == nil {
			continue
		}
		for _, member := range in.members {
			c, err := readConstant(root.page, member)
			if err != nil {
				return err
			}
			*section.list = append(*section.list, c)
		}
	}
	for _, c := range m.constants {
		if slices.ContainsFunc(m.fields, func(f field) bool { return f.column == c.column }) {
			return root.at.fail("%s stands under fields and under constants", c.column)
		}
	}
	return nil
}

// own are the properties that no two users share.
var own = []source.Column{
	source.ColUserID, source.ColExternalID, source.ColUsername, source.ColEmailAddress, source.ColPhoneNumber, source.ColWeb3Wallet,
	source.ColPrimaryEmailAddressID, source.ColPrimaryPhoneNumberID, source.ColPrimaryWeb3WalletID, source.ColProfileImageID,
	source.ColEmailAddressIdentificationStatus, source.ColPhoneNumberIdentificationStatus,
}

func readConstant(p *page, member member) (c constant, err error) {
	if c.column, err = columnOf(member); err != nil {
		return c, err
	}
	if slices.Contains(own, c.column) {
		return c, member.at.fail("%s cannot be the same for every user", member.key)
	}
	if slices.Contains(secrets, c.column) {
		return c, member.at.quietly("%s cannot be a constant: it is a secret, and each user has another", member.key)
	}
	v, err := p.valueOf(member.value, 0)
	if err != nil {
		return c, err
	}
	if c.cell, err = cellOf(c.column, v); err != nil {
		return c, p.at(member.value).fail("%s: %s", member.key, err.Error())
	}
	return c, nil
}

// valueOf returns a YAML value as it is.
func (p *page) valueOf(n ast.Node, depth int) (any, error) {
	if depth > maxLevel {
		return nil, p.at(n).fail("the value is nested too deep")
	}
	switch n := n.(type) {
	case *ast.NullNode:
		return nil, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.IntegerNode:
		if i, err := strconv.Atoi(n.GetToken().Value); err == nil {
			return i, nil
		}
		return n.GetToken().Value, nil
	case *ast.FloatNode:
		return n.Value, nil
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, item := range n.Values {
			var err error
			if list[i], err = p.valueOf(item, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case *ast.MappingNode, *ast.MappingValueNode:
		in, err := p.mapOf(n, "the value")
		if err != nil {
			return nil, err
		}
		object := make(map[string]any, len(in.members))
		for _, member := range in.members {
			if object[member.key], err = p.valueOf(member.value, depth+1); err != nil {
				return nil, err
			}
		}
		return object, nil
	}
	return p.textOf(n, "the value")
}

// extend returns the base with what m says otherwise.
func (m *Mapping) extend(base *Mapping) *Mapping {
	e := *base
	e.name = m.name
	if m.about != "" {
		e.about = m.about
	}
	e.signs = m.signs
	e.input = m.input.over(base.input)
	e.parameters = over(base.parameters, m.parameters, func(p parameter) string { return p.Name })
	e.joins = over(base.joins, m.joins, func(j *join) string { return j.Name })
	e.lets = over(base.lets, m.lets, func(l let) string { return l.name })
	e.rules = slices.Concat(base.rules, m.rules)
	byColumn := func(f field) string { return f.column.String() }
	e.fields = slices.DeleteFunc(over(base.fields, m.fields, byColumn), func(f field) bool {
		return slices.ContainsFunc(m.constants, func(c constant) bool { return c.column == f.column })
	})
	ofConstant := func(c constant) string { return c.column.String() }
	e.constants = slices.DeleteFunc(over(base.constants, m.constants, ofConstant), func(c constant) bool {
		return slices.ContainsFunc(m.fields, func(f field) bool { return c.column == f.column })
	})
	e.defaults = over(base.defaults, m.defaults, ofConstant)
	e.policies = over(base.policies, m.policies, func(f fieldPolicy) string { return f.name })
	return &e
}

// over returns the items of base, those of the same name replaced, and what is
// new behind them.
func over[T any](base, items []T, name func(T) string) []T {
	all := slices.Clone(base)
	for _, item := range items {
		if i := slices.IndexFunc(all, func(other T) bool { return name(other) == name(item) }); i >= 0 {
			all[i] = item
		} else {
			all = append(all, item)
		}
	}
	return all
}

func (s shape) over(base shape) shape {
	if s.header != nil {
		base.header = s.header
	}
	if s.delimiter != 0 {
		base.delimiter = s.delimiter
	}
	if s.null != nil {
		base.null = s.null
	}
	if s.at != nil {
		base.at = s.at
	}
	if s.lift != nil {
		base.lift = s.lift
	}
	base.optional = slices.Concat(base.optional, s.optional)
	base.ignore = base.ignore || s.ignore
	base.escaped = base.escaped || s.escaped
	return base
}
