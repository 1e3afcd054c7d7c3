package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"carryover/migrate/sandbox"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "sk_test_of_the_sandbox"

// A box is a running sandbox and a client for it.
type box struct {
	*sandbox.Sandbox
	tb     testing.TB
	url    string
	client *http.Client
}

func startBox(tb testing.TB, cfg sandbox.Config) *box {
	tb.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		tb.Fatal(err)
	}
	url, err := s.Start(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	b := &box{Sandbox: s, tb: tb, url: url, client: &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	tb.Cleanup(func() {
		b.client.CloseIdleConnections()
		if err := s.Close(); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return b
}

// An answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// request makes a request; headers are name and value in turn.
func (b *box) request(method, path, body string, headers ...string) *http.Request {
	b.tb.Helper()
	req, err := http.NewRequest(method, b.url+path, strings.NewReader(body))
	if err != nil {
		b.tb.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		if req.Header.Set(headers[i], headers[i+1]); headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	return req
}

// do sends a request whose answer must arrive.
func (b *box) do(method, path, body string, headers ...string) answer {
	b.tb.Helper()
	resp, err := b.client.Do(b.request(method, path, body, headers...))
	if err != nil {
		b.tb.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		b.tb.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// user sends a request that must be answered with a user.
func (b *box) user(method, path, body string, headers ...string) map[string]any {
	b.tb.Helper()
	a := b.do(method, path, body, headers...)
	if a.status != http.StatusOK {
		b.tb.Fatalf("%s %s: status %d: %s", method, path, a.status, a.body)
	}
	return a.object(b.tb)
}

// add creates a user and returns its id.
func (b *box) add(body string) string {
	b.tb.Helper()
	id, err := b.AddUser([]byte(body))
	if err != nil {
		b.tb.Fatal(err)
	}
	return id
}

func (a answer) object(tb testing.TB) map[string]any {
	tb.Helper()
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.UseNumber()
	if err := d.Decode(&m); err != nil {
		tb.Fatalf("answer is no object: %v: %s", err, a.body)
	}
	return m
}

// codes returns "code param" of each error in the answer, checking on the way
// that the body has the shape of Clerk's.
func (a answer) codes(tb testing.TB) []string {
	tb.Helper()
	var body struct {
		Errors []struct {
			Message     string `json:"message"`
			LongMessage string `json:"long_message"`
			Code        string `json:"code"`
			Meta        struct {
				ParamName string `json:"param_name"`
			} `json:"meta"`
		} `json:"errors"`
		TraceID string `json:"clerk_trace_id"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil {
		tb.Fatalf("status %d, no error body: %s", a.status, a.body)
	}
	if len(body.TraceID) != 32 || body.TraceID != a.header.Get("Clerk-Trace-Id") {
		tb.Errorf("trace id %q in the body, %q in the header", body.TraceID, a.header.Get("Clerk-Trace-Id"))
	}
	var codes []string
	for _, e := range body.Errors {
		if e.Message == "" || e.LongMessage == "" {
			tb.Errorf("error %q without a message", e.Code)
		}
		codes = append(codes, strings.TrimSpace(e.Code+" "+e.Meta.ParamName))
	}
	return codes
}
