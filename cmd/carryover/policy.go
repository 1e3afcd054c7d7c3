package main

import (
	"github.com/spf13/pflag"

	"carryover/migrate"
	"carryover/migrate/mapping"
)

// policyFlags say what an update does with what is in Clerk already.
type policyFlags struct {
	existing string
	metadata string
}

func (f *policyFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.existing, "on-existing", "overwrite", "users that exist: overwrite, fill (send only what is empty in Clerk) or skip; a mapping may say it for each property")
	flags.StringVar(&f.metadata, "metadata", "", "metadata of users that exist: replace, or merge into what is there; goes before --on-existing (default as that says: replace where it is overwrite)")
}

// policy joins the flags with what a mapping says of single properties; m may
// be nil.
func (f *policyFlags) policy(m *mapping.Mapping) (migrate.Policy, error) {
	rule, err := migrate.ParseExisting(f.existing)
	if err != nil {
		return migrate.Policy{}, usage(err)
	}
	p := migrate.NewPolicy(rule)
	if f.metadata != "" {
		rule, err := migrate.ParseMetadata(f.metadata)
		if err != nil {
			return p, usage(err)
		}
		p.SetMetadata(rule)
	}
	if m != nil {
		m.Policy(&p)
	}
	return p, nil
}
