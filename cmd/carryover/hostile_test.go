//go:build unix

package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"carryover/migrate/sandbox"
)

// hostile is text that would write the clipboard of a terminal, recolour, turn,
// hide or overwrite what stands on it, or run in a spreadsheet.
var hostile = []string{
	"=cmd|'/C calc'!A0", "+1+1", "-1", "@SUM(1)", "＝1", "a;=1", "\x1b]52;c;aHVudGVyMg==\x07", "\x1b[31mred", "\u009b31m", "\u0085", "\u202egnp.exe",
	"\u2066x\u2069", "\u200b", "\u2028=1", "over\rwritten", "\ttab", "two\nlines", "\x7f", "\U000e0041",
}

// harmless fails for a character that a terminal obeys.
func harmless(t *testing.T, where, text string) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Errorf("%s is not UTF-8: %q", where, text)
	}
	for i, r := range text {
		if r != '\n' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029') {
			t.Errorf("%s holds %U: …%q", where, r, text[max(0, i-40):i+1])
			return
		}
	}
}

// hostileUsers has a row with each hostile text in each column for text.
func hostileUsers(t *testing.T) []byte {
	t.Helper()
	columns := []string{
		"external_id", "user_id", "username", "first_name", "last_name", "locale", "email_address", "phone_number", "web3_wallet",
		"password", "password_digest", "password_hasher", "totp_secret", "backup_codes", "created_at", "banned", "public_metadata", "profile_image_id",
	}
	var b bytes.Buffer
	n := 0
	for _, text := range hostile {
		for _, column := range columns {
			n++
			user := map[string]any{"external_id": fmt.Sprintf("h%d", n), "username": fmt.Sprintf("hostile%d", n), "shoe" + text: 43}
			user[column] = text
			if column == "profile_image_id" { // a key that is listed
				user["external_id"], user["locked"] = text, "maybe"
			}
			b.Write(append(encode(t, user), '\n'))
		}
	}
	return b.Bytes()
}

// Nothing that an input holds reaches a terminal as what it would obey, or a
// spreadsheet as a formula, whatever the command and the form; and the JSON
// lines still tell it to the character.
func TestHostileInput(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := "\x1b]0;evil\x07\u202e.jsonl" // names of files may hold anything, too
	if runtime.GOOS == "linux" {
		file = "\xff" + file
	}
	writeFile(t, filepath.Join(folder, file), hostileUsers(t))
	writeFile(t, filepath.Join(folder, "header.csv"), []byte("external_id,username,\"=evil\x1b[31m\",\u202ex\na,hostile,,\n"))
	b := newBox(t, sandbox.Config{})
	run := func(code int, args ...string) outcome {
		out := carryover(t, code, folder, b.env(), args...)
		where := strings.Join(args, " ")
		harmless(t, "standard output of "+where, out.stdout)
		harmless(t, "standard error of "+where, out.stderr)
		return out
	}
	run(exitProblems, "validate", file, "--problems", "p.csv")
	run(exitProblems, "validate", file, "--problems", "p.jsonl", "--output", "json")
	run(exitOK, "validate", "header.csv")
	run(exitUsage, "validate", "header.csv", "--strict")
	run(exitUsage, "validate", "missing"+file)
	run(exitUsage, "frobnicate"+file)
	run(exitUsage, "validate", file, "--mode", file)
	run(exitUsage, "validate", file, "--problems", "no\x1bfolder/p")
	run(exitProblems, "hashers", "batch", file)
	run(exitProblems, "run", file, "--max-rejects", "100%")
	run(exitProblems, "run", file, "--max-rejects", "100%") // again, with nothing to do
	run(exitOK, "status")
	run(exitOK, "status", file)
	run(exitOK, "status", file, "--output", "json")

	text, err := os.ReadFile(filepath.Join(folder, "p.csv"))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(records) < 100 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, record := range records {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@\t\r\n\x00＝＋－＠", []rune(cell)[0]) {
				t.Errorf("a cell begins as a formula: %q", cell)
			}
		}
	}
	text, err = os.ReadFile(filepath.Join(folder, "p.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, "p.jsonl", string(text))
	var keys []string
	for line := range strings.Lines(string(text)) {
		var p struct{ Key string }
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, p.Key)
	}
	for _, text := range []string{"=cmd|'/C calc'!A0", "\u202egnp.exe"} {
		if !slices.Contains(keys, text) {
			t.Errorf("no problem has the key %q", text)
		}
	}
}

// Where a result cannot be written, the run goes on and says so, and is no
// success; what it has done is in the checkpoint.
func TestResultsThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = full.Close() }()
	folder := t.TempDir()
	writeFile(t, filepath.Join(folder, "good.csv"), newUsers(20))
	b := newBox(t, sandbox.Config{})
	toFull := func(code int, args ...string) string {
		p := prepare(t, folder, b.env(), args...)
		p.cmd.Stdout = full
		p.begin(t)
		out := p.wait(t)
		if out.code != code {
			t.Errorf("%s: exit code %d, want %d\n%s", args, out.code, code, out.stderr)
		}
		wantWords(t, out.stderr, "carryover: the result cannot be written: no space left on device")
		return out.stderr
	}
	toFull(exitUnexpected, "validate", "good.csv")
	toFull(exitUnexpected, "validate", "good.csv", "--output", "json")
	toFull(exitResumable, "run", "good.csv", "--max-rows", "5") // how it stands is what matters
	toFull(exitUnexpected, "run", "good.csv")
	toFull(exitUnexpected, "status", "good.csv")
	checkOnce(t, b, 20)
	carryover(t, exitOK, folder, b.env(), "run", "good.csv")

	// A file that reaches a limit: the list is not there, the result is.
	var bad bytes.Buffer
	bad.WriteString("external_id,email_address\n")
	for i := range 20_000 {
		fmt.Fprintf(&bad, "%d,nonsense\n", i)
	}
	writeFile(t, filepath.Join(folder, "bad.csv"), bad.Bytes())
	p := prepare(t, folder, nil)
	p.cmd.Path, p.cmd.Args = "/bin/sh", []string{"sh", "-c", `ulimit -f 500; exec carryover validate bad.csv --problems list.csv`}
	p.begin(t)
	out := p.wait(t)
	if out.code != exitUnexpected {
		t.Errorf("exit code %d, want %d", out.code, exitUnexpected)
	}
	wantWords(t, out.stdout, "rejected  20,000")
	wantWords(t, out.stderr, "carryover: cannot write list.csv: file too large")
	wantContent(t, folder, map[string]string{
		"bad.csv": bad.String(), "good.csv": string(newUsers(20)), "good.csv.carryover.db": content(t, folder)["good.csv.carryover.db"],
	})
}
