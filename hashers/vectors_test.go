package hashers_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"carryover/hashers"
)

// vector is a digest made by the software that its hasher is named after.
type vector struct {
	Hasher, Digest, Password, Tool, Version, Note string
}

func readLines[T any](t testing.TB, name string) []T {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var v T
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatalf("%s line %d: %v", name, len(all)+1, err)
		}
		all = append(all, v)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

func vectors(t testing.TB) []vector { return readLines[vector](t, "testdata/vectors.jsonl") }

func TestVectorsCoverEveryHasher(t *testing.T) {
	count := map[string]int{}
	for _, v := range vectors(t) {
		count[v.Hasher]++
	}
	for _, info := range hashers.All() {
		if count[info.Name] < 6 {
			t.Errorf("%s has %d vectors, want 6 or more", info.Name, count[info.Name])
		}
	}
}

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Hasher+"/"+v.Note, func(t *testing.T) {
			t.Parallel()
			switch got := hashers.Check(v.Hasher, v.Digest); {
			case got.Status == hashers.Undecided && documentedDoubt(v.Hasher, got):
			case got != (hashers.Verdict{Status: hashers.OK}):
				t.Errorf("Check is %v: %s: %s", got.Status, got.Part, got.Why)
			}
			if costly(v.Digest) && (raceDetector || testing.Short()) {
				t.Skip("too slow under the race detector, or with -short")
			}
			m, err := hashers.Verify(v.Hasher, v.Digest, v.Password)
			if v.Hasher == "awscognito" {
				if !errors.Is(err, hashers.ErrOnlyCognito) {
					t.Errorf("Verify gives %v, want ErrOnlyCognito", err)
				}
				return
			}
			if err != nil || !m.OK {
				t.Errorf("the password of %s %s does not verify: %v, %v", v.Tool, v.Version, m, err)
			}
			if m, err := hashers.Verify(v.Hasher, v.Digest, "x"+v.Password); err != nil || m.OK || m.How != "" {
				t.Errorf("a wrong password gives %v, %v", m, err)
			}
		})
	}
}

// costly tells digests with the costs of real systems from those made cheap for tests.
func costly(digest string) bool {
	if strings.Contains(digest, "$2") && (strings.Contains(digest, "$1") || strings.Contains(digest, "$08$")) {
		return true // bcrypt from cost 8
	}
	for _, part := range strings.FieldsFunc(digest, func(r rune) bool { return strings.ContainsRune("$:,=", r) }) {
		if n, err := strconv.Atoi(part); err == nil && n >= 4096 {
			return true // iterations, argon2's KiB, scrypt's N
		}
	}
	return strings.HasSuffix(digest, "$14") // Firebase's usual memory cost
}

// documentedDoubt holds the questions that genuine digests raise by their nature.
func documentedDoubt(hasher string, v hashers.Verdict) bool {
	switch hasher {
	case "md5_phpass", "hmac_sha256_utf16_b64":
		return v.Code == "digest_undocumented"
	case "md5_salted", "sha256_salted":
		return v.Code == "digest_salt"
	case "pbkdf2_sha1", "sha512_symfony": // salt in hexadecimal; no salt
		return v.Code == "digest_salt"
	case "phpass": // phpBB's $H$
		return v.Code == "digest_prefix"
	case "bcrypt_peppered": // a pepper with a $
		return v.Code == "digest_pepper"
	}
	return false
}

// coincidences are the pairs (hasher of the digest, hasher offered) of one
// form, apart from the two hashers without a documented form, which take all.
var coincidences = map[[2]string]string{
	{"pbkdf2_sha256", "pbkdf2_sha256_django"}: "the same prefix, and any text can be a salt",
	{"pbkdf2_sha256_django", "pbkdf2_sha256"}: "the same prefix, and letters and digits are base64",
	{"md5_phpass", "phpass"}:                  "phpass over an MD5 looks like phpass",
}

func TestNoHasherTakesAnothersDigests(t *testing.T) {
	met := map[[2]string]bool{}
	for _, v := range vectors(t) {
		for _, info := range hashers.All() {
			pair := [2]string{v.Hasher, info.Name}
			if pair[0] == pair[1] || info.Name == "md5_phpass" || info.Name == "hmac_sha256_utf16_b64" {
				continue
			}
			if hashers.Check(info.Name, v.Digest).Status == hashers.Invalid {
				continue
			}
			met[pair] = true
			if coincidences[pair] == "" {
				t.Errorf("%s passes as %s (%s)", v.Hasher, info.Name, v.Note)
			}
		}
	}
	for pair := range coincidences {
		if !met[pair] {
			t.Errorf("%v is listed as a coincidence, and no vector shows it", pair)
		}
	}
}

// A Django digest offered to pbkdf2_sha256 would be taken and never verify: that must be said.
func TestDjangoDigestsUnderTheOtherNameAreNeverSilent(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Hasher != "pbkdf2_sha256_django" {
			continue
		}
		if got := hashers.Check("pbkdf2_sha256", v.Digest); got.Status == hashers.OK {
			t.Errorf("passes in silence: %s", v.Note)
		}
	}
}

func TestIdentifyNamesTheHasherOfEveryVector(t *testing.T) {
	for _, v := range vectors(t) {
		if v.Hasher == "hmac_sha256_utf16_b64" { // nothing in it to go by
			continue
		}
		found := false
		for _, g := range hashers.Identify(v.Digest) {
			found = found || g.Hasher == v.Hasher
		}
		if !found {
			t.Errorf("%s (%s) is not among the guesses", v.Hasher, v.Note)
		}
	}
}
