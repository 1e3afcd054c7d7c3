package migrate

import (
	"context"
	"errors"
	"iter"
	"math"
	"slices"

	"carryover/hashers"
	"carryover/source"
)

// maxLines is how many lines a Group names.
const maxLines = 5

// A Group is the problems of an input that share a code, field and severity.
type Group struct {
	Code     string   `json:"code"`
	Field    string   `json:"field,omitzero"`
	From     string   `json:"from,omitzero"` // columns of the input, where a mapping made the field
	Severity Severity `json:"severity"`
	Message  string   `json:"message"` // what they share, or that of the first
	Count    int64    `json:"count"`
	Lines    []int64  `json:"lines"` // the first few
	Files    []string `json:"files"` // that each of the lines is in
}

// AddLine names one more line, if it is one of the first. The lines of a file may
// come in any order.
func (g *Group) AddLine(file string, line int64) {
	i := len(g.Lines)
	for i > 0 && g.Files[i-1] == file && g.Lines[i-1] > line {
		i--
	}
	if i == maxLines {
		return
	}
	g.Lines, g.Files = slices.Insert(g.Lines, i, line), slices.Insert(g.Files, i, file)
	n := min(len(g.Lines), maxLines)
	g.Lines, g.Files = g.Lines[:n], g.Files[:n]
}

// A Census is what a look over a whole input found.
type Census struct {
	Rows     int64 // data records
	Rejected int64 // rows with a Fatal problem, unreadable ones included
	Dropped  int64 // rows that a mapping leaves out
	Warned   int64 // rows that are sent, with a warning

	Groups []*Group // in the order in which they were first met
	Files  Files    // of the input, but those without a record

	Hashers         map[string]int64 // rows that are sent, by password_hasher
	Passwords       int64            // plain ones
	WithoutPassword int64            // neither a password nor a digest
	TOTP            int64
	BackupCodes     int64
	UserIDs         int64 // rows that name a Clerk user
	ExternalIDs     int64

	// Looks says what the digests look like that have no hasher or do not fit
	// the one they have: rows by the likeliest hasher, "" for none that Clerk
	// takes. It is a suggestion (hashers.Identify).
	Looks map[string]int64

	Survey *Survey // with Rules.Survey

	groups  map[groupKey]*Group
	hashers names // becomes Hashers
}

// A groupKey is what the problems of a group share. Those of digests also
// share their message: the same code means another thing for another hasher.
type groupKey struct {
	code, field, message string
	severity             Severity
}

// Good returns the number of rows that can be sent.
func (c *Census) Good() int64 { return c.Rows - c.Rejected - c.Dropped }

// Check reads every row of an input and applies every check to it, duplicates
// inside the input among them. The function that begin returns is called with
// the problems of each row that has any, in the order of the rows.
//
// Rows that share an identifier are read a second time, and their values
// compared: no problem is reported that is not one. Memory does not grow with the
// input: of one with many identifiers most are only noted in a temporary file, in
// the folder that TMPDIR names or /var/tmp. Should that show that some of them
// may be the same, or should two values turn out to differ and only to look alike
// to the search, begin is called once more and the look starts from the beginning;
// what was reported before is void.
//
// It returns the census, also together with an error that ended the look
// early: a *source.FileError, one of the functions', or the context's.
func Check(ctx context.Context, in Rows, rules Rules, begin func() (func([]Problem) error, error)) (*Census, error) {
	return check(ctx, in, rules, begin, func(room int) *Duplicates {
		d := NewDuplicates()
		d.room = room
		return d
	})
}

func check(ctx context.Context, in Rows, rules Rules, begin func() (func([]Problem) error, error), fresh func(room int) *Duplicates) (*Census, error) {
	room := roomFor
	duplicates := fresh(room)
	defer func() { duplicates.close() }()
	for {
		emit, err := begin()
		if err != nil {
			return &Census{}, err
		}
		census, err := look(ctx, in.Rows(ctx), rules, duplicates, emit)
		if err != nil {
			return census, err
		}
		if rules.Mapper != nil { // it has counted the rows
			rules.Mapper = rules.Mapper.Again()
		}
		again, err := duplicates.suspects(ctx)
		if again == nil && err == nil {
			err = duplicates.confirm(ctx, in, rules)
		}
		switch {
		case errors.Is(err, errSpill): // memory has to do
			room = math.MaxInt
			again = fresh(room)
		case errors.Is(err, errCollision):
			again = fresh(room)
		case err != nil || again == nil:
			return census, err
		}
		duplicates.close()
		duplicates = again
	}
}

// look reads the rows once.
func look(ctx context.Context, rows iter.Seq2[*source.Row, error], rules Rules, duplicates *Duplicates, emit func([]Problem) error) (*Census, error) {
	census := &Census{Looks: map[string]int64{}, groups: map[groupKey]*Group{}, hashers: newNames()}
	defer census.sum()
	var counted *surveyor
	if rules.Survey {
		counted = newSurveyor()
		defer func() { census.Survey = counted.survey() }()
	}
	for p := range parseAll(rows, rules, counted, duplicates) {
		problems := p.problems
		switch {
		case p.err != nil:
			var bad *source.RowError
			if !errors.As(p.err, &bad) {
				return census, p.err
			}
			problems = []Problem{rowProblem(bad)}
		case !Refused(problems):
			problems = append(problems, duplicates.check(p.user, p.keys)...)
			problems = append(problems, ownID(p.user, rules.Mode)...)
			problems = rules.withSettings(p.user, problems)
		}
		census.add(p.user, problems)
		if len(problems) > 0 {
			if err := emit(problems); err != nil {
				return census, err
			}
		}
		if err := ctx.Err(); err != nil {
			return census, err
		}
	}
	return census, nil
}

// ownID warns where a run gives the user an external id of its own making.
func ownID(u *User, mode Mode) []Problem {
	if !needsID(u, mode) {
		return nil
	}
	const code = "external_id_generated"
	text := catalogue[code]
	return []Problem{{
		File: u.File, Row: u.Row, Line: u.Line, Field: source.ColExternalID.String(),
		Code: code, Severity: text.severity, Message: text.meaning + "; " + text.fix,
	}}
}

// rowProblem is the problem of a record that could not be read.
func rowProblem(bad *source.RowError) Problem {
	message := bad.Message
	if bad.Hint != "" {
		message += "; " + bad.Hint
	}
	return Problem{
		File: bad.File, Row: bad.Number, Line: bad.Line, Field: bad.Column,
		Code: bad.Code, Severity: Fatal, Message: message,
	}
}

func (c *Census) add(u *User, problems []Problem) {
	c.Rows++
	if u != nil {
		c.Files.add(u.File)
	} else if len(problems) > 0 {
		c.Files.add(problems[0].File)
	}
	for i := range problems {
		c.group(&problems[i])
		c.look(u, &problems[i])
	}
	switch {
	case IsDropped(problems):
		c.Dropped++
		return
	case Refused(problems):
		c.Rejected++
		return
	case len(problems) > 0:
		c.Warned++
	}
	switch {
	case u.PasswordHasher != nil:
		c.hashers.add(*u.PasswordHasher)
	case u.Password != nil:
		c.Passwords++
	default:
		c.WithoutPassword++
	}
	count(&c.TOTP, u.TOTPSecret != nil)
	count(&c.BackupCodes, u.BackupCodes != nil)
	count(&c.UserIDs, u.UserID != "")
	count(&c.ExternalIDs, u.ExternalID != nil)
}

// sum completes the census when the last row is in.
func (c *Census) sum() {
	c.Hashers = make(map[string]int64, len(c.hashers.counts))
	for name, n := range c.hashers.counts {
		c.Hashers[name] = *n
	}
}

// look identifies the digest that a problem is about.
func (c *Census) look(u *User, p *Problem) {
	about := p.Code == "digest_without_hasher" || p.Code == "hasher_unknown" ||
		p.Severity == Fatal && p.Field == source.ColPasswordDigest.String()
	if !about || u == nil || u.PasswordDigest == nil {
		return
	}
	likely := ""
	if guesses := hashers.Identify(u.PasswordDigest.Reveal()); len(guesses) > 0 {
		likely = guesses[0].Hasher
	}
	c.Looks[likely]++
}

func count(n *int64, yes bool) {
	if yes {
		*n++
	}
}

func (c *Census) group(p *Problem) {
	key := groupKey{code: p.Code, field: p.Field, severity: p.Severity}
	message := p.Message
	if ownWords[p.Code] {
		key.message = message
	} else if text, ok := catalogue[p.Code]; ok && text.severity == p.Severity {
		message = text.meaning + "; " + text.fix // the same for every row
	} else if p.Field == source.ColPasswordDigest.String() {
		key.message = message
	}
	g := c.groups[key]
	if g == nil {
		g = &Group{Code: p.Code, Field: p.Field, From: p.From, Severity: p.Severity, Message: message}
		c.groups[key] = g
		c.Groups = append(c.Groups, g)
	}
	g.Count++
	g.AddLine(p.File, p.Line)
}
