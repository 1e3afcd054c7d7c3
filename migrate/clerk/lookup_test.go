package clerk

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"carryover/migrate"
	"carryover/migrate/sandbox"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

// filterUsers answers GET /users as Clerk's filter does: "+" includes, "-"
// excludes, and the limit is 10 where none is given.
func filterUsers(w http.ResponseWriter, r *http.Request, stored []string) {
	query := r.URL.Query()
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil {
		limit = 10
	}
	include, exclude := map[string]bool{}, map[string]bool{}
	for _, value := range query["external_id"] {
		if id, ok := strings.CutPrefix(value, "-"); ok {
			exclude[id] = true
			continue
		}
		include[strings.TrimPrefix(value, "+")] = true
	}
	users := []map[string]string{}
	for i, id := range stored {
		if len(users) < limit && !exclude[id] && (len(include) == 0 || include[id]) {
			users = append(users, map[string]string{"id": fmt.Sprintf("user_%d", i), "external_id": id})
		}
	}
	body, _ := json.Marshal(users)
	answer(w, 200, string(body))
}

func externalIDs(accounts []migrate.Account) []string {
	var ids []string
	for _, a := range accounts {
		ids = append(ids, a.ExternalID)
	}
	slices.Sort(ids)
	return ids
}

func TestLookUp(t *testing.T) {
	stored := []string{"stranger"}
	var many []string
	for i := range 250 {
		id := fmt.Sprintf("legacy %d", i)
		many = append(many, id)
		if i%2 == 0 {
			stored = append(stored, id)
		}
	}
	odd := []string{"-42", "+7", "a,b", "a&b=c", "a b", "é", "%41", "x\x00y", strings.Repeat("z", 255), "#", "=", "A", "a;b"}
	stored = append(stored, odd...)
	slices.Sort(odd)
	for _, tt := range []struct {
		name     string
		ids      []string
		want     []string
		requests int
	}{
		{"none", nil, nil, 0},
		{"empty ids find nobody", []string{"", ""}, nil, 0},
		{"absent", []string{"legacy 1"}, nil, 1},
		{"more than the default limit", many[:100], slices.Sorted(every2(many[:100])), 1},
		{"more than one request takes", many, slices.Sorted(every2(many)), 3},
		{"twice the same", []string{"A", "A"}, []string{"A"}, 1},
		{"other case", []string{"a"}, nil, 1},
		{"signs and everything that a query could misread", odd, odd, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var seen record
			c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
				seen.add(r)
				filterUsers(w, r, stored)
			})
			accounts, err := c.LookUp(t.Context(), tt.ids)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, externalIDs(accounts)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if got := len(seen.all()); got != tt.requests {
				t.Errorf("%d requests, want %d", got, tt.requests)
			}
		})
	}
}

func every2(ids []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(ids); i += 2 {
			if !yield(ids[i]) {
				return
			}
		}
	}
}

func TestLookUpRequest(t *testing.T) {
	var seen record
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		answer(w, 200, `[]`)
	})
	if _, err := c.LookUp(t.Context(), []string{"a+b", "-c"}); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /v1/users?limit=500&external_id=%2Ba%2Bb&external_id=%2B-c"}
	if diff := cmp.Diff(want, seen.lines()); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}

func TestLookUpTakesOnlyEqualIDs(t *testing.T) {
	c := setup(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `[{"id":"user_1","external_id":"A"},{"id":"user_2","external_id":"a"},{"id":"user_3","external_id":null},{"id":"user_4","external_id":"a "}]`)
	})
	accounts, err := c.LookUp(t.Context(), []string{"a"})
	if err != nil || len(accounts) != 1 || accounts[0].ID != "user_2" {
		t.Errorf("%v, %v", accounts, err)
	}
}

func TestLookUpSplitsByBytes(t *testing.T) {
	var ids []string
	for i := range 100 {
		ids = append(ids, fmt.Sprintf("%03d%s", i, strings.Repeat("é", 126))) // 255 bytes, 759 escaped
	}
	var seen record
	c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
		seen.add(r)
		if len(r.URL.RawQuery) > 6<<10 {
			t.Errorf("a query of %d bytes", len(r.URL.RawQuery))
		}
		filterUsers(w, r, ids)
	})
	accounts, err := c.LookUp(t.Context(), ids)
	if err != nil || !slices.Equal(externalIDs(accounts), ids) {
		t.Errorf("%d found, %v", len(accounts), err)
	}
	if got := len(seen.all()); got < 13 || got > 15 {
		t.Errorf("%d requests", got)
	}
}

func TestLookUpHalves(t *testing.T) {
	var ids []string
	for i := range 100 {
		ids = append(ids, strconv.Itoa(i))
	}
	slices.Sort(ids)
	for _, status := range []int{413, 414, 431} {
		var seen record
		c := setup(t, Config{}, func(w http.ResponseWriter, r *http.Request) {
			seen.add(r)
			if len(r.URL.Query()["external_id"]) > 30 {
				answer(w, status, "<html>")
				return
			}
			filterUsers(w, r, ids)
		})
		accounts, err := c.LookUp(t.Context(), ids)
		if err != nil || !slices.Equal(externalIDs(accounts), ids) {
			t.Errorf("%d: %d found, %v", status, len(accounts), err)
		}
		if got := len(seen.all()); got != 7 { // 100, twice 50, four times 25
			t.Errorf("%d: %d requests", status, got)
		}
		if _, err := c.LookUp(t.Context(), ids[:1]); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	c := setup(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { answer(w, 414, "") })
	_, err := c.LookUp(t.Context(), []string{"a", "b"})
	if e := wantError(t, err); e.Fault != refused || e.Status != 414 {
		t.Errorf("a single id that is too long: %v", e)
	}
}

func TestDecodeLookUpRefuses(t *testing.T) {
	var full strings.Builder
	for i := range lookUpLimit {
		fmt.Fprintf(&full, `,{"id":"user_%d","external_id":"a"}`, i)
	}
	for _, tt := range []struct {
		name, body string
		want       error
	}{
		{"no list", `null`, errUndecodable},
		{"an object", `{"data":[]}`, errUndecodable},
		{"a user without an id", `[{"external_id":"a"}]`, errUndecodable},
		{"broken off", `[{"id":"user_1"},`, errUndecodable},
		{"as many as the limit: there may be more", "[" + full.String()[1:] + "]", errFilter},
	} {
		if _, err := byExternalID.decode([]byte(tt.body), []string{"a"}); err != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

func FuzzLookUpQuery(f *testing.F) {
	for _, seed := range []string{"a", "-42", "+7", "a,b", "a&external_id=-b", "é \x00%2B", "\xff", strings.Repeat("z\x1f-", 90), "a\x1fb\x1f"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		ids := slices.DeleteFunc(strings.Split(joined, "\x1f"), func(id string) bool { return id == "" })
		for len(ids) > 0 {
			n := byExternalID.batch(ids)
			if n < 1 || n > migrate.MaxLookUp {
				t.Fatalf("a batch of %d", n)
			}
			query := byExternalID.query(ids[:n])
			if n > 1 && len(query) > maxQuery {
				t.Errorf("a query of %d bytes for %d ids", len(query), n)
			}
			// Read as a server does, it includes these ids and excludes none.
			values, err := url.ParseQuery(query)
			if err != nil || len(values) != 2 || values.Get("limit") != "500" {
				t.Fatalf("%v, %v", values, err)
			}
			want := make([]string, n)
			for i, id := range ids[:n] {
				want[i] = "+" + id
			}
			if !slices.Equal(want, values["external_id"]) {
				t.Errorf("asks for %q, want %q", values["external_id"], want)
			}
			ids = ids[n:]
		}
	})
}

// FuzzLookUpFinds asks the sandbox's filter, through the client: it finds those
// of the ids that are there, byte for byte, and nobody else (F6).
func FuzzLookUpFinds(f *testing.F) {
	for _, seed := range []string{"a", "-42", "+7\x1f-7", "a,b\x1fa\x1fb", "a&external_id=-b", "é\x1fe\u0301 \x00%2B", "A\x1fa", " a\x1fa ", "a+b\x1fa b\x1fa%20b", strings.Repeat("é", 127)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, joined string) {
		box, err := sandbox.New(sandbox.Config{})
		if err != nil {
			t.Fatal(err)
		}
		ids := slices.DeleteFunc(strings.Split(joined, "\x1f"), func(id string) bool {
			return id == "" || len(id) > 255 || !utf8.ValidString(id) // the checks let no other pass
		})
		there := map[string]bool{}
		for i, id := range append(slices.Clone(ids), "a stranger", "-", "+") {
			if i%3 == 2 {
				continue // asked for, and not there
			}
			body, err := json.Marshal(map[string]any{"external_id": id, "skip_user_requirement": true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := box.AddUser(body); err == nil {
				there[id] = true
			}
		}
		c := overExchange(t, Config{}, func(req *http.Request) (*http.Response, error) {
			w := httptest.NewRecorder()
			req.RequestURI = req.URL.RequestURI()
			box.Handler().ServeHTTP(w, req)
			return w.Result(), nil
		})
		found, err := c.LookUp(t.Context(), ids)
		if err != nil {
			t.Fatalf("%q: %v", ids, err)
		}
		got := map[string]bool{}
		for _, a := range found {
			if got[a.ExternalID] || !slices.Contains(ids, a.ExternalID) || !there[a.ExternalID] {
				t.Errorf("asked for %q, found %q", ids, a.ExternalID)
			}
			got[a.ExternalID] = true
		}
		for _, id := range ids {
			if there[id] && !got[id] {
				t.Errorf("%q is there and was not found", id)
			}
		}
	})
}

// Users are found by Clerk's own ids too, a hundred a request.
func TestLookUpUsers(t *testing.T) {
	box, err := sandbox.New(sandbox.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	c := setup(t, Config{}, box.Handler().ServeHTTP)
	ids := []string{"", "user_nobody"}
	var made []migrate.Account
	for i := range 130 {
		id := strconv.Itoa(i)
		var req migrate.CreateUserRequest
		req.ExternalID, req.EmailAddress = &id, []string{"u" + id + "@acme.com"}
		a, err := c.CreateUser(t.Context(), &req)
		if err != nil {
			t.Fatal(err)
		}
		made, ids = append(made, *a), append(ids, a.ID, a.ID)
	}
	before := len(box.Journal())
	found, err := c.LookUpUsers(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	byID := func(a, b migrate.Account) int { return strings.Compare(a.ID, b.ID) }
	slices.SortFunc(made, byID)
	slices.SortFunc(found, byID)
	if diff := cmp.Diff(made, found); diff != "" {
		t.Error(diff)
	}
	if requests := len(box.Journal()) - before; requests != 2 {
		t.Errorf("%d requests, want 2", requests)
	}
}
