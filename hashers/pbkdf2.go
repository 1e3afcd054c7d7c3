package hashers

import (
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"strings"
)

const (
	// maxIterations is what every implementation can count to.
	maxIterations = 1<<31 - 1
	// oddIterations is several times what any system writes today (Django 6: 1.2 million).
	oddIterations = 10_000_000
	// minKey is the shortest derived key, in bytes, that is not taken for a cut-off one.
	minKey = 16
)

// pbkdf2Digest is "name$iterations$salt$hash", undecoded.
type pbkdf2Digest struct {
	iterations int
	salt       string
	hash       string
	length     string // fifth part, pbkdf2_sha1 only
	five       bool
}

// parsePBKDF2 reads what the five PBKDF2 hashers have in common.
func parsePBKDF2(digest, name string) (pbkdf2Digest, Verdict) {
	var p [5]string
	n := split(digest, '$', p[:])
	five := n == 5 && name == "pbkdf2_sha1"
	switch {
	case p[0] != name:
		return pbkdf2Digest{}, invalid(codePrefix, "prefix", "the first part is not the one that this hasher has", "check the hasher, and put its documented prefix before the iterations")
	case n != 4 && !five:
		return pbkdf2Digest{}, invalid(codeParts, "digest", "the parts are the prefix, iterations, salt and hash, separated by $", "check the parts; a salt must not hold a $")
	case p[2] == "":
		return pbkdf2Digest{}, invalid(codeEmpty, "salt", "the salt is empty", "export the digest again")
	case p[3] == "":
		return pbkdf2Digest{}, invalid(codeEmpty, "hash", "the hash is empty", "export the digest again")
	}
	iterations, ok := number(p[1], maxIterations)
	if !ok || iterations < 1 {
		return pbkdf2Digest{}, invalid(codeCost, "iterations", "the iterations must be a decimal number from 1 up to 2147483647", "check the order of the parts")
	}
	v := good
	if iterations > oddIterations {
		v = v.doubt(codeCost, "iterations", "there are far more iterations than any system writes", "try one such user first: Clerk may refuse or time out")
	}
	return pbkdf2Digest{iterations, p[2], p[3], p[4], five}, v
}

// rawSalt doubts a salt that is used byte for byte and is not ASCII.
func (v Verdict) rawSalt(salt string) Verdict {
	if isASCII(salt) {
		return v
	}
	return v.doubt(codeSalt, "salt", "how Clerk reads a salt outside of ASCII is not documented", "try one such user first")
}

// hexKey checks a hash in hexadecimal, and doubts a length that is not documented; want 0 skips the length.
func (v Verdict) hexKey(hash string, want int) Verdict {
	ok, upper := scanHex(hash)
	switch {
	case !ok:
		return invalid(codeHex, "hash", "the hash must be hexadecimal", "convert it: this hasher takes no base64")
	case len(hash)%2 != 0:
		return invalid(codeHex, "hash", "the hexadecimal hash has an odd number of characters", "the digest was cut off: export it again")
	case len(hash)/2 < minKey:
		return invalid(codeLength, "hash", "the hash is shorter than 16 bytes", "the digest was cut off: export it again")
	}
	if want > 0 && len(hash)/2 != want {
		v = v.doubt(codeLength, "hash", "the key has a length that is not documented", "try one such user first")
	}
	if upper {
		v = v.doubt(codeCase, "hash", "whether Clerk takes upper-case hexadecimal is not documented", "apply the rewrite hex_lower")
	}
	return v
}

// checkPBKDF2SHA1: a salt that is valid hexadecimal is decoded, any other is
// used as it is; the key length is the fifth part, or 32.
func checkPBKDF2SHA1(digest string) Verdict {
	d, v := parsePBKDF2(digest, "pbkdf2_sha1")
	if v.Status == Invalid {
		return v
	}
	if v = v.hexKey(d.hash, 0); v.Status == Invalid {
		return v
	}
	v = v.rawSalt(d.salt)
	if d.five {
		length, ok := number(d.length, maxDigest)
		switch {
		case !ok || length < 1:
			return invalid(codeLength, "key length", "the fifth part must be the key length in bytes", "give the number of bytes of the hash")
		case length != len(d.hash)/2:
			return invalid(codeLength, "key length", "the key length is not the number of bytes of the hash", "it is half the number of the hash's hexadecimal characters")
		}
		return v
	}
	if len(d.hash) != 2*32 {
		v = v.doubt(codeLength, "hash", "without a key length Clerk derives 32 bytes, which this hash has not: it may never verify", "apply the rewrite pbkdf2_sha1_key_length")
	}
	if isHexBytes(d.salt) {
		v = v.doubt(codeSalt, "salt", "the salt is valid hexadecimal and Clerk will decode it; if it was used as text it never verifies", "if it was used as text, apply the rewrite pbkdf2_sha1_raw_salt")
	}
	return v
}

func checkPBKDF2SHA256(digest string) Verdict {
	d, v := parsePBKDF2(digest, "pbkdf2_sha256")
	if v.Status == Invalid {
		return v
	}
	salt, key := scanBase64(d.salt), scanBase64(d.hash)
	switch {
	case !salt.ok:
		return invalid(codeBase64, "salt", "the salt must be base64", "if Django wrote the digest, the hasher is pbkdf2_sha256_django; else encode the salt")
	case !key.ok || key.slack:
		return invalid(codeBase64, "hash", "the hash must be base64", "convert it from hexadecimal, or export it again")
	case key.size < minKey:
		return invalid(codeLength, "hash", "the hash is shorter than 16 bytes", "the digest was cut off: export it again")
	}
	if looksLikeDjangoSalt(d.salt) {
		v = v.doubt(codeSalt, "salt", "the salt looks like one of Django's, which this hasher would decode and then never verify", "if Django wrote the digest, the hasher is pbkdf2_sha256_django")
	}
	if salt.slack {
		v = v.doubt(codeBase64, "salt", "the last bits of the base64 salt are not zero, which no encoder writes", "try one such user first: the salt may be meant as text")
	}
	if salt.url || salt.short || key.url || key.short {
		v = v.doubt(codeBase64, "salt and hash", "whether Clerk takes URL-safe or unpadded base64 is not documented", "apply the rewrite base64_std")
	}
	if key.size != 32 {
		v = v.doubt(codeLength, "hash", "the key has a length that is not documented", "try one such user first")
	}
	return v
}

// looksLikeDjangoSalt: Django draws 22 characters (12 before 3.2) from letters and digits.
func looksLikeDjangoSalt(salt string) bool {
	return (len(salt) == 12 || len(salt) == 22) && isAlnum(salt)
}

func checkPBKDF2SHA256Django(digest string) Verdict {
	d, v := parsePBKDF2(digest, "pbkdf2_sha256")
	if v.Status == Invalid {
		return v
	}
	key := scanBase64(d.hash)
	switch {
	case !key.ok || key.url || key.short || key.slack:
		return invalid(codeBase64, "hash", "the hash must be base64 as Django writes it, with its closing =", "export the digest again; from hexadecimal or URL-safe text convert it")
	case key.size != 32:
		return invalid(codeLength, "hash", "the hash must have 32 bytes, 44 characters of base64", "the digest was cut off, or is not from Django's pbkdf2_sha256")
	}
	if strings.ContainsAny(d.salt, "+/=") {
		v = v.doubt(codeSalt, "salt", "the salt looks like base64, but this hasher uses it as text", "if the salt is encoded, the hasher is pbkdf2_sha256")
	}
	return v.rawSalt(d.salt)
}

func checkPBKDF2SHA512(digest string) Verdict {
	d, v := parsePBKDF2(digest, "pbkdf2_sha512")
	if v.Status == Invalid {
		return v
	}
	return v.rawSalt(d.salt).hexKey(d.hash, 64)
}

func checkPBKDF2SHA512Hex(digest string) Verdict {
	d, v := parsePBKDF2(digest, "pbkdf2_sha512_hex")
	if v.Status == Invalid {
		return v
	}
	ok, upper := scanHex(d.salt)
	if !ok || len(d.salt)%2 != 0 {
		return invalid(codeHex, "salt", "the salt must be hexadecimal, two characters a byte", "encode it; for a salt used as text the hasher is pbkdf2_sha512")
	}
	if upper {
		v = v.doubt(codeCase, "salt", "whether Clerk takes upper-case hexadecimal is not documented", "apply the rewrite hex_lower")
	}
	return v.hexKey(d.hash, 64)
}

// derives tells whether the password gives key; the caller has bounded the iterations.
func derives(h func() hash.Hash, password string, salt []byte, iterations int, key []byte) bool {
	derived, err := pbkdf2.Key(h, password, salt, iterations, len(key))
	return err == nil && same(derived, key)
}

// affordable bounds PBKDF2 by its hash blocks: iterations for each block of key.
func (d pbkdf2Digest) affordable(keyBytes, hashBytes int) error {
	blocks := (keyBytes + hashBytes - 1) / hashBytes
	return affordable(d.iterations*blocks, maxHashes)
}

func verifyPBKDF2SHA1(digest, password string) (Match, error) {
	d, _ := parsePBKDF2(digest, "pbkdf2_sha1")
	key, _ := hex.DecodeString(d.hash)
	if err := d.affordable(len(key), sha1.Size); err != nil {
		return Match{}, err
	}
	if decoded, err := hex.DecodeString(d.salt); err == nil {
		if derives(sha1.New, password, decoded, d.iterations, key) {
			return d.sha1Match(key), nil
		}
		if derives(sha1.New, password, []byte(d.salt), d.iterations, key) {
			return Match{How: "only with the salt as text, which Clerk decodes as hexadecimal: apply the rewrite pbkdf2_sha1_raw_salt"}, nil
		}
		return Match{}, nil
	}
	if derives(sha1.New, password, []byte(d.salt), d.iterations, key) {
		return d.sha1Match(key), nil
	}
	return Match{}, nil
}

// sha1Match: the password is right, but does Clerk derive a key of this length?
func (d pbkdf2Digest) sha1Match(key []byte) Match {
	if !d.five && len(key) != 32 {
		return Match{How: "only with the length of this key, where Clerk derives 32 bytes: apply the rewrite pbkdf2_sha1_key_length"}
	}
	return Match{OK: true}
}

func verifyPBKDF2SHA256(digest, password string) (Match, error) {
	d, _ := parsePBKDF2(digest, "pbkdf2_sha256")
	key := decode64(d.hash)
	if err := d.affordable(len(key), sha256.Size); err != nil {
		return Match{}, err
	}
	if derives(sha256.New, password, decode64(d.salt), d.iterations, key) {
		return Match{OK: true}, nil
	}
	if looksLikeDjangoSalt(d.salt) && derives(sha256.New, password, []byte(d.salt), d.iterations, key) {
		return Match{How: "only with the salt as text: the hasher is pbkdf2_sha256_django"}, nil
	}
	return Match{}, nil
}

func verifyPBKDF2SHA256Django(digest, password string) (Match, error) {
	d, _ := parsePBKDF2(digest, "pbkdf2_sha256")
	if err := d.affordable(sha256.Size, sha256.Size); err != nil {
		return Match{}, err
	}
	key := decode64(d.hash)
	if derives(sha256.New, password, []byte(d.salt), d.iterations, key) {
		return Match{OK: true}, nil
	}
	if strings.ContainsAny(d.salt, "+/=") && scanBase64(d.salt).ok && derives(sha256.New, password, decode64(d.salt), d.iterations, key) {
		return Match{How: "only with the salt decoded from base64: the hasher is pbkdf2_sha256"}, nil
	}
	return Match{}, nil
}

func verifyPBKDF2SHA512(digest, password string) (Match, error) {
	d, _ := parsePBKDF2(digest, "pbkdf2_sha512")
	return d.verifySHA512(password, []byte(d.salt))
}

func verifyPBKDF2SHA512Hex(digest, password string) (Match, error) {
	d, _ := parsePBKDF2(digest, "pbkdf2_sha512_hex")
	salt, _ := hex.DecodeString(d.salt)
	return d.verifySHA512(password, salt)
}

func (d pbkdf2Digest) verifySHA512(password string, salt []byte) (Match, error) {
	key, _ := hex.DecodeString(d.hash)
	if err := d.affordable(len(key), sha512.Size); err != nil {
		return Match{}, err
	}
	return Match{OK: derives(sha512.New, password, salt, d.iterations, key)}, nil
}
