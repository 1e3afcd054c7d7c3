package migrate

import (
	"context"
	"errors"
	"slices"

	"carryover/source"
)

// settingCodes are those of rows that the settings of an instance refuse.
var settingCodes = map[string]bool{
	"email_address_off": true, "phone_number_off": true, "web3_wallet_off": true, "username_off": true, "name_off": true,
	"password_off": true, "totp_off": true, "backup_codes_off": true,
	"email_address_required": true, "phone_number_required": true, "web3_wallet_required": true,
	"username_required": true, "name_required": true, "password_required": true, "password_only": true,
	"legal_consent_required": true, "username_characters": true, "username_length": true, "password_length": true,
}

// IsSettingCode reports whether a row with this code was refused for the
// settings of the instance, which may change.
func IsSettingCode(code string) bool { return settingCodes[code] }

// Problems returns what the settings have against a row: a fatal problem where
// Clerk would refuse its request. Where that depends on whether the user is
// there already, which only a look-up tells, it is a warning, unless the
// instance is known to be empty; Refuse decides then.
//
// An update is judged by what it sends alone. What is not known refuses nothing.
func (s *Settings) Problems(u *User, mode Mode, empty bool) []Problem {
	creates := u.UserID == "" && mode != UpdateOnlyMode
	updates := u.UserID != "" || mode == UpdateOnlyMode || NeedsLookUp(mode, false, u) && !empty
	var problems []Problem
	for _, m := range s.mismatches(u) {
		text := catalogue[m.code]
		p := Problem{
			File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(), Field: m.column.String(),
			Code: m.code, Severity: text.severity, Message: orText(m.message, text.meaning+"; "+text.fix),
		}
		switch {
		case m.create && !creates:
			continue
		case m.create && updates && !m.warning:
			p.Severity, p.Message = Warning, "refused where the user is not in Clerk yet: "+p.Message
		}
		problems = append(problems, p)
	}
	return problems
}

func orText(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}

// AboutNewUsers reports whether the settings may refuse a user that they would
// not refuse an update of.
func (s *Settings) AboutNewUsers() bool {
	if s == nil {
		return false
	}
	for _, a := range s.attributes(&User{}) {
		if a.setting == SettingRequired || a.createOnly && a.setting == SettingOff {
			return true
		}
	}
	return s.PasswordOnly == SettingOn || s.LegalConsent == SettingRequired
}

// Refuse returns the plan for u, or in its place the rejection of a plan that
// the instance would refuse: then nothing needs to be sent.
func (s *Settings) Refuse(u *User, plan Plan) Plan {
	if plan.Action == NoAction {
		return plan
	}
	for _, m := range s.mismatches(u) {
		if !m.warning && (plan.Action == Create || !m.create) {
			return Plan{State: Rejected, Code: m.code, Field: m.column.String(), UserID: plan.UserID}
		}
	}
	return plan
}

// CheckSettings holds every row that passes the checks against
// rules.Settings, and calls emit with the problems of each that has any, in the
// order of the rows.
func CheckSettings(ctx context.Context, in Rows, rules Rules, emit func([]Problem) error) error {
	for p := range parseAll(in.Rows(ctx), rules, nil, nil) {
		var bad *source.RowError
		switch {
		case errors.As(p.err, &bad):
			continue
		case p.err != nil:
			return p.err
		case Refused(p.problems):
			continue
		}
		if problems := rules.settingProblems(p.user); len(problems) > 0 {
			if err := emit(problems); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// withSettings adds what the settings have against a row to its problems. Where
// they tell which usernames are taken, what Clerk takes by default does not
// count.
func (r *Rules) withSettings(u *User, problems []Problem) []Problem {
	s := r.Settings
	if s == nil {
		return problems
	}
	if s.UsernameCharacters != SettingUnknown && s.UsernameMin > 0 && u.Username != nil && !onlyDigits(*u.Username) {
		problems = slices.DeleteFunc(problems, func(p Problem) bool { return p.Code == "username_shape" })
	}
	return append(problems, r.settingProblems(u)...)
}

// settingProblems are the problems that the settings have with u, each with the
// columns of the input that it comes from.
func (r *Rules) settingProblems(u *User) []Problem {
	problems := r.Settings.Problems(u, r.Mode, r.Empty)
	for i := range problems {
		if column, ok := source.LookupColumn(problems[i].Field); ok && r.Mapper != nil {
			problems[i].From = r.Mapper.From(column)
		}
	}
	return problems
}
