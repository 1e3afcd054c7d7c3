//go:build unix

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
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
	return append([]string{"run", inputName, "--rate-limit", "10000/100ms", "--max-in-flight", "4", "--settle", settle}, m.flags...)
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
