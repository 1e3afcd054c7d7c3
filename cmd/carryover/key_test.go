//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A key comes from a file that nobody else can change, from a pipe, or from
// standard input; what is wrong is said without the key.
func TestKeyFile(t *testing.T) {
	folder := t.TempDir()
	in := func(name string) string { return filepath.Join(folder, name) }
	for name, mode := range map[string]os.FileMode{
		"good": 0o600, "readonly": 0o400, "groupwrite": 0o620, "worldwrite": 0o602, "readable": 0o644,
	} {
		if err := os.Chmod(writeFile(t, in(name), []byte(" "+testKey+"\r\n")), mode); err != nil {
			t.Fatal(err)
		}
	}
	writeFile(t, in("long"), []byte(testKey+strings.Repeat("hunter2", 1000)))
	err := errors.Join(os.Mkdir(in("folder"), 0o700), os.Symlink("good", in("link")), os.Symlink("worldwrite", in("badlink")), unix.Mkfifo(in("fifo"), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	fed := make(chan error)
	go func() { // opening it waits for its reader
		fed <- os.WriteFile(in("fifo"), []byte(testKey), 0o600)
	}()
	for _, c := range []struct{ file, wrong string }{
		{in("good"), ""},
		{in("readonly"), ""},
		{in("readable"), ""}, // the folder keeps others out
		{in("link"), ""},     // as secrets are mounted
		{in("fifo"), ""},
		{in("groupwrite"), "can be written by other users, who could choose where the users go"},
		{in("worldwrite"), "can be written by other users"},
		{in("badlink"), "can be written by other users"},
		{in("folder"), "is a folder"},
		{in("long"), "too long for a key"},
		{in("missing"), "no such file or directory"},
		{"sk_live_hunter2", "takes the name of a file, not the key"},
	} {
		var screen bytes.Buffer
		key, origin, err := readKey(newConsole(nil, io.Discard, &screen), c.file)
		if c.wrong == "" {
			if err != nil || key.Reveal() != testKey || origin != c.file {
				t.Errorf("%s: from %q, %v", c.file, origin, err)
			}
		} else if err == nil || key != "" || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %q", c.file, err, c.wrong)
		}
		if screen.Len() > 0 {
			t.Errorf("%s: %s", c.file, &screen)
		}
	}
	if err := <-fed; err != nil {
		t.Error(err)
	}
}

// A file of another user is no place for a key, root's excepted.
func TestOpenTo(t *testing.T) {
	path := writeFile(t, filepath.Join(t.TempDir(), "key"), nil)
	owned := func() string {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return openTo(info)
	}
	if got := owned(); got != "" {
		t.Errorf("one's own file %s", got)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 65534, 65534); err != nil {
			t.Fatal(err)
		}
		if got := owned(); got != "" { // a container's root has files of its host
			t.Errorf("to root, the file of another user %s", got)
		}
	}
	info, err := os.Stat("/dev/null") // root's, and open to all
	if err != nil {
		t.Fatal(err)
	}
	if got := openTo(info); got != "can be written by other users" {
		t.Errorf("a file for all: %q", got)
	}
}

// Others can read a file only if every folder on the way lets them.
func TestReadableByOthers(t *testing.T) {
	top, err := os.MkdirTemp("", "readable-*")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.RemoveAll(top) }()
	if info, err := os.Stat(filepath.Dir(top)); err != nil || info.Mode().Perm()&0o011 != 0o011 {
		t.Skip("temporary files lie in a folder that is closed to others")
	}
	if readableByOthers(os.TempDir()) {
		t.Error("a folder counts as a file")
	}
	for _, c := range []struct {
		folder, file os.FileMode
		want         bool
	}{
		{0o755, 0o644, true}, {0o755, 0o640, true}, {0o755, 0o604, true}, {0o711, 0o644, true}, {0o750, 0o640, true},
		{0o700, 0o644, false}, {0o750, 0o604, false}, {0o755, 0o600, false}, {0o755, 0o622, false}, {0o744, 0o644, false},
	} {
		path := filepath.Join(top, "users.csv")
		err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, c.file), os.Chmod(top, c.folder))
		if err != nil {
			t.Fatal(err)
		}
		if got := readableByOthers(path); got != c.want {
			t.Errorf("file %v in folder %v: %v, want %v", c.file, c.folder, got, c.want)
		}
		var screen bytes.Buffer
		warnReadable(newConsole(nil, io.Discard, &screen), []string{"-", path, filepath.Join(top, "missing")})
		if want := fmt.Sprintf("Warning: other users of this machine can read %s; to keep them out: chmod 600 %s\n", path, path); screen.String() != want && (c.want || screen.Len() > 0) {
			t.Errorf("file %v in folder %v: %q", c.file, c.folder, &screen)
		}
	}
}

func TestRefuseDebug(t *testing.T) {
	for godebug, refused := range map[string]bool{
		"": false, "http2client=0": false, "http2debug=0": false, "gctrace=1,http2debug=2": true, "http2debug=1": true, "http2debug": true,
	} {
		if err := refuseDebug(godebug); (err != nil) != refused {
			t.Errorf("GODEBUG=%s: %v", godebug, err)
		}
	}
}
