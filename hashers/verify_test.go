package hashers_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"carryover/hashers"
)

func TestBcryptCounts72Bytes(t *testing.T) {
	base := strings.Repeat("0123456789ab", 6)
	hash, err := bcrypt.GenerateFromPassword([]byte(base), 4)
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{
		base:                            true,
		base + "and more":               true,
		base + strings.Repeat("x", 400): true,
		base[:71]:                       false,
		base[:71] + "X":                 false,
	} {
		m, err := hashers.Verify("bcrypt", string(hash), password)
		if err != nil || m.OK != want {
			t.Errorf("%d bytes: %v, %v, want %v", len(password), m, err, want)
		}
	}
	// Devise appends the pepper, so a long password pushes it out.
	peppered := string(hash) + "$pepper"
	if m, err := hashers.Verify("bcrypt_peppered", peppered, base); err != nil || !m.OK {
		t.Errorf("72 bytes and a pepper: %v, %v", m, err)
	}
	if m, err := hashers.Verify("bcrypt_peppered", peppered, base[:70]); err != nil || m.OK {
		t.Errorf("70 bytes and a pepper: %v, %v", m, err)
	}
}

func TestVerifyRefusesBeforeWorking(t *testing.T) {
	key := "$c29tZXNhbHQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	hex := strings.Repeat("0f", 64)
	b := "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	phpass := example("phpass")
	sym := example("sha512_symfony")
	for _, c := range []struct{ hasher, digest string }{
		{"argon2i", "$argon2i$v=19$m=2097152,t=1,p=1" + key},
		{"argon2id", "$argon2id$v=19$m=1048576,t=5,p=1" + key},
		{"argon2id", "$argon2id$v=19$m=2147483647,t=2147483647,p=255" + key},
		{"pbkdf2_sha1", "pbkdf2_sha1$2147483647$-salt-$" + hex[:64]},
		{"pbkdf2_sha1", "pbkdf2_sha1$5000001$-salt-$" + hex[:64]},
		{"pbkdf2_sha256", "pbkdf2_sha256$2147483647$c29tZXNhbHQ=$" + b},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$2147483647$salt$" + b},
		{"pbkdf2_sha512", "pbkdf2_sha512$2147483647$salt$" + hex},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$2147483647$cafe$" + hex},
		{"phpass", "$P$S" + phpass[4:]},
		{"md5_phpass", "$P$S" + phpass[4:]},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$8$31"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$2147483647$14"},
		{"scrypt_werkzeug", "scrypt:2147483648:8:1$salt$" + hex},
		{"scrypt_werkzeug", "scrypt:32768:8:1000$salt$" + hex},
		{"scrypt_werkzeug", "scrypt:2:1000000:1000$salt$" + hex},
		{"sha512_symfony", "sha512_symfony$2147483647$salt$" + sym[strings.LastIndexByte(sym, '$')+1:]},
	} {
		start := time.Now()
		if _, err := hashers.Verify(c.hasher, c.digest, "x"); !errors.Is(err, hashers.ErrTooCostly) {
			t.Errorf("%s %.40s: %v, want ErrTooCostly", c.hasher, c.digest, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("%s: refused after %v", c.hasher, took)
		}
	}
	long := strings.Repeat("x", 1<<20)
	if _, err := hashers.Verify("phpass", phpass, long); !errors.Is(err, hashers.ErrTooCostly) {
		t.Errorf("a megabyte of password in 8192 rounds: %v, want ErrTooCostly", err)
	}
}

func TestVerifySaysWhatItCannotCompute(t *testing.T) {
	key := "$c29tZXNhbHQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	core := example("bcrypt")
	for _, c := range []struct{ hasher, digest, password string }{
		{"argon2id", "$argon2id$v=16$m=64,t=4,p=8" + key, "x"},
		{"argon2i", "$argon2i$m=64,t=4,p=8" + key, "x"},
		{"argon2id", "$argon2id$v=19$m=2048,t=4,p=256" + key, "x"},
		{"bcrypt", "$2$" + core[4:], "x"},
		{"bcrypt", "$2x$" + core[4:], "ü"},
		{"md5_phpass", "anything", "x"},
		{"md5_phpass", "$P$short", "x"},
		{"hmac_sha256_utf16_b64", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "x"},
		{"hmac_sha256_utf16_b64", "salt$tooshort", "x"},
		{"hmac_sha256_utf16_b64", "a$b$c", "x"},
	} {
		if _, err := hashers.Verify(c.hasher, c.digest, c.password); !errors.Is(err, hashers.ErrUnverifiable) {
			t.Errorf("%s %.40s: %v, want ErrUnverifiable", c.hasher, c.digest, err)
		}
	}
	// For ASCII the faulty version computes what the others do.
	if m, err := hashers.Verify("bcrypt", "$2x$"+core[4:], hashers.ExamplePassword); err != nil || !m.OK {
		t.Errorf("2x with an ASCII password: %v, %v", m, err)
	}
}

// Where a password opens a digest by a reading that is not Clerk's, Verify says no, and which reading.
func TestVerifyNamesTheReading(t *testing.T) {
	type file struct{ Rewrite, Digest, Password string }
	digests, password := map[string]string{}, ""
	for _, v := range readLines[file](t, "testdata/rewrites.jsonl") {
		digests[v.Rewrite], password = v.Digest, v.Password
	}
	for _, c := range []struct {
		hasher, digest, password string
		ok                       bool
		how                      string
	}{
		{"pbkdf2_sha256", example("pbkdf2_sha256_django"), hashers.ExamplePassword, false, "pbkdf2_sha256_django"},
		{"pbkdf2_sha256_django", example("pbkdf2_sha256"), hashers.ExamplePassword, false, "the hasher is pbkdf2_sha256"},
		{"pbkdf2_sha1", digests["pbkdf2_sha1_raw_salt"], password, false, "pbkdf2_sha1_raw_salt"},
		{"pbkdf2_sha1", digests["pbkdf2_sha1_key_length"], password, false, "pbkdf2_sha1_key_length"},
		{"md5_salted", example("md5_salted"), hashers.ExamplePassword, true, "before"},
		{"sha256_salted", example("sha256_salted"), hashers.ExamplePassword, true, "before"},
		{"md5_phpass", example("md5_phpass"), hashers.ExamplePassword, true, "hexadecimal MD5"},
		{"md5_phpass", "U" + example("md5_phpass"), hashers.ExamplePassword, true, "hexadecimal MD5"},
		{"md5_phpass", example("phpass"), hashers.ExamplePassword, true, "password itself"},
		{"hmac_sha256_utf16_b64", example("hmac_sha256_utf16_b64"), hashers.ExamplePassword, true, "ASP.NET Membership"},
	} {
		if costly(c.digest) && raceDetector {
			continue
		}
		m, err := hashers.Verify(c.hasher, c.digest, c.password)
		if err != nil || m.OK != c.ok || !strings.Contains(m.How, c.how) {
			t.Errorf("%s: %v, %v, want %v and %q", c.hasher, m, err, c.ok, c.how)
		}
		if m, err := hashers.Verify(c.hasher, c.digest, "x"+c.password); err != nil || m.OK || m.How != "" {
			t.Errorf("%s with a wrong password: %v, %v", c.hasher, m, err)
		}
	}
}

func TestVerifyErrorsHoldNoSecret(t *testing.T) {
	const password = "a-password-that-must-not-show"
	for _, info := range hashers.All() {
		digest := info.Example + "/not-a-digest-any-more"
		if hashers.Check(info.Name, digest).Status != hashers.Invalid {
			continue // a longer pepper or identifier is legal
		}
		_, err := hashers.Verify(info.Name, digest, password)
		if err == nil {
			t.Errorf("%s: no error", info.Name)
			continue
		}
		for _, secret := range []string{password, digest, info.Example, "not-a-digest"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("%s: the error holds a secret", info.Name)
			}
		}
	}
}
