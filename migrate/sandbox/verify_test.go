package sandbox_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
)

func (b *box) verify(path, body string) (status int, what string) {
	b.tb.Helper()
	a := b.do("POST", path, body)
	if a.status != 200 {
		return a.status, a.codes(b.tb)[0]
	}
	m := a.object(b.tb)
	if m["verified"] != true {
		b.tb.Errorf("verified: %v", m["verified"])
	}
	kind, _ := m["code_type"].(string)
	return a.status, kind
}

func TestVerifyPassword(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	plain := b.add(`{"username":"plain","password":"violet-otter-42"}`)
	digest := b.add(`{"username":"digest","password_digest":"5f4dcc3b5aa765d61d8327deb882cf99","password_hasher":"md5"}`)
	cognito := b.add(`{"username":"cognito","password_digest":"awscognito#eu-west-1_AbCdEfGhI#1h57kf5cpq17m0eml12EXAMPLE#user","password_hasher":"awscognito"}`)
	none := b.add(`{"username":"none"}`)
	for _, tt := range []struct {
		id, body string
		status   int
		code     string
	}{
		{plain, `{"password":"violet-otter-42"}`, 200, ""},
		{plain, `{"password":"violet-otter-43"}`, 422, "incorrect_password"},
		{digest, `{"password":"password"}`, 200, ""},
		{digest, `{"password":"Password"}`, 422, "incorrect_password"},
		{cognito, `{"password":"anything"}`, 422, "sandbox_cannot_verify"},
		{none, `{"password":""}`, 400, "no_password_set"},
		{"user_nobody", `{"password":"x"}`, 404, "resource_not_found"},
		{plain, `{}`, 422, "form_param_missing password"},
		{plain, `{"password":1}`, 422, "form_param_type_invalid password"},
	} {
		if status, code := b.verify("/v1/users/"+tt.id+"/verify_password", tt.body); status != tt.status || code != tt.code {
			t.Errorf("%s %s: %d %s, want %d %s", tt.id, tt.body, status, code, tt.status, tt.code)
		}
	}
}

// TestVerifyTOTP takes its times and codes from RFC 6238, appendix B: the last
// six digits of the SHA-1 column.
func TestVerifyTOTP(t *testing.T) {
	var now atomic.Int64
	b := startBox(t, sandbox.Config{Now: func() time.Time { return time.Unix(now.Load(), 0) }})
	now.Store(59)
	id := b.add(`{"username":"some-one","totp_secret":"` + totpSecret + `"}`)
	path := "/v1/users/" + id + "/verify_totp"
	for _, tt := range []struct {
		at   int64
		code string
		ok   bool
	}{
		{59, "287082", true}, {1111111109, "081804", true}, {1111111111, "050471", true}, {1234567890, "005924", true},
		{2000000000, "279037", true}, {20000000000, "353130", true},
		{59 + 30, "287082", true}, {59 - 30, "287082", true}, // a clock that is one step off
		{59 + 61, "287082", false}, {59, "94287082", false}, {59, "", false}, {59, "000000", false},
	} {
		now.Store(tt.at)
		status, what := b.verify(path, `{"code":"`+tt.code+`"}`)
		if ok := status == 200; ok != tt.ok || ok && what != "totp" {
			t.Errorf("at %d, %s: %d %s", tt.at, tt.code, status, what)
		}
	}
	none := b.add(`{"username":"none"}`)
	if status, code := b.verify("/v1/users/"+none+"/verify_totp", `{"code":"1"}`); status != 400 || code != "totp_not_enabled" {
		t.Errorf("without TOTP: %d %s", status, code)
	}
	if status, code := b.verify("/v1/users/nobody/verify_totp", `{"code":"1"}`); status != 404 {
		t.Errorf("without a user: %d %s", status, code)
	}
	if status, code := b.verify(path, `{}`); status != 422 || code != "form_param_missing code" {
		t.Errorf("without a code: %d %s", status, code)
	}
}

func TestBackupCodes(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	// The digest is bcrypt's own example (Niels Provos and David Mazières' test
	// vector for the password "U*U").
	id := b.add(`{"username":"some-one","backup_codes":["plain-one","$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW","plain-two"]}`)
	path := "/v1/users/" + id + "/verify_totp"
	for i, tt := range []struct {
		code   string
		status int
		left   int
	}{
		{"plain-two", 200, 2}, {"plain-two", 422, 2}, {"U*U", 200, 1}, {"U*U", 422, 1},
		{"$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", 422, 1}, {"plain-one", 200, 0}, {"plain-one", 400, 0},
	} {
		status, what := b.verify(path, `{"code":"`+tt.code+`"}`)
		if left := len(b.Users()[0].BackupCodesSHA256); status != tt.status || left != tt.left || status == 200 && what != "backup_code" {
			t.Errorf("%d: %d %s, %d codes left; want %d, %d", i, status, what, left, tt.status, tt.left)
		}
	}
	if e := b.Journal(); !e[0].Applied || e[1].Applied {
		t.Error("the journal does not tell the code that was used up from the one that was not")
	}
}

// TestBackupCodeOnce uses a code that takes a while to check, so that the
// requests meet.
func TestBackupCodeOnce(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	path := "/v1/users/" + b.add(`{"username":"some-one","backup_codes":["$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW","other"]}`) + "/verify_totp"
	var used atomic.Int32
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if status, _ := b.verify(path, `{"code":"U*U"}`); status == 200 {
				used.Add(1)
			}
		})
	}
	wg.Wait()
	if used.Load() != 1 || cmp.Diff(1, len(b.Users()[0].BackupCodesSHA256)) != "" {
		t.Errorf("one code opened %d times", used.Load())
	}
}
