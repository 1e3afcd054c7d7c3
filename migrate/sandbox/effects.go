package sandbox

import (
	"bytes"
	"compress/gzip"
	"net"
	"net/http"
	"strconv"
	"time"
)

// What the faults of faults.go do on the wire.

var (
	internalError = general(http.StatusInternalServerError, "internal_clerk_error", "Oops, an unexpected error occurred",
		"There was an internal error on our servers. We've been notified and are working on fixing it.")
	maintenance = general(http.StatusServiceUnavailable, "maintenance_mode", "System under maintenance",
		"We are currently undergoing maintenance and our services are temporarily unavailable. Please try again later.")
	lostKey   = general(http.StatusUnauthorized, "clerk_key_invalid", "The provided Clerk Secret Key is invalid", "Make sure that your Clerk Secret Key is correct.")
	payment   = general(http.StatusPaymentRequired, "unsupported_subscription_plan_features", "Unsupported plan features", "Some features are not supported in your current plan.")
	forbidden = general(http.StatusForbidden, "authorization_invalid", "Unauthorized request", "You are not authorized to perform this request")
	// No source tells the code of a 409: this is a guess.
	conflict = general(http.StatusConflict, "conflict", "Conflict", "The user is being changed by another request.")
)

// status answers as Clerk does with 500, and as a proxy does with the rest.
func status(code int) func(*call, reply) {
	if code == http.StatusInternalServerError {
		return deny(internalError)
	}
	text := strconv.Itoa(code) + " " + http.StatusText(code)
	page := []byte("<html>\n<head><title>" + text + "</title></head>\n<body><h1>" + text + "</h1></body>\n</html>\n")
	return func(c *call, _ reply) { c.send(reply{status: code, contentType: "text/html", body: page}) }
}

func deny(p problem) func(*call, reply) {
	return func(c *call, _ reply) { c.send(c.refuse(p)) }
}

// lateness is how much later a request is applied by the fault "late".
const lateness = time.Second

// faultPause is the Retry-After of the 429 faults.
const faultPause = 2 * time.Second

// slowDown answers 429 with the Retry-After that form returns.
func slowDown(form func(now time.Time) string) func(*call, reply) {
	return func(c *call, _ reply) {
		answer := c.refuse(tooManyRequests)
		if form != nil {
			now := c.s.cfg.Now()
			c.w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
			answer.retryAfter = form(now)
		}
		c.send(answer)
	}
}

func inSeconds(time.Time) string  { return strconv.Itoa(int(faultPause / time.Second)) }
func asDate(now time.Time) string { return now.Add(faultPause).UTC().Format(http.TimeFormat) }
func asGarbage(time.Time) string  { return "in a while" }
func asHuge(time.Time) string     { return "99999999999999999999" }

func redirect(c *call, _ reply) {
	c.w.Header().Set("Location", "/v1/redirected")
	c.send(reply{status: http.StatusTemporaryRedirect, contentType: "text/html"})
}

func htmlOK(c *call, _ reply) {
	c.send(reply{status: http.StatusOK, contentType: "text/html", body: []byte("<!doctype html><title>Welcome</title><p>Please sign in to this network.</p>\n")})
}

// hangUp closes the connection. net/http does so, without a word, for a handler
// that panics with this value.
func hangUp(*call, reply) { panic(http.ErrAbortHandler) }

// closeEarly closes the connection at once; hangUp would first wait for the body.
func closeEarly(c *call, _ reply) { c.cut(false) }

// reset ends the connection with a TCP reset, where there is one to be had.
func reset(c *call, _ reply) { c.cut(true) }

func (c *call) cut(hard bool) {
	conn, _, err := http.NewResponseController(c.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok && hard {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// hang waits for the client to give up.
func hang(c *call, answer reply) {
	select {
	case <-c.r.Context().Done():
	case <-c.s.done:
	}
	hangUp(c, answer)
}

func halfBody(c *call, answer reply) {
	c.sendPart(answer, len(answer.body), answer.body[:len(answer.body)/2])
	hangUp(c, answer)
}

func wrongLength(c *call, answer reply) {
	c.sendPart(answer, len(answer.body)+100, answer.body)
	hangUp(c, answer)
}

func badJSON(c *call, answer reply) {
	answer.status = http.StatusOK
	answer.body = answer.body[:max(0, len(answer.body)-2)]
	c.send(answer)
}

func gzipBomb(c *call, answer reply) {
	c.w.Header().Set("Content-Encoding", "gzip")
	answer.body = c.s.bomb()
	c.send(answer)
}

// buildBomb packs 64 MiB of JSON: an object after very much white space. A gzip
// file may have many members (RFC 1952 section 2.2), so a packed MiB repeated is
// a packed 64 MiB.
func buildBomb() []byte {
	return append(bytes.Repeat(packed(bytes.Repeat([]byte{' '}, 1<<20)), 64), packed([]byte("{}"))...)
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(data) // to memory: cannot fail
	_ = z.Close()
	return b.Bytes()
}

// slow sends the answer in ten pieces.
func slow(c *call, answer reply) {
	const pieces = 10
	c.head(answer, len(answer.body))
	rest := answer.body
	for i := range pieces {
		n := len(rest) / (pieces - i)
		if !c.wait(100*time.Millisecond) || !c.push(rest[:n]) {
			hangUp(c, answer)
		}
		rest = rest[n:]
	}
	c.answered(answer.status, true)
}
