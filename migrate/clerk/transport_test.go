package clerk

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// hijack answers a request by hand, on the bare connection.
func hijack(t *testing.T, w http.ResponseWriter, do func(net.Conn)) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	do(conn)
	_ = conn.Close()
}

// net/http repeats requests by itself where it believes that to be harmless.
func TestPostIsNeverSentTwice(t *testing.T) {
	var posts atomic.Int64
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodGet {
			answer(w, 200, `{"id":"user_1"}`)
			return
		}
		posts.Add(1)
		hijack(t, w, func(net.Conn) {}) // close the kept connection, without a word
	})
	const n = 20
	for i := range n {
		// So that the create goes over a connection that was in use before.
		if _, err := c.User(t.Context(), "user_1"); err != nil {
			t.Fatal(err)
		}
		_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
		if e := wantError(t, err); e.Fault != ambiguous || e.Status != 0 || !e.Environment || e.Code() != "no_answer" {
			t.Errorf("create %d: %+v", i, e)
		}
	}
	if got := posts.Load(); got != n {
		t.Errorf("%d creates arrived as %d", n, got)
	}
}

func TestRequestsCannotBeReplayed(t *testing.T) {
	c := newTestClient(t, Config{})
	for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodPut} {
		req, err := c.request(t.Context(), call{method: method, template: "/users", body: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if req.GetBody != nil {
			t.Errorf("%s has GetBody, with which net/http may send it again", method)
		}
		for name := range req.Header {
			if strings.Contains(strings.ToLower(name), "idempotency") {
				t.Errorf("%s has %s, with which net/http does", method, name)
			}
		}
	}
}

func TestBrokenAnswers(t *testing.T) {
	for _, tt := range []struct {
		name           string
		write          string
		create, update migrate.Fault
	}{
		{"nothing", "", ambiguous, transient},
		{"half a status line", "HTTP/1.1 2", ambiguous, transient},
		{"not HTTP", "CANARY\r\n\r\n", ambiguous, transient},
		{"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":\"user_1\"}", ambiguous, transient},
		{"half an error", "HTTP/1.1 422 X\r\nContent-Length: 100\r\n\r\n{\"errors\":[{\"code\":", ambiguous, transient},
		{"a key that is refused, half", "HTTP/1.1 401 X\r\nContent-Length: 100\r\n\r\n{", stop, stop},
		{"compressed, unasked", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b", ambiguous, transient},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				hijack(t, w, func(conn net.Conn) { _, _ = io.WriteString(conn, tt.write) })
			})
			_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
			if e := wantError(t, err); e.Fault != tt.create {
				t.Errorf("create: %v, want %v", e.Fault, tt.create)
			}
			_, err = c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
			if e := wantError(t, err); e.Fault != tt.update {
				t.Errorf("update: %v, want %v", e.Fault, tt.update)
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	c := newTestClient(t, Config{BaseURL: "http://" + listener.Addr().String()})
	_, err = c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
	e := wantError(t, err)
	if e.Fault != notDone || !e.Environment || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("%+v", e)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var stolen atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, location := range []string{other.URL + "/v1/users", "/v1/elsewhere", "http://%zz", ""} {
			var seen record
			c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				seen.add(r)
				if location != "" {
					w.Header().Set("Location", location)
				}
				w.WriteHeader(status)
			})
			_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
			if e := wantError(t, err); e.Fault != stop || e.Status != status {
				t.Errorf("%d to %q: %v", status, location, e)
			}
			if _, err := c.LookUp(t.Context(), []string{"a"}); wantError(t, err).Fault != stop {
				t.Errorf("%d to %q: %v", status, location, err)
			}
			if n := len(seen.all()); n != 2 {
				t.Errorf("%d to %q: %d requests, want 2", status, location, n)
			}
		}
	}
	if n := stolen.Load(); n != 0 {
		t.Errorf("another host got %d requests, with the key", n)
	}
}

// quietTLS is a server that would rather speak HTTP/2.
func quietTLS(t *testing.T, handler http.HandlerFunc) (server *httptest.Server, roots *x509.CertPool) {
	server = httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes that are meant to fail
	server.StartTLS()
	t.Cleanup(server.Close)
	roots = x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return server, roots
}

func TestTLSAndHTTP1(t *testing.T) {
	var seen record
	server, roots := quietTLS(t, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		answer(w, 200, `{"id":"user_1"}`)
	})
	c := newTestClient(t, Config{BaseURL: server.URL, RootCAs: roots})
	if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
		t.Fatal(err)
	}
	if got := seen.all(); len(got) != 1 || got[0].proto != 1 {
		t.Errorf("requests %+v, want one over HTTP/1.1", got)
	}
}

func TestUntrustedCertificateStops(t *testing.T) {
	server, roots := quietTLS(t, func(http.ResponseWriter, *http.Request) { t.Error("a request arrived") })
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	for name, config := range map[string]Config{
		"unknown authority": {BaseURL: server.URL, RootCAs: x509.NewCertPool()},
		"another host":      {BaseURL: "https://localhost:" + port, RootCAs: roots},
	} {
		c := newTestClient(t, config)
		_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
		if e := wantError(t, err); e.Fault != stop || e.Status != 0 {
			t.Errorf("%s: %+v", name, e)
		}
		c.Close()
	}
}

func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	c := setup(t, Config{Timeout: 50 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPatch { // headers in time, the body not
			w.WriteHeader(200)
			_ = http.NewResponseController(w).Flush()
		}
		<-release
	})
	defer close(release)
	_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
	e := wantError(t, err)
	if e.Fault != ambiguous || !e.Environment || !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%+v", e)
	}
	_, err = c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
	if e := wantError(t, err); e.Fault != transient || e.Status != 200 || !e.Environment {
		t.Errorf("%+v", e)
	}
	if s := c.Stats(); s.ByStatus[0] != 1 || s.ByStatus[200] != 1 || s.Requests != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestTimeoutBeginsWhenTheRequestIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var asked time.Duration
		c := overExchange(t, Config{Timeout: 2 * time.Second, Limit: Limit{N: 3, Window: 3 * time.Minute}}, func(req *http.Request) (*http.Response, error) {
			deadline, _ := req.Context().Deadline()
			asked = time.Until(deadline)
			time.Sleep(time.Second)
			return reply(200, `{"id":"user_1"}`), nil
		})
		begin := time.Now()
		for range 3 { // the last waits two minutes for its turn
			if _, err := c.User(t.Context(), "user_1"); err != nil {
				t.Fatal(err)
			}
			if asked != 2*time.Second {
				t.Errorf("the request had %v left", asked)
			}
		}
		if took := time.Since(begin); took < 2*time.Minute+time.Second || took > 2*time.Minute+2*time.Second {
			t.Errorf("three requests took %v", took)
		}
		s := c.Stats()
		if l := s.Latency; l.Max != time.Second || l.P50 < 990*time.Millisecond || l.P50 > time.Second {
			t.Errorf("latency %+v holds the wait for the turn", l)
		}
		if s.Requests != 3 || s.ByStatus[200] != 3 || s.Gates != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

// A slowBody takes its time.
type slowBody struct {
	io.ReadCloser
	wait time.Duration
}

func (b *slowBody) Read(p []byte) (int, error) {
	time.Sleep(b.wait)
	b.wait = 0
	return b.ReadCloser.Read(p)
}

func TestLatencyCountsTheBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
			resp := reply(200, `{"id":"user_1"}`)
			resp.Body = &slowBody{resp.Body, 3 * time.Second}
			return resp, nil
		})
		if _, err := c.User(t.Context(), "user_1"); err != nil {
			t.Fatal(err)
		}
		if got := c.Stats().Latency.Max; got != 3*time.Second {
			t.Errorf("latency %v", got)
		}
	})
}

func TestConnectionsAreKept(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 429, refusal("too_many_requests", "")) // also after failures
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := newTestClient(t, Config{BaseURL: server.URL})
	c.pacer.jitter = func(time.Duration) time.Duration { return -time.Hour } // no gate
	for range 50 {
		if _, err := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{}); err == nil {
			t.Fatal("success")
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("50 requests opened %d connections", n)
	}
	c.Close()
}

// A request that comes too early on a connection is answered before it is
// read whole; the answer counts.
func TestAnswerBeforeTheBodyIsRead(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = bufio.NewReaderSize(conn, 16).ReadString('\n')
		_, _ = io.WriteString(conn, "HTTP/1.1 429 X\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn)
	}()
	c := newTestClient(t, Config{BaseURL: "http://" + listener.Addr().String()})
	_, err = c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
	if e := wantError(t, err); e.Fault != notDone || e.RetryAfter != 3*time.Second {
		t.Errorf("%+v", e)
	}
	c.Close()
}
