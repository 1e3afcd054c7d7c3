package hashers_test

import (
	"strings"
	"testing"
)

func TestBadArgon2(t *testing.T) {
	for _, hasher := range []string{"argon2i", "argon2id"} {
		other := map[string]string{"argon2i": "argon2id", "argon2id": "argon2i"}[hasher]
		head, hash := "$"+hasher+"$v=19$m=64,t=4,p=8$c29tZXNhbHQ", "$iGXEpMBTDYQ8G/71tF0qGjxRHEmR3gpGULcE93zUJVU"
		good := head + hash
		swap := func(from, to string) string {
			if !strings.Contains(good, from) {
				t.Fatalf("nothing to spoil: %s", from)
			}
			return strings.Replace(good, from, to, 1)
		}
		for _, bad := range []struct{ digest, code string }{
			{example(other), "digest_prefix"},
			{good[1:], "digest_prefix"},
			{"argon2" + good, "digest_prefix"},
			{swap(hasher, "argon2d"), "digest_prefix"},
			{swap(hasher, strings.ToUpper(hasher)), "digest_prefix"},
			{good + "$", "digest_parts"},
			{head, "digest_options"},
			{"$" + hasher, "digest_parts"},
			{swap("v=19", "v=20"), "digest_options"},
			{swap("v=19", "19"), "digest_options"},
			{swap(",p=8", ""), "digest_options"},
			{swap(",p=8", ",p=8,keyid=AA"), "digest_options"},
			{swap("p=8", "x=8"), "digest_options"},
			{swap("p=8", "t=8"), "digest_options"},
			{swap("p=8", "p"), "digest_options"},
			{swap("m=64", "m=063"), "digest_cost"},
			{swap("m=64", "m=-64"), "digest_cost"},
			{swap("m=64", "m=63"), "digest_cost"},
			{swap("m=64", "m=99999999999"), "digest_cost"},
			{swap("t=4", "t=0"), "digest_cost"},
			{swap("p=8", "p=0"), "digest_cost"},
			{strings.Replace(swap("m=64", "m=2000000000"), "p=8", "p=16777216", 1), "digest_cost"},
			{swap("c29tZXNhbHQ", ""), "digest_empty"},
			{swap("c29tZXNhbHQ", "c29tZXNhbHQ!"), "digest_base64"},
			{swap("c29tZXNhbHQ", "c29tZX-hbHQ"), "digest_base64"},
			{swap("c29tZXNhbHQ", "c29tZXNhbHQaa"), "digest_base64"},
			{head + "$", "digest_empty"},
			{head + hash[:len(hash)-1], "digest_base64"},
			{head + hash[:len(hash)-1] + "V", "digest_base64"},
			{head + "$AAAA", "digest_length"},
		} {
			refused(t, hasher, bad.digest, bad.code)
		}
	}
}

func TestBadPBKDF2(t *testing.T) {
	hex := strings.Repeat("0f", 64)
	const key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	for _, h := range []struct{ name, head, salt, hash string }{
		{"pbkdf2_sha1", "pbkdf2_sha1$", "-salt-", hex[:64]},
		{"pbkdf2_sha256", "pbkdf2_sha256$", "c29tZXNhbHQx", key},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$", "Qz81LmRtYwXe", key},
		{"pbkdf2_sha512", "pbkdf2_sha512$", "-salt-", hex},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$", "cafe0123", hex},
	} {
		for _, bad := range []struct{ digest, code string }{
			{strings.ToUpper(h.head) + "1000$" + h.salt + "$" + h.hash, "digest_prefix"},
			{"pbkdf2$1000$" + h.salt + "$" + h.hash, "digest_prefix"},
			{"1000$" + h.salt + "$" + h.hash, "digest_prefix"},
			{"$" + h.head + "1000$" + h.salt + "$" + h.hash, "digest_prefix"},
			{h.head + "1000$" + h.salt, "digest_parts"},
			{h.head + "1000$" + h.salt + "$" + h.hash + "$32$", "digest_parts"},
			{h.head + "0$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "-1$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "1e3$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "01000$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "2147483648$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "99999999999999999999$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "$" + h.salt + "$" + h.hash, "digest_cost"},
			{h.head + "1000$$" + h.hash, "digest_empty"},
			{h.head + "1000$" + h.salt + "$", "digest_empty"},
			{h.head + "1000," + h.salt + "," + h.hash, "digest_parts"},
		} {
			refused(t, h.name, bad.digest, bad.code)
		}
	}
	for _, bad := range []struct{ hasher, digest, code string }{
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + key, "digest_hex"}, // as Django writes it
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + hex[:39], "digest_hex"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + hex[:30], "digest_length"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + hex[:40] + "$", "digest_length"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + hex[:40] + "$32", "digest_length"},
		{"pbkdf2_sha1", "pbkdf2_sha1$1000$salt$" + hex[:40] + "$x", "digest_length"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$salt$" + hex[:63] + "!", "digest_base64"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$not.base64$" + key, "digest_base64"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZ$" + key, "digest_base64"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29+ZX-hbHQx$" + key, "digest_base64"}, // both alphabets
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQx$" + key + "=", "digest_base64"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQx$AAECAwQFBgcICQoL", "digest_length"},
		{"pbkdf2_sha256", "pbkdf2_sha256$1000$c29tZXNhbHQx$" + key[:42] + "9=", "digest_base64"},
		{"pbkdf2_sha256", "$pbkdf2-sha256$1000$c29tZXNhbHQx$" + key[:43], "digest_prefix"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$salt$" + key[:43], "digest_base64"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$salt$" + hex[:64], "digest_length"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$salt$AAECAwQFBgcICQoLDA0ODw==", "digest_length"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$salt$_" + key[1:], "digest_base64"},
		{"pbkdf2_sha256_django", "pbkdf2_sha256$1000$salt$" + key[:42] + "9=", "digest_base64"},
		{"pbkdf2_sha512", "pbkdf2_sha512$1000$salt$" + key, "digest_hex"},
		{"pbkdf2_sha512", "pbkdf2_sha512$1000$salt$" + hex[:127], "digest_hex"},
		{"pbkdf2_sha512", "pbkdf2_sha512$1000$salt$" + hex[:8], "digest_length"},
		{"pbkdf2_sha512", "pbkdf2_sha512_hex$1000$cafe$" + hex, "digest_prefix"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$salt$" + hex, "digest_hex"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$abc$" + hex, "digest_hex"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$cafe$" + key, "digest_hex"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512_hex$1000$cafe$" + hex[:8], "digest_length"},
		{"pbkdf2_sha512_hex", "pbkdf2_sha512$1000$cafe$" + hex, "digest_prefix"},
	} {
		refused(t, bad.hasher, bad.digest, bad.code)
	}
}

func TestBadScryptAndSymfony(t *testing.T) {
	const b = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	hex := strings.Repeat("0f", 64)
	sym := example("sha512_symfony")
	hash := sym[strings.LastIndexByte(sym, '$')+1:]
	for _, bad := range []struct{ hasher, digest, code string }{
		{"scrypt_firebase", b, "digest_parts"},
		{"scrypt_firebase", b + "$c2FsdA==", "digest_parts"},
		{"scrypt_firebase", "$" + b + "$c2FsdA==$" + b + "$Bw==$8$14", "digest_parts"},
		{"scrypt_firebase", "$c2FsdA==$" + b + "$Bw==$8$14", "digest_base64"},
		{"scrypt_firebase", b + "$$" + b + "$Bw==$8$14", "digest_base64"},
		{"scrypt_firebase", b + "$c2FsdA==$$Bw==$8$14", "digest_base64"},
		{"scrypt_firebase", b + "$c2F.dA==$" + b + "$Bw==$8$14", "digest_base64"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$B$8$14", "digest_base64"},
		{"scrypt_firebase", b + "=$c2FsdA==$" + b + "$Bw==$8$14", "digest_base64"},
		{"scrypt_firebase", "c2FsdA==$" + b + "$" + b + "$Bw==$8$14", "digest_length"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$0$14", "digest_cost"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$$14", "digest_cost"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$8$0", "digest_cost"},
		{"scrypt_firebase", b + "$c2FsdA==$" + b + "$Bw==$8$16384", "digest_cost"},
		{"scrypt_werkzeug", "pbkdf2:sha256:1000$salt$" + hex, "digest_prefix"},
		{"scrypt_werkzeug", "$scrypt$ln=15,r=8,p=1$c2FsdA$" + b, "digest_parts"},
		{"scrypt_werkzeug", "SCRYPT:32768:8:1$salt$" + hex, "digest_prefix"},
		{"scrypt_werkzeug", "scrypt2:32768:8:1$salt$" + hex, "digest_prefix"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt", "digest_parts"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$$" + hex, "digest_empty"},
		{"scrypt_werkzeug", "scrypt:32768:8$salt$" + hex, "digest_options"},
		{"scrypt_werkzeug", "scrypt:32768:8:1:1$salt$" + hex, "digest_options"},
		{"scrypt_werkzeug", "scrypt:30000:8:1$salt$" + hex, "digest_cost"},
		{"scrypt_werkzeug", "scrypt:1:8:1$salt$" + hex, "digest_cost"},
		{"scrypt_werkzeug", "scrypt:32768:0:1$salt$" + hex, "digest_cost"},
		{"scrypt_werkzeug", "scrypt:32768:8:x$salt$" + hex, "digest_cost"},
		{"scrypt_werkzeug", "scrypt:32768:32768:32768$salt$" + hex, "digest_cost"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + hex[:127], "digest_hex"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + hex[:20], "digest_length"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$" + b, "digest_hex"},
		{"scrypt_werkzeug", "scrypt:32768:8:1$salt$", "digest_hex"},
		{"sha512_symfony", hash, "digest_prefix"},
		{"sha512_symfony", "sha256_symfony$5000$salt$" + hash, "digest_prefix"},
		{"sha512_symfony", "sha512_symfony$5000$" + hash, "digest_parts"},
		{"sha512_symfony", "sha512_symfony$5000$sa$lt$" + hash, "digest_parts"},
		{"sha512_symfony", "sha512_symfony$0$salt$" + hash, "digest_cost"},
		{"sha512_symfony", "sha512_symfony$$salt$" + hash, "digest_cost"},
		{"sha512_symfony", "sha512_symfony$salt$5000$" + hash, "digest_cost"},
		{"sha512_symfony", "sha512_symfony$5000$salt$" + hash[:86], "digest_base64"},
		{"sha512_symfony", "sha512_symfony$5000$salt$" + hash[:80], "digest_length"},
		{"sha512_symfony", "sha512_symfony$5000$salt$" + b, "digest_length"},
		{"sha512_symfony", "sha512_symfony$5000$salt$" + hex, "digest_length"},
		{"sha512_symfony", "sha512_symfony$5000$salt$", "digest_length"},
		{"sha512_symfony", "sha512_symfony$5000$salt$_" + hash[1:], "digest_base64"},
	} {
		refused(t, bad.hasher, bad.digest, bad.code)
	}
}
