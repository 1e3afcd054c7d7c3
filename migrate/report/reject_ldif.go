package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"carryover/migrate"
)

type rejectEntries struct {
	w      io.Writer
	masked func(name string) bool // nil for none
}

// NewRejectEntries returns a writer of LDIF entries. What it adds are comments,
// which stand above each.
func NewRejectEntries(w io.Writer, masked func(name string) bool) RejectWriter {
	return &rejectEntries{w, masked}
}

// Row implements RejectWriter.
func (e *rejectEntries) Row(r *migrate.Result, record string, _ []string) error {
	var b strings.Builder
	var met []string // attributes that have been masked: one mask stands for all values
	hidden := false  // the lines that the last one goes on in
	for line := range strings.Lines(record) {
		name, _, colon := strings.Cut(line, ":")
		switch {
		case strings.HasPrefix(line, " "):
		case !colon || strings.HasPrefix(line, "#") || !e.hides(name):
			hidden = false
		default:
			hidden = true
			if lower := strings.ToLower(name); !slices.Contains(met, lower) {
				met = append(met, lower)
				fmt.Fprintf(&b, "%s: %s\n", name, migrate.Masked)
			}
		}
		if !hidden {
			b.WriteString(line)
		}
	}
	return e.write(r, b.String())
}

// hides reports whether an attribute is masked, whatever its options.
func (e *rejectEntries) hides(name string) bool {
	base, _, _ := strings.Cut(name, ";")
	return e.masked != nil && (e.masked(name) || e.masked(base))
}

// Unread implements RejectWriter.
func (e *rejectEntries) Unread(r *migrate.Result, record string) error { return e.write(r, record) }

func (e *rejectEntries) write(r *migrate.Result, entry string) error {
	values := rejectValues(r)
	var b strings.Builder
	for i, value := range values {
		if value != "" {
			fmt.Fprintf(&b, "# %s: %s\n", rejectNames[i], Clean(value))
		}
	}
	_, err := io.WriteString(e.w, b.String()+strings.TrimSuffix(entry, "\n")+"\n\n")
	return err
}
