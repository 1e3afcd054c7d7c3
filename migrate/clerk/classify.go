package clerk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"slices"

	"carryover/migrate"
)

// An Operation is a kind of request, as far as failing is concerned.
type Operation uint8

const (
	// ListOperation reads what is always there: look-up, count, instance.
	ListOperation Operation = iota + 1
	// ReadOperation reads one user.
	ReadOperation
	// UpdateOperation changes one user. It is idempotent.
	UpdateOperation
	// CreateOperation makes a user. It is not idempotent.
	CreateOperation
)

// An Answer is what is known of a request after it ended.
type Answer struct {
	Status int      // 0 where no answer came
	Codes  []string // of Clerk's error document; nil where there is none
	Params []string // meta.param_name of each

	// Err is why there is no answer, or no whole and usable body.
	Err error

	// How far the request came, as net/http/httptrace saw it. A request
	// whose headers were not written cannot have been processed.
	GotConn, WroteHeaders bool

	// Cancelled is set where it was the caller who ended the request.
	Cancelled bool
}

// Error codes that decide against the rule of their status (Clerk's index of
// Backend API errors).
var (
	existsCodes = []string{"form_identifier_exists", "form_already_exists"}
	// Every further request meets the same: the instance is full, or the key
	// may not do this.
	instanceCodes = []string{
		"user_quota_exceeded", "quota_exceeded",
		"authorization_invalid", "authentication_invalid",
		"authorization_header_format_invalid", "clerk_key_invalid",
	}
	featureCodes = []string{"unsupported_subscription_plan_features", "feature_not_enabled"}
)

const (
	codeMaintenance  = "maintenance_mode"
	codeParamUnknown = "form_param_unknown"
	codeUnreadable   = "unreadable_code" // ours: it was no word
)

// Classify decides what a finished request means for the row that sent it; 0
// means success. environment is set for failures of the network or the
// server, which say nothing about the row.
//
// It is a pure function of its arguments and never looks at a message.
func Classify(op Operation, answer Answer) (fault migrate.Fault, environment bool) {
	if answer.Status == 0 {
		fault = noAnswerFault(op, answer)
		return fault, !answer.Cancelled && fault != migrate.StopFault
	}
	fault = statusFault(op, answer)
	broken := answer.Err != nil && !answer.Cancelled && fault != migrate.MixedFault
	return fault, broken || answer.Status >= 500
}

// noAnswerFault decides about a request that ended without an answer.
func noAnswerFault(op Operation, answer Answer) migrate.Fault {
	switch {
	case isCertificateError(answer.Err):
		return migrate.StopFault
	case !answer.GotConn || !answer.WroteHeaders:
		return migrate.NotDoneFault
	default:
		return inDoubt(op)
	}
}

// statusFault decides about an answer.
func statusFault(op Operation, answer Answer) migrate.Fault {
	status := answer.Status
	switch {
	case status >= 200 && status < 300:
		switch {
		case answer.Err == nil:
			return 0
		case errors.Is(answer.Err, errOtherUser):
			return migrate.MixedFault
		default:
			return inDoubt(op)
		}
	case status < 400:
		// Never followed: a redirect would carry digests to another place.
		return migrate.StopFault
	case status >= 500:
		return serverFault(op, answer)
	}
	switch status {
	case http.StatusUnauthorized, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
		http.StatusGone, http.StatusUnsupportedMediaType, http.StatusUpgradeRequired:
		return migrate.StopFault
	case http.StatusTooManyRequests:
		return migrate.NotDoneFault
	case http.StatusRequestTimeout, http.StatusConflict:
		return inDoubt(op)
	case http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusRequestHeaderFieldsTooLarge:
		return migrate.RefusedFault
	case http.StatusTooEarly:
		return migrate.TransientFault // not processed, so harmless for a create too
	case http.StatusLocked:
		if op == CreateOperation {
			return migrate.RefusedFault
		}
		return migrate.TransientFault
	}
	return codeFault(op, answer)
}

// serverFault decides about a 5xx.
func serverFault(op Operation, answer Answer) migrate.Fault {
	switch {
	case answer.Status == http.StatusServiceUnavailable && slices.Contains(answer.Codes, codeMaintenance):
		return migrate.NotDoneFault // the one 5xx that is a refusal
	case answer.Status == http.StatusNotImplemented, answer.Status == http.StatusHTTPVersionNotSupported:
		return migrate.StopFault
	default:
		return inDoubt(op)
	}
}

// codeFault decides about the statuses whose meaning hangs on Clerk's codes.
func codeFault(op Operation, answer Answer) migrate.Fault {
	if answer.Err != nil {
		// The body broke off, so an "exists" may have been in the rest.
		return inDoubt(op)
	}
	unread := answer.Codes == nil && op == CreateOperation // it may say "exists"
	switch answer.Status {
	case http.StatusPaymentRequired:
		if writes(op) && hasAny(answer.Codes, featureCodes) && !namesParam(answer.Params) {
			return migrate.RefusedFault
		}
		return migrate.StopFault
	case http.StatusForbidden:
		if op == ListOperation || hasAny(answer.Codes, instanceCodes) || hasAny(answer.Codes, featureCodes) && namesParam(answer.Params) {
			return migrate.StopFault
		}
	case http.StatusNotFound:
		// Without an error document of Clerk's, or on a path that always
		// exists, the base URL is wrong.
		if answer.Codes != nil && (op == UpdateOperation || op == ReadOperation) {
			return migrate.MissingFault
		}
		return migrate.StopFault
	case http.StatusBadRequest:
		// "This … already exists" comes with the empty code.
		if unread || slices.Contains(answer.Codes, "") && writes(op) {
			return migrate.ExistsFault
		}
	case http.StatusUnprocessableEntity:
		if unread || hasAny(answer.Codes, existsCodes) && writes(op) {
			return migrate.ExistsFault
		}
	}
	return migrate.RefusedFault
}

// inDoubt is the fault of a request that may have been processed.
func inDoubt(op Operation) migrate.Fault {
	if op == CreateOperation {
		return migrate.AmbiguousFault
	}
	return migrate.TransientFault
}

func writes(op Operation) bool { return op == UpdateOperation || op == CreateOperation }

func hasAny(codes, of []string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return slices.Contains(of, code) })
}

func namesParam(params []string) bool {
	return slices.ContainsFunc(params, func(param string) bool { return param != "" })
}

// isCertificateError reports whether the other side could not prove who it
// is, which another try does not mend.
func isCertificateError(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) ||
		errors.As(err, &hostname) || errors.As(err, &invalid)
}
