package migrate

import (
	"cmp"
	"slices"
)

// A Severity says whether a problem keeps its row from being sent.
type Severity uint8

const (
	// Warning: the row is sent; its owner should know.
	Warning Severity = iota + 1
	// Fatal: the row is not sent.
	Fatal
	// Drop: the row is not sent, as its owner wishes: a mapping says so.
	Drop
)

// String returns "warning", "error" or "dropped".
func (s Severity) String() string {
	switch s {
	case Warning:
		return "warning"
	case Drop:
		return "dropped"
	default:
		return "error"
	}
}

// MarshalText implements encoding.TextMarshaler.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// A Problem is one thing that is wrong with one row. Its message says what is
// wrong and what to do; it never holds the value of a secret column.
type Problem struct {
	File     string   `json:"file,omitzero"`
	Row      int64    `json:"row"`            // 1-based data record
	Line     int64    `json:"line"`           // true line in the file
	Key      string   `json:"key,omitzero"`   // external_id or user_id, where known
	Field    string   `json:"field,omitzero"` // column
	From     string   `json:"from,omitzero"`  // columns of the input that it was made of, where a mapping made it
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
}

// A Code is an entry of the catalogue of problems: what it means and what to
// do about it.
type Code struct {
	Code     string
	Severity Severity // what it usually is; --strict and the mode may raise it
	Meaning  string   // a whole sentence without a full stop
	Fix      string   // what to do, a whole sentence without a full stop
}

// Codes returns every code that the checks of this package give, in order of
// their names. The codes of package hashers and package source are their own.
func Codes() []Code {
	codes := make([]Code, 0, len(catalogue))
	for code, text := range catalogue {
		codes = append(codes, Code{Code: code, Severity: text.severity, Meaning: text.meaning, Fix: text.fix})
	}
	slices.SortFunc(codes, func(a, b Code) int { return cmp.Compare(a.Code, b.Code) })
	return codes
}

// LookupCode returns the catalogue's entry for a code.
func LookupCode(code string) (Code, bool) {
	text, ok := catalogue[code]
	return Code{Code: code, Severity: text.severity, Meaning: text.meaning, Fix: text.fix}, ok
}

// Refused reports whether any of the problems keeps the row from being sent.
func Refused(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity != Warning })
}

// IsDropped reports whether the row is left out because its owner wishes so.
func IsDropped(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Drop })
}
