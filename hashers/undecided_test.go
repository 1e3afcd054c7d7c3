package hashers_test

import (
	"strings"
	"testing"

	"carryover/hashers"
)

// What Clerk's documentation leaves open is said, and never refused.
func TestUndecided(t *testing.T) {
	const b = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	bare := strings.TrimRight(b, "=")
	url := strings.Repeat("_-", 21) + "8="
	hex := strings.Repeat("0f", 64)
	upper := strings.ToUpper(hex)
	core, django := example("bcrypt"), "$c29tZXNhbHQ$"+bare
	ssha, sym := example("ldap_ssha"), example("sha512_symfony")
	symHash := sym[strings.LastIndexByte(sym, '$')+1:]
	for _, c := range []struct{ hasher, digest, code, part string }{
		{"bcrypt", "$2x$" + core[4:], "digest_prefix", "version"},
		{"bcrypt", "$2$" + core[4:], "digest_prefix", "version"},
		{"bcrypt", core[:28] + "z" + core[29:], "digest_salt", "salt"},
		{"bcrypt", core[:28] + "/" + core[29:], "digest_salt", "salt"}, // each of the four spare bits
		{"bcrypt", core[:28] + "A" + core[29:], "digest_salt", "salt"},
		{"bcrypt", core[:28] + "C" + core[29:], "digest_salt", "salt"},
		{"bcrypt", core[:28] + "G" + core[29:], "digest_salt", "salt"},
		{"bcrypt_sha256_django", "bcrypt_sha256$$2x$" + core[4:], "digest_prefix", "version"},
		{"bcrypt_peppered", core + "$", "digest_pepper", "pepper"},
		{"bcrypt_peppered", core + "$a$b", "digest_pepper", "pepper"},
		{"argon2id", "$argon2id$v=16$m=64,t=4,p=8" + django, "digest_options", "version"},
		{"argon2i", "$argon2i$m=64,t=4,p=8" + django, "digest_options", "version"},
		{"argon2id", "$argon2id$v=19$t=4,m=64,p=8" + django, "digest_options", "options"},
		{"argon2id", "$argon2id$v=19$m=64,t=4,p=8" + django + "=", "digest_base64", "salt and hash"},
		{"argon2id", "$argon2id$v=19$m=2048,t=4,p=256" + django, "digest_cost", "options"},
		{"argon2id", "$argon2id$v=19$m=64,t=4,p=8$c2FsdA$" + bare, "digest_salt", "salt"},
		{"argon2id", "$argon2id$v=19$m=64,t=4,p=8$c29tZXNhbHR$" + bare, "digest_base64", "salt"},
		{"argon2id", "$argon2id$v=19$m=64,t=4,p=8$c29tZXNhbHQ$AAECAwQFBgc", "digest_length", "hash"},
		{"md5", strings.ToUpper(example("md5")), "digest_case", "hash"},
		{"sha256", strings.ToUpper(example("sha256")), "digest_case", "hash"},
		{"md5_phpass", "anything", "digest_undocumented", "digest"},
		{"hmac_sha256_utf16_b64", "anything", "digest_undocumented", "digest"},
		{"md5_salted", "salt$" + hex[:32], "digest_salt", "salt"},
		{"md5_salted", "s$lt$" + hex[:32], "digest_salt", "salt"},
		{"md5_salted", "sält$" + hex[:32], "digest_salt", "salt"},
		{"md5_salted", "salt$" + upper[:32], "digest_case", "hash"},
		{"sha256_salted", "salt$" + hex[:64], "digest_salt", "salt"},
		{"sha256_salted", "salt$" + upper[:64], "digest_case", "hash"},
		{"sha512_symfony", "sha512_symfony$5000$$" + symHash, "digest_salt", "salt"},
		{"sha512_symfony", "sha512_symfony$5000$s{l}t$" + symHash, "digest_salt", "salt"},
		{"sha512_symfony", "sha512_symfony$5000$sält$" + symHash, "digest_salt", "salt"},
		{"sha512_symfony", "sha512_symfony$10000001$salt$" + symHash, "digest_cost", "iterations"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$-salt-$" + hex[:40], "digest_length", "hash"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$cafe0123$" + hex[:64], "digest_salt", "salt"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$sält$" + hex[:64], "digest_salt", "salt"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$-salt-$" + upper[:64], "digest_case", "hash"},
		{"pbkdf2_sha1", "pbkdf2_sha1$10000001$-salt-$" + hex[:64], "digest_cost", "iterations"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQ$" + b, "digest_base64", "salt and hash"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQ=$" + bare, "digest_base64", "salt and hash"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQ=$" + url, "digest_base64", "salt and hash"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQ=$" + example("scrypt_firebase")[:88], "digest_length", "hash"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHR=$" + b, "digest_base64", "salt"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$Qz81LmRtYwXe$" + b, "digest_salt", "salt"},
		{"pbkdf2_sha256", example("pbkdf2_sha256_django"), "digest_salt", "salt"},
		{"pbkdf2_sha256_django", example("pbkdf2_sha256"), "digest_salt", "salt"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$sält$" + b, "digest_salt", "salt"},
		{"pbkdf2_sha512", "pbkdf2_sha512$1000$salt$" + hex[:64], "digest_length", "hash"},
		{"pbkdf2_sha512", "pbkdf2_sha512$1000$salt$" + upper, "digest_case", "hash"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$cafe$" + hex[:64], "digest_length", "hash"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$CAFE$" + hex, "digest_case", "salt"},
		{"phpass", "$H$" + example("phpass")[3:], "digest_prefix", "prefix"},
		{"scrypt_firebase", b + "$c2FsdA$" + b + "$Bw==$8$14", "digest_base64", "digest"},
		{"scrypt_firebase", url + "$c2FsdA==$" + b + "$Bw==$8$14", "digest_base64", "digest"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$$8$14", "digest_salt", "salt separator"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$9$14", "digest_cost", "rounds and memory cost"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$8$15", "digest_cost", "rounds and memory cost"},
		{"scrypt_werkzeug", "$" + example("scrypt_werkzeug"), "digest_prefix", "prefix"},
		{"scrypt_werkzeug", "scrypt$salt$" + hex, "digest_options", "method"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + symHash, "digest_base64", "hash"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + upper, "digest_case", "hash"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + hex[:64], "digest_length", "hash"},
		{"ldap_ssha", "{ssha}" + ssha[6:], "digest_case", "scheme"},
		{"ldap_ssha", ssha[6:], "digest_prefix", "scheme"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9hzYWx0eQ", "digest_base64", "hash"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9hzYWx0eR==", "digest_base64", "salt"},
		{"ldap_ssha", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9hzYWx0eI==", "digest_base64", "salt"},
		{"awscognito", "awscognito#us-east-1_AbC#client#a#b", "digest_parts", "identifier"},
	} {
		v := hashers.Check(c.hasher, c.digest)
		if v.Status != hashers.Undecided || v.Code != c.code || v.Part != c.part {
			t.Errorf("%s %.70q: %v %s %s (%s), want undecided %s %s", c.hasher, c.digest, v.Status, v.Code, v.Part, v.Why, c.code, c.part)
			continue
		}
		if err := complete(v); err != nil {
			t.Errorf("%s: %v", c.hasher, err)
		}
	}
}

// The examples of Clerk's own page must pass without a word.
func TestClerksOwnExamplesAreOK(t *testing.T) {
	for hasher, digest := range map[string]string{
		"argon2i":  "$argon2i$v=19$m=4096,t=3,p=1$4t6CL3P7YiHBtwESXawI8Hm20zJj4cs7/4/G3c187e0$m7RQFczcKr5bIR0IIxbpO2P0tyrLjf3eUW3M3QSwnLc",
		"argon2id": "$argon2id$v=19$m=64,t=4,p=8$Z2liZXJyaXNo$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU",
		"md5":      "5f4dcc3b5aa765d61d8327deb882cf99",
		"sha256":   "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
	} {
		if v := hashers.Check(hasher, digest); v != (hashers.Verdict{Status: hashers.OK}) {
			t.Errorf("%s: %v: %s: %s", hasher, v.Status, v.Part, v.Why)
		}
	}
}
