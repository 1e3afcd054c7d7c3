package faults

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

var mountedNames = []otherName{
	{"a mounted folder", func(t *testing.T, m *migration, aside string) string {
		to := filepath.Join(aside, "mounted")
		must(t, os.Mkdir(to, 0o700))
		mount(t, m.folder, to, "", unix.MS_BIND, "")
		return filepath.Join(to, stateName)
	}, exitLocked},
	{"a mounted file", func(t *testing.T, m *migration, aside string) string {
		to := filepath.Join(aside, "mounted.db")
		must(t, os.WriteFile(to, nil, 0o600))
		mount(t, m.state(), to, "", unix.MS_BIND, "")
		return to
	}, exitMismatch},
}
