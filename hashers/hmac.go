package hashers

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// checkHMAC can say no more than that the format is documented nowhere.
func checkHMAC(string) Verdict {
	return good.doubt(codeForm, "digest", "Clerk documents no format for hmac_sha256_utf16_b64", "verify one known password, and try one such user first")
}

// hmacReading is one way to turn a salt into a key, and a password into bytes.
type hmacReading struct {
	how   string
	key   func(salt string) []byte
	order binary.AppendByteOrder
}

// hmacReadings begins with the one that is known from a product: ASP.NET
// Membership keys HMAC-SHA256 with the salt, repeated to 64 bytes, and stores base64.
func hmacReadings() []hmacReading {
	little, big := binary.LittleEndian, binary.BigEndian
	text := func(salt string) []byte { return []byte(salt) }
	wide := func(salt string) []byte { return utf16Bytes(salt, little) }
	return []hmacReading{
		{"key: the base64 salt repeated to 64 bytes (ASP.NET Membership); password: UTF-16LE", repeatedKey, little},
		{"key: the base64 salt; password: UTF-16LE", decodedKey, little},
		{"key: the salt as text; password: UTF-16LE", text, little},
		{"key: the salt as UTF-16LE; password: UTF-16LE", wide, little},
		{"key: the base64 salt; password: UTF-16BE", decodedKey, big},
		{"key: the salt as text; password: UTF-16BE", text, big},
	}
}

func decodedKey(salt string) []byte {
	if b := scanBase64(salt); b.ok && b.size > 0 {
		return decode64(salt)
	}
	return nil
}

func repeatedKey(salt string) []byte {
	b := decodedKey(salt)
	if len(b) == 0 {
		return nil
	}
	key := make([]byte, sha256.BlockSize)
	for i := range key {
		key[i] = b[i%len(b)]
	}
	return key
}

func utf16Bytes(s string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// verifyHMAC reads "salt$hash" and "hash$salt", with or without the hasher's
// name before them. Without a salt there is no key to compute with, and the
// digest cannot be verified.
func verifyHMAC(digest, password string) (Match, error) {
	digest = strings.TrimPrefix(digest, "hmac_sha256_utf16_b64$")
	var p [2]string
	if split(digest, '$', p[:]) != 2 || p[0] == "" || p[1] == "" {
		return Match{}, ErrUnverifiable
	}
	possible := false
	for i, order := range []string{"salt$hash", "hash$salt"} {
		salt, hash := p[i], p[1-i]
		if b := scanBase64(hash); !b.ok || b.size != sha256.Size {
			continue
		}
		possible = true
		want := decode64(hash)
		for _, r := range hmacReadings() {
			key := r.key(salt)
			if key == nil {
				continue
			}
			mac := hmac.New(sha256.New, key)
			mac.Write(utf16Bytes(password, r.order))
			if same(mac.Sum(nil), want) {
				return Match{OK: true, How: order + "; " + r.how}, nil
			}
		}
	}
	if !possible {
		return Match{}, ErrUnverifiable
	}
	return Match{}, nil
}
