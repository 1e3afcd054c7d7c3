package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/sandbox"
)

// A planLine is a line of a plan file, as a program reads it.
type planLine struct {
	Row    int64
	Key    string
	Action string
	UserID string `json:"user_id"`
	Code   string
	Fields []struct {
		Field    string
		From, To json.RawMessage
		By       string
	}
	Left []string
}

// readPlanLines returns the rows of a plan, without its head and end.
func readPlanLines(t *testing.T, path string) []planLine {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	rows := make([]planLine, len(lines)-2)
	for i := range rows {
		if err := json.Unmarshal(lines[i+1], &rows[i]); err != nil || rows[i].Row != int64(i)+1 {
			t.Fatalf("row %d of the plan: %s (%v)", i+1, lines[i+1], err)
		}
	}
	return rows
}

// A planSetting is an instance with users, and an input about them and others.
type planSetting struct {
	*box
	folder, input string
	ids           map[string]string // by name
}

func newPlanSetting(t *testing.T, cfg sandbox.Config) *planSetting {
	t.Helper()
	s := &planSetting{box: newBox(t, cfg), folder: t.TempDir(), ids: map[string]string{}}
	for name, more := range map[string]string{
		"equal": `"first_name":"Ada"`, "named": `"first_name":"Ada","last_name":"King"`, "half": `"first_name":"Ada"`, "noted": `"public_metadata":{"plan":"free","team":{"a":1}}`,
		"secret": `"password":"correct horse","totp_secret":"JBSWY3DPEHPK3PXP"`, "bare": `"first_name":"Ada"`, "clash": `"first_name":"Ada"`, "mine": `"first_name":"Ada"`, "same": `"first_name":"Ada"`,
	} {
		id, err := s.AddUser([]byte(`{"external_id":"` + name + `","email_address":["` + name + `@example.com"],` + more + `}`))
		if err != nil {
			t.Fatal(err)
		}
		s.ids[name] = id
	}
	const digest = `"password_digest":"$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy","password_hasher":"bcrypt"`
	s.input = filepath.Join(s.folder, "users.jsonl")
	writeFile(t, s.input, []byte(strings.NewReplacer("MINE", s.ids["mine"], "SAME", s.ids["same"]).Replace(`{"external_id":"new","email_address":["new@example.com"],"first_name":"Eve",`+digest+`}
{"external_id":"equal","first_name":"Ada"}
{"external_id":"named","first_name":"Eve","last_name":"Lovelace","created_at":"2020-01-02T03:04:05Z"}
{"external_id":"half","first_name":"Eve","last_name":"Lovelace"}
{"external_id":"noted","public_metadata":{"plan":"pro","seats":3,"team":{"b":2}}}
{"external_id":"secret",`+digest+`,"totp_secret":"JBSWY3DPEHPK3PXP"}
{"external_id":"bare",`+digest+`,"totp_secret":"JBSWY3DPEHPK3PXP","backup_codes":["a1b2c3d4"],"private_metadata":{"crm":7}}
{"external_id":"clash","email_address":["clash@example.com"],"first_name":"Eve"}
{"user_id":"MINE","first_name":"Eve"}
{"user_id":"SAME","first_name":"Ada"}
{"user_id":"user_nobody","first_name":"Eve"}
{"email_address":["keyless@example.com"],"first_name":"Eve"}
`)))
	return s
}

// run runs the program on the input; its exit code must be one of the codes.
func (s *planSetting) run(t *testing.T, codes []int, args ...string) outcome {
	t.Helper()
	out := start(t, s.folder, s.env(), append([]string{"run", "users.jsonl", "-q"}, args...)...).wait(t)
	if !slices.Contains(codes, out.code) {
		t.Fatalf("%v: exit code %d\n%s%s", args, out.code, out.stdout, out.stderr)
	}
	return out
}

// What a plan says is what the journal of the run shows, request for request, in
// every mode and by every policy.
func TestPlanIsWhatIsSent(t *testing.T) {
	t.Parallel()
	policies := map[string][]string{
		"overwrite": nil,
		"fill":      {"--on-existing", "fill"},
		"skip":      {"--on-existing", "skip"},
		"merge":     {"--metadata", "merge"},
		"mapping":   {"--on-existing", "fill", "--mapping", "policy.yaml"},
	}
	seen := map[string]bool{}
	for _, mode := range []string{"upsert", "create", "update"} {
		for name, policy := range policies {
			for _, version := range []string{"2025-11-10", "2026-05-12"} {
				apart := version == "2026-05-12"
				if apart && (mode != "upsert" || name == "skip") || testing.Short() && mode != "upsert" && name != "fill" {
					continue
				}
				s := newPlanSetting(t, sandbox.Config{})
				writeFile(t, filepath.Join(s.folder, "policy.yaml"), []byte("policy:\n  first_name: overwrite\n  totp_secret: never\n  public_metadata: replace\n"))
				args := slices.Concat(policy, []string{"--mode", mode, "--api-version", version, "--plan", "plan.jsonl"})
				finished := []int{exitOK, exitProblems}
				s.run(t, finished, append(args, "--dry-run")...)
				before := s.Journal()
				if n := len(writes(before)); n > 0 {
					t.Fatalf("the dry run wrote %d times", n)
				}
				out := s.run(t, finished, append(args, "--output", "json")...)
				rows := readPlanLines(t, filepath.Join(s.folder, "plan.jsonl"))
				want := s.wanted(rows, apart, name == "overwrite")
				got := s.sent(s.Journal()[len(before):])
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s, %s, %s (-planned +sent):\n%s", mode, name, version, diff)
				}
				s.checkValues(t, rows)
				s.checkCounts(t, rows, out.stdout)
				for _, row := range rows {
					seen[mode+" "+row.Action] = true
				}
			}
		}
	}
	if testing.Short() {
		return
	}
	for _, action := range []string{"upsert create", "upsert update", "upsert unchanged", "upsert reject", "create create", "create conflict", "update update", "update unchanged", "update reject"} {
		if !seen[action] {
			t.Errorf("no row was planned as %s", action)
		}
	}
}

// wanted are the requests of a plan, by user, each with the properties that it
// must change. Where all of a row is sent, its external id is, whatever else
// changes.
func (s *planSetting) wanted(rows []planLine, apart, whole bool) map[string][]string {
	want := map[string][]string{}
	for _, row := range rows {
		var names, replaced, merged []string
		for _, f := range row.Fields {
			switch {
			case f.By == "merge":
				merged = append(merged, f.Field)
			case apart && strings.HasSuffix(f.Field, "_metadata") && row.Action == "update":
				replaced = append(replaced, f.Field)
			default:
				names = append(names, f.Field)
			}
		}
		key := row.UserID
		switch row.Action {
		case "create":
			if key = row.Key; key == "" {
				key, names = "keyless", append(names, "external_id") // as one is generated
			}
			want[key] = append(want[key], request("POST /users", names))
		case "update":
			if len(names) > 0 || whole {
				want[key] = append(want[key], request("PATCH /users/{user_id}", names))
			}
			if len(replaced) > 0 {
				want[key] = append(want[key], request("PUT /users/{user_id}/metadata", replaced))
			}
			if len(merged) > 0 {
				want[key] = append(want[key], request("PATCH /users/{user_id}/metadata", merged))
			}
		}
	}
	return want
}

func request(what string, names []string) string {
	// What only goes along is no change of its own: an equal value of the row,
	// or an option. The names of the rows above that are equal are left out.
	along := []string{"password_hasher", "skip_restriction_checks", "skip_password_requirement"}
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return slices.Contains(along, n) })
	slices.Sort(names)
	return what + " " + strings.Join(names, ",")
}

// sent are the requests that wrote something, or tried to, by user.
func (s *planSetting) sent(entries []sandbox.Entry) map[string][]string {
	sent := map[string][]string{}
	for _, e := range entries {
		if e.Method == http.MethodGet {
			continue
		}
		key, names := e.UserID, e.Keys
		if e.Method == http.MethodPost {
			if key = e.ExternalID; strings.HasPrefix(key, "carryover_") {
				key = "keyless"
			}
		} else { // each user of the setting was found by its external id, which is equal
			names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == "external_id" })
		}
		sent[key] = append(sent[key], request(e.Method+" "+e.Path, names))
	}
	return sent
}

// checkValues wants what the plan says that users become.
func (s *planSetting) checkValues(t *testing.T, rows []planLine) {
	t.Helper()
	byID := map[string]map[string]any{}
	for _, user := range s.users(t) {
		byID[fmt.Sprint(user["id"])] = user
	}
	for _, row := range rows {
		for _, f := range row.Fields {
			if row.Action != "update" || !strings.HasSuffix(f.Field, "_metadata") && !strings.HasSuffix(f.Field, "_name") {
				continue
			}
			want := at(decodeObject(t, []byte(`{"to":`+string(f.To)+`}`)), "to")
			if diff := cmp.Diff(want, byID[row.UserID][f.Field]); diff != "" {
				t.Errorf("%s of %s (-planned +there):\n%s", f.Field, row.Key, diff)
			}
		}
	}
}

// checkCounts wants the run to end as the plan says.
func (s *planSetting) checkCounts(t *testing.T, rows []planLine, document string) {
	t.Helper()
	want := map[string]int{}
	for _, row := range rows {
		want[map[string]string{"create": "created", "update": "updated", "unchanged": "unchanged", "conflict": "conflict", "reject": "rejected"}[row.Action]]++
	}
	counts, _ := at(decodeObject(t, []byte(document)), "counts").(map[string]any)
	for name, n := range counts {
		if name != "rows" && fmt.Sprint(n) != fmt.Sprint(want[name]) {
			t.Errorf("%s is %v, the plan has %v", name, n, want[name])
		}
	}
}

// A row whose user is not as the plan saw it is not sent. What the plan leaves
// alone may have changed.
func TestPlanOfUsersThatChanged(t *testing.T) {
	t.Parallel()
	s := newPlanSetting(t, sandbox.Config{})
	plan := []string{"--on-existing", "fill", "--plan", "plan.jsonl"}
	s.run(t, []int{exitProblems}, append(plan, "--dry-run")...)
	if _, err := s.AddUser([]byte(`{"external_id":"new","email_address":["other@example.com"]}`)); err != nil { // appeared
		t.Fatal(err)
	}
	s.send(t, http.MethodDelete, s.ids["equal"], "")                           // vanished
	s.send(t, http.MethodPatch, s.ids["half"], `{"last_name":"Byron"}`)        // was to be filled
	s.send(t, http.MethodPatch, s.ids["bare"], `{"password":"correct horse"}`) // likewise
	s.send(t, http.MethodPatch, s.ids["named"], `{"first_name":"Mary"}`)       // was to be left
	s.send(t, http.MethodPatch, s.ids["noted"], `{"last_name":"Byron"}`)       // not in the row
	before := len(s.Journal())
	out := s.run(t, []int{exitProblems}, append(plan, "--output", "json")...)
	wrote := slices.Sorted(maps.Keys(writes(s.Journal()[before:])))
	keyless := slices.IndexFunc(wrote, func(id string) bool { return strings.HasPrefix(id, "carryover_") })
	if len(wrote) != 2 || keyless < 0 || !slices.Contains(wrote, s.ids["noted"]) {
		t.Errorf("written: %v, want the row without a key and %s", wrote, s.ids["noted"])
	}
	problems, _ := at(decodeObject(t, []byte(out.stdout)), "problems").([]any)
	for _, p := range problems {
		if at(p, "code") == "plan_changed" {
			if got := fmt.Sprint(at(p, "lines")); got != "[1 2 4 7]" {
				t.Errorf("conflicts in lines %s", got)
			}
			problems = nil
		}
	}
	if problems != nil {
		t.Errorf("no row is in conflict: %s", out.stdout)
	}
	// Without the plan they are sent as they would be sent now.
	out = s.run(t, []int{exitProblems}, "--on-existing", "fill", "--only", "rejected=plan_changed")
	wantWords(t, out.stdout, "conflict   0", "updated   3")
}
