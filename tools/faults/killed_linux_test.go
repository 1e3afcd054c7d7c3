package faults

import (
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// deadly are the calls at which the program is killed, those in a row counted
// together; the question mark is for calls that not every architecture has.
var deadly = []string{
	"fsync", "pwrite64", "write", "openat,?open", "ftruncate", "connect", "?unlink,unlinkat", "?rename,?renameat,renameat2",
}

// names are the calls that are counted together.
func names(calls string) []string { return strings.Split(strings.ReplaceAll(calls, "?", ""), ",") }

// A point is the n-th call that one thread makes, in the first run or in one
// that goes on. Threads take turns as they like, so the same point is another
// moment each time.
type point struct {
	calls   string
	n       int
	resumed bool
}

func (p point) String() string {
	run := "first"
	if p.resumed {
		run = "resumed"
	}
	return fmt.Sprintf("%s %s %d", run, names(p.calls)[0], p.n)
}

func (p point) tracer(t *testing.T) *tracer {
	return newTracer(t, "-e", "trace="+p.calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", p.calls, p.n))
}

// A kill at any system call is survived: nobody is lost, nobody is doubled, and
// the same command goes on.
func TestKilledAtASystemCall(t *testing.T) {
	t.Parallel()
	points := crashPoints(t, few(16, 120))
	var killed atomic.Int64
	t.Run("point", func(t *testing.T) {
		for _, p := range points {
			t.Run(p.String(), func(t *testing.T) {
				t.Parallel()
				m := newMigration(t, killRows)
				if p.resumed {
					m.canary(t, killRows/3)
				}
				if m.killAt(t, p) {
					killed.Add(1)
				}
				m.finish(t)
			})
		}
	})
	t.Logf("killed at %d of %d points", killed.Load(), len(points))
	if int(killed.Load()) < len(points)*2/3 { // else the call did not come often enough on any one thread
		t.Errorf("killed at %d of %d points only", killed.Load(), len(points))
	}
}

const killRows = 60

// killAt runs the migration until it is killed, and checks what is left. It
// returns false where the run came to its end before.
func (m *migration) killAt(t *testing.T, p point) bool {
	t.Helper()
	tr := p.tracer(t)
	out := m.run(t, tr.command()...)
	tr.must(t, out)
	switch {
	case out.signal == syscall.SIGKILL:
	case out.code == exitOK || out.code == exitResumable:
		return false
	default:
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	m.checkLeft(t)
	return true
}

// crashPoints spreads so many points over the calls that a whole run makes,
// the first run and one that goes on.
func crashPoints(t *testing.T, want int) (points []point) {
	t.Helper()
	type kind struct {
		point
		calls, share int
	}
	var kinds []*kind
	for _, resumed := range []bool{false, true} {
		most := busiest(t, resumed)
		for _, calls := range deadly {
			kinds = append(kinds, &kind{point{calls: calls, resumed: resumed}, most[calls], 0})
		}
	}
	// Kinds that have few calls get a point for each; what is left goes to others.
	for grown := true; grown && want > 0; {
		grown = false
		for _, k := range kinds {
			if k.share < k.calls && want > 0 {
				k.share++
				want--
				grown = true
			}
		}
	}
	for _, k := range kinds {
		for i := range k.share {
			k.n = 1 + (2*i+1)*k.calls/(2*k.share)
			points = append(points, k.point)
		}
	}
	return points
}

// busiest counts the calls of a whole run: for each kind, what is sure to come
// on one thread.
func busiest(t *testing.T, resumed bool) map[string]int {
	t.Helper()
	m := newMigration(t, killRows)
	if resumed {
		m.canary(t, killRows/3)
	}
	tr := newTracer(t, "-e", "trace="+strings.Join(deadly, ","))
	out := m.run(t, tr.command()...)
	tr.must(t, out)
	if out.code != exitOK {
		t.Fatalf("exit code %d\n%s", out.code, out.stderr)
	}
	kind := map[string]string{}
	for _, calls := range deadly {
		for _, name := range names(calls) {
			kind[name] = calls
		}
	}
	count := map[[2]string]int{} // by call and thread
	most := map[string]int{}
	tr.calls(t, func(c call) {
		if calls := kind[c.name]; calls != "" && !c.ended {
			count[[2]string{c.name, c.thread}]++
			most[calls] = max(most[calls], count[[2]string{c.name, c.thread}])
		}
	})
	for calls, n := range most {
		most[calls] = max(1, n*3/4)
	}
	return most
}
