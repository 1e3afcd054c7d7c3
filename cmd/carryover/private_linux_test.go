package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"carryover/migrate/sandbox"
)

const nobody = 65534

func init() {
	programs["nobody"] = asNobody
	programs["wiped"] = func() {
		_ = takeKey()
		text, err := os.ReadFile("/proc/self/environ")
		fmt.Printf("%s%v", text, err)
		os.Exit(0)
	}
}

// asNobody is carryover, or a look at a file, without the rights of root. That
// takes from the process what private is to take from it, so it is given back
// before.
func asNobody() {
	err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody), unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(99)
	}
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "look":
		text, err := os.ReadFile(os.Args[1])
		fmt.Printf("%s%v", text, err)
		os.Exit(0)
	case "pipes": // FILE ARGS…: the file and the key come from pipes, as with <(…)
		text, err := os.ReadFile(os.Args[1])
		if err != nil {
			panic(err)
		}
		os.Args = append([]string{"carryover", "run", pipe(text), "--secret-key-file", pipe([]byte(os.Getenv("KEY")))}, os.Args[2:]...)
	}
	main()
}

// pipe is the name of a pipe that yields a text.
func pipe(text []byte) string {
	r, w, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go func() {
		_, _ = w.Write(text)
		_ = w.Close()
	}()
	fd, err := unix.Dup(int(r.Fd())) // which no finalizer closes
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("/dev/fd/%d", fd)
}

// While a run is going on, nobody finds the key by looking at the process, root
// included, and the kernel would write no image of its memory.
func TestProcessShowsNoSecret(t *testing.T) {
	t.Parallel()
	s := newSecretRuns(t, 64, sandbox.Config{})
	p := prepare(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%")
	if !slices.Contains(p.cmd.Env, keyVariable+"="+s.key) {
		t.Fatal("the key is not in the environment")
	}
	heldRun(t, s, p)
	proc := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	for _, name := range []string{"environ", "cmdline", "status", "limits"} {
		text, err := os.ReadFile(proc + name)
		if hidden := os.Geteuid() != 0 && name == "environ" && errors.Is(err, os.ErrPermission); err != nil && !hidden {
			t.Errorf("%s: %v", name, err)
		}
		s.search(t, name, text)
		if core := regexp.MustCompile(`(?m)^Max core file size +0 +0 `); name == "limits" && !core.Match(text) {
			t.Errorf("a core file may be written:\n%s", text)
		}
		if name == "environ" && err == nil && !strings.Contains(string(text), "CLERK_API_URL="+s.url) {
			t.Error("the rest of the environment is gone, too")
		}
	}
	p.signal(t, os.Kill)
	s.check(t, "a run that was looked at", p.wait(t))
}

// Another process of the same user cannot look at the environment; and nothing
// that a run does needs what it has given away: reading the users and the key
// from pipes, writing the checkpoint.
func TestPrivateWithoutRoot(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can become another user")
	}
	t.Parallel()
	folder, err := os.MkdirTemp("", "nobody-*") // those above t.TempDir are closed
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	s := newSecretRuns(t, 64, sandbox.Config{})
	text, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	s.file = writeFile(t, filepath.Join(folder, "users.jsonl"), text)
	if err := errors.Join(os.Chown(folder, nobody, nobody), os.Chown(s.file, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	asNobody := func(env []string, args ...string) *process {
		p := prepare(t, folder, env)
		p.cmd.Path, p.cmd.Err = lookPath(t, "nobody"), nil
		p.cmd.Args = append([]string{"nobody"}, args...)
		return p
	}
	p := asNobody(s.environ, "carryover", "run", s.file, "--max-rejects", "100%", "--max-in-flight", "8")
	heldRun(t, s, p)
	look := asNobody(nil, "look", fmt.Sprintf("/proc/%d/environ", p.cmd.Process.Pid))
	look.begin(t)
	if out := look.wait(t); out.code != 0 || !strings.Contains(out.stdout, "permission denied") {
		t.Errorf("another process of the user reads %q, %s", out.stdout, out.stderr)
	}
	p.signal(t, os.Kill)
	s.check(t, "a run of nobody", p.wait(t))

	b := newBox(t, sandbox.Config{Key: s.key})
	p = asNobody([]string{"CLERK_API_URL=" + b.url, "KEY=" + s.key, "CARRYOVER_RATE_LIMIT=10000/100ms"}, "pipes", s.file, "--checkpoint", "pipes.db", "--max-rejects", "100%")
	p.begin(t)
	if out := p.wait(t); out.code != exitProblems || b.Stats().Users == 0 {
		t.Errorf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
}

// A variable is overwritten where the kernel shows it; others and those whose
// names only begin alike are not.
func TestWipe(t *testing.T) {
	t.Parallel()
	p := prepare(t, t.TempDir(), []string{"CLERK_SECRET_KEY_FILE=other", "CLERK_SECRET_KEY=secret", "X=1"})
	p.cmd.Path, p.cmd.Err, p.cmd.Args = lookPath(t, "wiped"), nil, []string{"wiped"}
	p.begin(t)
	out := p.wait(t)
	for _, want := range []string{"CLERK_SECRET_KEY_FILE=other\x00", "X=1\x00"} {
		if !strings.Contains(out.stdout, want) {
			t.Errorf("%q is missing in %q", want, out.stdout)
		}
	}
	if strings.Contains(out.stdout, "secret") {
		t.Errorf("the key is still there: %q", out.stdout)
	}
}
