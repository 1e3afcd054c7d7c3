//go:build unix

package faults

import (
	"database/sql"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // integrity_check
)

// created counts the creates that the instance was asked for, and those that
// it carried out, by external id.
func (m *migration) created(t *testing.T) (asked, applied map[string]int) {
	t.Helper()
	asked, applied = map[string]int{}, map[string]int{}
	for _, e := range m.box.journal(t) {
		if e.Method != http.MethodPost || e.ExternalID == "" { // a kill kept the body back
			continue
		}
		asked[e.ExternalID]++
		if e.Applied {
			applied[e.ExternalID]++
		}
	}
	return asked, applied
}

// counts are those of a result.
type counts struct {
	Rows, Created, Updated, Unchanged, Rejected, Conflict, Unfinished int
}

func (c counts) addUp() bool {
	return c.Rows == c.Created+c.Updated+c.Unchanged+c.Rejected+c.Conflict+c.Unfinished
}

func (m *migration) status(t *testing.T) counts {
	t.Helper()
	out := m.carryover(t, "status", inputName, "--output", "json")
	if out.code != exitOK {
		t.Fatalf("status: exit code %d\n%s", out.code, out.stderr)
	}
	var doc struct{ Counts counts }
	if err := json.Unmarshal([]byte(out.stdout), &doc); err != nil {
		t.Fatalf("status: %v\n%s", err, out.stdout)
	}
	if c := doc.Counts; !c.addUp() || c.Rows != m.rows && c.Rows != m.before {
		t.Errorf("the counts do not add up to %d: %+v", m.rows, c)
	}
	return doc.Counts
}

// checkLeft checks what a run has left that did not come to its end.
func (m *migration) checkLeft(t *testing.T) {
	t.Helper()
	m.box.quiet(t)
	asked, applied := m.created(t)
	for id, n := range applied {
		if n > 1 {
			t.Errorf("%s was created %d times", id, n)
		}
	}
	if !m.exists() {
		if len(asked) > 0 {
			t.Errorf("%d creates were sent, and there is no checkpoint", len(asked))
		}
		return
	}
	m.status(t)
	known := m.known(t)
	for id := range asked {
		if _, ok := known[id]; !ok {
			t.Errorf("%s was sent, and the checkpoint knows nothing of it", id)
		}
	}
	for id, state := range known {
		if state == created && applied[id] == 0 {
			t.Errorf("%s is said to be created, and is not", id)
		}
	}
}

// The states of rows, as the checkpoint numbers them.
const (
	inFlight  = 1
	created   = 4
	unchanged = 6
)

// known reads the states that the checkpoint has of its rows, by external id,
// from a copy: that of the migration stays as it was left.
func (m *migration) known(t *testing.T) map[string]int {
	t.Helper()
	folder := newFolder(t)
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(m.state() + suffix)
		if errors.Is(err, fs.ErrNotExist) && suffix != "" {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, "copy.db"+suffix), content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "copy.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: %s, %v", verdict, err)
	}
	rows, err := db.Query("SELECT key, state FROM result")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	known := map[string]int{}
	for rows.Next() {
		var key string
		var state int
		if err := rows.Scan(&key, &state); err != nil {
			t.Fatal(err)
		}
		known[key] = state
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return known
}

// finish gives the command again until all is done, and checks that it is, and
// that no user who was there was asked for again.
func (m *migration) finish(t *testing.T) {
	t.Helper()
	m.box.quiet(t)
	before, there := m.created(t)
	for range 3 { // a row may have had its attempts on a slow machine
		out := m.run(t)
		if out.code == exitOK {
			m.checkDone(t)
			asked, _ := m.created(t)
			for key := range there {
				if asked[key] > before[key] {
					t.Errorf("%s was there, and was asked for again", key)
				}
			}
			return
		}
		if out.code != exitResumable {
			t.Fatalf("the same command again: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
		}
	}
	t.Fatal("it does not come to its end")
}

// checkDone checks the end of a migration.
func (m *migration) checkDone(t *testing.T) {
	t.Helper()
	m.checkUsers(t)
	if c := m.status(t); c.Created+c.Updated+c.Unchanged != m.rows {
		t.Errorf("the counts of the end are %+v", c)
	}
	for id, state := range m.known(t) {
		if state < created || state > unchanged {
			t.Errorf("%s is in state %d at the end", id, state)
		}
	}
	if left := m.files(t); !slices.Equal(left, []string{inputName, stateName}) {
		t.Errorf("there are %q", left)
	}
	before := m.box.journal(t)
	if out := m.run(t); out.code != exitOK {
		t.Errorf("a run with nothing to do: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	for _, e := range m.box.journal(t)[len(before):] {
		if e.writes() {
			t.Errorf("a run with nothing to do sent %s %s", e.Method, e.Path)
		}
	}
}

// checkUsers wants every row to be one user, from one create, as it was meant.
func (m *migration) checkUsers(t *testing.T) {
	t.Helper()
	got := map[string]user{}
	for _, u := range m.box.users(t) {
		if _, twice := got[u.ExternalID]; twice {
			t.Errorf("%s is there twice", u.ExternalID)
		}
		got[u.ExternalID] = u
	}
	_, applied := m.created(t)
	for i := range m.rows {
		want := m.user(i)
		u, ok := got[want.ExternalID]
		switch {
		case !ok:
			t.Errorf("%s is missing", want.ExternalID)
		case u.FirstName != want.FirstName || len(u.Emails) != 1 || u.Emails[0].Value != want.Emails[0].Value:
			t.Errorf("%s is %+v", want.ExternalID, u)
		case applied[want.ExternalID] != 1:
			t.Errorf("%s was created %d times", want.ExternalID, applied[want.ExternalID])
		}
	}
	if len(got) != m.rows {
		t.Errorf("%d users from %d rows", len(got), m.rows)
	}
}

// files are the names in the folder, sorted.
func (m *migration) files(t *testing.T) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(snapshot(t, m.folder)))
}

// snapshot describes all that lies in a folder: kind, mode, content.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		info, err := os.Lstat(path)
		if err != nil {
			continue // it went
		}
		all[e.Name()] = info.Mode().String()
		if info.Mode().IsRegular() {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			all[e.Name()] += " " + info.ModTime().String() + " " + string(content)
		}
	}
	return all
}

// untouched fails where a file came, went or changed. SQLite insists on a -shm
// file where it reads a -wal file.
func untouched(t *testing.T, folder string, before map[string]string) {
	t.Helper()
	after := snapshot(t, folder)
	for _, files := range []map[string]string{before, after} {
		maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasSuffix(name, "-shm") })
	}
	names := maps.Clone(before)
	maps.Copy(names, after)
	for name := range names {
		if before[name] != after[name] { // "" is none
			t.Errorf("%s came, went or changed", name)
		}
	}
}

// helpful wants a message that names the checkpoint and says what to do.
func helpful(t *testing.T, out outcome) {
	t.Helper()
	if !strings.HasPrefix(out.stderr, "carryover: ") && !strings.Contains(out.stderr, "\ncarryover: ") {
		t.Errorf("there is no message:\n%s", out.stderr)
	}
	if strings.Contains(out.stderr, "goroutine ") {
		t.Errorf("there is a stack trace:\n%s", out.stderr)
	}
	if strings.Contains(out.stderr, ".new") {
		t.Errorf("a name is told that nobody knows:\n%s", out.stderr)
	}
	wantWords(t, out.stderr, stateName)
}
