package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// notInTheDocuments are members that Clerk takes and its documents do not name
// yet (since August 2026).
var notInTheDocuments = map[string]bool{"skip_restriction_checks": true}

// Every request that the program sends is one that Clerk's own documents allow.
func TestRequestsKeepClerksContract(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"2025-11-10", "2026-05-12"} {
		t.Run(version, func(t *testing.T) {
			path := filepath.Join("..", "..", "..", "shared", "clerk", version+".yml")
			if _, err := os.Stat(path); err != nil {
				t.Skipf("Clerk's OpenAPI document %s.yml is not beside this module: nothing to compare with", version)
			}
			document, err := openapi3.NewLoader().LoadFromFile(path)
			if err != nil {
				t.Fatal(err)
			}
			folder, r := t.TempDir(), newRecorder(t)
			updates := writeFile(t, filepath.Join(folder, "updates.jsonl"), append(
				asJSONL(join([]property{{"user_id", "user_abc", `"user_abc"`}}, shared, updateOnly, plainPassword), camel),
				asJSONL(join([]property{{"user_id", "user_def", `"user_def"`}}, updateOnly, digest), camel)...))
			for _, args := range [][]string{
				{sample(t, "users.csv"), "--mode", "upsert"},
				{sample(t, "users.jsonl"), "--mode", "create"},
				{updates, "--mode", "update", "--allow-notifications"},
			} {
				carryover(t, exitOK, folder, r.env(), append([]string{"run", "-q", "--api-version", version}, args...)...)
			}
			seen := map[string]int{}
			for _, request := range r.every() {
				checkRequest(t, document, version, request, seen)
			}
			want := map[string]int{"GET /instance": 3, "POST /users": 640, "PATCH /users/{user_id}": 2}
			if version == "2026-05-12" {
				want["PUT /users/{user_id}/metadata"] = 1
			}
			for name, n := range want {
				if seen[name] != n {
					t.Errorf("%d × %s, want %d: %v", seen[name], name, n, seen)
				}
			}
		})
	}
}

var userID = regexp.MustCompile(`/user_[A-Za-z0-9]+`)

func checkRequest(t *testing.T, document *openapi3.T, version string, request recorded, seen map[string]int) {
	t.Helper()
	template := userID.ReplaceAllString(request.path, "/{user_id}")
	name := request.method + " " + template
	seen[name]++
	if request.apiVersion != version {
		t.Errorf("%s: Clerk-API-Version %q", name, request.apiVersion)
	}
	if got := request.header.Get("Authorization"); got != "Bearer "+testKey {
		t.Errorf("%s: Authorization is %q", name, got)
	}
	item := document.Paths.Value(template)
	if item == nil || item.GetOperation(request.method) == nil {
		t.Errorf("%s is not in the document", name)
		return
	}
	operation := item.GetOperation(request.method)
	checkQuery(t, name, operation, request)
	if request.method == http.MethodGet {
		if len(request.body) > 0 {
			t.Errorf("%s has a body", name)
		}
		return
	}
	if got := request.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: Content-Type is %q", name, got)
	}
	schema := operation.RequestBody.Value.Content["application/json"].Schema.Value
	var body map[string]any
	if err := json.Unmarshal(request.body, &body); err != nil {
		t.Fatal(err)
	}
	for member := range body {
		if _, known := schema.Properties[member]; !known && notInTheDocuments[member] && request.method == http.MethodPost {
			delete(body, member)
		}
	}
	if err := schema.VisitJSON(body, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// checkQuery wants each parameter to be one of the operation's.
func checkQuery(t *testing.T, name string, operation *openapi3.Operation, request recorded) {
	t.Helper()
	query, err := http.NewRequest(request.method, "http://x/?"+request.query, nil)
	if err != nil {
		t.Fatal(err)
	}
	for parameter, values := range query.URL.Query() {
		known := operation.Parameters.GetByInAndName("query", parameter)
		if known == nil {
			t.Errorf("%s: the document knows no parameter %s", name, parameter)
			continue
		}
		if known.Schema.Value.Type.Is("array") && len(values) > 100 {
			t.Errorf("%s: %d values of %s, Clerk takes 100", name, len(values), parameter)
		}
	}
}
