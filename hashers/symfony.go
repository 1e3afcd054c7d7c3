package hashers

import (
	"crypto/sha512"
	"strings"
)

// symfonyDigest is "sha512_symfony$iterations$salt$hash".
type symfonyDigest struct {
	iterations int
	salt, hash string
}

func parseSymfony(digest string) (symfonyDigest, Verdict) {
	var p [4]string
	n := split(digest, '$', p[:])
	switch {
	case p[0] != "sha512_symfony":
		return symfonyDigest{}, invalid(codePrefix, "prefix", "the digest must begin with sha512_symfony$", "for Symfony's bare hash apply the rewrite symfony")
	case n != 4:
		return symfonyDigest{}, invalid(codeParts, "digest", "the parts are the prefix, iterations, salt and hash, separated by $", "check the parts; a salt must not hold a $")
	}
	iterations, ok := number(p[1], maxIterations)
	if !ok || iterations < 1 {
		return symfonyDigest{}, invalid(codeCost, "iterations", "the iterations must be a decimal number from 1", "take them from security.yaml (Symfony's default is 5000)")
	}
	b := scanBase64(p[3])
	switch {
	case !b.ok || b.url || b.short || b.slack:
		return symfonyDigest{}, invalid(codeBase64, "hash", "the hash must be standard base64 with its padding", "from hexadecimal apply the rewrite symfony, from other base64 the rewrite base64_std")
	case b.size != sha512.Size:
		return symfonyDigest{}, invalid(codeLength, "hash", "a SHA-512 has 64 bytes, 88 characters of base64", "convert it if it is hexadecimal; Clerk takes SHA-512 only; else it was cut off")
	}
	v := good
	switch {
	case p[2] == "":
		v = v.doubt(codeSalt, "salt", "an empty salt is not documented", "try one such user first")
	case strings.ContainsAny(p[2], "{}"):
		v = v.doubt(codeSalt, "salt", "the salt holds braces, which Symfony itself refuses", "check the salt, and try one such user first")
	}
	if iterations > oddIterations {
		v = v.doubt(codeCost, "iterations", "there are far more iterations than any system writes", "try one such user first: Clerk may refuse or time out")
	}
	return symfonyDigest{iterations, p[2], p[3]}, v.rawSalt(p[2])
}

func checkSymfony(digest string) Verdict {
	_, v := parseSymfony(digest)
	return v
}

// verifySymfony is Symfony's MessageDigestPasswordEncoder: the salt is merged
// in braces behind the password, and every round takes in the merged text again.
func verifySymfony(digest, password string) (Match, error) {
	d, _ := parseSymfony(digest)
	merged := password
	if d.salt != "" {
		merged += "{" + d.salt + "}"
	}
	if err := affordableChain(d.iterations, sha512.Size+len(merged)); err != nil {
		return Match{}, err
	}
	sum := sha512.Sum512([]byte(merged))
	buf := append(make([]byte, sha512.Size), merged...)
	for range d.iterations - 1 {
		copy(buf, sum[:])
		sum = sha512.Sum512(buf)
	}
	return Match{OK: same(sum[:], decode64(d.hash))}, nil
}
