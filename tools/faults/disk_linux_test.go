package faults

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const anyOpen = "openat,?open"

// When a call begins to fail: from the start, or in the middle of the run.
const early, late = "early", "late"

// A disk that fails in the middle stops the run at once: no create leaves whose
// intent is not on the disk, and besides those on their way, none at all.
func TestDiskFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	injections := []string{
		"fsync:error=EIO:when=9+", "pwrite64:error=ENOSPC:when=30+", // from then on
		"fsync:error=EIO:when=8", "pwrite64:error=EIO:when=35", // once: a commit is not tried again
		"fsync:error=EIO:when=7+", "fsync:error=ENOSPC:when=10+", "pwrite64:error=EDQUOT:when=25+", "pwrite64:error=EIO:when=27",
	}
	for _, inject := range injections[:few(2, len(injections))] {
		t.Run(inject, func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, 300) // enough for some thread to come that far
			o := newOrder()
			m.canary(t, 20) // the calls that make a checkpoint are not those that are to fail
			for key := range m.known(t) {
				o.durable[key] = true
			}
			tr := newTracer(t, append(orderFlags, "-e", "inject="+inject)...)
			out := m.run(t, tr.command()...)
			tr.must(t, out)
			if out.code != exitResumable || tr.injected(t) == 0 {
				t.Fatalf("exit code %d, %d calls failed\n%s%s", out.code, tr.injected(t), out.stdout, out.stderr)
			}
			helpful(t, out)
			wantWords(t, out.stderr, "run the same command again")
			tr.calls(t, o.take)
			if len(o.early) > 0 {
				t.Errorf("sent before their intent was durable: %q", o.early)
			}
			const inFlight = 4
			if len(o.after) > inFlight {
				t.Errorf("sent after the disk had failed: %q", o.after)
			}
			t.Logf("%d creates, %d of them on their way when it failed", o.sent, len(o.after))
			m.checkLeft(t)
			m.finish(t)
		})
	}
}

// A slow disk slows nothing down but commits.
func TestDiskIsSlow(t *testing.T) {
	t.Parallel()
	m := newMigration(t, 60)
	o := newOrder()
	tr := newTracer(t, append(orderFlags, "-e", fmt.Sprintf("inject=fsync:delay_enter=%d", few(20_000, 200_000)))...) // µs
	out := m.run(t, tr.command()...)
	tr.must(t, out)
	tr.calls(t, o.take)
	if out.code != exitOK || len(o.early) > 0 {
		t.Errorf("exit code %d, sent before their intent was durable: %q\n%s", out.code, o.early, out.stderr)
	}
	m.finish(t)
}

// A call on one file that fails, wherever it comes, is told with the file and
// what to do, and all that was done before stays.
func TestCallOnAFileFails(t *testing.T) {
	t.Parallel()
	disk := []int{exitResumable}
	cases := []struct {
		file, inject string
		when         string
		codes        []int
	}{
		{stateWAL, "fsync:error=EIO", late, disk},
		{stateName, "fsync:error=EIO", late, disk}, // as it ends
		{stateName, "?renameat,renameat2:error=EIO", early, disk},
		{stateName + ".lock", "pwrite64:error=ENOSPC", early, disk}, // before anything is sent

		{stateWAL, "fsync:error=EIO", early, disk},
		{stateWAL, "pwrite64:error=ENOSPC", early, disk},
		{stateWAL, "pwrite64:error=ENOSPC", late, disk},
		{stateWAL, "ftruncate:error=EIO", early, disk},
		{stateWAL, "pread64:error=EIO", early, []int{exitResumable, exitMismatch}}, // SQLite takes it for damage
		{stateWAL, anyOpen + ":error=EMFILE", early, disk},
		{stateWAL, "?unlink,unlinkat:error=EACCES", early, []int{exitOK}}, // an empty file stays
		{stateName, "fsync:error=EIO", early, disk},
		{stateName, "pwrite64:error=ENOSPC", early, disk},
		{stateName, "pwrite64:error=EIO", late, disk}, // as it ends
		{stateName, "pread64:error=EIO", early, []int{exitResumable, exitMismatch}},
		{stateName, "fcntl:error=ENOLCK", early, []int{exitLocked}}, // SQLite takes it for another program
		{stateName + "-shm", "mmap:error=ENOMEM", early, disk},
		{stateName + "-shm", "ftruncate:error=ENOSPC", early, disk},
		{stateName + "-shm", anyOpen + ":error=EMFILE", early, disk},
		{stateName + ".lock", "flock:error=ENOLCK", early, []int{exitUsage}}, // a folder without locks
		{stateName + ".lock", "pwrite64:error=ENOSPC", late, []int{exitOK}},  // a guard that lags behind
		{stateName + ".lock", "unlinkat:error=EACCES", late, []int{exitOK}},  // it is taken over
		{stateName + ".lock", anyOpen + ":error=ENFILE", early, disk},
		{".", "fsync:error=EIO", early, disk},                  // of the folder
		{inputName, "read:error=EIO", early, []int{exitUsage}}, // before anything is sent
	}
	for _, c := range cases[:few(4, len(cases))] {
		t.Run(c.file+" "+c.inject+" "+c.when, func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, 60, "--latency", "60ms")
			calls, _, _ := strings.Cut(c.inject, ":")
			tr := newTracer(t, "-P", filepath.Join(m.folder, c.file), "-e", "trace="+calls, "-e", "inject="+c.inject)
			var out outcome
			if c.when == late {
				p := m.start(t)
				m.box.await(t, p, users(8))
				tr.attach(t, p)
				out = p.wait(t)
			} else {
				out = m.run(t, tr.command()...)
				tr.must(t, out)
			}
			if !slices.Contains(c.codes, out.code) || tr.injected(t) == 0 {
				t.Fatalf("exit code %d, want %d; %d calls failed\n%s%s", out.code, c.codes, tr.injected(t), out.stdout, out.stderr)
			}
			t.Logf("%d %s", out.code, out.stderr)
			switch {
			case out.code == exitOK:
			case c.file == inputName:
				wantWords(t, out.stderr, "carryover: "+inputName)
			default:
				helpful(t, out)
			}
			m.checkLeft(t)
			m.finish(t)
		})
	}
}
