//go:build unix

package faults

import (
	"strings"
	"syscall"
	"testing"
)

// The memory of the program, which holds the key and digests, is never written
// to a disk, however it ends.
func TestMemoryIsNotDumped(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGSEGV} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			m := interruptible(t)
			l := m.launch(limited("-S -c $(ulimit -H -c)")...)
			l.env = append(l.env, "GOTRACEBACK=crash") // ends with a dump where one is allowed
			p := start(t, l, m.args()...)
			m.box.await(t, p, users(4))
			p.signal(t, s)
			if out := p.wait(t); out.core || out.code == exitOK {
				t.Errorf("exit code %d, dumped: %v\n%s", out.code, out.core, out.stdout)
			}
			for _, name := range m.files(t) {
				if strings.HasPrefix(name, "core") {
					t.Errorf("there is %s", name)
				}
			}
			m.checkLeft(t)
			m.finish(t)
		})
	}
}
