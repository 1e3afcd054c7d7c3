package faults

import (
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// A disk that is full, for real: a small file system in memory.
func TestDiskIsFull(t *testing.T) {
	t.Parallel()
	sizes := []int{256, 64, 700} // kB
	for i := range 17 {
		sizes = append(sizes, 80+40*i)
	}
	for _, kb := range sizes[:few(2, len(sizes))] {
		t.Run(strconv.Itoa(kb)+" kB", func(t *testing.T) {
			t.Parallel()
			m := newMigration(t, fullRows)
			mount(t, "tmpfs", m.folder, "tmpfs", 0, "size="+strconv.Itoa(kb)+"k")
			m.writeInput(t)
			m.stopsForRoom(t, m.run(t))
			if err := unix.Mount("tmpfs", m.folder, "tmpfs", unix.MS_REMOUNT, "size=64m"); err != nil {
				t.Fatal(err)
			}
			m.finish(t)
		})
	}
}

// mount skips the test where this user may not mount anything.
func mount(t *testing.T, from, to, kind string, flags uintptr, data string) {
	t.Helper()
	if err := unix.Mount(from, to, kind, flags, data); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(to, unix.MNT_DETACH) })
}
