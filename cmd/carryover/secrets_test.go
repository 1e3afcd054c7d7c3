//go:build unix

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
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
		case 6: // unpacked before it is sent
			user["totp_secret"] = "otpauth://totp/Acme:ada?issuer=Acme&secret=" + c.next("", 32, base32Letters)
		case 7: // parameters that Clerk does not take
			user["totp_secret"] = "otpauth://totp/ada?algorithm=SHA512&secret=" + c.next("", 32, base32Letters)
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
		padded := []byte(strings.Repeat("x", shift) + secret)
		padded = padded[:len(padded)/3*3]
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			all = append(all, encoding.EncodeToString(padded)[4*((shift+2)/3):])
		}
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
		if err != nil || entry.IsDir() || slices.Contains([]string{"users.jsonl", "key", "accounts.csv"}, name) {
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

// secretRuns runs the program over users with canaries and looks for them in
// all that it leaves.
type secretRuns struct {
	*canaries
	*box
	folder, file, key string
	environ           []string
	seen              map[string]bool // names of files that were looked into
}

func newSecretRuns(t *testing.T, rows int, cfg sandbox.Config) *secretRuns {
	t.Helper()
	s := &secretRuns{canaries: &canaries{index: map[string][]string{}}, folder: t.TempDir(), seen: map[string]bool{}}
	s.key = s.next("sk_test_", 40, letters)
	cfg.Key = s.key
	writeFile(t, filepath.Join(s.folder, "key"), []byte(s.key+"\n"))
	s.file = writeFile(t, filepath.Join(s.folder, "users.jsonl"), s.secretUsers(t, rows))
	s.box = newBox(t, cfg)
	s.environ = []string{"CLERK_API_URL=" + s.url, "CARRYOVER_RATE_LIMIT=10000/100ms", "CARRYOVER_LOG_FILE=log.jsonl", "CARRYOVER_VERBOSE=true", keyVariable + "=" + s.key}
	return s
}

// check looks into the words of a process that has ended, and into all files.
func (s *secretRuns) check(t *testing.T, name string, out outcome) {
	t.Helper()
	s.search(t, "standard output of "+name, []byte(out.stdout))
	s.search(t, "standard error of "+name, []byte(out.stderr))
	s.searchFolder(t, s.folder, s.seen)
}

func (s *secretRuns) run(t *testing.T, name string, code int, args ...string) outcome {
	t.Helper()
	out := carryover(t, code, s.folder, s.environ, args...)
	s.check(t, name, out)
	return out
}

// No output, no message and no file holds a secret, whatever happens.
func TestNoSecretLeaves(t *testing.T) {
	t.Parallel()
	s := newSecretRuns(t, 320, sandbox.Config{Latency: 20 * time.Millisecond, Sigma: 0.3, Seed: 3, Faults: []sandbox.Fault{
		{Name: "502", Probability: 0.05}, {Name: "bad-json", Method: "POST", Probability: 0.02}, {Name: "429-seconds", Probability: 0.005},
	}})
	writeFile(t, filepath.Join(s.folder, "accounts.csv"), fmt.Appendf(nil, "key,password\nu0,%s\nu1,%s\n", s.next("", 20, letters), s.next("", 20, letters)))
	s.run(t, "validate", exitProblems, "validate", s.file, "--problems", "problems.jsonl")
	s.run(t, "validate to CSV", exitProblems, "validate", s.file, "--problems", "problems.csv", "--strict")
	s.run(t, "validate as JSON", exitProblems, "validate", s.file, "--output", "json", "--prove", "accounts.csv")
	s.run(t, "a batch", exitProblems, "hashers", "batch", s.file)
	s.run(t, "a batch as JSON", exitProblems, "hashers", "batch", s.file, "--output", "json")
	s.run(t, "a dry run", exitProblems, "run", s.file, "--dry-run", "--max-rejects", "100%")
	s.run(t, "a plan", exitProblems, "run", s.file, "--dry-run", "--plan", "plan.jsonl", "--pii", "full", "--max-rejects", "100%", "--output", "json")
	s.run(t, "a plan for something else", exitMismatch, "run", s.file, "--plan", "plan.jsonl", "--on-existing", "fill", "--max-rejects", "100%")
	if !s.seen["plan.jsonl"] {
		t.Error("the plan was not looked into")
	}
	s.run(t, "a refused run", exitUsage, "run", s.file, "--max-rejects", "1")
	s.run(t, "a wrong version", exitUsage, "run", s.file, "--api-version", "1", "--max-rejects", "100%")
	s.run(t, "a wrong parameter", exitUsage, "run", s.file, "--param", s.next("", 30, letters))
	s.run(t, "the key in the place of its file", exitUsage, "run", s.file, "--secret-key-file", s.next("sk_live_", 30, letters))

	p := start(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%", "--progress", "plain", "--max-in-flight", "8")
	s.awaitUsers(t, 30)
	s.searchFolder(t, s.folder, s.seen) // while it runs: the checkpoint, its -wal, its lock
	for _, name := range []string{"users.jsonl.carryover.db", "users.jsonl.carryover.db-wal", "users.jsonl.carryover.db-shm", "users.jsonl.carryover.db.lock", "log.jsonl"} {
		if !s.seen[name] {
			t.Errorf("%s was not looked into", name)
		}
	}
	p.signal(t, os.Interrupt)
	interrupted := p.wait(t)
	if interrupted.code != exitInterrupted {
		t.Errorf("exit code %d, want %d", interrupted.code, exitInterrupted)
	}
	s.check(t, "an interrupted run", interrupted)

	p = start(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%", "--max-in-flight", "8")
	s.awaitUsers(t, 60)
	p.signal(t, syscall.SIGKILL)
	s.check(t, "a killed run", p.wait(t))
	s.check(t, "a last run", start(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%", "--max-duration", "3s", "--output", "json").wait(t))
	s.run(t, "a plan to fill", exitProblems, "run", s.file, "--checkpoint", "other.db", "--dry-run", "--on-existing", "fill", "--plan", "fill.jsonl", "--pii", "full", "--max-rejects", "100%")
	s.check(t, "a run by a plan", start(t, s.folder, s.environ, "run", s.file, "--checkpoint", "other.db", "--on-existing", "fill", "--plan", "fill.jsonl", "--max-rejects", "100%", "--max-duration", "3s", "--output", "jsonl").wait(t))
	writeFile(t, filepath.Join(s.folder, "accounts.csv"), fmt.Appendf(nil, "key,password,totp_secret\nu0,%s,%s\n", s.next("", 20, letters), s.next("", 32, base32Letters)))
	s.check(t, "a canary", start(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%", "--canary", "accounts.csv", "--max-duration", "10s").wait(t))
	s.run(t, "status", exitOK, "status", s.file)
	s.run(t, "status as JSON", exitOK, "status", s.file, "--output", "json")
}

// Nor do the words for anything that a server or the network can do. Each fault
// that stops or holds a run has one of its own, all others share one.
func TestNoSecretLeavesByFaults(t *testing.T) {
	t.Parallel()
	type running struct {
		*secretRuns
		name   string
		faults []sandbox.Fault
		p      *process
	}
	var all []running
	begin := func(name string, rows int, faults ...sandbox.Fault) {
		s := newSecretRuns(t, rows, sandbox.Config{Seed: 1, Faults: faults})
		p := start(t, s.folder, s.environ, "run", s.file, "--max-rejects", "100%", "--settle", "400ms", "--max-duration", "3s", "--progress", "plain")
		all = append(all, running{s, name, faults, p})
	}
	var others []sandbox.Fault
	for _, f := range sandbox.FaultNames() {
		if len(f.Name) == 3 && f.Name[0] == '4' || strings.HasPrefix(f.Name, "429") || f.Name == "redirect" || f.Name == "maintenance" {
			begin(f.Name, 32, sandbox.Fault{Name: f.Name, Method: "POST", Probability: 1})
		} else {
			others = append(others, sandbox.Fault{Name: f.Name, Method: "POST", Probability: 0.02})
		}
	}
	begin("all others", 2000, others...)
	for _, r := range all {
		out := r.p.wait(t)
		if !slices.Contains([]int{exitProblems, exitResumable, exitRefused}, out.code) {
			t.Errorf("%s: exit code %d\n%s", r.name, out.code, out.stderr)
		}
		r.check(t, r.name, out)
		for _, f := range r.faults {
			if r.Stats().ByFault[f.Name] == 0 {
				t.Errorf("no request met %s", f.Name)
			}
		}
	}
}

// Nor do the words for expressions of a mapping that secrets do not fit.
func TestNoSecretLeavesByMapping(t *testing.T) {
	t.Parallel()
	s := newSecretRuns(t, 8, sandbox.Config{})
	pepper := s.next("", 30, letters)
	writeFile(t, filepath.Join(s.folder, "key"), []byte("pepper="+pepper+"\nnonsense"+pepper+"\n"))
	for i, expression := range []string{
		"int(password)", "bool(password)", "json(password)", "php(password)", `timestamp(password, "iso")`, `digest(password_digest, "md5")`,
		`rewrite("django", password)`, "totp(totp_secret, totp_secret)", `no_password(concat("because of ", password))`, "password.x", "password + 1",
		"password matches password", "list(password)[5]", "keys(backup_codes)", "totp_secret > 3",
	} {
		mapping := fmt.Sprintf("about: a test\nfields:\n  external_id: external_id\n  public_metadata: %q\n", "object({a: "+expression+"})")
		writeFile(t, filepath.Join(s.folder, "mapping.yaml"), []byte(mapping))
		s.check(t, expression, start(t, s.folder, nil, "validate", s.file, "--mapping", "mapping.yaml", "--problems", fmt.Sprint(i, ".jsonl")).wait(t))
	}
	s.run(t, "a parameter that nothing needs", exitUsage, "validate", s.file, "--param", "pepper="+pepper)
	s.run(t, "a parameter given twice", exitUsage, "validate", s.file, "--param", "pepper="+pepper, "--param", "pepper="+pepper)
	s.run(t, "a broken file of parameters", exitUsage, "validate", s.file, "--param-file", "key")
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
		base64.RawStdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte("abc" + secret)),
		strings.ToUpper(hex.EncodeToString([]byte(secret))),
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
	t.Setenv(keyVariable, testKey+"\n")
	ui := newConsole(nil, io.Discard, io.Discard)
	ui.key = takeKey()
	if _, there := os.LookupEnv(keyVariable); there {
		t.Error("the key is still in the environment")
	}
	for range 2 { // whoever asks again has it
		key, origin, err := readKey(ui, "")
		if err != nil || key.Reveal() != testKey || origin != keyVariable {
			t.Errorf("the key comes from %q, %v", origin, err)
		}
	}
}
