package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"carryover/migrate/sandbox"
)

// A terminal is a pseudo-terminal: the test sits at it.
type terminal struct {
	keyboard *os.File // what is typed, and what is shown
	line     *os.File // the program's side
	shown    safeBuffer
	ended    chan struct{}
}

func newTerminal(t *testing.T) *terminal {
	t.Helper()
	keyboard, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	n, err := unix.IoctlGetUint32(int(keyboard.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(keyboard.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		t.Skip(err)
	}
	line, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip(err)
	}
	if err := unix.IoctlSetWinsize(int(line.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 80}); err != nil {
		t.Fatal(err)
	}
	term := &terminal{keyboard: keyboard, line: line, ended: make(chan struct{})}
	go func() {
		defer close(term.ended)
		buffer := make([]byte, 4096)
		for {
			n, err := keyboard.Read(buffer)
			_, _ = term.shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = line.Close() // then reading ends
		<-term.ended
		_ = keyboard.Close()
	})
	return term
}

// begin starts a program at the terminal.
func (term *terminal) begin(t *testing.T, p *process) {
	t.Helper()
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = term.line, term.line, term.line
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p.begin(t)
}

func (term *terminal) await(t *testing.T, text string) {
	t.Helper()
	if !eventually(20*time.Second, func() bool { return strings.Contains(term.shown.String(), text) }) {
		t.Fatalf("%q was never shown:\n%s", text, term.shown.String())
	}
}

func (term *terminal) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(term.line.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// moves are what the bar draws with: the cursor one line up, the line cleared.
var moves = regexp.MustCompile("\x1b\\[[0-9]*[AJK]|\r")

// A key that is typed is not shown; what is shown is harmless, the bar's own
// movements aside, although the names of the files are not.
func TestKeyTypedAtTheTerminal(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := "\x1b]0;evil\x07\u202e.csv"
	writeFile(t, filepath.Join(folder, file), newUsers(40))
	b := newBox(t, sandbox.Config{Key: "sk_test_hunter2", Latency: 20 * time.Millisecond, Faults: []sandbox.Fault{{Name: "402", Method: "POST", Probability: 0.2}}})
	term := newTerminal(t)
	p := prepare(t, folder, []string{"CLERK_API_URL=" + b.url}, "run", file, "--secret-key-file", "-", "--rate-limit", "200/1s")
	term.begin(t, p)
	term.await(t, "Clerk secret key: ")
	if !eventually(5*time.Second, func() bool { return !term.echoes(t) }) {
		t.Error("the terminal shows what is typed")
	}
	_, _ = term.keyboard.WriteString("sk_test_hunter2\n")
	out := p.wait(t)
	if out.code != exitOK && out.code != exitProblems {
		t.Errorf("exit code %d\n%s", out.code, term.shown.String())
	}
	term.await(t, "the checkpoint: ")
	shown := term.shown.String()
	wantWords(t, shown, "key: the terminal", "ETA ", "\x1b[")
	if strings.Contains(shown, "hunter2") {
		t.Error("the key was shown")
	}
	harmless(t, "the terminal", moves.ReplaceAllString(shown, ""))
	if !term.echoes(t) {
		t.Error("the terminal does not show what is typed any more")
	}
}

// An interrupt while a secret is typed leaves the terminal as it was.
func TestInterruptWhileTyping(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "users.csv"), newUsers(1))
	writeFile(t, filepath.Join(folder, "digest"), []byte("5f4dcc3b5aa765d61d8327deb882cf99"))
	for question, args := range map[string][]string{
		"Clerk secret key: ": {"run", "users.csv", "--secret-key-file", "-"},
		"Password: ":         {"hashers", "verify", "--hasher", "md5", "--digest-file", "digest"},
	} {
		term := newTerminal(t)
		p := prepare(t, folder, nil, args...)
		term.begin(t, p)
		term.await(t, question)
		if !eventually(5*time.Second, func() bool { return !term.echoes(t) }) {
			t.Errorf("%s: the terminal shows what is typed", question)
		}
		_, _ = term.keyboard.WriteString("hunter2\x03") // Ctrl-C
		if out := p.wait(t); out.code != exitInterrupted {
			t.Errorf("%s: exit code %d, want %d", question, out.code, exitInterrupted)
		}
		if !term.echoes(t) {
			t.Errorf("%s: the terminal does not show what is typed any more", question)
		}
	}
	wantContent(t, folder, map[string]string{"users.csv": string(newUsers(1)), "digest": "5f4dcc3b5aa765d61d8327deb882cf99"})
}
