package migrate

import (
	"fmt"
	"iter"
	"slices"
)

// A Rule says what an update does with one property of a user that exists.
type Rule uint8

const (
	// Overwrite sends what the row gives. Of metadata it replaces all that is
	// there.
	Overwrite Rule = iota
	// Fill sends it where Clerk has nothing. Of metadata it adds the members
	// that are not there, and changes none.
	Fill
	// Never leaves what is in Clerk.
	Never
	// Merge is for metadata only: objects are merged at every depth, null
	// takes a member away.
	Merge

	numRules
)

var ruleNames = [numRules]string{"overwrite", "fill", "never", "merge"}

// String returns the rule's name as mappings write it.
func (r Rule) String() string { return ruleNames[r] }

// numProperties is how many properties an update may send, options aside.
const numProperties = 22

// A Policy says what an update does with each property of a user that exists.
// The zero Policy overwrites. Users that are created are not affected.
//
// A property's options go where it goes: password_hasher with password_digest,
// skip_password_checks with password, and so on.
type Policy struct {
	rules [numProperties]Rule // by place among properties
}

// NewPolicy returns the policy with one rule for all properties.
func NewPolicy(r Rule) Policy {
	var p Policy
	for i := range p.rules {
		p.rules[i] = r
	}
	return p
}

// ParseExisting reads what --on-existing takes.
func ParseExisting(s string) (Rule, error) {
	switch s {
	case "overwrite":
		return Overwrite, nil
	case "fill":
		return Fill, nil
	case "skip":
		return Never, nil
	}
	return 0, fmt.Errorf("unknown --on-existing %q: use overwrite, fill or skip", s)
}

// ParseMetadata reads what --metadata takes.
func ParseMetadata(s string) (Rule, error) {
	switch s {
	case "replace":
		return Overwrite, nil
	case "merge":
		return Merge, nil
	}
	return 0, fmt.Errorf("unknown --metadata %q: use replace or merge", s)
}

// SetMetadata sets the rule of the three metadata.
func (p *Policy) SetMetadata(r Rule) {
	for i := range properties {
		if properties[i].metadata {
			p.rules[i] = r
		}
	}
}

// A PolicyError says why a policy cannot have a rule. InName is true where the
// property's name is wrong, false where its rule is.
type PolicyError struct {
	InName        bool
	Message, Hint string
}

// Error implements error.
func (e *PolicyError) Error() string { return e.Message }

// Set sets the rule of one property, both by the names that mappings use. Its
// error is a *PolicyError.
func (p *Policy) Set(name, rule string) error {
	i := propertyNamed(name)
	if i < 0 {
		return noPolicy(name)
	}
	r := slices.Index(ruleNames[:], rule)
	if rule == "replace" && properties[i].metadata {
		r = int(Overwrite)
	}
	switch {
	case r == int(Merge) && !properties[i].metadata:
		return &PolicyError{Message: fmt.Sprintf("%s cannot be merged", name), Hint: "only metadata can; use overwrite, fill or never"}
	case r >= 0:
		p.rules[i] = Rule(r)
		return nil
	case properties[i].metadata:
		return &PolicyError{Message: fmt.Sprintf("the policy of %s is replace, merge, fill or never", name)}
	default:
		return &PolicyError{Message: fmt.Sprintf("the policy of %s is overwrite, fill or never", name)}
	}
}

// noPolicy says why a name is not that of a property with a policy.
func noPolicy(name string) error {
	for i := range properties {
		if slices.Contains(properties[i].with, name) {
			return &PolicyError{InName: true, Message: fmt.Sprintf("%s has no policy of its own", name), Hint: "it goes where " + properties[i].name + " goes"}
		}
	}
	return &PolicyError{
		InName: true, Message: fmt.Sprintf("an update does not change %s", name),
		Hint: "a policy is about names, username, passwords, second factors, metadata, switches and times",
	}
}

// PolicyNames returns the names of the properties that have a rule.
func PolicyNames() []string {
	names := make([]string, len(properties))
	for i := range properties {
		names[i] = properties[i].name
	}
	return names
}

// sees reports whether the policy depends on what is in Clerk, so that each
// user has to be looked up before it is updated.
func (p Policy) sees() bool { return p != Policy{} }

// Merges reports whether an update may take a request of its own for metadata.
func (p Policy) Merges() bool {
	for i := range properties {
		if properties[i].metadata && (p.rules[i] == Fill || p.rules[i] == Merge) {
			return true
		}
	}
	return false
}

// String tells two policies apart and says what they are: the rule that most
// properties have, and those that have another.
func (p Policy) String() string {
	var count [numRules]int
	for _, r := range p.rules {
		count[r]++
	}
	most := Overwrite
	for r := range numRules {
		if count[r] > count[most] {
			most = r
		}
	}
	text := most.String()
	for i, r := range p.rules {
		if r != most {
			text += fmt.Sprintf(",%s=%s", properties[i].name, r)
		}
	}
	return text
}

// A decision is what a policy does with the properties of a row.
type decision struct {
	leave   Fields   // what is not sent
	merge   Metadata // what is merged
	changes []string // what differs afterwards, by name
	left    []string // what the row wants otherwise and is left
}

// decide compares a row with its user in Clerk.
func (p Policy) decide(u *User, a *Account) decision {
	var d decision
	var written int // changes that are no merges
	r := u.UpdateRequest()
	for i := range properties {
		f := &properties[i]
		if !f.given(r) {
			continue
		}
		sent, left := f.differs(r, a), false
		switch rule := p.rules[i]; {
		case rule == Overwrite:
		case rule == Never:
			sent, left = false, sent
			d.leave.add(i)
		case f.metadata:
			d.leave.add(i)
			if sent, left = d.merge.decide(rule, f, r, a); sent {
				written--
			}
		case !sent:
			d.leave.add(i)
		case f.empty == nil || !f.empty(a):
			sent, left = false, true
			d.leave.add(i)
		}
		if sent {
			d.changes = append(d.changes, f.name)
			written++
		}
		if left {
			d.left = append(d.left, f.name)
		}
	}
	if written == 0 && len(d.changes) > 0 {
		d.leave = allFields
	}
	return d
}

// Fields is a set of the properties that an update may send.
type Fields uint32

// allFields are all properties, and options that would go along.
const allFields Fields = 1<<numProperties - 1

func (f *Fields) add(i int)     { *f |= 1 << i }
func (f Fields) has(i int) bool { return f&(1<<i) != 0 }

// fieldsOf returns the set of some names.
func fieldsOf(names []string) Fields {
	var f Fields
	for _, name := range names {
		if i := propertyNamed(name); i >= 0 {
			f.add(i)
		}
	}
	return f
}

// FieldCounts counts rows by properties that an update may send.
type FieldCounts [numProperties]int64

// Add counts a row for the property with a name.
func (c *FieldCounts) Add(name string) {
	if i := propertyNamed(name); i >= 0 {
		c[i]++
	}
}

// All yields the properties that rows were counted for, in the order in which
// reports name them.
func (c FieldCounts) All() iter.Seq2[string, int64] {
	return func(yield func(string, int64) bool) {
		for i, n := range c {
			if n > 0 && !yield(properties[i].name, n) {
				return
			}
		}
	}
}

// Of returns the rows of the property with a name.
func (c *FieldCounts) Of(name string) int64 {
	if i := propertyNamed(name); i >= 0 {
		return c[i]
	}
	return 0
}

// IsSecret reports whether a property is one that nobody may see.
func IsSecret(name string) bool {
	i := propertyNamed(name)
	return i >= 0 && properties[i].secret
}
