package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/sandbox"
)

// Requests a row: a hundred users each, and one to count them.
func TestVerifyRequestsARow(t *testing.T) {
	t.Parallel()
	const rows = 3000
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(rows))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q", "--mode", "create")
	for name, c := range map[string]struct{ folder, checkpoint string }{"by the checkpoint": {folder, "true"}, "without": {t.TempDir(), "false"}} {
		before := tally(b.Journal())
		doc, found := verified(t, exitOK, c.folder, b.env(), file)
		if got, want := figuresOf(doc, "checkpoint", "equal"), fmt.Sprintf("checkpoint=%s equal=%d", c.checkpoint, rows); got != want || len(found) > 0 {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		got := tally(b.Journal())
		for endpoint, n := range before {
			if got[endpoint] -= n; got[endpoint] == 0 {
				delete(got, endpoint)
			}
		}
		if diff := cmp.Diff(map[string]int{"GET /users": rows / 100, "GET /users/count": 1, "GET /instance": 1}, got); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", name, diff)
		}
	}
}

// Users that the input does not have any more are named by id, and no fault.
// Strangers are counted, and no more.
func TestVerifyFindsExtraUsers(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	for i := range 3 {
		if _, err := b.AddUser(fmt.Appendf(nil, `{"external_id":"stranger-%d","username":"stranger%[1]d","skip_password_requirement":true}`, i)); err != nil {
			t.Fatal(err)
		}
	}
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(250))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	users := b.users(t)
	head, rest, _ := strings.Cut(string(newUsers(250)), "\n")
	writeFile(t, file, []byte(head+"\n"+strings.Join(strings.SplitAfter(rest, "\n")[2:], "")))
	if out := carryover(t, exitMismatch, folder, b.env(), "verify", file); !strings.Contains(out.stderr, "users.csv is not the input that checkpoint") {
		t.Error(out.stderr)
	}
	carryover(t, exitOK, folder, b.env(), "run", file, "-q", "--delta")
	b.send(t, http.MethodDelete, users["user-000001"]["id"].(string), "") // it is no extra one then
	doc, found := verified(t, exitOK, folder, b.env(), file)
	if want := []string{"user-000000 user_extra"}; !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
	if got, want := figuresOf(doc, "equal", "extra", "users", "other_users"), "equal=248 extra=1 users=252 other_users=3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A sample is the same each time, and spread over the input.
func TestVerifyASample(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(400))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	for _, u := range b.Users() {
		b.send(t, http.MethodPatch, u.ID, `{"first_name":"Eve"}`)
	}
	n := len(b.Journal())
	doc, found := verified(t, exitOK, folder, b.env(), file, "--sample", "20")
	if got, want := figuresOf(doc, "compared", "changed_since", "not_compared.left", "users", "other_users"), "compared=20 changed_since=20 not_compared.left=380 users=400 other_users=<nil>"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if requests := len(b.Journal()) - n; requests != 3 {
		t.Errorf("%d requests", requests)
	}
	for i, line := range found {
		var row int
		if _, err := fmt.Sscanf(line, "user-%d ", &row); err != nil || row/20 != i {
			t.Errorf("number %d is %q", i, line)
		}
	}
	if _, again := verified(t, exitOK, folder, b.env(), file, "--sample", "20"); !slices.Equal(found, again) {
		t.Errorf("%q, then %q", found, again)
	}
	if doc, _ := verified(t, exitOK, folder, b.env(), file, "--sample", "5000"); figuresOf(doc, "compared") != "compared=400" {
		t.Errorf("%v", doc["verification"])
	}
}

// A run that is not done is compared as far as it came, and again when it is.
func TestVerifyARunThatIsNotDone(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(300))
	carryover(t, exitResumable, folder, b.env(), "run", file, "-q", "--max-rows", "120")
	doc, found := verified(t, exitOK, folder, b.env(), file)
	if got, want := figuresOf(doc, "equal", "not_compared.unfinished"), "equal=120 not_compared.unfinished=180"; got != want || len(found) > 0 {
		t.Errorf("%s, want %s; %q", got, want, found)
	}
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	if doc, found = verified(t, exitOK, folder, b.env(), file); figuresOf(doc, "equal") != "equal=300" || len(found) > 0 {
		t.Errorf("%v; %q", doc["verification"], found)
	}
}

// A row without an id of its own is found by the one that was made for it; and
// an update that could not change an address is no fault.
func TestVerifyKeylessAndUnchangeable(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	if _, err := b.AddUser([]byte(`{"external_id":"there","email_address":["old@example.com"],"banned":true,"skip_password_requirement":true}`)); err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, filepath.Join(folder, "users.jsonl"), []byte(`{"email_address":["keyless@example.com"]}
{"external_id":"there","email_address":["new@example.com"],"first_name":"Ada","banned":false}
`))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	doc, found := verified(t, exitOK, folder, b.env(), file)
	if want := []string{"there update_cannot_change banned", "there update_cannot_change email_address"}; !slices.Equal(found, want) {
		t.Errorf("%q, want %q", found, want)
	}
	if got, want := figuresOf(doc, "equal", "cannot_change"), "equal=1 cannot_change=1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if doc, _ = verified(t, exitProblems, t.TempDir(), b.env(), file); figuresOf(doc, "different", "not_compared.without_id") != "different=1 not_compared.without_id=1" {
		t.Errorf("%v", doc["verification"])
	}
}

// While Clerk fails, what was found by then is told; the list is not kept.
func TestVerifyStopsWhereClerkFails(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(300))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	b.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v1/users/count" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"errors":[{"code":"clerk_key_invalid"}]}`))
		return true
	})
	list := filepath.Join(folder, "differences.csv")
	out := carryover(t, exitRefused, folder, b.env(), "verify", file, "--differences", list, "--output", "json")
	doc := decodeObject(t, []byte(out.stdout))
	if doc["state"] != "stopped" || figuresOf(doc, "equal") != "equal=300" || !strings.Contains(out.stderr, "Clerk refuses the key") {
		t.Errorf("%v %v\n%s", doc["state"], doc["verification"], out.stderr)
	}
	if _, err := os.Stat(list); !os.IsNotExist(err) {
		t.Errorf("the list is there: %v", err)
	}
}

// Rows of an input that changes meanwhile may be other users': nothing is
// concluded from them.
func TestVerifyStopsWhereTheInputChanges(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(300))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q")
	b.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/v1/users" {
			_ = os.WriteFile(file, newUsers(301), 0o600)
		}
		return false
	})
	out := carryover(t, exitMismatch, folder, b.env(), "verify", file, "--differences", filepath.Join(folder, "list.csv"))
	wantWords(t, out.stdout, "Stopped after ", ": the input has changed.")
	wantWords(t, out.stderr, "carryover: "+file+": ", "The list of differences was not written, as it is not whole.")
}

// A run that only fills leaves what users have: verify takes the policy from the
// checkpoint, and does not call that a difference.
func TestVerifyKeepsToThePolicy(t *testing.T) {
	t.Parallel()
	b, folder := newBox(t, sandbox.Config{}), t.TempDir()
	before := writeFile(t, filepath.Join(folder, "before.csv"), []byte("external_id,email_address,first_name\nu1,u1@example.com,Eve\nu2,u2@example.com,\n"))
	carryover(t, exitOK, folder, b.env(), "run", before, "-q")
	file := writeFile(t, filepath.Join(folder, "users.csv"), []byte("external_id,email_address,first_name,last_name\n"+
		"u1,u1@example.com,Ada,King\nu2,u2@example.com,Ada,King\nu3,u3@example.com,Ada,King\n"))
	carryover(t, exitOK, folder, b.env(), "run", file, "-q", "--on-existing", "fill")
	if doc, found := verified(t, exitOK, folder, b.env(), file); len(found) > 0 || figuresOf(doc, "equal") != "equal=3" {
		t.Errorf("%q, %v", found, doc["verification"])
	}
}

// What a policy left as it was is no difference; what it brought is compared.
func TestVerifyAfterARunWithAPolicy(t *testing.T) {
	t.Parallel()
	for policy, since := range map[string]int{ // how many of two who change their names are not what their rows say
		"--on-existing fill": 0, "--on-existing skip": 0, "--metadata merge": 2, "--on-existing skip --metadata merge": 0,
	} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			b, folder := newBox(t, sandbox.Config{}), t.TempDir()
			for i, row := range readCSV(t, sample(t, "users.csv")) {
				if i%2 == 0 {
					seed(t, b, row)
				}
			}
			carryover(t, exitOK, folder, b.env(), append([]string{"run", sample(t, "users.csv"), "-q"}, strings.Fields(policy)...)...)
			doc, found := verified(t, exitOK, folder, b.env(), sample(t, "users.csv")) // the policy it knows by the checkpoint
			if got := figuresOf(doc, "equal"); got != "equal=320" || len(found) > 0 {
				t.Errorf("%s: %q", got, found)
			}
			for _, u := range b.Users()[:2] { // of those who were there before
				b.send(t, http.MethodPatch, u.ID, `{"first_name":"Eve"}`)
			}
			doc, _ = verified(t, exitOK, folder, b.env(), sample(t, "users.csv"))
			if got, want := figuresOf(doc, "changed_since"), fmt.Sprintf("changed_since=%d", since); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}
