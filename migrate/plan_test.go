package migrate_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

func TestDecide(t *testing.T) {
	byExternalID := &migrate.User{}
	byExternalID.ExternalID, byExternalID.Username, byExternalID.FirstName = ptr("7"), ptr("ada"), ptr("Ada")
	byUserID := &migrate.User{UserID: "user_1"}
	bare := &migrate.User{}
	bare.ExternalID = ptr("7")
	same := &migrate.Account{ID: "user_9", ExternalID: "7", Username: "Ada", FirstName: "Ada"}
	other := &migrate.Account{ID: "user_9", ExternalID: "7", Username: "ada", FirstName: "Grace"}
	tests := []struct {
		name  string
		mode  migrate.Mode
		user  *migrate.User
		found *migrate.Account
		want  migrate.Plan
	}{
		{"upsert, absent", migrate.Upsert, byExternalID, nil, migrate.Plan{Action: migrate.Create, PreAbsent: true}},
		{"upsert, different", migrate.Upsert, byExternalID, other, migrate.Plan{Action: migrate.Update, UserID: "user_9", Differences: []string{"first_name"}}},
		{"upsert, equal", migrate.Upsert, byExternalID, same, migrate.Plan{State: migrate.Unchanged, UserID: "user_9"}},
		{"upsert, by user id, not looked up", migrate.Upsert, byUserID, nil, migrate.Plan{Action: migrate.Update, UserID: "user_1"}},
		{"upsert, absent and nothing to sign in with", migrate.Upsert, bare, nil, migrate.Plan{State: migrate.Rejected, Code: "no_identifier", Field: "email_address"}},
		{"create, there", migrate.CreateOnlyMode, byExternalID, same, migrate.Plan{State: migrate.Conflict, Code: "user_exists", Field: "external_id", UserID: "user_9"}},
		{"update, absent", migrate.UpdateOnlyMode, byExternalID, nil, migrate.Plan{State: migrate.Rejected, Code: "user_missing", Field: "external_id"}},
		{"update, different", migrate.UpdateOnlyMode, bare, other, migrate.Plan{State: migrate.Unchanged, UserID: "user_9"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, migrate.Decide(test.mode, migrate.Policy{}, test.user, test.found, test.user != byUserID)); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDifferences(t *testing.T) {
	at := time.Date(2020, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	account := &migrate.Account{
		ExternalID: "7", FirstName: "Ada", Username: "ada", CreatedAt: at,
		PublicMetadata: []byte(`{"a":1,"b":[1,2]}`), DeleteSelfEnabled: ptr(true), CreateOrganizationsLimit: ptr[int64](3),
	}
	tests := []struct {
		name string
		set  func(*migrate.User)
		want []string
	}{
		{"nothing", func(*migrate.User) {}, nil},
		{"case of the username", func(u *migrate.User) { u.Username = ptr("ADA") }, nil},
		{"empty is not absent", func(u *migrate.User) { u.FirstName = ptr("") }, []string{"first_name"}},
		{"order of members", func(u *migrate.User) { u.PublicMetadata = []byte(`{ "b": [1, 2], "a": 1 }`) }, nil},
		{"order of a list", func(u *migrate.User) { u.PublicMetadata = []byte(`{"b":[2,1],"a":1}`) }, []string{"public_metadata"}},
		{"empty metadata", func(u *migrate.User) { u.UnsafeMetadata = []byte(`{}`) }, nil},
		{"another zone", func(u *migrate.User) { u.CreatedAt = ptr("2020-02-03T05:05:06.007+01:00") }, nil},
		{"another time", func(u *migrate.User) { u.CreatedAt = ptr("2020-02-03T05:05:06.008+01:00") }, []string{"created_at"}},
		{"switches", func(u *migrate.User) { u.DeleteSelfEnabled = ptr(false); u.CreateOrganizationsLimit = ptr[int64](3) }, []string{"delete_self_enabled"}},
		{"what is not shown", func(u *migrate.User) { u.BypassClientTrust = ptr(true) }, []string{"bypass_client_trust"}},
		{"secrets", func(u *migrate.User) {
			u.PasswordDigest = ptr(migrate.Secret("x"))
			u.BackupCodes = []migrate.Secret{"y"}
		}, []string{"password_digest", "backup_codes"}},
	}
	for _, test := range tests {
		u := &migrate.User{}
		test.set(u)
		if diff := cmp.Diff(test.want, migrate.Differences(u, account)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestReconcile(t *testing.T) {
	u := &migrate.User{}
	u.ExternalID, u.FirstName, u.PasswordDigest = ptr("7"), ptr("Ada"), ptr(migrate.Secret("x"))
	u.EmailAddress = []string{"Ada@example.com"}
	made := migrate.Account{ID: "user_1", ExternalID: "7", FirstName: "Ada", PasswordEnabled: true, EmailAddresses: []migrate.Identifier{{Value: "ada@example.com"}}}
	without := made
	without.PasswordEnabled = false
	tests := []struct {
		name                  string
		found                 *migrate.Account
		preAbsent, sentBefore bool
		want                  migrate.Verdict
	}{
		{"absent", nil, true, true, migrate.Absent},
		{"absent before the create", &without, true, false, migrate.Ours},
		{"sent before, and what it makes", &made, false, true, migrate.Ours},
		{"sent before, but not what it makes", &without, false, true, migrate.Foreign},
		{"never sent", &made, false, false, migrate.Foreign},
	}
	for _, test := range tests {
		if got := migrate.Reconcile(u, test.found, test.preAbsent, test.sentBefore); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "correct horse battery"
	s := migrate.Secret(value)
	u := &migrate.User{}
	u.Password, u.BackupCodes = &s, []migrate.Secret{s}
	body, err := json.Marshal(u)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "secret", s, "user", u)
	texts := []string{string(body), log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		texts = append(texts, fmt.Sprintf(verb, s), fmt.Sprintf(verb, []migrate.Secret{s}), fmt.Sprintf(verb, u.CreateRequest().BackupCodes))
	}
	if slices.ContainsFunc(texts, func(text string) bool {
		return strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value))
	}) {
		t.Errorf("a secret was printed: %q", texts)
	}
	if sent, err := migrate.Encode(u.CreateRequest()); err != nil || strings.Count(string(sent), value) != 2 {
		t.Errorf("a request must hold it: %s, %v", sent, err)
	}
}

func TestHashKey(t *testing.T) {
	user := func(metadata string) *migrate.User {
		u := &migrate.User{Row: 1}
		u.FirstName, u.PublicMetadata = ptr("Ada"), []byte(metadata)
		return u
	}
	key := migrate.HashKey{1}
	hash := func(k migrate.HashKey, u *migrate.User) [16]byte {
		h, err := k.Hash(u)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	base := hash(key, user(`{"a":1,"b":9007199254740993}`))
	if hash(key, user(`{ "b":9007199254740993, "a":1 }`)) != base {
		t.Error("the order of members counts")
	}
	if hash(key, user(`{"a":1,"b":9007199254740992}`)) == base {
		t.Error("large integers are mixed up")
	}
	if hash(migrate.HashKey{2}, user(`{"a":1,"b":9007199254740993}`)) == base {
		t.Error("the key does not count")
	}
	one, err := key.GeneratedID(user("{}"))
	other := user("{}")
	other.Row = 2
	two, err2 := key.GeneratedID(other)
	again, err3 := key.GeneratedID(user("{}"))
	if err != nil || err2 != nil || err3 != nil || one == two || one != again || !strings.HasPrefix(one, "carryover_") {
		t.Errorf("generated ids %q, %q, %q", one, two, again)
	}
}
