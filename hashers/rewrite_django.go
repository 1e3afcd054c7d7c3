package hashers

import (
	"encoding/hex"
	"strconv"
	"strings"
)

// fromDjango reads what django.contrib.auth.hashers writes: algorithm, a $, and what the algorithm needs.
func fromDjango(digest string, _ Params) (Rewritten, Verdict) {
	algorithm, rest, ok := strings.Cut(digest, "$")
	if !ok {
		return otherForm()
	}
	switch algorithm {
	case "pbkdf2_sha256":
		return rewritten("pbkdf2_sha256_django", digest)
	case "pbkdf2_sha1":
		return fromDjangoSHA1(digest)
	case "bcrypt_sha256":
		return rewritten("bcrypt_sha256_django", digest)
	case "bcrypt":
		return rewritten("bcrypt", rest)
	case "argon2":
		return toArgon2("$" + rest)
	case "scrypt":
		return fromDjangoScrypt(digest)
	case "md5":
		if hash, bare := strings.CutPrefix(rest, "$"); bare {
			return rewritten("md5", hash)
		}
		return rewritten("md5_salted", rest)
	case "sha1", "crypt":
		return impossible()
	}
	return otherForm()
}

// toArgon2 names the hasher by the digest's variant.
func toArgon2(digest string) (Rewritten, Verdict) {
	switch {
	case strings.HasPrefix(digest, "$argon2id$"):
		return rewritten("argon2id", digest)
	case strings.HasPrefix(digest, "$argon2i$"):
		return rewritten("argon2i", digest)
	case strings.HasPrefix(digest, "$argon2d$"):
		return impossible()
	}
	return otherForm()
}

// fromDjangoSHA1: Django's hash is base64 where Clerk wants hexadecimal, and its salt is text.
func fromDjangoSHA1(digest string) (Rewritten, Verdict) {
	var p [4]string
	if split(digest, '$', p[:]) != 4 {
		return otherForm()
	}
	iterations, ok1 := iterationsOf(p[1])
	key, ok2 := from64(p[3])
	if !ok1 || !ok2 || len(key) != 20 || p[2] == "" {
		return otherForm()
	}
	return toPBKDF2SHA1(iterations, []byte(p[2]), key)
}

// fromDjangoScrypt: scrypt$N$salt$r$p$hash holds what Werkzeug's form holds.
func fromDjangoScrypt(digest string) (Rewritten, Verdict) {
	var p [6]string
	if split(digest, '$', p[:]) != 6 {
		return otherForm()
	}
	hash, ok := from64(p[5])
	if !ok {
		return otherForm()
	}
	return rewritten("scrypt_werkzeug", "scrypt:"+p[1]+":"+p[3]+":"+p[4]+"$"+p[2]+"$"+hex.EncodeToString(hash))
}

// fromWerkzeug: method$salt$hash, the salt as text and the hash in hexadecimal.
func fromWerkzeug(digest string, _ Params) (Rewritten, Verdict) {
	if strings.HasPrefix(digest, "scrypt:") {
		return rewritten("scrypt_werkzeug", digest)
	}
	var p [3]string
	var m [3]string
	if split(digest, '$', p[:]) != 3 || split(p[0], ':', m[:]) != 3 || m[0] != "pbkdf2" || p[1] == "" {
		return otherForm()
	}
	iterations, ok := iterationsOf(m[2])
	key, err := hex.DecodeString(p[2])
	switch {
	case !ok:
		return otherForm()
	case err != nil:
		return Rewritten{}, invalid(codeHex, "hash", "the hash is not hexadecimal, two digits a byte", "the digest was cut off or altered: export it again")
	}
	head := "$" + strconv.Itoa(iterations) + "$" + p[1] + "$"
	switch m[1] {
	case "sha1", "crypt":
		return toPBKDF2SHA1(iterations, []byte(p[1]), key)
	case "sha256": // Django's spelling, since the salt is text
		return rewritten("pbkdf2_sha256_django", "pbkdf2_sha256"+head+std64(key))
	case "sha512":
		return rewritten("pbkdf2_sha512", "pbkdf2_sha512"+head+hex.EncodeToString(key))
	}
	return impossible()
}
