package hashers

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxDigest is far longer than any digest; it bounds the work on hostile input.
const maxDigest = 4096

// Trim takes white space (and byte order marks) off both ends of a digest and
// tells whether there was any.
func Trim(digest string) (string, bool) {
	trimmed := strings.TrimFunc(digest, isSpace)
	return trimmed, len(trimmed) != len(digest)
}

// isSpace also knows the invisible characters that spreadsheets and editors leave behind.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B'
}

// readable refuses what is wrong for every hasher: nothing, white space,
// control characters, broken UTF-8, and length beyond reason.
func readable(digest string) Verdict {
	switch {
	case digest == "":
		return invalid(codeEmpty, "digest", "the digest is empty", "leave out password_digest and password_hasher for a user without a password")
	case len(digest) > maxDigest:
		return invalid(codeLength, "digest", "the digest is longer than any hasher writes", "check which column was mapped")
	}
	for i := 0; i < len(digest); i++ {
		if c := digest[i]; c <= ' ' || c >= 0x7f {
			return readableRunes(digest)
		}
	}
	return good
}

func readableRunes(digest string) Verdict {
	for i, r := range digest {
		switch {
		case isSpace(r):
			return invalid(codeWhitespace, "digest", "there is white space in the digest", "export the digest again, or take the white space out of the source")
		case unicode.IsControl(r):
			return invalid(codeAlphabet, "digest", "there is a control character in the digest", "export the digest again as text")
		case r == utf8.RuneError && !isReplacementChar(digest[i:]):
			return invalid(codeAlphabet, "digest", "the digest is not valid UTF-8", "export it as text; binary digests need base64 or hexadecimal")
		}
	}
	return good
}

func isReplacementChar(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size > 1
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// split cuts s at sep into dst and returns how many parts there are, which may be more than dst holds.
func split(s string, sep byte, dst []string) int {
	n := 0
	for {
		i := strings.IndexByte(s, sep)
		part := s
		if i >= 0 {
			part = s[:i]
		}
		if n < len(dst) {
			dst[n] = part
		}
		n++
		if i < 0 {
			return n
		}
		s = s[i+1:]
	}
}

// number reads a decimal number as programs write it: digits only, no sign, no leading zero, at most limit.
func number(s string, limit int) (int, bool) {
	if s == "" || len(s) > 10 || (s[0] == '0' && len(s) > 1) {
		return 0, false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, n <= limit
}

// Character classes, one look-up a character. Never written to after they are made.
var (
	hexClass  = classes("0123456789abcdef", "ABCDEF")
	stdValues = values("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
	bcValues  = values("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
	phpValues = values(phpassAlphabet)
)

// classes gives each character the bit of the set it is in, and 0x80 to all others.
func classes(sets ...string) (table [256]uint8) {
	for i := range table {
		table[i] = 0x80
	}
	for bit, set := range sets {
		for i := range len(set) {
			table[set[i]] = 1 << bit
		}
	}
	return table
}

// values gives each character of an alphabet its place, and 0xff to all others.
func values(alphabet string) (table [256]uint8) {
	for i := range table {
		table[i] = 0xff
	}
	for i := range len(alphabet) {
		table[alphabet[i]] = uint8(i)
	}
	return table
}

// scanHex tells whether s is hexadecimal, and whether it holds upper-case letters.
func scanHex(s string) (ok, upper bool) {
	var seen uint8
	for i := 0; i < len(s); i++ {
		seen |= hexClass[s[i]]
	}
	if s == "" || seen&0x80 != 0 {
		return false, false
	}
	return true, seen&2 != 0
}

// isHexBytes tells whether a decoder would take s for hexadecimal bytes.
func isHexBytes(s string) bool {
	ok, _ := scanHex(s)
	return ok && len(s)%2 == 0
}

func isAlnum(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		default:
			return false
		}
	}
	return s != ""
}

// base64Shape is what can be said of base64 text without decoding it.
type base64Shape struct {
	ok     bool // base64 of either alphabet, padded in full or not at all
	url    bool // uses - or _ (RFC 4648 section 5)
	padded bool // ends in =
	short  bool // needs = and has none
	slack  bool // bits after the last byte are not zero, which no encoder writes (RFC 4648 section 3.5)
	size   int  // bytes it decodes to
}

func scanBase64(s string) base64Shape {
	var b base64Shape
	text := s
	for text != "" && text[len(text)-1] == '=' {
		text = text[:len(text)-1]
	}
	pad := len(s) - len(text)
	std, last := false, 0
	for i := 0; i < len(text); i++ {
		switch v := stdValues[text[i]]; {
		case v < 62:
			last = int(v)
		case v < 64:
			last, std = int(v), true
		case v < 66: // - and _ stand behind the 64, and mean 62 and 63
			last, b.url = int(v)-2, true
		default:
			return base64Shape{}
		}
	}
	need := (4 - len(text)%4) % 4
	if need == 3 || (std && b.url) || (pad != 0 && pad != need) {
		return base64Shape{}
	}
	b.ok, b.padded, b.short = true, pad > 0, pad < need
	b.slack = (need == 1 && last&3 != 0) || (need == 2 && last&15 != 0)
	b.size = len(text) * 6 / 8
	return b
}

// decode64 decodes what scanBase64 has found ok: either alphabet, padded or not.
func decode64(s string) []byte {
	s = strings.TrimRight(s, "=")
	if strings.ContainsAny(s, "-_") {
		s = strings.ReplaceAll(strings.ReplaceAll(s, "-", "+"), "_", "/")
	}
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
