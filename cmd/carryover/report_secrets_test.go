//go:build unix

package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carryover/checkpoint"
	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// Nor does a secret leave by what report writes, in whatever form, but for the
// file that it was asked for in so many words.
func TestNoSecretLeavesByReport(t *testing.T) {
	t.Parallel()
	s := newSecretRuns(t, 64, sandbox.Config{})
	s.run(t, "a run", exitProblems, "run", s.file, "--max-rejects", "100%", "--output", "jsonl")
	for _, form := range []string{"text", "json", "jsonl", "html"} {
		s.run(t, "report as "+form, exitOK, "report", s.file, "--format", form)
	}
	s.run(t, "rows given back", exitOK, "report", s.file, "--rejects", "fix.jsonl")
	s.run(t, "maps of ids", exitOK, "report", s.file, "--id-map", "ids.csv")
	s.run(t, "statements", exitOK, "report", s.file, "--id-map", "ids.sql", "--id-map-table", "users", "--id-map-columns", "id,clerk_id")
	s.run(t, "a page with all personal data", exitOK, "report", s.file, "--html", "page.html", "--pii", "full")
	s.run(t, "a page of a dry run", exitProblems, "validate", s.file, "--html", "plan.html", "--pii", "full")
	for _, form := range []string{"text", "json", "jsonl"} {
		s.run(t, "a comparison as "+form, exitOK, "verify", s.file, "--output", form)
	}
	id := s.Users()[0].ID
	s.sendAs(t, s.key, http.MethodPatch, id, `{"first_name":"Eve"}`)
	s.run(t, "a comparison with somebody who changed", exitOK, "verify", s.file, "--differences", "differences.csv")
	s.sendAs(t, s.key, http.MethodDelete, id, "")
	s.run(t, "a comparison with somebody who is gone", exitProblems, "verify", s.file, "--differences", "differences.jsonl")
	s.run(t, "a refused one", exitUsage, "report", s.file, "--rejects", "fix.csv")
	for _, name := range []string{"fix.jsonl", "ids.csv", "ids.sql", "page.html", "plan.html", "differences.csv", "differences.jsonl"} {
		if !s.seen[name] {
			t.Errorf("%s was not looked into", name)
		}
	}
	masked := read(t, filepath.Join(s.folder, "fix.jsonl"))
	if rows := bytes.Count(masked, []byte("\n")); rows < 20 || bytes.Count(masked, []byte("***")) < rows {
		t.Errorf("%d rows with %d masks: that is no test", rows, bytes.Count(masked, []byte("***")))
	}

	out := carryover(t, exitOK, s.folder, s.environ, "report", s.file, "--rejects", "whole.jsonl", "--include-secrets")
	s.search(t, "standard output", []byte(out.stdout))
	s.search(t, "standard error", []byte(out.stderr))
	info, err := os.Stat(filepath.Join(s.folder, "whole.jsonl"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want a file for its owner only", info, err)
	}
	if whole := read(t, filepath.Join(s.folder, "whole.jsonl")); bytes.Contains(whole, []byte("***")) || !bytes.Contains(whole, []byte("otpauth://totp/ada?algorithm=SHA512")) {
		t.Error("the secrets are not in the file that was to hold them")
	}
}

// A CSV file may hold secrets in columns that nothing reads, or that a mapping
// makes secrets of, and in records of which nobody can tell the columns.
func TestNoSecretIsGivenBackByMistake(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, header string
		row          func(next func() string, email string) string
		args         []string
	}{
		{"unread columns", "external_id,email_address,Legacy Hash,mfaToken,team,password", func(next func() string, email string) string {
			return fmt.Sprintf("%s,%s,%s,\"x, %s\",red team,%s", email, email, next(), next(), next())
		}, nil},
		{"a mapping", "id,username,email,password,date_joined,team", func(next func() string, email string) string {
			return fmt.Sprintf("%s,u%s,%s,%s,2024-05-31 13:45:00,red team", email, strings.Map(word, email), email, next())
		}, []string{"--from", "django", "--param", "email_verified=yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSecretRuns(t, 0, sandbox.Config{})
			next := func() string { return s.next("", 32, "0123456789abcdef") }
			lines := []string{c.header, c.row(next, "no address"), c.row(next, "a@example.com") + ",one too many " + next(), c.row(next, "b@example.com\xff"), `"` + next() + `"x` + strings.Repeat(",", strings.Count(c.header, ","))}
			s.file = writeFile(t, filepath.Join(s.folder, "users.jsonl"), []byte(strings.Join(lines, "\n")+"\n")) // a name that the search passes over
			file := filepath.Join(s.folder, "key")
			writeFile(t, file, []byte(strings.Join(append(lines, c.row(next, "c@example.com")), "\n")+"\n"))
			s.run(t, "a run", exitProblems, append([]string{"run", file, "--max-rejects", "100%"}, c.args...)...)
			s.run(t, "rows given back", exitOK, append([]string{"report", file, "--rejects", "fix.csv"}, c.args...)...)
			fix := string(read(t, filepath.Join(s.folder, "fix.csv")))
			if strings.Count(fix, "***") < 2 || strings.Count(fix, "red team") != strings.Count(fix, "\n")-1 || !strings.Contains(fix, "no address") {
				t.Errorf("what is no secret is not given back:\n%s", fix)
			}
		})
	}
}

// word leaves out what no username has.
func word(r rune) rune {
	if r < 'a' || r > 'z' {
		return -1
	}
	return r
}

// Nor by what is kept of users before they are updated, sealed or not, and by
// undo.
func TestNoSecretLeavesByUndo(t *testing.T) {
	t.Parallel()
	const rows = 64
	s := newSecretRuns(t, rows, sandbox.Config{})
	for i := range rows {
		body := fmt.Sprintf(`{"external_id":"u%d","email_address":["u%d@example.com"],"first_name":"Own","password":%q,"skip_password_checks":true}`, i, i, s.next("", 20, letters))
		if _, err := s.AddUser([]byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	s.run(t, "a run", exitProblems, "run", s.file, "--max-rejects", "100%")
	writeFile(t, filepath.Join(s.folder, "accounts.csv"), []byte(s.next("sk_test_", 40, letters)+"\n")) // the search passes over it
	s.run(t, "a survey", exitProblems, "undo", s.file, "--dry-run")
	s.run(t, "a refused undo", exitUsage, "undo", s.file)
	s.run(t, "an undo with a key too many", exitUsage, "undo", s.file, "--confirm", "ins_sandbox", "--old-key-file", s.next("sk_live_", 30, letters))
	s.run(t, "an undo", exitProblems, "undo", s.file, "--confirm", "ins_sandbox", "--old-key-file", "accounts.csv", "--output", "json")
	out := s.run(t, "a report", exitOK, "report", s.file, "--output", "json")
	if doc := decodeObject(t, []byte(out.stdout)); numbers(doc, "undo.fields.lost.totp_secret") == "<nil>" || numbers(doc, "undo.lost") == "0" {
		t.Errorf("nothing was lost: that is no test\n%s", out.stdout)
	}

	// A sealed value would be found if it held a secret: this looks inside.
	db, err := checkpoint.Open(t.Context(), s.file+".carryover.db")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	seal, err := db.Seal(migrate.Secret(s.key))
	if err != nil {
		t.Fatal(err)
	}
	items, opened := keptOf(t, s.file+".carryover.db"), 0
	for userID, sealed := range items {
		changes, err := seal.Open(userID, sealed)
		if err != nil {
			t.Fatal(err)
		}
		text, err := changes.Encode()
		if err != nil {
			t.Fatal(err)
		}
		s.search(t, "what is sealed", text)
		opened++
	}
	if opened < rows/4 {
		t.Errorf("%d sealed values: that is no test", opened)
	}
}

// keptOf reads what a checkpoint has kept, by user.
func keptOf(t *testing.T, path string) map[string][]byte {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(t.Context(), "SELECT user_id, sealed FROM kept")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	all := map[string][]byte{}
	for rows.Next() {
		var userID string
		var sealed []byte
		if err := rows.Scan(&userID, &sealed); err != nil {
			t.Fatal(err)
		}
		all[userID] = sealed
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
