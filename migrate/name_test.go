package migrate

import (
	"testing"

	"golang.org/x/text/language"
)

// Of all languages and regions, those are plain that the whole parser takes.
func TestPlainLocale(t *testing.T) {
	const lower, upper = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	check := func(tag string) {
		if _, err := language.Parse(tag); plainLocale(tag) != (err == nil) {
			t.Errorf("%s: plain %v, and parsed with %v", tag, plainLocale(tag), err)
		}
	}
	for i := range 26 * 26 {
		base := string([]byte{lower[i/26], lower[i%26]})
		check(base)
		for j := range 26 * 26 {
			check(base + "-" + string([]byte{upper[j/26], upper[j%26]}))
		}
	}
	for _, tag := range []string{"", "e", "eng", "en_GB", "en-gb", "EN", "en-GB-x", "en-001", "e1", "zh-Hant"} {
		if plainLocale(tag) {
			t.Errorf("%q is plain", tag)
		}
	}
}
