// Package clerk speaks Clerk's Backend API over HTTP for a migration.
//
// [New] makes a [Client], which implements [migrate.API]. It decides how many
// requests an intent takes, which failures are harmless to repeat, and what
// each failure means for the row that met it ([Classify]). Writes are sent
// once: whether to send them again is for the run to decide, which knows the
// ledger. Reads are repeated inside.
//
// # Pacing
//
// Every request of a client passes one pacer before it leaves. The transport
// only paces and never repeats; the client repeats and never paces.
//
// The pacer sends evenly, lets no more requests arrive in any window than the
// share of the [Limit] is, however the network delays them, waits for as long as
// Clerk asks, and gives way where a refusal shows that others use the limit too.
// It is the only place where requests wait for the limit.
//
// # Secrets
//
// The key is in one header of requests to the base URL's host, and nowhere
// else: redirects are not followed, and [Client.Settings] asks the Frontend API
// without it. Errors hold the path template, status,
// codes and trace id, and their causes are put into words of this package.
package clerk

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"carryover/migrate"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

const (
	// DefaultBaseURL is Clerk's Backend API.
	DefaultBaseURL = "https://api.clerk.com/v1"

	// VersionMetadataInline takes metadata in PATCH /users/{user_id}.
	VersionMetadataInline = "2025-11-10"
	// VersionMetadataApart takes it in PUT /users/{user_id}/metadata only.
	VersionMetadataApart = "2026-05-12"

	// DefaultTimeout is how long a request may take once it is sent.
	DefaultTimeout = 45 * time.Second
)

const (
	maxBody = 1 << 20 // bytes of an answer about one user

	// spareConnections are for look-ups and probes beside the workers.
	spareConnections = 8
)

// A Config is what a Client needs. All but the key may be left zero.
type Config struct {
	// BaseURL is where the API is; "/v1" is added where it is missing. It
	// must be https, except on a loopback address.
	BaseURL string
	Key     migrate.Secret

	APIVersion string // VersionMetadataInline (the default) or VersionMetadataApart
	UserAgent  string // default "carryover"

	Limit       Limit         // the zero Limit does not pace
	Timeout     time.Duration // of one request, from sending on; default DefaultTimeout
	Settle      time.Duration // for so long a request that was given up may still arrive; default a third more than Timeout
	MaxInFlight int           // 0 = from measured latency; see Client.Concurrency

	// MaxConnections bounds the connections, and with them the requests in
	// flight, whatever MaxInFlight says; 0 leaves them unbounded.
	MaxConnections int

	// LastSend is when another client is known to have sent a request to the
	// same instance, by the wall clock; zero for never. Where that is less than
	// a window of Limit ago, or in the future, the first request waits until
	// the window has passed, and the pace begins at a fifth.
	LastSend time.Time

	RootCAs *x509.CertPool // nil = the system's
}

// A Client sends requests to one instance of Clerk. It is safe for concurrent
// use, and meant for that: all requests share its pace.
type Client struct {
	base       string // without a slash at the end
	key        migrate.Secret
	apiVersion string
	userAgent  string
	timeout    time.Duration

	transport    *transport
	closeIdle    func()
	pacer        *pacer
	tally        *tally
	concurrency  *concurrency
	restrictions *restrictions
}

var _ migrate.API = (*Client)(nil)

// New returns a client, or an error that says which setting is wrong. It
// sends nothing. Close releases its connections.
func New(config Config) (*Client, error) {
	timeout := config.Timeout
	if timeout == 0 {
		timeout = DefaultTimeout
	}
	connections := spareConnections + orDefault(config.MaxInFlight, maxInFlight)
	if most := config.MaxConnections; most > 0 {
		connections = min(connections, most)
	}
	base := newHTTPTransport(timeout, connections, config.RootCAs)
	c, err := newClient(config, base)
	if err != nil {
		return nil, err
	}
	c.closeIdle = base.CloseIdleConnections
	return c, nil
}

// newClient is New over any transport, which tests replace.
func newClient(config Config, base http.RoundTripper) (*Client, error) {
	if _, err := KindOfKey(config.Key); err != nil {
		return nil, err
	}
	baseURL, err := checkBaseURL(config.BaseURL)
	if err != nil {
		return nil, err
	}
	if err := config.Limit.check(); err != nil {
		return nil, err
	}
	c := &Client{
		base:         baseURL,
		key:          config.Key,
		apiVersion:   orDefault(config.APIVersion, VersionMetadataInline),
		userAgent:    orDefault(config.UserAgent, "carryover"),
		timeout:      orDefault(config.Timeout, DefaultTimeout),
		closeIdle:    func() {},
		pacer:        newPacer(config.Limit),
		concurrency:  newConcurrency(config.Limit.PerSecond(), config.MaxInFlight, config.MaxConnections),
		restrictions: newRestrictions(),
	}
	switch {
	case c.apiVersion != VersionMetadataInline && c.apiVersion != VersionMetadataApart:
		return nil, fmt.Errorf("API version %q is not known: use %s or %s", c.apiVersion, VersionMetadataInline, VersionMetadataApart)
	case c.timeout < 0:
		return nil, errors.New("the request timeout is negative")
	case config.MaxInFlight < 0:
		return nil, errors.New("the number of requests in flight is negative")
	}
	c.tally = newTally(c.concurrency)
	c.transport = &transport{
		pacer: c.pacer, tally: c.tally, base: base,
		timeout: c.timeout, settle: orDefault(config.Settle, c.timeout/3*4),
	}
	c.pacer.follow(config.LastSend, time.Now())
	return c, nil
}

// Close closes connections that are not in use. Requests under way go on.
func (c *Client) Close() { c.closeIdle() }

// Drain makes requests that have not left yet, and all later ones, fail with
// NotDoneFault. Requests under way go on.
func (c *Client) Drain() { c.pacer.drain() }

// Recall makes requests that have not left yet fail with NotDoneFault. Later
// ones, and those under way, go on.
func (c *Client) Recall() { c.pacer.recall() }

// LastSend returns when the last request left, by the wall clock; zero where
// none has.
func (c *Client) LastSend() time.Time { return c.pacer.lastSend() }

// Gates returns how often Clerk has made every request wait; see Stats.
func (c *Client) Gates() int64 { return c.pacer.closedTimes() }

// Format implements fmt.Formatter: whatever the verb, it prints where the client
// sends its requests. fmt would print the key, since it does not ask the
// methods of what is in a field that is not exported.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "client of "+c.base) }

// BaseURL returns where the client sends its requests.
func (c *Client) BaseURL() string { return c.base }

// checkBaseURL returns the base URL as requests use it.
func checkBaseURL(text string) (string, error) {
	u, err := url.Parse(orDefault(text, DefaultBaseURL))
	switch {
	case err != nil || u.Host == "": // url.Parse's error would quote a password in the URL
		return "", errors.New("the API URL cannot be read: write it like https://api.clerk.com/v1")
	case u.User != nil:
		return "", errors.New("the API URL must not hold a user name or password")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the API URL must end with its path: remove what follows \"?\" or \"#\"")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return "", errors.New("the API URL must begin with https://, since requests hold the key and passwords; http:// is for loopback addresses only")
	}
	path := strings.TrimRight(u.Path, "/")
	if !strings.HasSuffix(path, "/v1") {
		path += "/v1"
	}
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}).String(), nil
}

// isLoopback reports whether a host cannot be any other machine.
func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

// orDefault returns value, or instead where it is zero.
func orDefault[T comparable](value, instead T) T {
	var zero T
	if value == zero {
		return instead
	}
	return value
}

// A call is one request in the words of Clerk's documents.
type call struct {
	operation Operation
	method    string
	template  string // the path, e.g. "/users/{user_id}"
	userID    string // takes the place of {user_id}
	query     string
	body      []byte // nil = none
	maxAnswer int64  // bytes; 0 = maxBody

	// answered, unless it is nil, is told the header of the answer, and when the
	// request was sent and answered.
	answered func(header http.Header, sent, received time.Time)
}

// op names the call as errors do.
func (k call) op() string { return k.method + " " + k.template }

// errUserID is why a user id is not sent.
var errUserID = errors.New("the user id must be letters, digits, \"_\" and \"-\", as in user_2abc")

// send makes one request and gives the body of its answer to decode. Its
// error is a *migrate.Error.
func (c *Client) send(ctx context.Context, k call, decode func([]byte) error) error {
	if strings.Contains(k.template, "{user_id}") && !isID(k.userID) {
		// Anything else could change the path, and with it the request.
		return &migrate.Error{Fault: migrate.RefusedFault, Op: k.op(), Err: errUserID}
	}
	seen := new(progress)
	req, err := c.request(seen.watch(ctx), k)
	if err != nil {
		return &migrate.Error{Fault: migrate.StopFault, Op: k.op(), Err: scrub(err, 0)}
	}
	resp, err := c.transport.roundTrip(req, seen)
	if err != nil {
		return noAnswerError(ctx, k, seen, err, c.timeout)
	}
	if k.answered != nil {
		sent, _, _ := seen.read()
		k.answered(resp.Header, sent, time.Now())
	}
	body, err := readBody(resp.Body, orDefault(k.maxAnswer, maxBody))
	_ = resp.Body.Close() // the body has been read, or is given up
	if err == nil && resp.StatusCode >= 200 && resp.StatusCode < 300 {
		err = decode(body)
	}
	failed := answerError(ctx, k, resp, body, err)
	if failed == nil {
		return nil
	}
	if isMaintenance(failed) && failed.RetryAfter == 0 {
		sent, _, _ := seen.read()
		c.pacer.holdForMaintenance(sent)
	}
	return failed
}

// request makes the HTTP request of a call. It is left to be sent once: no
// GetBody and no Idempotency-Key, with which net/http repeats a POST itself.
func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	address := c.base + strings.ReplaceAll(k.template, "{user_id}", url.PathEscape(k.userID))
	if k.query != "" {
		address += "?" + k.query
	}
	req, err := http.NewRequestWithContext(ctx, k.method, address, nil)
	if err != nil {
		return nil, err
	}
	if k.body != nil {
		req.Body = io.NopCloser(bytes.NewReader(k.body))
		req.ContentLength = int64(len(k.body))
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.key.Reveal())
	req.Header.Set("Clerk-API-Version", c.apiVersion)
	req.Header.Set("User-Agent", c.userAgent)
	return req, nil
}

// errTooLarge is a body that was not read to its end.
var errTooLarge = &cause{text: "the answer is larger than an answer can be"}

// readBody reads at most limit bytes.
func readBody(r io.Reader, limit int64) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(body)) > limit {
		return nil, errTooLarge
	}
	return body, err
}

// errUndecodable is a success whose body is not what was asked for.
var errUndecodable = &cause{text: "the answer is not the JSON that was expected"}

// decodeJSON reads an answer's body into value. The decoder's own error could
// quote the body.
func decodeJSON(body []byte, value any) error {
	if err := json.Unmarshal(body, value, jsontext.AllowInvalidUTF8(true)); err != nil {
		return errUndecodable
	}
	return nil
}

// isID reports whether id has the form of Clerk's ids, such as user_2abc, and
// so can stand in a path as it is.
func isID(id string) bool {
	return id != "" && !slices.ContainsFunc([]byte(id), func(c byte) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		return !letter && (c < '0' || c > '9') && c != '_' && c != '-'
	})
}
