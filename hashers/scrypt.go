package hashers

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/hex"
	"strings"

	"golang.org/x/crypto/scrypt"
)

// firebaseDigest is "hash$salt$signer key$salt separator$rounds$memory cost", the first four base64.
type firebaseDigest struct {
	hash, salt, key, separator string
	rounds, memory             int // memory is the binary logarithm of scrypt's N
}

func parseFirebase(digest string) (firebaseDigest, Verdict) {
	var p [6]string
	if split(digest, '$', p[:]) != 6 {
		return firebaseDigest{}, invalid(codeParts, "digest", "the six parts are hash, salt, signer key, salt separator, rounds and memory cost", "apply the rewrite firebase with the project's hash parameters")
	}
	d := firebaseDigest{hash: p[0], salt: p[1], key: p[2], separator: p[3]}
	v := d.checkBase64()
	if v.Status == Invalid {
		return d, v
	}
	var ok bool
	if d.rounds, ok = number(p[4], maxIterations); !ok || d.rounds < 1 {
		return d, invalid(codeCost, "rounds", "the rounds must be a decimal number from 1", "take them from the project's hash parameters (usually 8)")
	}
	if d.memory, ok = number(p[5], 31); !ok || d.memory < 1 {
		return d, invalid(codeCost, "memory cost", "the memory cost must be a decimal number from 1 to 31", "take it from the project's hash parameters (usually 14)")
	}
	// Firebase's own import takes 1 to 8 and 1 to 14.
	if d.rounds > 8 || d.memory > 14 {
		v = v.doubt(codeCost, "rounds and memory cost", "more than 8 rounds or a memory cost above 14 is more than Firebase itself takes", "check the project's hash parameters")
	}
	return d, v
}

func (d firebaseDigest) checkBase64() Verdict {
	hash, salt, key, sep := scanBase64(d.hash), scanBase64(d.salt), scanBase64(d.key), scanBase64(d.separator)
	switch {
	case d.hash == "" || !hash.ok || hash.slack:
		return invalid(codeBase64, "hash", "the hash must be base64", "take passwordHash from Firebase's export")
	case d.salt == "" || !salt.ok:
		return invalid(codeBase64, "salt", "the salt must be base64", "take salt from Firebase's export")
	case d.key == "" || !key.ok || key.slack:
		return invalid(codeBase64, "signer key", "the signer key must be base64", "take base64_signer_key from the project's hash parameters")
	case !sep.ok:
		return invalid(codeBase64, "salt separator", "the salt separator must be base64", "take base64_salt_separator from the project's hash parameters")
	case hash.size != key.size: // the hash is the signer key, encrypted
		return invalid(codeLength, "hash", "hash and signer key must have the same length", "check the order of the parts, and that none was cut off")
	}
	v := good
	if d.separator == "" {
		v = v.doubt(codeSalt, "salt separator", "an empty salt separator is not documented", "check the project's hash parameters (usually Bw==)")
	}
	if hash.url || salt.url || key.url || sep.url || hash.short || salt.short || key.short || sep.short {
		v = v.doubt(codeBase64, "digest", "whether Clerk takes URL-safe or unpadded base64 is not documented", "apply the rewrite base64_std")
	}
	if salt.slack || sep.slack {
		v = v.doubt(codeBase64, "salt", "the last bits of the base64 are not zero, which no encoder writes", "try one such user first")
	}
	return v
}

func checkFirebase(digest string) Verdict {
	_, v := parseFirebase(digest)
	return v
}

// verifyFirebase follows Firebase's published scrypt: the key derived from the
// password encrypts the project's signer key, and the ciphertext is the hash.
func verifyFirebase(digest, password string) (Match, error) {
	d, _ := parseFirebase(digest)
	salt := append(decode64(d.salt), decode64(d.separator)...)
	key, err := scryptKey(password, salt, 1<<d.memory, d.rounds, 1, 32)
	if err != nil {
		return Match{}, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Match{}, ErrUnverifiable
	}
	sealed := decode64(d.key)
	var iv [aes.BlockSize]byte // zero, as Firebase has it
	cipher.NewCTR(block, iv[:]).XORKeyStream(sealed, sealed)
	return Match{OK: same(sealed, decode64(d.hash))}, nil
}

// scryptKey is scrypt within the bounds of Verify.
func scryptKey(password string, salt []byte, n, r, p, size int) ([]byte, error) {
	if r > 1<<20 || p > 1<<20 || n > maxScrypt || n*r > maxMemory/128 || n*r*p > maxScrypt {
		return nil, ErrTooCostly
	}
	key, err := scrypt.Key([]byte(password), salt, n, r, p, size)
	if err != nil { // parameters that no scrypt accepts
		return nil, ErrUnverifiable
	}
	return key, nil
}

// werkzeugDigest is "scrypt:N:r:p$salt$hash".
type werkzeugDigest struct {
	n, r, p    int
	salt, hash string
	base64     bool
}

func parseWerkzeug(digest string) (werkzeugDigest, Verdict) {
	v := good
	text, leading := strings.CutPrefix(digest, "$")
	if leading {
		v = v.doubt(codePrefix, "prefix", "Werkzeug writes no $ at the beginning; Clerk's page shows one", "give the digest as Werkzeug writes it")
	}
	var p [3]string
	n := split(text, '$', p[:])
	switch {
	case p[0] != "scrypt" && !strings.HasPrefix(p[0], "scrypt:"):
		return werkzeugDigest{}, invalid(codePrefix, "method", "the digest must begin with scrypt:", "for pbkdf2: apply the rewrite werkzeug_pbkdf2; else check the hasher")
	case n != 3:
		return werkzeugDigest{}, invalid(codeParts, "digest", "the parts are the method, the salt and the hash, separated by $", "export the digest again")
	case p[1] == "":
		return werkzeugDigest{}, invalid(codeEmpty, "salt", "the salt is empty", "export the digest again")
	}
	d := werkzeugDigest{salt: p[1], hash: p[2]}
	if v = d.parseMethod(p[0], v); v.Status == Invalid {
		return d, v
	}
	v = d.parseHash(v)
	return d, v.rawSalt(d.salt)
}

// parseMethod reads "scrypt:32768:8:1"; a bare "scrypt" stands for these numbers.
func (d *werkzeugDigest) parseMethod(method string, v Verdict) Verdict {
	if method == "scrypt" {
		d.n, d.r, d.p = 1<<15, 8, 1
		return v.doubt(codeOptions, "method", "the numbers after scrypt are missing; Werkzeug then takes its defaults", "write scrypt:32768:8:1 if these were the parameters")
	}
	var m [4]string
	if split(method, ':', m[:]) != 4 {
		return invalid(codeOptions, "method", "the method must be scrypt:N:r:p", "export the digest again")
	}
	var ok [3]bool
	d.n, ok[0] = number(m[1], 1<<31)
	d.r, ok[1] = number(m[2], maxIterations)
	d.p, ok[2] = number(m[3], maxIterations)
	switch {
	case !ok[0] || !ok[1] || !ok[2] || d.r < 1 || d.p < 1 || d.r*d.p >= 1<<30:
		return invalid(codeCost, "method", "N, r and p must be decimal numbers from 1, and r times p under 2^30", "export the digest again")
	case d.n < 2 || d.n&(d.n-1) != 0:
		return invalid(codeCost, "method", "N must be a power of two above 1", "export the digest again")
	}
	return v
}

// parseHash takes the 64 bytes in hexadecimal, as Werkzeug writes them; Clerk's page says base64.
func (d *werkzeugDigest) parseHash(v Verdict) Verdict {
	if ok, _ := scanHex(d.hash); ok {
		return v.hexKey(d.hash, 64)
	}
	b := scanBase64(d.hash)
	if !b.ok || b.url || b.slack || b.size != 64 {
		return invalid(codeHex, "hash", "the hash must be hexadecimal, 128 characters", "the digest was cut off or altered: export it again")
	}
	d.base64 = true
	return v.doubt(codeBase64, "hash", "Werkzeug writes hexadecimal; Clerk's page says base64", "give the digest as Werkzeug writes it")
}

func checkWerkzeug(digest string) Verdict {
	_, v := parseWerkzeug(digest)
	return v
}

func verifyWerkzeug(digest, password string) (Match, error) {
	d, _ := parseWerkzeug(digest)
	want, _ := hex.DecodeString(d.hash)
	if d.base64 {
		want = decode64(d.hash)
	}
	key, err := scryptKey(password, []byte(d.salt), d.n, d.r, d.p, len(want))
	if err != nil {
		return Match{}, err
	}
	return Match{OK: same(key, want)}, nil
}
