package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"carryover/migrate"

	"golang.org/x/sys/unix"
)

func TestJudge(t *testing.T) {
	for magic, want := range map[uint32]verdict{
		unix.EXT4_SUPER_MAGIC: local, unix.XFS_SUPER_MAGIC: local, unix.BTRFS_SUPER_MAGIC: local,
		unix.TMPFS_MAGIC: local, unix.OVERLAYFS_SUPER_MAGIC: local, 0: local,
		unix.FUSE_SUPER_MAGIC: doubtful,
		unix.NFS_SUPER_MAGIC:  remote, unix.CIFS_SUPER_MAGIC: remote, unix.SMB2_SUPER_MAGIC: remote,
		unix.V9FS_MAGIC: remote, unix.CEPH_SUPER_MAGIC: remote, vboxsfMagic: remote,
	} {
		name, got := judge(magic)
		if got != want || (name == "") != (want == local) {
			t.Errorf("%#x is %q, %v, want %v", magic, name, got, want)
		}
	}
}

// asNobody runs f without the rights of root, which ignores modes. The calls
// that f makes must stay on its thread.
func asNobody(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		f()
		return
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const nobody = 65534
	if _, _, errno := unix.RawSyscall(unix.SYS_SETFSUID, nobody, 0, 0); int(errno) != 0 {
		t.Skipf("setfsuid: %v", errno)
	}
	defer func() { _, _, _ = unix.RawSyscall(unix.SYS_SETFSUID, 0, 0, 0) }()
	f()
}

// enterable returns a folder that nobody may enter and read.
func enterable(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	dir := filepath.Join(enterable(t), "folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x.db")
	asNobody(t, func() {
		_, err := Create(t.Context(), path, sample)
		var disk *DiskError
		if !errors.As(err, &disk) || !errors.Is(err, os.ErrPermission) || !disk.Place() ||
			!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), newSuffix) {
			t.Errorf("Create: %v", err)
		}
	})
	if got := names(t, path); len(got) != 0 {
		t.Errorf("there are %q", got)
	}
}

// A name that people do not know is not told, and a lock file that cannot be
// removed is no failure.
func TestFolderThatIsClosedLater(t *testing.T) {
	dir := filepath.Join(enterable(t), "folder")
	path := filepath.Join(dir, "x.db")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	db := create(t, path)
	commit(t, db, at(1, migrate.Created))
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if !exists(path + lockSuffix) {
		t.Fatal("the lock file could be removed: nothing was tested")
	}
	closed(t, open(t, path))
	same(t, "files", []string{"x.db"}, names(t, path))
}

// SQLite would make files beside it first.
func TestFileThatCannotBeWritten(t *testing.T) {
	path := filepath.Join(enterable(t), "x.db")
	atRest(t, path, 1)
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(path), 0o777); err != nil { // where nobody may make files
		t.Fatal(err)
	}
	asNobody(t, func() {
		_, err := Open(t.Context(), path)
		var disk *DiskError
		if !errors.As(err, &disk) || !strings.Contains(err.Error(), path+": it cannot be used (permission denied): make the file") {
			t.Errorf("Open: %v", err)
		}
	})
	same(t, "files", []string{"x.db"}, names(t, path))
}

func TestFileThatCannotBeRead(t *testing.T) {
	path := filepath.Join(enterable(t), "x.db")
	atRest(t, path, 1)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	asNobody(t, func() {
		var disk *DiskError
		if _, err := Open(t.Context(), path); !errors.As(err, &disk) {
			t.Errorf("Open: %v", err)
		}
		if _, err := OpenReader(t.Context(), path); !errors.As(err, &disk) {
			t.Errorf("OpenReader: %v", err)
		}
	})
	same(t, "files", []string{"x.db"}, names(t, path))
}

// The kernel drops a process's POSIX locks on a file when the process closes
// any handle of it. Nothing here does that to the file of a DB.
func TestLooksKeepTheLocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	fillRows(t, db, 1)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	inode := fmt.Sprintf(":%d ", info.Sys().(*syscall.Stat_t).Ino)
	held := func() bool {
		text, err := os.ReadFile("/proc/locks")
		if err != nil {
			t.Skip(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "POSIX") && strings.Contains(line, inode) {
				return true
			}
		}
		return false
	}
	if !held() {
		t.Skip("/proc/locks shows no locks here")
	}
	for name, look := range map[string]func() error{
		"Exists": func() error { _, err := Exists(path); return err },
		"OpenReader": func() error {
			r, err := OpenReader(t.Context(), path)
			if err != nil {
				return err
			}
			_, err = r.Counts(t.Context())
			return errors.Join(err, r.Close())
		},
		"Open":    func() error { _, _ = Open(t.Context(), path); return nil },
		"Create":  func() error { _, _ = Create(t.Context(), path, sample); return nil },
		"Running": func() error { _, err := db.Running(t.Context()); return err },
	} {
		if err := look(); err != nil || !held() {
			t.Fatalf("after %s the locks are held: %v, %v", name, held(), err)
		}
	}
}

// Under a mount of the file alone there would be a second lock file, and a
// -wal that goes with the container.
func TestRefusedMountOfTheFile(t *testing.T) {
	dir := t.TempDir()
	real, path := filepath.Join(dir, "real.db"), filepath.Join(dir, "mounted", "x.db")
	atRest(t, real, 1)
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(real, path, "", unix.MS_BIND, ""); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(path, unix.MNT_DETACH) })
	if !mountedAlone(path) {
		t.Skip("this kernel does not tell")
	}
	refused(t, path, ErrForeign)
	closed(t, open(t, real))
}

func TestRefusedFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	refused(t, path, ErrForeign)
}
