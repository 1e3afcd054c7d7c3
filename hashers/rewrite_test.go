package hashers_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"carryover/hashers"
)

// foreign is a digest as another system stores it; testdata/rewrites.py makes them.
type foreign struct {
	Rewrite, Digest, Password, Hasher, Note string
	Params                                  hashers.Params
}

func foreigns(t testing.TB) []foreign { return readLines[foreign](t, "testdata/rewrites.jsonl") }

func TestRewritesKeepTheSecret(t *testing.T) {
	tried := map[string]bool{}
	for _, f := range foreigns(t) {
		tried[f.Rewrite] = true
		t.Run(f.Rewrite+"/"+f.Note, func(t *testing.T) {
			out, v := hashers.RewriteNamed(f.Rewrite, f.Digest, f.Params)
			if v.Status == hashers.Invalid || out.Hasher != f.Hasher {
				t.Fatalf("%v to %q (%s: %s), want %s", v.Status, out.Hasher, v.Part, v.Why, f.Hasher)
			}
			if got := hashers.Check(out.Hasher, out.Digest); got != v {
				t.Errorf("the verdict is %v, and Check says %v", v, got)
			}
			if costly(out.Digest) && raceDetector {
				t.Skip("too slow under the race detector")
			}
			if m, err := hashers.Verify(out.Hasher, out.Digest, f.Password); err != nil || !m.OK {
				t.Errorf("the password no longer verifies: %v, %v", m, err)
			}
			if m, err := hashers.Verify(out.Hasher, out.Digest, "x"+f.Password); err != nil || m.OK {
				t.Errorf("a wrong password: %v, %v", m, err)
			}
		})
	}
	for _, r := range hashers.Rewrites() {
		if !tried[r.Name] {
			t.Errorf("no digest tries the rewrite %s", r.Name)
		}
	}
}

// A rewrite leaves nothing undecided but what the system itself left: Keycloak's
// 64-byte SHA-256 keys, for one, come out with the documented 32.
func TestRewritesEndInDocumentedForms(t *testing.T) {
	for _, f := range foreigns(t) {
		_, v := hashers.RewriteNamed(f.Rewrite, f.Digest, f.Params)
		switch {
		case strings.HasSuffix(f.Hasher, "_salted"): // the side of the salt
		case f.Note == "version 3, sha512": // 32 bytes, and there are no more
		case f.Note == "pepper with a $":
		case f.Rewrite != "symfony" && f.Hasher == "sha512_symfony": // no salt
		case v != (hashers.Verdict{Status: hashers.OK}):
			t.Errorf("%s (%s): %v: %s: %s", f.Rewrite, f.Note, v.Status, v.Part, v.Why)
		}
	}
}

func TestFindRewritesSuggestsTheRightOne(t *testing.T) {
	for _, f := range foreigns(t) {
		found := hashers.FindRewrites(f.Digest)
		out, _ := hashers.RewriteNamed(f.Rewrite, f.Digest, f.Params)
		told := f.Rewrite == "auth0" || f.Rewrite == "devise" || f.Rewrite == "pbkdf2_sha1_raw_salt"
		if want := !told && out.Digest != f.Digest; slices.Contains(found, f.Rewrite) != want {
			t.Errorf("%s (%s): found %v", f.Rewrite, f.Note, found)
		}
	}
}

func TestFindRewritesLeavesGoodDigestsAlone(t *testing.T) {
	for _, info := range hashers.All() {
		if found := hashers.FindRewrites(info.Example); len(found) > 0 {
			t.Errorf("%s: %v", info.Name, found)
		}
	}
	for _, digest := range []string{"", "hello", "$", "{", strings.Repeat("x", 5000)} {
		if found := hashers.FindRewrites(digest); len(found) > 0 {
			t.Errorf("%.20q: %v", digest, found)
		}
	}
}

// One rewrite serves a whole column, also where some of it is mended already.
func TestRewritesLeaveTheirOwnOutcomeAlone(t *testing.T) {
	for _, f := range foreigns(t) {
		switch f.Rewrite {
		case "base64_std", "hex_lower", "ldap", "pbkdf2_sha1_key_length", "phpbb", "django", "werkzeug", "supabase", "better_auth":
		default:
			continue
		}
		once, _ := hashers.RewriteNamed(f.Rewrite, f.Digest, f.Params)
		twice, v := hashers.RewriteNamed(f.Rewrite, once.Digest, f.Params)
		if v.Status != hashers.Invalid && twice.Digest != once.Digest {
			t.Errorf("%s (%s) changes its own outcome", f.Rewrite, f.Note)
		}
	}
}

func TestRewritesAreDescribed(t *testing.T) {
	names := []string{}
	for _, r := range hashers.Rewrites() {
		names = append(names, r.Name)
		if r.From == "" || r.Note == "" || len(r.To) == 0 || !slices.IsSorted(r.To) {
			t.Errorf("%s: something is missing, or To is not sorted", r.Name)
		}
		for _, to := range r.To {
			if _, ok := hashers.Lookup(to); !ok {
				t.Errorf("%s ends in %q, which is no hasher", r.Name, to)
			}
		}
		for _, p := range r.Params {
			if p.Name == "" || p.What == "" {
				t.Errorf("%s: a parameter is not described", r.Name)
			}
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("not by name: %v", names)
	}
	for _, f := range foreigns(t) {
		i := slices.Index(names, f.Rewrite)
		if r := hashers.Rewrites()[i]; !slices.Contains(r.To, f.Hasher) {
			t.Errorf("%s does not say that it can end in %s", r.Name, f.Hasher)
		}
	}
}

func TestRewriteRefusals(t *testing.T) {
	b64, secret := example("scrypt_firebase")[:88], `{"value":"AAECAwQFBgcICQoLDA0ODw==","salt":"AAEC"}`
	core := example("bcrypt")
	firebase := func(drop string) hashers.Params {
		p := hashers.Params{"salt": "AAEC", "base64_signer_key": b64, "base64_salt_separator": "Bw==", "rounds": "8", "mem_cost": "14"}
		p[drop] = "!"
		return p
	}
	type P = hashers.Params
	for _, c := range []struct {
		name, digest string
		params       P
		code, part   string
	}{
		{"no_such", core, nil, "rewrite_unknown", "rewrite"},
		{"", core, nil, "rewrite_unknown", "rewrite"},
		{"django", "", nil, "digest_empty", "digest"},
		{"django", strings.Repeat("$", 5000), nil, "digest_length", "digest"},
		{"django", "hello", nil, "rewrite_form", "digest"},
		{"django", "!unusable", nil, "rewrite_form", "digest"},
		{"django", "sha1$salt$00", nil, "rewrite_impossible", "digest"},
		{"django", "crypt$$ej7fJEo7oeNYM", nil, "rewrite_impossible", "digest"},
		{"django", "pbkdf2_sha1$1000$salt$AAEC", nil, "rewrite_form", "digest"},
		{"django", "pbkdf2_sha256$1000$salt$AAEC", nil, "digest_length", "hash"},
		{"django", "bcrypt$" + core[:50], nil, "digest_length", "salt and hash"},
		{"django", "argon2$argon2d$x", nil, "rewrite_impossible", "digest"},
		{"werkzeug", "pbkdf2:md5:1$salt$00", nil, "rewrite_impossible", "digest"},
		{"werkzeug", "pbkdf2:sha256$salt$00", nil, "rewrite_form", "digest"},
		{"werkzeug", "pbkdf2:sha256:1000$salt$zz", nil, "digest_hex", "hash"},
		{"werkzeug", "pbkdf2:sha256:many$salt$00", nil, "rewrite_form", "digest"},
		{"better_auth", "hello", nil, "rewrite_form", "digest"},
		{"better_auth", example("md5") + ":salt", nil, "rewrite_form", "digest"},
		{"better_auth", example("md5") + ":" + strings.Repeat("0f", 63), nil, "digest_length", "hash"},
		{"colon_salt", example("md5") + ":" + strings.Repeat("0f", 64), nil, "rewrite_form", "digest"},
		{"better_auth", "zz" + example("md5")[2:] + ":" + strings.Repeat("0f", 64), nil, "rewrite_form", "digest"},
		{"aspnet_identity", "hello", nil, "rewrite_form", "digest"},
		{"aspnet_identity", "AQAAAAA=", nil, "rewrite_form", "digest"},
		{"aspnet_identity", "AQAAAAEAACcQ/////wAAAAAAAAAAAAAAAAAAAAA=", nil, "rewrite_form", "digest"},
		{"symfony", "AAEC", nil, "rewrite_form", "digest"},
		{"symfony", b64, P{"iterations": "many"}, "rewrite_param", "iterations"},
		{"symfony", b64, P{"salt": "a$b"}, "digest_parts", "digest"},
		{"symfony", b64, P{"salt": "a b"}, "digest_whitespace", "digest"},
		{"keycloak", "AAEC", nil, "rewrite_form", "digest"},
		{"keycloak", `{"value":`, nil, "rewrite_form", "digest"},
		{"keycloak", b64, nil, "rewrite_param", "salt"},
		{"keycloak", secret, nil, "rewrite_param", "algorithm"},
		{"keycloak", secret, P{"credential_data": "{"}, "rewrite_param", "credential_data"},
		{"keycloak", secret, P{"algorithm": "pbkdf2-sha256"}, "rewrite_param", "iterations"},
		{"keycloak", secret, P{"algorithm": "pbkdf2-sha256", "iterations": "-1"}, "rewrite_param", "iterations"},
		{"keycloak", secret, P{"algorithm": "hotp", "iterations": "1"}, "rewrite_impossible", "digest"},
		{"keycloak", secret, P{"algorithm": "argon2", "iterations": "1"}, "rewrite_param", "credential_data"},
		{"keycloak", secret, P{"credential_data": `{"hashIterations":1,"algorithm":"argon2","additionalParameters":{"memory":["64"],"type":["id"],"version":["1.0"],"parallelism":["1"]}}`}, "rewrite_impossible", "digest"},
		{"fusionauth", "hello", nil, "rewrite_form", "digest"},
		{"fusionauth", b64, nil, "rewrite_param", "scheme"},
		{"fusionauth", "a plug-in's", P{"scheme": "example"}, "rewrite_impossible", "digest"},
		{"fusionauth", b64, P{"scheme": "bcrypt", "salt": "AAEC"}, "rewrite_param", "factor"},
		{"fusionauth", b64, P{"scheme": "bcrypt", "factor": "10"}, "rewrite_param", "salt"},
		{"fusionauth", b64, P{"scheme": "bcrypt", "factor": "10", "salt": "AAEC"}, "rewrite_form", "digest"},
		{"fusionauth", core[29:], P{"scheme": "bcrypt", "factor": "31", "salt": core[7:29]}, "digest_cost", "cost"},
		{"fusionauth", core[29:], P{"scheme": "bcrypt", "factor": "10", "salt": "AAEC"}, "digest_length", "salt and hash"},
		{"fusionauth", b64, P{"scheme": "salted-pbkdf2-hmac-sha256", "factor": "10", "salt": "!"}, "rewrite_param", "salt"},
		{"fusionauth", "AAECAwQFBgcICQoLDA0ODw==", P{"scheme": "salted-pbkdf2-hmac-sha256", "factor": "10", "salt": "AAEC"}, "rewrite_form", "digest"},
		{"fusionauth", "AAECAwQFBgcICQoLDA0ODw==", P{"scheme": "salted-md5", "factor": "20000", "salt": "YWJj"}, "rewrite_impossible", "digest"},
		{"fusionauth", "AAECAwQFBgcICQoLDA0ODw==", P{"scheme": "salted-md5", "factor": "1", "salt": "AAEC"}, "rewrite_impossible", "digest"},
		{"fusionauth", b64, P{"scheme": "phpass-md5", "factor": "8192", "salt": "Hn3cW9xK"}, "rewrite_impossible", "digest"},
		{"firebase", "hello", nil, "rewrite_form", "digest"},
		{"firebase", b64, nil, "rewrite_param", "salt"},
		{"firebase", b64, firebase("base64_signer_key"), "rewrite_param", "base64_signer_key"},
		{"firebase", b64, firebase("base64_salt_separator"), "rewrite_param", "base64_salt_separator"},
		{"firebase", b64, firebase("rounds"), "rewrite_param", "rounds"},
		{"firebase", b64, firebase("mem_cost"), "rewrite_param", "mem_cost"},
		{"firebase", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", firebase("x"), "digest_length", "hash"},
		{"supabase", "hello", nil, "rewrite_form", "digest"},
		{"supabase", core[:50], nil, "digest_length", "salt and hash"},
		{"supabase", "$argon2d$v=19$m=64,t=2,p=1$c29tZXNhbHQ$AAEC", nil, "rewrite_impossible", "digest"},
		{"supabase", "$fbscrypt$v=1,n=14,r=8,p=2,ss=Bw==,sk=" + b64 + "$AAEC$" + b64, nil, "rewrite_impossible", "digest"},
		{"supabase", "$fbscrypt$v=2,n=14,r=8,p=1,ss=Bw==,sk=" + b64 + "$AAEC$" + b64, nil, "rewrite_impossible", "digest"},
		{"supabase", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==$AAEC$" + b64, nil, "rewrite_form", "digest"},
		{"supabase", "$fbscrypt$v=1,n=14,n=8,r=8,p=1,ss=Bw==,sk=" + b64 + "$AAEC$" + b64, nil, "rewrite_form", "digest"},
		{"supabase", "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=" + b64 + "$AAEC$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", nil, "digest_length", "hash"},
		{"devise", core, nil, "rewrite_param", "pepper"},
		{"devise", core[:50], P{"pepper": "x"}, "rewrite_form", "digest"},
		{"devise", core, P{"pepper": "a b"}, "digest_whitespace", "digest"},
		{"ldap", "{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", nil, "rewrite_impossible", "digest"},
		{"ldap", "{CRYPT}$6$salt$hash", nil, "rewrite_impossible", "digest"},
		{"ldap", "{MD5}AAEC", nil, "rewrite_form", "digest"},
		{"ldap", "{SMD5}AAECAwQFBgcICQoLDA0ODwAB", nil, "rewrite_impossible", "digest"},
		{"ldap", "{SMD5}AAECAwQFBgcICQoLDA0OD2EkYg==", nil, "rewrite_impossible", "digest"}, // salt a$b
		{"ldap", "{SSHA}!", nil, "rewrite_form", "digest"},
		{"ldap", "{PBKDF2}1000$x", nil, "rewrite_form", "digest"},
		{"dovecot", "{MD5}$1$salt$hash", nil, "rewrite_impossible", "digest"},
		{"dovecot", "{PBKDF2}$2$salt$1000$00", nil, "rewrite_form", "digest"},
		{"dovecot", "hello", nil, "rewrite_form", "digest"},
		{"passlib", "$pbkdf2-md5$1000$AAEC$AAEC", nil, "rewrite_form", "digest"},
		{"passlib", "pbkdf2-sha256$1000$AAEC$AAEC", nil, "rewrite_form", "digest"},
		{"passlib", "$pbkdf2-sha256$1000$AAEC$AAEC", nil, "digest_length", "hash"},
		{"passlib", "$pbkdf2-sha256$i=1000,l=3$AAEC$AAEC", nil, "digest_length", "hash"},
		{"passlib", "$pbkdf2-sha256$i=1000,l=32$AAEC$AAEC", nil, "rewrite_form", "digest"},
		{"passlib", "$pbkdf2-sha256$i=1000,v=1$AAEC$AAEC", nil, "rewrite_form", "digest"},
		{"passlib", "$pbkdf2-sha256$i=", nil, "rewrite_form", "digest"},
		{"auth0", core, nil, "rewrite_param", "algorithm"},
		{"auth0", core, P{"algorithm": "md4"}, "rewrite_impossible", "digest"},
		{"auth0", core, P{"algorithm": "hmac"}, "rewrite_impossible", "digest"},
		{"auth0", core, P{"algorithm": "bcrypt", "password_encoding": "utf16le"}, "rewrite_impossible", "digest"},
		{"auth0", core[:50], P{"algorithm": "bcrypt"}, "digest_length", "salt and hash"},
		{"auth0", example("md5"), P{"algorithm": "md5", "encoding": "base64"}, "rewrite_form", "digest"},
		{"auth0", example("md5"), P{"algorithm": "md5", "encoding": "utf8"}, "rewrite_form", "digest"},
		{"auth0", example("md5"), P{"algorithm": "md5", "salt": "x", "salt_encoding": "latin1"}, "rewrite_param", "salt"},
		{"auth0", example("md5"), P{"algorithm": "md5", "salt": "a$b"}, "rewrite_impossible", "digest"},
		{"auth0", example("md5")[:30], P{"algorithm": "md5", "salt": "x", "encoding": "hex"}, "rewrite_form", "digest"},
		{"auth0", strings.Repeat("0f", 20), P{"algorithm": "sha1", "encoding": "hex"}, "rewrite_impossible", "digest"},
		{"auth0", strings.Repeat("0f", 20), P{"algorithm": "sha1", "encoding": "hex", "salt": "x", "salt_position": "prefix"}, "rewrite_impossible", "digest"},
		{"auth0", "0f", P{"algorithm": "sha1", "encoding": "hex", "salt": "x", "salt_position": "suffix"}, "rewrite_form", "digest"},
		{"auth0", strings.Repeat("0f", 64), P{"algorithm": "sha512", "salt": "x"}, "rewrite_impossible", "digest"},
		{"auth0", "0f", P{"algorithm": "sha512"}, "rewrite_form", "digest"},
		{"auth0", strings.Repeat("0f", 64), P{"algorithm": "scrypt"}, "rewrite_param", "keylen"},
		{"auth0", strings.Repeat("0f", 64), P{"algorithm": "scrypt", "keylen": "64"}, "rewrite_param", "salt"},
		{"auth0", strings.Repeat("0f", 32), P{"algorithm": "scrypt", "keylen": "32", "salt": "x"}, "rewrite_impossible", "digest"},
		{"auth0", strings.Repeat("0f", 64), P{"algorithm": "scrypt", "keylen": "64", "salt": "00ff", "salt_encoding": "hex"}, "rewrite_impossible", "digest"},
		{"auth0", "0f", P{"algorithm": "scrypt", "keylen": "64", "salt": "x"}, "rewrite_form", "digest"},
		{"auth0", strings.Repeat("0f", 64), P{"algorithm": "scrypt", "keylen": "64", "salt": "x", "cost": "1000"}, "digest_cost", "method"},
		{"phpbb", "hello", nil, "rewrite_form", "digest"},
		{"phpbb", "$H$short", nil, "digest_length", "digest"},
		{"colon_salt", example("md5") + ":", nil, "digest_empty", "salt"},
		{"colon_salt", "a:b", nil, "rewrite_form", "digest"},
		{"hex_lower", "HELLO", nil, "rewrite_form", "digest"},
		{"base64_std", example("pbkdf2_sha256_django"), nil, "rewrite_form", "digest"},
		{"pbkdf2_sha1_key_length", example("pbkdf2_sha512"), nil, "rewrite_form", "digest"},
		{"pbkdf2_sha1_raw_salt", "pbkdf2_sha1$1000$cafe$" + strings.Repeat("0f", 20) + "$32", nil, "rewrite_form", "digest"},
	} {
		out, v := hashers.RewriteNamed(c.name, c.digest, c.params)
		if v.Status != hashers.Invalid || v.Code != c.code || v.Part != c.part {
			t.Errorf("%s %.50q: %v %s %s, want invalid %s %s", c.name, c.digest, v.Status, v.Code, v.Part, c.code, c.part)
			continue
		}
		if out != (hashers.Rewritten{}) {
			t.Errorf("%s %.50q: refused, and gives a digest all the same", c.name, c.digest)
		}
		if err := complete(v); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestRewrittenDoesNotPrintItsDigest(t *testing.T) {
	out, _ := hashers.RewriteNamed("phpbb", "$H$"+example("phpass")[3:], nil)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, out); got != "digest for phpass" {
			t.Errorf("%s prints %q", format, got)
		}
	}
}
