//go:build unix

package faults

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	_ "modernc.org/sqlite" // integrity_check
)

const (
	inputName = "users.csv"
	stateName = inputName + ".carryover.db"
	// settle is short, since every kill leaves creates to be looked up.
	settle = "500ms"
)

// A migration is an input, an instance, and the one command that is given
// again and again.
type migration struct {
	box    *instance
	folder string
	rows   int
	before int                 // rows that the input had before it changed
	flags  []string            // beside the usual ones
	as     *syscall.Credential // who runs it
}

// newMigration writes an input of so many good rows. The sandbox takes the
// flags; it answers after 2 ms unless they say otherwise.
func newMigration(t *testing.T, rows int, sandbox ...string) *migration {
	t.Helper()
	m := &migration{folder: newFolder(t), rows: rows}
	m.box = newInstance(t, append([]string{"--latency", "2ms"}, sandbox...)...)
	m.writeInput(t)
	return m
}

// grow changes a quarter of the rows and adds some; the command says so.
func (m *migration) grow(t *testing.T, rows int) {
	t.Helper()
	m.before, m.rows = m.rows, m.rows+rows
	m.flags = append(m.flags, "--delta")
	m.writeInput(t)
}

func (m *migration) writeInput(t *testing.T) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("external_id,email_address,first_name\n")
	for i := range m.rows {
		u := m.user(i)
		fmt.Fprintf(&b, "%s,%s,%s\n", u.ExternalID, u.Emails[0].Value, u.FirstName)
	}
	if err := os.WriteFile(filepath.Join(m.folder, inputName), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// user is what a row asks for.
func (m *migration) user(i int) (u user) {
	u.ExternalID, u.FirstName = fmt.Sprintf("user-%06d", i), fmt.Sprintf("Ada%d", i)
	if m.before > 0 && i%4 == 0 {
		u.FirstName = "Grace"
	}
	u.Emails = append(u.Emails, struct {
		Value string `json:"value"`
	}{fmt.Sprintf("user%06d@example.com", i)})
	return u
}

// giveTo makes a user run the migration, in a folder that is his.
func (m *migration) giveTo(t *testing.T, who *syscall.Credential) {
	t.Helper()
	m.as = who
	m.chown(t)
}

// chown gives what lies in the folder to whoever runs the migration.
func (m *migration) chown(t *testing.T) {
	t.Helper()
	if m.as == nil {
		return
	}
	err := filepath.WalkDir(m.folder, func(path string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, int(m.as.Uid), int(m.as.Gid)))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (m *migration) state() string { return filepath.Join(m.folder, stateName) }

func (m *migration) launch(before ...string) launch {
	return launch{folder: m.folder, env: m.box.env(), before: before, as: m.as}
}

func (m *migration) args() []string {
	return append([]string{"run", inputName, "--rate-limit", "1000000/10s", "--max-in-flight", "4", "--settle", settle}, m.flags...)
}

// start starts the migration, by way of a command where one is given.
func (m *migration) start(t *testing.T, before ...string) *process {
	t.Helper()
	return start(t, m.launch(before...), m.args()...)
}

func (m *migration) run(t *testing.T, before ...string) outcome {
	t.Helper()
	return m.start(t, before...).wait(t)
}

// canary does the first rows, and ends well.
func (m *migration) canary(t *testing.T, rows int) {
	t.Helper()
	flags := m.flags
	m.flags = append(slices.Clone(flags), "--max-rows", strconv.Itoa(rows))
	out := m.run(t)
	m.flags = flags
	if out.code != exitResumable || len(m.box.users(t)) != rows {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
}

// carryover runs another command of the program to its end.
func (m *migration) carryover(t *testing.T, args ...string) outcome {
	t.Helper()
	return start(t, m.launch(), args...).wait(t)
}

// exists reports whether there is a checkpoint.
func (m *migration) exists() bool {
	_, err := os.Lstat(m.state())
	return err == nil
}

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
}

// The states of rows, as the checkpoint numbers them.
const (
	inFlight = 1
	created  = 4
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
	m.known(t)
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

// unchanged fails where a file came, went or changed. SQLite insists on a -shm
// file where it reads a -wal file.
func unchanged(t *testing.T, folder string, before map[string]string) {
	t.Helper()
	after := snapshot(t, folder)
	for _, files := range []map[string]string{before, after} {
		maps.DeleteFunc(files, func(name, _ string) bool { return strings.HasSuffix(name, "-shm") })
	}
	for name, was := range before {
		if is, ok := after[name]; !ok {
			t.Errorf("%s is gone", name)
		} else if is != was {
			t.Errorf("%s changed", name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s came up", name)
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
