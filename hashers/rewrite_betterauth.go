package hashers

import "strings"

// fromBetterAuth: salt:key, both hexadecimal. Better Auth's scrypt has
// N = 16384, r = 16 and p = 1, and takes the salt as the text that it is.
func fromBetterAuth(digest string, _ Params) (Rewritten, Verdict) {
	if strings.HasPrefix(digest, "scrypt:") {
		return rewritten("scrypt_werkzeug", digest)
	}
	salt, key, _ := strings.Cut(digest, ":")
	switch {
	case !isHexBytes(salt) || len(salt) != 2*16 || !isHexBytes(key) || len(key) <= 2*32: // Joomla's hash:salt, for one
		return otherForm()
	case len(key) != 2*64:
		return Rewritten{}, invalid(codeLength, "hash", "the key behind the colon has not 128 hexadecimal digits", "the digest was cut off: export it again")
	}
	return rewritten("scrypt_werkzeug", "scrypt:16384:16:1$"+salt+"$"+key)
}
