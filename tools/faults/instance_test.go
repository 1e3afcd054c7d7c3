//go:build unix

package faults

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// An instance is a sandbox in a process of its own, which outlives whatever
// is done to the program. What it says is what happened.
type instance struct {
	url string
}

// An entry is one request that the instance received.
type entry struct {
	Method     string `json:"method"`
	Path       string `json:"path"`
	UserID     string `json:"user_id"`
	ExternalID string `json:"external_id"`
	Applied    bool   `json:"applied"`
}

func (e entry) writes() bool { return e.Method != http.MethodGet }

// A user is what the instance holds of one.
type user struct {
	ExternalID string `json:"external_id"`
	FirstName  string `json:"first_name"`
	Emails     []struct {
		Value string `json:"value"`
	} `json:"email_addresses"`
}

func newInstance(t *testing.T, flags ...string) *instance {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	args := append([]string{"sandbox", "--addr", "127.0.0.1:0", "--limit", "none", "--journal", "0"}, flags...)
	start(t, launch{folder: newFolder(t), stdout: w}, args...)
	_ = w.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatalf("the sandbox did not say its URL: %v", err)
	}
	return &instance{strings.TrimSpace(line)}
}

// env makes the instance the one to write to.
func (i *instance) env() []string {
	return []string{"CLERK_SECRET_KEY=sk_test_faults", "CLERK_API_URL=" + i.url}
}

// lines reads a list of the oracle.
func lines[T any](t *testing.T, i *instance, path string) (list []T) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(i.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(body) {
		var item T
		if err := json.Unmarshal(line, &item); err != nil {
			t.Fatal(err)
		}
		list = append(list, item)
	}
	return list
}

func (i *instance) journal(t *testing.T) []entry { return lines[entry](t, i, "/sandbox/journal") }
func (i *instance) users(t *testing.T) []user    { return lines[user](t, i, "/sandbox/users") }

type totals struct {
	Users    int `json:"users"`
	Requests int `json:"requests"`
	InFlight int `json:"in_flight"`
}

func (i *instance) totals(t *testing.T) totals {
	t.Helper()
	return lines[totals](t, i, "/sandbox/stats")[0]
}

// await waits until the instance is as wanted, or a process has ended.
func (i *instance) await(t *testing.T, p *process, is func(totals) bool) {
	t.Helper()
	if !eventually(func() bool { return p.ended() || is(i.totals(t)) }) {
		t.Fatalf("it never came to that: %+v", i.totals(t))
	}
}

func users(n int) func(totals) bool    { return func(s totals) bool { return s.Users >= n } }
func requests(n int) func(totals) bool { return func(s totals) bool { return s.Requests >= n } }

// quiet waits until no request is being worked on: one that was sent before a
// kill may be.
func (i *instance) quiet(t *testing.T) {
	t.Helper()
	if !eventually(func() bool { return i.totals(t).InFlight == 0 }) {
		t.Fatal("the instance is never done with its requests")
	}
}
