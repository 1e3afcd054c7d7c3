package clerk

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"carryover/migrate"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

// answer writes one answer.
func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func TestCreateUser(t *testing.T) {
	var seen record
	c := setup(t, Config{UserAgent: "carryover/1.2"}, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		answer(w, 200, `{"id":"user_1","external_id":"+a/ü"}`)
	})
	account, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{
		Profile: migrate.Profile{
			ExternalID:     ptr("+a/ü"),
			FirstName:      ptr(""),
			PasswordDigest: ptr(migrate.Secret("$2a$10$digest")),
			PasswordHasher: ptr("bcrypt"),
			BackupCodes:    []migrate.Secret{"c1"},
			PublicMetadata: jsontext.Value(`{"n":1.10}`),
		},
		CreateOnly: migrate.CreateOnly{EmailAddress: []string{"a@example.com", "b@example.com"}},
	})
	if err != nil || account.ID != "user_1" {
		t.Fatalf("%v, %v", account, err)
	}
	requests := seen.all()
	if len(requests) != 1 {
		t.Fatalf("%d requests", len(requests))
	}
	got := requests[0]
	if got.line != "POST /v1/users" {
		t.Errorf("request line %q", got.line)
	}
	const want = `{"external_id":"+a/ü","first_name":"","password_digest":"$2a$10$digest","password_hasher":"bcrypt",` +
		`"backup_codes":["c1"],"public_metadata":{"n":1.10},"email_address":["a@example.com","b@example.com"],"skip_restriction_checks":true}`
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
	for name, value := range map[string]string{
		"Authorization":     "Bearer " + testKey.Reveal(),
		"Clerk-Api-Version": "2025-11-10",
		"Content-Type":      "application/json",
		"Accept":            "application/json",
		"User-Agent":        "carryover/1.2",
	} {
		if got := got.header.Get(name); got != value {
			t.Errorf("header %s is %q, want %q", name, got, value)
		}
	}
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key", "Accept-Encoding", "Referer"} {
		if value := got.header.Get(name); value != "" {
			t.Errorf("header %s is %q, want none", name, value)
		}
	}
}

func TestCreateUserKeepsTheRowsWord(t *testing.T) {
	var seen record
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		answer(w, 200, `{"id":"user_1"}`)
	})
	req := &migrate.CreateUserRequest{CreateOnly: migrate.CreateOnly{SkipRestrictionChecks: ptr(false)}}
	if _, err := c.CreateUser(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if got := seen.all()[0].body; got != `{"skip_restriction_checks":false}` {
		t.Errorf("body %s", got)
	}
}

func TestCreateUserFailures(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		header string
		body   string
		want   migrate.Error // without Op and Err
	}{
		{"exists", 422, "", refusal("form_identifier_exists", "email_address"), migrate.Error{Fault: exists, Status: 422, Codes: []string{"form_identifier_exists"}, Params: []string{"email_address"}, TraceID: "trace1", JSON: true}},
		{"refused", 422, "", refusal("form_param_format_invalid", "phone_number"), migrate.Error{Fault: refused, Status: 422, Codes: []string{"form_param_format_invalid"}, Params: []string{"phone_number"}, TraceID: "trace1", JSON: true}},
		{"a page, and the trace id in the header", 502, "header-trace", "<html>", migrate.Error{Fault: ambiguous, Status: 502, TraceID: "header-trace", Environment: true}},
		{"success of another user", 200, "", `{"id":"user_1","external_id":"b"}`, migrate.Error{Fault: mixed, Status: 200}},
		{"success without a body", 200, "", ``, migrate.Error{Fault: ambiguous, Status: 200, Environment: true}},
		{"success too large", 200, "", `{"id":"user_1","external_id":"a"}` + strings.Repeat(" ", maxBody), migrate.Error{Fault: ambiguous, Status: 200, Environment: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen record
			c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				seen.add(r)
				w.Header().Set("Clerk-Trace-Id", tt.header)
				answer(w, tt.status, tt.body)
			})
			_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{Profile: migrate.Profile{ExternalID: ptr("a")}})
			got := *wantError(t, err)
			if got.Op != "POST /users" {
				t.Errorf("op %q", got.Op)
			}
			got.Op, got.Err = "", nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if n := len(seen.all()); n != 1 {
				t.Errorf("sent %d times", n)
			}
		})
	}
}

func TestUpdateUser(t *testing.T) {
	metadata := jsontext.Value(`{"a":1}`)
	both := &migrate.UpdateUserRequest{Profile: migrate.Profile{ExternalID: ptr("x"), FirstName: ptr("A"), PublicMetadata: metadata, UnsafeMetadata: jsontext.Value(`{}`)}}
	merge := migrate.Metadata{PublicMetadata: metadata}
	with := *both
	with.Merge = migrate.Metadata{PrivateMetadata: metadata}
	for _, tt := range []struct {
		name, version string
		req           *migrate.UpdateUserRequest
		want          []string
	}{
		{"merged", VersionMetadataInline, &with, []string{
			`PATCH /v1/users/user_1 {"external_id":"x","first_name":"A","public_metadata":{"a":1},"unsafe_metadata":{}}`,
			`PATCH /v1/users/user_1/metadata {"private_metadata":{"a":1}}`}},
		{"merged and apart", VersionMetadataApart, &with, []string{
			`PATCH /v1/users/user_1 {"external_id":"x","first_name":"A"}`,
			`PUT /v1/users/user_1/metadata {"public_metadata":{"a":1},"unsafe_metadata":{}}`,
			`PATCH /v1/users/user_1/metadata {"private_metadata":{"a":1}}`}},
		{"nothing but merged", VersionMetadataInline, &migrate.UpdateUserRequest{Merge: merge}, []string{
			`PATCH /v1/users/user_1/metadata {"public_metadata":{"a":1}}`}},
		{"nothing at all", VersionMetadataInline, &migrate.UpdateUserRequest{}, []string{`PATCH /v1/users/user_1 {}`}},
		{"metadata inline", VersionMetadataInline, both, []string{
			`PATCH /v1/users/user_1 {"external_id":"x","first_name":"A","public_metadata":{"a":1},"unsafe_metadata":{}}`}},
		{"metadata apart", VersionMetadataApart, both, []string{
			`PATCH /v1/users/user_1 {"external_id":"x","first_name":"A"}`,
			`PUT /v1/users/user_1/metadata {"public_metadata":{"a":1},"unsafe_metadata":{}}`}},
		{"nothing but metadata", VersionMetadataApart, &migrate.UpdateUserRequest{Profile: migrate.Profile{PrivateMetadata: metadata}}, []string{
			`PUT /v1/users/user_1/metadata {"private_metadata":{"a":1}}`}},
		{"no metadata", VersionMetadataApart, &migrate.UpdateUserRequest{UpdateOnly: migrate.UpdateOnly{PrimaryEmailAddressID: ptr("idn_1")}}, []string{
			`PATCH /v1/users/user_1 {"primary_email_address_id":"idn_1"}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen record
			c := setup(t, Config{APIVersion: tt.version}, func(w http.ResponseWriter, r *http.Request) {
				seen.add(r)
				answer(w, 200, `{"id":"user_1","external_id":"x"}`)
			})
			if _, err := c.UpdateUser(t.Context(), "user_1", tt.req); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range seen.all() {
				got = append(got, r.line+" "+r.body)
				if v := r.header.Get("Clerk-API-Version"); v != tt.version {
					t.Errorf("version header %q", v)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
	if both.PublicMetadata == nil {
		t.Error("the caller's request was changed")
	}
}

func TestUpdateUserFailures(t *testing.T) {
	req := &migrate.UpdateUserRequest{Profile: migrate.Profile{FirstName: ptr("A"), PublicMetadata: jsontext.Value(`{}`)}}
	for _, tt := range []struct {
		name   string
		patch  int
		put    int
		body   string
		fault  migrate.Fault
		op     string
		events int
	}{
		{"the first fails", 422, 200, refusal("form_param_format_invalid", ""), refused, "PATCH /users/{user_id}", 1},
		{"no such user", 404, 200, refusal("resource_not_found", ""), missing, "PATCH /users/{user_id}", 1},
		{"the second fails", 200, 500, `{"id":"user_1"}`, transient, "PUT /users/{user_id}/metadata", 2},
		{"another user comes back", 200, 200, `{"id":"user_2"}`, mixed, "PATCH /users/{user_id}", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen record
			c := setup(t, Config{APIVersion: VersionMetadataApart}, func(w http.ResponseWriter, r *http.Request) {
				seen.add(r)
				answer(w, map[string]int{"PATCH": tt.patch, "PUT": tt.put}[r.Method], tt.body)
			})
			_, err := c.UpdateUser(t.Context(), "user_1", req)
			e := wantError(t, err)
			if e.Fault != tt.fault || e.Op != tt.op || len(seen.all()) != tt.events {
				t.Errorf("fault %v of %s after %d requests; want %v of %s after %d", e.Fault, e.Op, len(seen.all()), tt.fault, tt.op, tt.events)
			}
		})
	}
}

func TestUserIDsThatWouldChangeThePath(t *testing.T) {
	var seen record
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) { seen.add(r) })
	for _, id := range []string{"", "..", ".", "user_1/metadata", "user_1?x=1", "user_1%2f", "user 1", "user_1\n"} {
		_, err := c.UpdateUser(t.Context(), id, &migrate.UpdateUserRequest{})
		if e := wantError(t, err); e.Fault != refused {
			t.Errorf("update of %q: %v", id, e.Fault)
		}
		if _, err := c.User(t.Context(), id); wantError(t, err).Fault != refused {
			t.Errorf("read of %q: %v", id, err)
		}
	}
	if n := len(seen.all()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestWhatCannotBeEncodedIsRefused(t *testing.T) {
	c := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return reply(200, `{"id":"user_1"}`), nil
	})
	for name, profile := range map[string]migrate.Profile{
		"metadata": {PublicMetadata: jsontext.Value(`{"CANARY":`)},
		"text":     {FirstName: ptr("CANARY\xff")},
	} {
		_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{Profile: profile})
		if e := wantError(t, err); e.Fault != refused || strings.Contains(e.Error(), "CANARY") {
			t.Errorf("%s: %v: %v", name, e.Fault, e)
		}
	}
}
