package main

import "carryover/migrate"

// groups gathers the problems that a run meets on its way, by what they are.
type groups struct {
	list []*migrate.Group
	by   map[[3]string]*migrate.Group
}

func newGroups() *groups { return &groups{by: map[[3]string]*migrate.Group{}} }

func (g *groups) add(problems []migrate.Problem) {
	for i := range problems {
		p := &problems[i]
		key := [3]string{p.Code, p.Field}
		if migrate.OwnWords(p.Code) {
			key[2] = p.Message
		}
		group := g.by[key]
		if group == nil {
			group = &migrate.Group{Code: p.Code, Field: p.Field, Severity: p.Severity, Message: p.Message}
			g.by[key] = group
			g.list = append(g.list, group)
		}
		if group.Count++; len(group.Lines) < linesShown {
			group.Lines = append(group.Lines, p.Line)
		}
	}
}
