package report

import (
	"strings"
	"unicode"
)

// Clean returns text as a terminal may safely show it: control characters
// (C0, DEL, C1), line breaks among them, and invisible format characters such
// as those that turn the direction of writing become a visible "�".
//
// Everything that came from an input, a server or a file name goes through it
// (terminal escapes in data: CVE-2026-45803 is one such case).
func Clean(text string) string {
	bad := func(r rune) bool {
		return unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029'
	}
	if strings.IndexFunc(text, bad) < 0 {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.Map(func(r rune) rune {
		if bad(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
