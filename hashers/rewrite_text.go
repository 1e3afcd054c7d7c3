package hashers

import (
	"crypto/sha1"
	"encoding/hex"
	"strconv"
	"strings"
)

// fromUpperHex lowers the hexadecimal parts; which ones these are follows from the form.
func fromUpperHex(digest string, _ Params) (Rewritten, Verdict) {
	i := strings.LastIndexByte(digest, '$')
	head, hash := digest[:i+1], digest[i+1:]
	lower := head + strings.ToLower(hash)
	name, _, _ := strings.Cut(digest, "$")
	switch name {
	case "pbkdf2_sha1":
		return rewritten(name, lowerSHA1(digest))
	case "pbkdf2_sha512":
		return rewritten(name, lower)
	case "pbkdf2_sha512_hex":
		return rewritten(name, strings.ToLower(digest))
	}
	isHex, _ := scanHex(hash)
	switch {
	case strings.HasPrefix(name, "scrypt:") && isHex:
		return rewritten("scrypt_werkzeug", lower)
	case i < 0 && isHex && len(hash) == 32:
		return rewritten("md5", lower)
	case i < 0 && isHex && len(hash) == 64:
		return rewritten("sha256", lower)
	case i > 0 && isHex && len(hash) == 32:
		return rewritten("md5_salted", lower)
	case i > 0 && isHex && len(hash) == 64:
		return rewritten("sha256_salted", lower)
	}
	return otherForm()
}

// lowerSHA1 lowers the hash only: whether the salt is text is not for this rewrite to say.
func lowerSHA1(digest string) string {
	parts := strings.Split(digest, "$")
	if len(parts) > 3 {
		parts[3] = strings.ToLower(parts[3])
	}
	return strings.Join(parts, "$")
}

// fromColonSalt turns hash:salt and salt:hash into salt$hash.
func fromColonSalt(digest string, _ Params) (Rewritten, Verdict) {
	left, right, ok := strings.Cut(digest, ":")
	salt, hash := right, left
	if isHex, _ := scanHex(left); !isHex || (len(left) != 32 && len(left) != 64) {
		salt, hash = left, right
	}
	if !ok || strings.IndexByte(digest, '$') >= 0 || len(salt) == 2*64 && isHexBytes(salt) { // Better Auth's salt:key
		return otherForm()
	}
	hasher := map[int]string{32: "md5_salted", 64: "sha256_salted"}[len(hash)]
	if isHex, _ := scanHex(hash); !isHex || hasher == "" {
		return otherForm()
	}
	return rewritten(hasher, salt+"$"+hash)
}

// fromOtherBase64 writes the base64 parts anew, as the documentation shows them for each form.
func fromOtherBase64(digest string, _ Params) (Rewritten, Verdict) {
	p := strings.Split(digest, "$")
	again := func(from, to int) bool {
		for i := from; i < to; i++ {
			b, ok := from64(p[i])
			if !ok {
				return false
			}
			p[i] = std64(b)
		}
		return true
	}
	join := func() string { return strings.Join(p, "$") }
	scheme, text := cutScheme(digest)
	switch {
	case p[0] == "pbkdf2_sha256" && len(p) == 4 && !looksLikeDjangoSalt(p[2]) && again(2, 4):
		return rewritten("pbkdf2_sha256", join())
	case p[0] == "sha512_symfony" && len(p) == 4 && again(3, 4):
		return rewritten("sha512_symfony", join())
	case strings.HasPrefix(digest, "$argon2") && len(p) == 6 && again(4, 6):
		p[4], p[5] = strings.TrimRight(p[4], "="), strings.TrimRight(p[5], "=")
		return toArgon2(join())
	case len(p) == 6 && again(0, 4):
		return rewritten("scrypt_firebase", join())
	case scheme == ldapScheme:
		if b, ok := from64(text); ok {
			return rewritten("ldap_ssha", ldapScheme+std64(b))
		}
	}
	return otherForm()
}

// fromSHA1WithoutLength appends the length of a key that has not the 32 bytes Clerk assumes.
func fromSHA1WithoutLength(digest string, _ Params) (Rewritten, Verdict) {
	d, v := parsePBKDF2(digest, "pbkdf2_sha1")
	if v.Status == Invalid || !isHexBytes(d.hash) {
		return otherForm()
	}
	if d.five || len(d.hash) == 2*32 {
		return rewritten("pbkdf2_sha1", digest)
	}
	return rewritten("pbkdf2_sha1", digest+"$"+strconv.Itoa(len(d.hash)/2))
}

// fromSHA1RawSalt encodes a salt that is text, so that decoding gives it back.
func fromSHA1RawSalt(digest string, _ Params) (Rewritten, Verdict) {
	d, v := parsePBKDF2(digest, "pbkdf2_sha1")
	key, err := hex.DecodeString(d.hash)
	if v.Status == Invalid || err != nil {
		return otherForm()
	}
	if d.five && d.length != strconv.Itoa(len(key)) {
		return otherForm()
	}
	if len(key) < sha1.Size {
		return otherForm()
	}
	return toPBKDF2SHA1(d.iterations, []byte(d.salt), key)
}
