package clerk

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// A delete is one request, sent again where it failed for now, and believed only
// where the answer is about the very user.
func TestDeleteUser(t *testing.T) {
	const good = `{"object":"user","id":"user_1","deleted":true}`
	lost := errors.New("connection reset")
	for name, tt := range map[string]struct {
		answers []func() (*http.Response, error)
		fault   migrate.Fault
		tries   int
	}{
		"done":               {[]func() (*http.Response, error){with(200, good)}, 0, 1},
		"gone":               {[]func() (*http.Response, error){with(404, refusal("resource_not_found", ""))}, migrate.MissingFault, 1},
		"again after 502":    {[]func() (*http.Response, error){with(502, ""), with(200, good)}, 0, 2},
		"gone by the first":  {[]func() (*http.Response, error){func() (*http.Response, error) { return nil, lost }, with(404, refusal("resource_not_found", ""))}, migrate.MissingFault, 2},
		"no page of Clerk's": {[]func() (*http.Response, error){with(404, "<html>")}, migrate.StopFault, 1},
		"another user":       {[]func() (*http.Response, error){with(200, `{"id":"user_2","deleted":true}`)}, migrate.MixedFault, 1},
		"refused":            {[]func() (*http.Response, error){with(403, refusal("not_allowed", ""))}, migrate.RefusedFault, 1},
		"key":                {[]func() (*http.Response, error){with(401, refusal("authentication_invalid", ""))}, migrate.StopFault, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
					if req.Method != http.MethodDelete || req.URL.Path != "/v1/users/user_1" || req.Body != nil {
						t.Errorf("%s %s", req.Method, req.URL)
					}
					tries++
					return tt.answers[tries-1]()
				})
				err := c.DeleteUser(t.Context(), "user_1")
				if tt.fault == 0 {
					if err != nil {
						t.Error(err)
					}
				} else if e := wantError(t, err); e.Fault != tt.fault {
					t.Errorf("%v (%v), want %v", e, e.Fault, tt.fault)
				}
				if tries != tt.tries {
					t.Errorf("%d requests, want %d", tries, tt.tries)
				}
			})
		})
	}
	c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) { panic("sent") })
	if e := wantError(t, c.DeleteUser(t.Context(), "user_1/../user_2")); e.Fault != migrate.RefusedFault {
		t.Errorf("%v", e)
	}
}

func with(status int, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) { return reply(status, body), nil }
}

// What is given back goes out as it is, null and all; metadata apart where the
// version wants it so.
func TestRestoreUser(t *testing.T) {
	fields := migrate.FieldValues{
		"first_name": jsontext.Value(`"Ada"`), "username": jsontext.Value("null"),
		"public_metadata": jsontext.Value(`{"n":1.10}`), "unsafe_metadata": jsontext.Value(`{}`),
	}
	metadata := migrate.FieldValues{"private_metadata": jsontext.Value(`{}`)}
	for _, tt := range []struct {
		version string
		fields  migrate.FieldValues
		want    []string
	}{
		{VersionMetadataInline, fields, []string{`PATCH /v1/users/user_1 {"first_name":"Ada","public_metadata":{"n":1.10},"unsafe_metadata":{},"username":null}`}},
		{VersionMetadataApart, fields, []string{
			`PATCH /v1/users/user_1 {"first_name":"Ada","username":null}`,
			`PUT /v1/users/user_1/metadata {"public_metadata":{"n":1.10},"unsafe_metadata":{}}`,
		}},
		{VersionMetadataApart, metadata, []string{`PUT /v1/users/user_1/metadata {"private_metadata":{}}`}},
	} {
		var seen record
		c := setup(t, Config{APIVersion: tt.version}, func(w http.ResponseWriter, r *http.Request) {
			seen.add(r)
			answer(w, 200, `{"id":"user_1","first_name":"Ada"}`)
		})
		account, err := c.RestoreUser(t.Context(), "user_1", tt.fields)
		if err != nil || account.FirstName != "Ada" {
			t.Fatalf("%v, %v", account, err)
		}
		var got []string
		for _, r := range seen.all() {
			got = append(got, r.line+" "+r.body)
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.version, d)
		}
	}
}
