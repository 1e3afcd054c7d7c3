package carryover_test

import (
	"errors"
	"go/build"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// mayImport is the rule of the house: data flows right, imports point left. A
// package may import those whose values it receives, never those it sends to.
var mayImport = map[string][]string{
	"source":             {},
	"hashers":            {},
	"migrate":            {"source", "hashers"},
	"migrate/ledgertest": {"migrate"},
	"migrate/sandbox":    {"hashers"}, // never the client's types: a misspelt tag shared by both would pass every test
	"migrate/mapping":    {"source", "hashers", "migrate"},
	"migrate/clerk":      {"migrate"},
	"migrate/profile":    {"source", "hashers"},
	"migrate/report":     {"migrate", "migrate/profile"},
	"checkpoint":         {"migrate"},
	"cmd/carryover":      {"source", "hashers", "migrate", "migrate/mapping", "migrate/profile", "migrate/sandbox", "migrate/clerk", "migrate/report", "checkpoint"},
	"testdata/gen":       {},
	"tools/rig":          {"migrate/sandbox"}, // its words, to read its answers
	"tools/chaos":        {"migrate", "migrate/sandbox", "checkpoint", "tools/rig"},
	"tools/bench":        {"migrate", "checkpoint", "tools/rig"},
	"tools/faults":       {}, // it knows the program from outside
	"tools/man":          {}, // likewise
	"tools/mutate":       {"tools/rig"},
	"tools/release":      {},
}

// testsMayImport is what tests may import beyond that: the real thing instead
// of a fake.
var testsMayImport = map[string][]string{
	"migrate":         {"migrate/ledgertest", "migrate/sandbox", "migrate/clerk", "checkpoint"},
	"migrate/clerk":   {"migrate/sandbox"},
	"migrate/profile": {"migrate/mapping"}, // a draft is read back
	"checkpoint":      {"migrate/ledgertest"},
	"testdata/gen":    {"hashers"},
}

// The files are read in this process, so that the test cache sees them change.
func TestImportsPointLeft(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name := entry.Name(); name != "." && (strings.HasPrefix(name, ".") || name == "testdata" && path != "testdata") {
			return filepath.SkipDir
		}
		pkg, err := build.ImportDir(path, 0)
		var none *build.NoGoError
		if errors.As(err, &none) || path == "." {
			return nil
		}
		if err != nil {
			return err
		}
		seen[filepath.ToSlash(path)] = true
		if len(pkg.TestGoFiles)+len(pkg.XTestGoFiles) > 0 && !strings.HasPrefix(path, "tools") &&
			!slices.Contains(slices.Concat(pkg.TestImports, pkg.XTestImports), "go.uber.org/goleak") {
			t.Errorf("%s has tests, and no TestMain that looks for goroutines left behind", path)
		}
		checkImports(t, filepath.ToSlash(path), pkg)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for path := range mayImport {
		if !seen[path] {
			t.Errorf("the table has a line for %s, which holds no package", path)
		}
	}
}

func checkImports(t *testing.T, path string, pkg *build.Package) {
	allowed, ok := mayImport[path]
	if !ok {
		t.Errorf("%s has no line in the table", path)
		return
	}
	for _, imported := range pkg.Imports {
		if ours, is := strings.CutPrefix(imported, "carryover/"); is && !slices.Contains(allowed, ours) {
			t.Errorf("%s must not import %s", path, ours)
		}
	}
	allowed = slices.Concat(allowed, testsMayImport[path], []string{path})
	for _, imported := range slices.Concat(pkg.TestImports, pkg.XTestImports) {
		if ours, is := strings.CutPrefix(imported, "carryover/"); is && !slices.Contains(allowed, ours) {
			t.Errorf("the tests of %s must not import %s", path, ours)
		}
	}
}
