package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// PII says how a report treats what tells who a person is. Secrets are in no
// report whatever it says.
type PII string

const (
	// MaskPII shows the beginning of ids and addresses: j•••@e•••.com.
	MaskPII PII = "mask"
	// FullPII shows them whole.
	FullPII PII = "full"
	// NoPII leaves them out.
	NoPII PII = "none"
)

// ParsePII returns the PII of a name.
func ParsePII(name string) (PII, error) {
	switch p := PII(name); p {
	case MaskPII, FullPII, NoPII:
		return p, nil
	}
	return "", fmt.Errorf("unknown --pii %q: use mask, full or none", name)
}

const dots = "•••"

// Show returns an id or address as the report may show it.
func (p PII) Show(value string) string {
	switch {
	case p == FullPII:
		return value
	case p == NoPII || value == "":
		return ""
	}
	name, host, isAddress := cutLast(value, "@")
	if !isAddress {
		return beginning(value, 2)
	}
	domain, top, hasTop := cutLast(host, ".")
	if !hasTop {
		return beginning(name, 1) + "@" + dots
	}
	return beginning(name, 1) + "@" + beginning(domain, 1) + "." + top
}

func cutLast(text, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

// beginning returns the first n characters of a text that has more than twice as
// many, and dots for the rest.
func beginning(text string, n int) string {
	if utf8.RuneCountInString(text) <= 2*n {
		return dots
	}
	for i := range text {
		if n == 0 {
			return text[:i] + dots
		}
		n--
	}
	return dots
}
