package mapping

import (
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/source"
)

// identify sets e-mail addresses or phone numbers. Those that nobody has
// proved are left out, or reserved; never are they created as verified.
func (mp *Mapper) identify(w *worker, f *compiledField) {
	proved, unproved, err := w.identifiers(f)
	if err != nil {
		w.refuse(f.column.String(), err, f.leaveOut, mp)
		proved, unproved = nil, nil
	}
	status := source.ColEmailAddressIdentificationStatus
	if f.column == source.ColPhoneNumber {
		status = source.ColPhoneNumberIdentificationStatus
	}
	w.row.Set(status, "", source.NotGiven)
	var statuses []string
	switch {
	case len(unproved) == 0:
	case mp.settings.Reserve:
		statuses = slices.Concat(slices.Repeat([]string{"verified"}, len(proved)), slices.Repeat([]string{"reserved"}, len(unproved)))
		proved = append(proved, unproved...)
	default:
		w.found = append(w.found, leftOut(f.column))
	}
	w.setList(f.column, proved)
	w.setStatuses(status, statuses)
}

// identifiers computes the addresses or numbers, those that are proved and
// those that are not.
func (w *worker) identifiers(f *compiledField) (proved, unproved []string, err error) {
	holds, err := w.holds(f.whenIs, true)
	if err != nil || !holds {
		return nil, nil, err
	}
	if f.valueIs != nil {
		v, err := w.result(f.valueIs)
		if err != nil {
			return nil, nil, err
		}
		items, err := textsOf(v)
		if err != nil {
			return nil, nil, err
		}
		if len(items) > 0 {
			is, err := w.holds(f.verifiedIs, false)
			if err != nil {
				return nil, nil, err
			}
			if len(items) > 1 {
				items = addresses(nil, nil, items)
			}
			if is {
				proved = items
			} else {
				unproved = items
			}
		}
	}
	if f.unverifiedIs != nil {
		v, err := w.result(f.unverifiedIs)
		if err != nil {
			return nil, nil, err
		}
		more, err := textsOf(v)
		if err != nil {
			return nil, nil, err
		}
		unproved = addresses(unproved, proved, more)
	}
	return proved, unproved, nil
}

// addresses appends those that are in neither list; case does not count.
func addresses(list, others, more []string) []string {
	for _, address := range more {
		same := func(other string) bool { return strings.EqualFold(other, address) }
		if !slices.ContainsFunc(list, same) && !slices.ContainsFunc(others, same) {
			list = append(list, address)
		}
	}
	return list
}

func (w *worker) setList(c source.Column, items []string) {
	cell, err := listCellOf(items)
	if err != nil {
		w.found = append(w.found, migrate.Problem{Field: c.String(), Code: "value_invalid_utf8", Severity: migrate.Fatal})
	}
	w.row.Set(c, cell.Text, cell.Kind)
}

func (w *worker) setStatuses(c source.Column, statuses []string) {
	cell, err := listCellOf(statuses)
	if err != nil {
		return // they are two words of ours
	}
	w.row.Set(c, cell.Text, cell.Kind)
}

func leftOut(c source.Column) migrate.Problem {
	code, _ := migrate.LookupCode("unverified_left_out")
	return migrate.Problem{Field: c.String(), Code: code.Code, Severity: migrate.Warning, Message: code.Meaning + "; " + code.Fix}
}

// checkIdentified refuses a user whose identifiers have all been left out. An
// update keeps those that the user has.
func (mp *Mapper) checkIdentified(w *worker) {
	i := slices.IndexFunc(w.found, func(p migrate.Problem) bool { return p.Code == "unverified_left_out" })
	if i < 0 || mp.settings.Mode == migrate.UpdateOnlyMode || w.row.Kinds[source.ColUserID] != source.NotGiven {
		return
	}
	for _, c := range []source.Column{source.ColEmailAddress, source.ColPhoneNumber, source.ColUsername, source.ColWeb3Wallet} {
		if w.row.Kinds[c] != source.NotGiven {
			return
		}
	}
	code, _ := migrate.LookupCode("unverified_only")
	w.found[i].Code, w.found[i].Severity, w.found[i].Message = code.Code, migrate.Fatal, code.Meaning+"; "+code.Fix
	w.found = slices.DeleteFunc(w.found, func(p migrate.Problem) bool { return p.Code == "unverified_left_out" })
}
