package mapping

import (
	"regexp"
	"slices"

	"github.com/goccy/go-yaml/ast"
)

// A sign is one way to recognise a file as one that a mapping is for: all that
// it names must be so.
type sign struct {
	about   string // what the file is
	join    string // the second file that it is, or empty
	columns []string
	values  []valueSign
	cells   int // of the records of a CSV file without a header
}

// A valueSign is what the values of a column look like.
type valueSign struct {
	column string
	like   *regexp.Regexp
}

// readSigns reads the section recognize. It is called when the joins are known.
func (m *Mapping) readSigns(root *yamlMap) error {
	member, ok := root.get("recognize")
	if !ok {
		return nil
	}
	list, err := root.page.listOf(member.value, "recognize")
	if err != nil {
		return err
	}
	for _, n := range list {
		in, err := root.page.mapOf(n, "an item of recognize")
		if err != nil {
			return err
		}
		s, err := m.readSign(in)
		if err != nil {
			return err
		}
		m.signs = append(m.signs, s)
	}
	return nil
}

func (m *Mapping) readSign(in *yamlMap) (s sign, err error) {
	if err := in.only("about", "join", "columns", "values", "cells"); err != nil {
		return s, err
	}
	if s.about, err = in.text("about"); err != nil {
		return s, err
	}
	if s.join, err = in.text("join"); err != nil {
		return s, err
	}
	if s.join != "" && !slices.ContainsFunc(m.joins, func(j *join) bool { return j.Name == s.join }) {
		member, _ := in.get("join")
		return s, in.page.at(member.value).fail("there is no join %q", s.join)
	}
	if s.columns, err = in.texts("columns"); err != nil {
		return s, err
	}
	if s.cells, err = in.count("cells"); err != nil {
		return s, err
	}
	values, err := in.inner("values", "values")
	if err != nil {
		return s, err
	}
	if values != nil {
		for _, member := range values.members {
			v, err := in.page.valueSign(member)
			if err != nil {
				return s, err
			}
			s.values = append(s.values, v)
		}
	}
	if len(s.columns)+len(s.values) == 0 && s.cells == 0 {
		return s, in.at.fail("an item of recognize needs columns, values or cells").advise("say what a file of this system has, and no other")
	}
	return s, nil
}

func (p *page) valueSign(member member) (v valueSign, err error) {
	v.column = member.key
	text, err := p.textOf(member.value, "the regular expression of "+member.key)
	if err != nil {
		return v, err
	}
	if v.like, err = regexp.Compile(text); err != nil {
		return v, p.at(member.value).fail("this is no regular expression")
	}
	return v, nil
}

// count returns the member that is a number above zero; 0 where it is absent.
func (m *yamlMap) count(key string) (int, error) {
	member, ok := m.get(key)
	if !ok {
		return 0, nil
	}
	n, is := member.value.(*ast.IntegerNode)
	if is {
		if u, fits := n.Value.(uint64); fits && 0 < u && u <= 10_000 {
			return int(u), nil
		}
	}
	return 0, m.page.at(member.value).fail("%s is a number from 1 to 10000", key)
}
