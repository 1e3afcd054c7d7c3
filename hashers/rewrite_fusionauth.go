package hashers

import (
	"fmt"
	"slices"
)

func fusionAuthParams() []Param {
	return []Param{
		{"scheme", "the user's encryptionScheme", true},
		{"salt", "the user's salt, as it stands there", true},
		{"factor", "the user's factor: iterations, or bcrypt's cost", true},
	}
}

// fusionAuthSizes are the bytes that each scheme derives, but for bcrypt.
var fusionAuthSizes = map[string]int{
	"salted-pbkdf2-hmac-sha256": 32, "salted-pbkdf2-hmac-sha256-512": 64, "salted-pbkdf2-hmac-sha512-512": 64,
	"salted-md5": 16, "salted-sha256": 32,
}

// fromFusionAuth reads the password of a user beside its scheme, salt and
// factor. For bcrypt, password and salt are parts of the digest as they are;
// else both are base64.
func fromFusionAuth(digest string, p Params) (Rewritten, Verdict) {
	scheme, salt := p["scheme"], p["salt"]
	key, ok := from64(digest)
	bare := len(digest) == 31 // bcrypt's hash without its salt
	switch {
	case scheme != "" && scheme != "bcrypt" && fusionAuthSizes[scheme] == 0:
		return impossible()
	case !bare && (!ok || !slices.Contains([]int{16, 32, 64}, len(key)) || isHexBytes(digest)):
		return otherForm()
	case scheme == "":
		return needs("scheme")
	case salt == "":
		return needs("salt")
	}
	factor, ok := iterationsOf(p["factor"])
	switch {
	case !ok:
		return needs("factor")
	case scheme == "bcrypt" && !bare:
		return otherForm()
	case scheme == "bcrypt":
		return rewritten("bcrypt", fmt.Sprintf("$2a$%02d$%s%s", factor, salt, digest))
	}
	raw, ok := from64(salt)
	if !ok {
		return needs("salt")
	}
	return fromFusionAuthScheme(scheme, factor, raw, key)
}

// fromFusionAuthScheme takes keys of the very length that the scheme derives:
// a shorter one was cut off.
func fromFusionAuthScheme(scheme string, factor int, salt, key []byte) (Rewritten, Verdict) {
	if len(key) != fusionAuthSizes[scheme] {
		return otherForm()
	}
	switch scheme {
	case "salted-pbkdf2-hmac-sha256", "salted-pbkdf2-hmac-sha256-512":
		return toPBKDF2SHA256(factor, salt, key)
	case "salted-pbkdf2-hmac-sha512-512":
		return toPBKDF2SHA512(factor, salt, key)
	}
	if factor != 1 { // the default is 20000 times
		return impossible()
	}
	hasher := map[string]string{"salted-md5": "md5_salted", "salted-sha256": "sha256_salted"}[scheme]
	return saltedHash(hasher, append(key, salt...), len(key), true)
}
