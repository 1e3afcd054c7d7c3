package migrate

import (
	"slices"
	"strconv"
	"strings"
)

// ClerkCodes returns the error codes of Clerk's that are known, group by group,
// and behind them those that stand for an answer without a code: http_<status>.
func ClerkCodes() []Code {
	var codes []Code
	for _, g := range clerkCodes {
		for _, c := range g.list {
			codes = append(codes, c.in(g.group))
		}
	}
	return codes
}

// LookupClerkCode returns what is known of an error code of Clerk's. A code
// http_<status> that is not listed is explained by the class of its status.
func LookupClerkCode(code string) (Code, bool) {
	for _, g := range clerkCodes {
		if i := slices.IndexFunc(g.list, func(c clerkCode) bool { return c.code == code }); i >= 0 {
			return g.list[i].in(g.group), true
		}
	}
	return explainStatus(code)
}

func (c clerkCode) in(group string) Code {
	return Code{Code: c.code, Status: c.status, Group: group, Meaning: c.meaning, Cause: c.cause, Fix: c.fix}
}

func explainStatus(code string) (Code, bool) {
	digits, ok := strings.CutPrefix(code, statusPrefix)
	number, err := strconv.Atoi(digits)
	if !ok || err != nil || len(digits) != 3 {
		return Code{}, false
	}
	c := Code{Code: code, Group: withoutCode, Status: number}
	switch number / 100 {
	case 1, 2:
		c.Meaning, c.Cause, c.Fix = "the answer cannot be used: it is cut off, or is not Clerk's",
			"a proxy answered, or the connection broke off", "run the same command again; if it stays, check --api-url and the proxy"
	case 3:
		c.Meaning, c.Cause, c.Fix = "the server wants the request to be sent to another address, which is not done, since it holds the key and the digests",
			"--api-url leads to an older address, or a proxy wants a sign-in", "check --api-url and the proxy"
	case 4:
		c.Meaning, c.Cause, c.Fix = "the request was refused", "a proxy answered, or Clerk did without saying why", "check --api-url and the proxy; the trace id, where there is one, tells Clerk's support more"
	case 5:
		c.Meaning, c.Cause, c.Fix = "something failed at Clerk or in front of it",
			"it is away for a moment; whether the request was processed is not known, so a create is looked up first", "run the same command again"
	default:
		return Code{}, false
	}
	return c, true
}

// MetByRun reports whether a code is one that a row gets from the instance, not
// from what is in it: the row may be sent again as it is.
func MetByRun(code string) bool {
	switch code {
	case "user_missing", "user_exists", planChangedCode, "no_answer", "identifier_taken", exhaustedCode:
		return true
	}
	_, known := LookupClerkCode(code)
	return known || settingCodes[code] || strings.HasPrefix(code, "form_") || strings.HasPrefix(code, statusPrefix)
}

// Explain says in one sentence what a problem code means for a row and what to
// do: one of the checks', or one of Clerk's own. Of a code that is not known it
// says what can be said of any.
func Explain(code string) string {
	if c, ok := LookupCode(code); ok {
		return c.Meaning + "; " + c.Fix
	}
	if c, ok := LookupClerkCode(code); ok {
		return c.Meaning + "; " + c.Fix
	}
	if strings.HasPrefix(code, "form_password_") {
		return "the password does not meet the instance's rules; set skip_password_checks, or leave the password out, so that the user sets a new one"
	}
	return "Clerk refused the row; look the code up in Clerk's documentation, or give Clerk's support the trace id of a row (carryover report --rejects lists it)"
}
