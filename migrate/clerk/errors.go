package clerk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"carryover/migrate"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	maxErrors    = 32 // of one error document that are kept
	maxWordBytes = 128
)

// An errorDocument is Clerk's error body, reduced to what can be kept: codes,
// names of parameters and the trace id. Messages may hold the value that was
// refused, so they are not read at all.
type errorDocument struct {
	Errors []struct {
		Code string         `json:"code"`
		Meta jsontext.Value `json:"meta"`
	} `json:"errors"`
	TraceID string `json:"clerk_trace_id"`
}

// parseErrors reads Clerk's error document. ok is false where body is
// something else, such as a proxy's page; then codes is nil. Otherwise codes
// and params have one item for each error.
func parseErrors(body []byte) (codes, params []string, traceID string, ok bool) {
	var document errorDocument
	err := json.Unmarshal(body, &document, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if err != nil || document.Errors == nil {
		return nil, nil, "", false
	}
	found := document.Errors[:min(len(document.Errors), maxErrors)]
	codes, params = make([]string, len(found)), make([]string, len(found))
	for i, e := range found {
		codes[i] = word(e.Code, codeUnreadable)
		params[i] = paramName(e.Meta)
	}
	return codes, params, word(document.TraceID, ""), true
}

// paramName returns the parameter that an error's meta names, or "".
func paramName(meta jsontext.Value) string {
	var names struct {
		ParamName  string   `json:"param_name"`
		ParamNames []string `json:"param_names"`
	}
	// A meta of another shape names nothing.
	if err := json.Unmarshal(meta, &names, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true)); err != nil {
		return ""
	}
	if names.ParamName == "" && len(names.ParamNames) > 0 {
		return word(names.ParamNames[0], "")
	}
	return word(names.ParamName, "")
}

// word returns s where it looks like a code, a name or an id, and instead
// otherwise: whatever else a server puts there must not reach a log.
func word(s, instead string) string {
	if len(s) > maxWordBytes {
		return instead
	}
	for _, c := range []byte(s) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (c < '0' || c > '9') && !strings.ContainsRune("_-.[]:/", rune(c)) {
			return instead
		}
	}
	return s
}

// answerError makes the error of a request that was answered, or nil where
// the answer is a success. body is what could be read of the answer's, and
// cause why that is not usable.
func answerError(ctx context.Context, k call, resp *http.Response, body []byte, cause error) *migrate.Error {
	answer := Answer{Status: resp.StatusCode, Err: cause, GotConn: true, WroteHeaders: true, Cancelled: ctx.Err() != nil}
	e := &migrate.Error{Op: k.op(), Status: resp.StatusCode, Err: scrub(cause, 0)}
	if resp.StatusCode >= 300 {
		e.Codes, e.Params, e.TraceID, e.JSON = parseErrors(body)
	}
	if e.TraceID == "" {
		e.TraceID = word(resp.Header.Get("Clerk-Trace-Id"), "")
	}
	answer.Codes, answer.Params = e.Codes, e.Params
	e.Fault, e.Environment = Classify(k.operation, answer)
	if e.Fault == 0 {
		return nil
	}
	if asksToWait(resp) {
		e.RetryAfter = ParseRetryAfter(resp.Header, time.Now())
	}
	return e
}

// asksToWait reports whether an answer closes the gate by its header: a 429
// always, a 503 where it says for how long.
func asksToWait(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") != ""
}

// noAnswerError makes the error of a request that was not answered. ctx is
// the caller's, which tells whether it was the caller who ended it.
func noAnswerError(ctx context.Context, k call, seen *progress, cause error, timeout time.Duration) *migrate.Error {
	ended := ctx.Err()
	answer := Answer{Err: cause, Cancelled: ended != nil || errors.Is(cause, errDrained) || errors.Is(cause, errRecalled)}
	_, answer.GotConn, answer.WroteHeaders = seen.read()
	e := &migrate.Error{Op: k.op()}
	e.Fault, e.Environment = Classify(k.operation, answer)
	if ended != nil {
		e.Err = ended
	} else {
		e.Err = scrub(cause, timeout)
	}
	return e
}

// ErrUntrusted is a server whose certificate nobody has signed that is trusted:
// neither by the system nor by Config.RootCAs.
var ErrUntrusted = errors.New("the server's certificate is not trusted by this machine")

// A cause is a failure in words of our own. The texts of net/http and its
// kind may quote URLs, headers and bytes of the answer.
type cause struct {
	text string
	err  error // nil, or something safe to compare with
}

// Error implements error.
func (c *cause) Error() string { return c.text }

// Unwrap returns an error that callers may compare with: a system error
// number, io.ErrUnexpectedEOF, os.ErrDeadlineExceeded, context.Canceled or
// ErrUntrusted.
func (c *cause) Unwrap() error { return c.err }

// scrub puts a failure into words that hold nothing of the request or the
// answer. timeout is the time that a request may take.
func scrub(err error, timeout time.Duration) error {
	var own *cause
	var dns *net.DNSError
	var number syscall.Errno
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own
	case errors.As(err, &hostname):
		return &cause{text: "the server's certificate is for another host"}
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return &cause{text: "the server's certificate has expired or is not valid yet: check this machine's clock too"}
	case isCertificateError(err):
		return &cause{text: ErrUntrusted.Error(), err: ErrUntrusted}
	case errors.As(err, &record):
		return &cause{text: "the server does not speak TLS"}
	case errors.As(err, &dns):
		return &cause{text: "the server's name cannot be resolved"}
	case errors.Is(err, context.Canceled):
		return &cause{text: "the request was cancelled", err: context.Canceled}
	case isTimeout(err):
		text := "the answer did not come in time"
		if timeout > 0 {
			text = fmt.Sprintf("no answer within %s", timeout)
		}
		return &cause{text: text, err: os.ErrDeadlineExceeded}
	case errors.As(err, &number):
		return &cause{text: number.Error(), err: number}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return &cause{text: "the connection ended before the answer did", err: io.ErrUnexpectedEOF}
	default:
		return &cause{text: "the exchange with the server failed"}
	}
}

// isTimeout reports whether err is a time limit that ran out.
func isTimeout(err error) bool {
	var timeout net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
}
