package source

import (
	"slices"
	"strings"
)

// A Shape says how files are read that another program wrote for itself: which
// of its columns are wanted, and where its records are. The zero value changes
// nothing.
type Shape struct {
	// Columns are to be read beside the known ones: Row.Cells holds their
	// values, in this order. A column of these that has a known name is read
	// as one of these. Where a file does not have the very name, one that
	// differs in case, hyphens and underscores only will do.
	Columns []string
	// Optional says which of Columns may be missing. A CSV file that has not
	// all the others is refused; of JSON, see Input.Missing.
	Optional []bool
	// OnlyColumns says that no other column is read, also not the known ones.
	OnlyColumns bool
	// All reads every column as it is, whatever it is called, into Row.All.
	All bool

	Header []string // of CSV files that have none: the names of their columns
	Comma  byte     // the delimiter of CSV files; 0 to find out
	Null   []string // texts of a CSV cell that mean "not given"
	// Escaped says that files with tabs between the cells have no quotes:
	// where a cell holds a tab, a line end or a backslash, \t, \n, \r or \\
	// stands for it. So write mysql --batch and PostgreSQL's COPY.
	Escaped bool

	// At is where the array of a JSON document is: the keys that lead to it.
	// Files that are an array or JSON Lines are read as such.
	At []string
	// Lift names keys of a JSON record whose value is an object: its members
	// are read as if they were those of the record.
	Lift []string
}

// A Cell is the value of a column of [Shape].Columns.
type Cell struct {
	Text string
	Kind Kind
}

// A Member is a column of a record, under the name that its file has for it.
type Member struct {
	Name string
	Cell
}

// slot returns the place of a column among s.Columns, or -1; loose says that
// its name is written otherwise there.
func (s *Shape) slot(name string) (slot int, loose bool) {
	if s == nil || name == "" {
		return -1, false
	}
	if slot = slices.Index(s.Columns, name); slot >= 0 {
		return slot, false
	}
	plain := PlainName(name)
	if plain == "" {
		return -1, false
	}
	return slices.IndexFunc(s.Columns, func(other string) bool { return PlainName(other) == plain }), true
}

func (s *Shape) all() bool { return s != nil && s.All }

// knows reports whether columns with the names of Clerk's properties are read as
// such.
func (s *Shape) knows() bool { return s == nil || !s.OnlyColumns && !s.All }

// optional reports whether the column of a slot may be missing.
func (s *Shape) optional(slot int) bool { return slot < len(s.Optional) && s.Optional[slot] }

// null reports whether a CSV cell means "not given".
func (s *Shape) null(cell string) bool {
	if s != nil {
		for _, null := range s.Null {
			if cell == null {
				return true
			}
		}
	}
	return false
}

// unescape gives a cell the characters that it could not hold as they are. A
// backslash before any other character is itself.
func unescape(cell string) string {
	at := strings.IndexByte(cell, '\\')
	if at < 0 {
		return cell
	}
	b := append(make([]byte, 0, len(cell)), cell[:at]...)
	for ; at < len(cell); at++ {
		if cell[at] == '\\' && at+1 < len(cell) {
			if i := strings.IndexByte("tnrbfv\\", cell[at+1]); i >= 0 {
				b = append(b, "\t\n\r\b\f\v\\"[i])
				at++
				continue
			}
		}
		b = append(b, cell[at])
	}
	return string(b)
}

// Missing returns the columns of Options.Shape that may not be missing and
// that no record read so far has had, in their order. It is for JSON, whose
// records need not have all keys: whoever has read all of them knows that a
// column is not there.
func (in *Input) Missing() []string {
	if in.opts.Shape == nil {
		return nil
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	var missing []string
	for i, name := range in.opts.Shape.Columns {
		if !in.met[i] && !in.opts.Shape.optional(i) {
			missing = append(missing, name)
		}
	}
	return missing
}

// meet notes that a column of the shape is there.
func (in *Input) meet(slot int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.met[slot] = true
}
