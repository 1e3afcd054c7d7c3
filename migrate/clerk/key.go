package clerk

import (
	"errors"
	"strings"

	"carryover/migrate"
)

// A KeyKind says which kind of instance a secret key opens.
type KeyKind uint8

const (
	// TestKey opens a development instance: fewer requests, few users.
	TestKey KeyKind = iota + 1
	// LiveKey opens a production instance: its limit is shared with the
	// sign-ins of real users.
	LiveKey
)

// String returns "test" or "live".
func (k KeyKind) String() string {
	switch k {
	case TestKey:
		return "test"
	case LiveKey:
		return "live"
	default:
		return "unknown"
	}
}

// KindOfKey tells the kind of a secret key by its prefix. The error for any
// other text says what is wrong with it without quoting it.
func KindOfKey(key migrate.Secret) (KeyKind, error) {
	text := key.Reveal()
	switch {
	case text == "":
		return 0, errors.New("the Clerk secret key is empty: give the key that begins with sk_live_ or sk_test_")
	case strings.HasPrefix(text, "pk_"):
		return 0, errors.New("this is a publishable key (pk_…): give the secret key of the same instance, which begins with sk_live_ or sk_test_")
	case strings.TrimSpace(text) != text:
		return 0, errors.New("the Clerk secret key has white space around it: remove it")
	}
	kind, rest := LiveKey, ""
	if after, ok := strings.CutPrefix(text, "sk_live_"); ok {
		rest = after
	} else if after, ok := strings.CutPrefix(text, "sk_test_"); ok {
		kind, rest = TestKey, after
	} else {
		return 0, errors.New("this is not a Clerk secret key: it must begin with sk_live_ or sk_test_")
	}
	if rest == "" {
		return 0, errors.New("the Clerk secret key ends after its prefix: copy it whole from the dashboard's page of API keys")
	}
	for _, c := range []byte(rest) {
		if c <= ' ' || c >= 0x7f {
			return 0, errors.New("the Clerk secret key holds a character that no key has (white space, a control character or a letter outside ASCII): copy it again")
		}
	}
	return kind, nil
}
