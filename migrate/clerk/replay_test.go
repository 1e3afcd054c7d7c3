package clerk

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"carryover/migrate"
)

// A rawServer answers by hand, on bare connections, and counts what arrived.
type rawServer struct {
	t      *testing.T
	listen net.Listener
	answer func(conn net.Conn, request *http.Request)

	mu       sync.Mutex
	wait     sync.WaitGroup
	arrived  map[string]int // requests by method, whose headers came
	whole    map[string]int // those whose body came too
	dialled  int
	readBody bool
}

func newRawServer(t *testing.T, readBody bool, answer func(net.Conn, *http.Request)) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &rawServer{t: t, listen: listener, answer: answer, arrived: map[string]int{}, whole: map[string]int{}, readBody: readBody}
	s.wait.Go(s.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		s.wait.Wait()
	})
	return s
}

func (s *rawServer) serve() {
	for {
		conn, err := s.listen.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.dialled++
		s.mu.Unlock()
		s.wait.Go(func() { s.talk(conn) })
	}
}

// talk answers requests, GET always well, until answer has ended the connection.
func (s *rawServer) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		s.count(s.arrived, request.Method)
		if s.readBody || request.Method == http.MethodGet {
			_, _ = io.Copy(io.Discard, request.Body)
			s.count(s.whole, request.Method)
		}
		if request.Method != http.MethodGet {
			s.answer(conn, request)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"id\":\"user_1\"}")
	}
}

func (s *rawServer) count(of map[string]int, method string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	of[method]++
}

// resetConn ends a connection with a TCP reset.
func resetConn(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// The frames of HTTP/2 that make net/http send a POST again by itself, where it
// speaks HTTP/2 (RFC 9113, sections 6.4, 6.5 and 6.8).
const (
	settingsFrame  = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	protocolError  = "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x01"
	refusedStream  = "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00\x07"
	goAwayNoStream = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// However a connection ends under a write, fresh or used before, the server sees
// the write once (T12).
func TestWritesArriveOnce(t *testing.T) {
	say := func(text string) func(net.Conn, *http.Request) {
		return func(conn net.Conn, _ *http.Request) { _, _ = io.WriteString(conn, text) }
	}
	for _, tt := range []struct {
		name     string
		readBody bool
		answer   func(net.Conn, *http.Request)
	}{
		{"closed after the headers", false, say("")},
		{"closed after the request", true, say("")},
		{"reset after the headers", false, func(c net.Conn, _ *http.Request) { resetConn(c) }},
		{"reset after the request", true, func(c net.Conn, _ *http.Request) { resetConn(c) }},
		{"reset in the answer", true, func(c net.Conn, _ *http.Request) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{")
			resetConn(c)
		}},
		{"closed in the answer's headers", true, say("HTTP/1.1 200 OK\r\nContent-Le")},
		{"408 for an idle connection", false, say("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")},
		{"408 after the request", true, say("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")},
		{"RST_STREAM PROTOCOL_ERROR", true, say(settingsFrame + protocolError)},
		{"RST_STREAM REFUSED_STREAM", true, say(settingsFrame + refusedStream)},
		{"GOAWAY", true, say(settingsFrame + goAwayNoStream)},
		{"100 Continue, then nothing", true, say("HTTP/1.1 100 Continue\r\n\r\n")},
	} {
		for _, used := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, connection used before %v", tt.name, used), func(t *testing.T) {
				s := newRawServer(t, tt.readBody, tt.answer)
				c := newTestClient(t, Config{BaseURL: "http://" + s.listen.Addr().String()})
				const n = 5
				for range n {
					if used {
						if _, err := c.User(t.Context(), "user_1"); err != nil {
							t.Fatal(err)
						}
					}
					_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{Profile: migrate.Profile{ExternalID: ptr(strings.Repeat("x", 200))}})
					if e := wantError(t, err); e.Fault != ambiguous {
						t.Errorf("create: %v (%v)", e.Fault, err)
					}
					if used {
						if _, err := c.User(t.Context(), "user_1"); err != nil {
							t.Fatal(err)
						}
					}
					_, err = c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{})
					if e := wantError(t, err); e.Fault != transient {
						t.Errorf("update: %v (%v)", e.Fault, err)
					}
				}
				s.mu.Lock()
				defer s.mu.Unlock()
				if s.arrived[http.MethodPost] != n || s.arrived[http.MethodPatch] != n {
					t.Errorf("%d creates and %d updates arrived as %v", n, n, s.arrived)
				}
			})
		}
	}
}

// HTTP/2 is not even offered: with it, net/http sends writes again by itself.
func TestHTTP2IsNotOffered(t *testing.T) {
	server, roots := quietTLS(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 200, `{"id":"user_1"}`)
	})
	var mu sync.Mutex
	var offered []string
	hellos := 0
	server.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		hellos++
		offered = append(offered, hello.SupportedProtos...)
		return nil, nil
	}
	c := newTestClient(t, Config{BaseURL: server.URL, RootCAs: roots})
	if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	for _, proto := range offered {
		if proto != "http/1.1" {
			t.Errorf("the client offers %s", proto)
		}
	}
	if hellos != 1 {
		t.Errorf("%d handshakes", hellos)
	}
}
