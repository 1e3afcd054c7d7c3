package clerk

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"carryover/migrate"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-json-experiment/json/jsontext"
)

// openAPI loads Clerk's document of an API version. It is not part of this
// repository.
func openAPI(t *testing.T, version string) *openapi3.T {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "clerk", version+".yml")
	if _, err := os.Stat(path); err != nil {
		t.Skipf("Clerk's OpenAPI document %s.yml is not beside this module: nothing to compare with", version)
	}
	document, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return document
}

func requestSchema(t *testing.T, document *openapi3.T, method, path string) *openapi3.Schema {
	t.Helper()
	operation := document.Paths.Value(path).GetOperation(method)
	return operation.RequestBody.Value.Content["application/json"].Schema.Value
}

// fill sets every field of a request, so that a new one is checked too.
func fill(t *testing.T, request any) {
	t.Helper()
	var walk func(reflect.Value)
	walk = func(v reflect.Value) {
		for i := range v.NumField() {
			field := v.Field(i)
			switch p := field.Addr().Interface().(type) {
			case *jsontext.Value:
				*p = jsontext.Value(`{"a":[1,"b",null]}`)
			case **string:
				*p = ptr("x")
			case **bool:
				*p = ptr(true)
			case **int64:
				*p = ptr(int64(3))
			case **migrate.Secret:
				*p = ptr(migrate.Secret("secret"))
			case *[]migrate.Secret:
				*p = []migrate.Secret{"secret"}
			case *[]string:
				*p = []string{"verified"} // the status lists take no other
			default:
				if field.Kind() != reflect.Struct {
					t.Fatalf("a field of type %T is not filled", p)
				}
				walk(field)
			}
		}
	}
	walk(reflect.ValueOf(request).Elem())
}

// A contractRequest is what was sent to one path.
type contractRequest struct {
	method, path string
	optional     []string // sent, though the document does not know it
}

func TestClerksContract(t *testing.T) {
	create := contractRequest{http.MethodPost, "/users", []string{paramRestrictions}}
	patch := contractRequest{http.MethodPatch, "/users/{user_id}", nil}
	merge := contractRequest{http.MethodPatch, "/users/{user_id}/metadata", nil}
	for version, want := range map[string][]contractRequest{
		VersionMetadataInline: {create, patch, merge},
		VersionMetadataApart:  {create, patch, {http.MethodPut, "/users/{user_id}/metadata", nil}, merge},
	} {
		t.Run(version, func(t *testing.T) {
			document := openAPI(t, version)
			t.Run("requests", func(t *testing.T) { checkRequests(t, document, version, want) })
			t.Run("user", func(t *testing.T) { checkUser(t, document.Components.Schemas["User"].Value) })
		})
	}
}

// checkRequests sends a create and an update with all there is.
func checkRequests(t *testing.T, document *openapi3.T, version string, want []contractRequest) {
	t.Helper()
	var seen record
	c := overExchange(t, Config{APIVersion: version}, func(req *http.Request) (*http.Response, error) {
		seen.add(req)
		return reply(200, `{"id":"user_1","external_id":"x"}`), nil
	})
	var creation migrate.CreateUserRequest
	var update migrate.UpdateUserRequest
	fill(t, &creation)
	fill(t, &update)
	if _, err := c.CreateUser(t.Context(), &creation); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpdateUser(t.Context(), "user_1", &update); err != nil {
		t.Fatal(err)
	}
	requests := seen.all()
	if len(requests) != len(want) {
		t.Fatalf("requests %v", seen.lines())
	}
	for i, w := range want {
		checkBody(t, requestSchema(t, document, w.method, w.path), w, requests[i].body)
	}
}

// checkBody holds a full body against its schema, both ways: nothing that the
// document does not know, and nothing that it knows left out.
func checkBody(t *testing.T, schema *openapi3.Schema, w contractRequest, text string) {
	t.Helper()
	var body map[string]any
	if err := json.NewDecoder(bytes.NewBufferString(text)).Decode(&body); err != nil {
		t.Fatal(err)
	}
	for _, name := range w.optional {
		if _, known := schema.Properties[name]; !known {
			delete(body, name)
		}
	}
	if err := schema.VisitJSON(body, openapi3.MultiErrors()); err != nil {
		t.Errorf("%s %s: %v", w.method, w.path, err)
	}
	for name := range schema.Properties {
		if _, sent := body[name]; !sent {
			t.Errorf("%s %s: %s is known to Clerk and never sent", w.method, w.path, name)
		}
	}
}

// checkUser holds the user that the other tests decode against the document.
func checkUser(t *testing.T, schema *openapi3.Schema) {
	t.Helper()
	data, err := os.ReadFile("testdata/user.json")
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatal(err)
	}
	if err := schema.VisitJSON(body, openapi3.MultiErrors()); err != nil {
		t.Error(err)
	}
	for field := range reflect.TypeFor[user]().Fields() {
		if _, known := schema.Properties[field.Tag.Get("json")]; !known {
			t.Errorf("%s is read and not in the document", field.Name)
		}
	}
}
