//go:build unix

package faults

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// content is what the instance holds of a user, as text, but for when it was last
// written to.
func (i *instance) content(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, u := range lines[map[string]any](t, i, "/sandbox/users") {
		delete(u, "updated_at")
		text, err := json.Marshal(u)
		if err != nil {
			t.Fatal(err)
		}
		all[fmt.Sprint(u["id"])] = string(text)
	}
	return all
}

// post sends a body to the instance, with a key.
func (i *instance) post(t *testing.T, path, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer sk_test_faults")
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= 300 {
		t.Fatalf("POST %s: %s", path, resp.Status)
	}
}

// An undo of a thousand users, killed again and again, leaves exactly those who
// were there before, as they were, and those who have signed in. Nobody else is
// touched, and nobody is deleted twice.
func TestKilledUndo(t *testing.T) {
	t.Parallel()
	const rows, strangers, updated = 1000, 20, 10
	m := newMigration(t, rows+updated)
	for i := range strangers {
		id := fmt.Sprintf("stranger-%d", i)
		if i < updated { // the migration comes to these as well
			id = m.user(rows + i).ExternalID
		}
		m.box.post(t, "/v1/users", fmt.Sprintf(`{"external_id":%q,"first_name":"Own%d","email_address":["own%d@example.com"],"public_metadata":{"n":%d},"skip_password_requirement":true}`, id, i, i, i))
	}
	before := m.box.content(t)
	if out := m.run(t); out.code != exitOK {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	for id, text := range m.box.content(t) {
		if len(before) == strangers+2 {
			break
		}
		if before[id] == "" && strings.Contains(text, `"Ada`) {
			m.box.post(t, "/sandbox/sign-in", id)
			before[id] = m.box.content(t)[id]
		}
	}
	sent := len(m.box.journal(t))
	args := []string{"undo", inputName, "--confirm", "ins_sandbox", "--rate-limit", "10000/100ms", "--max-in-flight", "4", "--settle", settle}
	for kill := range 5 {
		p := start(t, m.launch(), args...)
		left := rows + strangers - 150*(kill+1)
		m.box.await(t, p, func(s totals) bool { return s.Users <= left })
		p.signal(t, syscall.SIGKILL)
		if out := p.wait(t); out.signal != syscall.SIGKILL {
			t.Fatalf("kill %d: exit code %d\n%s%s", kill, out.code, out.stdout, out.stderr)
		}
		if out := m.run(t); out.code != exitMismatch {
			t.Fatalf("a run on what is half undone: exit code %d\n%s", out.code, out.stderr)
		}
		wantWords(t, m.carryover(t, "status", inputName).stdout, "half undone", "It has been undone in part", "carryover undo")
	}
	out := m.carryover(t, args...)
	if out.code != exitProblems {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	wantWords(t, out.stdout, "deleted    998\n", "restored     10\n", "Signed in (2)")
	after := m.box.content(t)
	for id, text := range before {
		if after[id] != text {
			t.Errorf("is  %s\nwas %s", after[id], text)
		}
	}
	if len(after) != strangers+2 {
		t.Errorf("%d users are left, want %d", len(after), strangers+2)
	}
	deletes, patches := map[string]int{}, map[string]int{}
	for _, e := range m.box.journal(t)[sent:] {
		switch {
		case e.Method == http.MethodDelete && e.Applied:
			deletes[e.UserID]++
		case e.Method == http.MethodPatch:
			patches[e.UserID]++
		}
		if e.writes() && before[e.UserID] != "" && e.Method != http.MethodPatch {
			t.Errorf("%s %s of a user who was there before", e.Method, e.UserID)
		}
	}
	if len(deletes) != rows-2 || len(patches) != updated {
		t.Errorf("%d users deleted, %d updated", len(deletes), len(patches))
	}
	for id, n := range deletes {
		if n != 1 {
			t.Errorf("%s was deleted %d times", id, n)
		}
	}
	if left := m.files(t); !slices.Equal(left, []string{inputName, stateName}) {
		t.Errorf("there are %q", left)
	}
	if again := m.carryover(t, args...); again.code != exitProblems || !strings.Contains(again.stderr, "it has been undone before") {
		t.Errorf("undo again: exit code %d\n%s", again.code, again.stderr)
	}
}
