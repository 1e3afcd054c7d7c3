package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carryover/migrate/sandbox"
)

// accountsOf is a file of accounts: a line each of key, password and TOTP secret.
func accountsOf(t *testing.T, path string, lines ...[3]string) string {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	for _, line := range append([][3]string{{"key", "password", "totp_secret"}}, lines...) {
		if err := w.Write(line[:]); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return writeFile(t, path, b.Bytes())
}

// sampleAccounts are those of the sample data, with the secrets of their users.
func sampleAccounts(t *testing.T) (lines [][3]string, hashers map[string]bool) {
	t.Helper()
	users, hashers := map[string]map[string]string{}, map[string]bool{}
	for _, u := range records(t, sample(t, "users.csv")) {
		users[u["external_id"]] = u
	}
	for _, a := range records(t, sample(t, "accounts.csv")) {
		u := users[a["key"]]
		lines = append(lines, [3]string{a["key"], a["password"], u["totp_secret"]})
		if u["password_hasher"] != "" {
			hashers[u["password_hasher"]] = true
		}
	}
	return lines, hashers
}

// wroteBefore returns the external ids of users that were written before the
// last question about somebody's sign-in, and after it.
func wroteBefore(b *box) (before, after map[string]bool) {
	before, after = map[string]bool{}, map[string]bool{}
	entries := b.Journal()
	last := -1
	for i, e := range entries {
		if strings.Contains(e.Path, "/verify_") {
			last = i
		}
	}
	ids := map[string]string{}
	for i, e := range entries {
		if e.ExternalID != "" {
			ids[e.UserID] = e.ExternalID
		}
		write := e.Method == http.MethodPatch || e.Method == http.MethodPost && !strings.Contains(e.Path, "/verify_")
		switch {
		case write && i < last:
			before[ids[e.UserID]] = true
		case write:
			after[ids[e.UserID]] = true
		}
	}
	return before, after
}

// Users of every hasher of the sample data, and of second factors, go first and
// sign in; nobody else is written to before.
func TestCanaryOfEveryHasher(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	lines, hashers := sampleAccounts(t)
	accounts := accountsOf(t, filepath.Join(folder, "accounts.csv"), lines...)
	out := carryover(t, exitOK, folder, box.env(), "run", sample(t, "users.csv"), "--canary", accounts)
	wantWords(t, out.stdout, fmt.Sprintf("Canary: accounts that sign in: %d of %d", len(lines), len(lines)))
	for _, u := range records(t, sample(t, "users.csv")) {
		if hasher := u["password_hasher"]; hasher != "" && !hashers[hasher] {
			t.Errorf("no account is of %s", hasher)
			hashers[hasher] = true
		}
	}
	if n := box.count(http.MethodPost, "/users/{user_id}/verify_totp"); n < 5 {
		t.Errorf("%d questions about second factors, want some", n)
	}
	before, after := wroteBefore(box)
	for _, line := range lines {
		if !before[line[0]] {
			t.Errorf("%s was not written before the questions", line[0])
		}
		delete(before, line[0])
	}
	if len(before) > 0 || len(after) != 320-len(lines) {
		t.Errorf("%d others were written before the questions, %d after", len(before), len(after))
	}
	checkOnceOf(t, box, 320)
}

// checkOnceOf wants so many users, each created once; questions are no creates.
func checkOnceOf(t *testing.T, b *box, want int) {
	t.Helper()
	creates := map[string]int{}
	for _, e := range b.Journal() {
		if e.Method == http.MethodPost && e.Path == "/users" && e.Applied {
			creates[e.ExternalID]++
		}
	}
	for id, n := range creates {
		if n != 1 {
			t.Errorf("%s was created %d times", id, n)
		}
	}
	if users := len(b.users(t)); users != want || len(creates) != want {
		t.Errorf("%d users of %d creates, want %d", users, len(creates), want)
	}
}

// One wrong password of many keeps all other rows from being sent, and so does
// one wrong second factor. Once the file is corrected, the next run asks again
// about all and sends nobody twice.
func TestCanaryWithOneThatIsWrong(t *testing.T) {
	t.Parallel()
	for _, wrong := range []struct {
		field int
		value string
		code  string
	}{{1, "violet-otter-93", "canary_wrong_password"}, {2, "GEZDGNBVGY3TQOJQ", "canary_wrong_totp"}} {
		box, folder := newBox(t, sandbox.Config{}), t.TempDir()
		lines, _ := sampleAccounts(t)
		bad := slices.Clone(lines)
		i := slices.IndexFunc(lines, func(l [3]string) bool { return l[2] != "" })
		bad[i][wrong.field] = wrong.value
		path := accountsOf(t, filepath.Join(folder, "accounts.csv"), bad...)
		args := []string{"run", sample(t, "users.csv"), "--canary", path, "--log-file", "log.jsonl"}
		out := carryover(t, exitResumable, folder, box.env(), args...)
		wantWords(t, out.stdout, fmt.Sprintf("accounts that sign in: %d of %d", len(lines)-1, len(lines)),
			"Stopped after ", "accounts of the canary that cannot sign in: 1 of", wrong.code, lines[i][0])
		wantWords(t, out.stderr, "carryover: stopped before any other row was sent", "--prove")
		if _, after := wroteBefore(box); len(after) > 0 || len(box.users(t)) != len(lines) {
			t.Errorf("%s: %d users are there, %d written after the questions; want the %d of the canary", wrong.code, len(box.users(t)), len(after), len(lines))
		}
		log, err := os.ReadFile(filepath.Join(folder, "log.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		wantWords(t, string(log), `"msg":"canary cannot sign in"`, `"code":"`+wrong.code+`"`)
		for _, text := range []string{out.stdout, out.stderr, string(log)} {
			if strings.Contains(text, wrong.value) || strings.Contains(text, lines[i][1]) || strings.Contains(text, lines[i][2]) {
				t.Errorf("a secret is shown")
			}
		}
		asked := box.count(http.MethodPost, "/users/{user_id}/verify_password")
		accountsOf(t, path, lines...)
		carryover(t, exitOK, folder, box.env(), args...)
		if n := box.count(http.MethodPost, "/users/{user_id}/verify_password"); n != 2*asked {
			t.Errorf("%d questions about passwords after %d of the first run", n, asked)
		}
		checkOnceOf(t, box, 320)
	}
}

// canaryFiles are newUsers with passwords, and accounts of some of them.
func canaryFiles(t *testing.T, folder string, users int, accounts ...int) (input, canary string) {
	t.Helper()
	var b bytes.Buffer
	b.WriteString("external_id,email_address,password_digest,password_hasher\n")
	for i := range users {
		fmt.Fprintf(&b, "user-%06d,user%06d@example.com,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", i, i) // "password"
	}
	var lines [][3]string
	for _, i := range accounts {
		lines = append(lines, [3]string{fmt.Sprintf("user%06d@example.com", i), "password", ""})
	}
	return writeFile(t, filepath.Join(folder, "users.csv"), b.Bytes()), accountsOf(t, filepath.Join(folder, "accounts.csv"), lines...)
}

// A run that is killed while it asks goes on with the questions, sends nobody
// twice, and nobody else before.
func TestCanaryKilled(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 50, 3, 40, 7)
	reached, hold := make(chan struct{}, 10), make(chan struct{})
	box.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasPrefix(r.URL.Path, "/v1/users/") || !strings.HasSuffix(r.URL.Path, "/verify_password") {
			return false
		}
		reached <- struct{}{}
		<-hold
		return true
	})
	p := start(t, folder, box.env(), "run", input, "--canary", accounts)
	<-reached
	p.signal(t, os.Kill)
	p.wait(t)
	close(hold)
	if n := len(box.users(t)); n != 3 {
		t.Fatalf("%d users were made before the questions", n)
	}
	box.inFront(nil)
	out := carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "accounts that sign in: 3 of 3", "created  50")
	before, _ := wroteBefore(box)
	if len(before) != 3 {
		t.Errorf("written before the questions: %v", before)
	}
	checkOnceOf(t, box, 50)
}

// Ctrl-C while Clerk is asked ends the run as one that is not done, also where
// the canary is all there is.
func TestCanaryInterrupted(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 2, 0, 1)
	reached, hold := make(chan struct{}, 10), make(chan struct{})
	box.inFront(func(_ http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/verify_password") {
			return false
		}
		reached <- struct{}{}
		<-hold
		return true
	})
	p := start(t, folder, box.env(), "run", input, "--canary", accounts)
	<-reached
	p.signal(t, os.Interrupt)
	out := p.wait(t)
	close(hold)
	if out.code != exitInterrupted {
		t.Fatalf("exit code %d\n%s%s", out.code, out.stdout, out.stderr)
	}
	wantWords(t, out.stdout, "Interrupted after", "accounts that sign in: 0 of 2", "canary_not_asked")
	box.inFront(nil)
	out = carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "accounts that sign in: 2 of 2")
	checkOnceOf(t, box, 2)
}

// An outage and a full rate limit during the questions are waited out; an answer
// that cannot tell is no wrong password.
func TestCanaryDuringAnOutage(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 20, 5, 6)
	n := 0
	box.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/verify_password") {
			return false
		}
		n++ // the questions come one by one
		w.Header().Set("Content-Type", "application/json")
		switch n {
		case 1, 4:
			w.WriteHeader(http.StatusBadGateway)
		case 2:
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write([]byte(`{"errors":[{"code":"too_many_requests"}]}`))
		default:
			return false
		}
		return true
	})
	out := carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "accounts that sign in: 2 of 2", "created  20")

	box, folder = newBox(t, sandbox.Config{}), t.TempDir()
	box.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "/verify_password") {
			w.WriteHeader(http.StatusUnprocessableEntity)
			_, _ = w.Write([]byte(`{"errors":[{"code":"odd_hasher"}],"clerk_trace_id":"t1"}`))
			return true
		}
		return false
	})
	out = carryover(t, exitResumable, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "canary_not_verified", "status 422 (odd_hasher)", "trace t1")
	if strings.Contains(out.stdout, "wrong_password") {
		t.Errorf("an answer that cannot tell is taken for a verdict:\n%s", out.stdout)
	}
}

// A row of the canary that Clerk refuses stops the run before any other; the
// same command sends it again, since nothing goes on without it.
func TestCanaryThatClerkRefuses(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 20, 5, 6)
	box.inFront(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/users" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = w.Write([]byte(`{"errors":[{"code":"form_data_missing","meta":{"param_names":["last_name"]}}]}`))
		return true
	})
	out := carryover(t, exitResumable, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "canary_not_migrated", "rejected   2", "unfinished  18", "form_data_missing")
	box.inFront(nil)
	out = carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "accounts that sign in: 2 of 2", "created  20")
	checkOnceOf(t, box, 20)
}

// Where the rows were wrong, the corrected input goes on with --delta: the users
// of the canary are updated first and asked about again.
func TestCanaryWithCorrectedRows(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 20, 5, 6)
	good, err := os.ReadFile(input)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, input, bytes.ReplaceAll(good, []byte("5f4dcc3b"), []byte("5f4dcc3c")))
	out := carryover(t, exitResumable, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "sign in: 0 of 2", "here it does not open the row's digest either (md5")
	writeFile(t, input, good)
	carryover(t, exitMismatch, folder, box.env(), "run", input, "--canary", accounts)
	out = carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts, "--delta")
	wantWords(t, out.stdout, "sign in: 2 of 2", "created  18", "updated   2")
	checkOnceOf(t, box, 20)
	if before, after := wroteBefore(box); len(before) != 2 || len(after) != 18 {
		t.Errorf("%d users were written before the last question, %d after", len(before), len(after))
	}
	// Every row has its outcome: the questions are asked all the same.
	asked := box.count(http.MethodPost, "/users/{user_id}/verify_password")
	out = carryover(t, exitOK, folder, box.env(), "run", input, "--canary", accounts)
	wantWords(t, out.stdout, "sign in: 2 of 2")
	if n := box.count(http.MethodPost, "/users/{user_id}/verify_password"); n != asked+2 {
		t.Errorf("%d questions, want %d", n, asked+2)
	}
}

// A canary goes with a plan: the dry run plans its rows too, and the run does
// them first and by the plan.
func TestCanaryByAPlan(t *testing.T) {
	t.Parallel()
	box, folder := newBox(t, sandbox.Config{}), t.TempDir()
	input, accounts := canaryFiles(t, folder, 20, 15, 6)
	args := []string{"run", input, "--canary", accounts, "--plan", "plan.jsonl"}
	out := carryover(t, exitOK, folder, box.env(), append(slices.Clone(args), "--dry-run")...)
	wantWords(t, out.stdout, "Accounts proved with their passwords: 2 of 2")
	out = carryover(t, exitOK, folder, box.env(), args...)
	wantWords(t, out.stdout, "sign in: 2 of 2", "created  20")
	if before, after := wroteBefore(box); len(before) != 2 || len(after) != 18 {
		t.Errorf("%d users were written before the last question, %d after", len(before), len(after))
	}
}
