package mapping

import (
	"slices"

	"carryover/migrate"
	"carryover/source"
)

// noSecret is the secret of a column that holds none.
const noSecret source.Column = -1

// secrets says of each column of the input which secret is made of it, also
// together with others. What a user is known by is none, though a digest may be
// salted with it.
func (c *compiled) secrets() []source.Column {
	var ids []string
	for i := range c.fields {
		if f := &c.fields[i]; f.column == source.ColUserID || f.column == source.ColExternalID {
			ids = append(ids, f.from()...)
		}
	}
	secrets := make([]source.Column, len(c.columns.names))
	for slot := range secrets {
		secrets[slot] = noSecret
	}
	for i := range c.fields {
		f := &c.fields[i]
		if !f.column.Secret() {
			continue
		}
		for _, name := range f.from() {
			if slot := c.columns.slot(name); slot >= 0 && !slices.Contains(ids, name) {
				secrets[slot] = f.column
			}
		}
	}
	return secrets
}

// Secrets returns the columns of the input that passwords, digests, TOTP
// secrets and backup codes are made of.
func (mp *Mapper) Secrets() []string {
	var names []string
	for slot, secret := range mp.secrets {
		if secret != noSecret {
			names = append(names, mp.columns[slot])
		}
	}
	return names
}

// unmask takes masked secrets out of the row: mixed with others, they could not
// be told from a digest any more.
func (mp *Mapper) unmask(w *worker) {
	for slot, secret := range mp.secrets {
		if secret == noSecret || w.row.Cells[slot].Kind != source.Text || w.row.Cells[slot].Text != migrate.Masked {
			continue
		}
		w.row.Cells[slot] = source.Cell{}
		w.found = append(w.found, migrate.Problem{
			Field: secret.String(), From: mp.columns[slot], Code: migrate.MaskedCode, Severity: migrate.Fatal,
			Message: migrate.Explain(migrate.MaskedCode),
		})
	}
}

// masked reports whether a secret of the row was masked.
func (w *worker) masked() bool {
	return slices.ContainsFunc(w.found, func(p migrate.Problem) bool { return p.Code == migrate.MaskedCode })
}
