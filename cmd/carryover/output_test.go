//go:build unix

package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"carryover/checkpoint"
)

// content is what the files of a folder hold, by name; "->" and a target for
// links.
func content(t *testing.T, folder string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, e := range entries {
		path := filepath.Join(folder, e.Name())
		switch {
		case e.Type()&fs.ModeSymlink != 0:
			target, _ := os.Readlink(path)
			files[e.Name()] = "->" + target
		case e.Type().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			files[e.Name()] = string(text)
		default:
			files[e.Name()] = e.Type().String()
		}
	}
	return files
}

func wantContent(t *testing.T, folder string, want map[string]string) {
	t.Helper()
	got := content(t, folder)
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s holds %q, want %q", name, got[name], text)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is there", name)
		}
	}
}

func TestOutputAppearsWhole(t *testing.T) {
	for name, force := range map[string]bool{"new": false, "replaced": true} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			path := filepath.Join(folder, "out.csv")
			before := map[string]string{}
			if force {
				before["out.csv"] = "old"
				writeFile(t, path, []byte("old"))
				if err := os.Chmod(path, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			o, err := createOutput(path, force)
			if err != nil {
				t.Fatal(err)
			}
			defer o.drop()
			if _, err := o.WriteString("text"); err != nil {
				t.Fatal(err)
			}
			if got := content(t, folder)["out.csv"]; got != before["out.csv"] {
				t.Errorf("%q is there too early", got)
			}
			if err := o.keep(); err != nil {
				t.Fatal(err)
			}
			o.drop()
			wantContent(t, folder, map[string]string{"out.csv": "text"})
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

func TestOutputThatIsDroppedLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	o, err := createOutput(filepath.Join(folder, "out.csv"), false)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = o.WriteString("text")
	o.drop()
	wantContent(t, folder, nil)
}

// What stands in the way is refused before anything is written, and stays as it
// is; so does what it leads to.
func TestOutputRefuses(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	writeFile(t, in("there"), []byte("old"))
	writeFile(t, in("input"), []byte("users"))
	db, err := checkpoint.Create(t.Context(), in("db"), checkpoint.Identity{})
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(db.Close(), os.Remove(in("db.lock")), os.Mkdir(in("folder"), 0o700), os.Symlink("there", in("link")), os.Symlink("nowhere", in("dangling")),
		os.Symlink("folder", in("folderlink")), os.Link(in("input"), in("second")), unix.Mkfifo(in("fifo"), 0o600))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	before := content(t, folder)
	for _, c := range []struct {
		path   string
		force  bool
		reason string
	}{
		{in("there"), false, "is there already"},
		{in("input"), false, "is what is read"},
		{in("input"), true, "is what is read"},
		{in("second"), true, "is what is read"}, // another name of the input
		{in("db"), true, "is a checkpoint"},
		{in("link"), false, "is a symbolic link"},
		{in("link"), true, "is a symbolic link"},
		{in("dangling"), true, "is a symbolic link"},
		{in("folderlink"), true, "is a symbolic link"},
		{in("fifo"), true, "is not a regular file"},
		{in("fifo/x"), true, "not a directory"},
		{in("folder"), true, "is a folder"},
		{in("folder/"), true, "is a folder"},
		{in("folder") + "/..", true, "is a folder"},
		{in("folder") + "/.", true, "is a folder"},
		{in("nowhere/x"), true, "no such file or directory"},
		{in("there/x"), true, "not a directory"},
		{in(strings.Repeat("x", 300)), true, "name too long"},
		{in("nul\x00x"), true, "invalid argument"},
		{"/dev/null", true, "is not a regular file"},
		{"/dev/stdout", true, "is a symbolic link"},
		{"-", true, "is not the name of a file"},
		{"", true, "is a folder"},
	} {
		o, err := createOutput(c.path, c.force, in("input"), "", "-")
		if err == nil {
			o.drop()
			t.Errorf("%q was begun", c.path)
			continue
		}
		var e *exitError
		if !errors.As(err, &e) || e.code != exitUsage || len(e.hints) == 0 && !strings.Contains(c.path, "x") || !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%q: %v, want %q", c.path, err, c.reason)
		}
	}
	wantContent(t, folder, before)
}

// Where the place is taken, or the folder is another one, when the output is
// done, nothing outside of the folder that it began in is touched.
func TestOutputMeanwhile(t *testing.T) {
	type files = map[string]string
	for name, c := range map[string]struct {
		path      string
		force     bool
		meanwhile func(in func(string) string) error
		reason    string
		began     string // where the folder that it began in is then; "" for nowhere
		left      files
	}{
		"another file": {"a/out", false, func(in func(string) string) error {
			return os.WriteFile(in("a/out"), []byte("other"), 0o600)
		}, "came up there meanwhile", "a", files{"out": "other"}},
		"a link": {"a/out", false, func(in func(string) string) error {
			return os.Symlink("../b/victim", in("a/out"))
		}, "came up there meanwhile", "a", files{"out": "->../b/victim"}},
		"a link, forced": {"a/out", true, func(in func(string) string) error {
			return os.Symlink("../b/victim", in("a/out"))
		}, "symbolic link", "a", files{"out": "->../b/victim"}},
		"a folder that is moved and replaced": {"a/out", true, func(in func(string) string) error {
			return errors.Join(os.Rename(in("a"), in("c")), os.Symlink("b", in("a")))
		}, "moved or replaced", "c", files{}},
		"a link to the folder that is turned": {"link/out", true, func(in func(string) string) error {
			return errors.Join(os.Remove(in("link")), os.Symlink("b", in("link")))
		}, "moved or replaced", "a", files{}},
		"a folder that goes": {"a/out", false, func(in func(string) string) error {
			return os.RemoveAll(in("a"))
		}, "moved or replaced", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			in := func(name string) string { return filepath.Join(folder, name) }
			if err := errors.Join(os.Mkdir(in("a"), 0o700), os.Mkdir(in("b"), 0o700), os.Symlink("a", in("link"))); err != nil {
				t.Fatal(err)
			}
			writeFile(t, in("b/victim"), []byte("precious"))
			o, err := createOutput(in(c.path), c.force)
			if err != nil {
				t.Fatal(err)
			}
			defer o.drop()
			if err := c.meanwhile(in); err != nil {
				t.Fatal(err)
			}
			_, _ = o.WriteString("text")
			err = o.keep()
			var e *exitError
			if !errors.As(err, &e) || e.code != exitUnexpected || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("keep: %v, want %q", err, c.reason)
			}
			wantContent(t, in("b"), files{"victim": "precious"})
			if c.began != "" {
				wantContent(t, in(c.began), c.left)
			}
		})
	}
}

// The folder of x/.. is that of the system, not the one that the letters spell.
func TestOutputAboveALink(t *testing.T) {
	folder := t.TempDir()
	err := errors.Join(os.MkdirAll(filepath.Join(folder, "a", "deep"), 0o700), os.Symlink("a/deep", filepath.Join(folder, "link")))
	if err != nil {
		t.Fatal(err)
	}
	o, err := createOutput(folder+"/link/../out", false)
	if err != nil {
		t.Fatal(err)
	}
	defer o.drop()
	if err := o.keep(); err != nil {
		t.Fatal(err)
	}
	if _, there := content(t, filepath.Join(folder, "a"))["out"]; !there {
		t.Errorf("it is not in the folder above the link's target: %v", content(t, folder))
	}
}

func TestConsole(t *testing.T) {
	var out, screen bytes.Buffer
	ui := newConsole(nil, &out, &screen)
	ui.args = []string{"run", "users.csv", "--param", "signer_key=hunter2", "--param=pepper=hunter2", "--param", "x=1,y=hunter2"}
	if got, want := ui.command("--yes"), "carryover run users.csv --param 'signer_key=…' '--param=pepper=…' --param 'x=…' --yes"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	ui.fail(usagef("no such file: sk_live_hunter2 \x1b[31m").hint("sk_test_hunter2\u009b"))
	if got, want := screen.String(), "carryover: no such file: sk_live_… �[31m\n  sk_test_…�\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
