package migrate_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"carryover/migrate"
)

// policy returns one rule for all, and others by name.
func policy(t *testing.T, rule migrate.Rule, others ...string) migrate.Policy {
	t.Helper()
	p := migrate.NewPolicy(rule)
	for i := 0; i < len(others); i += 2 {
		if err := p.Set(others[i], others[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// full is a row that gives something for each kind of property.
func full() *migrate.User {
	u := &migrate.User{}
	u.ExternalID, u.FirstName, u.LastName = ptr("7"), ptr("Ada"), ptr("Lovelace")
	u.PasswordDigest, u.PasswordHasher, u.SignOutOfOtherSessions = ptr(migrate.Secret("digest")), ptr("bcrypt"), ptr(true)
	u.TOTPSecret, u.BackupCodes = ptr(migrate.Secret("TOTP")), []migrate.Secret{"code"}
	u.PublicMetadata = []byte(`{"plan":"pro","team":{"a":1}}`)
	u.DeleteSelfEnabled, u.CreateOrganizationsLimit = ptr(false), ptr[int64](3)
	u.LegalAcceptedAt, u.SkipLegalChecks, u.CreatedAt = ptr("2020-01-01T00:00:00Z"), ptr(true), ptr("2019-01-01T00:00:00Z")
	return u
}

// What an update sends, by policy and by what is in Clerk.
func TestPolicy(t *testing.T) {
	bare := migrate.Account{ID: "user_1", ExternalID: "7", CreatedAt: midnight, DeleteSelfEnabled: ptr(true)}
	rich := migrate.Account{
		ID: "user_1", ExternalID: "7", FirstName: "Grace", LastName: "Hopper", CreatedAt: midnight, LegalAcceptedAt: midnight,
		PasswordEnabled: true, TOTPEnabled: true, BackupCodeEnabled: true, DeleteSelfEnabled: ptr(true), CreateOrganizationsLimit: ptr[int64](1),
		PublicMetadata: []byte(`{"plan":"free","seats":2}`),
	}
	all := []string{
		"backup_codes", "create_organizations_limit", "created_at", "delete_self_enabled", "external_id", "first_name", "last_name",
		"legal_accepted_at", "password_digest", "password_hasher", "public_metadata", "sign_out_of_other_sessions", "skip_legal_checks", "totp_secret",
	}
	tests := []struct {
		name    string
		policy  migrate.Policy
		account migrate.Account
		sent    []string // members of the PATCH
		merge   string   // public metadata that is merged
		left    []string
		state   migrate.State
	}{
		{"overwrite", migrate.Policy{}, rich, all, "", nil, migrate.Pending},
		{"fill, bare", policy(t, migrate.Fill), bare, []string{
			"backup_codes", "create_organizations_limit", "first_name", "last_name", "legal_accepted_at", "password_digest", "password_hasher",
			"sign_out_of_other_sessions", "skip_legal_checks", "totp_secret",
		}, `{"plan":"pro","team":{"a":1}}`, []string{"delete_self_enabled", "created_at"}, migrate.Pending},
		{"fill, rich", policy(t, migrate.Fill), rich, nil, `{"team":{"a":1}}`, []string{
			"first_name", "last_name", "password_digest", "totp_secret", "backup_codes", "public_metadata", "delete_self_enabled",
			"create_organizations_limit", "legal_accepted_at", "created_at",
		}, migrate.Pending},
		{"skip", policy(t, migrate.Never), rich, nil, "", []string{
			"first_name", "last_name", "password_digest", "totp_secret", "backup_codes", "public_metadata", "delete_self_enabled",
			"create_organizations_limit", "legal_accepted_at", "created_at",
		}, migrate.Unchanged},
		{"never one", policy(t, migrate.Overwrite, "password_digest", "never", "legal_accepted_at", "never"), rich, []string{
			"backup_codes", "create_organizations_limit", "created_at", "delete_self_enabled", "external_id", "first_name", "last_name",
			"public_metadata", "totp_secret",
		}, "", []string{"password_digest", "legal_accepted_at"}, migrate.Pending},
		{"skip but one", policy(t, migrate.Never, "first_name", "overwrite"), rich, []string{"first_name"}, "", []string{
			"last_name", "password_digest", "totp_secret", "backup_codes", "public_metadata", "delete_self_enabled",
			"create_organizations_limit", "legal_accepted_at", "created_at",
		}, migrate.Pending},
		{"skip, merge", policy(t, migrate.Never, "public_metadata", "merge"), rich, nil, `{"plan":"pro","team":{"a":1}}`, []string{
			"first_name", "last_name", "password_digest", "totp_secret", "backup_codes", "delete_self_enabled",
			"create_organizations_limit", "legal_accepted_at", "created_at",
		}, migrate.Pending},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var sent migrate.UpdateUserRequest
			plan, api := migrate.Plan{}, &oneUser{account: test.account, took: &sent}
			err := migrate.Preview(t.Context(), migrate.Config{Policy: test.policy, API: api, Users: one(full())},
				func(_ *migrate.User, p migrate.Plan, _ *migrate.Account) { plan = p })
			if err != nil {
				t.Fatal(err)
			}
			summary, err := migrate.Run(t.Context(), migrate.Config{Policy: test.policy, API: api, Ledger: migrate.NewMemoryLedger(), Users: one(full())})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.sent, membersOf(t, sent), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("sent (-want +got):\n%s", diff)
			}
			if got := string(sent.Merge.PublicMetadata); got != test.merge {
				t.Errorf("merged %s, want %s", got, test.merge)
			}
			if diff := cmp.Diff(test.left, plan.Left, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if plan.State != test.state || (summary.Counts[migrate.Unchanged] == 1) != (test.state == migrate.Unchanged) || api.updates > 1 {
				t.Errorf("planned %v, done %v, with %d updates", plan.State, summary.Counts, api.updates)
			}
			var told []string
			for name, n := range summary.Left.All() {
				if n == 1 {
					told = append(told, name)
				}
			}
			if diff := cmp.Diff(test.left, told, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("the run left (-want +got):\n%s", diff)
			}
		})
	}
}

// Merging is what Clerk documents: deep, null takes away, lists are values.
func TestMerge(t *testing.T) {
	tests := []struct{ rule, have, want, patch, to string }{
		{"merge", `{"a":{"b":1,"c":2}}`, `{"a":{"c":3}}`, `{"a":{"c":3}}`, `{"a":{"b":1,"c":3}}`},
		{"merge", `{"a":1,"b":2}`, `{"a":null}`, `{"a":null}`, `{"b":2}`},
		{"merge", `{"b":2}`, `{"a":null}`, "", ""},
		{"merge", `{"a":[1,2]}`, `{"a":[2]}`, `{"a":[2]}`, `{"a":[2]}`},
		{"merge", `{"a":1,"b":2}`, `{"b":2}`, "", ""},
		{"merge", ``, `{"a":12345678901234567890}`, `{"a":12345678901234567890}`, `{"a":12345678901234567890}`},
		{"fill", `{"a":{"b":1}}`, `{"a":{"c":1},"d":2}`, `{"d":2}`, `{"a":{"b":1},"d":2}`},
		{"fill", `{"a":null}`, `{"a":1}`, "", ""},
		{"fill", ``, `{"a":1}`, `{"a":1}`, `{"a":1}`},
		{"fill", `{"a":1}`, `{"a":1.0}`, "", ""},
	}
	for _, test := range tests {
		u := &migrate.User{}
		u.ExternalID, u.PublicMetadata = ptr("7"), []byte(test.want)
		a := &migrate.Account{ID: "user_1", ExternalID: "7", PublicMetadata: []byte(test.have)}
		plan := migrate.Decide(migrate.Upsert, policy(t, migrate.Overwrite, "public_metadata", test.rule), u, a, true)
		if got := string(plan.Merge.PublicMetadata); got != test.patch {
			t.Errorf("%s %s into %s: sent %s, want %s", test.rule, test.want, test.have, got, test.patch)
		}
		changes := migrate.Changes(u, &plan, a)
		if test.patch == "" && len(changes) > 0 || test.patch != "" && (len(changes) != 1 || string(changes[0].To) != test.to) {
			t.Errorf("%s %s into %s: %v, want %s", test.rule, test.want, test.have, changes, test.to)
		}
	}
}

func TestPolicyIsNamed(t *testing.T) {
	for want, p := range map[string]migrate.Policy{
		"overwrite":                       {},
		"fill":                            migrate.NewPolicy(migrate.Fill),
		"never,first_name=overwrite":      policy(t, migrate.Never, "first_name", "overwrite"),
		"overwrite,public_metadata=merge": policy(t, migrate.Overwrite, "public_metadata", "merge"),
		"fill,public_metadata=overwrite":  policy(t, migrate.Fill, "public_metadata", "replace"),
		"overwrite,password_digest=fill":  policy(t, migrate.Overwrite, "password_digest", "fill", "username", "overwrite"),
	} {
		if p.String() != want {
			t.Errorf("%s, want %s", p, want)
		}
	}
	for _, wrong := range []struct {
		name, rule string
		inName     bool
		says       string
	}{
		{"password_hasher", "fill", true, "password_digest"},
		{"email_address", "fill", true, "an update does not change"},
		{"frist_name", "fill", true, "an update does not change"},
		{"first_name", "merge", false, "merged"},
		{"first_name", "skip", false, "overwrite, fill or never"},
		{"public_metadata", "keep", false, "replace, merge, fill or never"},
	} {
		p := migrate.Policy{}
		var e *migrate.PolicyError
		if err := p.Set(wrong.name, wrong.rule); !errors.As(err, &e) || e.InName != wrong.inName || !strings.Contains(e.Message+e.Hint, wrong.says) || p != (migrate.Policy{}) {
			t.Errorf("%s: %s: %v", wrong.name, wrong.rule, err)
		}
	}
}

// Every property of an update has a rule, or goes where another goes.
func TestEveryPropertyHasAPolicy(t *testing.T) {
	request := reflect.TypeFor[migrate.UpdateUserRequest]()
	for _, f := range reflect.VisibleFields(request) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "-" {
			continue
		}
		p := migrate.Policy{}
		var e *migrate.PolicyError
		if err := p.Set(name, "never"); err != nil && (!errors.As(err, &e) || !strings.HasPrefix(e.Hint, "it goes where ")) {
			t.Errorf("%s has no policy, and goes with no other: %v", name, err)
		}
	}
}

var midnight = time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)

// one yields one user.
func one(u *migrate.User) iter.Seq2[*migrate.User, error] {
	u.Row = 1
	return func(yield func(*migrate.User, error) bool) { yield(u, nil) }
}

// membersOf returns the names of what a request sends, sorted.
func membersOf(t *testing.T, request any) []string {
	t.Helper()
	body, err := migrate.Encode(request)
	var members map[string]any
	if err = errors.Join(err, json.Unmarshal(body, &members)); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(members))
}

// A oneUser is an instance with one user, who does not change.
type oneUser struct {
	migrate.API
	account migrate.Account
	took    *migrate.UpdateUserRequest // the last update
	updates int
}

func (o *oneUser) LookUp(context.Context, []string) ([]migrate.Account, error) {
	return []migrate.Account{o.account}, nil
}

func (o *oneUser) UpdateUser(_ context.Context, _ string, req *migrate.UpdateUserRequest) (*migrate.Account, error) {
	*o.took, o.updates = *req, o.updates+1
	return &o.account, nil
}
