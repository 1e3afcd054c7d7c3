package profile

import (
	"math"
	"strings"
	"unicode"

	"carryover/hashers"
)

// secretParts are what the name of a column holds that may be a secret, in
// whatever way it is written; secretWords must be words of it.
var (
	secretParts = []string{"passw", "pwd", "passphrase", "hash", "digest", "secret", "salt", "token", "totp", "2fa", "mfa",
		"twofactor", "backup", "recover", "credential", "authenticator", "private", "cookie", "session", "nonce", "pepper",
		"signature", "encrypted", "cipher", "securitystamp", "confirmation", "activation", "apikey", "userpass"}
	secretWords = []string{"pass", "pw", "otp", "key", "keys", "pin", "code", "codes", "hmac", "seed", "stamp", "answer", "cvv", "ssn", "iban", "shadow"}
	// personParts are of names that speak of people, or of nothing.
	personParts = []string{"name", "email", "mail", "phone", "mobile", "login", "nick", "address", "street", "city", "zip", "postal",
		"birth", "gender", "avatar", "picture", "photo", "image", "about", "bio", "note", "comment", "description"}
)

// wordsOf splits a name into its words, in lower case: at what is no letter or
// digit, and before a capital letter that follows a small one.
func wordsOf(name string) []string {
	var words []string
	var word strings.Builder
	end := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			small = false
			continue
		}
		if unicode.IsUpper(r) && small {
			end()
		}
		small = unicode.IsLower(r)
		word.WriteRune(unicode.ToLower(r))
	}
	end()
	return words
}

// holds reports whether a name has one of the parts, its words joined, or one of
// the words.
func holds(name string, parts, words []string) bool {
	all := wordsOf(name)
	plain := strings.Join(all, "")
	for _, part := range parts {
		if strings.Contains(plain, part) {
			return true
		}
	}
	for _, word := range all {
		for _, other := range words {
			if word == other {
				return true
			}
		}
	}
	return false
}

// secretName reports whether a column may hold secrets by its name, or by that
// of what is around it.
func secretName(path string) bool { return holds(path, secretParts, secretWords) }

func personalName(path string) bool {
	return holds(path, personParts, []string{"user", "dn", "uid", "cn", "sn", "column"})
}

// flagWords are of names that speak of a password and hold none.
var flagWords = []string{"at", "date", "time", "changed", "change", "required", "reset", "token", "hasher", "algorithm", "method", "scheme",
	"type", "version", "salt", "expires", "expired", "sent", "set", "count", "id", "hint", "factor", "iterations", "codes", "key", "secret", "totp", "otp"}

// digestName reports whether a column is where digests of passwords are, by its
// name.
func digestName(path string) bool {
	return holds(path, []string{"passw", "pwd", "passhash", "userpass", "digest", "hashedsalted"}, []string{"pass", "pw", "hash", "passhash", "pwhash"}) &&
		!holds(path, nil, flagWords)
}

// secretForm reports whether a text looks like a secret by itself: a digest that
// names its algorithm, or a part that nobody has chosen who meant to say
// something.
func secretForm(text string) bool {
	if marked(text) && len(hashers.Identify(text)) > 0 {
		return true
	}
	part := 0
	for i := range len(text) + 1 {
		if i < len(text) && inToken(text[i]) {
			continue
		}
		if looksRandom(text[part:i]) {
			return true
		}
		part = i + 1
	}
	return false
}

// inToken reports whether a byte is of base64 or hexadecimal, in all alphabets.
func inToken(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '+' || c == '/' || c == '='
}

// marked reports whether a text has what digests put before and between their
// parts, so that it is not a bare hash.
func marked(text string) bool {
	return strings.IndexByte(text, '$') >= 0 || strings.HasPrefix(text, "{") || strings.Count(text, ":") > 1 ||
		strings.Count(text, ":") == 1 && len(text) > 40 && !strings.Contains(text, "://") || strings.HasPrefix(text, "awscognito#")
}

// A run is what a piece of a text is made of.
type run struct {
	size, lower, upper, digit, hex, base32, turns int
	seen                                          [256]float64
}

func newRun(text string) *run {
	r := &run{size: len(text)}
	for i := range len(text) {
		c := text[i]
		r.seen[c]++
		switch {
		case c >= '0' && c <= '9':
			r.digit++
			r.hex++
			if c >= '2' && c <= '7' {
				r.base32++
			}
		case c >= 'a' && c <= 'z':
			r.lower++
			if c <= 'f' {
				r.hex++
			}
		case c >= 'A' && c <= 'Z':
			r.upper++
			r.base32++
			if c <= 'F' {
				r.hex++
			}
			if i > 0 && text[i-1] >= 'a' && text[i-1] <= 'z' {
				r.turns++
			}
		case c == '=':
			r.base32++
		}
	}
	return r
}

// looksRandom reports whether a run of letters and digits is one that a machine
// drew: long, and of several kinds of characters that change often.
func looksRandom(text string) bool {
	const least = 16
	if len(text) < least {
		return false
	}
	r := newRun(text)
	switch {
	case r.digit == r.size:
		return false // a number
	case r.hex == r.size, r.base32 == r.size, r.size >= 32:
		return true
	case r.digit > 0 && r.lower > 0 && r.upper > 0:
		return true
	case r.digit > 0:
		return r.entropy() > 3.2
	}
	return r.turns >= 4
}

// entropy returns how many bits a character holds.
func (r *run) entropy() (bits float64) {
	for _, count := range r.seen {
		if count > 0 {
			p := count / float64(r.size)
			bits -= p * math.Log2(p)
		}
	}
	return bits
}
