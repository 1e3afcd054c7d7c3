package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"carryover/migrate"
)

// A Plan says what a run would do to users that exist.
type Plan struct {
	Fields  []FieldPlan  `json:"fields"`
	Samples []PlanSample `json:"samples"` // the first few users that would be changed
}

// A FieldPlan counts, for one property, the rows that would set it where nothing
// is in Clerk, change what is there, or leave it by the policy although they give
// something else; and those whose users were not looked up.
type FieldPlan struct {
	Field  string `json:"field"`
	Set    int64  `json:"set"`
	Change int64  `json:"change"`
	Leave  int64  `json:"leave"`
	Unseen int64  `json:"unseen,omitzero"`
}

// A PlanSample is a user that would be changed. What tells who it is, is shown as
// the PII of the document says; a secret is only called one.
type PlanSample struct {
	Row    int64          `json:"row"`
	Line   int64          `json:"line"`
	Key    string         `json:"key,omitzero"`
	Fields []SampleChange `json:"fields"`
}

// A SampleChange is a property before and after.
type SampleChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

// A FieldCount is how many rows there are of something, by property.
type FieldCount struct {
	Field string `json:"field"`
	Rows  int64  `json:"rows"`
}

// FromFieldCounts turns counts into the document's.
func FromFieldCounts(c migrate.FieldCounts) []FieldCount {
	var list []FieldCount
	for name, n := range c.All() {
		list = append(list, FieldCount{name, n})
	}
	return list
}

const planSamples = 5

// Planning gathers a Plan.
type Planning struct {
	pii                       PII
	set, change, left, unseen migrate.FieldCounts
	samples                   []PlanSample
}

// NewPlan begins one, whose samples show what pii allows.
func NewPlan(pii PII) *Planning { return &Planning{pii: pii} }

// Take takes the plan of a row; found is the account that it was made by, nil
// where none was looked up.
func (p *Planning) Take(u *migrate.User, plan *migrate.Plan, found *migrate.Account) {
	for _, name := range plan.Left {
		p.left.Add(name)
	}
	if plan.Action != migrate.Update {
		return
	}
	changes := migrate.Changes(u, plan, found)
	for _, c := range changes {
		switch {
		case found == nil:
			p.unseen.Add(c.Field)
		case isNothing(c.From):
			p.set.Add(c.Field)
		default:
			p.change.Add(c.Field)
		}
	}
	if found == nil || len(p.samples) == planSamples || p.pii == NoPII {
		return
	}
	s := PlanSample{Row: u.Row, Line: u.Line, Key: p.pii.Show(u.Key())}
	for _, c := range changes {
		s.Fields = append(s.Fields, SampleChange{c.Field, p.show(c, c.From, false), p.show(c, c.To, true)})
	}
	p.samples = append(p.samples, s)
}

// isNothing reports whether a change begins with nothing.
func isNothing(from []byte) bool {
	return len(from) == 0 || string(from) == "null" || string(from) == `"absent"`
}

// show returns one side of a change.
func (p *Planning) show(c migrate.Change, value []byte, isNew bool) string {
	switch {
	case migrate.IsSecret(c.Field) && isNew:
		return "(new)"
	case isNothing(value):
		return "(none)"
	case migrate.IsSecret(c.Field):
		return "(set)"
	}
	var text string
	var object map[string]json.RawMessage
	switch {
	case json.Unmarshal(value, &object) == nil && p.pii != FullPII:
		return "{" + plural(len(object), "member", "members") + "}"
	case json.Unmarshal(value, &text) != nil: // a switch, a number, metadata in full
		return string(bytes.TrimSpace(value))
	case strings.HasSuffix(c.Field, "_at"):
		return text // a time tells nobody's name
	default:
		return p.pii.Show(text)
	}
}

// Document returns what was gathered; nil where no user that exists would be
// touched.
func (p *Planning) Document() *Plan {
	d := &Plan{Fields: []FieldPlan{}, Samples: p.samples}
	for _, name := range migrate.PolicyNames() {
		f := FieldPlan{name, p.set.Of(name), p.change.Of(name), p.left.Of(name), p.unseen.Of(name)}
		if f.Set+f.Change+f.Leave+f.Unseen > 0 {
			d.Fields = append(d.Fields, f)
		}
	}
	if len(d.Fields) == 0 {
		return nil
	}
	if d.Samples == nil {
		d.Samples = []PlanSample{}
	}
	return d
}

// plan writes what would be done, property by property.
func plan(b *strings.Builder, p *Plan) {
	if p == nil {
		return
	}
	unseen := false
	for _, f := range p.Fields {
		unseen = unseen || f.Unseen > 0
	}
	b.WriteString("\nUsers that exist, in rows by property\n")
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	head, foot := "\tset\tchange\tleave\t", ""
	if unseen {
		head, foot = head+"not compared\t", "      not compared: rows that name their user by user_id; --plan looks at these too\n"
	}
	fmt.Fprintln(t, head)
	for _, f := range p.Fields {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t", f.Field, Number(f.Set), Number(f.Change), Number(f.Leave))
		if unseen {
			fmt.Fprintf(t, "%s\t", Number(f.Unseen))
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush() // a strings.Builder takes everything
	b.WriteString(foot)
	for i, s := range p.Samples {
		if i == 0 {
			b.WriteString("\nFor example\n")
		}
		fmt.Fprintf(b, "  line %d  %s\n", s.Line, Clean(s.Key))
		for _, c := range s.Fields {
			fmt.Fprintf(b, "      %s: %s → %s\n", c.Field, excerpt(c.From), excerpt(c.To))
		}
	}
}

// excerpt returns a text as a line of a report can show it.
func excerpt(text string) string {
	const most = 120
	runes := []rune(Clean(text))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}

// left writes what the policy left.
func left(b *strings.Builder, counts []FieldCount) {
	for i, c := range counts {
		if i == 0 {
			b.WriteString("\nLeft as they are in Clerk, in rows: ")
		} else {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s %s", c.Field, Number(c.Rows))
	}
	if len(counts) > 0 {
		b.WriteString("\n")
	}
}
