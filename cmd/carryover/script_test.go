package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
)

// What the scripts of testdata/script can say beside testscript's own words.

type valueKey string

const (
	filesAtStart valueKey = "files"     // []string
	sandboxes    valueKey = "sandboxes" // map[string]*sandboxProcess, by variable
)

func setUpScript(env *testscript.Env, data string) error {
	env.Setenv("DATA", data)
	files, err := filesUnder(env.WorkDir)
	if err != nil {
		return err
	}
	env.Values[filesAtStart] = files
	env.Values[sandboxes] = map[string]*sandboxProcess{}
	return nil
}

func filesUnder(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		name, relErr := filepath.Rel(folder, path)
		files = append(files, filepath.ToSlash(name))
		return errors.Join(err, relErr)
	})
	return files, err
}

var messageLine = regexp.MustCompile(`(?m)^carryover: .+[^.\n]$`)

// exits CODE PROGRAM ARGS… runs a program that must end with the code. What
// each failure owes its reader is checked here for all scripts: one message, no
// stack trace. A run that reports its result on standard output (3, 4, 130)
// need not have a message, nor one that only passes on how another ended.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = exit.ExitCode()
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
	stderr := ts.ReadFile("stderr")
	if strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "panic") {
		ts.Fatalf("there is a stack trace on standard error")
	}
	n := len(messageLine.FindAllString(stderr, -1))
	if alwaysSpoken := slices.Contains([]int{1, 2, 5, 6, 7}, code) && !slices.Contains(args, "--exit-code"); alwaysSpoken && n != 1 || n > 1 {
		ts.Fatalf("%d messages on standard error, want one that does not end with a full stop", n)
	}
}

// nofiles [NAME…] fails where there is a file that was not there when the
// script began and is not named.
func noFiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("nofiles has no negation")
	}
	files, err := filesUnder(ts.Getenv("WORK"))
	ts.Check(err)
	allowed, _ := ts.Value(filesAtStart).([]string)
	for _, file := range files {
		if !slices.Contains(allowed, file) && !slices.Contains(args, file) {
			ts.Fatalf("%s was left behind", file)
		}
	}
}

// A sandboxProcess is carryover sandbox, running.
type sandboxProcess struct {
	cmd    *exec.Cmd
	stdout io.ReadCloser
}

func (p *sandboxProcess) end() error {
	if p.cmd == nil {
		return nil
	}
	err := p.cmd.Process.Signal(os.Interrupt)
	_, _ = io.Copy(io.Discard, p.stdout)
	_ = p.cmd.Wait() // its exit code is 130
	p.cmd = nil
	return err
}

// sandbox VARIABLE FLAGS… starts a sandbox in another process and puts its URL
// into the variable.
func startSandboxProcess(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: sandbox VARIABLE FLAGS…")
	}
	cmd := exec.Command("carryover", append([]string{"sandbox", "--addr", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Dir = ts.Getenv("WORK")
	cmd.Env = []string{"PATH=" + ts.Getenv("PATH")}
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	p := &sandboxProcess{cmd, stdout}
	ts.Defer(func() { _ = p.end() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		ts.Fatalf("the sandbox did not say its URL: %v", err)
	}
	ts.Value(sandboxes).(map[string]*sandboxProcess)[args[0]] = p
	ts.Setenv(args[0], strings.TrimSpace(line))
}

// halt VARIABLE ends a sandbox.
func haltSandbox(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: halt VARIABLE")
	}
	ts.Check(ts.Value(sandboxes).(map[string]*sandboxProcess)[args[0]].end())
}

// get URL FILE keeps what an URL answers.
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get URL FILE")
	}
	body, err := fetch(args[0])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), body, 0o600))
}

func fetch(url string) ([]byte, error) {
	transport := &http.Transport{DisableKeepAlives: true} // no connection is left for another test to find
	resp, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	return io.ReadAll(resp.Body)
}

// await URL PATTERN waits until the answer of an URL matches.
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await URL PATTERN")
	}
	pattern, err := regexp.Compile(args[1])
	ts.Check(err)
	ok := eventually(20*time.Second, func() bool {
		body, err := fetch(args[0])
		return err == nil && pattern.Match(body)
	})
	if !ok {
		ts.Fatalf("%s never answered with %s", args[0], args[1])
	}
}

// eventually asks again and again until it is true, or the time is over.
func eventually(within time.Duration, is func() bool) bool {
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	end := time.After(within)
	for !is() {
		select {
		case <-ticker.C:
		case <-end:
			return false
		}
	}
	return true
}

// document FILE PATH=VALUE… checks a result of --output json: the members that
// programs rely on, that the counts add up, and the values given.
func checkDocument(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: document FILE PATH=VALUE…")
	}
	holdsDocument(ts, ts.ReadFile(args[0]), args[1:])
}

// lines FILE PATH=VALUE… checks a result of --output jsonl: every line is an
// object that begins with its type, and the last one, and no other, is a summary
// with what a document must have.
func checkLines(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: lines FILE PATH=VALUE…")
	}
	lines := strings.SplitAfter(strings.TrimSpace(ts.ReadFile(args[0])), "\n")
	for i, line := range lines {
		var value struct{ Type string }
		if err := json.Unmarshal([]byte(line), &value); err != nil || !strings.HasPrefix(line, `{"type":"`) {
			ts.Fatalf("line %d is none with a type: %v", i+1, err)
		}
		if (value.Type == "summary") != (i == len(lines)-1) {
			ts.Fatalf("line %d of %d is of the type %s", i+1, len(lines), value.Type)
		}
	}
	holdsDocument(ts, lines[len(lines)-1], args[1:])
}

func holdsDocument(ts *testscript.TestScript, text string, want []string) {
	var doc map[string]any
	decoder := json.NewDecoder(strings.NewReader(text))
	ts.Check(decoder.Decode(&doc))
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		ts.Fatalf("there is more than one document")
	}
	for _, name := range []string{"schema_version", "command", "state", "input", "counts", "problems", "seconds", "rate"} {
		if _, ok := doc[name]; !ok {
			ts.Fatalf("%s is missing", name)
		}
	}
	if _, ok := doc["problems"].([]any); !ok {
		ts.Fatalf("problems is no list")
	}
	sum := 0.0
	counts, _ := doc["counts"].(map[string]any)
	for _, name := range []string{"created", "updated", "unchanged", "rejected", "conflict", "unfinished", "dropped"} {
		n, ok := counts[name].(float64)
		if !ok {
			ts.Fatalf("counts.%s is missing", name)
		}
		sum += n
	}
	if rows, ok := counts["rows"].(float64); !ok || rows != sum {
		ts.Fatalf("the counts add up to %v, rows are %v", sum, counts["rows"])
	}
	for _, arg := range want {
		path, want, _ := strings.Cut(arg, "=")
		if got := fmt.Sprint(at(doc, path)); got != want {
			ts.Fatalf("%s is %s, want %s", path, got, want)
		}
	}
}

// at is the value at a dotted path of a JSON document.
func at(value any, path string) any {
	for name := range strings.SplitSeq(path, ".") {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}

// utf16 SOURCE DESTINATION writes a file in UTF-16, little-endian, with its
// byte order mark, as Windows programs do.
func utf16le(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: utf16 SOURCE DESTINATION")
	}
	units := utf16.Encode([]rune("\uFEFF" + ts.ReadFile(args[0])))
	var b []byte
	for _, u := range units {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b, 0o600))
}
