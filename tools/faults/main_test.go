//go:build unix

package faults

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

var size = flag.String("faults.size", "short", "how many points are tried: short (seconds) or full (minutes)")

// few returns how many points there are to try.
func few(short, full int) int {
	if *size == "full" {
		return full
	}
	return short
}

var (
	workDir string // for folders of tests; every user may enter it
	program string // carryover, as go build makes it
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *size != "short" && *size != "full" {
		fmt.Fprintln(os.Stderr, "-faults.size is short or full")
		os.Exit(2)
	}
	if testing.Short() {
		fmt.Println("not run with -short: these tests start the program hundreds of times")
		os.Exit(0)
	}
	// They mostly wait, for the settle time of a create without an answer.
	if err := flag.Set("test.parallel", "6"); err != nil {
		panic(err)
	}
	code, err := build(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// build makes the program, and removes it after the tests.
func build(tests func() int) (code int, err error) {
	if workDir, err = os.MkdirTemp("", "faults"); err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(workDir) }()
	if err := os.Chmod(workDir, 0o755); err != nil {
		return 1, err
	}
	program = filepath.Join(workDir, "carryover")
	out, err := exec.Command("go", "build", "-o", program, "carryover/cmd/carryover").CombinedOutput()
	if err != nil {
		return 1, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return tests(), nil
}

// readSources reads what the program was built from, so that the test cache
// sees it change.
var readSources = sync.OnceValue(func() error {
	return filepath.WalkDir(filepath.Join("..", ".."), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); entry.IsDir() && strings.HasPrefix(name, ".") && name != ".." {
			return filepath.SkipDir
		}
		switch filepath.Ext(path) {
		case ".go", ".mod", ".sum", ".sql", ".yaml":
			_, err = os.ReadFile(path)
		}
		return err
	})
})

// newFolder returns a folder that every user may enter and its owner may write.
func newFolder(t *testing.T) string {
	t.Helper()
	if err := readSources(); err != nil {
		t.Fatal(err)
	}
	folder, err := os.MkdirTemp(workDir, "")
	if err == nil {
		err = os.Chmod(folder, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return folder
}
