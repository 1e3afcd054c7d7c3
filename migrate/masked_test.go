package migrate_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// A row that was given back with masked secrets is refused: no mask becomes a
// password, a digest or a code.
func TestMaskedSecretsAreRefused(t *testing.T) {
	u, problems := migrate.ParseUser(row(t, "external_id", "a", "email_address", "a@example.com", "password", migrate.Masked,
		"password_digest", migrate.Masked, "password_hasher", "bcrypt", "totp_secret", migrate.Masked, "backup_codes", migrate.Masked), rules)
	want := []string{
		"error masked_secret password", "error masked_secret password_digest", "error masked_secret totp_secret", "error masked_secret backup_codes",
	}
	if diff := cmp.Diff(want, found(problems)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if u.Password != nil || u.PasswordDigest != nil || u.TOTPSecret != nil || u.BackupCodes != nil {
		t.Error("the user has a masked secret")
	}
	_, problems = migrate.ParseUser(row(t, "external_id", "a", "email_address", "a@example.com", "first_name", migrate.Masked, "backup_codes", "***|abcdefgh"), rules)
	if len(problems) > 0 {
		t.Errorf("what is no secret: %v", found(problems))
	}
}

// Every code can be explained, in words without a full stop.
func TestExplain(t *testing.T) {
	for _, code := range []string{"email_invalid", "form_identifier_exists", "form_password_not_strong_enough", "http_400", "some_new_code", ""} {
		text := migrate.Explain(code)
		meaning, fix, two := strings.Cut(text, "; ")
		if !two || meaning == "" || fix == "" || strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q", code, text)
		}
	}
	if !strings.Contains(migrate.Explain("http_418"), "trace id") {
		t.Error("nothing tells what else may be known of the row")
	}
}
