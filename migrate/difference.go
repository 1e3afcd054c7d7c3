package migrate

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Differences returns the wire names of what an update by this row would
// change of the account, as far as Clerk shows it. Secrets, and switches that
// Clerk does not show, count as different wherever the row gives them.
func Differences(u *User, a *Account) []string {
	var names []string
	r := u.UpdateRequest()
	for i := range properties {
		if properties[i].differs(r, a) {
			names = append(names, properties[i].name)
		}
	}
	return names
}

// NotChanged returns warnings for the e-mails and phones of the row that the
// account does not have: PATCH /users/{user_id} cannot change them.
func NotChanged(u *User, a *Account) []Problem {
	var problems []Problem
	warn := func(field, code string) {
		text := catalogue[code]
		problems = append(problems, Problem{
			File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(), Field: field,
			Code: code, Severity: Warning, Message: text.meaning + "; " + text.fix,
		})
	}
	if !hasAll(a.EmailAddresses, u.EmailAddress) {
		warn("email_address", "email_not_changed")
	}
	if !hasAll(a.PhoneNumbers, u.PhoneNumber) {
		warn("phone_number", "phone_not_changed")
	}
	return problems
}

func hasAll(have []Identifier, want []string) bool {
	for _, w := range want {
		if !slices.ContainsFunc(have, func(i Identifier) bool { return strings.EqualFold(i.Value, w) }) {
			return false
		}
	}
	return true
}

func textDiffers(want *string, have string) bool { return want != nil && *want != have }

// valueDiffers is true of values that Clerk does not show.
func valueDiffers[T comparable](want, have *T) bool {
	return want != nil && (have == nil || *want != *have)
}

// timeDiffers compares to the millisecond, which is what Clerk shows.
func timeDiffers(want *string, have time.Time) bool {
	if want == nil {
		return false
	}
	at, err := time.Parse(time.RFC3339, *want)
	return err != nil || at.UnixMilli() != have.UnixMilli()
}

// metadataDiffers ignores the order of members and white space. Numbers are
// equal where their digits are.
func metadataDiffers(want, have jsontext.Value) bool {
	if want == nil {
		return false
	}
	if len(have) == 0 {
		have = jsontext.Value("{}")
	}
	return canonical(want) != canonical(have)
}

func canonical(v jsontext.Value) string {
	v = v.Clone()
	if v.Format(jsontext.ReorderRawObjects(true)) != nil {
		return ""
	}
	return string(v)
}
