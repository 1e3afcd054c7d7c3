package hashers

import (
	"crypto/md5"
	"encoding/hex"
	"strings"
)

// phpassDigest is "$P$", one character for the rounds, 8 of salt, 22 of checksum.
type phpassDigest struct {
	log2     int // rounds are 2 to this power
	salt     string
	checksum string
}

// phpassAlphabet stands for 0 to 63, in this order.
const phpassAlphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

const phpassLength = len("$P$") + 1 + 8 + 22

func parsePhpass(digest string) (phpassDigest, Verdict) {
	v := good
	switch {
	case strings.HasPrefix(digest, "$P$"):
	case strings.HasPrefix(digest, "$H$"):
		v = v.doubt(codePrefix, "prefix", "phpBB's prefix $H$ is not documented; the algorithm is the same", "apply the rewrite phpass_h")
	default:
		return phpassDigest{}, invalid(codePrefix, "prefix", "the digest must begin with $P$", "check the hasher; WordPress 6.8 and later writes other digests")
	}
	if len(digest) != phpassLength {
		return phpassDigest{}, invalid(codeLength, "digest", "a phpass digest has exactly 34 characters", "the digest was cut off or joined: export it again")
	}
	for i := 3; i < len(digest); i++ {
		if phpValues[digest[i]] > 63 {
			return phpassDigest{}, invalid(codeAlphabet, "salt and checksum", "only ./0-9A-Za-z may follow the prefix", "export the digest again")
		}
	}
	// Seven to thirty is what phpass itself accepts.
	log2 := int(phpValues[digest[3]])
	if log2 < 7 || log2 > 30 {
		return phpassDigest{}, invalid(codeCost, "rounds", "the character after the prefix must stand for 7 to 30, that is 5 to 9 or A to S", "export the digest again")
	}
	if phpValues[digest[phpassLength-1]] > 3 {
		return phpassDigest{}, invalid(codeAlphabet, "checksum", "the last character is one that phpass never writes there", "the digest was altered or cut off: export it again")
	}
	return phpassDigest{log2, digest[4:12], digest[12:]}, v
}

func checkPhpass(digest string) Verdict {
	_, v := parsePhpass(digest)
	return v
}

// opens computes phpass's portable hash: MD5 of salt and password, then of itself and the password, over and over.
func (d phpassDigest) opens(password []byte) bool {
	sum := md5.Sum(append([]byte(d.salt), password...))
	buf := make([]byte, md5.Size+len(password))
	copy(buf[md5.Size:], password)
	for range 1 << d.log2 {
		copy(buf, sum[:])
		sum = md5.Sum(buf)
	}
	return same(phpassEncode(sum[:]), []byte(d.checksum))
}

// phpassEncode is phpass's base64: least significant bits first, no padding.
func phpassEncode(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		n := min(3, len(b))
		bits := 0
		for i := range n {
			bits |= int(b[i]) << (8 * i)
		}
		for range n + 1 {
			out = append(out, phpassAlphabet[bits&63])
			bits >>= 6
		}
		b = b[n:]
	}
	return out
}

func verifyPhpass(digest, password string) (Match, error) {
	d, _ := parsePhpass(digest)
	if err := affordableChain(1<<d.log2, md5.Size+len(password)); err != nil {
		return Match{}, err
	}
	return Match{OK: d.opens([]byte(password))}, nil
}

// checkMD5Phpass can say no more than that the format is documented nowhere.
func checkMD5Phpass(string) Verdict {
	return good.doubt(codeForm, "digest", "Clerk documents no format for md5_phpass", "verify one known password, and try one such user first")
}

// verifyMD5Phpass tries the readings that the name allows. Sites that moved
// from bare MD5 to phpass hashed their MD5s; Drupal marked these with a U.
func verifyMD5Phpass(digest, password string) (Match, error) {
	d, v := parsePhpass(strings.TrimPrefix(digest, "U"))
	if v.Status == Invalid {
		return Match{}, ErrUnverifiable
	}
	if err := affordableChain(3<<d.log2, md5.Size+max(len(password), 2*md5.Size)); err != nil {
		return Match{}, err
	}
	sum := md5Sum([]byte(password))
	switch {
	case d.opens(hex.AppendEncode(nil, sum)):
		return Match{OK: true, How: "phpass over the hexadecimal MD5 of the password"}, nil
	case d.opens(sum):
		return Match{OK: true, How: "phpass over the 16 bytes of the password's MD5"}, nil
	case d.opens([]byte(password)):
		return Match{OK: true, How: "phpass over the password itself: the hasher may be phpass"}, nil
	}
	return Match{}, nil
}
