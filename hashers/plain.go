package hashers

import (
	"crypto/md5"
	"crypto/sha256"
	"strings"
)

// checkPlain is for digests that are nothing but the hexadecimal hash: md5 (32) and sha256 (64).
func checkPlain(digest string, size int) Verdict {
	ok, upper := scanHex(digest)
	switch {
	case !ok && strings.IndexByte(digest, '$') >= 0:
		return invalid(codeHex, "hash", "the digest has parts, not just a hexadecimal hash", "if there is a salt, the hasher is the salted one; else check the hasher")
	case !ok:
		return invalid(codeHex, "hash", "the digest is not hexadecimal", "convert it to lower-case hexadecimal, or check the hasher")
	case len(digest) != size:
		return invalid(codeLength, "hash", "the hexadecimal hash has the wrong length for this hasher", "check the hasher: MD5 has 32 characters, SHA-256 has 64")
	case upper:
		return good.doubt(codeCase, "hash", "whether Clerk takes upper-case hexadecimal is not documented", "apply the rewrite hex_lower")
	}
	return good
}

func checkMD5(digest string) Verdict    { return checkPlain(digest, 32) }
func checkSHA256(digest string) Verdict { return checkPlain(digest, 64) }

func md5Sum(b []byte) []byte {
	sum := md5.Sum(b)
	return sum[:]
}

func sha256Sum(b []byte) []byte {
	sum := sha256.Sum256(b)
	return sum[:]
}

func verifyMD5(digest, password string) (Match, error) {
	return Match{OK: sameHex(digest, md5Sum([]byte(password)))}, nil
}

func verifySHA256(digest, password string) (Match, error) {
	return Match{OK: sameHex(digest, sha256Sum([]byte(password)))}, nil
}

// cutSalted splits "salt$hash" at its last $, since the hash holds none and the salt may.
func cutSalted(digest string) (salt, hash string, ok bool) {
	i := strings.LastIndexByte(digest, '$')
	if i < 0 {
		return "", "", false
	}
	return digest[:i], digest[i+1:], true
}

func checkSalted(digest string, size int) Verdict {
	salt, hash, ok := cutSalted(digest)
	if !ok {
		return invalid(codeParts, "digest", "the form is the salt, a $, and the hexadecimal hash", "put the salt and a $ before the hash; without a salt use the unsalted hasher")
	}
	hexOK, upper := scanHex(hash)
	switch {
	case strings.HasPrefix(digest, "pbkdf2_"):
		return invalid(codePrefix, "prefix", "this is a PBKDF2 digest", "use the hasher that its first part names")
	case !hexOK:
		return invalid(codeHex, "hash", "what follows the salt is not hexadecimal", "convert the hash to lower-case hexadecimal; the salt comes first")
	case len(hash) != size:
		return invalid(codeLength, "hash", "the hexadecimal hash has the wrong length for this hasher", "check the hasher: MD5 has 32 characters, SHA-256 has 64")
	case salt == "":
		return invalid(codeEmpty, "salt", "the salt is empty", "give the hash alone and use the unsalted hasher")
	}
	v := good
	if strings.IndexByte(salt, '$') >= 0 {
		v = v.doubt(codeSalt, "salt", "the salt holds a $, which also separates the parts", "try one such user first")
	}
	if !isASCII(salt) {
		v = v.doubt(codeSalt, "salt", "how Clerk reads a salt outside of ASCII is not documented", "try one such user first")
	}
	if upper {
		v = v.doubt(codeCase, "hash", "whether Clerk takes upper-case hexadecimal is not documented", "apply the rewrite hex_lower")
	}
	return v.doubt(codeSalt, "salt", "whether Clerk puts the salt before or after the password is not documented", "verify one known password, and try one such user first")
}

func checkMD5Salted(digest string) Verdict    { return checkSalted(digest, 32) }
func checkSHA256Salted(digest string) Verdict { return checkSalted(digest, 64) }

func verifyMD5Salted(digest, password string) (Match, error) {
	return verifySalted(digest, password, md5Sum)
}

func verifySHA256Salted(digest, password string) (Match, error) {
	return verifySalted(digest, password, sha256Sum)
}

// verifySalted tries both sides of the salt: the documentation does not say which one Clerk uses.
func verifySalted(digest, password string, sum func([]byte) []byte) (Match, error) {
	salt, hash, _ := cutSalted(digest)
	before := sameHex(hash, sum([]byte(salt+password)))
	after := sameHex(hash, sum([]byte(password+salt)))
	switch {
	case before:
		return Match{OK: true, How: "salt before the password"}, nil
	case after:
		return Match{OK: true, How: "salt after the password"}, nil
	}
	return Match{}, nil
}
