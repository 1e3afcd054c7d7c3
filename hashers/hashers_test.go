package hashers_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"carryover/hashers"
)

func TestAllHasTheTwentyTwoHashersByName(t *testing.T) {
	want := strings.Fields(`argon2i argon2id awscognito bcrypt bcrypt_peppered bcrypt_sha256_django
		hmac_sha256_utf16_b64 ldap_ssha md5 md5_phpass md5_salted pbkdf2_sha1 pbkdf2_sha256
		pbkdf2_sha256_django pbkdf2_sha512 pbkdf2_sha512_hex phpass scrypt_firebase scrypt_werkzeug
		sha256 sha256_salted sha512_symfony`)
	var got []string
	for _, info := range hashers.All() {
		got = append(got, info.Name)
	}
	if !slices.Equal(got, want) {
		t.Errorf("All() has %v, want %v", got, want)
	}
}

func TestInsecureAreThoseThatClerkRehashes(t *testing.T) {
	want := []string{"md5", "md5_salted", "sha256", "sha256_salted", "sha512_symfony"}
	var got []string
	for _, info := range hashers.All() {
		if info.Insecure {
			got = append(got, info.Name)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("insecure: %v, want %v", got, want)
	}
}

func TestExamplesAreTrue(t *testing.T) {
	undecided := []string{"hmac_sha256_utf16_b64", "md5_phpass", "md5_salted", "sha256_salted"}
	for _, info := range hashers.All() {
		t.Run(info.Name, func(t *testing.T) {
			if info.Format == "" || info.Note == "" {
				t.Error("format or note is missing")
			}
			want := hashers.OK
			if slices.Contains(undecided, info.Name) {
				want = hashers.Undecided
			}
			if v := hashers.Check(info.Name, info.Example); v.Status != want {
				t.Errorf("Check is %v (%s: %s), want %v", v.Status, v.Part, v.Why, want)
			}
			if costly(info.Example) && raceDetector {
				t.Skip("too slow under the race detector")
			}
			m, err := hashers.Verify(info.Name, info.Example, hashers.ExamplePassword)
			if info.Name == "awscognito" {
				if !errors.Is(err, hashers.ErrOnlyCognito) {
					t.Errorf("Verify gives %v, want ErrOnlyCognito", err)
				}
				return
			}
			if err != nil || !m.OK {
				t.Errorf("Verify gives %v, %v, want a match", m, err)
			}
		})
	}
}

func TestAllCannotBeChangedByItsCaller(t *testing.T) {
	hashers.All()[0].Name = "changed"
	if got := hashers.All()[0].Name; got != "argon2i" {
		t.Errorf("the first hasher is now %q", got)
	}
}

func TestLookupIsExact(t *testing.T) {
	if info, ok := hashers.Lookup("phpass"); !ok || info.Name != "phpass" {
		t.Errorf("Lookup(phpass) = %v, %v", info, ok)
	}
	for _, name := range []string{"", "Bcrypt", "bcrypt ", "bcrypt2", "pbkdf2"} {
		if _, ok := hashers.Lookup(name); ok {
			t.Errorf("Lookup(%q) found something", name)
		}
		if v := hashers.Check(name, example("bcrypt")); v.Status != hashers.UnknownHasher || v.Code != "hasher_unknown" {
			t.Errorf("Check(%q) = %v %s", name, v.Status, v.Code)
		}
		if _, err := hashers.Verify(name, example("bcrypt"), "x"); !errors.Is(err, hashers.ErrUnknownHasher) {
			t.Errorf("Verify(%q) gives %v", name, err)
		}
	}
}

func TestCodesAreDistinctAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range hashers.Codes() {
		if seen[c.Code] {
			t.Errorf("%s is there twice", c.Code)
		}
		seen[c.Code] = true
		for _, text := range []string{c.Group, c.Meaning, c.Cause, c.Fix} {
			if text == "" || strings.HasSuffix(text, ".") || strings.Trim(c.Code, "abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
				t.Errorf("%s: %q is no sentence without a full stop, or the code no snake case", c.Code, text)
			}
		}
	}
}

func TestStatusSpeaks(t *testing.T) {
	got := fmt.Sprint(hashers.OK, hashers.Undecided, hashers.Invalid, hashers.UnknownHasher)
	if want := "ok undecided invalid unknown hasher"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if (hashers.Verdict{}).Status != hashers.Invalid {
		t.Error("a verdict nobody filled in must not pass")
	}
}

func TestTrim(t *testing.T) {
	for in, want := range map[string]string{
		"abc":              "abc",
		" abc":             "abc",
		"abc\r\n":          "abc",
		"\ufeffabc\u00a0":  "abc",
		"\u200b\tab c\v\f": "ab c",
		"":                 "",
		" \n":              "",
	} {
		got, cut := hashers.Trim(in)
		if got != want || cut != (in != want) {
			t.Errorf("Trim(%q) = %q, %v, want %q", in, got, cut, want)
		}
	}
}

// example is the example digest of a hasher that exists.
func example(hasher string) string {
	info, ok := hashers.Lookup(hasher)
	if !ok {
		panic("no hasher " + hasher)
	}
	return info.Example
}

// complete tells what is missing in a verdict that is not OK.
func complete(v hashers.Verdict) error {
	known := slices.ContainsFunc(hashers.Codes(), func(c hashers.Code) bool { return c.Code == v.Code })
	switch {
	case !known:
		return fmt.Errorf("code %q is not one of Codes()", v.Code)
	case v.Part == "" || v.Why == "" || v.Fix == "":
		return fmt.Errorf("part, why or fix is missing in %q", v)
	case strings.HasSuffix(v.Why, ".") || strings.HasSuffix(v.Fix, "."):
		return fmt.Errorf("%q ends in a full stop", v)
	}
	return nil
}
