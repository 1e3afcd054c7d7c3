package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// program makes a small program in a module of its own and goes there.
func program(t *testing.T, source string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module tiny\n\ngo 1.26.0\n", "main.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

// A binary is built with its sum beside it, runs, and is the same when it is
// built again in another folder.
func TestRelease(t *testing.T) {
	here := target{runtime.GOOS, runtime.GOARCH}
	if _, err := choose(here.String()); err != nil {
		t.Skip(err)
	}
	var sums []string
	for range 2 {
		program(t, "package main\n\nfunc main() { println(\"tiny\") }\n")
		var out strings.Builder
		if err := release(t.Context(), &out, ".", "made", here.String()); err != nil {
			t.Fatal(err)
		}
		name, err := programName(".")
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("made", here.file(name))
		if said, err := exec.CommandContext(t.Context(), path).CombinedOutput(); err != nil || string(said) != "tiny\n" {
			t.Errorf("it says %q, %v", said, err)
		}
		list, err := os.ReadFile(filepath.Join("made", "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sum, file, _ := strings.Cut(strings.TrimSpace(string(list)), "  ")
		if got, err := sha256Of(path); err != nil || got != sum || file != filepath.Base(path) {
			t.Errorf("the sum of %s is %s (%v), the list says %q", path, got, err, list)
		}
		if !strings.Contains(out.String(), here.String()) || !strings.Contains(out.String(), " MB ") {
			t.Errorf("it said %q", &out)
		}
		sums = append(sums, sum)
	}
	if sums[0] != sums[1] {
		t.Errorf("two builds differ: %v", sums)
	}
}

// What cannot be given away is refused: a binary that is too large, names a
// folder of the machine, or needs a linker of the system it runs on.
func TestCheck(t *testing.T) {
	program(t, "package main\n\nfunc main() {}\n")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00\x01\x00\x00\x00" + strings.Repeat("\x00", 8) +
		"\x40" + strings.Repeat("\x00", 7) + strings.Repeat("\x00", 8) + "\x00\x00\x00\x00\x40\x00\x38\x00\x01\x00\x40\x00\x00\x00\x00\x00"
	segment := func(kind string) string { return kind + "\x00\x00\x00" + strings.Repeat("\x00", 52) }
	for _, c := range []struct{ name, system, content, wrong string }{
		{"static", "linux", elf + segment("\x01"), ""},
		{"dynamic", "linux", elf + segment("\x02"), "not static"},
		{"interpreted", "linux", elf + segment("\x03"), "not static"},
		{"no binary", "linux", strings.Repeat("text", 9), "bad magic number"},
		{"of another system", "windows", "text", ""},
		{"path", "windows", "text " + here + "/main.go", "a folder of this machine"},
		{"large", "darwin", strings.Repeat("x", maxSize+1), "more than"},
		{"as large as may be", "darwin", strings.Repeat("x", maxSize), ""},
	} {
		path := filepath.Join(t.TempDir(), "binary")
		if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		size, err := target{c.system, "amd64"}.check(path)
		if c.wrong == "" && (err != nil || size != int64(len(c.content))) || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
			t.Errorf("%s: %d, %v; want %q", c.name, size, err, c.wrong)
		}
	}
	if _, err := choose("plan9/386"); err == nil {
		t.Error("there is no such target")
	}
	if got := (target{"windows", "arm64"}).file("carryover"); got != "carryover-windows-arm64.exe" {
		t.Errorf("the file is %s", got)
	}
}
