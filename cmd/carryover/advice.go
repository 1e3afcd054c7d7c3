package main

import (
	"fmt"
	"slices"
	"strings"

	"carryover/migrate/mapping"
	"carryover/migrate/profile"
	"carryover/migrate/report"
	"carryover/source"
)

// suggestions are the presets that a file may be for, with what they need. What
// only resembles it is of use where nothing else is there.
func suggestions(found []mapping.Recognition) []report.Suggest {
	list := []report.Suggest{}
	for _, r := range found {
		if len(list) > 0 && (len(r.Lacks) > 0 || !r.Rivals(found[0])) {
			break
		}
		s := report.Suggest{Preset: r.Preset, About: r.About, Because: r.Because, Join: r.Join, Lacks: r.Lacks, Needs: []report.Need{}}
		if m, err := mapping.Preset(r.Preset); err == nil {
			if s.About == "" {
				s.About = m.About()
			}
			s.Needs = needsOf(m)
		}
		list = append(list, s)
	}
	return list
}

func needsOf(m *mapping.Mapping) []report.Need {
	list := []report.Need{}
	for _, p := range m.Params() {
		value := "VALUE"
		if p.Choices != nil {
			value = strings.Join(p.Choices, "|")
		}
		list = append(list, report.Need{Flag: "--param " + p.Name + "=" + value, About: p.About, Required: p.Required, Secret: p.Secret, Default: p.Default})
	}
	for _, j := range m.Joins() {
		list = append(list, report.Need{Flag: "--join " + j.Name + "=FILE", About: j.About, Required: j.Required})
	}
	return list
}

// certain returns the preset that the file is for; nil where that is not sure.
func (f *inspected) certain() *report.Suggest {
	if len(f.file.Presets) == 0 || len(f.file.Presets[0].Lacks) > 0 {
		return nil
	}
	return &f.file.Presets[0]
}

// joins names the second file of a preset that the file is; empty for users.
func (f *inspected) joins() string {
	if s := f.certain(); s != nil {
		return s.Join
	}
	return ""
}

// advise says what to do next. Files that are given together may belong
// together.
func (f *inspected) advise(files []*inspected, written string) {
	known := knownColumns(f.file.Columns)
	f.file.Known = known
	s := f.certain()
	if f.file.NoMapping = s == nil && speaksClerk(f.file.Columns, known); f.file.NoMapping {
		f.file.Next = []string{"carryover validate " + shellQuote(f.file.File)}
		return
	}
	if s == nil {
		if written == "" {
			f.file.Next = []string{"carryover inspect " + shellQuote(f.file.File) + " --write-mapping legacy.yaml"}
			written = "legacy.yaml"
		}
		line := "carryover validate " + shellQuote(f.file.File) + " --mapping " + shellQuote(written)
		if m, err := mapping.Read(written, f.mapping()); err == nil { // keepMapping tells
			for _, p := range m.Params() {
				if p.Required {
					line += " --param " + p.Name + "=…"
				}
			}
		}
		f.file.Next = append(f.file.Next, line)
		return
	}
	users, joined := f.file.File, map[string]string{}
	if s.Join != "" {
		users, joined[s.Join] = "USERS", f.file.File
	}
	for _, other := range files {
		switch o := other.certain(); {
		case other == f || o == nil || o.Preset != s.Preset:
		case o.Join != "":
			joined[o.Join] = other.file.File
		case s.Join != "":
			users = other.file.File
		}
	}
	f.file.Next = command(users, s, joined)
}

// command is the command line that checks a file with a preset. Where a
// parameter is a secret, all of them go into a file.
func command(users string, s *report.Suggest, joined map[string]string) []string {
	line := "carryover validate " + shellQuote(users) + " --from " + s.Preset
	var params []string
	secret := false
	for _, n := range s.Needs {
		flag, what, _ := strings.Cut(n.Flag, " ")
		name, _, _ := strings.Cut(what, "=")
		switch file := joined[name]; {
		case flag == "--join" && file != "":
			line += fmt.Sprintf(" --join %s=%s", name, shellQuote(file))
		case flag == "--join" && n.Required:
			line += " --join " + name + "=FILE"
		case flag == "--param" && n.Required:
			params = append(params, name+"=…")
			secret = secret || n.Secret
		}
	}
	switch {
	case secret:
		return []string{line + " --param-file params.txt", "(params.txt, a file that only you can read, holds lines " + strings.Join(params, ", ") + ")"}
	case len(params) > 0:
		line += " --param " + strings.Join(params, " --param ")
	}
	return []string{line}
}

// mapping is what --write-mapping writes.
func (f *inspected) mapping() string {
	remark := "Made by carryover inspect for " + report.Clean(f.file.File) + "."
	if s := f.certain(); s != nil {
		if m, err := mapping.Preset(s.Preset); err == nil {
			return m.Extension(remark + " The preset " + s.Preset + " reads it;\nwhat is written here goes first. carryover help mapping explains the format.")
		}
	}
	return f.profile.Draft(remark, f.shape)
}

// knownColumns are those that have the names of Clerk's properties.
func knownColumns(columns []profile.Column) []string {
	known := []string{}
	for i := range columns {
		if _, ok := source.LookupColumn(columns[i].Name); ok {
			known = append(known, columns[i].Name)
		}
	}
	return known
}

// speaksClerk reports whether columns are Clerk's own: one is there that other
// systems do not have, and most of the others are known too.
func speaksClerk(columns []profile.Column, known []string) bool {
	top := 0
	for i := range columns {
		if !strings.ContainsAny(columns[i].Name, ".[") {
			top++
		}
	}
	return len(known)*10 >= top*6 && slices.ContainsFunc(known, func(name string) bool {
		c, _ := source.LookupColumn(name)
		switch c {
		case source.ColUserID, source.ColExternalID, source.ColEmailAddress, source.ColPasswordDigest:
			return true
		}
		return false
	})
}
