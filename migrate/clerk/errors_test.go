package clerk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct {
		name   string
		body   string
		codes  []string
		params []string
		trace  string
		ok     bool
	}{
		{"as Clerk writes it", refusal("form_identifier_exists", "email_address"), []string{"form_identifier_exists"}, []string{"email_address"}, "trace1", true},
		{"several", `{"errors":[{"code":"a","meta":{"param_name":"x"}},{"code":"b"}]}`, []string{"a", "b"}, []string{"x", ""}, "", true},
		{"several parameters for one", `{"errors":[{"code":"form_data_missing","meta":{"param_names":["first_name","last_name"]}}]}`, []string{"form_data_missing"}, []string{"first_name"}, "", true},
		{"the empty code is kept", `{"errors":[{"message":"This e-mail already exists.","code":""}]}`, []string{""}, []string{""}, "", true},
		{"no errors in the list", `{"errors":[]}`, []string{}, []string{}, "", true},
		{"meta of another shape", `{"errors":[{"code":"a","meta":["x"]}]}`, []string{"a"}, []string{""}, "", true},
		{"a code that is a value", `{"errors":[{"code":"canary@example.org"}]}`, []string{"unreadable_code"}, []string{""}, "", true},
		{"a parameter that is a value", `{"errors":[{"code":"a","meta":{"param_name":"canary@example.org"}}]}`, []string{"a"}, []string{""}, "", true},
		{"a trace id that is not one", `{"errors":[{"code":"a"}],"clerk_trace_id":"\u001b[31m"}`, []string{"a"}, []string{""}, "", true},
		{"invalid UTF-8 in a message", "{\"errors\":[{\"code\":\"a\",\"message\":\"\xff\"}]}", []string{"a"}, []string{""}, "", true},
		{"a page", "<html><body>429</body></html>", nil, nil, "", false},
		{"another document", `{"error":"nope"}`, nil, nil, "", false},
		{"null", `null`, nil, nil, "", false},
		{"errors is null", `{"errors":null}`, nil, nil, "", false},
		{"errors of another shape", `{"errors":"nope"}`, nil, nil, "", false},
		{"broken off", `{"errors":[{"code":"a"`, nil, nil, "", false},
		{"nothing", "", nil, nil, "", false},
	} {
		codes, params, trace, ok := parseErrors([]byte(tt.body))
		if !cmp.Equal(codes, tt.codes) || !cmp.Equal(params, tt.params) || trace != tt.trace || ok != tt.ok {
			t.Errorf("%s: %q, %q, %q, %v; want %q, %q, %q, %v", tt.name, codes, params, trace, ok, tt.codes, tt.params, tt.trace, tt.ok)
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		refusal("form_identifier_exists", "email_address"), `{"errors":[{"code":""}]}`, `{"errors":[]}`, `null`, `[]`,
		`{"errors":[{"code":1}]}`, `{"errors":[null]}`, `{"errors":[{"code":"a","code":"b"}],"errors":[]}`,
		"<html>", "\xff", strings.Repeat("[", 20_000), `{"errors":[{"code":"a","meta":{"param_names":[]}}]}`,
		`{"id":"user_1","external_id":"a","email_addresses":[{"id":"idn_1"}]}`,
		`{"id":"user_1","created_at":1e400}`, `[{"id":"user_1"},null]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		codes, params, trace, ok := parseErrors(body)
		if len(codes) != len(params) || len(codes) > maxErrors || ok != (codes != nil) {
			t.Fatalf("%d codes, %d parameters, ok %v", len(codes), len(params), ok)
		}
		for _, text := range append(append([]string{trace}, codes...), params...) {
			if len(text) > maxWordBytes || strings.ContainsAny(text, " @\n\x1b\"<") {
				t.Errorf("%q is kept", text)
			}
		}
		// The decoders of successes meet the same bytes.
		if accounts, err := byExternalID.decode(body, []string{"a"}); err == nil {
			for _, a := range accounts {
				if a.ID == "" || a.ExternalID != "a" {
					t.Errorf("look-up took %q, %q", a.ID, a.ExternalID)
				}
			}
		}
		var u user
		if decodeJSON(body, &u) == nil {
			if a, ok := u.account(); ok && a.ID == "" {
				t.Error("a user without an id")
			}
		}
	})
}

func TestScrub(t *testing.T) {
	const canary = "CANARY"
	query := &url.Error{Op: "Get", URL: "https://api.clerk.com/v1/users?external_id=" + canary, Err: errors.New(canary)}
	for _, tt := range []struct {
		name string
		err  error
		text string // part of it
		is   error
	}{
		{"anything", query, "failed", nil},
		{"refused", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, "refused", syscall.ECONNREFUSED},
		{"reset", fmt.Errorf("%s: %w", canary, syscall.ECONNRESET), "reset", syscall.ECONNRESET},
		{"end", fmt.Errorf("%s: %w", canary, io.EOF), "ended", io.ErrUnexpectedEOF},
		{"half a body", io.ErrUnexpectedEOF, "ended", io.ErrUnexpectedEOF},
		{"time", context.DeadlineExceeded, "within 7s", os.ErrDeadlineExceeded},
		{"dial time", &net.OpError{Op: canary, Err: os.ErrDeadlineExceeded}, "within 7s", os.ErrDeadlineExceeded},
		{"name", &net.DNSError{Err: "no such host", Name: canary}, "resolved", nil},
		{"host", x509.HostnameError{Certificate: &x509.Certificate{}, Host: canary}, "another host", nil},
		{"authority", x509.UnknownAuthorityError{}, "not trusted", ErrUntrusted},
		{"expired", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Detail: canary}}, "expired", nil},
		{"no TLS", tls.RecordHeaderError{Msg: canary}, "does not speak TLS", nil},
		{"cancelled", fmt.Errorf("%s: %w", canary, context.Canceled), "cancelled", context.Canceled},
		{"own words", fmt.Errorf("x: %w", errUndecodable), errUndecodable.text, nil},
	} {
		got := scrub(tt.err, 7*time.Second)
		if !strings.Contains(got.Error(), tt.text) || strings.Contains(got.Error(), canary) {
			t.Errorf("%s: %q, want it to say %q", tt.name, got, tt.text)
		}
		if tt.is != nil && !errors.Is(got, tt.is) {
			t.Errorf("%s: %v cannot be told as %v", tt.name, got, tt.is)
		}
		for inner := got; inner != nil; inner = errors.Unwrap(inner) {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", inner, inner, inner), canary) {
				t.Errorf("%s: the cause quotes what it must not", tt.name)
			}
		}
	}
	if scrub(nil, 0) != nil {
		t.Error("scrub of no error is one")
	}
}
