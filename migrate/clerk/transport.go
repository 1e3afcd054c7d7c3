package clerk

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second

	// Below what servers usually keep, so that a request seldom meets a
	// connection that the other side has just given up.
	idleTimeout = 30 * time.Second
)

// A transport paces requests: it asks the pacer, sends, and tells the pacer
// what came back. It never sends a request twice.
//
// The timeout begins when the request is sent, so a long wait at the pacer
// does not eat it up, and ends when the answer's body is closed.
type transport struct {
	pacer   *pacer
	tally   *tally
	timeout time.Duration
	settle  time.Duration // after this, a request cannot arrive any more
	base    http.RoundTripper
}

// roundTrip sends a request when its moment has come. Where the request's
// context ends before it could leave, the error is the context's; errDrained or
// errRecalled where the client is drained or the request called back. way is
// what the request reports to.
func (t *transport) roundTrip(req *http.Request, way *progress) (*http.Response, error) {
	sent, err := t.pacer.enter(req.Context())
	if err != nil {
		return nil, err
	}
	t.tally.begin()
	seen := observation{method: req.Method, sent: sent}
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	resp, err := t.base.RoundTrip(req.WithContext(ctx))
	seen.received = time.Now()
	if err != nil {
		t.unanswered(seen, way, ctx.Err() != nil)
		cancel()
		return nil, err
	}
	seen.status = resp.StatusCode
	t.pacer.leave(seen)
	if asksToWait(resp) {
		// At once, not when the body is read: others are about to leave.
		t.pacer.holdFor(ParseRetryAfter(resp.Header, seen.received), sent)
	}
	resp.Body = &answerBody{ReadCloser: resp.Body, done: func() {
		cancel()
		seen.received = time.Now()
		t.tally.count(seen)
	}}
	return resp, nil
}

// unanswered accounts for a request that no answer came to. One that was given
// up may still arrive; one that never had a connection cannot.
func (t *transport) unanswered(seen observation, way *progress, givenUp bool) {
	t.tally.count(seen)
	if _, gotConn, _ := way.read(); !gotConn {
		t.pacer.giveBack()
		return
	}
	if givenUp {
		seen.settles = seen.sent.Add(t.settle)
	}
	t.pacer.leave(seen)
}

// An answerBody tells when its reader has closed it.
type answerBody struct {
	io.ReadCloser
	done func()
	once sync.Once
}

// Close implements io.Closer.
func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	b.once.Do(b.done)
	return err
}

// newHTTPTransport returns the transport below the pacing one.
//
// It speaks HTTP/1.1 only: net/http sends a POST again by itself when an
// HTTP/2 server resets the stream, and one broken connection would leave
// every create under way in doubt at once.
func newHTTPTransport(timeout time.Duration, connections int, roots *x509.CertPool) *http.Transport {
	var http1 http.Protocols
	http1.SetHTTP1(true)
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout:    handshakeTimeout,
		Protocols:              &http1,
		ResponseHeaderTimeout:  timeout,
		IdleConnTimeout:        idleTimeout,
		MaxConnsPerHost:        connections,
		MaxIdleConns:           connections,
		MaxIdleConnsPerHost:    connections,
		MaxResponseHeaderBytes: 64 << 10,
		// A compressed answer could grow without bound when it is unpacked.
		DisableCompression: true,
	}
}

// progress is how far one request came, which decides whether Clerk may have
// seen it.
type progress struct {
	mu           sync.Mutex
	sent         time.Time // when it left the pacer; zero where it did not
	gotConn      bool
	wroteHeaders bool
}

// watch returns a context whose requests report to p.
func (p *progress) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.sent = time.Now()
		},
		GotConn: func(httptrace.GotConnInfo) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.gotConn = true
		},
		WroteHeaders: func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.wroteHeaders = true
		},
	})
}

// read returns what is known so far.
func (p *progress) read() (sent time.Time, gotConn, wroteHeaders bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent, p.gotConn, p.wroteHeaders
}
