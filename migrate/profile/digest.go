package profile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"carryover/hashers"
)

// digests counts the digests of a column by what they look like.
type digests struct{ count map[digestKind]int64 }

// A digestKind is what a digest looks like. All its texts are constants of the
// package hashers.
type digestKind struct {
	Hasher  string // the likeliest; empty where Clerk takes it not
	Rewrite string // that brings it into Clerk's form; empty where it has it
	Sure    string // hashers.Certain and so on; empty where the form is not known
	Why     string // of the likeliest
	Or      string // the other hashers that it may be of
	Open    string // what Clerk's documentation leaves open about it
}

func newDigests() *digests { return &digests{map[digestKind]int64{}} }

// counted returns how many digests the column has.
func (c *column) counted() (n int64) {
	if c.digests != nil {
		for kind, count := range c.digests.count {
			if kind.Sure != "" {
				n += count
			}
		}
	}
	return n
}

// digest counts a value that is a digest. In a column whose name says that it
// holds them every text counts; elsewhere only what names its algorithm, since a
// token or an id may look like a bare hash.
func (c *column) digest(text string, k kinds) {
	const notText = aBoolean | aTime | aUUID | anEmail | aURL | anIP | aLocale | aPHP
	switch {
	case k&notText != 0 || len(text) > maxClassify:
		return
	case !c.named && (k&aNumber != 0 || !marked(text)):
		return
	}
	guesses := hashers.Identify(text)
	switch {
	case len(guesses) == 0 && !c.named:
		return
	case k&anObject != 0 && (len(guesses) == 0 || guesses[0].Hasher == ""):
		return // JSON begins like the schemes of LDAP
	}
	if c.digests == nil {
		c.digests = newDigests()
	}
	c.digests.count[kindOf(text, guesses)]++
}

// kindOf says what a digest looks like.
func kindOf(text string, guesses []hashers.Guess) digestKind {
	if len(guesses) == 0 {
		return bareKind(text)
	}
	first := guesses[0]
	kind := digestKind{Hasher: first.Hasher, Rewrite: first.Rewrite, Sure: first.Confidence, Why: first.Why}
	var others []string
	for _, g := range guesses[1:] {
		if first.Confidence != hashers.Certain && g.Hasher != "" && g.Hasher != first.Hasher && !slices.Contains(others, g.Hasher) {
			others = append(others, g.Hasher)
		}
	}
	kind.Or = strings.Join(others, ", ")
	if first.Hasher == "" {
		return kind
	}
	verdict := hashers.Verdict{}
	if first.Rewrite == "" {
		verdict = hashers.Check(first.Hasher, strings.TrimSpace(text))
	} else {
		_, verdict = hashers.RewriteNamed(first.Rewrite, text, nil)
	}
	if verdict.Status == hashers.Undecided {
		kind.Open = verdict.Why
	}
	return kind
}

// bareKind says what a text is of which the form alone tells nothing.
func bareKind(text string) digestKind {
	for _, name := range hashers.FindRewrites(text) {
		if out, verdict := hashers.RewriteNamed(name, text, nil); verdict.Status != hashers.Invalid {
			return digestKind{Hasher: out.Hasher, Rewrite: name, Sure: hashers.Possible, Why: "the form that this rewrite reads"}
		}
	}
	return digestKind{Why: unknownForm(text)}
}

// unknownForm tells what has a known meaning in such a column from what has not.
func unknownForm(text string) string {
	switch {
	case strings.HasPrefix(text, "!"), text == "*", text == "x":
		return "marked as unusable: the user has no password"
	case strings.HasPrefix(text, "$"), strings.HasPrefix(text, "{"):
		return "begins as a digest does, but is of no form that is known here"
	}
	return "of no form that is known here: digests of another kind, or passwords in clear text"
}

// A Digest is one kind of digests that a column holds.
type Digest struct {
	Column  string `json:"column"`
	Count   int64  `json:"count"`
	Hasher  string `json:"hasher"`           // "" where Clerk takes it not
	Rewrite string `json:"rewrite,omitzero"` // that Clerk's form needs
	Sure    string `json:"confidence"`       // certain, likely, possible, unsupported, or "" for no known form
	Why     string `json:"why"`              // a constant text
	Or      string `json:"or,omitzero"`      // the other hashers that the form fits
	Open    string `json:"open,omitzero"`    // what Clerk's documentation leaves open
}

// Digests returns the kinds of digests that the file holds, by column, the most
// frequent first.
func (p *Profile) Digests() []Digest {
	var list []Digest
	for _, c := range p.sorted() {
		if c.digests == nil || c.counted() == 0 {
			continue
		}
		list = append(list, c.digests.list(c.shownName())...)
	}
	return list
}

func (d *digests) list(column string) []Digest {
	kinds := slices.SortedFunc(maps.Keys(d.count), func(a, b digestKind) int {
		return cmp.Or(cmp.Compare(d.count[b], d.count[a]), cmp.Compare(a.Hasher, b.Hasher), cmp.Compare(a.Why, b.Why), cmp.Compare(a.Open, b.Open))
	})
	var list []Digest
	for _, k := range kinds {
		list = append(list, Digest{column, d.count[k], k.Hasher, k.Rewrite, k.Sure, k.Why, k.Or, k.Open})
	}
	return list
}
