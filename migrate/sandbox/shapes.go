package sandbox

import (
	"strings"
	"unicode"
)

// privateDomains are the top-level domains whose addresses Clerk refuses. Its
// list is longer and not published.
var privateDomains = map[string]bool{
	"example": true, "internal": true, "invalid": true, "local": true, "localhost": true, "test": true,
}

// isEmail tells whether an address could be delivered to: one @, no white space
// or control characters, and a domain of at least two labels under a public
// top-level domain.
func isEmail(address string) bool {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" || len(local) > 64 || len(domain) > 253 || strings.ContainsRune(domain, '@') {
		return false
	}
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		if unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`"(),:;<>[\]`, r) {
			return false
		}
	}
	last, labels := "", 0
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				return false
			}
		}
		last, labels = label, labels+1
	}
	return labels > 1 && !privateDomains[strings.ToLower(last)]
}

// isPhone tells whether a number has the shape of E.164.
func isPhone(number string) bool {
	digits, ok := strings.CutPrefix(number, "+")
	if !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' {
		return false
	}
	return strings.Trim(digits, "0123456789") == ""
}

// isWallet takes an Ethereum address (0x and 40 hexadecimal digits) or a Solana
// one (32 to 44 characters of base58).
func isWallet(address string) bool {
	if hex, ok := strings.CutPrefix(strings.ToLower(address), "0x"); ok {
		return len(hex) == 40 && strings.Trim(hex, "0123456789abcdef") == ""
	}
	if len(address) < 32 || len(address) > 44 {
		return false
	}
	return strings.Trim(address, "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz") == ""
}

// isLocale takes what looks like a BCP 47 tag: a language of letters, then
// subtags of letters and digits.
func isLocale(tag string) bool {
	first := true
	for sub := range strings.SplitSeq(tag, "-") {
		if len(sub) == 0 || len(sub) > 8 || first && (len(sub) < 2 || strings.ContainsAny(sub, "0123456789")) {
			return false
		}
		for _, r := range sub {
			if r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				return false
			}
		}
		first = false
	}
	return true
}
