package migrate

import "slices"

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

// A Code is an entry of the catalogue of problems: what it means, how a
// migration comes to meet it, and what to do about it. The texts are whole
// sentences without a full stop.
type Code struct {
	Code     string
	Severity Severity // what it usually is; --strict and the mode may raise it. 0 for Clerk's codes
	Status   int      // of HTTP, that a code of Clerk's comes with; 0 for ours
	Group    string   // what kind of problem it is, for a table of contents
	Meaning  string
	Cause    string
	Fix      string
}

// Codes returns every code of this package and of package mapping, group by
// group. The codes of hashers, source and Clerk are with them.
func Codes() []Code {
	codes := make([]Code, 0, len(catalogue))
	for _, g := range causes {
		for _, c := range g.list {
			code, _ := LookupCode(c.code)
			code.Group, code.Cause = g.group, c.text
			codes = append(codes, code)
		}
	}
	return codes
}

// LookupCode returns the catalogue's entry for a code, without its group and
// its cause.
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
