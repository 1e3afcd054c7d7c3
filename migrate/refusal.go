package migrate

import (
	"fmt"
	"strings"
)

// A refusalText says what an error code of Clerk's means for a row.
type refusalText struct{ meaning, fix string }

// refusals are codes that Clerk gives when it refuses to create or update a
// user (Clerk's index of Backend API errors). What Clerk itself says is not
// kept, since it may quote the value.
var refusals = map[string]refusalText{
	"form_identifier_exists":                         {"another user of the instance has the same identifier", "find that user in Clerk; give it this row's external_id, or take the identifier out of the row"},
	"form_already_exists":                            {"the value is one that another user of the instance has, or that the row has twice", "find that user in Clerk, or take the value out of the row"},
	"form_param_unknown":                             {"the instance does not take this property, for instance since it is switched off in its settings", "switch it on in the Clerk Dashboard, or leave the column out"},
	"form_param_missing":                             {"the instance asks for a property that the row does not give", "add it to the row, or make it optional in the Clerk Dashboard"},
	"form_conditional_param_missing":                 {"a property is given without another that belongs to it", "give both, or none"},
	"form_conditional_param_disallowed":              {"two properties are given that exclude each other", "leave one of them out"},
	"form_data_missing":                              {"the row does not have what the instance requires of each user", "add it to the row, make it optional in the Clerk Dashboard, or set skip_user_requirement"},
	"form_param_format_invalid":                      {"Clerk does not take the form of the value", "correct it"},
	"form_param_type_invalid":                        {"Clerk does not take a value of this type", "correct it"},
	"form_param_value_invalid":                       {"Clerk does not take the value", "correct it, or leave it out"},
	"form_param_nil":                                 {"Clerk does not take null here", "leave the column empty"},
	"form_param_duplicate":                           {"the list holds the same value twice", "remove one of them"},
	"form_param_invalid_time":                        {"the time is not in RFC 3339 form", "write it like 2024-05-31T13:45:00Z, with the zone"},
	"form_param_invalid_date":                        {"the date is not one that Clerk reads", "write it like 2024-05-31T13:45:00Z, with the zone"},
	"form_disallow_future_date":                      {"the time lies in the future", "check the clock and the zone of the export"},
	"form_param_max_length_exceeded":                 {"the value is longer than Clerk allows", "shorten it"},
	"form_param_min_length_exceeded":                 {"the value is shorter than Clerk allows", "correct it, or leave it out"},
	"form_param_array_size_exceeded":                 {"the list has more items than Clerk allows", "shorten it"},
	"form_param_exceeds_allowed_size":                {"the value is larger than Clerk allows", "move what is large to your own database"},
	"form_param_value_too_large":                     {"the value is larger than Clerk allows", "move what is large to your own database"},
	"form_password_digest_invalid_code":              {"the digest does not have the form of its hasher", "carryover hashers check says why; correct the digest or its hasher, or leave both out"},
	"form_password_pwned":                            {"the password is in a list of leaked ones", "set skip_password_checks, or leave the password out, so that the user sets a new one"},
	"form_username_invalid_character":                {"the instance does not take a character of the username", "allow it in the Clerk Dashboard, or change the username"},
	"form_username_invalid_length":                   {"the instance does not take a username of this length", "allow it in the Clerk Dashboard, or change the username"},
	"form_username_needs_non_number_char":            {"the instance does not take a username of digits only", "change the username"},
	"invalid_totp_secret_code":                       {"Clerk does not take the TOTP secret", "correct it, or leave it out; the user must set up the second factor again"},
	"unsupported_country_code":                       {"the instance does not take phone numbers of this country", "allow the country in the Clerk Dashboard, or leave the number out"},
	"not_allowed_access":                             {"the instance's sign-up restrictions (allowlist, blocklist, disposable addresses) refuse the identifier", "set skip_restriction_checks for the row, or change the restrictions in the Clerk Dashboard"},
	"identification_update_failed":                   {"an identifier of the user cannot be changed so", "look at the user in Clerk"},
	"identification_create_second_factor_unverified": {"a second factor needs an identifier that is verified", "give the identifier as verified, or leave the second factor out"},
	"resource_not_found":                             {"no such user in this instance", "check the id and the instance"},
	"breaks_instance_invariant":                      {"the settings of the instance forbid what the row asks for", "change them in the Clerk Dashboard, or the row"},
	"request_invalid_for_instance":                   {"the settings of the instance forbid what the row asks for", "change them in the Clerk Dashboard, or the row"},
	"request_invalid_for_environment":                {"the settings of the instance forbid what the row asks for", "change them in the Clerk Dashboard, or the row"},
	"unsupported_subscription_plan_features":         {"the plan of the instance does not have what the row asks for", "leave the property out, or change the plan"},
	"feature_not_enabled":                            {"the instance does not have what the row asks for switched on", "switch it on in the Clerk Dashboard, or leave the property out"},
	"http_413":                                       {"the row is larger than Clerk, or a proxy on the way, allows", "move what is large to your own database"},
	"http_414":                                       {"the id of the row is longer than Clerk, or a proxy on the way, allows", "use a shorter id"},
	"http_409":                                       {"another change to the same user went on at the same time, time and again", "send the row again with --only rejected"},
	"http_423":                                       {"the user is locked for changes", "send the row again later with --only rejected"},
}

// MetByRun reports whether a code is one that a row gets when it is sent, not
// when it is checked: the row may be sent again as it is.
func MetByRun(code string) bool {
	switch code {
	case "user_missing", "user_exists", planChangedCode, "no_answer", "identifier_taken", exhaustedCode:
		return true
	}
	_, known := refusals[code]
	return known || strings.HasPrefix(code, "form_") || strings.HasPrefix(code, "http_")
}

// Explain says in one sentence what a problem code means for a row and what to
// do: one of the checks', or one of Clerk's own. Of a code that is not known it
// says what can be said of any.
func Explain(code string) string {
	if text, ok := catalogue[code]; ok {
		return text.meaning + "; " + text.fix
	}
	if text, ok := refusals[code]; ok {
		return text.meaning + "; " + text.fix
	}
	const ask = "look the code up in Clerk's documentation, or give Clerk's support the trace id of a row (carryover report --rejects lists it)"
	switch {
	case strings.HasPrefix(code, "form_password_"):
		return "the password does not meet the instance's rules; set skip_password_checks, or leave the password out, so that the user sets a new one"
	case strings.HasPrefix(code, "http_"):
		return fmt.Sprintf("Clerk, or something on the way, refused the row with status %s and no code; %s", strings.TrimPrefix(code, "http_"), ask)
	default:
		return "Clerk refused the row; " + ask
	}
}
