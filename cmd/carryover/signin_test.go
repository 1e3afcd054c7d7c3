package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carryover/migrate/sandbox"
)

// A rehearsal ends with somebody signing in: every user whose password is
// known, of every hasher, and a user with a second factor.
func TestUsersSignInAfterARehearsal(t *testing.T) {
	t.Parallel()
	box := newBox(t, sandbox.Config{})
	data, err := filepath.Abs(filepath.Join("..", "..", "testdata"))
	if err != nil {
		t.Fatal(err)
	}
	out := carryover(t, exitOK, t.TempDir(), box.env(), "run", filepath.Join(data, "users.csv"))
	if !strings.Contains(out.stdout, "every row is in a good end state") {
		t.Fatal(out.stdout)
	}
	ids := map[string]string{}
	for _, u := range box.Users() {
		ids[*u.ExternalID] = u.ID
	}
	for _, account := range records(t, filepath.Join(data, "accounts.csv")) {
		id := ids[account["key"]]
		if status := post(t, box.url, id, "verify_password", map[string]string{"password": account["password"]}); status != http.StatusOK {
			t.Errorf("%s cannot sign in: %d", account["key"], status)
		}
		if status := post(t, box.url, id, "verify_password", map[string]string{"password": account["password"] + "x"}); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a wrong password is answered %d", account["key"], status)
		}
	}
	verified := 0
	for _, row := range records(t, filepath.Join(data, "users.csv")) {
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(row["totp_secret"])
		if err != nil || len(secret) == 0 {
			continue
		}
		if status := post(t, box.url, ids[row["external_id"]], "verify_totp", map[string]string{"code": totp(secret, time.Now())}); status != http.StatusOK {
			t.Errorf("the code of %s is answered %d", row["external_id"], status)
		}
		verified++
	}
	if verified < 20 {
		t.Errorf("%d users with a second factor, want at least 20", verified)
	}
}

// A digest that was rewritten on request still opens with the same password.
func TestRewrittenDigestSignsIn(t *testing.T) {
	t.Parallel()
	box := newBox(t, sandbox.Config{})
	file := filepath.Join(t.TempDir(), "phpbb.csv")
	const rows = "external_id,email_address,password_digest\nu1,ada@example.com,$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0\n"
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	carryover(t, exitOK, t.TempDir(), box.env(), "run", file, "--rewrite-digests", "phpbb")
	id := box.Users()[0].ID
	if status := post(t, box.url, id, "verify_password", map[string]string{"password": "test12345"}); status != http.StatusOK {
		t.Errorf("the password is answered %d", status)
	}
}

// totp is the code of RFC 6238 with SHA-1, 6 digits and 30 seconds.
func totp(secret []byte, at time.Time) string {
	mac := hmac.New(sha1.New, secret)
	_ = binary.Write(mac, binary.BigEndian, at.Unix()/30)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[offset:])&0x7fffffff%1_000_000)
}

// records reads a CSV file by its header.
func records(t *testing.T, path string) []map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	all, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]map[string]string, 0, len(all)-1)
	for _, record := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// post asks about a user and returns the status.
func post(t *testing.T, url, userID, question string, body any) int {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/users/"+userID+"/"+question, bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testKey)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode
}
