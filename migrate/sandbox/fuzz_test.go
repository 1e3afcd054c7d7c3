package sandbox_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

// FuzzCreate sends any body. A user must come of it exactly when the answer is
// 200, the answer must be JSON, and no refusal may repeat a secret.
func FuzzCreate(f *testing.F) {
	for _, body := range []string{
		fullUser, `{}`, `[]`, `null`, ``, `{"username":"some-one"}`, `{"email_address":["a@b.co"],"totp_secret":"A"}`,
		`{"password":"\ud800"}`, `{"public_metadata":{"a":[1e999,-0]},"skip_user_requirement":true}`, `{"a":1,"a":2}`,
		`{"skip_user_requirement":true,"created_at":"0000-01-01T00:00:00Z"}`, `{"username":"x","backup_codes":["$2"]}`, "\xef\xbb\xbf{}",
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		box := newBox(t, sandbox.Config{})
		w := send(box, "POST", "/v1/users", string(body))
		users := box.Users()
		if (w.Code == 200) != (len(users) == 1) {
			t.Fatalf("status %d, %d users", w.Code, len(users))
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Fatalf("answer is no JSON: %q", w.Body)
		}
		var sent struct {
			Password string `json:"password"`
			Digest   string `json:"password_digest"`
			TOTP     string `json:"totp_secret"`
		}
		if json.Unmarshal(body, &sent) == nil && w.Code != 200 {
			for _, secret := range []string{sent.Password, sent.Digest, sent.TOTP} {
				if len(secret) > 20 && strings.Count(string(body), secret) == 1 && strings.Contains(w.Body.String(), secret) {
					t.Errorf("the refusal repeats a secret: %s", w.Body)
				}
			}
		}
		if w.Code != 200 {
			return
		}
		if again := send(box, "GET", "/v1/users/"+users[0].ID, ""); !cmp.Equal(again.Body.String(), w.Body.String()) {
			t.Errorf("read back: %s\ncreated: %s", again.Body, w.Body)
		}
		if entry := box.Journal()[0]; !entry.Applied || entry.UserID != users[0].ID {
			t.Errorf("journal: %+v", entry)
		}
	})
}

// FuzzLookUp builds a query as a client does, with the sign in front of each
// id: it must find these users and nobody else.
func FuzzLookUp(f *testing.F) {
	f.Add("a", "b")
	f.Add("-a", "+b")
	f.Add("%2B a", "é,&=")
	f.Add("a b", "a\tb")
	f.Add("x#y", "x;y")
	f.Add("0", strings.Repeat("\xa4", 4000))
	f.Fuzz(func(t *testing.T, one, two string) {
		box := newBox(t, sandbox.Config{})
		stored := map[string]bool{}
		for _, ext := range []string{one, two, "a stranger"} {
			body, err := json.Marshal(map[string]any{"external_id": ext, "skip_user_requirement": true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := box.AddUser(body); err == nil && ext != "" {
				stored[*box.Users()[len(box.Users())-1].ExternalID] = true
			}
		}
		want := map[string]bool{}
		query := url.Values{}
		for _, ext := range []string{one, two} {
			if ext != "" && ext != "a stranger" && stored[ext] {
				want[ext] = true
			}
			query.Add("external_id", "+"+ext)
		}
		if stored["a stranger"] && (one == "a stranger" || two == "a stranger") {
			want["a stranger"] = true
		}
		w := send(box, "GET", "/v1/users?"+query.Encode(), "")
		if w.Code == http.StatusRequestURITooLong && len(query.Encode()) > 6<<10 { // longer than any client of ours asks
			return
		}
		var users []struct {
			ExternalID *string `json:"external_id"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &users); err != nil {
			t.Fatalf("%v: %s", err, w.Body)
		}
		got := map[string]bool{}
		for _, u := range users {
			got[*u.ExternalID] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("look-up of %q and %q (-want +got):\n%s", one, two, diff)
		}
	})
}

// FuzzParseFault checks that what is accepted survives its own text.
func FuzzParseFault(f *testing.F) {
	for _, text := range []string{"500=0.1", "POST:reset-after-apply=1", "get:slow=1e-9", "500=0x1p-2", "=", "a:b=c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sandbox.ParseFault(text)
		if err != nil {
			return
		}
		if again, err := sandbox.ParseFault(fault.String()); err != nil || again != fault {
			t.Errorf("%q is %+v, its text %q is %+v, %v", text, fault, fault, again, err)
		}
		if _, err := sandbox.New(sandbox.Config{Faults: []sandbox.Fault{fault}}); err != nil {
			t.Errorf("%q: parsed, but refused by New: %v", text, err)
		}
	})
}

// send makes a request without a network.
func send(s *sandbox.Sandbox, method, target, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodGet, target, strings.NewReader(body))
	req.Method = method
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, req)
	return w
}
