package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The source still has what the mutants replace, and the tests that must
// notice. Whether they do, .ci/run finds out.
func TestMutantsFitTheSource(t *testing.T) {
	root := filepath.Join("..", "..")
	for _, m := range mutants {
		for _, e := range m.edits {
			content, err := os.ReadFile(filepath.Join(root, e.file))
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(content), e.old); n != 1 {
				t.Errorf("%s: %s has the text %d times, want once:\n%s", m.name, e.file, n, e.old)
			}
		}
		for name := range strings.SplitSeq(m.test.run, "|") {
			if !hasTest(t, filepath.Join(root, m.test.pkg), name) {
				t.Errorf("%s: %s has no %s", m.name, m.test.pkg, name)
			}
		}
	}
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "func "+name+"(t *testing.T)") {
			return true
		}
	}
	return false
}

// Edits are made all or not at all, and taken back.
func TestEdits(t *testing.T) {
	tree := &tree{t.TempDir()}
	path := filepath.Join(tree.root, "a.go")
	const before = "one two two"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	read := func() string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	undo, err := tree.edit([]edit{{"a.go", "one", "1"}, {"a.go", "1 two", "1"}})
	if err != nil || read() != "1 two" {
		t.Errorf("%q, %v", read(), err)
	}
	if err := undo(); err != nil || read() != before {
		t.Errorf("taken back: %q, %v", read(), err)
	}
	for _, old := range []string{"two", "three"} {
		undo, err := tree.edit([]edit{{"a.go", "one", "1"}, {"a.go", old, ""}})
		if err == nil || !strings.Contains(err.Error(), "a.go") {
			t.Errorf("%q is replaced: %v", old, err)
		}
		if err := undo(); err != nil || read() != before {
			t.Errorf("after a failure: %q, %v", read(), err)
		}
	}
}

func TestInvariantsAreNamedOnce(t *testing.T) {
	if got := invariants("x:\n  I5 a\n  I1 b\n  I12 c\n  I5 d\n files I9\n"); got != "I5 I1 I12" {
		t.Errorf("%q", got)
	}
}
