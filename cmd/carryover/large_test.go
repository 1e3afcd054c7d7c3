package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Where an input has more identifiers than are kept in memory, rows that share one
// are found all the same, each is told once, and no file is left.
func TestDuplicatesOfALargeInput(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it reads 360,000 rows twice")
	}
	folder, temporary := t.TempDir(), t.TempDir()
	const rows = 360_000
	var users bytes.Buffer
	users.WriteString("external_id,email_address,username\n")
	for i := range rows {
		fmt.Fprintf(&users, "u%d,u%[1]d@example.com,name_%[1]d\n", i)
	}
	users.WriteString("other,U359990@example.com,other_1\n") // of one that is only noted
	users.WriteString("u7,other@example.com,name_359991\n")  // of one in memory, and of one noted
	file := writeFile(t, filepath.Join(folder, "users.csv"), users.Bytes())

	out := carryover(t, exitProblems, folder, []string{"TMPDIR=" + temporary}, "validate", file, "--output", "jsonl", "--problems", "problems.jsonl")
	var found []string
	for _, line := range strings.Split(strings.TrimSpace(out.stdout), "\n") {
		switch line := decodeObject(t, []byte(line)); line["type"] {
		case "restart":
			found = append(found[:0], "restart")
		case "problem":
			found = append(found, fmt.Sprint(line["line"], " ", line["code"]))
		}
	}
	want := "restart, 360002 duplicate_email_address, 360003 duplicate_external_id, 360003 duplicate_username"
	if got := strings.Join(found, ", "); got != want {
		t.Errorf("told: %s\nwant: %s", got, want)
	}
	listed, err := os.ReadFile(filepath.Join(folder, "problems.jsonl"))
	if err != nil || bytes.Count(listed, []byte("\n")) != 3 {
		t.Errorf("listed: %s (%v)", listed, err)
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("%d files are left (%v)", len(left), err)
	}
}
