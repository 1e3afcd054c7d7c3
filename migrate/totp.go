package migrate

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"strings"
	"time"
)

// TOTPStep is the life of a code, the only one that Clerk takes.
const TOTPStep = 30 * time.Second

// ReadTOTPSecret returns the bare base32 of a secret as people and programs
// write it, also as an otpauth:// address; or the code of what is wrong with it.
func ReadTOTPSecret(text string) (secret Secret, code string) {
	text = strings.TrimSpace(text)
	if isOTPAuth(text) {
		if text, code = unpackOTPAuth(text); code != "" {
			return "", code
		}
	}
	plain, size := bareTOTP(text)
	if size <= 0 {
		return "", "totp_not_base32"
	}
	return Secret(plain), ""
}

// TOTPCode returns the code of six digits that an authenticator with the bare
// base32 secret shows at a moment (RFC 6238 with SHA-1); "" where the secret is
// not base32.
func TOTPCode(secret Secret, at time.Time) Secret {
	plain, _ := bareTOTP(secret.Reveal())
	key, ok := decodeBase32(plain)
	if !ok || len(key) == 0 {
		return ""
	}
	mac := hmac.New(sha1.New, key)
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(totpStep(at))))
	sum := mac.Sum(nil)
	from := sum[len(sum)-1] & 0x0f // dynamic truncation (RFC 4226 section 5.3)
	return Secret(fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[from:])&0x7fffffff%1_000_000))
}

// totpStep is the number of the time step of a moment.
func totpStep(at time.Time) int64 { return at.Unix() / int64(TOTPStep/time.Second) }

const otpauth = "otpauth:"

func isOTPAuth(text string) bool {
	return len(text) >= len(otpauth) && strings.EqualFold(text[:len(otpauth)], otpauth)
}

// bareTOTP returns a secret in capitals and without filler, and how many bytes it
// stands for; -1 where it is not base32.
func bareTOTP(text string) (plain string, size int) {
	plain = text
	if size = base32Size(plain); size < 0 && strings.ContainsAny(text, " -=abcdefghijklmnopqrstuvwxyz") {
		plain = strings.ToUpper(strings.Map(dropFiller, text))
		size = base32Size(plain)
	}
	return plain, size
}

// base32Size returns how many bytes a text without padding stands for in base32,
// or -1 where it is none.
func base32Size(text string) int {
	for i := range len(text) {
		if c := text[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return decodedSize(text)
		}
	}
	switch len(text) % 8 {
	case 0, 2, 4, 5, 7:
		return len(text) * 5 / 8
	}
	return decodedSize(text) // which has bits to spare
}

// decodedSize asks the decoder, which passes over line ends.
func decodedSize(text string) int {
	key, ok := decodeBase32(text)
	if !ok {
		return -1
	}
	return len(key)
}

// decodeBase32 reads base32 without padding. The decoder's error could quote it.
func decodeBase32(text string) (key []byte, ok bool) {
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	return key, err == nil
}
