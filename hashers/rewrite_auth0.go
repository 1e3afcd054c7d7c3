package hashers

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
)

func auth0Params() []Param {
	return []Param{
		{"algorithm", "algorithm of custom_password_hash", true},
		{"encoding", "hash.encoding: hex or base64; told by the form where it is missing", false},
		{"salt", "salt.value", false},
		{"salt_encoding", "salt.encoding: utf8 (where it is missing), hex or base64", false},
		{"salt_position", "salt.position: prefix (where it is missing) or suffix", false},
		{"password_encoding", "password.encoding; utf8 where it is missing", false},
		{"keylen", "of scrypt", false},
		{"cost", "of scrypt; 16384 where it is missing", false},
		{"blockSize", "of scrypt; 8 where it is missing", false},
		{"parallelization", "of scrypt; 1 where it is missing", false},
	}
}

// fromAuth0 reads hash.value of custom_password_hash, as Auth0 documents it for
// its bulk import (auth0.com/docs/manage-users/user-migration).
func fromAuth0(digest string, p Params) (Rewritten, Verdict) {
	if cmp.Or(p["password_encoding"], "utf8") != "utf8" {
		return impossible()
	}
	switch p["algorithm"] {
	case "":
		return needs("algorithm")
	case "bcrypt":
		return rewritten("bcrypt", digest)
	case "argon2":
		return toArgon2(digest)
	case "pbkdf2":
		return fromPasslib(digest, nil)
	case "ldap":
		return fromLDAP(digest, nil)
	case "md5":
		return auth0Hash("md5", digest, md5.Size, p)
	case "sha256":
		return auth0Hash("sha256", digest, sha256.Size, p)
	case "sha1":
		return auth0SHA1(digest, p)
	case "sha512":
		return auth0SHA512(digest, p)
	case "scrypt":
		return auth0Scrypt(digest, p)
	}
	return impossible()
}

// auth0Hash: Clerk has a hasher for the bare hash, and one for that of password
// and salt.
func auth0Hash(hasher, digest string, size int, p Params) (Rewritten, Verdict) {
	hash, ok := auth0Bytes(digest, p["encoding"], size)
	if p["salt"] == "" {
		return bareHash(hasher, hash, size, ok)
	}
	salt, known := auth0Salt(p)
	if !known {
		return needs("salt")
	}
	return saltedHash(hasher+"_salted", append(hash, salt...), size, ok)
}

// auth0SHA1: LDAP's {SSHA} is the SHA-1 of the password and the salt behind it.
func auth0SHA1(digest string, p Params) (Rewritten, Verdict) {
	hash, ok := auth0Bytes(digest, p["encoding"], sha1.Size)
	salt, known := auth0Salt(p)
	switch {
	case p["salt"] == "" || p["salt_position"] != "suffix":
		return impossible()
	case !known:
		return needs("salt")
	case !ok:
		return otherForm()
	}
	return rewritten("ldap_ssha", ldapScheme+std64(append(hash, salt...)))
}

// auth0SHA512: without a salt, Symfony's first round is the plain SHA-512.
func auth0SHA512(digest string, p Params) (Rewritten, Verdict) {
	hash, ok := auth0Bytes(digest, p["encoding"], sha512.Size)
	switch {
	case p["salt"] != "":
		return impossible()
	case !ok:
		return otherForm()
	}
	return rewritten("sha512_symfony", "sha512_symfony$1$$"+std64(hash))
}

// auth0Scrypt writes Werkzeug's form, whose salt is text and whose key has 64
// bytes.
func auth0Scrypt(digest string, p Params) (Rewritten, Verdict) {
	salt, known := auth0Salt(p)
	switch {
	case p["keylen"] == "":
		return needs("keylen")
	case !known || len(salt) == 0:
		return needs("salt")
	case p["keylen"] != "64" || !isPlainSalt(salt):
		return impossible()
	}
	hash, ok := auth0Bytes(digest, p["encoding"], 64)
	if !ok {
		return otherForm()
	}
	method := "scrypt:" + cmp.Or(p["cost"], "16384") + ":" + cmp.Or(p["blockSize"], "8") + ":" + cmp.Or(p["parallelization"], "1")
	return rewritten("scrypt_werkzeug", method+"$"+string(salt)+"$"+hex.EncodeToString(hash))
}

// auth0Bytes decodes a hash of so many bytes.
func auth0Bytes(text, encoding string, size int) (b []byte, ok bool) {
	switch {
	case encoding == "hex", encoding == "" && len(text) == 2*size:
		b, err := hex.DecodeString(text)
		return b, err == nil && len(b) == size
	case encoding == "base64", encoding == "":
		b, ok = from64(text)
		return b, ok && len(b) == size
	}
	return nil, false
}

// auth0Salt decodes the salt; known is false where it cannot be.
func auth0Salt(p Params) (salt []byte, known bool) {
	switch cmp.Or(p["salt_encoding"], "utf8") {
	case "utf8":
		return []byte(p["salt"]), true
	case "hex":
		b, err := hex.DecodeString(p["salt"])
		return b, err == nil
	case "base64":
		return from64(p["salt"])
	}
	return nil, false
}
