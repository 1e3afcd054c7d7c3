//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// A run that fills what is empty, by a plan, and that is killed again and again,
// ends as one that nobody disturbs: what was empty is filled, what was there
// stays, new users are made once, and no row is in conflict with what the run
// itself did.
func TestKilledFill(t *testing.T) {
	t.Parallel()
	const there, fresh = 400, 100
	b, folder := newBox(t, sandbox.Config{Latency: 10 * time.Millisecond, Sigma: 0.5}), t.TempDir()
	var input bytes.Buffer
	for i := range there + fresh {
		fmt.Fprintf(&input, `{"external_id":"u%d","email_address":["u%d@example.com"],"first_name":"Eve","public_metadata":{"plan":"pro","seats":%d}}`+"\n", i, i, i)
		if i >= there {
			continue
		}
		named := ""
		if i%2 == 0 {
			named = `,"first_name":"Ada"`
		}
		user := fmt.Sprintf(`{"external_id":"u%d","email_address":["u%d@example.com"],"public_metadata":{"plan":"free"}%s}`, i, i, named)
		if i%4 == 0 { // nothing is to be done
			user = fmt.Sprintf(`{"external_id":"u%d","email_address":["u%d@example.com"],"public_metadata":{"plan":"free","seats":0}%s}`, i, i, named)
		}
		if _, err := b.AddUser([]byte(user)); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, filepath.Join(folder, "users.jsonl"), input.Bytes())
	args := []string{"run", "users.jsonl", "-q", "--on-existing", "fill", "--plan", "plan.jsonl", "--settle", "300ms", "--max-in-flight", "8"}
	carryover(t, exitOK, folder, b.env(), append(args, "--dry-run")...)
	chance := rand.New(rand.NewPCG(21, 22))
	untilNotKilled(t, folder, b.env(), chance, 200, 300, 80, args...)
	users := b.users(t)
	if len(users) != there+fresh {
		t.Errorf("%d users, want %d", len(users), there+fresh)
	}
	quiet := map[string]bool{} // users of whom nothing was to be changed
	for i := range there + fresh {
		u := users[fmt.Sprintf("u%d", i)]
		name, plan, seats := "Eve", "free", fmt.Sprint(i)
		switch {
		case i >= there:
			plan = "pro"
		case i%4 == 0:
			name, seats, quiet[fmt.Sprint(u["id"])] = "Ada", "0", true
		case i%2 == 0:
			name = "Ada"
		}
		if u["first_name"] != name || at(u, "public_metadata.plan") != plan || fmt.Sprint(at(u, "public_metadata.seats")) != seats {
			t.Errorf("u%d is %v with %v", i, u["first_name"], u["public_metadata"])
		}
	}
	made := map[string]int{}
	for _, e := range b.Journal() {
		if e.Method == http.MethodPatch && quiet[e.UserID] {
			t.Errorf("%s was changed", e.UserID)
		}
		if e.Method == http.MethodPost && e.Applied {
			made[e.ExternalID]++
		}
	}
	for id, n := range made {
		if n != 1 {
			t.Errorf("%s was created %d times", id, n)
		}
	}
}
