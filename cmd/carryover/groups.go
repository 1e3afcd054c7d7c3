package main

import (
	"carryover/migrate"
	"carryover/migrate/report"
)

// groups gathers the problems that a run meets on its way, by what they are.
type groups struct {
	list []*migrate.Group
	by   map[[3]string]*migrate.Group

	changed bool
}

func newGroups() *groups { return &groups{by: map[[3]string]*migrate.Group{}} }

func (g *groups) add(problems []migrate.Problem) {
	for i := range problems {
		p := &problems[i]
		group := g.of(migrate.Group{Code: p.Code, Field: p.Field, Severity: p.Severity, Message: p.Message})
		group.Count++
		group.AddLine(p.File, p.Line)
		g.changed = true
	}
}

// goOn takes in the warnings that earlier runs met.
func (g *groups) goOn(warnings []report.Problem) {
	for _, w := range warnings {
		group := g.of(migrate.Group{Code: w.Code, Field: w.Field, Severity: migrate.Warning, Message: w.Message})
		group.Count = w.Count
		for i := range min(len(w.Lines), len(w.Files)) {
			group.AddLine(w.Files[i], w.Lines[i])
		}
	}
}

// of returns the group of problems that are like one.
func (g *groups) of(like migrate.Group) *migrate.Group {
	key := [3]string{like.Code, like.Field}
	if migrate.OwnWords(like.Code) {
		key[2] = like.Message
	}
	group := g.by[key]
	if group == nil {
		group = &like
		g.by[key] = group
		g.list = append(g.list, group)
	}
	return group
}
