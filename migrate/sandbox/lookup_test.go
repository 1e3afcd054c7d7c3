package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

// found returns the external ids of the users in a list.
func found(t *testing.T, a answer) []string {
	t.Helper()
	var users []struct {
		ExternalID string `json:"external_id"`
	}
	if err := json.Unmarshal(a.body, &users); err != nil || a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	ids := []string{}
	for _, u := range users {
		ids = append(ids, u.ExternalID)
	}
	return ids
}

func TestLookUpWhateverTheCase(t *testing.T) {
	b := startBox(t, sandbox.Config{FoldExternalIDs: true})
	for i, ext := range []string{"Ada-1", "ada-1", "bob"} {
		b.add(fmt.Sprintf(`{"external_id":%q,"username":"name-%d","created_at":"2020-01-0%dT00:00:00Z"}`, ext, i, i+1))
	}
	for query, want := range map[string][]string{
		"external_id=ADA-1":                  {"ada-1", "Ada-1"},
		"external_id=%2BAda-1&external_id=b": {"ada-1", "Ada-1"},
		"external_id=-ADA-1":                 {"bob"},
	} {
		if diff := cmp.Diff(want, found(t, b.do("GET", "/v1/users?"+query, ""))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
}

func TestLookUp(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	ids := map[string]string{}
	for i, ext := range []string{"a", "b", "c d", "-x", "+y", "é,%&"} {
		ids[ext] = b.add(fmt.Sprintf(`{"external_id":%q,"email_address":["Mail%d@example.com"],"phone_number":["+1555555010%d"],`+
			`"username":"Name-%d","created_at":"2020-01-0%dT00:00:00Z"}`, ext, i, i, i, i+1))
	}
	q := url.QueryEscape
	for _, tt := range []struct {
		name, query string
		want        []string // newest first
	}{
		{"one", "external_id=a", []string{"a"}},
		{"with the sign that includes", "external_id=%2Ba&external_id=%2Bb", []string{"b", "a"}},
		{"a raw + is a space", "external_id=+a", []string{}},
		{"nobody", "external_id=%2Bnobody", []string{}},
		{"case matters", "external_id=A", []string{}},
		{"other characters", "external_id=" + q("+c d") + "&external_id=" + q("+é,%&"), []string{"é,%&", "c d"}},
		{"no list of values in one", "external_id=a,b", []string{}},
		{"a bare - excludes, and brings the strangers", "external_id=-a", []string{"é,%&", "+y", "-x", "c d", "b"}},
		{"excluding only is everybody else", "external_id=-a&external_id=-b&external_id=-x", []string{"é,%&", "+y", "-x", "c d"}},
		{"one - poisons nothing when others include", "external_id=%2Ba&external_id=%2Bb&external_id=-b", []string{"a"}},
		{"an id that begins with -", "external_id=" + q("+-x"), []string{"-x"}},
		{"an id that begins with +", "external_id=" + q("++y"), []string{"+y"}},
		{"its sign is taken for Clerk's", "external_id=" + q("+y"), []string{}},
		{"e-mail in any case", "email_address=mail0@EXAMPLE.com&email_address=none@example.com", []string{"a"}},
		{"phone", "phone_number=" + q("+15555550101"), []string{"b"}},
		{"username in any case", "username=name-1", []string{"b"}},
		{"user id", "user_id=" + ids["a"] + "&user_id=%2B" + ids["b"], []string{"b", "a"}},
		{"user id excluded", "user_id=-" + ids["a"] + "&external_id=a&external_id=b", []string{"b"}},
		{"filters must agree", "external_id=a&email_address=mail1@example.com", []string{}},
		{"no filter", "", []string{"é,%&", "+y", "-x", "c d", "b", "a"}},
		{"oldest first", "order_by=created_at&limit=2", []string{"a", "b"}},
		{"oldest first, with its sign", "order_by=%2Bcreated_at&limit=2", []string{"a", "b"}},
		{"first order counts", "order_by=-created_at&order_by=created_at&limit=1", []string{"é,%&"}},
		{"offset", "limit=2&offset=1", []string{"+y", "-x"}},
		{"offset over the end", "offset=6", []string{}},
		{"after a user", "limit=2&starting_after=" + ids["-x"], []string{"c d", "b"}},
		{"after a user, upwards", "order_by=created_at&starting_after=" + ids["-x"], []string{"+y", "é,%&"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, found(t, b.do("GET", "/v1/users?"+tt.query, ""))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if strings.Contains(tt.query, "limit") || strings.Contains(tt.query, "offset") || strings.Contains(tt.query, "after") {
				return
			}
			count := b.user("GET", "/v1/users/count?limit=1&"+tt.query, "")
			if got := fmt.Sprint(count["total_count"]); got != fmt.Sprint(len(tt.want)) || count["object"] != "total_count" {
				t.Errorf("count %v, want %d", count, len(tt.want))
			}
		})
	}
}

func TestLookUpRefusals(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	many := strings.Repeat("external_id=x&", 101)
	for query, want := range map[string]string{
		many:                             "form_param_array_size_exceeded external_id",
		"limit=0":                        "form_param_value_invalid limit",
		"limit=501":                      "form_param_value_invalid limit",
		"limit=ten":                      "form_param_value_invalid limit",
		"offset=-1":                      "form_param_value_invalid offset",
		"order_by=username":              "form_param_value_invalid order_by",
		"query=ada":                      "form_param_unknown query",
		"starting_after=user_x":          "form_param_value_invalid starting_after",
		"starting_after=user_x&offset=1": "form_param_value_invalid starting_after",
	} {
		a := b.do("GET", "/v1/users?"+query, "")
		if diff := cmp.Diff([]string{want}, a.codes(t)); a.status != 422 || diff != "" {
			t.Errorf("%.40s: %d %s", query, a.status, diff)
		}
	}
	if a := b.do("GET", "/v1/users?external_id="+strings.Repeat("x", 9000), ""); a.status != 414 {
		t.Errorf("long URL: %d", a.status)
	}
}

func TestPaging(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	for i := range 620 {
		b.add(fmt.Sprintf(`{"external_id":"%03d","skip_user_requirement":true,"created_at":"2020-01-01T00:00:00Z"}`, i))
	}
	if n := len(found(t, b.do("GET", "/v1/users", ""))); n != 10 {
		t.Errorf("default limit: %d users, want 10", n)
	}
	if n := len(found(t, b.do("GET", "/v1/users?limit=500", ""))); n != 500 {
		t.Errorf("limit 500: %d users", n)
	}
	if n := len(found(t, b.do("GET", "/v1/users?external_id="+strings.Join(idRange(100), "&external_id="), ""))); n != 10 {
		t.Errorf("a filter does not change the default limit: %d users, want 10", n)
	}

	for _, order := range []string{"created_at", "-created_at"} {
		var walked []string
		for after := ""; ; {
			a := b.do("GET", "/v1/users?limit=100&order_by="+order+after, "")
			walked = append(walked, found(t, a)...)
			var users []struct{ ID string }
			if err := json.Unmarshal(a.body, &users); err != nil {
				t.Fatal(err)
			}
			if len(users) < 100 {
				break
			}
			after = "&starting_after=" + users[99].ID
		}
		if order == "-created_at" {
			slices.Reverse(walked)
		}
		if diff := cmp.Diff(idRange(620), walked); diff != "" {
			t.Errorf("order %s: pages miss or repeat users:\n%s", order, diff)
		}
	}
}

func idRange(n int) (ids []string) {
	for i := range n {
		ids = append(ids, fmt.Sprintf("%03d", i))
	}
	return ids
}

func TestLag(t *testing.T) {
	clock := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := startBox(t, sandbox.Config{Lag: 5 * time.Second, Now: func() time.Time { return clock }})
	id := b.add(`{"external_id":"late","username":"late-one"}`)
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {4999 * time.Millisecond, 0}, {time.Millisecond, 1}} {
		clock = clock.Add(tt.after)
		if n := len(found(t, b.do("GET", "/v1/users?external_id=late", ""))); n != tt.want {
			t.Errorf("after another %v: %d users in the list, want %d", tt.after, n, tt.want)
		}
		b.user("GET", "/v1/users/"+id, "") // not of the list: there at once
		if a := b.do("POST", "/v1/users", `{"external_id":"late","username":"other"}`); a.status != 422 {
			t.Errorf("a user who is not listed yet does not fence: %d", a.status)
		}
	}
}
