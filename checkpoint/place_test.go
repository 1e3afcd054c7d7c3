package checkpoint_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"carryover/checkpoint"
)

// Look tells where a checkpoint can be made, and leaves nothing there.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	place, err := checkpoint.Look(filepath.Join(dir, "users.db"))
	if err != nil || place.Folder != dir || place.Free == 0 {
		t.Errorf("%+v, %v", place, err)
	}
	if (runtime.GOOS == "linux" || runtime.GOOS == "darwin") && place.Free < 0 {
		t.Error("the free space is not known")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("something is left: %v %v", entries, err)
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := filepath.Join(dir, "locked")
	if err := os.Mkdir(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	paths := []string{"", filepath.Join(dir, "missing", "users.db"), filepath.Join(file, "users.db")}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 { // root writes everywhere
		paths = append(paths, filepath.Join(locked, "users.db"))
	}
	for _, path := range paths {
		_, err := checkpoint.Look(path)
		var disk *checkpoint.DiskError
		if err == nil || path != "" && (!errors.As(err, &disk) || !disk.Place()) {
			t.Errorf("%q: %v", path, err)
		}
	}
}
