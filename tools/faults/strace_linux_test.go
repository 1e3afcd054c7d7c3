package faults

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A tracer is strace: it shows the system calls of the program, and can have
// one of them fail, or kill the program at it.
type tracer struct {
	file string   // the trace
	args []string // what follows the flags that all have
}

// newTracer skips the test where strace cannot be had.
func newTracer(t *testing.T, args ...string) *tracer {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("strace is not installed")
	}
	if (slices.Contains(args, "-P") || slices.Contains(args, "-y")) && os.Geteuid() != 0 {
		t.Skip("it takes root to see the files of a program that hides its memory")
	}
	return &tracer{filepath.Join(newFolder(t), "trace"), args}
}

// command is the command line that the program follows. (With --seccomp-bpf,
// which is quicker, strace 6.1 injects a signal at the first call or never.)
func (tr *tracer) command() []string {
	return append([]string{"strace", "-f", "-o", tr.file}, tr.args...)
}

// attach begins to trace a program that runs already: what is counted comes
// from now on.
func (tr *tracer) attach(t *testing.T, p *process) {
	t.Helper()
	args := append(tr.command()[1:], "-p", strconv.Itoa(p.cmd.Process.Pid))
	cmd := exec.Command("strace", args...)
	said := orLog(t, nil)
	cmd.Stderr = said
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if !eventually(func() bool { return text(said) != "" }) || !strings.Contains(text(said), " attached") {
		t.Skipf("strace cannot trace here: %s", text(said))
	}
}

// must skips the test where strace did not start the program, as where it may
// not trace.
func (tr *tracer) must(t *testing.T, out outcome) {
	t.Helper()
	if strings.Contains(out.stderr, "strace: ") {
		t.Skipf("strace cannot trace here: %s", out.stderr)
	}
}

// A call is a system call of a trace, at its begin or at its end.
type call struct {
	thread string
	name   string
	args   string // as strace prints them
	ended  bool
	result int // of a call that has ended
	err    string
}

var callLine = regexp.MustCompile(`^(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$`)

// calls reads the trace. A call that no other came between is told as two: its
// begin and its end.
func (tr *tracer) calls(t *testing.T, each func(call)) {
	t.Helper()
	file, err := os.Open(tr.file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	open := map[string]string{} // what was told of a call that began, by thread
	for lines.Scan() {
		if err := readCall(lines.Text(), open, each); err != nil {
			t.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
}

func readCall(line string, open map[string]string, each func(call)) error {
	found := callLine.FindStringSubmatch(line)
	if found == nil {
		return nil // a signal, or the end of a thread
	}
	c := call{thread: found[1], name: found[2] + found[3], args: found[4]}
	if found[2] != "" { // resumed
		c.args = open[c.thread] + c.args
		delete(open, c.thread)
	} else if begun, ok := strings.CutSuffix(c.args, "<unfinished ...>"); ok {
		c.args = begun
		open[c.thread] = begun
		each(c)
		return nil
	}
	i := strings.LastIndex(c.args, ") = ")
	if j := strings.LastIndex(c.args, ")  "); i < 0 && j >= 0 { // strace aligns short ones
		i = j
	}
	if i < 0 {
		return nil // cut short by the end of the program
	}
	result := c.args[i:]
	c.args = c.args[:i]
	if found[2] == "" {
		each(c)
	}
	_, result, ok := strings.Cut(result, "= ")
	if !ok {
		return fmt.Errorf("no result: %s", line)
	}
	number, rest, _ := strings.Cut(result, " ")
	number, _, _ = strings.Cut(number, "<") // the file of a descriptor
	if number == "?" {
		return nil // the program ended in it
	}
	n, err := strconv.ParseInt(number, 0, 64)
	if err != nil {
		return fmt.Errorf("%w in %s", err, line)
	}
	c.ended, c.result, c.err = true, int(n), rest
	each(c)
	return nil
}

// injected counts the calls that strace had fail.
func (tr *tracer) injected(t *testing.T) (n int) {
	t.Helper()
	tr.calls(t, func(c call) {
		if c.ended && strings.Contains(c.err, "(INJECTED)") {
			n++
		}
	})
	return n
}
