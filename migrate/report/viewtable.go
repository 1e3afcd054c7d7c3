package report

import (
	"cmp"
	"slices"
	"strings"

	"carryover/migrate"
)

// shownRules is how many problems a page lists, the largest first; a mapping
// may give as many as there are rows.
const shownRules = 100

var severitySigns = map[string]string{"error": "✗", "warning": "!", "dropped": "–"}

// worstFirst sorts problems: errors first, the largest first.
func worstFirst(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		order := []string{"error", "warning", "dropped"}
		return cmp.Or(cmp.Compare(slices.Index(order, a.Severity), slices.Index(order, b.Severity)), cmp.Compare(b.Count, a.Count))
	})
	return list
}

// rulesOf is the table of problems.
func rulesOf(problems []Problem, rows int64, failures []failure) []rule {
	rules := make([]rule, 0, min(len(problems), shownRules))
	for _, p := range problems[:min(len(problems), shownRules)] {
		r := rule{Problem: p, Sign: severitySigns[p.Severity], Share: percentOf(p.Count, rows)}
		if len(p.Lines) > 0 {
			r.Lines = places(p)
		}
		r.Meaning, r.Fix = cutFix(p)
		r.Examples = slices.ContainsFunc(failures, func(f failure) bool { return f.Code == p.Code && f.Field == p.Field && len(f.Samples) > 0 })
		rules = append(rules, r)
	}
	return rules
}

// cutFix tells what a problem means from what to do about it.
func cutFix(p Problem) (meaning, fix string) {
	text := cmp.Or(p.Message, migrate.Explain(p.Code))
	if code, ok := migrate.LookupCode(p.Code); ok && text == code.Meaning+"; "+code.Fix {
		return code.Meaning, code.Fix
	}
	meaning, fix, _ = strings.Cut(text, "; ")
	return meaning, fix
}

// failuresOf puts the samples to their problems, as many as a page holds.
func failuresOf(problems []Problem, p *Page) []failure {
	var failures []failure
	each := min(samplesPerCode, maxSamples/max(min(len(problems), shownRules), 1))
	for _, problem := range problems[:min(len(problems), shownRules)] {
		if problem.Severity == "dropped" {
			continue
		}
		f := failure{Problem: problem}
		for _, s := range p.Samples {
			if s.Code != problem.Code || s.Field != problem.Field || migrate.OwnWords(s.Code) && s.Message != problem.Message {
				continue
			}
			if len(f.Samples) == each {
				break
			}
			if s.Message == problem.Message {
				s.Message = ""
			}
			one := sample{Sample: s, Shown: p.PII.Show(s.Key)}
			f.Samples = append(f.Samples, one)
			f.Keys = f.Keys || one.Shown != ""
			f.Traces = f.Traces || s.TraceID != ""
			f.Messages = f.Messages || s.Message != ""
		}
		if len(f.Samples) > 0 {
			failures = append(failures, f)
		}
	}
	return failures
}

// paretoOf is the problems that keep rows from being sent, by code.
func paretoOf(problems []Problem) *barTable {
	var codes []migrate.Count
	total := int64(0)
	for _, p := range problems {
		if p.Severity != "error" {
			continue
		}
		total += p.Count
		i := slices.IndexFunc(codes, func(c migrate.Count) bool { return c.Name == p.Code })
		if i < 0 {
			codes = append(codes, migrate.Count{Name: p.Code})
			i = len(codes) - 1
		}
		codes[i].Rows += p.Count
	}
	if len(codes) == 0 {
		return nil
	}
	const most = 15
	slices.SortStableFunc(codes, func(a, b migrate.Count) int { return cmp.Compare(b.Rows, a.Rows) })
	t := &barTable{Title: "Failures by code", Says: "Which problems keep how many rows from being sent, and their share of all such problems. One row may have several.", Head: "code"}
	t.Rows = rowsOf(codes[:min(len(codes), most)], total)
	for i := range t.Rows {
		t.Rows[i].Class, t.Rows[i].Href = "s4", "#code-"+slug(t.Rows[i].Name)
	}
	if n := len(codes) - most; n > 0 {
		t.More = plural(n, "other code is", "other codes are") + " in the table of problems."
	}
	return t
}

// attemptsOf is how many requests rows took; nil where all took one.
func attemptsOf(attempts []migrate.Count) *barTable {
	total := int64(0)
	for _, a := range attempts {
		total += a.Rows
	}
	if len(attempts) < 2 {
		return nil
	}
	return &barTable{
		Title: "Requests a row took", Says: "More than one where an answer did not come or asked for another try.", Head: "requests",
		Rows: classed(rowsOf(attempts, total), "s6"),
	}
}

func classed(rows []barRow, class string) []barRow {
	for i := range rows {
		rows[i].Class = class
	}
	return rows
}

// profileOf is what the input is made of.
func profileOf(s *migrate.Survey) []barTable {
	columns := slices.Clone(s.Columns)
	slices.SortStableFunc(columns, func(a, b migrate.Count) int { return cmp.Compare(b.Rows, a.Rows) })
	addresses := int64(0)
	for _, c := range s.Addresses {
		addresses += c.Rows
	}
	more := func(n int64, what string) string {
		if n == 0 {
			return ""
		}
		return plural(int(n), "row has", "rows have") + " another " + what + ". One that fewer than five share is not named: it would tell who they are."
	}
	tables := []barTable{
		{Title: "Columns", Says: "Rows that have a value in the column.", Head: "column", Rows: classed(fill(rowsOf(columns, s.Rows), columns, s.Rows), "s1")},
		{Title: "Identifiers", Says: "What users can sign in with.", Head: "identifiers", Rows: classed(rowsOf(s.Identifiers, s.Rows), "s2")},
		{Title: "Passwords", Says: "How passwords are hashed.", Head: "password_hasher", Rows: classed(rowsOf(s.Hashers, s.Rows), "s6")},
		{Title: "Addresses and numbers", Says: "Verified ones can be used at once; reserved ones are kept for the user, who proves them later.", Head: "kind", Rows: classed(rowsOf(s.Addresses, addresses), "s2")},
		{Title: "E-mail domains", Says: "Domains of the first address.", Head: "domain", Rows: classed(rowsOf(s.Domains, s.Rows), "s1"), More: more(s.MoreDomains, "domain")},
		{Title: "Locales", Head: "locale", Says: "Languages of users.", Rows: classed(rowsOf(s.Locales, s.Rows), "s1"), More: more(s.MoreLocales, "locale")},
	}
	return slices.DeleteFunc(tables, func(t barTable) bool { return len(t.Rows) == 0 && t.More == "" })
}

// fill makes bars as long as their part of the whole, where that says more than
// how they compare.
func fill(rows []barRow, counts []migrate.Count, whole int64) []barRow {
	for i := range rows {
		rows[i].Length = round(100 * float64(counts[i].Rows) / float64(max(whole, 1)))
	}
	return rows
}
