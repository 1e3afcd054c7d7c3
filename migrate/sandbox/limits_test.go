package sandbox_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

// ask sends a request without a network, so that it can run in a bubble with a
// clock of its own. It returns the status and the seconds of Retry-After.
func ask(t *testing.T, s *sandbox.Sandbox, method, path, body string) (status, retryAfter int) {
	t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, req)
	if after := w.Header().Get("Retry-After"); after != "" {
		n, err := strconv.Atoi(after)
		if err != nil {
			t.Errorf("Retry-After: %v", err)
		}
		retryAfter = n
	}
	if (w.Code == http.StatusTooManyRequests) != (retryAfter > 0) {
		t.Errorf("status %d with Retry-After %d", w.Code, retryAfter)
	}
	return w.Code, retryAfter
}

func newBox(t *testing.T, cfg sandbox.Config) *sandbox.Sandbox {
	t.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An arrival is a request at a time after the sandbox's start, and its answer.
type arrival struct {
	at         time.Duration
	path       string
	status     int
	retryAfter int
}

const (
	list  = "/v1/users"
	count = "/v1/users/count"
)

func TestInstanceLimit(t *testing.T) {
	s := time.Second
	for _, tt := range []struct {
		name string
		cfg  sandbox.Config
		seq  []arrival
	}{
		{"fixed: up to the limit, then shut until the window ends", sandbox.Config{Limit: 2}, []arrival{
			{0, list, 200, 0}, {9 * s, list, 200, 0}, {9*s + s/2, list, 429, 1}, {10*s + s/4, list, 429, 1}, {10*s + s/2, list, 200, 0},
		}},
		{"fixed: twice the limit around a bound", sandbox.Config{Limit: 2}, []arrival{
			{9 * s, list, 200, 0}, {9 * s, list, 200, 0}, {10 * s, list, 200, 0}, {10 * s, list, 200, 0}, {10 * s, list, 429, 10},
		}},
		{"fixed: phase moves the bound", sandbox.Config{Limit: 1, Phase: 4 * s}, []arrival{
			{0, list, 200, 0}, {5 * s, list, 429, 1}, {6 * s, list, 200, 0},
		}},
		{"sliding: the oldest makes room", sandbox.Config{Limit: 2, WindowKind: sandbox.Sliding}, []arrival{
			{0, list, 200, 0}, {9 * s, list, 200, 0}, {10 * s, list, 200, 0}, {11 * s, list, 429, 8}, {18 * s, list, 429, 1}, {19 * s, list, 200, 0}, {20 * s, list, 200, 0},
		}},
		{"the limit is shared, the gate is not", sandbox.Config{Limit: 2, WindowKind: sandbox.Sliding}, []arrival{
			{0, list, 200, 0}, {s, count, 200, 0}, {s + s/2, list, 429, 9}, {10 * s, count, 200, 0}, {10 * s, list, 429, 1}, {10*s + s/2, list, 429, 1}, {11 * s, count, 200, 0},
		}},
		{"other windows", sandbox.Config{Limit: 1, Window: 3 * s}, []arrival{
			{0, list, 200, 0}, {s, list, 429, 2}, {3 * s, list, 200, 0},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				box, start := newBox(t, tt.cfg), time.Now()
				for i, a := range tt.seq {
					time.Sleep(a.at - time.Since(start))
					status, after := ask(t, box, "GET", a.path, "")
					if status != a.status || after != a.retryAfter {
						t.Errorf("request %d at %v: %d, Retry-After %d; want %d, %d", i, a.at, status, after, a.status, a.retryAfter)
					}
				}
			})
		})
	}
}

// TestObedientClient sends as fast as it may: it waits as it is told, and is
// never refused twice in a row.
func TestObedientClient(t *testing.T) {
	for _, kind := range []sandbox.WindowKind{sandbox.Fixed, sandbox.Sliding} {
		synctest.Test(t, func(t *testing.T) {
			box := newBox(t, sandbox.Config{Limit: 100, WindowKind: kind})
			start, served, refused := time.Now(), 0, false
			for time.Since(start) < time.Minute {
				status, after := ask(t, box, "GET", list, "")
				if status == http.StatusOK {
					served, refused = served+1, false
					time.Sleep(20 * time.Millisecond)
					continue
				}
				if refused {
					t.Fatalf("kind %d: refused again after the wait, at %v", kind, time.Since(start))
				}
				refused = true
				time.Sleep(time.Duration(after) * time.Second)
			}
			if served != 600 {
				t.Errorf("kind %d: %d requests served in a minute, want 600", kind, served)
			}
		})
	}
}

func TestUserLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t, sandbox.Config{})
		var ids [2]string
		for i := range ids {
			id, err := box.AddUser([]byte(`{"username":"user-` + strconv.Itoa(i) + `"}`))
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = "/v1/users/" + id
		}
		patch := func(path string) int { status, _ := ask(t, box, "PATCH", path, `{}`); return status }
		for i := range 10 {
			if got := patch(ids[0]); got != 200 {
				t.Fatalf("request %d: %d", i, got)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if status, after := ask(t, box, "PATCH", ids[0], `{}`); status != 429 || after != 9 {
			t.Errorf("11th: %d, Retry-After %d", status, after)
		}
		if got := patch(ids[1]); got != 200 {
			t.Errorf("another user: %d", got)
		}
		if got, _ := ask(t, box, "GET", ids[0], ""); got != 200 {
			t.Errorf("reading: %d", got)
		}
		if got := patch(ids[0] + "/metadata"); got != 200 {
			t.Errorf("another endpoint: %d", got)
		}
		time.Sleep(9 * time.Second)
		if got := patch(ids[0]); got != 200 {
			t.Errorf("after the wait: %d", got)
		}
	})
}

func TestRefusedForItsKeyDoesNotCount(t *testing.T) {
	b := startBox(t, sandbox.Config{Limit: 1, Window: time.Hour})
	for range 3 {
		if a := b.do("GET", list, "", "Authorization", "Bearer nonsense"); a.status != 401 {
			t.Fatalf("status %d", a.status)
		}
	}
	if a := b.do("GET", list, ""); a.status != 200 {
		t.Errorf("first with a key: %d", a.status)
	}
	a := b.do("GET", list, "")
	if diff := cmp.Diff([]string{"too_many_requests"}, a.codes(t)); a.status != 429 || diff != "" {
		t.Errorf("second: %d %s", a.status, diff)
	}
	if a := b.do("GET", "/sandbox/stats", ""); a.status != 200 {
		t.Errorf("the sandbox's own endpoints: %d", a.status)
	}
}

func TestLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const median = 150 * time.Millisecond
		box := newBox(t, sandbox.Config{Latency: median, Sigma: 0.3, Seed: 1})
		const n = 2000
		below, slowest := 0, time.Duration(0)
		for range n {
			start := time.Now()
			ask(t, box, "GET", count, "")
			took := time.Since(start)
			if took < median {
				below++
			}
			slowest = max(slowest, took)
		}
		if below < n*45/100 || below > n*55/100 {
			t.Errorf("%d of %d answers came before the median", below, n)
		}
		if slowest < 2*median || slowest > 6*median {
			t.Errorf("slowest answer %v", slowest)
		}
	})
}

// TestAppliedHalfway: the request counts on arrival and is applied in the
// middle of its latency.
func TestAppliedHalfway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t, sandbox.Config{Latency: time.Second})
		go ask(t, box, "POST", list, `{"username":"some-one"}`)
		time.Sleep(499 * time.Millisecond)
		if n := len(box.Users()); n != 0 || len(box.Journal()) != 1 {
			t.Errorf("%d users before the middle, %d in the journal", n, len(box.Journal()))
		}
		time.Sleep(2 * time.Millisecond)
		if e := box.Journal()[0]; len(box.Users()) != 1 || !e.Applied || e.Answered || e.Done {
			t.Errorf("after the middle: %d users, %+v", len(box.Users()), e)
		}
		time.Sleep(time.Second)
		if e := box.Journal()[0]; !e.Answered || !e.Done || e.Status != 200 {
			t.Errorf("at the end: %+v", e)
		}
	})
}

// TestLate: a second passes before the request is applied.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		box := newBox(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "late", Probability: 1}}})
		go ask(t, box, "POST", list, `{"username":"some-one","external_id":"e"}`)
		time.Sleep(999 * time.Millisecond)
		if e := box.Journal()[0]; len(box.Users()) != 0 || e.ExternalID != "e" {
			t.Errorf("before the second is over: %d users, %+v", len(box.Users()), e)
		}
		time.Sleep(2 * time.Millisecond)
		if e := box.Journal()[0]; e.AppliedAt != time.Second || !e.Answered {
			t.Errorf("afterwards: %+v", e)
		}
	})
}

// TestClientGivesUp: what a client sent is done, when its time has come, also if
// the client has left before. It has no answer.
func TestClientGivesUp(t *testing.T) {
	for _, patience := range []time.Duration{400 * time.Millisecond, 600 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			box := newBox(t, sandbox.Config{Latency: time.Second})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			req := httptest.NewRequestWithContext(ctx, "POST", list, strings.NewReader(`{"username":"some-one"}`))
			req.Header.Set("Authorization", "Bearer "+testKey)
			req.Header.Set("Content-Type", "application/json")
			func() {
				defer func() {
					if p := recover(); p != http.ErrAbortHandler {
						t.Errorf("panic %v, want the one that makes net/http hang up", p)
					}
				}()
				box.Handler().ServeHTTP(httptest.NewRecorder(), req)
			}()
			e := box.Journal()[0]
			if len(box.Users()) != 1 || !e.Applied || e.AppliedAt != 500*time.Millisecond || e.Answered || e.Status != 0 || !e.Done {
				t.Errorf("left after %v: %d users, %+v", patience, len(box.Users()), e)
			}
		})
	}
}
