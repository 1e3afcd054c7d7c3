package hashers_test

import (
	"errors"
	"strings"
	"testing"

	"carryover/hashers"
)

// spoil changes the example digest of a hasher in one place.
func spoil(t *testing.T, hasher, from, to string) string {
	t.Helper()
	digest := example(hasher)
	spoilt := strings.Replace(digest, from, to, 1)
	if spoilt == digest {
		t.Fatalf("the example of %s does not hold %q", hasher, from)
	}
	return spoilt
}

// refused fails the test unless the digest is invalid for the reason given, and Verify refuses it too.
func refused(t *testing.T, hasher, digest, code string) {
	t.Helper()
	v := hashers.Check(hasher, digest)
	if v.Status != hashers.Invalid || v.Code != code {
		t.Errorf("%s %.60q: %v %s (%s: %s), want invalid %s", hasher, digest, v.Status, v.Code, v.Part, v.Why, code)
		return
	}
	if err := complete(v); err != nil {
		t.Errorf("%s %.60q: %v", hasher, digest, err)
	}
	if _, err := hashers.Verify(hasher, digest, "password"); !errors.Is(err, hashers.ErrInvalidDigest) {
		t.Errorf("%s %.60q: Verify gives %v, want ErrInvalidDigest", hasher, digest, err)
	}
}

func TestBadForEveryHasher(t *testing.T) {
	for _, info := range hashers.All() {
		digest := info.Example
		half := len(digest) / 2
		inside := func(s string) string { return digest[:half] + s + digest[half:] }
		for _, bad := range []struct{ digest, code string }{
			{"", "digest_empty"},
			{inside(" "), "digest_whitespace"},
			{inside("\t"), "digest_whitespace"},
			{inside("\n"), "digest_whitespace"},
			{inside("\r\n"), "digest_whitespace"},
			{inside("\u00a0"), "digest_whitespace"},
			{inside("\u2003"), "digest_whitespace"},
			{inside("\u200b"), "digest_whitespace"},
			{"\ufeff" + digest, "digest_whitespace"},
			{digest + " ", "digest_whitespace"},
			{inside("\x00"), "digest_alphabet"},
			{inside("\x7f"), "digest_alphabet"},
			{inside("\u0085"), "digest_whitespace"},
			{inside("\u009b"), "digest_alphabet"},
			{inside("\xff"), "digest_alphabet"},
			{digest + strings.Repeat("A", 4096), "digest_length"},
		} {
			refused(t, info.Name, bad.digest, bad.code)
		}
	}
}

func TestBadBcrypt(t *testing.T) {
	core := example("bcrypt")
	for _, bad := range []struct{ digest, code string }{
		{strings.TrimPrefix(core, "$"), "digest_prefix"},
		{spoil(t, "bcrypt", "$2b$", "$2c$"), "digest_prefix"},
		{spoil(t, "bcrypt", "$2b$", "$2B$"), "digest_prefix"},
		{spoil(t, "bcrypt", "$2b$", "$1$"), "digest_prefix"},
		{spoil(t, "bcrypt", "$2b$", "$wp$2b$"), "digest_prefix"},
		{spoil(t, "bcrypt", "$10$", "$16$"), "digest_cost"},
		{spoil(t, "bcrypt", "$10$", "$31$"), "digest_cost"},
		{spoil(t, "bcrypt", "$10$", "$03$"), "digest_cost"},
		{spoil(t, "bcrypt", "$10$", "$8$"), "digest_cost"},
		{spoil(t, "bcrypt", "$10$", "$1x$"), "digest_cost"},
		{spoil(t, "bcrypt", "$10$", "$010$"), "digest_cost"},
		{core[:59], "digest_length"},
		{core[:29], "digest_length"},
		{core + "a", "digest_length"},
		{core[:40] + "=" + core[41:], "digest_alphabet"},
		{core[:40] + "ü" + core[42:], "digest_alphabet"},
		{core[:59] + "1", "digest_alphabet"},
		{core[:59] + "/", "digest_alphabet"}, // each of the two spare bits
		{core[:59] + "A", "digest_alphabet"},
		{core + "$pepper", "digest_parts"},
		{"bcrypt$" + core, "digest_prefix"},
		{"{BLF-CRYPT}" + core, "digest_prefix"},
	} {
		refused(t, "bcrypt", bad.digest, bad.code)
		if strings.HasPrefix(bad.digest, "$2") && bad.code != "digest_parts" {
			refused(t, "bcrypt_sha256_django", "bcrypt_sha256$"+bad.digest, bad.code)
		}
		if bad.code == "digest_cost" || bad.code == "digest_prefix" {
			refused(t, "bcrypt_peppered", bad.digest+"$pepper", bad.code)
		}
	}
	for _, bad := range []struct{ digest, code string }{
		{core, "digest_prefix"},
		{"bcrypt_sha256$" + core[1:], "digest_prefix"},
		{"bcrypt_sha256" + core, "digest_prefix"},
		{"bcrypt$" + core, "digest_prefix"},
		{"bcrypt_sha256$" + core + "$x", "digest_parts"},
		{"sha256$" + core, "digest_prefix"},
	} {
		refused(t, "bcrypt_sha256_django", bad.digest, bad.code)
	}
	for _, bad := range []struct{ digest, code string }{
		{core, "digest_parts"},
		{core + "pepper", "digest_length"},
		{core[:59] + "$pepper", "digest_alphabet"},
		{core[:50], "digest_length"},
	} {
		refused(t, "bcrypt_peppered", bad.digest, bad.code)
	}
}

func TestBadPlainAndSalted(t *testing.T) {
	md5, sha := example("md5"), example("sha256")
	for _, bad := range []struct{ hasher, digest, code string }{
		{"md5", md5[:31], "digest_length"},
		{"md5", md5 + "0", "digest_length"},
		{"md5", sha, "digest_length"},
		{"md5", md5 + "00000000", "digest_length"}, // a SHA-1
		{"md5", md5[:31] + "g", "digest_hex"},
		{"md5", "0x" + md5, "digest_hex"},
		{"md5", "$1$" + md5, "digest_hex"},
		{"md5", "{MD5}" + md5, "digest_hex"},
		{"md5", "salt$" + md5, "digest_hex"},
		{"md5", "X03MO1qnZdYdgyfeuILPmQ==", "digest_hex"},
		{"sha256", sha[:63], "digest_length"},
		{"sha256", sha + "0", "digest_length"},
		{"sha256", md5, "digest_length"},
		{"sha256", sha + sha, "digest_length"},
		{"sha256", sha[:63] + "-", "digest_hex"},
		{"sha256", "sha256:" + sha, "digest_hex"},
		{"sha256", "salt$" + sha, "digest_hex"},
		{"sha256", "{SHA256}" + sha, "digest_hex"},
		{"md5_salted", md5, "digest_parts"},
		{"md5_salted", "salt:" + md5, "digest_parts"},
		{"md5_salted", "$" + md5, "digest_empty"},
		{"md5_salted", md5 + "$salt", "digest_hex"},
		{"md5_salted", "salt$" + md5[:31], "digest_length"},
		{"md5_salted", "salt$" + sha, "digest_length"},
		{"md5_salted", "salt$" + md5[:31] + "z", "digest_hex"},
		{"md5_salted", "salt$", "digest_hex"},
		{"md5_salted", "pbkdf2_sha1$1000$salt$" + md5, "digest_prefix"},
		{"sha256_salted", sha, "digest_parts"},
		{"sha256_salted", "salt:" + sha, "digest_parts"},
		{"sha256_salted", "$" + sha, "digest_empty"},
		{"sha256_salted", sha + "$salt", "digest_hex"},
		{"sha256_salted", "salt$" + sha[1:], "digest_length"},
		{"sha256_salted", "salt$" + md5, "digest_length"},
		{"sha256_salted", "salt$" + sha[:63] + "z", "digest_hex"},
		{"sha256_salted", "salt$", "digest_hex"},
		{"sha256_salted", "pbkdf2_sha1$1000$salt$" + sha, "digest_prefix"},
	} {
		refused(t, bad.hasher, bad.digest, bad.code)
	}
}

func TestBadPhpassLDAPAndCognito(t *testing.T) {
	pass, ssha := example("phpass"), example("ldap_ssha")
	for _, bad := range []struct{ hasher, digest, code string }{
		{"phpass", pass[1:], "digest_prefix"},
		{"phpass", "$S$" + pass[3:], "digest_prefix"},
		{"phpass", "$p$" + pass[3:], "digest_prefix"},
		{"phpass", "U" + pass, "digest_prefix"},
		{"phpass", pass[:33], "digest_length"},
		{"phpass", pass + "0", "digest_length"},
		{"phpass", "$P$4" + pass[4:], "digest_cost"},
		{"phpass", "$P$T" + pass[4:], "digest_cost"},
		{"phpass", pass[:10] + "+" + pass[11:], "digest_alphabet"},
		{"phpass", pass[:33] + "2", "digest_alphabet"},
		{"ldap_ssha", "{SHA}" + ssha[6:], "digest_prefix"},
		{"ldap_ssha", "{SSHA256}" + ssha[6:], "digest_prefix"},
		{"ldap_ssha", "{CRYPT}" + example("bcrypt"), "digest_prefix"},
		{"ldap_ssha", "{SSHA}", "digest_length"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "digest_length"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8GgiUL", "digest_length"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8_giULbPgzG37mj9g-AAAA", "digest_base64"},
		{"ldap_ssha", "{SSHA}{SSHA}" + ssha[6:], "digest_base64"},
		{"ldap_ssha", ssha + "=", "digest_base64"},
		{"ldap_ssha", "{SSHA}$" + ssha[6:], "digest_base64"},
		{"ldap_ssha", example("md5"), "digest_prefix"},
		{"ldap_ssha", "{SSHA" + ssha[6:], "digest_base64"},
		{"awscognito", "us-east-1_AbC#client#ada", "digest_prefix"},
		{"awscognito", "AWSCOGNITO#us-east-1_AbC#client#ada", "digest_prefix"},
		{"awscognito", "awscognito", "digest_prefix"},
		{"awscognito", "awscognito#us-east-1_AbC", "digest_parts"},
		{"awscognito", "awscognito#us-east-1_AbC#client", "digest_parts"},
		{"awscognito", "awscognito#us-east-1_AbC#client#", "digest_empty"},
		{"awscognito", "awscognito#us-east-1_AbC##ada", "digest_alphabet"},
		{"awscognito", "awscognito##client#ada", "digest_alphabet"},
		{"awscognito", "awscognito#us-east-1#client#ada", "digest_alphabet"},
		{"awscognito", "awscognito#useast1_AbC#client#ada", "digest_alphabet"},
		{"awscognito", "awscognito#us-east-1_A.C#client#ada", "digest_alphabet"},
		{"awscognito", "awscognito#us-east-1_AbC#my-client#ada", "digest_alphabet"},
		{"awscognito", "awscognito$us-east-1_AbC$client$ada", "digest_prefix"},
		{"awscognito", "awscognito#us-east-1_AbC#client#" + strings.Repeat("é", 129), "digest_length"},
	} {
		refused(t, bad.hasher, bad.digest, bad.code)
	}
}
