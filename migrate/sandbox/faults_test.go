package sandbox_test

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

// What a client sees of a fault.
type seen struct {
	status  int
	header  http.Header
	body    string
	bodyErr error
	err     error // no answer at all
}

// meet creates a user in a sandbox where everything goes wrong in one way, and
// returns what the client saw and the journal's entry.
func meet(t *testing.T, fault string) (*box, seen, sandbox.Entry) {
	t.Helper()
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: fault, Probability: 1}}})
	b.client.Transport = &http.Transport{DisableCompression: true}
	req := b.request("POST", "/v1/users", `{"external_id":"e","username":"some-one"}`)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if strings.HasPrefix(fault, "hang") {
		go func() { // gives up when the request is known to hang
			for b.Stats().InFlight == 0 || fault == "hang" && len(b.Users()) == 0 {
				select {
				case <-time.After(time.Millisecond):
				case <-ctx.Done():
					return
				}
			}
			cancel()
		}()
	}
	resp, err := b.client.Do(req.WithContext(ctx))
	if err != nil {
		return b, seen{err: err}, b.lastEntry()
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return b, seen{status: resp.StatusCode, header: resp.Header, body: string(body), bodyErr: err}, b.lastEntry()
}

// lastEntry waits for the newest request to be over and returns its entry.
func (b *box) lastEntry() sandbox.Entry {
	b.tb.Helper()
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); <-time.After(time.Millisecond) {
		if list := b.Journal(); len(list) > 0 && list[len(list)-1].Done {
			return list[len(list)-1]
		}
	}
	b.tb.Fatal("the request does not end")
	return sandbox.Entry{}
}

func TestFaultsOnTheWire(t *testing.T) {
	dropped := func(t *testing.T, s seen) {
		if s.err == nil || errors.Is(s.err, syscall.ECONNREFUSED) {
			t.Errorf("want a dropped connection, got status %d, error %v", s.status, s.err)
		}
	}
	reset := func(t *testing.T, s seen) {
		if !errors.Is(s.err, syscall.ECONNRESET) {
			t.Errorf("want a reset, got %v", s.err)
		}
	}
	gaveUp := func(t *testing.T, s seen) {
		if !errors.Is(s.err, context.Canceled) {
			t.Errorf("want no answer until the client gives up, got status %d, error %v", s.status, s.err)
		}
	}
	html := func(status int) func(*testing.T, seen) {
		return func(t *testing.T, s seen) {
			if s.status != status || s.header.Get("Content-Type") != "text/html" || json.Valid([]byte(s.body)) {
				t.Errorf("want %d in HTML, got %d %s", status, s.status, s.body)
			}
		}
	}
	clerk := func(status int, code string) func(*testing.T, seen) {
		return func(t *testing.T, s seen) {
			a := answer{s.status, s.header, []byte(s.body)}
			if got := a.codes(t); s.status != status || !cmp.Equal(got, []string{code}) {
				t.Errorf("want %d %s, got %d %v", status, code, s.status, got)
			}
		}
	}
	wait := func(check func(after, date string) bool) func(*testing.T, seen) {
		return func(t *testing.T, s seen) {
			clerk(429, "too_many_requests")(t, s)
			if len(s.header["Retry-After"]) > 1 || !check(s.header.Get("Retry-After"), s.header.Get("Date")) {
				t.Errorf("Retry-After %q", s.header["Retry-After"])
			}
		}
	}
	tests := []struct {
		fault    string
		applied  bool
		answered bool
		check    func(*testing.T, seen)
	}{
		{"refuse", false, false, dropped},
		{"reset-before-apply", false, false, reset},
		{"late", true, true, func(t *testing.T, s seen) {
			if s.status != 200 || s.err != nil {
				t.Errorf("want a user, got %d, error %v", s.status, s.err)
			}
		}},
		{"reset-after-apply", true, false, reset},
		{"hang-before", false, false, gaveUp},
		{"hang", true, false, gaveUp},
		{"apply-500", true, true, clerk(500, "internal_clerk_error")},
		{"apply-502", true, true, html(502)},
		{"apply-504", true, true, html(504)},
		{"500", false, true, clerk(500, "internal_clerk_error")},
		{"502", false, true, html(502)},
		{"503", false, true, html(503)},
		{"maintenance", false, true, clerk(503, "maintenance_mode")},
		{"401", false, true, clerk(401, "clerk_key_invalid")},
		{"402", false, true, clerk(402, "unsupported_subscription_plan_features")},
		{"403", false, true, clerk(403, "authorization_invalid")},
		{"409", false, true, clerk(409, "conflict")},
		{"429-seconds", false, true, wait(func(after, _ string) bool { return after == "2" })},
		{"429-date", false, true, wait(func(after, date string) bool {
			until, err := http.ParseTime(after)
			now, err2 := http.ParseTime(date)
			return err == nil && err2 == nil && until.Sub(now) == 2*time.Second
		})},
		{"429-garbage", false, true, wait(func(after, _ string) bool {
			_, err := http.ParseTime(after)
			return err != nil && after != "" && strings.Trim(after, "0123456789") != ""
		})},
		{"429-missing", false, true, wait(func(after, _ string) bool { return after == "" })},
		{"429-huge", false, true, wait(func(after, _ string) bool { return len(after) > 19 && strings.Trim(after, "0123456789") == "" })},
		{"redirect", false, true, func(t *testing.T, s seen) {
			if s.status != 307 || !strings.HasPrefix(s.header.Get("Location"), "/v1/") {
				t.Errorf("want 307, got %d to %q", s.status, s.header.Get("Location"))
			}
		}},
		{"html-200", false, true, html(200)},
		{"half-body", true, false, func(t *testing.T, s seen) {
			if !errors.Is(s.bodyErr, io.ErrUnexpectedEOF) || s.status != 200 || json.Valid([]byte(s.body)) || !strings.HasPrefix(s.body, `{"id":"user_`) {
				t.Errorf("want half a user, got %d %q, error %v", s.status, s.body, s.bodyErr)
			}
		}},
		{"wrong-length", true, false, func(t *testing.T, s seen) {
			if !errors.Is(s.bodyErr, io.ErrUnexpectedEOF) || s.status != 200 || !json.Valid([]byte(s.body)) {
				t.Errorf("want a whole user and an unexpected end, got %d, error %v", s.status, s.bodyErr)
			}
		}},
		{"bad-json", true, true, func(t *testing.T, s seen) {
			if s.bodyErr != nil || s.status != 200 || json.Valid([]byte(s.body)) || s.header.Get("Content-Type") != "application/json" {
				t.Errorf("want broken JSON, got %d %q, error %v", s.status, s.body, s.bodyErr)
			}
		}},
		{"gzip-bomb", true, true, func(t *testing.T, s seen) {
			z, err := gzip.NewReader(strings.NewReader(s.body))
			if err != nil || s.header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("want gzip, got encoding %q, error %v", s.header.Get("Content-Encoding"), err)
			}
			// A look at the beginning will do: unpacking all is slow under the race detector.
			if n, err := io.CopyN(io.Discard, z, 4<<20); err != nil || len(s.body) > 128<<10 {
				t.Errorf("%d bytes unpack to %d at least, error %v", len(s.body), n, err)
			}
		}},
		{"slow", true, true, func(t *testing.T, s seen) {
			if s.status != 200 || s.bodyErr != nil || !json.Valid([]byte(s.body)) {
				t.Errorf("want a whole answer, got %d, error %v", s.status, s.bodyErr)
			}
		}},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		tested[tt.fault] = true
		t.Run(tt.fault, func(t *testing.T) {
			t.Parallel()
			b, got, entry := meet(t, tt.fault)
			tt.check(t, got)
			if applied := len(b.Users()) == 1; applied != tt.applied || entry.Applied != tt.applied {
				t.Errorf("applied %v, in the journal %v, want %v", applied, entry.Applied, tt.applied)
			}
			if entry.Answered != tt.answered || entry.Status != got.status || entry.Fault != tt.fault {
				t.Errorf("journal: %+v; the client saw status %d", entry, got.status)
			}
			if named := entry.ExternalID == "e"; named == (tt.fault == "refuse") { // whose body nobody reads
				t.Errorf("journal: external_id %q", entry.ExternalID)
			}
			if n := len(b.Journal()); n != 1 {
				t.Errorf("%d requests in the journal: the client sent one", n)
			}
		})
	}
	for _, f := range sandbox.FaultNames() {
		if !tested[f.Name] || !strings.HasSuffix(f.About, ".") {
			t.Errorf("fault %q: tested %v, about %q", f.Name, tested[f.Name], f.About)
		}
	}
}

// TestRefuseDoesNotRead: the connection ends although the body never comes.
func TestRefuseDoesNotRead(t *testing.T) {
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "refuse", Probability: 1}}})
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n", testKey)
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the connection is still open: read %d bytes, error %v", n, err)
	}
}

// TestFaultHidesRefusal: what goes wrong after a refused request leaves no user.
func TestFaultHidesRefusal(t *testing.T) {
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "apply-502", Probability: 1}}})
	if a := b.do("POST", "/v1/users", `{}`); a.status != 502 {
		t.Errorf("status %d", a.status)
	}
	if e := b.lastEntry(); e.Applied || len(b.Users()) != 0 {
		t.Errorf("journal %+v, %d users", e, len(b.Users()))
	}
}

func TestFaultsOfOneMethod(t *testing.T) {
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "503", Method: "POST", Probability: 1}}})
	if a := b.do("POST", "/v1/users", `{"username":"some-one"}`); a.status != 503 {
		t.Errorf("POST: %d", a.status)
	}
	if a := b.do("GET", "/v1/users", ""); a.status != 200 {
		t.Errorf("GET: %d", a.status)
	}
}

// TestFaultsAreReplaced: while it runs, over HTTP, all at once or not at all.
func TestFaultsAreReplaced(t *testing.T) {
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "503", Probability: 1}}})
	for _, tt := range []struct {
		faults      string
		put, status int // of the answer; of a request afterwards
	}{
		{"GET:502=1\nPOST:apply-500=1\n", 204, 502},
		{"502=0.5\nno-such=0.1", 400, 502},
		{"500=0.8\n502=0.8", 400, 502},
		{"", 204, 200},
		{"429-date=1", 204, 429},
	} {
		if a := b.do("POST", "/sandbox/faults", tt.faults); a.status != tt.put {
			t.Errorf("%q: %d, want %d", tt.faults, a.status, tt.put)
		}
		if a := b.do("GET", "/v1/users", ""); a.status != tt.status {
			t.Errorf("after %q: %d, want %d", tt.faults, a.status, tt.status)
		}
	}
}

// TestFaultsAreSeeded: shares come out as asked for, and the same seed gives the
// same fates.
func TestFaultsAreSeeded(t *testing.T) {
	fates := func(seed uint64) (list []string, counts map[string]int) {
		box := newBox(t, sandbox.Config{Seed: seed, Faults: []sandbox.Fault{
			{Name: "500", Probability: 0.3}, {Name: "maintenance", Method: "GET", Probability: 0.2}, {Name: "502", Method: "POST", Probability: 0.7},
		}})
		counts = map[string]int{}
		for range 3000 {
			ask(t, box, "GET", count, "")
		}
		for _, e := range box.Journal() {
			list = append(list, e.Fault)
			counts[e.Fault]++
		}
		return list, counts
	}
	first, counts := fates(1)
	again, _ := fates(1)
	other, _ := fates(2)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error("the same seed gave other faults")
	}
	if cmp.Equal(first, other) {
		t.Error("another seed gave the same faults")
	}
	for name, want := range map[string]int{"500": 900, "maintenance": 600, "": 1500} {
		if got := counts[name]; got < want-100 || got > want+100 {
			t.Errorf("%q: %d of 3000 requests, want about %d", name, got, want)
		}
	}
}

// TestCloseEndsWhatHangs: Close does not wait for clients to give up.
func TestCloseEndsWhatHangs(t *testing.T) {
	b := startBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "hang", Probability: 1}}, Latency: time.Millisecond})
	failed := make(chan error, 1)
	go func() {
		resp, err := b.client.Do(b.request("POST", "/v1/users", `{"username":"some-one"}`))
		if err == nil {
			resp.Body.Close()
		}
		failed <- err
	}()
	for len(b.Users()) == 0 {
		<-time.After(time.Millisecond)
	}
	if err := b.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := <-failed; err == nil {
		t.Error("the hanging request got an answer")
	}
}

func TestParseFault(t *testing.T) {
	for text, want := range map[string]sandbox.Fault{
		"reset-after-apply=0.05": {Name: "reset-after-apply", Probability: 0.05},
		"POST:apply-500=0.1":     {Name: "apply-500", Method: "POST", Probability: 0.1},
		"patch:429-date=1":       {Name: "429-date", Method: "PATCH", Probability: 1},
		"500=0":                  {Name: "500"},
	} {
		if got, err := sandbox.ParseFault(text); err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "500", "500=", "500=1.1", "500=-0.1", "500=NaN", "500=many", "gremlins=0.1", "HEAD:500=0.1", ":500=0.1", "POST:=0.1", "=1"} {
		if got, err := sandbox.ParseFault(text); err == nil {
			t.Errorf("%q: accepted as %+v", text, got)
		}
	}
}
