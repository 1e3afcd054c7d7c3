package migrate

import (
	"strings"
	"testing"
)

// Each code of the catalogue has a cause, and each cause a code.
func TestCauses(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Codes() {
		if _, ok := catalogue[c.Code]; !ok || seen[c.Code] {
			t.Errorf("%s is not in the catalogue, or there twice", c.Code)
		}
		seen[c.Code] = true
		for _, text := range []string{c.Group, c.Meaning, c.Cause, c.Fix} {
			if text == "" || strings.HasSuffix(text, ".") {
				t.Errorf("%s: %q is no sentence without a full stop", c.Code, text)
			}
		}
	}
	for code := range catalogue {
		if !seen[code] {
			t.Errorf("%s has no cause", code)
		}
	}
}
