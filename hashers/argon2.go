package hashers

import (
	"strings"

	"golang.org/x/crypto/argon2"
)

// argon2Digest is "$argon2id$v=19$m=64,t=4,p=8$salt$hash", undecoded.
type argon2Digest struct {
	version, memory, time, threads int // memory in KiB
	salt, hash                     string
}

func parseArgon2(digest, variant string) (argon2Digest, Verdict) {
	var p [6]string
	n := split(digest, '$', p[:])
	switch {
	case n < 2 || p[0] != "" || p[1] != variant:
		return argon2Digest{}, argon2Prefix(p[1], variant)
	case n == 5: // version 16 was written without its number
		p[3], p[4], p[5] = p[2], p[3], p[4]
		p[2] = "v=16"
	case n != 6:
		return argon2Digest{}, invalid(codeParts, "digest", "the parts are the variant, version, options, salt and hash, each after a $", "export the digest again")
	}
	v, d := good, argon2Digest{salt: p[4], hash: p[5]}
	switch p[2] {
	case "v=19":
		d.version = 19
	case "v=16":
		d.version = 16
		v = v.doubt(codeOptions, "version", "only version 19 is documented", "try one such user first; ask for a new password where it fails")
	default:
		return argon2Digest{}, invalid(codeOptions, "version", "the version must be v=19", "export the digest again")
	}
	if v = d.parseOptions(p[3], v); v.Status == Invalid {
		return argon2Digest{}, v
	}
	return d, d.checkParts(v)
}

func argon2Prefix(got, variant string) Verdict {
	fix := "check the hasher; the digest must begin with $ and its name"
	switch {
	case got == "argon2i" && variant == "argon2id":
		fix = "the hasher is argon2i"
	case got == "argon2id" && variant == "argon2i":
		fix = "the hasher is argon2id"
	case got == "argon2d":
		fix = "Clerk takes argon2i and argon2id only: import the user without a password"
	}
	return invalid(codePrefix, "variant", "the digest is not of this variant of argon2", fix)
}

// parseOptions reads "m=64,t=4,p=8".
func (d *argon2Digest) parseOptions(options string, v Verdict) Verdict {
	var o [3]string
	if split(options, ',', o[:]) != 3 {
		return invalid(codeOptions, "options", "the options must be m, t and p, separated by commas", "keyed digests (keyid, data) are not taken; else export the digest again")
	}
	order := ""
	for i, s := range o {
		if len(s) < 3 || s[1] != '=' {
			return invalid(codeOptions, "options", "an option has no value", "the options are m=…,t=…,p=…")
		}
		n, ok := number(s[2:], maxIterations)
		if !ok || n < 1 {
			return invalid(codeCost, "options", "m, t and p must be decimal numbers from 1", "export the digest again")
		}
		switch s[0] {
		case 'm':
			d.memory = n
		case 't':
			d.time = n
		case 'p':
			d.threads = n
		default:
			return invalid(codeOptions, "options", "there is an option other than m, t and p", "keyed digests (keyid, data) are not taken")
		}
		if s[0] != "mtp"[i] {
			order = "changed"
		}
	}
	if d.memory == 0 || d.time == 0 || d.threads == 0 {
		return invalid(codeOptions, "options", "one of m, t and p is missing", "the options are m=…,t=…,p=…")
	}
	if order != "" {
		v = v.doubt(codeOptions, "options", "the options are documented in the order m, t, p only", "try one such user first")
	}
	return v
}

// checkParts holds the ranges of RFC 9106 section 3.1.
func (d argon2Digest) checkParts(v Verdict) Verdict {
	salt, hash := scanBase64(d.salt), scanBase64(d.hash)
	switch {
	case d.threads > 1<<24-1:
		return invalid(codeCost, "options", "p is above argon2's limit", "export the digest again")
	case d.memory < 8*d.threads:
		return invalid(codeCost, "options", "m must be at least 8 times p", "export the digest again")
	case d.salt == "":
		return invalid(codeEmpty, "salt", "the salt is empty", "export the digest again")
	case !salt.ok || salt.url:
		return invalid(codeBase64, "salt", "the salt must be standard base64 without padding", "for URL-safe text apply the rewrite base64_std")
	case d.hash == "":
		return invalid(codeEmpty, "hash", "the hash is empty", "export the digest again")
	case !hash.ok || hash.url || hash.slack:
		return invalid(codeBase64, "hash", "the hash must be standard base64 without padding", "for URL-safe text apply the rewrite base64_std; else the digest was cut off")
	case hash.size < 4:
		return invalid(codeLength, "hash", "the hash is shorter than argon2 allows", "the digest was cut off: export it again")
	}
	if d.threads > 255 {
		v = v.doubt(codeCost, "options", "p above 255 is not taken by every implementation", "try one such user first")
	}
	if salt.padded || hash.padded {
		v = v.doubt(codeBase64, "salt and hash", "base64 is documented without padding", "apply the rewrite base64_std")
	}
	if salt.slack {
		v = v.doubt(codeBase64, "salt", "the last bits of the base64 salt are not zero, which no encoder writes", "try one such user first")
	}
	if salt.size < 8 {
		v = v.doubt(codeSalt, "salt", "a salt under 8 bytes is refused by some implementations", "try one such user first")
	}
	if hash.size < minKey {
		v = v.doubt(codeLength, "hash", "the hash is uncommonly short", "check that the digest was not cut off")
	}
	return v
}

func checkArgon2i(digest string) Verdict {
	_, v := parseArgon2(digest, "argon2i")
	return v
}

func checkArgon2id(digest string) Verdict {
	_, v := parseArgon2(digest, "argon2id")
	return v
}

func verifyArgon2i(digest, password string) (Match, error) {
	d, _ := parseArgon2(digest, "argon2i")
	return d.verify(password, argon2.Key)
}

func verifyArgon2id(digest, password string) (Match, error) {
	d, _ := parseArgon2(digest, "argon2id")
	return d.verify(password, argon2.IDKey)
}

type argon2Key func(password, salt []byte, time, memory uint32, threads uint8, keyLen uint32) []byte

func (d argon2Digest) verify(password string, key argon2Key) (Match, error) {
	if d.version != 19 || d.threads > 255 { // what x/crypto computes
		return Match{}, ErrUnverifiable
	}
	if d.memory > maxMemory/1024 || d.time*d.memory > maxArgonKB {
		return Match{}, ErrTooCostly
	}
	hash := decode64(d.hash)
	derived := key([]byte(password), decode64(strings.TrimRight(d.salt, "=")), uint32(d.time), uint32(d.memory), uint8(d.threads), uint32(len(hash)))
	return Match{OK: same(derived, hash)}, nil
}
