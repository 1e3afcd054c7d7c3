package clerk

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"

	"carryover/migrate"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = migrate.Secret("sk_test_0123456789abcdef")

// setup returns a client of a server with that handler, both closed at the
// end of the test.
func setup(t *testing.T, config Config, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	config.BaseURL = server.URL
	c := newTestClient(t, config)
	t.Cleanup(func() {
		c.Close()
		server.Close()
	})
	return c
}

func newTestClient(t *testing.T, config Config) *Client {
	t.Helper()
	if config.Key == "" {
		config.Key = testKey
	}
	c, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// An exchange stands in for the network: it is called when the headers have
// been written.
type exchange func(*http.Request) (*http.Response, error)

func (e exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil {
		trace.GetConn("")
		trace.GotConn(httptrace.GotConnInfo{})
		trace.WroteHeaders()
	}
	return e(req)
}

// overExchange returns a client without a network, for synctest.
func overExchange(t *testing.T, config Config, e exchange) *Client {
	t.Helper()
	config.Key = testKey
	c, err := newClient(config, e)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// reply makes an answer; header is a list of names and values.
func reply(status int, body string, header ...string) *http.Response {
	h := make(http.Header)
	for i := 0; i < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body))}
}

// refusal is Clerk's error document with one code.
func refusal(code, param string) string {
	meta := ""
	if param != "" {
		meta = `,"meta":{"param_name":"` + param + `"}`
	}
	return `{"errors":[{"message":"m","long_message":"l","code":"` + code + `"` + meta + `}],"clerk_trace_id":"trace1"}`
}

// wantError returns err as what every error of a client is.
func wantError(t *testing.T, err error) *migrate.Error {
	t.Helper()
	var e *migrate.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T) is not a *migrate.Error", err, err)
	}
	return e
}

func ptr[T any](v T) *T { return &v }

// A record collects requests, with their bodies, as they arrive.
type record struct {
	mu       sync.Mutex
	requests []recorded
}

type recorded struct {
	line, body string
	header     http.Header
	proto      int
}

func (r *record) add(req *http.Request) recorded {
	body, _ := io.ReadAll(req.Body)
	one := recorded{
		line:   req.Method + " " + req.URL.RequestURI(),
		body:   string(body),
		header: req.Header.Clone(),
		proto:  req.ProtoMajor,
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, one)
	return one
}

func (r *record) all() []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]recorded(nil), r.requests...)
}

func (r *record) lines() []string {
	var lines []string
	for _, one := range r.all() {
		lines = append(lines, one.line)
	}
	return lines
}
