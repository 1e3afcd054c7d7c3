package mapping_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate/mapping"
)

const secretMapping = `
about: a test
input:
  optional: [pw, salt, uid, plan, seed]
let:
  joined: concat(salt, pw)
drop:
  - when: pw == null
    reason: nobody can sign in
fields:
  external_id: uid
  password_digest:
    value: concat(uid, joined)
  password_hasher: "'md5'"
  totp_secret: seed
  first_name: plan
`

// A masked secret is refused before anything is made of it, also where it would
// be only a part of a digest, and a rule does not drop its row for it.
func TestMaskedSecretsAreRefused(t *testing.T) {
	mappedCase{
		name: "masked", mapping: secretMapping, content: "uid,pw,salt,plan,seed\n1,***,x,***,\n2,a,***,,***\n3,,,,\n4,****,x,,\n",
		want: []string{
			"external_id=1; first_name=***; password_hasher=md5; !error masked_secret password_digest",
			"external_id=2; password_hasher=md5; !error masked_secret password_digest; !error masked_secret totp_secret",
			"external_id=3; !dropped mapping_drop",
			"external_id=4; password_digest=4x****; password_hasher=md5",
		},
	}.run(t)
}

// What secrets are made of is secret, ids are not.
func TestSecrets(t *testing.T) {
	m, err := mapping.Read("test.yaml", secretMapping)
	if err != nil {
		t.Fatal(err)
	}
	mapper, err := m.Open(t.Context(), mapping.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"pw", "salt", "seed"}, slices.Sorted(slices.Values(mapper.Secrets()))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
