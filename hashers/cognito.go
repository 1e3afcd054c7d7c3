package hashers

import (
	"strings"
	"unicode/utf8"
)

// checkCognito: "awscognito#<user pool id>#<client id>#<identifier>". Ranges
// and alphabets are those of Amazon's API reference for InitiateAuth and UserPool.
func checkCognito(digest string) Verdict {
	rest, ok := strings.CutPrefix(digest, "awscognito#")
	if !ok {
		return invalid(codePrefix, "prefix", "the digest must begin with awscognito#", "write awscognito#<user pool id>#<client id>#<identifier>")
	}
	pool, rest, ok1 := strings.Cut(rest, "#")
	client, user, ok2 := strings.Cut(rest, "#")
	if !ok1 || !ok2 {
		return invalid(codeParts, "digest", "there must be a user pool id, a client id and an identifier, separated by #", "write awscognito#<user pool id>#<client id>#<identifier>")
	}
	region, id, _ := strings.Cut(pool, "_")
	switch {
	case !isRegion(region) || !isAlnum(id) || len(pool) > 55:
		return invalid(codeAlphabet, "user pool id", "a user pool id is a region, an underscore, then letters and digits", "copy it from the Cognito console, as in us-east-1_AbCdEfGhI")
	case !isAlnum(client) || len(client) > 128:
		return invalid(codeAlphabet, "client id", "a client id is letters and digits, at most 128", "copy the app client's id from the Cognito console (not its name)")
	case user == "":
		return invalid(codeEmpty, "identifier", "the identifier is empty", "give what the user signs in with at Cognito")
	case utf8.RuneCountInString(user) > 128:
		return invalid(codeLength, "identifier", "a Cognito username has at most 128 characters", "give what the user signs in with at Cognito")
	case strings.IndexByte(user, '#') >= 0:
		return good.doubt(codeParts, "identifier", "the identifier holds a #, which also separates the parts", "try one such user first")
	}
	return good
}

func isRegion(s string) bool {
	return strings.IndexByte(s, '-') > 0 && isAlnumDash(s)
}

func isAlnumDash(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && !isAlnum(s[i:i+1]) {
			return false
		}
	}
	return s != ""
}

func verifyCognito(string, string) (Match, error) {
	return Match{}, ErrOnlyCognito
}
