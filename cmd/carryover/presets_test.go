package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/mapping"
	"carryover/migrate/sandbox"
)

// A presetCase is one way to migrate the export of a system: a file of
// testdata/exports/NAME, whose name ends in .case.json. The preset is NAME.
type presetCase struct {
	Input    []string                  `json:"input"`
	Args     []string                  `json:"args"`         // flags; files are those of the folder
	AnyName  bool                      `json:"any_username"` // the instance takes every character in usernames
	Counts   map[string]int            `json:"counts"`       // of the run: rows, created, rejected, dropped …
	Problems []string                  `json:"problems"`     // "line severity code field", all of them, in order
	Users    map[string]map[string]any `json:"users"`        // by external id; the members given must be so
	Accounts string                    `json:"accounts"`     // CSV of key, password and totp_secret; it may hold users of other exports
	SignIn   signedIn                  `json:"sign_in"`      // how many of the accounts are in this export, and must be able to sign in
}

// signedIn counts the accounts that can sign in.
type signedIn struct {
	Password int `json:"password"`
	TOTP     int `json:"totp"`
}

// enoughForRaces are systems of each form of export. The others go the same way
// through the program, which is ten times as slow with the race detector.
var enoughForRaces = []string{"auth0", "django", "ldap"}

// Every sample export goes through validate and run with its preset; the rows
// that are broken are named, the others arrive as they should, and those whose
// passwords are known sign in.
func TestPresetExports(t *testing.T) {
	t.Parallel()
	for _, name := range mapping.Presets() {
		if raceDetector && !slices.Contains(enoughForRaces, name) {
			continue
		}
		files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "exports", name, "*.case.json"))
		if err != nil || len(files) == 0 {
			t.Errorf("preset %s has no sample export: %v", name, err)
		}
		for _, file := range files {
			t.Run(name+"/"+strings.TrimSuffix(filepath.Base(file), ".case.json"), func(t *testing.T) {
				t.Parallel()
				runPresetCase(t, name, file)
			})
		}
	}
}

func runPresetCase(t *testing.T, preset, file string) {
	var c presetCase
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		t.Fatal(err)
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		t.Fatal(err)
	}
	args := slices.Concat(c.Input, []string{"--from", preset}, c.Args)
	code := exitOK
	if c.Counts["rejected"] > 0 {
		code = exitProblems
	}

	list := filepath.Join(t.TempDir(), "problems.jsonl")
	carryover(t, code, folder, nil, slices.Concat([]string{"validate"}, args, []string{"--problems", list})...)
	if diff := cmp.Diff(c.Problems, listedProblems(t, list)); diff != "" {
		t.Errorf("problems (-want +got)\n%s", diff)
	}

	b := newBox(t, sandbox.Config{AnyUsername: c.AnyName})
	checkpoint := filepath.Join(t.TempDir(), "run.db")
	run := slices.Concat([]string{"run"}, args, []string{"--checkpoint", checkpoint, "--output", "json", "--max-rejects", "100%"})
	out := carryover(t, code, folder, b.env(), run...)
	got := map[string]int{}
	for name, n := range decodeObject(t, []byte(out.stdout))["counts"].(map[string]any) {
		if count, err := n.(json.Number).Int64(); err == nil && count > 0 {
			got[name] = int(count)
		}
	}
	if diff := cmp.Diff(c.Counts, got); diff != "" {
		t.Errorf("counts (-want +got)\n%s", diff)
	}
	again := carryover(t, code, folder, b.env(), run...)
	if !strings.Contains(again.stderr, "Nothing to do") {
		t.Errorf("a second run finds something to do: %s", again.stderr)
	}
	if _, found := verified(t, exitOK, folder, b.env(), append([]string{"--checkpoint", checkpoint}, args...)...); len(found) > 0 {
		t.Errorf("users are not what their rows say: %q", found)
	}

	users := b.users(t)
	for key, want := range c.Users {
		if users[key] == nil {
			t.Errorf("there is no user %s among %q", key, slices.Sorted(maps.Keys(users)))
			continue
		}
		is := plainUser(users[key])
		for name := range is {
			if _, asked := want[name]; !asked {
				delete(is, name)
			}
		}
		if diff := cmp.Diff(want, is); diff != "" {
			t.Errorf("user %s (-want +got)\n%s", key, diff)
		}
	}
	if c.Accounts != "" {
		if got := signIn(t, b, users, filepath.Join(folder, c.Accounts)); got != c.SignIn {
			t.Errorf("%+v of the accounts sign in, want %+v", got, c.SignIn)
		}
		sameDigests(t, users, filepath.Join(folder, strings.Replace(c.Accounts, "accounts", "digests", 1)))
	}
}

func listedProblems(t *testing.T, path string) (lines []string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		p := decodeObject(t, []byte(line))
		field, _ := p["field"].(string)
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%v %v %v %s", p["line"], p["severity"], p["code"], field)))
	}
	return lines
}

// plainUser is a user as cases write it: addresses with their status, times in
// RFC 3339, whether there are second factors.
func plainUser(user map[string]any) map[string]any {
	is := maps.Clone(user)
	is["totp_enabled"] = hasTOTP(user)
	codes, _ := user["backup_codes_sha256"].([]any)
	is["backup_code_enabled"] = len(codes) > 0
	for _, list := range []string{"email_addresses", "phone_numbers"} {
		all := []any{}
		identifiers, _ := user[list].([]any)
		for _, item := range identifiers {
			object, _ := item.(map[string]any)
			all = append(all, fmt.Sprintf("%v %v", object["value"], object["status"]))
		}
		is[list] = all
	}
	for _, name := range []string{"created_at", "legal_accepted_at"} {
		if number, ok := user[name].(json.Number); ok {
			if at, err := number.Int64(); err == nil {
				is[name] = time.UnixMilli(at).UTC().Format(time.RFC3339Nano)
			}
		}
	}
	return is
}

func hasTOTP(user map[string]any) bool {
	hash, _ := user["totp_secret_sha256"].(string)
	return hash != ""
}

// sameDigests compares what the users got with the digests that the scripts
// beside the exports worked out, where there are any.
func sameDigests(t *testing.T, users map[string]map[string]any, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		return
	}
	for _, d := range records(t, path) {
		user := users[d["key"]]
		if user == nil {
			continue
		}
		sum := sha256.Sum256([]byte(d["password_digest"]))
		want := d["password_hasher"] + " " + hex.EncodeToString(sum[:])
		if got := fmt.Sprintf("%v %v", user["password_hasher"], user["password_digest_sha256"]); got != want {
			t.Errorf("the digest of %s is %s, want %s", d["key"], got, want)
		}
	}
}

// signIn counts the accounts whose password and whose second factor open.
// Those that are no users are of another export of the same system.
func signIn(t *testing.T, b *box, users map[string]map[string]any, path string) (got signedIn) {
	t.Helper()
	for _, account := range records(t, path) {
		user := users[account["key"]]
		if user == nil {
			continue
		}
		id, _ := user["id"].(string)
		if status := post(t, b.url, id, "verify_password", map[string]string{"password": account["password"]}); status == http.StatusOK {
			got.Password++
		} else {
			t.Errorf("%s cannot sign in: %d", account["key"], status)
		}
		if got.Password == 1 { // once will do: some digests take long
			if status := post(t, b.url, id, "verify_password", map[string]string{"password": account["password"] + "x"}); status == http.StatusOK {
				t.Errorf("%s signs in with another password", account["key"])
			}
		}
		if !hasTOTP(user) || account["totp_secret"] == "" {
			continue
		}
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(account["totp_secret"])
		if err != nil {
			t.Fatal(err)
		}
		if status := post(t, b.url, id, "verify_totp", map[string]string{"code": totp(secret, time.Now())}); status == http.StatusOK {
			got.TOTP++
		} else {
			t.Errorf("the code of %s is answered %d", account["key"], status)
		}
	}
	return got
}

// The example of the help is true: it does what the help says of it.
func TestHelpExample(t *testing.T) {
	t.Parallel()
	folder, b := t.TempDir(), newBox(t, sandbox.Config{})
	e := mapping.HelpExample()
	for name, text := range map[string]string{"legacy.yaml": e.Mapping, "users.csv": e.Users, "logins.csv": e.Logins} {
		writeFile(t, filepath.Join(folder, name), []byte(text))
		for line := range strings.Lines(text) {
			if !strings.Contains(mapping.Help(), line) {
				t.Errorf("the help does not show %q", line)
			}
		}
	}
	carryover(t, exitProblems, folder, b.env(), "run", "users.csv", "--mapping", "legacy.yaml", "--join", "logins=logins.csv", "--max-rejects", "100%")
	users := b.users(t)
	want := map[string]map[string]any{
		"member-7": {
			"first_name": "Ada", "last_name": "Lovelace", "locale": "fr-FR", "email_addresses": []any{"ada@example.com verified"}, "phone_numbers": []any{},
			"password_hasher": "bcrypt", "created_at": "2021-05-31T08:30:00Z", "public_metadata": map[string]any{"plan": "gold", "visits": json.Number("12")},
		},
		"member-9": {"first_name": "Alan", "locale": "en-GB", "phone_numbers": []any{}, "created_at": "2022-02-02T10:00:00Z"},
	}
	if len(users) != len(want) {
		t.Errorf("%d users, want %d", len(users), len(want))
	}
	for key, members := range want {
		is := plainUser(users[key])
		for name, value := range members {
			if diff := cmp.Diff(value, is[name]); diff != "" {
				t.Errorf("%s of %s (-want +got)\n%s", name, key, diff)
			}
		}
	}
}
