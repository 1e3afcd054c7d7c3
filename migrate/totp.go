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
	plain, key := bareTOTP(text)
	if len(key) == 0 {
		return "", "totp_not_base32"
	}
	return Secret(plain), ""
}

// TOTPCode returns the code of six digits that an authenticator with the bare
// base32 secret shows at a moment (RFC 6238 with SHA-1); "" where the secret is
// not base32.
func TOTPCode(secret Secret, at time.Time) Secret {
	_, key := bareTOTP(secret.Reveal())
	if len(key) == 0 {
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

func isOTPAuth(text string) bool { return strings.HasPrefix(strings.ToLower(text), "otpauth:") }

// bareTOTP returns a secret in capitals and without filler, and its bytes; none
// where it is not base32. The decoder's error could quote it.
func bareTOTP(text string) (plain string, key []byte) {
	plain = text
	if strings.ContainsAny(text, " -=abcdefghijklmnopqrstuvwxyz") {
		plain = strings.ToUpper(strings.Map(dropFiller, text))
	}
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(plain)
	if err != nil {
		return plain, nil
	}
	return plain, key
}
