package hashers

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// maxBcryptCost is the highest cost that Clerk accepts; the algorithm itself allows 31.
const maxBcryptCost = 15

// bcryptDigest is the part of a digest that bcrypt itself writes.
type bcryptDigest struct {
	version string // 2a, 2b, 2y, and the undocumented 2 and 2x
	cost    int
	text    string // all of it, 60 characters (59 with version 2)
}

// parseBcrypt reads a bcrypt digest at the beginning of s and returns what follows it.
func parseBcrypt(s string) (d bcryptDigest, rest string, v Verdict) {
	var p [4]string
	if n := split(s, '$', p[:]); n < 4 || p[0] != "" {
		return d, "", invalid(codePrefix, "prefix", "a bcrypt digest begins with $2a$, $2b$ or $2y$, then the cost", "check the hasher, and that the shell or export did not eat the $")
	}
	v = good
	switch p[1] {
	case "2a", "2b", "2y":
	case "2", "2x":
		v = v.doubt(codePrefix, "version", "versions 2 and 2x are historic and not documented by Clerk", "try one such user first; ask for a new password where it fails")
	default:
		return d, "", invalid(codePrefix, "version", "the version is none of 2a, 2b, 2y", "check the hasher: other crypt formats also begin with $")
	}
	cost, ok := bcryptCost(p[2])
	switch {
	case !ok:
		return d, "", invalid(codeCost, "cost", "the cost must be two digits between 04 and 31", "export the digest again")
	case cost > maxBcryptCost:
		return d, "", invalid(codeCost, "cost", "Clerk refuses a bcrypt cost above 15", "import the user without a password and ask for a new one")
	}
	head := len("$") + len(p[1]) + len("$04$")
	body := s[head:]
	if len(body) < 53 {
		return d, "", invalid(codeLength, "salt and hash", "a bcrypt digest ends in exactly 53 characters of salt and hash", "the digest was cut off: export it again (the column needs 60 characters)")
	}
	body, rest = body[:53], body[53:]
	for i := 0; i < len(body); i++ {
		if bcValues[body[i]] > 63 {
			return d, "", invalid(codeAlphabet, "salt and hash", "salt and hash may hold only ./A-Za-z0-9", "export the digest again")
		}
	}
	if bcValues[body[52]]&3 != 0 {
		return d, "", invalid(codeAlphabet, "hash", "the last character is one that bcrypt never writes there", "the digest was altered or cut off: export it again")
	}
	if bcValues[body[21]]&15 != 0 {
		v = v.doubt(codeSalt, "salt", "the last character of the salt is one that bcrypt itself never writes", "try one such user first")
	}
	return bcryptDigest{p[1], cost, s[:head+53]}, rest, v
}

func bcryptCost(s string) (int, bool) {
	if len(s) != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	cost := int(s[0]-'0')*10 + int(s[1]-'0')
	return cost, cost >= 4 && cost <= 31
}

func checkBcrypt(digest string) Verdict {
	_, rest, v := parseBcrypt(digest)
	if v.Status != Invalid && rest != "" {
		if rest[0] == '$' {
			return invalid(codeParts, "digest", "something follows the hash after another $", "if it is a pepper, the hasher is bcrypt_peppered")
		}
		return invalid(codeLength, "salt and hash", "a bcrypt digest ends in exactly 53 characters of salt and hash", "export the digest again")
	}
	return v
}

// verify compares as bcrypt does everywhere: only the first 72 bytes of the password count.
func (d bcryptDigest) verify(password string) (Match, error) {
	// Version 2 leaves out the closing NUL, 2x mistreats bytes above 127: x/crypto computes neither.
	if d.version == "2" || (d.version == "2x" && !isASCII(password)) {
		return Match{}, ErrUnverifiable
	}
	switch err := bcrypt.CompareHashAndPassword([]byte(d.text), []byte(password)); {
	case err == nil:
		return Match{OK: true}, nil
	case errors.Is(err, bcrypt.ErrMismatchedHashAndPassword):
		return Match{}, nil
	default: // x/crypto's texts may quote a byte of the digest
		return Match{}, ErrUnverifiable
	}
}

func verifyBcrypt(digest, password string) (Match, error) {
	d, _, _ := parseBcrypt(digest)
	return d.verify(password)
}

// Django writes its own prefix, then bcrypt's digest with the $ that begins it.
const djangoBcrypt = "bcrypt_sha256$"

func checkBcryptDjango(digest string) Verdict {
	inner, ok := strings.CutPrefix(digest, djangoBcrypt)
	switch {
	case !ok && strings.HasPrefix(digest, "$2"):
		return invalid(codePrefix, "prefix", "the prefix bcrypt_sha256$ is missing", "if Django did not write it, the hasher is bcrypt")
	case !ok:
		return invalid(codePrefix, "prefix", "the digest must begin with bcrypt_sha256$$", "give the digest as Django writes it")
	}
	return checkBcrypt(inner)
}

// verifyBcryptDjango: Django hashes the hexadecimal SHA-256, so that bcrypt's 72 bytes always suffice.
func verifyBcryptDjango(digest, password string) (Match, error) {
	sum := sha256.Sum256([]byte(password))
	return verifyBcrypt(strings.TrimPrefix(digest, djangoBcrypt), hex.EncodeToString(sum[:]))
}

func checkBcryptPeppered(digest string) Verdict {
	_, rest, v := parseBcrypt(digest)
	switch {
	case v.Status == Invalid:
		return v
	case rest == "":
		return invalid(codeParts, "pepper", "the pepper is missing", "append $ and the pepper; without one the hasher is bcrypt")
	case rest[0] != '$':
		return invalid(codeLength, "salt and hash", "the 53 characters of salt and hash must be followed by $ and the pepper", "export the digest again")
	case rest == "$":
		return v.doubt(codePepper, "pepper", "the pepper is empty", "without a pepper the hasher is bcrypt")
	case strings.IndexByte(rest[1:], '$') >= 0:
		return v.doubt(codePepper, "pepper", "the pepper holds a $, which also separates the parts", "try one such user first")
	}
	return v
}

// verifyBcryptPeppered appends the pepper to the password, as Devise does.
func verifyBcryptPeppered(digest, password string) (Match, error) {
	d, rest, _ := parseBcrypt(digest)
	return d.verify(password + strings.TrimPrefix(rest, "$"))
}
