package hashers

import (
	"crypto/sha512"
	"encoding/hex"
	"strconv"
	"strings"
)

// fromPhpBB: version 3.0 wrote $H$, later ones PHP's password_hash.
func fromPhpBB(digest string, _ Params) (Rewritten, Verdict) {
	switch rest, old := strings.CutPrefix(digest, "$H$"); {
	case old:
		return rewritten("phpass", "$P$"+rest)
	case strings.HasPrefix(digest, "$P$"):
		return rewritten("phpass", digest)
	case strings.HasPrefix(digest, "$2"):
		return rewritten("bcrypt", digest)
	}
	return toArgon2(digest)
}

// fromSymfony puts iterations and salt before the bare hash.
func fromSymfony(digest string, p Params) (Rewritten, Verdict) {
	hash, _ := from64(digest)
	if isHexBytes(digest) { // encode_as_base64: false
		hash, _ = hex.DecodeString(digest)
	}
	if len(hash) != sha512.Size {
		return otherForm()
	}
	iterations := 5000
	if given := p["iterations"]; given != "" {
		var ok bool
		if iterations, ok = iterationsOf(given); !ok {
			return needs("iterations")
		}
	}
	return rewritten("sha512_symfony", "sha512_symfony$"+strconv.Itoa(iterations)+"$"+p["salt"]+"$"+std64(hash))
}
