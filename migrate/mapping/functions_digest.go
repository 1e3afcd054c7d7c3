package mapping

import (
	"maps"
	"slices"
	"strings"

	"carryover/hashers"
)

func digestFunctions() []function {
	return []function{
		{name: "digest", params: "text, hasher, …", about: "a digest of that hasher; of several, the first whose form it has (carryover hashers list names them all)",
			takes: []param{{kind: aText}, {kind: aWord, prepare: prepareHasher}}, more: true, call: makeDigest,
			tests: []sample{{`digest("$2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "argon2id", "bcrypt")`, `"bcrypt: $2y$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"`}}},
		{name: "rewrite", params: "name, digest, {parameter: value, …}", about: "a digest of another system in the form of one of Clerk's hashers (carryover hashers list names the rewrites and their parameters)",
			takes: []param{{kind: aWord, prepare: prepareRewrite}, {kind: aText}, {}}, least: 2, call: rewrite,
			tests: []sample{{`rewrite("django", "md5$$5f4dcc3b5aa765d61d8327deb882cf99")`, `"md5: 5f4dcc3b5aa765d61d8327deb882cf99"`}}},
		{name: "no_password", params: "reason", about: "says that the digest cannot be moved: the row is refused, or goes without a password where --no-password without is given",
			takes: []param{{kind: aWord, prepare: prepareReason}}, call: noPassword},
		{name: "totp", params: "secret, algorithm, digits, period", about: "the secret, where algorithm, digits and period are null or what Clerk takes: SHA1, 6 and 30. Else the row is refused, or goes without the second factor where --no-totp without is given",
			takes: []param{{kind: aText}, {}, {}, {}}, call: totp,
			tests: []sample{{`totp("JBSWY3DPEHPK3PXP", "HmacSHA1", 6, 30)`, `"JBSWY3DPEHPK3PXP"`}}},
		{name: "no_totp", params: "reason", about: "says that the second factor cannot be moved: the row is refused, or goes without it where --no-totp without is given",
			takes: []param{{kind: aWord, prepare: prepareReason}}, call: noTOTP},
	}
}

// A digest is a digest with its hasher. Printing it shows neither.
type digest struct{ hasher, text string }

// String implements fmt.Stringer.
func (d *digest) String() string { return "digest" }

// A lossError says that a password or second factor cannot be moved. What
// becomes of the row is for its owner to choose.
type lossError struct {
	code, message string
	factor        bool // it is the second factor
}

// Error implements error.
func (e *lossError) Error() string { return e.message }

// A hasher is the name of one that is known.
type hasher string

func prepareHasher(text string) (any, error) {
	for _, info := range hashers.All() {
		if info.Name == text {
			return hasher(text), nil
		}
	}
	var names []string
	for _, info := range hashers.All() {
		names = append(names, info.Name)
	}
	return nil, unknownWord("hasher", text, names)
}

// otherForms are the codes of texts that were never meant for the hasher.
var otherForms = []string{"digest_prefix", "digest_whitespace"}

func makeDigest(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	var near hashers.Verdict // of the hasher that it was meant for, as far as its beginning tells
	for _, arg := range args[1:] {
		name, ok := arg.(hasher)
		if !ok {
			return nil, 0, wrongType("digest needs the name of a hasher")
		}
		verdict := hashers.Check(string(name), strings.TrimSpace(text))
		if verdict.Status != hashers.Invalid {
			return &digest{string(name), text}, 0, nil
		}
		if near.Code == "" && (len(args) == 2 || !slices.Contains(otherForms, verdict.Code)) {
			near = verdict
		}
	}
	if near.Code == "" {
		return nil, 0, &lossError{code: "digest_form", message: "the digest has the form of none of the hashers that the mapping names"}
	}
	return nil, 0, lossOf(near)
}

// lossOf tells a verdict on a digest. It never quotes it.
func lossOf(v hashers.Verdict) error {
	message := v.Why
	if v.Code == "rewrite_param" {
		message += ": " + v.Part
	}
	if v.Fix != "" {
		message += "; " + v.Fix
	}
	return &lossError{code: v.Code, message: message}
}

// A rewriteName is the name of one that is known.
type rewriteName string

func prepareRewrite(text string) (any, error) {
	var names []string
	for _, r := range hashers.Rewrites() {
		if r.Name == text {
			return rewriteName(text), nil
		}
		names = append(names, r.Name)
	}
	return nil, unknownWord("rewrite", text, names)
}

func rewrite(args []any) (any, uint, error) {
	name, ok := args[0].(rewriteName)
	if !ok {
		return nil, 0, wrongType("rewrite needs the name of a rewrite")
	}
	if missing(args[1]) {
		return nil, 0, nil
	}
	text, err := argText(args[1])
	if err != nil {
		return nil, 0, err
	}
	var params hashers.Params
	if len(args) > 2 && args[2] != nil {
		given, ok := args[2].(map[string]any)
		if !ok {
			return nil, 0, wrongType("the parameters of rewrite are an object: {name: value}")
		}
		params = make(hashers.Params, len(given))
		for key, v := range given {
			if v == nil {
				continue
			}
			if params[key], err = argText(v); err != nil {
				return nil, 0, err
			}
		}
	}
	out, verdict := hashers.RewriteNamed(string(name), strings.TrimSpace(text), params)
	if verdict.Status != hashers.OK && verdict.Status != hashers.Undecided {
		return nil, 0, lossOf(verdict)
	}
	return &digest{out.Hasher, out.Digest}, uint(len(out.Digest)), nil
}

// A reason is a sentence of the mapping's author.
type reason string

func prepareReason(text string) (any, error) { return reason(text), nil }

func noPassword(args []any) (any, uint, error) {
	why, _ := args[0].(reason)
	return nil, 0, &lossError{code: "digest_not_migratable", message: string(why)}
}

func noTOTP(args []any) (any, uint, error) {
	why, _ := args[0].(reason)
	return nil, 0, &lossError{code: "totp_not_migratable", message: string(why), factor: true}
}

func totp(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	secret, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	for i, only := range []string{"SHA1", "6", "30"} {
		if missing(args[i+1]) {
			continue
		}
		text, err := argText(args[i+1])
		if err != nil {
			return nil, 0, err
		}
		if totpWord(text) != only {
			return nil, 0, &lossError{"totp_parameters", "the TOTP secret is not for SHA1, 6 digits and 30 seconds, the only kind that Clerk takes", true}
		}
	}
	return secret, 0, nil
}

// totpWord is an algorithm or a number without the ways of writing it: SHA1 of
// HmacSHA1, sha-1 and SHA_1.
func totpWord(text string) string {
	text = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(text)), "HMAC")
	return strings.ReplaceAll(strings.ReplaceAll(text, "-", ""), "_", "")
}

func sortedNames(object map[string]any) []string { return slices.Sorted(maps.Keys(object)) }
