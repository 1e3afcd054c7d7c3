package clerk

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"testing"

	"carryover/migrate"
)

const (
	refused   = migrate.RefusedFault
	missing   = migrate.MissingFault
	exists    = migrate.ExistsFault
	notDone   = migrate.NotDoneFault
	transient = migrate.TransientFault
	ambiguous = migrate.AmbiguousFault
	stop      = migrate.StopFault
	mixed     = migrate.MixedFault
)

func TestClassifyAnswers(t *testing.T) {
	broken := errors.New("the body broke off")
	other := fmt.Errorf("decode: %w", errOtherUser)
	codes := func(codes ...string) []string { return codes }
	for _, tt := range []struct {
		name                       string
		status                     int
		codes                      []string
		params                     []string
		err                        error
		list, read, update, create migrate.Fault
	}{
		{"success", 200, nil, nil, nil, 0, 0, 0, 0},
		{"created", 201, nil, nil, nil, 0, 0, 0, 0},
		{"success without a usable body", 200, nil, nil, broken, transient, transient, transient, ambiguous},
		{"another user's answer", 200, nil, nil, other, mixed, mixed, mixed, mixed},
		{"not modified", 304, nil, nil, nil, stop, stop, stop, stop},
		{"redirect", 307, nil, nil, nil, stop, stop, stop, stop},
		{"redirect with a broken body", 301, nil, nil, broken, stop, stop, stop, stop},

		{"malformed", 400, codes("request_body_invalid"), nil, nil, refused, refused, refused, refused},
		{"400 without a document", 400, nil, nil, nil, refused, refused, refused, exists},
		{"400 already exists, whose code is empty", 400, codes(""), nil, nil, refused, refused, exists, exists},
		{"400 whose document broke off", 400, nil, nil, broken, transient, transient, transient, ambiguous},
		{"key", 401, codes("clerk_key_invalid"), nil, nil, stop, stop, stop, stop},
		{"key, without a document", 401, nil, nil, broken, stop, stop, stop, stop},
		{"payment", 402, nil, nil, nil, stop, stop, stop, stop},
		{"plan, no field named", 402, codes("unsupported_subscription_plan_features"), codes(""), nil, stop, stop, refused, refused},
		{"plan, a field named", 402, codes("feature_not_enabled"), codes("banned"), nil, stop, stop, stop, stop},
		{"forbidden for this row", 403, codes("not_allowed_access"), nil, nil, stop, refused, refused, refused},
		{"forbidden country", 403, codes("unsupported_country_code"), codes(""), nil, stop, refused, refused, refused},
		{"forbidden, without a document", 403, nil, nil, nil, stop, refused, refused, refused},
		{"instance full", 403, codes("user_quota_exceeded"), nil, nil, stop, stop, stop, stop},
		{"quota", 403, codes("quota_exceeded"), nil, nil, stop, stop, stop, stop},
		{"key may not", 403, codes("authorization_invalid"), nil, nil, stop, stop, stop, stop},
		{"feature off, no field named", 403, codes("feature_not_enabled"), codes(""), nil, stop, refused, refused, refused},
		{"feature off, a field named", 403, codes("feature_not_enabled"), codes("banned"), nil, stop, stop, stop, stop},
		{"no such user", 404, codes("resource_not_found"), nil, nil, stop, missing, missing, stop},
		{"no such page", 404, nil, nil, nil, stop, stop, stop, stop},
		{"method", 405, nil, nil, nil, stop, stop, stop, stop},
		{"proxy wants a password", 407, nil, nil, nil, stop, stop, stop, stop},
		{"request timeout", 408, nil, nil, nil, transient, transient, transient, ambiguous},
		{"conflict", 409, nil, nil, nil, transient, transient, transient, ambiguous},
		{"gone", 410, nil, nil, nil, stop, stop, stop, stop},
		{"body too large", 413, nil, nil, broken, refused, refused, refused, refused},
		{"address too long", 414, nil, nil, nil, refused, refused, refused, refused},
		{"content type", 415, codes("unsupported_content_type"), nil, nil, stop, stop, stop, stop},
		{"identifier exists", 422, codes("form_identifier_exists"), codes("email_address"), nil, refused, refused, exists, exists},
		{"identifier exists, the other code", 422, codes("form_already_exists"), nil, nil, refused, refused, exists, exists},
		{"identifier exists among others", 422, codes("form_param_format_invalid", "form_identifier_exists"), nil, nil, refused, refused, exists, exists},
		{"data", 422, codes("form_password_digest_invalid_code"), nil, nil, refused, refused, refused, refused},
		{"an empty code is no 'exists' in a 422", 422, codes(""), nil, nil, refused, refused, refused, refused},
		{"422 without a document", 422, nil, nil, nil, refused, refused, refused, exists},
		{"422 whose document broke off", 422, nil, nil, broken, transient, transient, transient, ambiguous},
		{"locked", 423, nil, nil, nil, transient, transient, transient, refused},
		{"too early", 425, nil, nil, nil, transient, transient, transient, transient},
		{"upgrade", 426, nil, nil, nil, stop, stop, stop, stop},
		{"too many requests", 429, codes("too_many_requests"), nil, nil, notDone, notDone, notDone, notDone},
		{"too many requests, a proxy's page", 429, nil, nil, broken, notDone, notDone, notDone, notDone},
		{"headers too large", 431, nil, nil, nil, refused, refused, refused, refused},
		{"unheard of", 499, codes("new_code"), nil, nil, refused, refused, refused, refused},

		{"server error", 500, codes("internal_clerk_error"), nil, nil, transient, transient, transient, ambiguous},
		{"not implemented", 501, nil, nil, nil, stop, stop, stop, stop},
		{"bad gateway", 502, nil, nil, nil, transient, transient, transient, ambiguous},
		{"unavailable", 503, nil, nil, nil, transient, transient, transient, ambiguous},
		{"maintenance", 503, codes("maintenance_mode"), nil, nil, notDone, notDone, notDone, notDone},
		{"gateway timeout", 504, nil, nil, broken, transient, transient, transient, ambiguous},
		{"HTTP version", 505, nil, nil, nil, stop, stop, stop, stop},
		{"edge", 520, nil, nil, nil, transient, transient, transient, ambiguous},
		{"edge timeout", 527, nil, nil, nil, transient, transient, transient, ambiguous},
		{"edge name", 530, nil, nil, nil, transient, transient, transient, ambiguous},
	} {
		answer := Answer{Status: tt.status, Codes: tt.codes, Params: tt.params, Err: tt.err, GotConn: true, WroteHeaders: true}
		for op, want := range map[Operation]migrate.Fault{
			ListOperation: tt.list, ReadOperation: tt.read, UpdateOperation: tt.update, CreateOperation: tt.create,
		} {
			got, environment := Classify(op, answer)
			if got != want {
				t.Errorf("%s (%d), operation %d: %v, want %v", tt.name, tt.status, op, got, want)
			}
			if want := tt.status >= 500 || tt.err != nil && want != mixed; environment != want {
				t.Errorf("%s (%d), operation %d: environment %v, want %v", tt.name, tt.status, op, environment, want)
			}
		}
	}
}

func TestClassifyNoAnswer(t *testing.T) {
	reset := errors.New("reset")
	for _, tt := range []struct {
		name               string
		answer             Answer
		idempotent, create migrate.Fault
		environment        bool
	}{
		{"no connection", Answer{Err: reset}, notDone, notDone, true},
		{"connection, headers not written", Answer{Err: reset, GotConn: true}, notDone, notDone, true},
		{"headers written", Answer{Err: reset, GotConn: true, WroteHeaders: true}, transient, ambiguous, true},
		{"cancelled before", Answer{Err: reset, Cancelled: true}, notDone, notDone, false},
		{"cancelled after", Answer{Err: reset, GotConn: true, WroteHeaders: true, Cancelled: true}, transient, ambiguous, false},
		{"unknown authority", Answer{Err: x509.UnknownAuthorityError{}}, stop, stop, false},
		{"certificate of another host", Answer{Err: fmt.Errorf("dial: %w", x509.HostnameError{})}, stop, stop, false},
		{"expired certificate", Answer{Err: &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}}, stop, stop, false},
		{"certificate turns bad on a connection in use", Answer{Err: x509.CertificateInvalidError{}, GotConn: true, WroteHeaders: true}, stop, stop, false},
	} {
		for op := ListOperation; op <= CreateOperation; op++ {
			want := tt.idempotent
			if op == CreateOperation {
				want = tt.create
			}
			got, environment := Classify(op, tt.answer)
			if got != want || environment != tt.environment {
				t.Errorf("%s, operation %d: %v, %v; want %v, %v", tt.name, op, got, environment, want, tt.environment)
			}
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(uint8(4), 422, "form_identifier_exists", true, true, false)
	f.Add(uint8(1), 0, "", false, false, false)
	f.Fuzz(func(t *testing.T, op uint8, status int, code string, got, wrote, failed bool) {
		operation := Operation(op%4) + ListOperation
		answer := Answer{Status: status, Codes: []string{code}, GotConn: got, WroteHeaders: wrote}
		if failed || status == 0 {
			answer.Err = errors.New("failed")
		}
		fault, _ := Classify(operation, answer)
		if success := status >= 200 && status < 300 && answer.Err == nil; success != (fault == 0) {
			t.Errorf("status %d, error %v: fault %v", status, answer.Err, fault)
		}
		if fault == ambiguous && operation != CreateOperation {
			t.Errorf("operation %d is ambiguous", operation)
		}
		// What may have been processed must never be called harmless.
		if operation == CreateOperation && status == 0 && got && wrote && fault != ambiguous {
			t.Errorf("a create without an answer is %v", fault)
		}
	})
}
