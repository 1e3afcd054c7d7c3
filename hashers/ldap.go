package hashers

import (
	"crypto/sha1"
	"strings"
)

const ldapScheme = "{SSHA}"

// cutScheme takes an LDAP scheme such as {SSHA} off the digest.
func cutScheme(digest string) (scheme, rest string) {
	if strings.HasPrefix(digest, "{") {
		if i := strings.IndexByte(digest, '}'); i > 0 {
			return digest[:i+1], digest[i+1:]
		}
	}
	return "", digest
}

// checkSSHA: "{SSHA}", then base64 of a SHA-1 (20 bytes) with the salt behind it (RFC 2307 has only {SHA}; OpenLDAP added the salt).
func checkSSHA(digest string) Verdict {
	scheme, text := cutScheme(digest)
	v := good
	switch {
	case scheme == ldapScheme:
	case scheme == "":
		if ok, _ := scanHex(text); ok {
			return invalid(codePrefix, "scheme", "this is hexadecimal, not {SSHA} and base64", "check the hasher; a salted SHA-1 in hexadecimal must be converted")
		}
		v = v.doubt(codePrefix, "scheme", "a digest without the scheme {SSHA} is not documented", "put {SSHA} before it (rewrite ldap_scheme)")
	case strings.EqualFold(scheme, ldapScheme):
		v = v.doubt(codeCase, "scheme", "the scheme is documented in upper case only", "apply the rewrite ldap_scheme")
	default:
		return invalid(codePrefix, "scheme", "the scheme is not {SSHA}", "check the hasher: {CRYPT}, {MD5}, {SHA256} and others may fit another one (rewrite ldap_scheme)")
	}
	b := scanBase64(text)
	switch {
	case !b.ok || b.url:
		return invalid(codeBase64, "hash", "hash and salt must be standard base64", "for URL-safe text apply the rewrite base64_std; else export the digest again")
	case b.size == sha1.Size:
		return invalid(codeLength, "salt", "there is a SHA-1 but no salt behind it", "this is {SHA}, which Clerk does not take: import the user without a password")
	case b.size < sha1.Size:
		return invalid(codeLength, "hash", "there are fewer than the 20 bytes of a SHA-1", "the digest was cut off: export it again")
	}
	if b.short {
		v = v.doubt(codeBase64, "hash", "whether Clerk takes unpadded base64 is not documented", "apply the rewrite base64_std")
	}
	if b.slack {
		v = v.doubt(codeBase64, "salt", "the last bits of the base64 are not zero, which no encoder writes", "check that the digest was not altered")
	}
	return v
}

func verifySSHA(digest, password string) (Match, error) {
	_, text := cutScheme(digest)
	b := decode64(text)
	sum := sha1.Sum(append([]byte(password), b[sha1.Size:]...))
	return Match{OK: same(sum[:], b[:sha1.Size])}, nil
}
