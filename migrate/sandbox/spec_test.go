package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"carryover/migrate/sandbox"

	"github.com/getkin/kin-openapi/openapi3"
)

// specs read Clerk's OpenAPI documents, each once.
var specs = map[string]func() (*openapi3.T, error){
	v25: sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromFile(specFile(v25)) }),
	v26: sync.OnceValues(func() (*openapi3.T, error) { return openapi3.NewLoader().LoadFromFile(specFile(v26)) }),
}

func specFile(version string) string {
	return filepath.Join("..", "..", "..", "shared", "clerk", version+".yml")
}

// loadSpec returns Clerk's OpenAPI document of a version. It is not part of the
// repository: without it, the test is skipped.
func loadSpec(t *testing.T, version string) *openapi3.T {
	t.Helper()
	if _, err := os.Stat(specFile(version)); err != nil {
		t.Skipf("Clerk's OpenAPI document is not there: %v", err)
	}
	doc, err := specs[version]()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestAnswersFollowTheSpec holds each answer against the schema that Clerk's
// document gives for that endpoint and status.
func TestAnswersFollowTheSpec(t *testing.T) {
	for _, version := range []string{v25, v26} {
		t.Run(version, func(t *testing.T) {
			doc := loadSpec(t, version)
			b := startBox(t, sandbox.Config{UserLimit: -1})
			full := b.add(fullUser)
			bare := b.add(`{"external_id":"bare","skip_user_requirement":true}`)
			for _, tt := range []struct {
				method, path, template, body string
				status                       int
			}{
				{"POST", "/users", "/users", `{"username":"created","password":"violet-otter-42"}`, 200},
				{"POST", "/users", "/users", `{"email_address":["x"]}`, 422},
				{"POST", "/users", "/users", `{`, 400},
				{"GET", "/users/" + full, "/users/{user_id}", "", 200},
				{"GET", "/users/" + bare, "/users/{user_id}", "", 200},
				{"GET", "/users/nobody", "/users/{user_id}", "", 404},
				{"GET", "/users", "/users", "", 200},
				{"GET", "/users?limit=0", "/users", "", 422},
				{"GET", "/users/count", "/users/count", "", 200},
				{"GET", "/instance", "/instance", "", 200},
				{"PATCH", "/users/" + bare, "/users/{user_id}", `{"username":"bare","totp_secret":"` + totpSecret + `","create_organizations_limit":0}`, 200},
				{"PATCH", "/users/" + bare + "/metadata", "/users/{user_id}/metadata", `{"private_metadata":{"a":null}}`, 200},
				{"PUT", "/users/" + bare + "/metadata", "/users/{user_id}/metadata", `{"private_metadata":{"a":null}}`, 200},
				{"POST", "/email_addresses", "/email_addresses", `{"user_id":"` + bare + `","email_address":"bare@example.com"}`, 200},
				{"POST", "/users/" + full + "/verify_totp", "/users/{user_id}/verify_totp", `{"code":"code-one"}`, 200},
				{"DELETE", "/users/" + full, "/users/{user_id}", "", 200},
			} {
				a := b.do(tt.method, "/v1"+tt.path, tt.body, "Clerk-API-Version", version)
				if a.status != tt.status {
					t.Errorf("%s %s: status %d, want %d: %s", tt.method, tt.path, a.status, tt.status, a.body)
					continue
				}
				op := doc.Paths.Find(tt.template).GetOperation(tt.method)
				schema := op.Responses.Status(tt.status).Value.Content.Get("application/json").Schema.Value
				var v any
				if err := json.Unmarshal(a.body, &v); err != nil {
					t.Fatal(err)
				}
				if err := schema.VisitJSON(v, openapi3.MultiErrors()); err != nil {
					t.Errorf("%s %s: %v\n%s", tt.method, tt.path, err, a.body)
				}
			}
		})
	}
}

// TestMembersFollowTheSpec sends each property that Clerk's documents know, and
// checks that the sandbox knows it on the same endpoints, and no other.
func TestMembersFollowTheSpec(t *testing.T) {
	for _, version := range []string{v25, v26} {
		t.Run(version, func(t *testing.T) {
			doc := loadSpec(t, version)
			b := startBox(t, sandbox.Config{UserLimit: -1})
			id := b.add(`{"username":"some-one"}`)
			for _, e := range []struct {
				method, path, template string
				younger                []string // not in the documents yet
			}{
				{"POST", "/users", "/users", []string{"skip_restriction_checks"}},
				{"PATCH", "/users/" + id, "/users/{user_id}", nil},
				{"PUT", "/users/" + id + "/metadata", "/users/{user_id}/metadata", nil},
				{"PATCH", "/users/" + id + "/metadata", "/users/{user_id}/metadata", nil},
			} {
				op := doc.Paths.Find(e.template).GetOperation(e.method)
				props := op.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties
				known := map[string]bool{}
				for _, name := range e.younger {
					known[name] = true
				}
				for name := range props {
					known[name] = true
				}
				for name := range allMembers(doc) {
					// Neither a number in a list nor a list is the type of any property:
					// what is known is refused for its type.
					a := b.do(e.method, "/v1"+e.path, `{"`+name+`":[1]}`, "Clerk-API-Version", version)
					want := "form_param_unknown " + name
					if known[name] {
						want = "form_param_type_invalid " + name
					}
					if got := a.codes(t); len(got) != 1 || got[0] != want {
						t.Errorf("%s %s: %v, want %s", e.method, e.template, got, want)
					}
					prop := props[name]
					if prop == nil {
						continue
					}
					a = b.do(e.method, "/v1"+e.path, `{"username":1,"`+name+`":null}`, "Clerk-API-Version", version)
					forbidden := false
					for _, code := range a.codes(t) {
						forbidden = forbidden || code == "form_param_nil "+name
					}
					if name != "username" && forbidden == prop.Value.Nullable {
						t.Errorf("%s %s: %s null: refused %v, nullable in the document %v", e.method, e.template, name, forbidden, prop.Value.Nullable)
					}
				}
			}
		})
	}
}

// allMembers are the names of all properties of all four requests.
func allMembers(doc *openapi3.T) map[string]bool {
	all := map[string]bool{"skip_restriction_checks": true, "profile_image": true}
	for template, methods := range map[string][]string{"/users": {"POST"}, "/users/{user_id}": {"PATCH"}, "/users/{user_id}/metadata": {"PUT"}} {
		for _, method := range methods {
			for name := range doc.Paths.Find(template).GetOperation(method).RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
				all[name] = true
			}
		}
	}
	return all
}
