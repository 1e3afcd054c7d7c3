//go:build unix

package faults

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a process may take. One that takes longer hangs.
const patience = time.Minute

// The exit codes that scripts may rely on, as the documentation numbers them.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitProblems    = 3
	exitResumable   = 4
	exitMismatch    = 6
	exitLocked      = 7
	exitInterrupted = 130
	exitTerminated  = 143
)

// A launch is how the program is started.
type launch struct {
	folder string
	env    []string
	before []string            // a command that starts the program: strace, a shell with limits
	as     *syscall.Credential // nil: as this user
	stdout *os.File            // nil: kept for the outcome
	stderr *os.File
}

// A process is the program, running.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr *os.File
	done           chan struct{} // closed when it has ended
}

// An outcome is what a process left to those who called it.
type outcome struct {
	code           int            // -1 where a signal ended it
	signal         syscall.Signal // that signal, or 0
	core           bool           // its memory was dumped
	stdout, stderr string
}

// start starts the program. It is killed when the test ends.
func start(t *testing.T, l launch, args ...string) *process {
	t.Helper()
	line := append(append([]string{}, l.before...), program)
	line = append(line, args...)
	p := &process{cmd: exec.Command(line[0], line[1:]...), done: make(chan struct{})}
	p.cmd.Dir = l.folder
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home"}, l.env...)
	// A group of its own, so that what is before the program dies with it.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: l.as}
	p.stdout, p.stderr = orLog(t, l.stdout), orLog(t, l.stderr)
	p.cmd.Stdout, p.cmd.Stderr = p.stdout, p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait() // ProcessState says how it ended
		close(p.done)
	}()
	t.Cleanup(func() {
		p.killAll(syscall.SIGKILL)
		<-p.done
	})
	return p
}

func orLog(t *testing.T, file *os.File) *os.File {
	t.Helper()
	if file != nil {
		return file
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func text(file *os.File) string {
	content, err := os.ReadFile(file.Name())
	if err != nil {
		return ""
	}
	return string(content)
}

func (p *process) killAll(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) }

// wait waits for the end.
func (p *process) wait(t *testing.T) outcome {
	t.Helper()
	select {
	case <-p.done:
	case <-time.After(patience):
		p.killAll(syscall.SIGQUIT) // it says where it hangs
		<-time.After(time.Second)
		t.Fatalf("it hangs\n%s%s", text(p.stdout), text(p.stderr))
	}
	out := outcome{code: p.cmd.ProcessState.ExitCode(), stdout: text(p.stdout), stderr: text(p.stderr)}
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok {
		out.core = ws.CoreDump()
		if ws.Signaled() {
			out.signal = ws.Signal()
		}
	}
	return out
}

// signal sends a signal to the program itself.
func (p *process) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// ended reports whether the process has ended.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// awaitWords waits until the program has said something on standard error.
func (p *process) awaitWords(t *testing.T, words string) {
	t.Helper()
	if !eventually(func() bool { return strings.Contains(text(p.stderr), words) }) {
		t.Fatalf("%q was never said:\n%s", words, text(p.stderr))
	}
}

// eventually asks again and again until it is true, or patience is over.
func eventually(is func() bool) bool {
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(patience)
	for !is() {
		select {
		case <-ticker.C:
		case <-end:
			return false
		}
	}
	return true
}

// limited starts the program with a resource limit, as ulimit takes it.
func limited(limit string) []string {
	return []string{"sh", "-c", "ulimit " + limit + ` && exec "$0" "$@"`}
}

// nobody is a user without rights, for what root would not notice; nil where
// this user is no root. Files and folders that are to be his must be given to him.
func nobody() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	return &syscall.Credential{Uid: nobodyID, Gid: nobodyID}
}

const nobodyID = 65534

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}
