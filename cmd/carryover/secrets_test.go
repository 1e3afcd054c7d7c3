//go:build unix

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// Canaries are secrets that exist nowhere else. If one is found outside of the
// input, the program has let it out.
type canaries struct {
	list    []string
	index   map[string][]string // forms by their first eight bytes
	indexed int                 // how many of the list are in the index
}

// next makes a canary of letters and digits, with a prefix and of a length that
// its column asks for.
func (c *canaries) next(prefix string, length int, alphabet string) string {
	random := make([]byte, length)
	_, _ = rand.Read(random) // never fails
	for i, b := range random {
		random[i] = alphabet[int(b)%len(alphabet)]
	}
	c.list = append(c.list, string(random))
	return prefix + string(random)
}

// bcrypt makes two canaries with the shape of a digest: the last characters of
// salt and hash have bits that must be zero.
func (c *canaries) bcrypt() string {
	return c.next("$2a$10$", 21, letters) + "u" + c.next("", 30, letters) + "u"
}

const (
	letters       = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
)

// secretUsers writes users with a canary in each secret column; half
// of the rows are refused, by the checks or by Clerk.
func (c *canaries) secretUsers(t *testing.T, rows int) []byte {
	t.Helper()
	var b bytes.Buffer
	for i := range rows {
		user := map[string]any{
			"external_id": fmt.Sprintf("u%d", i), "email_address": []string{fmt.Sprintf("u%d@example.com", i)},
			"totp_secret":  c.next("", 32, base32Letters),
			"backup_codes": []string{c.next("", 12, letters), c.bcrypt()},
		}
		if i%2 == 0 {
			user["password"] = c.next("", 20, letters) + `"/+&é` // what encodings change
			user["skip_password_checks"] = true
		} else {
			user["password_digest"], user["password_hasher"] = c.bcrypt(), "bcrypt"
		}
		switch i % 8 {
		case 1: // too short for its hasher
			user["password_digest"] = c.next("$2a$10$", 40, letters)
		case 2: // password and digest
			user["password_digest"], user["password_hasher"] = c.bcrypt(), "bcrypt"
		case 3: // no base32
			user["totp_secret"] = c.next("!", 20, letters)
		case 4: // a warning of the checks, and refused by Clerk
			user["first_name"] = "www.example.com"
		case 5: // no list of texts
			user["backup_codes"] = []any{c.next("", 12, letters), 7}
		}
		line, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(line, '\n'))
	}
	return b.Bytes()
}

// forms are the ways in which a secret may stand in a file.
func forms(secret string) []string {
	text, err := json.Marshal(secret)
	if err != nil {
		return []string{secret}
	}
	all := []string{
		secret, strings.Trim(string(text), `"`), url.QueryEscape(secret), url.PathEscape(secret),
		hex.EncodeToString([]byte(secret)), strings.ToUpper(hex.EncodeToString([]byte(secret))),
	}
	// Inside a longer text, base64 shifts by up to two bytes; what stands
	// between the first and the last group stays.
	for shift := range 3 {
		padded := strings.Repeat("x", shift) + secret
		encoded := base64.RawStdEncoding.EncodeToString([]byte(padded[:len(padded)/3*3]))
		all = append(all, encoded[4*((shift+2)/3):])
	}
	return all
}

// search fails for each canary in a text. It does not say which, only where: a
// test's log is a log as well. It goes by the first eight bytes of all forms,
// since there are thousands.
func (c *canaries) search(t *testing.T, where string, content []byte) {
	t.Helper()
	for _, secret := range c.list[c.indexed:] {
		for _, form := range forms(secret) {
			if len(form) >= 8 {
				c.index[form[:8]] = append(c.index[form[:8]], form)
			}
		}
	}
	c.indexed = len(c.list)
	for i := range len(content) - 7 {
		for _, form := range c.index[string(content[i:i+8])] {
			if bytes.HasPrefix(content[i:], []byte(form)) {
				t.Errorf("a secret is in %s, at byte %d", where, i)
				return
			}
		}
	}
}

// searchFolder looks into every file but the input and the key.
func (c *canaries) searchFolder(t *testing.T, folder string, seen map[string]bool) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		if err != nil || entry.IsDir() || name == "users.jsonl" || name == "key" {
			return err
		}
		content, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil // SQLite's own files come and go
		}
		seen[name] = true
		c.search(t, name, content)
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// No output, no message and no file holds a secret, whatever happens.
func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	folder, c := t.TempDir(), &canaries{index: map[string][]string{}}
	key := c.next("sk_test_", 40, letters)
	writeFile(t, filepath.Join(folder, "key"), []byte(key+"\n"))
	file := writeFile(t, filepath.Join(folder, "users.jsonl"), c.secretUsers(t, 320))
	b := newBox(t, sandbox.Config{Key: key, Latency: 20 * time.Millisecond, Sigma: 0.3, Seed: 3, Faults: []sandbox.Fault{
		{Name: "502", Probability: 0.05}, {Name: "bad-json", Method: "POST", Probability: 0.02}, {Name: "429-seconds", Probability: 0.005},
	}})
	env := []string{"CLERK_API_URL=" + b.url, "CARRYOVER_RATE_LIMIT=1000000/10s", "CLERK_SECRET_KEY=" + key}
	seen := map[string]bool{}
	check := func(name string, out outcome) {
		c.search(t, "standard output of "+name, []byte(out.stdout))
		c.search(t, "standard error of "+name, []byte(out.stderr))
		c.searchFolder(t, folder, seen)
	}
	run := func(name string, code int, args ...string) {
		check(name, carryover(t, code, folder, env, args...))
	}
	run("validate", exitProblems, "validate", file, "--problems", "problems.jsonl")
	run("validate to CSV", exitProblems, "validate", file, "--problems", "problems.csv", "--strict")
	run("validate as JSON", exitProblems, "validate", file, "--output", "json")
	run("a dry run", exitProblems, "run", file, "--dry-run", "--max-rejects", "100%")
	run("a refused run", exitUsage, "run", file, "--max-rejects", "1")
	run("a wrong version", exitUsage, "run", file, "--api-version", "1", "--max-rejects", "100%")

	p := start(t, folder, env, "run", file, "--max-rejects", "100%", "--progress", "plain", "--max-in-flight", "8")
	b.awaitUsers(t, 30)
	c.searchFolder(t, folder, seen) // while it runs: the checkpoint, its -wal, its lock
	for _, name := range []string{"users.jsonl.carryover.db", "users.jsonl.carryover.db-wal", "users.jsonl.carryover.db.lock"} {
		if !seen[name] {
			t.Errorf("%s was not looked into", name)
		}
	}
	p.signal(t, os.Interrupt)
	interrupted := p.wait(t)
	if interrupted.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", interrupted.code, exitInterrupted)
	}
	check("an interrupted run", interrupted)

	p = start(t, folder, env, "run", file, "--max-rejects", "100%", "--max-in-flight", "8")
	b.awaitUsers(t, 60)
	p.signal(t, syscall.SIGKILL)
	check("a killed run", p.wait(t))
	check("a last run", start(t, folder, env, "run", file, "--max-rejects", "100%", "--max-duration", "3s", "--output", "json").wait(t))
	run("status", exitOK, "status", file)
	run("status as JSON", exitOK, "status", file, "--output", "json")
}

// The search finds what it is to find, in each encoding.
func TestSearchFindsSecrets(t *testing.T) {
	secret := "Zm9 öß\"/+&" + rand.Text()
	text, err := json.Marshal("x" + secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{
		"x" + secret + "y", string(text), url.QueryEscape("&" + secret), hex.EncodeToString([]byte("q" + secret)),
		base64.StdEncoding.EncodeToString([]byte("a" + secret + "b")), base64.StdEncoding.EncodeToString([]byte("ab" + secret)),
		base64.RawStdEncoding.EncodeToString([]byte(secret)),
	} {
		found := false
		for _, form := range forms(secret) {
			found = found || len(form) >= 8 && strings.Contains(content, form)
		}
		if !found {
			t.Errorf("not found in %q", content)
		}
	}
}

// The key is not handed on: what the program leaves in its environment, a child
// or a crash report would inherit.
func TestKeyLeavesTheEnvironment(t *testing.T) {
	t.Setenv(keyVariable, testKey)
	key, origin, err := readKey("", nil)
	if err != nil || key.Reveal() != testKey || origin != keyVariable {
		t.Errorf("the key comes from %q, %v", origin, err)
	}
	if _, there := os.LookupEnv(keyVariable); there {
		t.Error("the key is still in the environment")
	}
	if text := fmt.Sprintf("%v %+v %#v %s %q", key, key, key, key, key); strings.Contains(text, "e2e") {
		t.Error("the key can be printed")
	}
}
