//go:build unix

package main

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"time"
)

// untilNotKilled runs carryover, kills it at a random moment and runs it again,
// until it comes to an end. It must have been killed. The moment is least ms after
// the start or later, within most ms, and more of them after each kill.
func untilNotKilled(t *testing.T, folder string, env []string, chance *rand.Rand, least, most, more int, args ...string) {
	t.Helper()
	for kills := 0; ; kills++ {
		p := start(t, folder, env, args...)
		// Later each time, so that it comes to an end.
		timer := time.AfterFunc(time.Duration(least+chance.IntN(most+more*kills))*time.Millisecond, func() { _ = p.cmd.Process.Kill() })
		out := p.wait(t)
		timer.Stop()
		switch {
		case p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
		case out.code == exitOK:
			t.Logf("%d kills", kills)
			if kills == 0 {
				t.Error("it was never killed")
			}
			return
		default:
			t.Fatalf("exit code %d after %d kills\n%s%s", out.code, kills, out.stdout, out.stderr)
		}
	}
}
