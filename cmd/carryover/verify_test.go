package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/sandbox"
)

// verified runs verify to its end, and returns its document and what stands in
// the file of differences: "key code field", in the order of the file.
func verified(t *testing.T, code int, folder string, env []string, args ...string) (doc map[string]any, found []string) {
	t.Helper()
	list := filepath.Join(t.TempDir(), "differences.jsonl")
	out := carryover(t, code, folder, env, slices.Concat([]string{"verify", "--output", "json", "--differences", list}, args)...)
	for line := range bytes.Lines(read(t, list)) {
		d := decodeObject(t, line)
		field, _ := d["field"].(string)
		found = append(found, strings.TrimSpace(fmt.Sprintf("%v %v %s", d["key"], d["code"], field)))
	}
	return decodeObject(t, []byte(out.stdout)), found
}

// figuresOf are members of the document's verification, in an order.
func figuresOf(doc map[string]any, names ...string) string {
	var list []string
	for _, name := range names {
		list = append(list, fmt.Sprintf("%s=%v", name, at(doc, "verification."+name)))
	}
	return strings.Join(list, " ")
}

// After a run every user is what the file says, whichever mode and whether it
// was there before, and verify says so.
func TestVerifyAfterARun(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"users.csv", "users.jsonl"} {
		for _, c := range []struct {
			mode          string
			there         int // every n-th row is there before; 0 is none
			code          int // of the run
			apiVersion    string
			compared, not string
		}{
			{"create", 0, exitOK, "2025-11-10", "320", ""},
			{"create", 2, exitProblems, "2025-11-10", "160", "conflict"},
			{"upsert", 2, exitOK, "2025-11-10", "320", ""},
			{"upsert", 2, exitOK, "2026-05-12", "320", ""},
			{"update", 1, exitOK, "2025-11-10", "320", ""},
			{"update", 2, exitProblems, "2025-11-10", "160", "rejected"},
		} {
			t.Run(fmt.Sprintf("%s/%s/every %d there/%s", file, c.mode, c.there, c.apiVersion), func(t *testing.T) {
				t.Parallel()
				b, folder := newBox(t, sandbox.Config{}), t.TempDir()
				for i, row := range readCSV(t, sample(t, "users.csv")) {
					if c.there > 0 && i%c.there == 0 {
						seed(t, b, row)
					}
				}
				carryover(t, c.code, folder, b.env(), "run", sample(t, file), "--mode", c.mode, "--api-version", c.apiVersion, "--max-rejects", "100%", "-q")
				doc, found := verified(t, exitOK, folder, b.env(), sample(t, file)) // the rest it knows by the checkpoint
				if len(found) > 0 {
					t.Errorf("differences: %q", found)
				}
				if got, want := figuresOf(doc, "compared", "equal"), "compared="+c.compared+" equal="+c.compared; got != want {
					t.Errorf("%s, want %s", got, want)
				}
				if c.not != "" && figuresOf(doc, "not_compared."+c.not) != "not_compared."+c.not+"=160" {
					t.Errorf("not compared: %v", at(doc, "verification.not_compared"))
				}
			})
		}
	}
}

// Every property of a row, in both forms of input.
func TestVerifyEveryProperty(t *testing.T) {
	t.Parallel()
	row := join(shared, digest, createOnly)
	for ext, content := range map[string][]byte{"csv": asCSV(t, row, camel), "jsonl": asJSONL(row, camel)} {
		b, folder := newBox(t, sandbox.Config{}), t.TempDir()
		file := writeFile(t, filepath.Join(folder, "users."+ext), content)
		carryover(t, exitOK, folder, b.env(), "run", file, "-q")
		if doc, found := verified(t, exitOK, folder, b.env(), file); len(found) > 0 || figuresOf(doc, "equal", "other_users") != "equal=1 other_users=0" {
			t.Errorf("%s: %q, %v", ext, found, doc["verification"])
		}
	}
}

// tampered are changes of ten users, each of another property, as PATCH takes
// them; the last user is deleted.
var tampered = []struct{ field, body string }{
	{"first_name", `{"first_name":"Eve"}`},
	{"last_name", `{"last_name":"Elsewhere"}`},
	{"username", `{"username":"somebody_else"}`},
	{"external_id", `{"external_id":"another"}`},
	{"public_metadata", `{"public_metadata":{"row":4.0}}`},
	{"private_metadata", `{"private_metadata":{"row":9007199254740992}}`},
	{"created_at", `{"created_at":"2020-01-01T00:00:00Z"}`},
	{"legal_accepted_at", `{"legal_accepted_at":"2020-01-01T00:00:00.001Z"}`},
	{"create_organizations_limit", `{"create_organizations_limit":4}`},
	{"", ``},
}

// newWholeUsers are n users that have all of these properties.
func newWholeUsers(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"external_id":"user-%06d","email_address":["user%06[1]d@example.com"],"first_name":"Ada","last_name":"King","username":"ada_%06[1]d",`+
			`"public_metadata":{"row":4},"private_metadata":{"row":9007199254740993},"created_at":"2019-01-01T00:00:00Z",`+
			`"legal_accepted_at":"2020-01-01T00:00:00Z","create_organizations_limit":3}`+"\n", i)
	}
	return b.Bytes()
}

// A tampering is a migration of 300 users of whom ten are tampered with.
type tampering struct {
	*box
	folder, file string
	ids          []string // of Clerk, of the ten
	want         []string // as verified tells them, with the code of a difference for %s
}

func newTampering(t *testing.T) *tampering {
	t.Helper()
	s := &tampering{box: newBox(t, sandbox.Config{}), folder: t.TempDir()}
	s.file = writeFile(t, filepath.Join(s.folder, "users.jsonl"), newWholeUsers(300))
	carryover(t, exitOK, s.folder, s.env(), "run", s.file, "-q")
	users := s.users(t)
	for i, change := range tampered {
		key := fmt.Sprintf("user-%06d", 29*i)
		s.ids = append(s.ids, users[key]["id"].(string))
		line := key + " %s " + change.field
		if change.field == "" {
			line = key + " user_not_found"
		}
		s.want = append(s.want, line)
	}
	return s
}

// wantFound compares what verify found with the first n of the ten.
func (s *tampering) wantFound(t *testing.T, n int, code string, found []string) {
	t.Helper()
	want := slices.Clone(s.want[:n])
	for i := range want {
		want[i] = strings.Replace(want[i], "%s", code, 1)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("-want +found:\n%s", diff)
	}
}

// Whoever was changed after the run is named, and it is no fault of the run;
// whoever is gone is one.
func TestVerifyNamesWhoChangedSince(t *testing.T) {
	t.Parallel()
	s := newTampering(t)
	for i, change := range tampered[:9] {
		s.send(t, http.MethodPatch, s.ids[i], change.body)
	}
	doc, found := verified(t, exitOK, s.folder, s.env(), s.file)
	s.wantFound(t, 9, "user_changed_since", found)
	if got, want := figuresOf(doc, "equal", "changed_since", "different"), "equal=291 changed_since=9 different=0"; got != want || doc["state"] != "finished" {
		t.Errorf("%s, want %s; %v", got, want, doc["state"])
	}
	s.send(t, http.MethodDelete, s.ids[9], "")
	doc, found = verified(t, exitProblems, s.folder, s.env(), s.file)
	s.wantFound(t, 10, "user_changed_since", found)
	if got, want := figuresOf(doc, "changed_since", "not_found", "users", "other_users"), "changed_since=9 not_found=1 users=299 other_users=0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// Without the checkpoint nobody can tell when it was.
	if doc, found = verified(t, exitProblems, t.TempDir(), s.env(), s.file); figuresOf(doc, "checkpoint", "different", "not_found") != "checkpoint=false different=8 not_found=2" {
		t.Errorf("%q, %v", found, doc["verification"])
	}
}

// Users that are not what their rows say, although nothing changed them since,
// are faults: exactly those ten are named.
func TestVerifyNamesWhoDiffers(t *testing.T) {
	t.Parallel()
	s := newTampering(t)
	s.inFront(s.showTampered)
	doc, found := verified(t, exitProblems, s.folder, s.env(), s.file)
	s.wantFound(t, 10, "user_differs", found)
	if got, want := figuresOf(doc, "compared", "equal", "different", "not_found"), "compared=300 equal=290 different=9 not_found=1"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	problems := map[string]string{}
	for _, p := range doc["problems"].([]any) {
		p := p.(map[string]any)
		problems[fmt.Sprint(p["code"], " ", p["field"])] = fmt.Sprint(p["count"], " ", p["severity"], " ", p["lines"])
	}
	if len(problems) != 10 || problems["user_differs last_name"] != "1 error [30]" {
		t.Errorf("problems: %v", problems)
	}
}

// showTampered answers a look-up as if the ten were tampered with, without a
// trace in their time of change.
func (s *tampering) showTampered(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet || r.URL.Path != "/v1/users" {
		return false
	}
	answer := httptest.NewRecorder()
	s.Handler().ServeHTTP(answer, r)
	var users []map[string]json.RawMessage
	if json.Unmarshal(answer.Body.Bytes(), &users) != nil {
		http.Error(w, "", http.StatusInternalServerError)
		return true
	}
	shown := []map[string]json.RawMessage{}
	for _, user := range users {
		i := slices.Index(s.ids, strings.Trim(string(user["id"]), `"`))
		if i == len(tampered)-1 {
			continue
		}
		if i >= 0 {
			var change map[string]json.RawMessage
			_ = json.Unmarshal([]byte(tampered[i].body), &change)
			for name, value := range change {
				if strings.HasSuffix(name, "_at") { // Clerk shows milliseconds
					value = json.RawMessage("1577836800001")
				}
				user[name] = value
			}
		}
		shown = append(shown, user)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(shown)
	return true
}

// send changes or deletes a user as somebody else would.
func (b *box) send(t *testing.T, method, userID, body string) {
	t.Helper()
	b.sendAs(t, testKey, method, userID, body)
}

func (b *box) sendAs(t *testing.T, key, method, userID, body string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.url+"/v1/users/"+userID, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	if _ = resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s is answered %d", method, userID, resp.StatusCode)
	}
}
