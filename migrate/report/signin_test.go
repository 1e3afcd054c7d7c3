package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"carryover/migrate/report"
)

// Those who cannot sign in come first and are all named, each above what to look
// at; of the others a few are. Nothing of a key reaches the terminal as it is.
func TestCanaryInText(t *testing.T) {
	list := make([]report.SignIn, 0, 15)
	for i := range 12 {
		list = append(list, report.SignIn{Key: fmt.Sprintf("u%d", i), Hasher: "md5", SignsIn: true})
	}
	list = append(list, report.SignIn{Key: "bad\x1b[2J", Hasher: "bcrypt", Code: "canary_wrong_password", Message: "first\nsecond"}, report.SignIn{Key: "b", Code: "canary_no_totp", Message: "third"}, report.SignIn{Key: "c", Code: "canary_not_asked"})
	var out bytes.Buffer
	if err := report.Text(&out, &report.Document{State: "stopped", Canary: list}); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(out.String(), "Canary: ")
	lines := strings.Split(text, "\n")
	for i, want := range []string{"accounts that sign in: 12 of 15; not asked about: 1", "  NO   bad", "       first", "       second", "  NO   b ", "       third", "  ?    c ", "  yes  u0 ", "  yes  u1 "} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
	if lines[17] != "  yes  … and 2 more" || strings.Contains(text, "u10") || strings.Contains(text, "\x1b") {
		t.Errorf("unexpected:\n%q", text)
	}
	if lines[1] != strings.TrimRight(lines[1], " ") || lines[7] != strings.TrimRight(lines[7], " ") {
		t.Errorf("white space at the end of a line:\n%q", text)
	}
}
