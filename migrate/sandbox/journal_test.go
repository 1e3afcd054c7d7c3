package sandbox_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestJournal(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	id := b.user("POST", "/v1/users", `{"username":"some-one","external_id":"e1","created_at":"2020-01-01T00:00:00Z"}`)["id"].(string)
	b.do("POST", "/v1/users", `{"username":"some-one","external_id":"e2","shoe_size":44}`)
	b.user("PATCH", "/v1/users/"+id, `{"first_name":"Ada"}`)
	b.do("GET", "/v1/users?external_id=%2Be1", "")
	b.do("PUT", "/v1/users/"+id+"/metadata", `{"public_metadata":{}}`)
	b.do("POST", "/v1/users/"+id+"/verify_password", `{"password":"x"}`)
	b.do("DELETE", "/v1/users/"+id, "", "Authorization", "")
	b.do("DELETE", "/v1/users/"+id, "")
	b.do("GET", "/v2/whatever", "")
	b.do("GET", "/sandbox/stats", "") // not of the API: not in the journal

	want := []sandbox.Entry{
		{Method: "POST", Path: "/users", UserID: id, ExternalID: "e1", Status: 200, Applied: true, Keys: []string{"created_at", "external_id", "username"}},
		{Method: "POST", Path: "/users", ExternalID: "e2", Status: 422, Keys: []string{"external_id", "shoe_size", "username"}},
		{Method: "PATCH", Path: "/users/{user_id}", UserID: id, Status: 200, Applied: true, Keys: []string{"first_name"}},
		{Method: "GET", Path: "/users", Status: 200},
		{Method: "PUT", Path: "/users/{user_id}/metadata", UserID: id, Status: 200, Applied: true, Keys: []string{"public_metadata"}},
		{Method: "POST", Path: "/users/{user_id}/verify_password", UserID: id, Status: 400, Keys: []string{"password"}},
		{Method: "DELETE", Path: "/users/{user_id}", UserID: id, Status: 401},
		{Method: "DELETE", Path: "/users/{user_id}", UserID: id, Status: 200, Applied: true},
		{Method: "GET", Path: "(unknown)", Status: 404},
	}
	for i := range want {
		want[i].Seq, want[i].Answered, want[i].Done = uint64(i+1), true, true
	}
	b.lastEntry()
	got := b.Journal()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(sandbox.Entry{}, "At", "AppliedAt"), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}
	for i := 1; i < len(got); i++ {
		if got[i].At <= got[i-1].At {
			t.Errorf("entry %d arrived at %v, before the one before it", i, got[i].At)
		}
	}
	stats := sandbox.Stats{
		Requests: 9, Applied: 4, ByStatus: map[int]uint64{200: 5, 400: 1, 401: 1, 404: 1, 422: 1}, ByFault: map[string]uint64{},
	}
	if diff := cmp.Diff(stats, b.Stats()); diff != "" {
		t.Errorf("stats (-want +got):\n%s", diff)
	}
}

func TestJournalBounded(t *testing.T) {
	for _, tt := range []struct {
		size int
		want []uint64
	}{{0, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, {3, []uint64{8, 9, 10}}, {1, []uint64{10}}, {20, []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}}, {-1, nil}} {
		box := newBox(t, sandbox.Config{JournalSize: tt.size})
		for range 10 {
			ask(t, box, "GET", count, "")
		}
		var got []uint64
		for _, e := range box.Journal() {
			got = append(got, e.Seq)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("size %d (-want +got):\n%s", tt.size, diff)
		}
		if n := box.Stats().Requests; n != 10 {
			t.Errorf("size %d: %d requests in the totals", tt.size, n)
		}
	}
}

// TestOracleOverHTTP: other processes see what the methods return.
func TestOracleOverHTTP(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := startBox(t, sandbox.Config{Now: func() time.Time { return now }})
	b.add(fullUser)
	b.add(`{"username":"plain","password":"violet-otter-42"}`)
	b.user("PATCH", "/v1/users/"+b.Users()[1].ID, `{"first_name":"Ada & <3"}`)

	a := b.do("GET", "/sandbox/users", "", "Authorization", "")
	var users []sandbox.User
	lines(t, a, func(line []byte) {
		var u sandbox.User
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&u); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		users = append(users, u)
	})
	if diff := cmp.Diff(b.Users(), users); diff != "" {
		t.Errorf("users (-want +got):\n%s", diff)
	}
	if got := string(users[0].PublicMetadata); got != `{"n":12345678901234567890,"f":1.10}` {
		t.Errorf("numbers lost their digits: %s", got)
	}
	if users[1].PasswordSHA256 != sha("violet-otter-42") {
		t.Error("password_sha256 is not the SHA-256 of the password")
	}

	var entries []map[string]any
	lines(t, b.do("GET", "/sandbox/journal", ""), func(line []byte) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		entries = append(entries, e)
	})
	want := []map[string]any{{
		"seq": 1.0, "at_ns": 0.0, "method": "PATCH", "path": "/users/{user_id}", "user_id": b.Users()[1].ID,
		"status": 200.0, "applied": true, "answered": true, "done": true, "keys": []any{"first_name"},
	}}
	if diff := cmp.Diff(want, entries); diff != "" {
		t.Errorf("journal (-want +got):\n%s", diff)
	}

	stats := b.user("GET", "/sandbox/stats", "")
	if stats["users"] != json.Number("2") || stats["by_status"].(map[string]any)["200"] != json.Number("1") {
		t.Errorf("stats: %v", stats)
	}
	for path, status := range map[string]int{"/sandbox/reset": 405, "/sandbox/faults": 405, "/sandbox/nothing": 404} {
		if a := b.do("GET", path, ""); a.status != status {
			t.Errorf("GET %s: %d, want %d", path, a.status, status)
		}
	}
}

func lines(t *testing.T, a answer, each func([]byte)) {
	t.Helper()
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "application/jsonl") {
		t.Fatalf("status %d, type %s", a.status, a.header.Get("Content-Type"))
	}
	s := bufio.NewScanner(bytes.NewReader(a.body))
	for s.Scan() {
		each(s.Bytes())
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
}
