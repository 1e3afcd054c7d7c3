package sandbox_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/clerk/clerk-sdk-go/v2"
	"github.com/clerk/clerk-sdk-go/v2/user"
	"github.com/google/go-cmp/cmp"
)

// The tests of this file drive the sandbox with Clerk's official Go SDK, which
// was written against the real API: what it understands, others will.
// Version 2.7.0 of it pins Clerk-API-Version 2026-05-12.

func sdkClient(b *box, key string) *user.Client {
	cfg := &clerk.ClientConfig{}
	cfg.HTTPClient, cfg.URL, cfg.Key = b.client, new(b.url+"/v1"), &key
	return user.NewClient(cfg)
}

func TestSDKCreateUpdateList(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	sdk := sdkClient(b, testKey)
	created, err := sdk.Create(t.Context(), &user.CreateParams{
		ExternalID: new("legacy-1"), EmailAddresses: &[]string{"ada@example.com"}, Username: new("ada_park"),
		FirstName: new("Ada"), PasswordDigest: new(bcryptDigest), PasswordHasher: new("bcrypt"),
		PublicMetadata: new(json.RawMessage(`{"plan":"pro"}`)), TOTPSecret: new(totpSecret), BackupCodes: &[]string{"code-one"},
		CreatedAt: new("2020-01-02T03:04:05Z"), SkipLegalChecks: new(true), CreateOrganizationsLimit: new(2),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *created.ExternalID != "legacy-1" || created.EmailAddresses[0].Verification.Status != "verified" ||
		*created.PrimaryEmailAddressID != created.EmailAddresses[0].ID || !created.PasswordEnabled || !created.TOTPEnabled ||
		created.CreatedAt != time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC).UnixMilli() || *created.CreateOrganizationsLimit != 2 {
		t.Errorf("created: %+v", created)
	}

	// The SDK makes two requests of this: PATCH, then PUT …/metadata.
	updated, err := sdk.Update(t.Context(), created.ID, &user.UpdateParams{
		LastName: new("Park"), PublicMetadata: new(json.RawMessage(`{"plan":"free"}`)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if *updated.LastName != "Park" || *updated.FirstName != "Ada" || string(updated.PublicMetadata) != `{"plan":"free"}` {
		t.Errorf("updated: %+v", updated)
	}

	listed, err := sdk.List(t.Context(), &user.ListParams{
		ListParams: clerk.ListParams{Limit: new(int64(100))}, ExternalIDs: []string{"+legacy-1", "+legacy-2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if listed.TotalCount != 1 || len(listed.Users) != 1 || listed.Users[0].ID != created.ID {
		t.Errorf("listed: %+v", listed)
	}

	deleted, err := sdk.Delete(t.Context(), created.ID)
	if err != nil || !deleted.Deleted || deleted.ID != created.ID {
		t.Errorf("deleted: %+v, %v", deleted, err)
	}
	var paths []string
	for _, e := range b.Journal() {
		paths = append(paths, e.Method+" "+e.Path)
	}
	want := []string{"POST /users", "PATCH /users/{user_id}", "PUT /users/{user_id}/metadata", "GET /users", "GET /users/count", "DELETE /users/{user_id}"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestSDKErrors(t *testing.T) {
	b := startBox(t, sandbox.Config{Limit: 4, Window: time.Hour})
	sdk := sdkClient(b, testKey)
	get := func() error { _, err := sdk.Get(t.Context(), "user_nobody"); return err }
	create := func() error {
		_, err := sdk.Create(t.Context(), &user.CreateParams{EmailAddresses: &[]string{"ada@example.com"}})
		return err
	}
	if err := create(); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name         string
		do           func() error
		status       int
		code, member string
	}{
		{"404", get, 404, "resource_not_found", ""},
		{"422", create, 422, "form_identifier_exists", `{"param_name":"email_address"}`},
		{"401", func() error { _, err := sdkClient(b, "sk_live_x").Get(t.Context(), "x"); return err }, 401, "clerk_key_invalid", ""},
		{"the fourth", get, 404, "resource_not_found", ""},
		{"429", get, 429, "too_many_requests", ""},
	} {
		err := tt.do()
		var e *clerk.APIErrorResponse
		if !errors.As(err, &e) {
			t.Fatalf("%s: the SDK finds no error body of Clerk's: %v", tt.name, err)
		}
		if e.HTTPStatusCode != tt.status || len(e.Errors) != 1 || e.Errors[0].Code != tt.code || string(e.Errors[0].Meta) != tt.member {
			t.Errorf("%s: %+v", tt.name, e)
		}
		if e.TraceID == "" || e.TraceID != e.Response.TraceID {
			t.Errorf("%s: trace ids %q and %q", tt.name, e.TraceID, e.Response.TraceID)
		}
		if retry := e.Response.Header.Get("Retry-After"); (retry != "") != (tt.status == 429) {
			t.Errorf("%s: Retry-After %q", tt.name, retry)
		}
	}
}
