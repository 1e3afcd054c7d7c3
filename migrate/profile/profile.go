package profile

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"

	"carryover/source"
)

// An Observer is told of each column when it is met first, and of each of its
// values. A member of an object is called by the path to it, as in
// profile.name; one of the objects of a list as in items[].name.
type Observer interface {
	Meet(column string)
	See(column, value string)
}

// A Profile is what a file holds, as far as it has been read.
type Profile struct {
	rows     int64
	observer Observer // nil for none
	columns  map[string]*column
	order    []*column
	children map[string]int // of a column, how many members were met
	beyond   bool           // there are more columns than are remembered
	seed     maphash.Seed
}

// New returns the profile of a file of which nothing has been read. observer may
// be nil.
func New(observer Observer) *Profile {
	return &Profile{observer: observer, columns: map[string]*column{}, children: map[string]int{}, seed: maphash.MakeSeed()}
}

const (
	maxColumns  = 2000 // of a file
	maxMembers  = 60   // of an object that are told apart
	maxDepth    = 3    // names in the path of a column
	maxDistinct = 256  // values of a column that are told apart
	maxExamples = 3    // values of a column that are kept
	maxName     = 80   // bytes of the name of a column
)

// Rows returns how many records have been added.
func (p *Profile) Rows() int64 { return p.rows }

// Add takes one record: every column of it, in the order of the file.
func (p *Profile) Add(members []source.Member) {
	p.rows++
	for i := range members {
		p.member("", members[i].Name, members[i].Cell, 1)
	}
}

// A column is what is known of one.
type column struct {
	path    string
	parent  *column // whose member it is, or nil
	depth   int
	rows    int64 // in which it has a value
	last    int64 // of these
	values  int64 // more than rows in lists
	json    int64 // of values, those that JSON wrote as text in text
	nulls   map[string]int64
	kinds   [numKinds]int64
	named   bool // its name says that it holds digests
	digests *digests

	distinct map[uint64]int32 // how often each came; nil where there are too many
	examples []string
}

// column returns the column of a path; nil where there are too many.
func (p *Profile) column(parent *column, path string, depth int) *column {
	c := p.columns[path]
	if c != nil {
		return c
	}
	if len(p.columns) >= maxColumns {
		p.beyond = true
		return nil
	}
	path = strings.Clone(path)
	c = &column{path: path, parent: parent, depth: depth, distinct: map[uint64]int32{}}
	c.named = digestName(path)
	p.columns[path] = c
	p.order = append(p.order, c)
	if p.observer != nil {
		p.observer.Meet(path)
	}
	return c
}

// nullWords are what some systems write into CSV where there is nothing.
var nullWords = []string{"NULL", `\N`}

// add takes a value of the column.
func (p *Profile) add(c *column, cell source.Cell, k kinds) {
	if c.last != p.rows {
		c.last = p.rows
		c.rows++
	}
	c.values++
	for i := range numKinds {
		if k&(1<<i) != 0 {
			c.kinds[i]++
		}
	}
	if p.observer != nil {
		p.observer.See(c.path, cell.Text)
	}
	if k&(anObject|aList) != 0 {
		return
	}
	c.digest(cell.Text, k)
	p.keep(c, cell.Text)
}

// keep remembers a value where it is one of the first, and counts it.
func (p *Profile) keep(c *column, text string) {
	if c.distinct != nil {
		h := maphash.String(p.seed, text)
		n := c.distinct[h]
		if n == 0 && len(c.distinct) == maxDistinct {
			c.distinct = nil
		} else {
			c.distinct[h] = n + min(1, 1<<30-n)
		}
		if n > 0 {
			return // an example already, or there are enough
		}
	}
	if len(c.examples) < maxExamples && !slices.Contains(c.examples, text) {
		c.examples = append(c.examples, strings.Clone(text[:min(len(text), maxClassify)]))
	}
}

// share reports whether at least so many of a hundred values are of a kind, and
// one at least.
func (c *column) share(percent int64, k kinds) bool {
	n := c.count(k)
	return n > 0 && n*100 >= c.values*percent
}

// count returns how many values are of a kind, which is a single one.
func (c *column) count(k kinds) int64 {
	for i := range numKinds {
		if k == 1<<i {
			return c.kinds[i]
		}
	}
	return 0
}

// sorted returns the columns in the order of the file, members behind what they
// are members of.
func (p *Profile) sorted() []*column {
	first := map[*column][]int{}
	for i, c := range p.order {
		var way []int
		if c.parent != nil {
			way = slices.Clip(first[c.parent])
		}
		first[c] = append(way, i)
	}
	all := slices.Clone(p.order)
	slices.SortFunc(all, func(a, b *column) int { return cmp.Or(slices.Compare(first[a], first[b])) })
	return all
}
