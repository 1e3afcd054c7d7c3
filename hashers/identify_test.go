package hashers_test

import (
	"strings"
	"testing"

	"carryover/hashers"
)

// first is the best guess, or an empty one.
func first(digest string) hashers.Guess {
	if guesses := hashers.Identify(digest); len(guesses) > 0 {
		return guesses[0]
	}
	return hashers.Guess{}
}

func TestIdentifyBestGuess(t *testing.T) {
	core := example("bcrypt")
	for _, c := range []struct{ digest, hasher, confidence, rewrite string }{
		{core, "bcrypt", hashers.Certain, ""},
		{" " + core + "\n", "bcrypt", hashers.Certain, ""},
		{"$2y$" + core[4:], "bcrypt", hashers.Certain, ""},
		{"$2x$" + core[4:], "bcrypt", hashers.Possible, ""},
		{core[:50], "bcrypt", hashers.Possible, ""},
		{example("bcrypt_peppered"), "bcrypt_peppered", hashers.Certain, ""},
		{example("bcrypt_sha256_django"), "bcrypt_sha256_django", hashers.Certain, ""},
		{"bcrypt$" + core, "bcrypt", hashers.Certain, "django"},
		{example("argon2i"), "argon2i", hashers.Certain, ""},
		{example("argon2id"), "argon2id", hashers.Certain, ""},
		{"argon2" + example("argon2id"), "argon2id", hashers.Certain, "django"},
		{example("pbkdf2_sha1"), "pbkdf2_sha1", hashers.Certain, ""},
		{example("pbkdf2_sha256"), "pbkdf2_sha256", hashers.Likely, ""},
		{example("pbkdf2_sha256_django"), "pbkdf2_sha256_django", hashers.Likely, ""},
		{"pbkdf2_sha256$1$not.base64$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "pbkdf2_sha256_django", hashers.Likely, ""},
		{"pbkdf2_sha256$1$c29tZXNhbHQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "pbkdf2_sha256", hashers.Likely, ""},
		{"pbkdf2_sha256$1$x", "pbkdf2_sha256_django", hashers.Possible, ""},
		{example("pbkdf2_sha512"), "pbkdf2_sha512", hashers.Certain, ""},
		{example("pbkdf2_sha512_hex"), "pbkdf2_sha512_hex", hashers.Certain, ""},
		{example("phpass"), "phpass", hashers.Certain, ""},
		{"$H$" + example("phpass")[3:], "phpass", hashers.Certain, "phpbb"},
		{"U" + example("phpass"), "md5_phpass", hashers.Possible, ""},
		{example("scrypt_firebase"), "scrypt_firebase", hashers.Certain, ""},
		{example("scrypt_werkzeug"), "scrypt_werkzeug", hashers.Certain, ""},
		{example("md5"), "md5", hashers.Likely, ""},
		{strings.ToUpper(example("md5")), "md5", hashers.Likely, "hex_lower"},
		{example("sha256"), "sha256", hashers.Likely, ""},
		{example("md5_salted"), "md5_salted", hashers.Likely, ""},
		{example("sha256_salted"), "sha256_salted", hashers.Likely, ""},
		{example("md5") + ":salt", "md5_salted", hashers.Likely, "colon_salt"},
		{example("ldap_ssha"), "ldap_ssha", hashers.Certain, ""},
		{"{ssha}" + example("ldap_ssha")[6:], "ldap_ssha", hashers.Certain, "ldap"},
		{example("ldap_ssha")[6:], "ldap_ssha", hashers.Possible, "ldap"},
		{"{CRYPT}" + core, "bcrypt", hashers.Certain, "ldap"},
		{"{PBKDF2}$1$salt$1000$" + strings.Repeat("0f", 20), "pbkdf2_sha1", hashers.Certain, "dovecot"},
		{example("sha512_symfony"), "sha512_symfony", hashers.Certain, ""},
		{example("awscognito"), "awscognito", hashers.Certain, ""},
		{`{"value": "AAECAwQFBgcICQoLDA0ODw==", "salt": "AAEC"}`, "pbkdf2_sha256", hashers.Likely, "keycloak"},
		{"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "sha256", hashers.Possible, ""},
	} {
		got := first(c.digest)
		if got.Hasher != c.hasher || got.Confidence != c.confidence || got.Rewrite != c.rewrite || got.Why == "" {
			t.Errorf("%.50q: %q %q %q (%s), want %q %q %q", c.digest, got.Hasher, got.Confidence, got.Rewrite, got.Why, c.hasher, c.confidence, c.rewrite)
		}
	}
}

func TestIdentifySharedFormsHaveSeveralGuesses(t *testing.T) {
	for digest, want := range map[string][]string{
		example("pbkdf2_sha256_django"):       {"pbkdf2_sha256_django", "pbkdf2_sha256"},
		example("pbkdf2_sha256"):              {"pbkdf2_sha256", "pbkdf2_sha256_django"},
		example("bcrypt"):                     {"bcrypt", "bcrypt_peppered"},
		example("phpass"):                     {"phpass", "md5_phpass"},
		example("sha256"):                     {"sha256", ""},
		example("md5"):                        {"md5", ""},
		example("scrypt_firebase")[:88]:       {"sha512_symfony", "scrypt_firebase", "pbkdf2_sha256"},
		strings.Repeat("0f", 64):              {"sha512_symfony", ""},
		example("hmac_sha256_utf16_b64")[25:]: {"sha256", "hmac_sha256_utf16_b64"},
	} {
		var got []string
		for _, g := range hashers.Identify(digest) {
			got = append(got, g.Hasher)
		}
		if strings.Join(got, ",") != strings.Join(want, ",") {
			t.Errorf("%.50q: %q, want %q", digest, got, want)
		}
	}
}

func TestIdentifyKnowsWhatNoHasherTakes(t *testing.T) {
	core := example("bcrypt")
	for _, digest := range []string{
		"$wp" + core,
		"$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
		"$apr1$saltsalt$qjXMvbEw8oaL.CzflDtaK/",
		"$5$salt$hash", "$6$salt$hash", "$7$params$hash", "$y$j9T$salt$hash", "$gy$j9T$salt$hash",
		"$S$DsaltsaltHASHHASH",
		"$argon2d$v=19$m=64,t=4,p=8$c29tZXNhbHQ$AAEC",
		"$scrypt$ln=15,r=8,p=1$c2FsdA$AAEC",
		"$bcrypt-sha256$v=2,t=2b,r=4$salt$hash",
		"sha1$salt$" + strings.Repeat("0f", 20),
		"{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
		"{CRYPT}$6$salt$hash", "{SSHA512}AAEC", "{MD5}$1$salt$hash", "{SSHA}AAEC", "{UNKNOWN}x",
		"pbkdf2:md5:1000$salt$0f0f",
		strings.Repeat("0f", 20),
	} {
		g := first(digest)
		if g.Hasher != "" || g.Confidence != hashers.Unsupported || g.Why == "" {
			t.Errorf("%.40q: %+v, want unsupported", digest, g)
		}
	}
}

func TestIdentifyIsSilentWhereNothingIsKnown(t *testing.T) {
	for _, digest := range []string{"", "  ", "hello", "two words", "{", "{broken", `{"a":1}`, "$", "\xff\xff", strings.Repeat("x", 5000), "0f0f"} {
		if got := hashers.Identify(digest); len(got) != 0 {
			t.Errorf("%.20q: %+v", digest, got)
		}
	}
}
