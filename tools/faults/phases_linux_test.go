package faults

import (
	"fmt"
	"syscall"
	"testing"
)

// tracedPhases are those that only the files tell: the program is killed as it
// is about to touch one of them.
var tracedPhases = []phase{
	{"reading the input", 5, nil, func(t *testing.T, m *migration, trial int) bool {
		return m.killTouching(t, inputName, "read", 1+trial)
	}},
	{"merging as it begins", len(merging), nil, func(t *testing.T, m *migration, trial int) bool {
		return m.killTouching(t, stateName, merging[trial].calls, merging[trial].n)
	}},
	{"merging as it goes on", len(merging), nil, func(t *testing.T, m *migration, trial int) bool {
		m.canary(t, 15)
		return m.killTouching(t, stateName, merging[trial].calls, merging[trial].n)
	}},
	{"merging as it ends", len(merging), []string{"--latency", "60ms"}, func(t *testing.T, m *migration, trial int) bool {
		p := m.start(t)
		m.box.await(t, p, users(8))
		m.killer(t, stateName, merging[trial].calls, merging[trial].n).attach(t, p)
		return p.wait(t).signal == syscall.SIGKILL
	}},
	{"going on with another input", 15, nil, func(t *testing.T, m *migration, trial int) bool {
		m.finish(t)
		m.grow(t, 10)
		if trial%3 == 1 {
			return m.killTouching(t, stateWAL, "fsync", 1+trial/3)
		}
		return m.killTouching(t, stateWAL, "pwrite64", 1+trial*2)
	}},
	{"leaving", 3, nil, func(t *testing.T, m *migration, trial int) bool {
		return m.killTouching(t, stateName+[]string{"-wal", ".lock", "-shm"}[trial], "?unlink,unlinkat", 1)
	}},
}

// merging is what brings the -wal file into the main file, which otherwise is
// left alone.
var merging = []point{
	{"pwrite64", 1, false}, {"ftruncate", 1, false}, {"fsync", 1, false}, {"pwrite64", 2, false}, {"pwrite64", 3, false},
}

// killTouching kills the program at its n-th call that names a file or works
// on it.
func (m *migration) killTouching(t *testing.T, name, calls string, n int) bool {
	t.Helper()
	tr := m.killer(t, name, calls, n)
	out := m.run(t, tr.command()...)
	tr.must(t, out)
	m.box.quiet(t)
	return out.signal == syscall.SIGKILL
}

func (m *migration) killer(t *testing.T, name, calls string, n int) *tracer {
	t.Helper()
	return newTracer(t, "-P", m.folder+"/"+name, "-e", "trace="+calls, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", calls, n))
}

// writingSteps kill a program that writes one file into a folder, at each step:
// as it syncs the file, renames it, syncs the folder.
var writingSteps = []func(t *testing.T, folder string) []string{
	func(t *testing.T, _ string) []string { return newTracer(t, "-e", "inject=fsync:signal=KILL").command() },
	func(t *testing.T, _ string) []string {
		return newTracer(t, "-e", "inject=?rename,?renameat,renameat2:signal=KILL").command()
	},
	func(t *testing.T, folder string) []string {
		return newTracer(t, "-P", folder, "-e", "inject=fsync:signal=KILL").command()
	},
}
