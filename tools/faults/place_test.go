//go:build unix

package faults

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A place is what a checkpoint path can lead to instead of a checkpoint.
type place struct {
	name string
	make func(t *testing.T, m *migration) (path string)
	code int
}

// inItsPlace makes a file where the checkpoint would be.
func inItsPlace(make func(t *testing.T, path string)) func(*testing.T, *migration) string {
	return func(t *testing.T, m *migration) string {
		make(t, m.state())
		return m.state()
	}
}

func content(text string) func(*testing.T, *migration) string {
	return inItsPlace(func(t *testing.T, path string) { must(t, os.WriteFile(path, []byte(text), 0o600)) })
}

// spoiled changes a checkpoint of 20 rows that was left in order.
func spoiled(change func(t *testing.T, path string)) func(*testing.T, *migration) string {
	return func(t *testing.T, m *migration) string {
		m.canary(t, 20)
		change(t, m.state())
		return m.state()
	}
}

func statements(text string) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := sql.Open("sqlite", "file:"+path)
		must(t, err)
		_, err = db.Exec(text)
		must(t, err)
		must(t, db.Close())
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var places = []place{
	{"a folder that is only to read", func(t *testing.T, m *migration) string {
		must(t, os.Chmod(m.folder, 0o555))
		return m.state()
	}, exitUsage},
	{"a link that dangles", inItsPlace(func(t *testing.T, path string) { must(t, os.Symlink(path+".other", path)) }), exitMismatch},
	{"a file of text", content("external_id,email_address\n"), exitMismatch},
	{"a checkpoint cut short", spoiled(func(t *testing.T, path string) { must(t, os.Truncate(path, 9000)) }), exitMismatch},

	{"a file that is only to read", spoiled(func(t *testing.T, path string) { must(t, os.Chmod(path, 0o400)) }), exitResumable},
	{"a file that may not be read", spoiled(func(t *testing.T, path string) { must(t, os.Chmod(path, 0)) }), exitUsage},
	{"a folder to read with a checkpoint", spoiled(func(t *testing.T, path string) { must(t, os.Chmod(filepath.Dir(path), 0o555)) }), exitResumable},
	{"no folder", func(_ *testing.T, m *migration) string { return filepath.Join(m.folder, "missing", "x.db") }, exitUsage},
	{"a file for a folder", func(_ *testing.T, m *migration) string { return filepath.Join(m.folder, inputName, "x.db") }, exitUsage},
	{"a folder", inItsPlace(func(t *testing.T, path string) { must(t, os.Mkdir(path, 0o700)) }), exitMismatch},
	{"a link", spoiled(func(t *testing.T, path string) {
		must(t, os.Rename(path, path+".other"))
		must(t, os.Symlink(path+".other", path))
	}), exitMismatch},
	{"a second name", spoiled(func(t *testing.T, path string) { must(t, os.Link(path, path+".other")) }), exitMismatch},
	{"a FIFO", inItsPlace(func(t *testing.T, path string) { must(t, syscall.Mkfifo(path, 0o600)) }), exitMismatch},
	{"a device", func(*testing.T, *migration) string { return "/dev/full" }, exitMismatch},
	{"a terminal, or none", func(*testing.T, *migration) string { return "/dev/tty" }, exitMismatch},
	{"an SQLite file", inItsPlace(statements("CREATE TABLE t (x); INSERT INTO t VALUES (1)")), exitMismatch},
	{"a checkpoint of a newer release", spoiled(statements("PRAGMA user_version = 1000")), exitMismatch},
	{"an empty file", content(""), exitMismatch},
	{"a page of zeros", content(strings.Repeat("\x00", 4096)), exitMismatch},
	{"a lock file of another program", func(t *testing.T, m *migration) string {
		must(t, os.WriteFile(m.state()+".lock", []byte("4711\n"), 0o600))
		return m.state()
	}, exitMismatch},
}

// Where the checkpoint cannot be, or is something else, nothing is sent, and
// whatever is there stays as it is. It is run without the rights of root, whom
// no mode stops.
func TestPlaceOfTheCheckpoint(t *testing.T) {
	t.Parallel()
	for _, c := range places[:few(4, len(places))] {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, 60)
			m.giveTo(t, nobody())
			path := c.make(t, m)
			t.Cleanup(func() { _ = os.Chmod(m.folder, 0o755) })
			m.chown(t)
			m.flags = []string{"--checkpoint", path}
			files, sent := snapshot(t, m.folder), len(m.box.journal(t))
			for _, command := range [][]string{m.args(), {"status", path}} {
				if command[0] == "status" && filepath.Ext(path) != ".db" {
					continue // the argument would be taken for an input
				}
				out := start(t, m.launch(), command...).wait(t)
				t.Logf("%d %s", out.code, out.stderr)
				if command[0] == "run" && out.code != c.code {
					t.Errorf("exit code %d, want %d\n%s", out.code, c.code, out.stderr)
				}
				if out.code == exitOK && command[0] == "status" {
					continue // reading is all that it does
				}
				wantWords(t, out.stderr, "carryover: ", path)
				if strings.Contains(out.stderr, "goroutine ") {
					t.Errorf("there is a stack trace:\n%s", out.stderr)
				}
			}
			untouched(t, m.folder, files)
			for _, e := range m.box.journal(t)[sent:] {
				if e.writes() {
					t.Errorf("%s %s was sent", e.Method, e.Path)
				}
			}
		})
	}
}
