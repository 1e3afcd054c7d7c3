package hashers

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// fromLDAP reads the values of userPassword, by OpenLDAP's meaning of the schemes.
func fromLDAP(digest string, _ Params) (Rewritten, Verdict) {
	scheme, text := cutScheme(digest)
	scheme = strings.Trim(strings.ToUpper(scheme), "{}")
	switch scheme {
	case "": // some exports drop the scheme; salts have 4, 8 or 16 bytes
		if b, ok := from64(text); ok && len(b) > 20 && len(b) <= 20+16 && !isHexBytes(text) {
			return rewritten("ldap_ssha", ldapScheme+std64(b))
		}
		return otherForm()
	case "MD5":
		b, ok := from64(text)
		return bareHash("md5", b, 16, ok)
	case "PBKDF2", "PBKDF2-SHA1":
		return toModular("pbkdf2", text)
	case "PBKDF2-SHA256":
		return toModular("pbkdf2-sha256", text)
	case "PBKDF2-SHA512":
		return toModular("pbkdf2-sha512", text)
	}
	return fromScheme(scheme, text)
}

// fromDovecot reads a passdb's values; schemes may carry the encoding as a suffix.
func fromDovecot(digest string, _ Params) (Rewritten, Verdict) {
	scheme, text := cutScheme(digest)
	scheme = strings.Trim(strings.ToUpper(scheme), "{}")
	if scheme == "PBKDF2" {
		return fromDovecotPBKDF2(text)
	}
	return fromScheme(scheme, text)
}

// fromScheme reads the schemes that mean the same to OpenLDAP and Dovecot.
func fromScheme(scheme, text string) (Rewritten, Verdict) {
	switch scheme {
	case "CRYPT", "BLF-CRYPT", "BCRYPT":
		if strings.HasPrefix(text, "$2") {
			return rewritten("bcrypt", text)
		}
		return impossible()
	case "ARGON2", "ARGON2I", "ARGON2ID":
		return toArgon2(text)
	}
	base, encoding, _ := strings.Cut(scheme, ".")
	b, ok := schemeBytes(base, encoding, text)
	switch base {
	case "SSHA":
		if !ok {
			return otherForm()
		}
		return rewritten("ldap_ssha", ldapScheme+std64(b))
	case "PLAIN-MD5", "LDAP-MD5":
		return bareHash("md5", b, 16, ok)
	case "SHA256":
		return bareHash("sha256", b, 32, ok)
	case "SMD5":
		return saltedHash("md5_salted", b, 16, ok)
	case "SSHA256":
		return saltedHash("sha256_salted", b, 32, ok)
	case "":
		return otherForm()
	}
	return impossible()
}

// schemeBytes decodes the text; each scheme has its usual encoding, which .HEX and .B64 override.
func schemeBytes(base, encoding, text string) ([]byte, bool) {
	if encoding == "HEX" || (encoding == "" && base == "PLAIN-MD5") {
		b, err := hex.DecodeString(text)
		return b, err == nil
	}
	return from64(text)
}

func bareHash(hasher string, b []byte, size int, ok bool) (Rewritten, Verdict) {
	if !ok || len(b) != size {
		return otherForm()
	}
	return rewritten(hasher, hex.EncodeToString(b))
}

// saltedHash can only express a salt that is text, since Clerk's form writes it as it is.
func saltedHash(hasher string, b []byte, size int, ok bool) (Rewritten, Verdict) {
	if !ok || len(b) <= size {
		return otherForm()
	}
	if !isPlainSalt(b[size:]) {
		return impossible()
	}
	return rewritten(hasher, string(b[size:])+"$"+hex.EncodeToString(b[:size]))
}

// isPlainSalt tells whether a salt can stand as it is between two $.
func isPlainSalt(salt []byte) bool {
	return !slices.ContainsFunc(salt, func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '$' })
}

// fromDovecotPBKDF2: $1$salt$rounds$hash, SHA-1 in hexadecimal, the salt as text.
func fromDovecotPBKDF2(text string) (Rewritten, Verdict) {
	var p [5]string
	if split(text, '$', p[:]) != 5 || p[0] != "" || p[1] != "1" || p[2] == "" {
		return otherForm()
	}
	iterations, ok := iterationsOf(p[3])
	key, err := hex.DecodeString(p[4])
	if !ok || err != nil {
		return otherForm()
	}
	return toPBKDF2SHA1(iterations, []byte(p[2]), key)
}

// fromPasslib: $pbkdf2-sha256$rounds$salt$hash. The PHC string format has the
// same parts, but for i=rounds,l=length (and sha1 by name).
func fromPasslib(digest string, _ Params) (Rewritten, Verdict) {
	name, rest, ok := strings.Cut(strings.TrimPrefix(digest, "$"), "$")
	if !ok || !strings.HasPrefix(digest, "$") {
		return otherForm()
	}
	if options, phc := strings.CutPrefix(rest, "i="); phc {
		options, rest, _ = strings.Cut(options, "$")
		rounds, length, told := strings.Cut(options, ",l=")
		if key := scanBase64(rest[strings.LastIndexByte(rest, '$')+1:]); told && strconv.Itoa(key.size) != length {
			return otherForm()
		}
		rest = rounds + "$" + rest
	}
	return toModular(name, rest)
}

// toModular reads "rounds$salt$hash" in the base64 that passlib and OpenLDAP's
// pw-pbkdf2 share: no padding, and a dot where the standard has a plus.
func toModular(name, text string) (Rewritten, Verdict) {
	var p [3]string
	if split(text, '$', p[:]) != 3 {
		return otherForm()
	}
	iterations, ok := iterationsOf(p[0])
	salt, ok1 := from64(strings.ReplaceAll(p[1], ".", "+"))
	key, ok2 := from64(strings.ReplaceAll(p[2], ".", "+"))
	if !ok || !ok1 || !ok2 {
		return otherForm()
	}
	switch name {
	case "pbkdf2", "pbkdf2-sha1":
		return toPBKDF2SHA1(iterations, salt, key)
	case "pbkdf2-sha256":
		return toPBKDF2SHA256(iterations, salt, key)
	case "pbkdf2-sha512":
		return toPBKDF2SHA512(iterations, salt, key)
	}
	return otherForm()
}
