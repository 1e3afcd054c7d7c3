package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

// An undoSetting is an instance with users of its own, and a folder.
type undoSetting struct {
	*box
	folder string
}

func newUndoSetting(t *testing.T, cfg sandbox.Config, bodies ...string) *undoSetting {
	t.Helper()
	s := &undoSetting{newBox(t, cfg), t.TempDir()}
	for _, body := range bodies {
		if _, err := s.AddUser([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// content is what the instance holds, by Clerk's id, but for when it was last
// written to.
func (s *undoSetting) content(t *testing.T) map[string]sandbox.User {
	t.Helper()
	all := map[string]sandbox.User{}
	for _, u := range s.Users() {
		u.UpdatedAt = 0
		all[u.ID] = u
	}
	return all
}

func (s *undoSetting) byExternalID(t *testing.T, id string) sandbox.User {
	t.Helper()
	for _, u := range s.Users() {
		if u.ExternalID != nil && *u.ExternalID == id {
			return u
		}
	}
	t.Fatalf("there is no %s", id)
	return sandbox.User{}
}

func (s *undoSetting) undo(t *testing.T, code int, args ...string) map[string]any {
	t.Helper()
	args = append([]string{"undo", "users.jsonl", "--confirm", "ins_sandbox", "-q", "--output", "json"}, args...)
	out := carryover(t, code, s.folder, s.env(), args...)
	doc, _ := at(decodeObject(t, []byte(out.stdout)), "undo").(map[string]any)
	return doc
}

// numbers are members of a document, as text.
func numbers(doc map[string]any, paths ...string) string {
	var all []string
	for _, path := range paths {
		all = append(all, fmt.Sprint(at(doc, path)))
	}
	return strings.Join(all, " ")
}

const (
	// bare has nothing but what a user must have, rich has every field.
	bareUser = `{"external_id":"bare","email_address":["bare@example.com"],"skip_password_requirement":true}`
	richUser = `{"external_id":"rich","email_address":["rich@example.com"],"username":"rich_one","first_name":"Rich","last_name":"One","locale":"en-GB",
		"password_digest":"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy","password_hasher":"bcrypt",
		"public_metadata":{"a":1.50,"b":{"c":[1,2]}},"private_metadata":{"p":"q"},"unsafe_metadata":{"u":null},
		"delete_self_enabled":false,"create_organization_enabled":false,"create_organizations_limit":3,"bypass_client_trust":true,
		"legal_accepted_at":"2024-01-02T03:04:05.678Z","created_at":"2020-01-02T03:04:05Z"}`
	otherUser = `{"external_id":"other","email_address":["other@example.com"],"skip_password_requirement":true}`

	// everything changes every field that can be given back.
	everything = `,"username":"%s_two","first_name":"Two","last_name":"Two","locale":"de-DE","public_metadata":{"x":1},"private_metadata":{"y":2},"unsafe_metadata":{"z":3},` +
		`"delete_self_enabled":%v,"create_organization_enabled":%v,"create_organizations_limit":9,"bypass_client_trust":%v,` +
		`"legal_accepted_at":"2025-05-05T05:05:05Z","created_at":"2021-01-01T00:00:00Z"}` + "\n"
)

func everyField(who string, on bool) string {
	return fmt.Sprintf(`{"external_id":"%s"`+everything, who, who, on, on, !on)
}

// Users who were there are given back as they were, field by field, what was empty
// is empty again, and those whom the migration made are gone: with either version
// of the API, and also where they are updated again and again.
func TestUndoGivesEveryFieldBack(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2025-11-10", "2026-05-12"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := newUndoSetting(t, sandbox.Config{UserLimit: -1}, bareUser, richUser, otherUser)
			before := s.content(t)
			file := filepath.Join(s.folder, "users.jsonl")
			rows := everyField("bare", false) + everyField("rich", true) + `{"external_id":"new","email_address":["new@example.com"]}` + "\n"
			writeFile(t, file, []byte(rows))
			carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q", "--api-version", version)
			rows = strings.ReplaceAll(strings.ReplaceAll(rows, `"Two"`, `"Three"`), "new", "fresh") // the user of before has vanished
			writeFile(t, file, []byte(rows))
			carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q", "--api-version", version, "--delta")
			if u := s.byExternalID(t, "bare"); *u.FirstName != "Three" {
				t.Fatalf("%+v", u)
			}
			doc := s.undo(t, exitOK)
			if numbers(doc, "deleted", "restored") != "2 2" {
				t.Errorf("%v", doc)
			}
			if d := cmp.Diff(before, s.content(t)); d != "" {
				t.Errorf("(-before +after):\n%s", d)
			}
		})
	}
}

// What others have changed since stays, and is named; what nothing can give back
// is named as well.
func TestUndoLeavesWhatOthersChanged(t *testing.T) {
	t.Parallel()
	s := newUndoSetting(t, sandbox.Config{}, bareUser, richUser, otherUser)
	other := s.content(t)[s.byExternalID(t, "other").ID]
	writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(everyField("bare", false)+
		`{"external_id":"rich","first_name":"Two","last_name":"Two","password":"violet-otter-42"}`+"\n"+
		`{"external_id":"new1","email_address":["new1@example.com"],"first_name":"New"}`+"\n"+`{"external_id":"new2","email_address":["new2@example.com"],"first_name":"New"}`+"\n"+
		`{"external_id":"new3","email_address":["new3@example.com"],"first_name":"New"}`+"\n"))
	carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q")
	s.send(t, http.MethodPatch, s.byExternalID(t, "rich").ID, `{"first_name":"Own"}`)
	s.send(t, http.MethodPatch, s.byExternalID(t, "new1").ID, `{"first_name":"Own"}`)
	if err := s.SignIn(s.byExternalID(t, "new2").ID); err != nil {
		t.Fatal(err)
	}
	doc := s.undo(t, exitProblems)
	want := map[string]any{
		"given": map[string]any{}, "changed": map[string]any{"first_name": json.Number("1")}, "lost": map[string]any{"password": json.Number("1")},
	}
	fields, _ := doc["fields"].(map[string]any)
	if given, _ := fields["given"].(map[string]any); given["last_name"] != json.Number("2") || given["first_name"] != json.Number("1") {
		t.Errorf("given back: %v", given)
	}
	fields["given"] = map[string]any{}
	if d := cmp.Diff(want, fields); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	if numbers(doc, "deleted", "restored", "skipped.changed", "skipped.signed_in") != "1 2 1 1" {
		t.Errorf("%v", doc)
	}
	rich := s.byExternalID(t, "rich")
	if *rich.FirstName != "Own" || *rich.LastName != "One" || *s.byExternalID(t, "new1").FirstName != "Own" || s.byExternalID(t, "new2").LastSignInAt == nil {
		t.Errorf("%+v", rich)
	}
	if d := cmp.Diff(other, s.content(t)[other.ID]); d != "" {
		t.Errorf("a stranger was touched (-before +after):\n%s", d)
	}
	for _, e := range s.Journal() {
		if e.UserID == other.ID {
			t.Errorf("%s %s of a stranger", e.Method, e.Path)
		}
	}
}

// A secret key that has been replaced opens nothing; the earlier one does, for
// that alone.
func TestUndoAfterTheKeyWasReplaced(t *testing.T) {
	t.Parallel()
	s := newUndoSetting(t, sandbox.Config{}, bareUser)
	before := s.content(t)
	writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(everyField("bare", false)+`{"external_id":"new","email_address":["new@example.com"]}`+"\n"))
	carryover(t, exitOK, s.folder, append(s.env(), "CLERK_SECRET_KEY=sk_test_earlier"), "run", "users.jsonl", "-q")
	doc := s.undo(t, exitProblems)
	if numbers(doc, "deleted", "restored", "sealed") != "1 0 1" {
		t.Errorf("%v", doc)
	}
	text := carryover(t, exitOK, s.folder, s.env(), "report", "users.jsonl").stdout
	wantWords(t, text, "1 deleted, 1 sealed")
	writeFile(t, filepath.Join(s.folder, "old-key"), []byte("sk_test_earlier\n"))
	if err := os.Chmod(filepath.Join(s.folder, "old-key"), 0o600); err != nil {
		t.Fatal(err)
	}
	doc = s.undo(t, exitOK, "--old-key-file", "old-key")
	if numbers(doc, "deleted", "restored", "sealed") != "1 1 0" {
		t.Errorf("%v", doc)
	}
	if d := cmp.Diff(before, s.content(t)); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}

// Rows that name their users are only looked at where --keep-before says so: 100
// a request; otherwise undo says that nothing was kept.
func TestUndoOfRowsThatNameTheirUsers(t *testing.T) {
	t.Parallel()
	for keep, want := range map[string]struct {
		lookUps        int
		restored, lost string
	}{"auto": {0, "0", "150"}, "none": {0, "0", "150"}, "all": {2, "150", "0"}} {
		t.Run(keep, func(t *testing.T) {
			t.Parallel()
			var bodies []string
			for i := range 150 {
				bodies = append(bodies, fmt.Sprintf(`{"external_id":"e%d","email_address":["e%d@example.com"],"first_name":"Own%d","skip_password_requirement":true}`, i, i, i))
			}
			s := newUndoSetting(t, sandbox.Config{}, bodies...)
			before := s.content(t)
			rows := ""
			for id := range before {
				rows += fmt.Sprintf(`{"user_id":%q,"first_name":"Two"}`+"\n", id)
			}
			writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(rows))
			carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q", "--keep-before", keep)
			if n := s.count(http.MethodGet, "/users"); n != want.lookUps {
				t.Errorf("%d look-ups, want %d", n, want.lookUps)
			}
			code := exitOK
			if want.lost != "0" {
				code = exitProblems
			}
			doc := s.undo(t, code)
			if numbers(doc, "restored") != want.restored || numbers(doc, "lost") != want.lost {
				t.Errorf("%v", doc)
			}
			if same := cmp.Equal(before, s.content(t)); same != (want.lost == "0") {
				t.Errorf("as before: %v", same)
			}
		})
	}
}

// An interrupted undo waits for what is on its way, and the same command goes on;
// meanwhile run refuses the checkpoint.
func TestInterruptedUndo(t *testing.T) {
	t.Parallel()
	s := newUndoSetting(t, sandbox.Config{Latency: 5 * time.Millisecond, UserLimit: -1}, otherUser)
	before := s.content(t)
	writeFile(t, filepath.Join(s.folder, "users.csv"), newUsers(400))
	carryover(t, exitOK, s.folder, s.env(), "run", "users.csv", "-q")
	args := []string{"undo", "users.csv", "--confirm", "ins_sandbox", "--max-in-flight", "4"}
	p := start(t, s.folder, s.env(), args...)
	if !eventually(20*time.Second, func() bool { return s.Stats().Users < 300 }) {
		t.Fatal("nothing is deleted")
	}
	p.signal(t, os.Interrupt)
	out := p.wait(t)
	if out.code != exitInterrupted {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	wantWords(t, out.stdout, "Interrupted after", "waiting")
	wantWords(t, out.stderr, "Stopping (interrupt): waiting for requests in flight", "Run the same command again to go on.")
	left := s.Stats().Users
	refused := carryover(t, exitMismatch, s.folder, s.env(), "run", "users.csv")
	wantWords(t, refused.stderr, fmt.Sprintf("is being undone: %d users are left", left-1), "finish that first: carryover undo users.csv.carryover.db")
	wantWords(t, carryover(t, exitOK, s.folder, s.env(), "status").stdout, "half undone", "undone in part: ", "to go on: carryover undo users.csv.carryover.db")
	wantWords(t, carryover(t, exitOK, s.folder, s.env(), args...).stdout, "Undone in ", "every user is as before the migration")
	if d := cmp.Diff(before, s.content(t)); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
	deletes := 0
	for _, e := range s.Journal() {
		if e.Method == http.MethodDelete {
			deletes++
		}
	}
	if deletes != 400 {
		t.Errorf("%d deletes for 400 users", deletes)
	}
}

// A create without an answer is looked up before anything is undone, and its user
// is deleted too; one of which nobody can tell is listed.
func TestUndoSettlesCreatesFirst(t *testing.T) {
	t.Parallel()
	s := newUndoSetting(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "reset-after-apply", Method: "POST", Probability: 1}}})
	writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(`{"external_id":"a","email_address":["a@example.com"]}`+"\n"))
	p := start(t, s.folder, s.env(), "run", "users.jsonl", "-q", "--settle", "1m")
	s.awaitUsers(t, 1)
	p.signal(t, os.Kill)
	p.wait(t)
	if err := s.SetFaults(nil); err != nil {
		t.Fatal(err)
	}
	out := carryover(t, exitOK, s.folder, s.env(), "undo", "users.jsonl", "--confirm", "ins_sandbox", "--settle", "300ms")
	wantWords(t, out.stderr, "Looking up 1 creates whose answer never came")
	if n := s.Stats().Users; n != 0 {
		t.Errorf("%d users are left\n%s", n, out.stdout)
	}

	create := newUndoSetting(t, sandbox.Config{Faults: []sandbox.Fault{{Name: "reset-after-apply", Method: "POST", Probability: 1}}})
	writeFile(t, filepath.Join(create.folder, "users.jsonl"), []byte(`{"external_id":"a","email_address":["a@example.com"]}`+"\n"))
	p = start(t, create.folder, create.env(), "run", "users.jsonl", "-q", "--settle", "1m", "--mode", "create")
	create.awaitUsers(t, 1)
	p.signal(t, os.Kill)
	p.wait(t)
	if doc := create.undo(t, exitProblems, "--settle", "300ms"); numbers(doc, "no_answer") != "1" || numbers(doc, "users") != "0" {
		t.Errorf("%v", doc)
	}
	if n := create.Stats().Users; n != 1 {
		t.Errorf("%d users: a user that may be somebody's was touched", n)
	}
}

// What is kept of a million rows must not be what fills the disk.
func TestSizeOfWhatIsKept(t *testing.T) {
	t.Parallel()
	const rows = 500
	sizes := map[string]int64{}
	for _, keep := range []string{"auto", "none"} {
		var bodies []string
		text := ""
		for i := range rows {
			bodies = append(bodies, fmt.Sprintf(`{"external_id":"legacy-%06d","email_address":["e%d@example.com"],"first_name":"Own","last_name":"Name","public_metadata":{"plan":"free","team":%d},"skip_password_requirement":true}`, i, i, i))
			text += fmt.Sprintf(`{"external_id":"legacy-%06d","first_name":"Two","last_name":"Names","public_metadata":{"plan":"pro","team":%d}}`+"\n", i, i)
		}
		s := newUndoSetting(t, sandbox.Config{}, bodies...)
		writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(text))
		carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q", "--keep-before", keep)
		info, err := os.Stat(filepath.Join(s.folder, "users.jsonl.carryover.db"))
		if err != nil {
			t.Fatal(err)
		}
		sizes[keep] = info.Size()
	}
	perRow := float64(sizes["auto"]-sizes["none"]) / rows
	t.Logf("%.0f bytes a row", perRow)
	if perRow < 100 || perRow > 500 {
		t.Errorf("%.0f bytes a row", perRow)
	}
}

// What a policy leaves was not changed and is not touched; what it merged is given
// back whole.
func TestUndoAfterAPolicy(t *testing.T) {
	t.Parallel()
	s := newUndoSetting(t, sandbox.Config{}, bareUser, richUser)
	before := s.content(t)
	writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(everyField("bare", false)+
		`{"external_id":"rich","first_name":"Two","public_metadata":{"a":null,"x":1},"unsafe_metadata":{"u":5,"v":6}}`+"\n"))
	carryover(t, exitOK, s.folder, s.env(), "run", "users.jsonl", "-q", "--on-existing", "fill", "--metadata", "merge")
	rich := s.byExternalID(t, "rich")
	if *rich.FirstName != "Rich" || string(rich.PublicMetadata) == string(before[rich.ID].PublicMetadata) {
		t.Fatalf("%+v", rich)
	}
	if doc := s.undo(t, exitOK); numbers(doc, "restored") != "2" || numbers(doc, "fields.given.first_name") != "1" {
		t.Errorf("%v", doc)
	}
	if d := cmp.Diff(before, s.content(t)); d != "" {
		t.Errorf("(-before +after):\n%s", d)
	}
}
