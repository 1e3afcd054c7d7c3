//go:build unix

package faults

import (
	"os"
	"path/filepath"
	"testing"
)

// killed leaves a migration that was killed in the middle, after a first run
// that was not.
func killed(t *testing.T) *migration {
	t.Helper()
	m := newMigration(t, 60, "--latency", "20ms")
	m.canary(t, 20)
	m.killWhen(t, 0, func() bool { return m.box.totals(t).Users > 40 })
	m.checkLeft(t)
	return m
}

func move(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.Rename(from, to))
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, content, 0o600))
}

// refuses checks that neither a run nor status takes the checkpoint for whole,
// and that nothing is sent or changed.
func (m *migration) refuses(t *testing.T, flags ...string) {
	t.Helper()
	before, sent := snapshot(t, m.folder), len(m.box.journal(t))
	out := start(t, m.launch(), append(m.args(), flags...)...).wait(t)
	if out.code != exitMismatch {
		t.Errorf("run: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	helpful(t, out)
	file := inputName
	if len(flags) > 0 {
		file = flags[1]
	}
	out = m.carryover(t, "status", file)
	if out.code != exitMismatch {
		t.Errorf("status: exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	untouched(t, m.folder, before)
	if n := len(m.box.journal(t)); n != sent {
		t.Errorf("%d requests were sent", n-sent)
	}
}

// SQLite takes a file without its -wal file for a sound one of an earlier
// moment. Rows that were done then count as new.
func TestMissingWAL(t *testing.T) {
	t.Parallel()
	m := killed(t)
	aside := filepath.Join(newFolder(t), "wal")
	move(t, m.state()+"-wal", aside)
	must(t, os.Remove(m.state()+"-shm"))
	m.refuses(t)

	lock := filepath.Join(newFolder(t), "lock")
	move(t, m.state()+".lock", lock)
	m.refuses(t) // also without the lock file
	move(t, lock, m.state()+".lock")

	copied := filepath.Join(m.folder, "copy-of-"+stateName) // the main file alone
	copyFile(t, m.state(), copied)
	m.refuses(t, "--checkpoint", copied)
	must(t, os.Remove(copied))

	move(t, aside, m.state()+"-wal")
	m.finish(t)
}

func TestForeignWAL(t *testing.T) {
	t.Parallel()
	m, other := killed(t), killed(t)
	aside := filepath.Join(newFolder(t), "wal")
	move(t, m.state()+"-wal", aside)
	must(t, os.Remove(m.state()+"-shm"))
	copyFile(t, other.state()+"-wal", m.state()+"-wal")
	m.refuses(t)
	must(t, os.Remove(m.state()+"-wal"))
	move(t, aside, m.state()+"-wal")
	m.finish(t)
}

// A backup that is older than the last run is refused while anything tells of
// that run. After a run that ended well nothing does; then the instance does.
func TestStaleBackup(t *testing.T) {
	t.Parallel()
	m := newMigration(t, 60, "--latency", "10ms")
	m.canary(t, 20)
	backup := filepath.Join(newFolder(t), "backup")
	copyFile(t, m.state(), backup)

	m.killWhen(t, 0, func() bool { return m.box.totals(t).Users > 30 })
	aside := newFolder(t)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		move(t, m.state()+suffix, filepath.Join(aside, "x"+suffix))
	}
	copyFile(t, backup, m.state())
	m.refuses(t)
	must(t, os.Remove(m.state()))
	for _, suffix := range []string{"", "-wal"} {
		move(t, filepath.Join(aside, "x"+suffix), m.state()+suffix)
	}
	m.finish(t)

	copyFile(t, backup, m.state())
	m.finish(t) // 40 rows are found as users, and none is doubled
}
