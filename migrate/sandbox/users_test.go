package sandbox_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"carryover/migrate/sandbox"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const (
	bcryptDigest = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
	totpSecret   = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	fullUser     = `{
		"external_id":"legacy-1","first_name":"Ada","last_name":"Park","locale":"en-GB","username":"Ada_P",
		"email_address":["ada@Example.com","second@example.com"],"email_address_identification_status":["verified","reserved"],
		"phone_number":["+15555550100"],"web3_wallet":["0x52908400098527886E0F7030069857D2E4169EE7"],
		"password_digest":"` + bcryptDigest + `","password_hasher":"bcrypt",
		"totp_secret":"` + totpSecret + `","backup_codes":["code-one","code-two"],
		"public_metadata":{"n":12345678901234567890,"f":1.10},"private_metadata":{"a":"<b>"},"unsafe_metadata":{},
		"delete_self_enabled":false,"create_organization_enabled":false,"create_organizations_limit":3,
		"legal_accepted_at":"2020-01-02T03:04:05.678Z","created_at":"2019-03-04T05:06:07+02:00","skip_legal_checks":true,
		"skip_restriction_checks":true,"skip_password_requirement":true,"skip_user_requirement":true,
		"bypass_client_trust":true,"banned":true,"locked":true}`
)

func sha(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

func TestCreateKeepsEveryProperty(t *testing.T) {
	b := startBox(t, sandbox.Config{Seed: 7})
	created := b.user("POST", "/v1/users", fullUser)

	want := sandbox.User{
		ExternalID: new("legacy-1"), FirstName: new("Ada"), LastName: new("Park"), Locale: new("en-GB"), Username: new("Ada_P"),
		EmailAddresses: []sandbox.Identifier{{Value: "ada@Example.com", Status: "verified"}, {Value: "second@example.com", Status: "reserved"}},
		PhoneNumbers:   []sandbox.Identifier{{Value: "+15555550100", Status: "verified"}},
		Web3Wallets:    []sandbox.Identifier{{Value: "0x52908400098527886E0F7030069857D2E4169EE7", Status: "verified"}},
		PasswordHasher: "bcrypt", PasswordDigestSHA256: sha(bcryptDigest),
		TOTPSecretSHA256: sha(totpSecret), BackupCodesSHA256: []string{sha("code-one"), sha("code-two")},
		PublicMetadata:  []byte(`{"n":12345678901234567890,"f":1.10}`),
		PrivateMetadata: []byte(`{"a":"<b>"}`), UnsafeMetadata: []byte(`{}`),
		CreateOrganizationsLimit: new(int64(3)), BypassClientTrust: true, Banned: true, Locked: true,
		LegalAcceptedAt: new(int64(1577934245678)), CreatedAt: 1551668767000,
	}
	ignore := cmp.Options{
		cmpopts.IgnoreFields(sandbox.User{}, "ID", "UpdatedAt", "PrimaryEmailAddressID", "PrimaryPhoneNumberID", "PrimaryWeb3WalletID"),
		cmpopts.IgnoreFields(sandbox.Identifier{}, "ID"),
	}
	users := b.Users()
	if diff := cmp.Diff([]sandbox.User{want}, users, ignore); diff != "" {
		t.Fatalf("stored user (-want +got):\n%s", diff)
	}
	u := users[0]
	if !strings.HasPrefix(u.ID, "user_") || len(u.ID) != 32 || created["id"] != u.ID {
		t.Errorf("id %q, answered %v", u.ID, created["id"])
	}
	if u.PrimaryEmailAddressID != u.EmailAddresses[0].ID || !strings.HasPrefix(u.EmailAddresses[0].ID, "idn_") {
		t.Errorf("primary e-mail %q of %+v", u.PrimaryEmailAddressID, u.EmailAddresses)
	}

	emails := created["email_addresses"].([]any)
	first, second := emails[0].(map[string]any), emails[1].(map[string]any)
	if first["verification"].(map[string]any)["status"] != "verified" || first["reserved"] != false {
		t.Errorf("verified address: %v", first)
	}
	if second["verification"] != nil || second["reserved"] != true {
		t.Errorf("reserved address: %v", second)
	}
	for member, want := range map[string]any{
		"password_enabled": true, "totp_enabled": true, "two_factor_enabled": true, "backup_code_enabled": true,
		"created_at": json.Number("1551668767000"), "legal_accepted_at": json.Number("1577934245678"),
		"banned": true, "locked": true, "create_organizations_limit": json.Number("3"), "external_id": "legacy-1",
	} {
		if created[member] != want {
			t.Errorf("answer: %s = %v, want %v", member, created[member], want)
		}
	}
}

func TestNoSecretLeaves(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	body := strings.Replace(fullUser, `"code-one"`, `"canary-code"`, 1)
	a := b.do("POST", "/v1/users", body)
	id := a.object(t)["id"].(string)
	b.user("PATCH", "/v1/users/"+id, `{"password":"canary-password"}`)
	var all strings.Builder
	all.Write(a.body)
	for _, path := range []string{"/v1/users/" + id, "/v1/users", "/sandbox/users", "/sandbox/journal", "/sandbox/stats"} {
		all.Write(b.do("GET", path, "").body)
	}
	for _, bad := range []string{
		`{"password":"canary-password","password_digest":"canary-digest","password_hasher":"canary-hasher"}`,
		`{"password":["canary-password"],"totp_secret":"canary-totp!","backup_codes":["$2canary"]}`,
		`{"password":"canary`,
	} {
		all.Write(b.do("POST", "/v1/users", bad).body)
		if _, err := b.AddUser([]byte(bad)); err == nil {
			t.Errorf("AddUser took %s", bad)
		} else {
			all.WriteString(err.Error())
		}
	}
	for _, secret := range []string{"canary", bcryptDigest, totpSecret, "code-two", testKey} {
		if strings.Contains(all.String(), secret) {
			t.Errorf("an answer holds %q", secret)
		}
	}
}

func TestUpdate(t *testing.T) {
	b := startBox(t, sandbox.Config{UserLimit: -1})
	id := b.add(fullUser)
	path := "/v1/users/" + id
	before := b.Users()[0]

	t.Run("changes what is given and nothing else", func(t *testing.T) {
		b.user("PATCH", path, `{"first_name":"Grace","public_metadata":{"x":1}}`)
		want := before
		want.FirstName, want.PublicMetadata = new("Grace"), []byte(`{"x":1}`)
		if diff := cmp.Diff(want, b.Users()[0], cmpopts.IgnoreFields(sandbox.User{}, "UpdatedAt")); diff != "" {
			t.Errorf("after the update (-want +got):\n%s", diff)
		}
	})
	t.Run("null and the empty string", func(t *testing.T) {
		b.user("PATCH", path, `{"first_name":null,"last_name":"","username":"","external_id":null,"delete_self_enabled":null,"created_at":null}`)
		b.user("PATCH", path, `{"create_organizations_limit":3,"legal_accepted_at":"2026-01-02T03:04:05Z"}`)
		b.user("PATCH", path, `{"create_organizations_limit":null,"legal_accepted_at":null}`)
		u := b.Users()[0]
		if u.CreateOrganizationsLimit != nil || u.LegalAcceptedAt != nil {
			t.Errorf("limit and consent after null: %+v", u)
		}
		if u.FirstName != nil || u.LastName == nil || *u.LastName != "" || u.Username != nil || u.ExternalID != nil {
			t.Errorf("names after null: %+v", u)
		}
		if u.DeleteSelfEnabled || u.CreatedAt != before.CreatedAt {
			t.Error("null changed what it should leave alone")
		}
	})
	t.Run("a password takes the place of a digest", func(t *testing.T) {
		b.user("PATCH", path, `{"password":"violet-otter-42","sign_out_of_other_sessions":true}`)
		u := b.Users()[0]
		if u.PasswordSHA256 != sha("violet-otter-42") || u.PasswordDigestSHA256 != "" || u.PasswordHasher != "" {
			t.Errorf("password %q, digest %q, hasher %q", u.PasswordSHA256, u.PasswordDigestSHA256, u.PasswordHasher)
		}
	})
	t.Run("primary must be verified and the user's own", func(t *testing.T) {
		a := b.do("PATCH", path, `{"primary_email_address_id":"`+before.EmailAddresses[1].ID+`"}`)
		if a.status != 422 {
			t.Errorf("reserved address as primary: %d", a.status)
		}
		if a := b.do("PATCH", path, `{"primary_phone_number_id":"idn_other"}`); a.status != 422 {
			t.Errorf("a stranger's phone as primary: %d", a.status)
		}
		added := b.user("POST", "/v1/email_addresses", `{"user_id":"`+id+`","email_address":"third@example.com","verified":true}`)
		b.user("PATCH", path, `{"primary_email_address_id":"`+added["id"].(string)+`"}`)
		if got := b.Users()[0].PrimaryEmailAddressID; got != added["id"] {
			t.Errorf("primary %q, want %v", got, added["id"])
		}
	})
	t.Run("the last identifier cannot be removed", func(t *testing.T) {
		id := b.add(`{"username":"only-name"}`)
		if a := b.do("PATCH", "/v1/users/"+id, `{"username":null}`); a.status != 422 {
			t.Errorf("status %d", a.status)
		}
	})
	t.Run("no such user", func(t *testing.T) {
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			a := b.do(method, "/v1/users/user_nobody", `{}`)
			if diff := cmp.Diff([]string{"resource_not_found"}, a.codes(t)); a.status != 404 || diff != "" {
				t.Errorf("%s: %d %s", method, a.status, diff)
			}
		}
	})
}

func TestMetadata(t *testing.T) {
	for _, tt := range []struct{ name, method, before, change, want string }{
		{"merge goes deep", "PATCH", `{"a":{"x":1,"y":2},"b":1}`, `{"a":{"y":3,"z":4}}`, `{"a":{"x":1,"y":3,"z":4},"b":1}`},
		{"merge removes by null", "PATCH", `{"a":{"x":1,"y":2},"b":1}`, `{"a":{"x":null},"b":null}`, `{"a":{"y":2}}`},
		{"merge keeps no null of its own", "PATCH", `{}`, `{"a":{"x":null,"y":[null]}}`, `{"a":{"y":[null]}}`},
		{"merge replaces what is no object", "PATCH", `{"a":[1,2],"b":{"c":1}}`, `{"a":{"k":1},"b":7}`, `{"a":{"k":1},"b":7}`},
		{"merge keeps digits", "PATCH", `{"n":12345678901234567890.10}`, `{"m":1e2}`, `{"m":1e2,"n":12345678901234567890.10}`},
		{"replace", "PUT", `{"a":1}`, `{"b":2}`, `{"b":2}`},
		{"replace by nothing", "PUT", `{"a":1}`, `{}`, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := startBox(t, sandbox.Config{})
			id := b.add(`{"username":"some-one","public_metadata":` + tt.before + `,"private_metadata":{"keep":1}}`)
			b.user(tt.method, "/v1/users/"+id+"/metadata", `{"public_metadata":`+tt.change+`}`)
			u := b.Users()[0]
			if got := string(u.PublicMetadata); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if string(u.PrivateMetadata) != `{"keep":1}` {
				t.Errorf("private metadata: %s", u.PrivateMetadata)
			}
		})
	}
	t.Run("a merge cannot outgrow the limit", func(t *testing.T) {
		b := startBox(t, sandbox.Config{})
		half := strings.Repeat("x", 5000)
		id := b.add(`{"username":"some-one","public_metadata":{"a":"` + half + `"}}`)
		a := b.do("PATCH", "/v1/users/"+id+"/metadata", `{"public_metadata":{"b":"`+half+`"}}`)
		if diff := cmp.Diff([]string{"form_param_exceeds_allowed_size public_metadata"}, a.codes(t)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestUniqueness(t *testing.T) {
	b := startBox(t, sandbox.Config{UserLimit: -1})
	first := b.add(fullUser)
	other := b.add(`{"username":"other"}`)
	for _, tt := range []struct{ body, code string }{
		{`{"username":"xxxx","external_id":"legacy-1"}`, "form_identifier_exists external_id"},
		{`{"username":"ADA_p"}`, "form_identifier_exists username"},
		{`{"email_address":["new@example.com","ADA@example.COM"]}`, "form_identifier_exists email_address"},
		{`{"phone_number":["+15555550100"]}`, "form_identifier_exists phone_number"},
		{`{"web3_wallet":["0x52908400098527886e0f7030069857d2e4169ee7"]}`, "form_identifier_exists web3_wallet"},
	} {
		a := b.do("POST", "/v1/users", tt.body)
		if diff := cmp.Diff([]string{tt.code}, a.codes(t)); a.status != 422 || diff != "" {
			t.Errorf("%s: %d %s", tt.body, a.status, diff)
		}
	}
	if a := b.do("PATCH", "/v1/users/"+other, `{"external_id":"legacy-1"}`); a.status != 422 {
		t.Errorf("update to a taken external_id: %d", a.status)
	}
	b.user("PATCH", "/v1/users/"+first, `{"external_id":"legacy-1","username":"ada_p"}`) // its own
	b.user("PATCH", "/v1/users/"+first, `{"external_id":"legacy-2"}`)
	b.user("PATCH", "/v1/users/"+other, `{"external_id":"legacy-1"}`) // free again
	if a := b.do("DELETE", "/v1/users/"+first, ""); a.status != 200 || a.object(t)["deleted"] != true {
		t.Errorf("delete: %d %s", a.status, a.body)
	}
	b.user("POST", "/v1/users", strings.Replace(fullUser, "legacy-1", "legacy-2", 1)) // all free again
}

// TestRace creates the same users from many goroutines: one of each must come
// into being.
func TestRace(t *testing.T) {
	b := startBox(t, sandbox.Config{UserLimit: -1})
	const users, tries = 20, 5
	var wg sync.WaitGroup
	for i := range users * tries {
		wg.Go(func() {
			_, _ = b.AddUser(fmt.Appendf(nil, `{"external_id":"e%d","email_address":["e%d@example.com"]}`, i%users, i%users))
		})
	}
	wg.Wait()
	list := b.Users()
	if len(list) != users {
		t.Fatalf("%d users, want %d", len(list), users)
	}
}

// TestNoLostUpdate merges into the same metadata from several goroutines. There
// is much of it, so that the merges take long enough to meet.
func TestNoLostUpdate(t *testing.T) {
	box := newBox(t, sandbox.Config{UserLimit: -1})
	ballast := `{"x":0` + strings.Repeat(`,"%d":0`, 500) + `}`
	numbers := make([]any, 500)
	for i := range numbers {
		numbers[i] = i
	}
	id, err := box.AddUser(fmt.Appendf(nil, `{"username":"some-one","public_metadata":`+ballast+`}`, numbers...))
	if err != nil {
		t.Fatal(err)
	}
	const workers, merges = 4, 25
	var wg sync.WaitGroup
	for i := range workers {
		wg.Go(func() {
			for j := range merges {
				body := fmt.Sprintf(`{"public_metadata":{"k%d-%d":1}}`, i, j)
				if w := send(box, "PATCH", "/v1/users/"+id+"/metadata", body); w.Code != 200 {
					t.Errorf("status %d", w.Code)
				}
			}
		})
	}
	wg.Wait()
	var got map[string]int
	if err := json.Unmarshal(box.Users()[0].PublicMetadata, &got); err != nil || len(got) != 501+workers*merges {
		t.Errorf("%d members after the merges, want %d, error %v", len(got), 501+workers*merges, err)
	}
}

func TestQuota(t *testing.T) {
	b := startBox(t, sandbox.Config{MaxUsers: 1})
	b.add(`{"username":"first"}`)
	a := b.do("POST", "/v1/users", `{"username":"second"}`)
	if diff := cmp.Diff([]string{"user_quota_exceeded"}, a.codes(t)); a.status != http.StatusForbidden || diff != "" {
		t.Errorf("%d %s", a.status, diff)
	}
}

func TestSnapshotsAreCopies(t *testing.T) {
	b := startBox(t, sandbox.Config{})
	b.user("POST", "/v1/users", fullUser)
	b.Journal()[0].Keys[0] = "changed"
	if got := b.Journal()[0].Keys[0]; got != "backup_codes" {
		t.Errorf("a change of the copy reached the journal: %q", got)
	}
	u := b.Users()[0]
	*u.ExternalID, u.EmailAddresses[0].Value, u.PublicMetadata[1], u.BackupCodesSHA256[0] = "changed", "changed", 'X', "changed"
	if got := b.Users()[0]; *got.ExternalID != "legacy-1" || got.EmailAddresses[0].Value != "ada@Example.com" || got.PublicMetadata[1] != '"' {
		t.Errorf("a change of the snapshot reached the sandbox: %+v", got)
	}
}

func TestResetForgets(t *testing.T) {
	b := startBox(t, sandbox.Config{Limit: 1, Window: time.Hour})
	b.user("POST", "/v1/users", fullUser)
	if a := b.do("POST", "/sandbox/reset", ""); a.status != http.StatusNoContent {
		t.Fatalf("reset: %d", a.status)
	}
	if n := len(b.Users()) + len(b.Journal()); n != 0 {
		t.Errorf("%d users and entries after the reset", n)
	}
	b.user("POST", "/v1/users", fullUser)
}
