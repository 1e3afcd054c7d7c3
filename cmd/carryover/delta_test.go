package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/sandbox"
)

// A deltaRow is a row of the tests of --delta, in a form of its own, so that it
// can be written in more than one way.
type deltaRow struct {
	id, name string
	seats    string // a JSON number
}

func deltaRows(n int) []deltaRow {
	rows := make([]deltaRow, n)
	for i := range rows {
		rows[i] = deltaRow{fmt.Sprintf("user-%06d", i), "Ada", fmt.Sprint(i)}
	}
	return rows
}

func (r deltaRow) email() string { return r.id + "@example.com" }

// deltaCSV writes rows as a spreadsheet would.
func deltaCSV(t *testing.T, rows []deltaRow) []byte {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"external_id", "email_address", "first_name", "public_metadata", "delete_self_enabled"})
	for _, r := range rows {
		_ = w.Write([]string{r.id, r.email(), r.name, `{"plan":"pro","seats":` + r.seats + `}`, "yes"})
	}
	if w.Flush(); w.Error() != nil {
		t.Fatal(w.Error())
	}
	return b.Bytes()
}

// deltaJSONL writes the same rows in another format, with other white space and
// another order of members.
func deltaJSONL(rows []deltaRow) []byte {
	var b bytes.Buffer
	for _, r := range rows {
		fmt.Fprintf(&b, `{"first_name" : %q, "delete_self_enabled":true, "public_metadata": { "seats": %s, "plan": "pro" }, "email_address":[%q],"external_id":%q}`+"\n",
			r.name, r.seats, r.email(), r.id)
	}
	return b.Bytes()
}

// tally counts requests by method and endpoint.
func tally(entries []sandbox.Entry) map[string]int {
	n := map[string]int{}
	for _, e := range entries {
		n[e.Method+" "+e.Path]++
	}
	return n
}

// A delta sends what it must, and nothing else: each input here takes the place
// of the one before.
func TestDeltaSendsExactlyWhatChanged(t *testing.T) {
	t.Parallel()
	n := 10_000
	if testing.Short() {
		n = 1000
	}
	d := newDeltaSetting(t, sandbox.Config{}, n)
	d.step("another format and order, other white space", func() []byte {
		reversed := slices.Clone(d.rows)
		slices.Reverse(reversed)
		return deltaJSONL(reversed)
	}, 0, 0, nil)
	d.step("all of that back", nil, 0, 0, nil)
	d.step("1 % changed", func() []byte { return d.rename(0, n/100, "Eve") }, 0, n/100, map[string]int{"PATCH /users/{user_id}": n / 100})
	d.step("50 % changed, 1 % for the second time", func() []byte { return d.rename(0, n/2, "Ida") }, 0, n/2, map[string]int{"PATCH /users/{user_id}": n / 2})
	d.step("another order", func() []byte {
		slices.Reverse(d.rows)
		return deltaCSV(t, d.rows)
	}, 0, 0, nil)
	// A number is what its digits say: what is sent is what the file says.
	d.step("1.0 instead of 1", func() []byte {
		for i := range 3 {
			d.rows[i].seats += ".0"
		}
		return deltaCSV(t, d.rows)
	}, 0, 3, map[string]int{"PATCH /users/{user_id}": 3})
	d.step("new rows", func() []byte {
		for i := range 150 {
			d.rows = append(d.rows, deltaRow{fmt.Sprintf("new-%d", i), "Eve", "0"})
		}
		return deltaCSV(t, d.rows)
	}, 150, 0, map[string]int{"POST /users": 150, "GET /users": 2})
	d.step("rows are gone", func() []byte { return deltaCSV(t, d.rows[10:]) }, 0, 0, nil)
	wantVanished(t, d, 10, d.rows[0].id)
	d.step("some are back, and one is changed", func() []byte {
		d.rows = d.rows[5:]
		return d.rename(1, 2, "Uma")
	}, 0, 1, map[string]int{"PATCH /users/{user_id}": 1})
	wantVanished(t, d, 5, "")
	if got := len(d.users(t)); got != n+150 {
		t.Errorf("%d users, want %d", got, n+150)
	}
}

// A deltaSetting is a migration whose input is replaced again and again.
type deltaSetting struct {
	*box
	t            *testing.T
	folder, file string
	rows         []deltaRow
	users0       map[string]map[string]any // as the first run made them
}

func newDeltaSetting(t *testing.T, cfg sandbox.Config, n int) *deltaSetting {
	t.Helper()
	d := &deltaSetting{box: newBox(t, cfg), t: t, folder: t.TempDir(), rows: deltaRows(n)}
	d.file = writeFile(t, filepath.Join(d.folder, "users"), deltaCSV(t, d.rows))
	carryover(t, exitOK, d.folder, d.env(), "run", d.file, "-q")
	d.users0 = d.users(t)
	return d
}

// rename changes the rows from one to another.
func (d *deltaSetting) rename(from, to int, name string) []byte {
	for i := from; i < to; i++ {
		d.rows[i].name = name
	}
	return deltaCSV(d.t, d.rows)
}

// step replaces the input by what next returns, or by the rows as they are, and
// wants exactly these requests and outcomes of a delta. A dry run sees the same
// coming.
func (d *deltaSetting) step(name string, next func() []byte, created, updated int, want map[string]int) {
	t := d.t
	t.Helper()
	text := deltaCSV(t, d.rows)
	if next != nil {
		text = next()
	}
	writeFile(t, d.file, text)
	rows := bytes.Count(text, []byte("\n"))
	if text[0] != '{' {
		rows--
	}
	counts := map[string]int{"rows": rows, "created": created, "updated": updated, "unchanged": rows - created - updated}
	plan := carryover(t, exitOK, d.folder, d.env(), "run", d.file, "--delta", "--dry-run", "-q", "--output", "json")
	before := len(d.Journal())
	out := carryover(t, exitOK, d.folder, d.env(), "run", d.file, "--delta", "-q", "--output", "json")
	planned, done := decodeObject(t, []byte(plan.stdout)), decodeObject(t, []byte(out.stdout))
	for what, doc := range map[string]map[string]any{"plan": planned, "run": done} {
		all, _ := at(doc, "counts").(map[string]any)
		for member, n := range all {
			if fmt.Sprint(n) != fmt.Sprint(counts[member]) {
				t.Errorf("%s: %s of the %s is %v, want %d", name, member, what, n, counts[member])
			}
		}
	}
	if d := cmp.Diff(at(planned, "delta"), at(done, "delta")); d != "" {
		t.Errorf("%s: comparison (-plan +run):\n%s", name, d)
	}
	sent, expected := d.Journal()[before:], map[string]int{"GET /instance": 1}
	maps.Copy(expected, want)
	if d := cmp.Diff(expected, tally(sent)); d != "" {
		t.Errorf("%s: requests (-want +got):\n%s", name, d)
	}
	for id, times := range writes(sent) {
		if times != 1 {
			t.Errorf("%s: %s was written %d times", name, id, times)
		}
	}
	if want != nil {
		d.check(name, text)
	}
}

// check wants every row of a CSV input to be what its user is, and no user to have
// another id than at first.
func (d *deltaSetting) check(name string, text []byte) {
	d.t.Helper()
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		d.t.Fatal(err)
	}
	users := d.users(d.t)
	for _, r := range records[1:] {
		if users[r[0]]["first_name"] != r[2] {
			d.t.Errorf("%s: %s is called %v, want %s", name, r[0], users[r[0]]["first_name"], r[2])
		}
	}
	for id, user := range d.users0 {
		if users[id]["id"] != user["id"] {
			d.t.Errorf("%s: %s is another user than before", name, id)
		}
	}
}

func wantVanished(t *testing.T, d *deltaSetting, n int, first string) {
	t.Helper()
	list := filepath.Join(d.folder, "vanished.csv")
	out := carryover(t, exitOK, d.folder, nil, "status", d.file, "--output", "json", "--vanished", list, "--force")
	doc := decodeObject(t, []byte(out.stdout))
	if got := fmt.Sprint(at(doc, "vanished.count")); got != fmt.Sprint(n) {
		t.Errorf("%s have vanished, want %d", got, n)
	}
	text, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(text, []byte("\n")); lines != n+1 || !strings.HasPrefix(string(text), "key,user_id\n") {
		t.Errorf("%d lines in the list", lines)
	}
	if first != "" && !strings.Contains(string(text), fmt.Sprintf("\n%s,%s\n", first, d.users0[first]["id"])) {
		t.Errorf("%s is not in the list", first)
	}
}
