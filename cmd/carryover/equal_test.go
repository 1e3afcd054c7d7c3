package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/sandbox"
)

// A fileUser is a row as this test reads it: by the standard library alone, so
// that the program's own reading is not what it is measured by.
type fileUser map[string]any

// readCSV reads what testdata/README.md says a cell may be.
func readCSV(t *testing.T, path string) []fileUser {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var users []fileUser
	for _, record := range records[1:] {
		user := fileUser{}
		for i, cell := range record {
			if name := records[0][i]; cell != "" {
				user[name] = cellValue(t, name, cell)
			}
		}
		users = append(users, user)
	}
	return users
}

func cellValue(t *testing.T, name, cell string) any {
	t.Helper()
	switch name {
	case "email_address", "phone_number", "web3_wallet", "backup_codes", "email_address_identification_status", "phone_number_identification_status":
		if strings.HasPrefix(cell, "[") {
			return decode(t, []byte(cell))
		}
		var list []any
		for _, item := range strings.FieldsFunc(cell, func(r rune) bool { return r == ',' || r == '|' }) {
			list = append(list, item)
		}
		return list
	case "public_metadata", "private_metadata", "unsafe_metadata":
		return decode(t, []byte(cell))
	case "create_organizations_limit":
		return json.Number(cell)
	case "skip_password_checks", "skip_password_requirement", "skip_legal_checks", "delete_self_enabled",
		"create_organization_enabled", "bypass_client_trust", "banned", "locked":
		return strings.Contains("|true|t|1|yes|", "|"+cell+"|")
	default:
		return cell
	}
}

func readJSONL(t *testing.T, path string) []fileUser {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var users []fileUser
	for line := range bytes.Lines(data) {
		user := fileUser(decodeObject(t, line))
		for name, value := range user {
			if value == nil { // null is "not given"
				delete(user, name)
			}
		}
		users = append(users, user)
	}
	return users
}

// decode keeps numbers to the digit.
func decode(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		t.Fatalf("more than one JSON value: %v", err)
	}
	return value
}

func decodeObject(t *testing.T, text []byte) map[string]any {
	t.Helper()
	object, ok := decode(t, text).(map[string]any)
	if !ok {
		t.Fatal("not a JSON object")
	}
	return object
}

func sum(secret any) string {
	text, ok := secret.(string)
	if !ok {
		return ""
	}
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func sums(list any) []any {
	out := []any{}
	items, _ := list.([]any)
	for _, item := range items {
		out = append(out, sum(item))
	}
	return out
}

func millis(t *testing.T, text any) json.Number {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, text.(string))
	if err != nil {
		t.Fatal(err)
	}
	return json.Number(fmt.Sprint(at.UnixMilli()))
}

var pluralOf = map[string]string{"email_address": "email_addresses", "phone_number": "phone_numbers", "web3_wallet": "web3_wallets"}

// wanted is what a user of the instance must hold by the file: the members of
// /sandbox/users that the row has a say in.
func wanted(t *testing.T, row fileUser) map[string]any {
	t.Helper()
	want := map[string]any{}
	for name, value := range row {
		switch name {
		case "password":
			want["password_sha256"] = sum(value)
		case "password_digest":
			want["password_digest_sha256"] = sum(value)
		case "totp_secret":
			want["totp_secret_sha256"] = sum(value)
		case "backup_codes":
			want["backup_codes_sha256"] = sums(value)
		case "created_at", "legal_accepted_at":
			want[name] = millis(t, value)
		case "email_address", "phone_number", "web3_wallet":
			want[pluralOf[name]] = value
		case "email_address_identification_status", "skip_password_checks", "skip_password_requirement", "skip_legal_checks":
			// told by the identifiers' own status, or by nothing that stays
		default:
			want[name] = value
		}
	}
	return want
}

// held is the same of a user of the sandbox.
func held(t *testing.T, user map[string]any, want map[string]any) map[string]any {
	t.Helper()
	got := map[string]any{}
	for name := range want {
		switch name {
		case "email_addresses", "phone_numbers", "web3_wallets":
			got[name] = identifiers(user[name])
		default:
			got[name] = user[name]
		}
	}
	return got
}

// identifiers are the values of a list, which must all be verified: no row of
// the samples asks for anything else.
func identifiers(list any) []any {
	var values []any
	items, _ := list.([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		if object["status"] != "verified" {
			values = append(values, "not verified")
			continue
		}
		values = append(values, object["value"])
	}
	return values
}

// seed puts a user into the instance that has the row's identifiers and
// nothing else right.
func seed(t *testing.T, b *box, row fileUser) {
	t.Helper()
	body := map[string]any{
		"first_name": "Somebody", "last_name": "Else", "locale": "und", "skip_password_requirement": true,
		"public_metadata": map[string]any{"stale": true}, "created_at": "2001-01-01T00:00:00Z",
	}
	for _, name := range []string{"external_id", "email_address", "phone_number", "web3_wallet", "banned", "locked"} {
		if value, ok := row[name]; ok {
			body[name] = value
		}
	}
	if row["email_address"] == nil && row["phone_number"] == nil && row["web3_wallet"] == nil {
		body["username"] = "stale" + row["external_id"].(string)
	}
	if _, err := b.AddUser(encode(t, body)); err != nil {
		t.Fatal(err)
	}
}

// The promise of the whole program: after a run, every user is what the file
// says, field by field, whichever mode and whether it was there before.
func TestUsersEqualTheFile(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"users.csv", "users.jsonl"} {
		for _, c := range []struct {
			mode       string
			there      int // every n-th row is there before; 0 is none
			code       int
			perRow     float64 // requests, roughly; TestRequestsARow is exact
			apiVersion string
		}{
			{"create", 0, exitOK, 1, "2025-11-10"},
			{"create", 2, exitProblems, 1.1, "2025-11-10"}, // those that are there are looked up, to see whose they are
			{"upsert", 0, exitOK, 1.05, "2025-11-10"},
			{"upsert", 2, exitOK, 1.05, "2025-11-10"},
			{"upsert", 2, exitOK, 1.55, "2026-05-12"},
			{"update", 1, exitOK, 1.05, "2025-11-10"},
			{"update", 1, exitOK, 2.05, "2026-05-12"},
			{"update", 2, exitProblems, 0.55, "2025-11-10"},
		} {
			t.Run(fmt.Sprintf("%s/%s/every %d there/%s", file, c.mode, c.there, c.apiVersion), func(t *testing.T) {
				t.Parallel()
				rows := readCSV(t, sample(t, "users.csv"))
				if file == "users.jsonl" {
					rows = readJSONL(t, sample(t, file))
				}
				b := newBox(t, sandbox.Config{})
				for i, row := range rows {
					if c.there > 0 && i%c.there == 0 {
						seed(t, b, row)
					}
				}
				out := carryover(t, c.code, t.TempDir(), b.env(), "run", sample(t, file), "--mode", c.mode, "--api-version", c.apiVersion, "--max-rejects", "100%", "-q")
				compare(t, b, rows, func(i int) bool { // whether the row is in the instance as the file has it
					was := c.there > 0 && i%c.there == 0
					return c.mode == "upsert" || (c.mode == "create") != was
				})
				requests := len(b.Journal()) - b.count(http.MethodGet, "/instance")
				if got := float64(requests) / float64(len(rows)); got > c.perRow {
					t.Errorf("%.3f requests a row, want %v at most\n%s", got, c.perRow, out.stdout)
				}
			})
		}
	}
}

func compare(t *testing.T, b *box, rows []fileUser, carried func(i int) bool) {
	t.Helper()
	users := b.users(t)
	for i, row := range rows {
		id := row["external_id"].(string)
		user := users[id]
		delete(users, id)
		if !carried(i) {
			if user != nil && user["first_name"] != "Somebody" {
				t.Errorf("%s was changed", id)
			}
			continue
		}
		if user == nil {
			t.Errorf("%s is missing", id)
			continue
		}
		want := wanted(t, row)
		if diff := cmp.Diff(want, held(t, user, want)); diff != "" {
			t.Errorf("%s (-file +instance):\n%s", id, diff)
		}
	}
	for id := range users {
		t.Errorf("%q is in the instance and not in the file", id)
	}
}

// Requests a row, for files that are larger than the look-ups' batches.
func TestRequestsARow(t *testing.T) {
	const rows = 1000
	for _, c := range []struct {
		name, mode, version string
		there               bool
		most                int // requests, beside the one for the instance
		writes              [3]int
	}{
		{"create", "create", "2025-11-10", false, 1000, [3]int{rows, 0, 0}},
		{"upsert of new users", "upsert", "2025-11-10", false, 1011, [3]int{rows, 0, 0}},
		{"update by external_id", "update", "2025-11-10", true, 1011, [3]int{0, rows, 0}},
		{"update where metadata goes apart", "update", "2026-05-12", true, 2011, [3]int{0, rows, rows}},
		{"create where metadata goes apart", "create", "2026-05-12", false, 1000, [3]int{rows, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// A look-up that does not fill in time leaves early, as it may where
			// others have the processor. So the least of three counts, and the
			// test is not in parallel with others.
			least := 0
			for range 3 {
				if n := requestsOf(t, c.mode, c.version, c.there, rows, c.writes); least == 0 || n < least {
					least = n
				}
				if least <= c.most || raceDetector {
					return
				}
			}
			t.Errorf("%d requests for %d rows, want %d at most", least, rows, c.most)
		})
	}
}

// requestsOf runs rows users and returns how many requests that took, beside
// the one for the instance. The writes must always be these.
func requestsOf(t *testing.T, mode, version string, there bool, rows int, writes [3]int) int {
	t.Helper()
	folder := t.TempDir()
	file := writeFile(t, filepath.Join(folder, "users.csv"), newUsers(rows))
	b := newBox(t, sandbox.Config{})
	if there {
		for _, row := range readCSV(t, file) {
			seed(t, b, row)
		}
	}
	carryover(t, exitOK, folder, b.env(), "run", file, "--mode", mode, "--api-version", version, "-q", "--rate-limit", "10000/10s")
	got := [3]int{
		b.count(http.MethodPost, "/users"), b.count(http.MethodPatch, "/users/{user_id}"),
		b.count(http.MethodPut, "/users/{user_id}/metadata"),
	}
	if got != writes {
		t.Errorf("POST, PATCH, PUT: %v, want %v", got, writes)
	}
	return len(b.Journal()) - b.count(http.MethodGet, "/instance")
}
