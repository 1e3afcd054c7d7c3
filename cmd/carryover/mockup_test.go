//go:build unix

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// mockupRows hold what a migration meets: users to create, to update and to
// leave alone, rows that the checks refuse or warn of, one that Clerk refuses.
const mockupRows = `external_id,email_address,username,first_name,locale,shoe_size
u1,u1@example.com,,Ann,,38
u2,u2@example.com,,Bob,en_US,
u3,nobody,,Cid,,
u4,u4@example.com,,Dot,,
u5,U4@example.com,,Eve,,
there,moved@example.com,,Fay,,
same,same@example.com,,Gus,,
u8,taken@example.com,,Hal,,
`

// What is in Clerk before.
const mockupThere = `external_id,email_address,first_name
there,there@example.com,F
same,same@example.com,Gus
other,taken@example.com,Ian
`

// A mask hides what differs from run to run.
type mask struct {
	what *regexp.Regexp
	with string
}

var mockupMasks = []mask{
	{regexp.MustCompile(`http://127\.0\.0\.1:\d+`), "http://127.0.0.1:PORT"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`), "DATE"},
	{regexp.MustCompile(`[\d,]+ requests, [\d.]+ a second; answers in .*`), "N requests, N a second; answers in N ms (p50), N (p95), N (p99), N at most"},
	{regexp.MustCompile(`\b\d+(\.\d)? (s|ms)\b( ago)?`), "TIME$3"},
}

// A signal decides about these numbers.
var signalMasks = []mask{
	{regexp.MustCompile(`(?m)^( *(created|unfinished)) +\d+$`), "$1  N"},
	{regexp.MustCompile(`(Resuming|To send) +\d+ rows`), "$1  N rows"},
	{regexp.MustCompile(`Unfinished: .*`), "Unfinished: …"},
	{regexp.MustCompile(`\d+/600 +\d+ +(\d+) +`), "N/600  N  $1  "}, // columns are as wide as their numbers
	{regexp.MustCompile(`DONE +OK +`), "DONE  OK  "},
	{regexp.MustCompile(`\d+/600`), "N/600"},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`), "DATE"},
	{regexp.MustCompile(`(eta|p95|rate|done|ok|in_flight|retried)=\S+`), "$1=N"},
}

// A transcript is what people see of commands, one after the other.
type transcript struct {
	t      *testing.T
	folder string
	env    []string
	text   strings.Builder
}

// run adds a command line and what it shows, standard error first.
func (s *transcript) run(code int, args ...string) {
	s.t.Helper()
	s.add(carryover(s.t, code, s.folder, s.env, args...), args...)
}

func (s *transcript) add(out outcome, args ...string) {
	s.text.WriteString("$ carryover " + strings.Join(args, " ") + "\n" + out.stderr + out.stdout + "exit code " + strconv.Itoa(out.code) + "\n\n")
}

func (s *transcript) golden(name string, masks ...mask) {
	s.t.Helper()
	text := strings.ReplaceAll(s.text.String(), s.folder+"/", "")
	for _, m := range append(mockupMasks[:len(mockupMasks):len(mockupMasks)], masks...) {
		text = m.what.ReplaceAllString(text, m.with)
	}
	golden(s.t, filepath.Join("mockup", name+".golden"), text)
	s.text.Reset()
}

// What a person sees of a migration: the check, the question before production,
// the end, what is shown later. The files are to be looked at.
func TestWhatPeopleSee(t *testing.T) {
	t.Parallel()
	b := newBox(t, sandbox.Config{EnvironmentType: "production", InstanceID: "ins_2x9kQ0aZ", Key: "sk_live_sandbox_e2e"})
	s := &transcript{t: t, folder: t.TempDir(), env: []string{"CLERK_API_URL=" + b.url, "CLERK_SECRET_KEY=sk_live_sandbox_e2e", "CARRYOVER_RATE_LIMIT=1000/100ms", "CARRYOVER_SETTLE=200ms"}}
	writeFile(t, filepath.Join(s.folder, "there.csv"), []byte(mockupThere))
	writeFile(t, filepath.Join(s.folder, "users.csv"), []byte(mockupRows))
	carryover(t, exitOK, s.folder, s.env, "run", "there.csv", "--checkpoint", "there.db", "--yes", "-q")

	s.run(exitProblems, "validate", "users.csv", "--problems", "problems.csv")
	s.golden("validate")
	s.run(exitProblems, "run", "users.csv", "--dry-run")
	s.golden("plan")
	s.run(exitUsage, "run", "users.csv", "--max-in-flight", "1")
	s.golden("consent")
	s.run(exitProblems, "run", "users.csv", "--max-in-flight", "1", "--confirm", "ins_2x9kQ0aZ")
	s.run(exitProblems, "run", "users.csv", "--max-in-flight", "1", "--confirm", "ins_2x9kQ0aZ")
	s.golden("end")
	s.run(exitOK, "report", "users.csv", "--rejects", "fix.csv", "--id-map", "ids.csv")
	s.golden("report")
}

// What a person sees who stops a run, looks where it stands, and goes on.
func TestWhatPeopleSeeOfAStop(t *testing.T) {
	t.Parallel()
	b, folder, _ := interruptSetting(t, 30*time.Millisecond)
	s := &transcript{t: t, folder: folder, env: b.env()}
	args := []string{"run", "users.csv", "--max-in-flight", "8", "--progress", "plain"}
	p := start(t, folder, s.env, args...)
	b.awaitUsers(t, 20)
	p.signal(t, askingSignals[0])
	if !eventually(5*time.Second, func() bool { return strings.Contains(p.stderr.String(), " done=") }) {
		t.Fatal("the signal was not answered")
	}
	p.signal(t, os.Interrupt)
	s.add(p.wait(t), args...)
	s.golden("interrupt", signalMasks...)
	s.run(exitOK, "status")
	s.run(exitOK, "status", "users.csv")
	s.golden("status", signalMasks...)
	s.run(exitOK, args...)
	s.golden("resume", signalMasks...)
}
