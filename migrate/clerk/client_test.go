package clerk

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

func TestBaseURL(t *testing.T) {
	for _, tt := range []struct{ in, want, hint string }{
		{"", "https://api.clerk.com/v1", ""},
		{"https://api.clerk.com", "https://api.clerk.com/v1", ""},
		{"https://api.clerk.com/v1", "https://api.clerk.com/v1", ""},
		{"https://api.clerk.com/v1/", "https://api.clerk.com/v1", ""},
		{"https://proxy.example.com:8443/clerk", "https://proxy.example.com:8443/clerk/v1", ""},
		{"http://localhost:4000", "http://localhost:4000/v1", ""},
		{"http://127.0.0.1:4000/v1", "http://127.0.0.1:4000/v1", ""},
		{"http://[::1]:4000", "http://[::1]:4000/v1", ""},
		{"http://api.clerk.com", "", "https://"},
		{"http://127.0.0.1.example.com", "", "https://"},
		{"http://localhost.example.com", "", "https://"},
		{"http://10.0.0.1", "", "https://"},
		{"ftp://api.clerk.com", "", "https://"},
		{"api.clerk.com", "", "cannot be read"},
		{"https://", "", "cannot be read"},
		{"https://user:CANARY@api.clerk.com", "", "user name"},
		{"https://user:CANARY@api.clerk.com:port", "", "cannot be read"},
		{"https://api.clerk.com/v1?key=CANARY", "", "path"},
		{"https://api.clerk.com/v1#CANARY", "", "path"},
	} {
		got, err := checkBaseURL(tt.in)
		if got != tt.want || (err != nil) != (tt.hint != "") {
			t.Errorf("%q: %q, %v; want %q", tt.in, got, err, tt.want)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.hint) || strings.Contains(err.Error(), "CANARY")) {
			t.Errorf("%q: error %q, want one with %q and no secret", tt.in, err, tt.hint)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config Config
		hint   string
	}{
		{"no key", Config{}, "empty"},
		{"publishable key", Config{Key: "pk_test_CANARY"}, "publishable"},
		{"base URL", Config{Key: testKey, BaseURL: "http://example.com"}, "https"},
		{"version", Config{Key: testKey, APIVersion: "2021-02-05"}, "2025-11-10"},
		{"timeout", Config{Key: testKey, Timeout: -1}, "timeout"},
		{"in flight", Config{Key: testKey, MaxInFlight: -1}, "in flight"},
		{"limit", Config{Key: testKey, Limit: Limit{N: -1}}, "negative"},
		{"limit without a window", Config{Key: testKey, Limit: Limit{N: 1}}, "window"},
		{"share above all", Config{Key: testKey, Limit: Limit{N: 1, Window: time.Second, Share: 1.1}}, "share"},
		{"share below nothing", Config{Key: testKey, Limit: Limit{N: 1, Window: time.Second, Share: -0.1}}, "share"},
	} {
		_, err := New(tt.config)
		if err == nil || !strings.Contains(err.Error(), tt.hint) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.hint)
		}
	}
}

func TestInstance(t *testing.T) {
	for _, tt := range []struct {
		body string
		want Instance
	}{
		{`{"object":"instance","id":"ins_1","environment_type":"production","allowed_origins":null}`, Instance{ID: "ins_1", EnvironmentType: "production"}},
		{`{"object":"instance"}`, Instance{}},
		{`<html>`, Instance{}},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := overExchange(t, Config{}, says(200, tt.body))
			got, err := c.Instance(t.Context())
			if got != tt.want || (err == nil) != (tt.want.ID != "") {
				t.Errorf("%s: %+v, %v", tt.body, got, err)
			}
			if err != nil && wantError(t, err).Op != "GET /instance" {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCountUsers(t *testing.T) {
	for body, want := range map[string]int64{
		`{"object":"total_count","total_count":123456789012}`: 123456789012,
		`{"object":"total_count","total_count":0}`:            0,
		`{"object":"total_count"}`:                            -1,
		`{"total_count":-5}`:                                  -1,
		`[]`:                                                  -1,
	} {
		synctest.Test(t, func(t *testing.T) {
			var seen record
			c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
				req.Body = http.NoBody
				seen.add(req)
				return reply(200, body), nil
			})
			got, err := c.CountUsers(t.Context())
			if (err != nil) != (want < 0) || err == nil && got != want {
				t.Errorf("%s: %d, %v", body, got, err)
			}
			if line := seen.lines()[0]; line != "GET /v1/users/count" {
				t.Errorf("request %s", line)
			}
		})
	}
}

// Whatever goes wrong, what comes out holds no secret and no personal data.
func TestNothingLeaks(t *testing.T) {
	const canary = "CANARY"
	key := migrate.Secret("sk_live_" + canary)
	hostile := `{"errors":[{"message":"CANARY","long_message":"CANARY","code":"CANARY@x","meta":{"param_name":"CANARY value","x":"CANARY"}}],"clerk_trace_id":"CANARY trace"}`
	answers := []exchange{
		breaks,
		func(req *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("CANARY %s %v", req.URL, req.Header)
		},
		says(200, "CANARY"), says(200, `{"id":"CANARY?"}`), says(200, `[{"id":"CANARY?"}]`),
	}
	for _, status := range []int{301, 400, 401, 402, 403, 404, 409, 413, 422, 423, 500, 501, 503} {
		answers = append(answers, says(status, hostile, "Clerk-Trace-Id", "CANARY trace", "Location", "https://CANARY/"), says(status, "<html>CANARY"))
	}
	for i, e := range answers {
		synctest.Test(t, func(t *testing.T) {
			c, err := newClient(Config{Key: key, UserAgent: "x"}, e)
			if err != nil {
				t.Fatal(err)
			}
			secret := ptr(migrate.Secret(canary))
			profile := migrate.Profile{ExternalID: ptr(canary), FirstName: ptr(canary), Password: secret}
			_, create := c.CreateUser(t.Context(), &migrate.CreateUserRequest{Profile: profile})
			_, update := c.UpdateUser(t.Context(), "user_1", &migrate.UpdateUserRequest{Profile: profile})
			_, lookUp := c.LookUp(t.Context(), []string{canary})
			_, user := c.User(t.Context(), "user_1")
			_, instance := c.Instance(t.Context())
			var out bytes.Buffer
			logger := slog.New(slog.NewJSONHandler(&out, nil))
			for _, err := range []error{create, update, lookUp, user, instance} {
				if err == nil {
					t.Fatalf("answer %d: success", i)
				}
				logger.Error("failed", "err", err, "error", fmt.Sprintf("%+v %#v", err, *wantError(t, err)))
			}
			fmt.Fprintf(&out, "%v %+v %#v", c.key, c.Stats(), c.key)
			if strings.Contains(out.String(), canary) {
				t.Errorf("answer %d: %s", i, out.String())
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	c := overExchange(t, Config{}, says(422, refusal("form_identifier_exists", "email_address")))
	_, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{})
	const want = "POST /users: status 422 (form_identifier_exists: email_address), trace trace1"
	if err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}

func TestConcurrencyOfAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := overExchange(t, Config{Limit: hundred}, func(*http.Request) (*http.Response, error) {
			time.Sleep(200 * time.Millisecond)
			return reply(200, `{"id":"user_1"}`), nil
		})
		if got := c.Concurrency(); got != 128 {
			t.Errorf("%d before anything is measured", got)
		}
		for range 150 {
			if _, err := c.User(t.Context(), "user_1"); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Concurrency(); got < 29 || got > 31 {
			t.Errorf("%d at 100 a second and 200 ms, want 30", got)
		}
	})
	c := newTestClient(t, Config{MaxInFlight: 5})
	if got := c.Concurrency(); got != 5 {
		t.Errorf("%d where 5 is asked for", got)
	}
}
