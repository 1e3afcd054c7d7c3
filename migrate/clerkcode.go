package migrate

import (
	"net/http"
	"strconv"
)

// A clerkCode explains an error code of Clerk's Backend API, as far as a
// migration can meet it. The texts are whole sentences without a full stop.
// What Clerk itself says of an error is not kept, since it may quote the value.
//
// Source: Clerk's index of Backend API errors (December 2025), its OpenAPI
// documents, and the pages on rate limits. For some codes no page says when
// users meet them; their causes are what the name and the request allow.
type clerkCode struct {
	code                string
	status              int // of HTTP, that it comes with; 0 for any
	meaning, cause, fix string
}

const withoutCode = "answers without a code"

// clerkCodes are those that are known, group by group, and behind them those
// that stand for an answer without a code: http_<status>.
var clerkCodes = []struct {
	group string
	list  []clerkCode
}{
	{"Clerk: identifiers that are taken", takenCodes},
	{"Clerk: what a row holds", valueCodes},
	{"Clerk: passwords and second factors", passwordCodes},
	{"Clerk: what the instance allows", instanceRuleCodes},
	{"Clerk: key, plan and quota", accountCodes},
	{"Clerk: the request itself", requestCodes},
	{"Clerk: limits and outages", outageCodes},
	{withoutCode, statusCodes},
}

var takenCodes = []clerkCode{
	{"form_identifier_exists", 422, "another user of the instance has this e-mail address, phone number or username",
		"the person signed up in the new application already, has two legacy accounts, or the same create was sent twice by a proxy; the row is looked up by its external_id first, and only counts as a problem where it is not ours",
		"find that user in Clerk; give it the row's external_id and run again, or take the identifier out of the row"},
	{"form_already_exists", 422, "the value is one that another user of the instance has",
		"as form_identifier_exists; some properties are refused with this code instead",
		"find the user that has it in Clerk, or take it out of the row"},
	{"form_param_duplicate", 422, "a property or a value was given twice",
		"a list of addresses names one of them twice, in a spelling that Clerk takes for the same",
		"keep one of them in the row"},
}

var valueCodes = []clerkCode{
	{"form_param_unknown", 422, "the instance does not know or does not have the property",
		"phone numbers, usernames or another attribute are turned off in the instance's settings; rows that hold one are refused whole",
		"turn the attribute on in the Clerk Dashboard (User & authentication), or leave the column out"},
	{"form_param_missing", 422, "a property that is required is missing",
		"the instance requires an attribute that the row does not have",
		"fill the column, or make the attribute optional in the Clerk Dashboard"},
	{"form_conditional_param_missing", 422, "a property is missing that another one needs",
		"password_digest and password_hasher need each other",
		"give both, or neither"},
	{"form_conditional_param_disallowed", 422, "two properties were given that exclude one another",
		"the row has a password and a digest, or an option that only goes with one of them",
		"leave one of them out; if the row passed carryover validate, this is a bug of carryover"},
	{"form_data_missing", 422, "the user lacks what the instance requires of every user",
		"the instance requires, for instance, first and last names, and legacy users have none",
		"make them optional in the Clerk Dashboard for the time of the migration, fill the columns, or set skip_user_requirement"},
	{"form_param_format_invalid", 422, "an e-mail address, phone number or wallet is not in its form",
		"Clerk's rules are stricter than any check that can be made here, such as for phone numbers of ranges that are not in use",
		"correct it, or leave it out if the user has another identifier"},
	{"form_param_invalid_time", 422, "a time is not in RFC 3339 form",
		"created_at or legal_accepted_at is in another form",
		"write it like 2024-05-31T13:45:00Z, with the zone"},
	{"form_param_invalid_date", 422, "a date is not valid",
		"created_at or legal_accepted_at is in another form, or is a day that does not exist",
		"write it like 2024-05-31T13:45:00Z"},
	{"form_disallow_future_date", 422, "a time lies in the future",
		"the export wrote local times as UTC, or this machine's clock is ahead of Clerk's",
		"correct the column; carryover validate finds such rows where the clock is right"},
	{"form_param_type_invalid", 422, "a property has the wrong JSON type",
		"the API version expects another type than carryover sends",
		"take --api-version out; if it stays, this is a bug of carryover"},
	{"form_param_value_invalid", 422, "a property has a value that Clerk does not take",
		"an unknown hasher, metadata that are not an object, or bytes that are not UTF-8",
		"look at the column that stands beside the code"},
	{"form_param_nil", 422, "a property is null that must not be",
		"an empty value was sent for a property that cannot be emptied",
		"leave the cell empty instead of writing null"},
	{"form_param_max_length_exceeded", 422, "a value is too long",
		"a name, a username or an id is longer than Clerk keeps",
		"shorten it"},
	{"form_param_min_length_exceeded", 422, "a value is too short",
		"a username or a password is shorter than the instance's settings ask for",
		"lower the limit in the Clerk Dashboard, or leave the value out"},
	{"form_param_array_size_exceeded", 422, "a list has too many items",
		"the user has more addresses or backup codes than Clerk takes in one request",
		"keep the primary ones, and add the others in Clerk"},
	{"form_param_exceeds_allowed_size", 422, "a value has too many bytes",
		"the metadata are larger than Clerk keeps (8 KB each)",
		"move what is large to your own database"},
	{"form_param_value_too_large", 422, "a number is too large",
		"create_organizations_limit is beyond what Clerk takes",
		"write a smaller number, or 0 for no limit"},
	{"form_username_invalid_character", 422, "the username has a character that the instance does not allow",
		"the legacy system allowed dots, spaces, accents or e-mail addresses in usernames",
		"allow them in the Clerk Dashboard, or change the username"},
	{"form_username_invalid_length", 422, "the username is too short or too long for the instance",
		"the legacy system had other limits",
		"change the limits in the Clerk Dashboard, or the username"},
	{"form_username_needs_non_number_char", 422, "the username is of digits alone",
		"the legacy system used numbers, such as those of members or employees, as usernames",
		"put a letter in front, or move the number to external_id"},
	{"identification_update_failed", 400, "an e-mail address, phone number or wallet of the user could not be changed",
		"it is the user's last one, or takes part in the second factor",
		"look at the user in Clerk, and change it there"},
	{"identification_create_second_factor_unverified", 400, "a phone number that is not verified cannot be a second factor",
		"the number was given as reserved",
		"give it as verified if the legacy system has proved it, else leave the second factor out"},
}

var passwordCodes = []clerkCode{
	{"incorrect_password", 422, "the password is not the user's",
		"run --canary asked with a password that does not open what Clerk has: it is another person's or an old one, or the digest went to the wrong hasher",
		"carryover validate --prove says whether the password opens the row's digest on this machine"},
	{"incorrect_code", 422, "the code is not the one that the user's authenticator shows",
		"run --canary asked with a code that has run out, or that is of another secret; a clock that is off by a minute does the same",
		"give totp_secret in the place of totp_code, and check the clock of this machine"},
	{"form_password_incorrect", 422, "the password is not the user's",
		"as incorrect_password; Clerk's sign-in has this code", "as for incorrect_password"},
	{"form_code_incorrect", 422, "the code is not the user's",
		"as incorrect_code; Clerk's sign-in has this code", "as for incorrect_code"},
	{"no_password_set", 400, "the user has no password",
		"run --canary asked for a password of a user whose row brings none",
		"choose another account for the canary, or check the columns password_digest and password_hasher of the row"},
	{"totp_not_enabled", 400, "the user has no second factor by TOTP",
		"run --canary asked for a code of a user whose row brings no totp_secret, or the instance has TOTP turned off",
		"leave totp_code and totp_secret empty for the account, or check the column totp_secret of the row"},
	{"sandbox_cannot_verify", 422, "the sandbox cannot compute digests of this kind, so that it cannot tell",
		"run --canary asked the sandbox for a password whose digest only another service can check, such as one of Amazon Cognito",
		"rehearse with another account; Clerk itself can tell"},
	{"form_password_digest_invalid_code", 422, "the digest does not fit its hasher",
		"the digest was cut off, belongs to another hasher, or has a cost that Clerk does not take",
		"carryover hashers identify says what it looks like, carryover hashers verify whether a known password opens it; --no-password without sends the user without one"},
	{"form_password_pwned", 422, "the plain password is in a list of leaked ones",
		"the row holds a plain password, and the instance refuses leaked ones",
		"set skip_password_checks for the row, so that the user can go on with it, or leave it out"},
	{"form_password_length_too_short", 422, "the plain password is shorter than the instance allows",
		"the legacy system took shorter ones", "set skip_password_checks for the row, or leave the password out"},
	{"form_password_length_too_long", 422, "the plain password is longer than the instance allows",
		"the instance has a limit that the legacy system did not have", "set skip_password_checks for the row, or leave the password out"},
	{"form_password_size_in_bytes_exceeded", 422, "the plain password has more than 72 bytes, of which bcrypt would ignore the rest",
		"the user has a long pass phrase", "send its digest instead, or leave it out so that the user sets a new one"},
	{"form_password_no_uppercase", 422, "the plain password has no upper-case letter, which the instance asks for",
		"the legacy system did not ask for it", "set skip_password_checks for the row"},
	{"form_password_no_lowercase", 422, "the plain password has no lower-case letter, which the instance asks for",
		"the legacy system did not ask for it", "set skip_password_checks for the row"},
	{"form_password_no_number", 422, "the plain password has no digit, which the instance asks for",
		"the legacy system did not ask for it", "set skip_password_checks for the row"},
	{"form_password_no_special_char", 422, "the plain password has no special character, which the instance asks for",
		"the legacy system did not ask for it", "set skip_password_checks for the row"},
	{"form_password_not_strong_enough", 422, "the plain password is easy to guess",
		"the instance measures strength, and the legacy system did not", "set skip_password_checks for the row"},
	{"invalid_totp_secret_code", 422, "the TOTP secret is not base32",
		"it was exported as hexadecimal or base64", "convert it; carryover validate finds such rows"},
}

var instanceRuleCodes = []clerkCode{
	{"unsupported_country_code", 403, "phone numbers of this country are turned off in the instance",
		"a new instance only takes numbers of a few countries (US and Canada)",
		"turn the country on in the Clerk Dashboard (SMS), or take the number out of the row"},
	{"not_allowed_access", 403, "the instance's allowlist, blocklist or rules on disposable and subaddressed e-mail refuse the user",
		"users of the legacy system were never held to these rules; carryover asks Clerk to skip them, and older versions of Clerk do not know how",
		"lift the restrictions in the Clerk Dashboard for the time of the migration, then send such rows again: --only rejected=not_allowed_access"},
	{"breaks_instance_invariant", 400, "the change would leave the instance or the user in a state that its settings forbid",
		"a user without a password or identifier that the settings ask for, for instance",
		"compare the row with the settings under User & authentication in the Clerk Dashboard"},
	{"request_invalid_for_instance", 400, "the request is not for this instance",
		"the instance has not what the request asks for", "compare the row with the instance's settings"},
	{"request_invalid_for_environment", 400, "the request is not for this kind of instance",
		"something is asked of a production instance that only a development instance has, or the other way round", "check which key is set"},
	{"feature_not_enabled", 403, "a feature is turned off in the instance",
		"a column asks for something that the settings do not have, such as backup codes", "turn it on in the Clerk Dashboard, or leave the column out"},
	{"unsupported_subscription_plan_features", 402, "the plan does not include a feature that the request asks for",
		"banned, for instance, needs the same plan as banning in the Dashboard", "change the plan, or leave the column out"},
}

var accountCodes = []clerkCode{
	{"clerk_key_invalid", 401, "the secret key is not one of Clerk's",
		"it was cut off when it was copied, was deleted or rolled in the Dashboard, or --api-url leads elsewhere",
		"copy it again from the Clerk Dashboard (API keys)"},
	{"authentication_invalid", 401, "the secret key is refused",
		"it was deleted or rolled in the Dashboard, perhaps during the run", "copy it again from the Clerk Dashboard (API keys), then run the same command again"},
	{"authorization_header_format_invalid", 401, "the header that holds the key is not in its form",
		"a proxy between here and Clerk changes or removes headers", "check --api-url and the proxy"},
	{"authorization_invalid", 403, "the key may not do this",
		"the key is of another kind or has been restricted", "use a secret key of the instance"},
	{"user_quota_exceeded", 403, "the instance has as many users as it may have",
		"a development instance takes 100 users; a production instance has the limit of its plan",
		"rehearse with --max-rows or --sandbox, delete users, or ask Clerk for more; then run the same command again"},
	{"quota_exceeded", 403, "a limit of the plan is reached",
		"as user_quota_exceeded, for another count", "see the plan in the Clerk Dashboard, then run the same command again"},
}

var requestCodes = []clerkCode{
	{"resource_not_found", 404, "there is no such user",
		"the user was deleted in Clerk, or its id is of another instance; the row then has the code user_missing",
		"check the id and the key; --mode upsert creates users that are missing"},
	{"request_body_invalid", 400, "the body of the request cannot be read",
		"a proxy changes what is sent, or this is a bug of carryover", "try without the proxy; if it stays, report it with the trace id"},
	{"malformed_request_parameters", 400, "the parameters of the request cannot be read",
		"a proxy changes what is sent, or this is a bug of carryover", "try without the proxy; if it stays, report it with the trace id"},
	{"bad_request", 400, "the request cannot be read",
		"a proxy changes what is sent, or this is a bug of carryover", "try without the proxy; if it stays, report it with the trace id"},
	{"request_body_too_large", 413, "the request is too large",
		"the metadata of the row are very large", "move what is large to your own database"},
	{"unsupported_content_type", 415, "the request is not taken for JSON",
		"a proxy changes headers", "try without the proxy"},
	{"method_not_allowed", 405, "the address does not take this kind of request",
		"--api-url leads to something else than Clerk's Backend API", "check --api-url"},
	{"api_version_invalid", 400, "the API version is not known",
		"Clerk has retired the version, or does not have it yet", "give the other one with --api-version"},
	{"unreadable_code", 0, "an answer held a code that is no word, and is not shown",
		"something else than Clerk answered, such as a proxy", "check --api-url and the proxy"},
}

var outageCodes = []clerkCode{
	{"too_many_requests", 429, "Clerk asks to wait",
		"the instance's rate limit is used up, by this run together with the application's own traffic",
		"nothing needs to be done: every request waits as long as Clerk asks; if it happens often, use a smaller --share"},
	{"internal_clerk_error", 500, "something failed at Clerk",
		"it is away, or this one request meets a fault; whether it was processed is not known, so a create is looked up first",
		"nothing needs to be done unless rows are left over: then run the same command again; if one row always meets it, report the trace id to Clerk"},
	{"maintenance_mode", 503, "Clerk is under maintenance",
		"Clerk announces it on its status page", "nothing needs to be done: the run waits; --max-outage says for how long"},
}

// statusCodes are the codes of answers that hold none, where the general rule
// of their class says too little.
var statusCodes = []clerkCode{
	status(http.StatusBadRequest, "the request was refused without a reason that can be told",
		"Clerk gives no code where an identifier is taken (\"already exists\"), or a proxy answered",
		"look for a user with the same identifiers in Clerk"),
	status(http.StatusUnauthorized, "the key is refused",
		"the key was deleted, or something between here and Clerk asks for a key of its own", "check the key, --api-url and the proxy"),
	status(http.StatusPaymentRequired, "the plan does not include what the request asks for",
		"as unsupported_subscription_plan_features", "change the plan, or leave the column out"),
	status(http.StatusForbidden, "the request is forbidden",
		"a firewall or proxy refuses it, or the key may not do this", "check the proxy, the key and the instance's restrictions"),
	status(http.StatusNotFound, "there is nothing at this address",
		"--api-url leads to something else than Clerk's Backend API", "check --api-url"),
	status(http.StatusProxyAuthRequired, "a proxy wants a password",
		"HTTPS_PROXY names a proxy that asks who you are", "put the name and password into HTTPS_PROXY, or set NO_PROXY"),
	status(http.StatusRequestTimeout, "the server waited too long for the request",
		"the network is slow or was interrupted; whether it was processed is not known, so a create is looked up first", "run the same command again"),
	status(http.StatusConflict, "the request met another change of the same user",
		"the application changed the user at the same moment, time and again", "send such rows again with --only rejected; where it stays, look at the user in Clerk"),
	status(http.StatusRequestEntityTooLarge, "the request is too large",
		"the metadata of the row are very large, or a proxy has a small limit", "move what is large to your own database"),
	status(http.StatusRequestURITooLong, "the address that the request goes to is too long",
		"the id of the row is longer than Clerk, or a proxy on the way, allows", "use a shorter id"),
	status(http.StatusUnprocessableEntity, "the row was refused without a reason that can be read",
		"a proxy shortened or replaced the answer", "try without the proxy"),
	status(http.StatusLocked, "the user is locked for changes",
		"another change of the same user is under way", "send such rows again later with --only rejected"),
	status(http.StatusTooManyRequests, "something asks to wait", "the rate limit of Clerk, or of a proxy in between, is used up",
		"nothing needs to be done; if it happens often, use a smaller --share"),
	status(http.StatusBadGateway, "a server in front of Clerk got no usable answer", "Clerk or a proxy is away for a moment",
		"run the same command again"),
	status(http.StatusServiceUnavailable, "the service is not available", "Clerk or a proxy is away for a moment", "run the same command again"),
	status(http.StatusGatewayTimeout, "a server in front of Clerk waited too long",
		"Clerk is slow; whether the request was processed is not known, so a create is looked up first", "run the same command again"),
}

// statusPrefix begins the codes of answers without one.
const statusPrefix = "http_"

func status(number int, meaning, cause, fix string) clerkCode {
	return clerkCode{statusPrefix + strconv.Itoa(number), number, meaning, cause, fix}
}
