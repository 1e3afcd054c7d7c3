package migrate_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"carryover/migrate"
)

// planOf is the plan of some users against what a fake holds.
func planOf(t *testing.T, f *fakeClerk, policy migrate.Policy, users ...*migrate.User) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := migrate.NewPlanWriter(&b, migrate.PlanHead{Mode: "upsert", Policy: policy.String(), Rows: int64(len(users))})
	if err != nil {
		t.Fatal(err)
	}
	err = migrate.Preview(t.Context(), migrate.Config{Policy: policy, SeeAll: true, API: f, Users: each(users)}, func(u *migrate.User, p migrate.Plan, found *migrate.Account) {
		row := migrate.NewPlanRow(u, &p, found)
		if err := w.Write(&row); err != nil {
			t.Fatal(err)
		}
	})
	if err = errors.Join(err, w.End()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func each(users []*migrate.User) func(func(*migrate.User, error) bool) {
	return func(yield func(*migrate.User, error) bool) {
		for i, u := range users {
			copied := *u
			copied.Row, copied.Line = int64(i+1), int64(i+2)
			if !yield(&copied, nil) {
				return
			}
		}
	}
}

func readPlan(t *testing.T, text []byte) *migrate.PlanIndex {
	t.Helper()
	_, index, err := migrate.ReadPlan(t.Context(), bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func planned(id, name string) *migrate.User {
	u := &migrate.User{}
	u.ExternalID, u.FirstName, u.Username = ptr(id), ptr(name), ptr("x_"+id)
	return u
}

// A run by a plan does what it says, and nothing for rows of which it says
// something else than what would be done.
func TestRunByPlan(t *testing.T) {
	f := newFakeClerk()
	for _, id := range []string{"same", "other", "changed", "gone"} {
		if _, err := f.add(id, &migrate.CreateUserRequest{Profile: migrate.Profile{Username: ptr("x_" + id)}}); err != nil {
			t.Fatal(err)
		}
	}
	f.users["same"].FirstName = "Ada"
	keyless := &migrate.User{}
	keyless.FirstName, keyless.Username = ptr("Eve"), ptr("eve")
	secret := planned("new2", "Ada")
	secret.PasswordDigest, secret.PasswordHasher = ptr(migrate.Secret("$2a$10$secret")), ptr("bcrypt")
	users := []*migrate.User{planned("new", "Ada"), planned("same", "Ada"), planned("other", "Ada"), planned("changed", "Ada"), planned("gone", "Ada"), planned("appeared", "Ada"), keyless, secret}
	text := planOf(t, f, migrate.Policy{}, users...)
	if strings.Contains(string(text), "$2a$") {
		t.Error("the plan holds a digest")
	}
	f.users["changed"].FirstName = "Mary"
	delete(f.users, "gone")
	if _, err := f.add("appeared", nil); err != nil {
		t.Fatal(err)
	}
	ledger := migrate.NewMemoryLedger()
	if _, err := migrate.Run(t.Context(), migrate.Config{API: f, Ledger: ledger, Plan: readPlan(t, text), Users: each(users)}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range ledger.Results() {
		got = append(got, fmt.Sprintf("%s %s", r.State, r.Code))
	}
	want := "created |unchanged |updated |conflict plan_changed|conflict plan_changed|conflict plan_changed|created |created "
	if strings.Join(got, "|") != want {
		t.Errorf("outcomes %q, want %q", strings.Join(got, "|"), want)
	}
	if f.updates["user_3"] > 0 || f.creates["gone"]+f.creates["appeared"] > 0 {
		t.Error("something was sent for a row in conflict")
	}
}

// A run by a plan that was cut short goes on, whether or not the update without
// an answer was made: in whole, in part or not at all. It does not go beyond its
// plan.
func TestRunByPlanGoesOn(t *testing.T) {
	for name, tt := range map[string]struct {
		then    func(*migrate.Account) // what became of the user since the plan
		state   migrate.State
		updates int
	}{
		"not made":     {func(*migrate.Account) {}, migrate.Updated, 1},
		"made":         {func(a *migrate.Account) { a.FirstName, a.LastName = "Ada", "Lovelace" }, migrate.Updated, 0},
		"made in part": {func(a *migrate.Account) { a.FirstName = "Ada" }, migrate.Updated, 1},
		"beyond it":    {func(a *migrate.Account) { a.Username = "mary" }, migrate.Conflict, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeClerk()
			a, err := f.add("u1", &migrate.CreateUserRequest{Profile: migrate.Profile{Username: ptr("x_u1")}})
			if err != nil {
				t.Fatal(err)
			}
			u := planned("u1", "Ada")
			u.LastName = ptr("Lovelace")
			index := readPlan(t, planOf(t, f, migrate.Policy{}, u))
			key, ledger := migrate.HashKey{1}, migrate.NewMemoryLedger()
			hash, err := key.Hash(u)
			if err != nil {
				t.Fatal(err)
			}
			prior := migrate.Result{Row: 1, Line: 2, Key: "u1", Action: migrate.Update, State: migrate.InFlight, UserID: a.ID, Hash: hash, SentAt: time.Now()}
			if err := ledger.Commit(t.Context(), []migrate.Result{prior}); err != nil {
				t.Fatal(err)
			}
			tt.then(a)
			if _, err := migrate.Run(t.Context(), migrate.Config{API: f, Ledger: ledger, Key: key, Plan: index, Users: each([]*migrate.User{u})}); err != nil {
				t.Fatal(err)
			}
			if r := ledger.Results()[0]; r.State != tt.state || f.updates[a.ID] != tt.updates {
				t.Errorf("%v (%s) after %d updates, want %v after %d", r.State, r.Code, f.updates[a.ID], tt.state, tt.updates)
			}
		})
	}
}

// A plan that is not whole, or not as it was made, is refused.
func TestBrokenPlans(t *testing.T) {
	whole := string(planOf(t, newFakeClerk(), migrate.Policy{}, planned("a", "Ada"), planned("b", "Ben"), planned("c", "Cy")))
	lines := strings.SplitAfter(strings.TrimSuffix(whole, "\n"), "\n")
	if _, _, err := migrate.ReadPlan(t.Context(), strings.NewReader(whole)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":           "",
		"something else":  "external_id\na\n",
		"only the head":   lines[0],
		"cut at a line":   strings.Join(lines[:3], ""),
		"cut in a line":   whole[:len(lines[0])+len(lines[1])+10],
		"no end":          strings.Join(lines[:4], ""),
		"a value edited":  strings.Replace(whole, "Ben", "Bob", 1),
		"a row gone":      lines[0] + lines[1] + lines[3] + lines[4],
		"a row twice":     lines[0] + lines[1] + lines[1] + lines[2] + lines[3] + lines[4],
		"rows swapped":    lines[0] + lines[2] + lines[1] + lines[3] + lines[4],
		"an action":       strings.Replace(whole, `"create"`, `"delete"`, 1),
		"another action":  strings.Replace(whole, `"action":"create"`, `"action":"unchanged"`, 1),
		"an unknown word": strings.Replace(whole, `"action"`, `"more":1,"action"`, 1),
		"fewer rows":      strings.Replace(whole, `"rows":3`, `"rows":2`, 1),
		"more rows":       strings.Replace(whole, `"rows":3`, `"rows":4`, 1),
		"the policy":      strings.Replace(whole, `"policy":"overwrite"`, `"policy":"fill"`, 1),
		"counts":          strings.Replace(whole, `"create":3`, `"create":2`, 1),
		"something after": whole + lines[1],
		"later version":   strings.Replace(whole, `"carryover_plan":1`, `"carryover_plan":2`, 1),
		"a long line":     lines[0] + `{"row":1,"key":"` + strings.Repeat("x", 5<<20) + `"}` + "\n",
	} {
		_, index, err := migrate.ReadPlan(t.Context(), strings.NewReader(text))
		var bad *migrate.PlanError
		if !errors.As(err, &bad) || index != nil || bad.Line < 1 || strings.Contains(bad.Message, "Ben") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadPlan reads any text: nothing panics, no message quotes it, and what is
// read is what a writer would write again.
func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(""))
	var b bytes.Buffer
	w, err := migrate.NewPlanWriter(&b, migrate.PlanHead{Mode: "upsert", Policy: "overwrite", Rows: 2})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 2 {
		row := migrate.PlanRow{Row: int64(i + 1), Line: int64(i + 2), Key: "a", Action: migrate.PlanUpdate, Fields: []migrate.Change{{Field: "first_name", To: []byte(`"Ada"`)}}}
		if err := w.Write(&row); err != nil {
			f.Fatal(err)
		}
	}
	if err := w.End(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()/2])
	f.Add(bytes.Replace(b.Bytes(), []byte("Ada"), []byte(`\ud800`), 1))
	known := regexp.MustCompile(`^line \d+: [a-z][a-zA-Z0-9 ,:()-]+$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		head, index, err := migrate.ReadPlan(t.Context(), bytes.NewReader(text))
		if err != nil {
			if !known.MatchString(err.Error()) {
				t.Errorf("the error %q", err)
			}
			return
		}
		c := index.Counts()
		if n := c.Create + c.Update + c.Unchanged + c.Conflict + c.Reject + c.Drop + c.Done; n != head.Rows {
			t.Errorf("%d rows of %d", n, head.Rows)
		}
	})
}
