package mapping

import (
	"errors"

	"carryover/migrate"
)

// A fieldPolicy says what an update does with one property.
type fieldPolicy struct{ name, rule string }

// readPolicy reads the section policy.
func (m *Mapping) readPolicy(root *yamlMap) error {
	in, err := root.inner("policy", "policy")
	if err != nil || in == nil {
		return err
	}
	for _, member := range in.members {
		rule, err := in.page.textOf(member.value, "policy."+member.key)
		if err != nil {
			return err
		}
		var wrong *migrate.PolicyError
		switch err := new(migrate.Policy).Set(member.key, rule); {
		case errors.As(err, &wrong) && wrong.InName:
			if _, err := columnOf(member); err != nil { // it is no property at all
				return err
			}
			return member.at.fail("%s", wrong.Message).advise("%s", wrong.Hint)
		case errors.As(err, &wrong):
			return in.page.at(member.value).fail("%s", wrong.Message).advise("%s", wrong.Hint)
		}
		m.policies = append(m.policies, fieldPolicy{member.key, rule})
	}
	return nil
}

// Policy sets the rules that the mapping has for properties of users that exist.
func (m *Mapping) Policy(p *migrate.Policy) {
	for _, f := range m.policies {
		_ = p.Set(f.name, f.rule) // Read has tried it
	}
}
