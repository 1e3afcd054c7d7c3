//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// A delta that is killed again and again, at any moment, is finished by the same
// command: changed users are updated, new ones made once, and nobody else is
// touched.
func TestKilledDelta(t *testing.T) {
	t.Parallel()
	const n = 1500
	d := newDeltaSetting(t, sandbox.Config{Latency: 10 * time.Millisecond}, n)
	before := len(d.Journal())
	chance := rand.New(rand.NewPCG(11, 12))
	chance.Shuffle(n, func(i, j int) { d.rows[i], d.rows[j] = d.rows[j], d.rows[i] })
	gone, changed, fresh := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, r := range d.rows[:50] {
		gone[r.id] = true
	}
	d.rows = d.rows[50:]
	for i := range 400 {
		d.rows[i].name = "Eve"
		changed[d.rows[i].id] = true
	}
	for i := range 100 {
		r := deltaRow{fmt.Sprintf("new-%d", i), "Eve", "0"}
		fresh[r.id], d.rows = true, append(d.rows, r)
	}
	writeFile(t, d.file, deltaCSV(t, d.rows))

	args := []string{"run", d.file, "--delta", "-q", "--settle", "300ms", "--max-in-flight", "8"}
	untilNotKilled(t, d.folder, d.env(), chance, 0, 400, 60, args...)
	users, ids := d.users(t), map[string]string{}
	for id, user := range users {
		ids[fmt.Sprint(user["id"])] = id
		if want := map[bool]string{true: "Eve", false: "Ada"}[changed[id] || fresh[id]]; user["first_name"] != want {
			t.Errorf("%s is called %v, want %s", id, user["first_name"], want)
		}
	}
	if len(users) != n+100 {
		t.Errorf("%d users, want %d", len(users), n+100)
	}
	made := map[string]int{}
	for _, e := range d.Journal()[before:] {
		switch {
		case e.Method == http.MethodPatch && !changed[ids[e.UserID]]:
			t.Errorf("%s was updated", ids[e.UserID])
		case e.Method == http.MethodPost && e.Applied:
			made[e.ExternalID]++
		}
	}
	for id, times := range made {
		if times != 1 || !fresh[id] {
			t.Errorf("%s was created %d times", id, times)
		}
	}
	wantVanished(t, d, len(gone), "")
	out := carryover(t, exitOK, d.folder, d.env(), args...)
	if !strings.Contains(out.stdout, "Finished") || len(writes(d.Journal()[before:])) != 500 {
		t.Errorf("another run wrote something\n%s", out.stdout)
	}
}

// Creates in flight when their run died, and when their input was replaced: one
// whose row has changed is brought to what it holds now, one whose row is gone is
// listed, and none is made twice, whether or not it had arrived.
func TestDeltaAfterCreatesWithoutAnswer(t *testing.T) {
	t.Parallel()
	b, folder, file := interruptSetting(t, 0)
	inFlight, hold := make(chan struct{}, manyRows), make(chan struct{})
	b.inFront(b.lateFrom(t, 100, inFlight, hold))
	p := start(t, folder, b.env(), "run", file, "--max-in-flight", "8")
	for range 8 {
		<-inFlight
	}
	p.signal(t, os.Kill)
	p.wait(t)
	answered := len(b.Journal())
	close(hold)
	b.inFront(nil)
	b.awaitUsers(t, 108)

	// The rows of those whose answer nobody waited for are changed or gone.
	gone, changed := map[string]bool{}, map[string]bool{}
	for i, e := range b.Journal()[answered:] {
		if i%2 == 0 {
			gone[e.ExternalID] = true
		} else {
			changed[e.ExternalID] = true
		}
	}
	lines := strings.SplitAfter(string(newUsers(manyRows)), "\n")
	input := lines[0]
	for _, line := range lines[1:] {
		switch id, _, _ := strings.Cut(line, ","); {
		case changed[id]:
			input += strings.Replace(line, ",Ada,", ",Eve,", 1)
		case !gone[id]:
			input += line
		}
	}
	writeFile(t, file, []byte(input))
	before, arrived := len(b.Journal()), b.users(t)
	out := carryover(t, exitOK, folder, b.env(), "run", file, "--delta", "--settle", "300ms", "--output", "json")
	wantWords(t, out.stderr, "creates of the last run whose answer never came")
	users := b.users(t)
	for id, user := range users {
		if want := map[bool]string{true: "Eve", false: "Ada"}[changed[id]]; user["first_name"] != want {
			t.Errorf("%s is called %v, want %s", id, user["first_name"], want)
		}
	}
	if len(users) != manyRows || len(gone) < 4 || len(changed) < 4 {
		t.Errorf("%d users; %d rows are gone and %d changed", len(users), len(gone), len(changed))
	}
	if got := fmt.Sprint(at(decodeObject(t, []byte(out.stdout)), "vanished.count")); got != fmt.Sprint(len(gone)) {
		t.Errorf("%s have vanished, want %d", got, len(gone))
	}
	checkOnce(t, b, len(users))
	for _, e := range b.Journal()[before:] {
		if e.Method == http.MethodPost && arrived[e.ExternalID] != nil {
			t.Errorf("%s was sent again", e.ExternalID)
		}
	}
}
