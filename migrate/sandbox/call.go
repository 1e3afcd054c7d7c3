package sandbox

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"math/rand/v2"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

const (
	maxBody = 1 << 20 // bytes of a request body
	maxURI  = 8 << 10 // bytes of a request's path and query, of which 100 filters of 60 bytes are well inside
)

// The versions that the sandbox speaks (header Clerk-API-Version).
const (
	version202511 = "2025-11-10" // PATCH /users/{user_id} takes metadata; the default here
	version202605 = "2026-05-12" // it does not
)

// A call is one request on its way through the sandbox.
type call struct {
	s       *Sandbox
	w       http.ResponseWriter
	r       *http.Request
	route   route
	version string
	entry   *Entry // to be changed by journal.note only
	memory  *memory
}

// memory is what a request needs for its own duration. It is used again, since
// garbage would otherwise be most of the sandbox's work; nothing that outlives
// the request may point into it.
type memory struct {
	body   bytes.Buffer
	form   form
	answer []byte
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// A reply is what the client is to get.
type reply struct {
	status      int
	contentType string // application/json where empty
	retryAfter  string
	body        []byte
	userID      string // of a user that the request created
	applied     bool   // the request changed something
}

// serve is the whole way of a request: journal, key, limits, fault, body,
// latency, the work itself, latency, answer.
func (s *Sandbox) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case strings.HasPrefix(r.URL.Path, "/sandbox/"):
		s.serveOracle(w, r)
		return
	case r.URL.Path == "/v1/environment":
		s.serveEnvironment(w, r)
		return
	}
	route := findRoute(r.Method, r.URL.Path)
	c := &call{s: s, w: w, r: r, route: route, memory: memories.Get().(*memory)}
	defer memories.Put(c.memory)
	c.entry = &Entry{Method: r.Method, Path: route.template, UserID: route.userID}
	s.journal.begin(c.entry, s.elapsed)
	defer s.journal.end(c.entry)
	w.Header().Set("Clerk-Trace-Id", c.traceID())

	if p := c.admit(); p != nil {
		c.send(*p)
		return
	}
	fault, latency := c.fate()
	if fault.moment == beforeReading {
		fault.deliver(c, reply{})
		return
	}
	if p, ok := c.readBody(); !ok {
		c.send(c.refuse(p))
		return
	}
	if latency > 0 || fault.moment != afterApplying {
		c.nameUser()
	}
	if !c.work(latency / 2) {
		hangUp(c, reply{})
	}
	if fault.moment == insteadOf {
		fault.deliver(c, reply{})
		return
	}
	if fault.moment == muchLater && !c.work(lateness) {
		hangUp(c, reply{})
	}
	answer := route.work(c)
	if answer.applied {
		appliedAt := s.elapsed()
		s.journal.note(func() {
			c.entry.Applied, c.entry.AppliedAt = true, appliedAt
			if answer.userID != "" {
				c.entry.UserID = answer.userID
			}
		})
	}
	if !c.wait(latency - latency/2) {
		hangUp(c, answer)
	}
	fault.deliver(c, answer)
}

// noFault is the fate of most requests.
var noFault = faultKind{moment: afterApplying, deliver: (*call).send}

// fate draws what happens to this request. It depends on the seed and the
// request's number, so the order in which requests finish plays no part.
func (c *call) fate() (*faultKind, time.Duration) {
	cfg := &c.s.cfg
	faults := *c.s.faults.Load()
	if len(faults) == 0 && cfg.Latency == 0 {
		return &noFault, 0
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, mix(cfg.Seed, c.entry.Seq)))
	fault := drawFault(faults, c.r.Method, rng)
	latency := cfg.latency(rng)
	if fault == nil {
		return &noFault, latency
	}
	c.s.journal.note(func() { c.entry.Fault = fault.name })
	return fault, latency
}

// admit refuses requests without looking at their body: wrong key, version or
// path, and those over a limit.
func (c *call) admit() *reply {
	if len(c.r.RequestURI) > maxURI {
		return &reply{status: http.StatusRequestURITooLong, contentType: "text/plain", body: []byte("414 Request-URI Too Long\n")}
	}
	if p := c.authenticate(); p != nil {
		return new(c.refuse(*p))
	}
	c.version = c.r.Header.Get("Clerk-API-Version")
	if c.version == "" {
		c.version = version202511
	}
	if c.version != version202511 && c.version != version202605 {
		return new(c.refuse(badVersion))
	}
	if c.route.refusal != nil {
		return new(c.refuse(*c.route.refusal))
	}
	user := ""
	if c.route.perUser {
		user = c.route.userID
	}
	if wait := c.s.limits.arrive(c.r.Method+" "+c.route.template, user, c.entry.At); wait > 0 {
		answer := c.refuse(tooManyRequests)
		answer.retryAfter = strconv.Itoa(int(wait / time.Second))
		return &answer
	}
	return nil
}

// authenticate checks the secret key. No answer repeats it.
func (c *call) authenticate() *problem {
	scheme, key, ok := strings.Cut(c.r.Header.Get("Authorization"), " ")
	switch {
	case !ok || !strings.EqualFold(scheme, "Bearer") || key == "" || strings.Contains(key, " "):
		return &noAuthorization
	case !isSandboxKey(key):
		return &badKey
	case c.s.cfg.Key != "" && subtle.ConstantTimeCompare([]byte(key), []byte(c.s.cfg.Key)) == 0:
		return &wrongKey
	}
	return nil
}

// readBody reads the body of the methods that have one.
func (c *call) readBody() (problem, bool) {
	if c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete {
		return problem{}, true
	}
	if kind := c.r.Header.Get("Content-Type"); kind != "application/json" {
		if kind, _, err := mime.ParseMediaType(kind); err != nil || kind != "application/json" {
			return badContentType, false
		}
	}
	c.memory.body.Reset()
	_, err := c.memory.body.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if tooBig := (*http.MaxBytesError)(nil); errors.As(err, &tooBig) {
		return bigBody, false
	}
	if err != nil {
		hangUp(c, reply{}) // the client left in the middle of its request
	}
	return problem{}, true
}

// form decodes the body, and notes in the journal what it holds.
func (c *call) form(set memberSet) (*form, problems) {
	f := &c.memory.form
	ps := f.decode(c.memory.body.Bytes(), set)
	keys := slices.Clone(f.names)
	slices.Sort(keys)
	c.s.journal.note(func() { c.entry.Keys, c.entry.ExternalID = keys, f.externalID.value })
	return f, ps
}

// nameUser notes the external_id of a create that is carried out later, or not
// at all.
func (c *call) nameUser() {
	if c.r.Method != http.MethodPost || c.route.template != "/users" {
		return
	}
	var body struct {
		ExternalID string `json:"external_id"`
	}
	if json.Unmarshal(c.memory.body.Bytes(), &body) == nil {
		c.s.journal.note(func() { c.entry.ExternalID = body.ExternalID })
	}
}

// traceID is Clerk's name for a request; here it follows from seed and number.
func (c *call) traceID() string {
	id := strconv.AppendUint(nil, mix(c.s.cfg.Seed, c.entry.Seq)|1<<63, 16)
	return string(strconv.AppendUint(id, mix(c.s.cfg.Seed+1, c.entry.Seq)|1<<63, 16))
}

// refuse makes Clerk's error body; the first problem decides the status.
func (c *call) refuse(ps ...problem) reply {
	return reply{status: ps[0].status, body: encode(errorBody{Errors: ps, TraceID: c.traceID()})}
}

// ok makes an answer of any value.
func (c *call) ok(v any) reply { return reply{status: http.StatusOK, body: encode(v)} }

// changed makes the answer to a change of a user.
func (c *call) changed(r *record, ps problems) reply {
	if len(ps) > 0 {
		return c.refuse(ps...)
	}
	answer := c.user(r)
	answer.userID, answer.applied = r.id, true
	return answer
}

// user makes an answer of a user.
func (c *call) user(r *record) reply {
	c.memory.answer = appendUser(c.memory.answer[:0], r)
	return reply{status: http.StatusOK, body: c.memory.answer}
}

// send sends an answer as it should be. The journal has it before the client:
// who has the answer may look there.
func (c *call) send(answer reply) {
	c.answered(answer.status, true)
	c.head(answer, len(answer.body))
	if _, err := c.w.Write(answer.body); err != nil {
		c.answered(answer.status, false)
	}
}

// sendPart sends body, after a head that announces length bytes of it.
func (c *call) sendPart(answer reply, length int, body []byte) {
	c.head(answer, length)
	c.push(body)
	c.answered(answer.status, false)
}

func (c *call) head(answer reply, length int) {
	h := c.w.Header()
	if answer.contentType == "" {
		answer.contentType = "application/json"
	}
	h.Set("Content-Type", answer.contentType)
	h.Set("Content-Length", strconv.Itoa(length))
	if answer.retryAfter != "" {
		h.Set("Retry-After", answer.retryAfter)
	}
	c.w.WriteHeader(answer.status)
}

// push writes a piece and sees that it leaves.
func (c *call) push(piece []byte) bool {
	if _, err := c.w.Write(piece); err != nil {
		return false
	}
	return http.NewResponseController(c.w).Flush() == nil
}

func (c *call) answered(status int, whole bool) {
	c.s.journal.note(func() { c.entry.Status, c.entry.Answered = status, whole })
}
