package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A problem is one entry of Clerk's error body. No text in it repeats a value
// that was sent.
type problem struct {
	Message     string `json:"message"`
	LongMessage string `json:"long_message"`
	Code        string `json:"code"`
	Meta        *meta  `json:"meta,omitempty"`

	status int
}

type meta struct {
	ParamName  string   `json:"param_name,omitempty"`
	ParamNames []string `json:"param_names,omitempty"`
}

// problems are what is wrong with one request; the first decides the status.
type problems []problem

// names tells whether one of the problems is about param.
func (ps problems) names(param string) bool {
	return slices.ContainsFunc(ps, func(p problem) bool { return p.Meta != nil && p.Meta.ParamName == param })
}

// errorBody is the shape of Clerk's ClerkErrors.
type errorBody struct {
	Errors  problems `json:"errors"`
	TraceID string   `json:"clerk_trace_id"`
}

// problemsError is for callers in Go: codes and properties, no values.
func problemsError(ps problems) error {
	words := make([]string, len(ps))
	for i, p := range ps {
		words[i] = p.Code
		if p.Meta != nil && p.Meta.ParamName != "" {
			words[i] += " (" + p.Meta.ParamName + ")"
		}
	}
	return errors.New("the sandbox refuses the user: " + strings.Join(words, ", "))
}

// general makes a problem that is about no property.
func general(status int, code, message, long string) problem {
	return problem{status: status, Code: code, Message: message, LongMessage: long}
}

// invalid makes a 422 about one property. The text goes on from the property's
// name: "must be …".
func invalid(code, param, text string) problem {
	return problem{
		status:  http.StatusUnprocessableEntity,
		Code:    code,
		Message: text, LongMessage: param + " " + text + ".",
		Meta: &meta{ParamName: param},
	}
}

func unknownParam(param string) problem {
	return invalid("form_param_unknown", param, "is not a valid parameter for this request")
}

func wrongType(param, want string) problem {
	return invalid("form_param_type_invalid", param, "must be "+want)
}

func badValue(param, want string) problem {
	return invalid("form_param_value_invalid", param, want)
}

func badFormat(param, want string) problem {
	return invalid("form_param_format_invalid", param, want)
}

// identifierExists is Clerk's answer to a value that another user has. That it
// is also the answer to a duplicate external_id is a guess: no source tells.
func identifierExists(kind string) problem {
	noun := strings.ReplaceAll(kind, "_", " ")
	p := invalid("form_identifier_exists", kind, "is taken")
	p.Message = "That " + noun + " is taken. Please try another."
	p.LongMessage = p.Message
	return p
}

func userQuota(max int) problem {
	return general(http.StatusForbidden, "user_quota_exceeded", "user quota exceeded",
		fmt.Sprintf("You have reached your limit of %d users.", max))
}

// missingData is Clerk's answer to a user without what the instance requires.
func missingData(params []string) problem {
	quoted := make([]string, len(params))
	for i, p := range params {
		quoted[i] = strconv.Quote(p)
	}
	text := "[" + strings.Join(quoted, " ") + "] data doesn't match user requirements set for this instance"
	p := general(http.StatusUnprocessableEntity, "form_data_missing", "missing data", text)
	p.Meta = &meta{ParamNames: params}
	return p
}

func noSuchUser(id string) problem {
	return general(http.StatusNotFound, "resource_not_found", "not found", "No user was found with id "+id+".")
}

var (
	badBody = general(http.StatusBadRequest, "request_body_invalid", "request body invalid",
		"The request body is not one JSON object in UTF-8 with unique member names.")
	bigBody = general(http.StatusRequestEntityTooLarge, "request_body_too_large", "request body too large",
		"The request body is larger than 1 MiB.")
	badContentType = general(http.StatusUnsupportedMediaType, "unsupported_content_type", "unsupported content type",
		"The Content-Type of a request with a body must be application/json.")
	noSuchEndpoint = general(http.StatusNotFound, "resource_not_found", "not found",
		"The sandbox has no such endpoint.")
	badMethod = general(http.StatusMethodNotAllowed, "method_not_allowed", "method not allowed",
		"The endpoint does not take this method.")
	tooManyRequests = general(http.StatusTooManyRequests, "too_many_requests", "too many requests",
		"Too many requests, retry later")
	noAuthorization = general(http.StatusUnauthorized, "authorization_header_format_invalid", "Invalid Authorization header format",
		"Invalid Authorization header format. Must be \"Bearer <YOUR_API_KEY>\"")
	badKey = general(http.StatusUnauthorized, "clerk_key_invalid", "The provided Clerk Secret Key is invalid",
		"The sandbox takes keys that begin with sk_test_ or sk_live_sandbox. A key of a real production instance has no business here.")
	wrongKey = general(http.StatusUnauthorized, "authentication_invalid", "Unable to authenticate the request",
		"The key is not the one that this sandbox was started with.")
	badVersion = general(http.StatusBadRequest, "api_version_invalid", "API version invalid",
		"The sandbox speaks the API versions 2025-11-10 and 2026-05-12 (header Clerk-API-Version).")
)
