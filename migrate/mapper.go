package migrate

import "carryover/source"

// A Mapper makes rows of Clerk's columns out of the records of another system.
// Several goroutines may call it at once.
type Mapper interface {
	// Map sets the columns of a row from its other cells, and returns what it
	// has to say about it; the place and key of a problem are left to the
	// caller. A problem that says Drop leaves the row out.
	Map(row *source.Row) []Problem

	// From names the columns of the input that a column was made of, for
	// messages; "" for one that the input has itself.
	From(column source.Column) string

	// Again returns a Mapper for rows that are read a second time: it makes the
	// same of them, and does not count them again.
	Again() Mapper
}

// mapRow lets the rules' mapper make the row.
func (p *parser) mapRow() {
	if p.rules.Mapper != nil {
		p.problems = p.rules.Mapper.Map(p.row)
	}
}

// finish gives the problems of the mapper what only the whole row tells, and
// all of them the columns of the input that they are about.
func (p *parser) finish() {
	if p.rules.Mapper == nil {
		return
	}
	for i := range p.problems {
		problem := &p.problems[i]
		problem.File, problem.Row, problem.Line, problem.Key = p.row.File, p.row.Number, p.row.Line, p.user.Key()
		if column, ok := source.LookupColumn(problem.Field); ok && problem.From == "" {
			problem.From = p.rules.Mapper.From(column)
		}
	}
}

// reported reports whether a problem about a column is known already.
func (p *parser) reported(c source.Column) bool {
	for i := range p.problems {
		if p.problems[i].Severity == Fatal && p.problems[i].Field == c.String() {
			return true
		}
	}
	return false
}
