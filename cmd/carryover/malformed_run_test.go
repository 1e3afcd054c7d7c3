package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// Around a bad record the good ones are created, as they are in the file. The
// bad one is not sent.
func TestMalformedRun(t *testing.T) {
	t.Parallel()
	cases := malformedCases(t)
	for _, name := range []string{
		"C11-invalid-utf8-in-a-key.csv", "C30-bare-quote.csv", "C35-crlf-inside-quotes.csv", "C39-header-repeated.csv",
		"J17-integer-over-2-53.jsonl", "J20-lone-surrogate.jsonl", "J29-bad-line-in-the-middle.jsonl",
		"S06-external-id-minus.csv", "S03-same-email-by-case.csv", "S10-nfc-nfd-twins.csv", "S20-names-in-other-scripts.csv",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := slices.IndexFunc(cases, func(c malformedCase) bool { return c.file == name })
			path := malformedFile(t, name, false)
			var rows []fileUser
			for _, body := range lookAt(t, path).sent {
				rows = append(rows, decodeObject(t, []byte(body)))
			}
			b := newBox(t, sandbox.Config{})
			carryover(t, cases[i].exitCode(), t.TempDir(), b.env(), "run", path, "-q")
			compare(t, b, rows, func(int) bool { return true })
			if n := b.count(http.MethodPost, "/users"); n != len(rows) || strconv.Itoa(n) != cases[i].good {
				t.Errorf("%d creates, want %s", n, cases[i].good)
			}
			for _, e := range b.Journal() {
				if e.Path != "/users" && e.Path != "/instance" {
					t.Errorf("%s %s was sent", e.Method, e.Path)
				}
			}
		})
	}
}

// Where the boundaries of records are doubtful, nothing is sent of the rows
// before the place either, and no checkpoint is made.
func TestMalformedRunSendsNothing(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"C22b-cut-off.csv", "C32-two-stray-quotes.csv", "C32b-two-stray-quotes-nearby.csv", "C39c-another-header.csv",
		"J03b-array-broken.json", "J10-cut-off.jsonl", "G02-truncated.csv.gz", "G05-bomb.csv.gz",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, folder := malformedFile(t, name, false), t.TempDir()
			b := newBox(t, sandbox.Config{})
			carryover(t, exitUsage, folder, b.env(), "run", path, "--max-rejects", "100%")
			if n := len(b.Journal()); n > 0 {
				t.Errorf("%d requests", n)
			}
			if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// Only Clerk knows which users are its own: a user of another instance is
// missing there, and is neither created nor in the way of the others.
func TestMalformedRunOtherInstance(t *testing.T) {
	t.Parallel()
	b := newBox(t, sandbox.Config{})
	out := carryover(t, exitProblems, t.TempDir(), b.env(), "run", sample(t, "malformed/S19-user-of-another-instance.csv"))
	wantWords(t, out.stdout, "created  2", "rejected  1", "user_missing, line 3")
	if users := b.users(t); len(users) != 2 || users["u2"] != nil {
		t.Errorf("users %v", users)
	}
}

// An export that found nobody is no failure, but is not passed over in silence.
func TestMalformedRunNobody(t *testing.T) {
	t.Parallel()
	b := newBox(t, sandbox.Config{})
	folder := t.TempDir()
	out := carryover(t, exitOK, folder, b.env(), "run", sample(t, "malformed/C03-header-only.csv"))
	wantWords(t, out.stderr, "Nothing to do: ", "C03-header-only.csv holds no users.")
	wantWords(t, out.stdout, "every row is in a good end state", "rows  0")
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// What would be a gigabyte is refused, or passed over where the next record is
// certain, in little memory. From standard input no more is taken than is
// looked at.
func TestMalformedMemory(t *testing.T) {
	needFigures(t)
	t.Parallel()
	for _, name := range []string{"C37-line-of-1-gib.csv", "J24-line-of-1-gib.jsonl", "J24b-line-of-1-gib.jsonl.gz", "G05-bomb.csv.gz"} {
		t.Run(name, func(t *testing.T) {
			path, code := malformedFile(t, name, false), exitUsage
			if name == "J24-line-of-1-gib.jsonl" {
				code = exitProblems
			}
			measured(t, code, nil, path)
		})
	}
	t.Run("standard input", func(t *testing.T) {
		line := &endlessLine{left: gibibyte, text: malformedHead + malformedAda}
		measured(t, exitUsage, line, "-")
		if taken := gibibyte - line.left; taken > 64*mebibyte {
			t.Errorf("%d bytes were taken of a line that is refused after one MiB", taken)
		}
	})
}

// measured runs validate in a process of its own and holds it to 64 MB and to
// a time that no reading of all of it would keep.
func measured(t *testing.T, code int, stdin *endlessLine, path string) {
	t.Helper()
	const most = 64 << 10 // kilobytes
	folder := t.TempDir()
	result := filepath.Join(folder, "peak")
	cmd := exec.CommandContext(t.Context(), "peak", "carryover", "validate", path)
	cmd.Dir, cmd.Env = folder, append(environment(folder, nil), "PEAK_FILE="+result)
	if stdin != nil {
		cmd.Stdin = stdin
	}
	began := time.Now()
	out, err := cmd.CombinedOutput()
	took := time.Since(began)
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%v, want exit code %d\n%s", err, code, out)
	}
	text, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	kilobytes, err := strconv.Atoi(string(text))
	t.Logf("%d MB, %v", kilobytes>>10, took)
	if err != nil || kilobytes <= 0 || kilobytes > most || took > 20*time.Second {
		t.Errorf("peak memory %d kB, want %d at most, in %v, %v", kilobytes, most, took, err)
	}
}

// An endlessLine is a text and a line of letters behind it.
type endlessLine struct {
	text string
	left int
}

// Read implements io.Reader.
func (e *endlessLine) Read(p []byte) (int, error) {
	if e.text != "" {
		n := copy(p, e.text)
		e.text = e.text[n:]
		return n, nil
	}
	copy(p, strings.Repeat("x", len(p)))
	e.left -= len(p)
	return len(p), nil
}
