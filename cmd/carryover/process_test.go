package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// testKey opens every sandbox; it is no secret.
const testKey = "sk_test_e2e"

// An outcome is what a process left to those who called it.
type outcome struct {
	code           int
	stdout, stderr string
}

// A process is the program, running.
type process struct {
	cmd            *exec.Cmd
	stdout, stderr safeBuffer
}

// safeBuffer can be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start starts carryover in a folder, with nothing in its environment but what
// it needs and more.
func start(t *testing.T, folder string, more []string, args ...string) *process {
	t.Helper()
	p := prepare(t, folder, more, args...)
	p.begin(t)
	return p
}

// prepare is start without the beginning, for what is to be set before.
func prepare(t *testing.T, folder string, more []string, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.CommandContext(t.Context(), "carryover", args...)}
	p.cmd.Dir, p.cmd.Env = folder, environment(folder, more)
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	return p
}

func (p *process) begin(t *testing.T) {
	t.Helper()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
}

// lookPath is where a program of this test binary lies.
func lookPath(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func environment(folder string, more []string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "TMPDIR=" + folder}
	if dir, ok := os.LookupEnv("GOCOVERDIR"); ok {
		env = append(env, "GOCOVERDIR="+dir)
	}
	return append(env, more...)
}

// wait waits for the end.
func (p *process) wait(t *testing.T) outcome {
	t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{p.cmd.ProcessState.ExitCode(), p.stdout.String(), p.stderr.String()}
}

// signal sends a signal, and returns when that was.
func (p *process) signal(t *testing.T, s os.Signal) time.Time {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
	return time.Now()
}

// carryover runs the program to its end, which must come with the code.
func carryover(t *testing.T, code int, folder string, more []string, args ...string) outcome {
	t.Helper()
	out := start(t, folder, more, args...).wait(t)
	if out.code != code {
		t.Fatalf("carryover %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), out.code, code, out.stdout, out.stderr)
	}
	return out
}

// A box is a sandbox, served over HTTP, that keeps which external ids it was
// asked for, and that a test can put itself in front of.
type box struct {
	*sandbox.Sandbox
	url string

	mu        sync.Mutex
	asked     map[string]int // external ids of look-ups
	intercept func(http.ResponseWriter, *http.Request) bool
}

func newBox(t *testing.T, cfg sandbox.Config) *box {
	t.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &box{Sandbox: s, asked: map[string]int{}}
	server := httptest.NewServer(b)
	b.url = server.URL
	t.Cleanup(func() {
		_ = s.Close() // ends requests that hang
		server.CloseClientConnections()
		server.Close()
	})
	return b
}

// ServeHTTP implements http.Handler.
func (b *box) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	for _, id := range r.URL.Query()["external_id"] {
		b.asked[strings.TrimPrefix(id, "+")]++
	}
	intercept := b.intercept
	b.mu.Unlock()
	if intercept == nil || !intercept(w, r) {
		b.Handler().ServeHTTP(w, r)
	}
}

// forget empties the list of look-ups.
func (b *box) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.asked)
}

func (b *box) lookedUp(externalID string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked[externalID] > 0
}

// inFront lets a function answer requests in the sandbox's place; nil takes it
// away.
func (b *box) inFront(f func(http.ResponseWriter, *http.Request) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.intercept = f
}

// env is the environment that makes the sandbox the instance to write to. Its
// pace is no matter of the test, unless a flag says otherwise.
func (b *box) env() []string {
	return []string{"CLERK_SECRET_KEY=" + testKey, "CLERK_API_URL=" + b.url, "CARRYOVER_RATE_LIMIT=10000/100ms",
		"CARRYOVER_FRONTEND_API_URL=" + b.url} // its domains need not be asked, which would be one request more
}

// users reads all users over HTTP, by external id.
func (b *box) users(t *testing.T) map[string]map[string]any {
	t.Helper()
	users := map[string]map[string]any{}
	for _, line := range b.lines(t, "/sandbox/users") {
		user := decodeObject(t, line)
		id, _ := user["external_id"].(string)
		if users[id] != nil {
			t.Errorf("%q is there twice", id)
		}
		users[id] = user
	}
	return users
}

func (b *box) lines(t *testing.T, path string) [][]byte {
	t.Helper()
	body, err := fetch(b.url + path)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(body), []byte("\n"))
}

// count is how many requests of a method to a path's template there were.
func (b *box) count(method, path string) (n int) {
	for _, e := range b.Journal() {
		if e.Method == method && e.Path == path {
			n++
		}
	}
	return n
}

// writes returns how often each user was written, by external id for creates
// and by Clerk's id for updates, from an entry of the journal on.
func writes(entries []sandbox.Entry) map[string]int {
	n := map[string]int{}
	for _, e := range entries {
		switch e.Method {
		case http.MethodPost:
			n[e.ExternalID]++
		case http.MethodPatch, http.MethodPut:
			n[e.UserID]++
		}
	}
	return n
}

// sample is the path of a file of the repository's testdata.
func sample(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func writeFile(t *testing.T, path string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func encode(t *testing.T, value any) []byte {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// newUsers is a CSV file of n good users that differ.
func newUsers(n int) []byte {
	var b bytes.Buffer
	b.WriteString("external_id,email_address,first_name,public_metadata\n")
	for i := range n {
		b.WriteString(userLine(i))
	}
	return b.Bytes()
}

func userLine(i int) string {
	return fmt.Sprintf("user-%06d,user%06d@example.com,Ada,\"{\"\"row\"\":%d}\"\n", i, i, i)
}

// manyRows are enough for a run to be stopped in its middle.
const manyRows = 600

// awaitUsers waits until so many users are there.
func (b *box) awaitUsers(t *testing.T, n int) {
	t.Helper()
	if !eventually(30*time.Second, func() bool { return b.Stats().Users >= n }) {
		t.Fatalf("%d users never came", n)
	}
}

// checkOnce wants so many users to be there, each from one create.
func checkOnce(t *testing.T, b *box, want int) {
	t.Helper()
	applied := map[string]int{}
	for _, e := range b.Journal() {
		if e.Method == http.MethodPost && e.Applied {
			applied[e.ExternalID]++
		}
	}
	users := b.users(t)
	if len(users) != want || len(applied) != want {
		t.Errorf("%d users from creates of %d rows, want %d", len(users), len(applied), want)
	}
	for id, n := range applied {
		if n != 1 || users[id] == nil {
			t.Errorf("%s was created %d times", id, n)
		}
	}
}

func wantWords(t *testing.T, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%q is missing in:\n%s", w, text)
		}
	}
}
