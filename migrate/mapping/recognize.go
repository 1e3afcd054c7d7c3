package mapping

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A Recognizer finds out which presets a file is for, from its columns and
// their values. Their owner tells it of both, in any order; it keeps none of the
// values.
type Recognizer struct {
	presets []*Mapping
	signs   []presetSign
	columns map[string]*watched
}

type presetSign struct {
	*sign
	preset string
}

// A watched column is one that a sign names.
type watched struct {
	met   bool
	given int64
	like  map[*regexp.Regexp]int64
}

// NewRecognizer returns one that knows all presets.
func NewRecognizer() *Recognizer {
	r := &Recognizer{columns: map[string]*watched{}}
	for _, name := range Presets() {
		if m, err := Preset(name); err == nil { // a test reads them all
			r.add(m)
		}
	}
	return r
}

func (r *Recognizer) add(m *Mapping) {
	r.presets = append(r.presets, m)
	for i := range m.signs {
		s := &m.signs[i]
		r.signs = append(r.signs, presetSign{s, m.name})
		for _, name := range s.columns {
			r.watch(name)
		}
		for _, v := range s.values {
			r.watch(v.column).like[v.like] = 0
		}
	}
}

func (r *Recognizer) watch(name string) *watched {
	w := r.columns[name]
	if w == nil {
		w = &watched{like: map[*regexp.Regexp]int64{}}
		r.columns[name] = w
	}
	return w
}

// Meet tells of a column. That of a member of an object is the path to it, as in
// profile.name; that of the objects of a list, as in items[].name.
func (r *Recognizer) Meet(column string) {
	if w := r.columns[column]; w != nil {
		w.met = true
	}
}

// See tells of a value.
func (r *Recognizer) See(column, value string) {
	w := r.columns[column]
	if w == nil {
		return
	}
	w.given++
	for like := range w.like {
		if like.MatchString(value) {
			w.like[like]++
		}
	}
}

// A Recognition is a preset that a file seems to be for.
type Recognition struct {
	Preset  string
	Join    string   // the second file of the preset that it is; empty for the users
	About   string   // what the file is, as the preset says it
	Because string   // what of the file says so
	Lacks   []string // columns that it should have; nil where it is certain

	weight int
}

// Rivals reports whether nearly as much speaks for r as for the likeliest.
func (r *Recognition) Rivals(likeliest Recognition) bool { return r.weight*4 >= likeliest.weight*3 }

// Recognitions returns what the file seems to be, the likeliest first: those of
// which everything is there, and behind them those of which little is missing.
// There is one of a preset. cells is how many a record of a CSV file without a
// header has, 0 for any other.
func (r *Recognizer) Recognitions(cells int) []Recognition {
	var list []Recognition
	for _, s := range r.signs {
		found, ok := r.judge(s.sign, cells)
		if !ok {
			continue
		}
		found.Preset = s.preset
		i := slices.IndexFunc(list, func(other Recognition) bool { return other.Preset == s.preset })
		switch {
		case i < 0:
			list = append(list, found)
		case byLikelihood(found, list[i]) < 0:
			list[i] = found
		}
	}
	slices.SortStableFunc(list, byLikelihood)
	return list
}

func byLikelihood(a, b Recognition) int {
	return cmp.Or(cmp.Compare(min(1, len(a.Lacks)), min(1, len(b.Lacks))), cmp.Compare(len(a.Lacks), len(b.Lacks)), cmp.Compare(b.weight, a.weight))
}

// judge says how well a sign fits.
func (r *Recognizer) judge(s *sign, cells int) (Recognition, bool) {
	found := Recognition{Join: s.join, About: s.about, weight: len(s.columns) + 2*len(s.values)}
	if s.cells != 0 {
		if s.cells != cells {
			return found, false
		}
		found.weight += 3
	}
	for _, name := range s.columns {
		if !r.columns[name].met {
			found.Lacks = append(found.Lacks, name)
		}
	}
	for _, v := range s.values {
		w := r.columns[v.column]
		// Three of four: a broken row must not hide what the others are.
		if w.like[v.like] == 0 || w.like[v.like]*4 < w.given*3 {
			return found, false
		}
	}
	if n := len(found.Lacks); n > 0 && (s.join != "" || n*3 > len(s.columns) || len(s.columns)-n < 2) {
		return found, false
	}
	found.Because = s.because(found.Lacks)
	return found, true
}

// because names what a sign has found.
func (s *sign) because(lacks []string) string {
	var parts []string
	has := slices.DeleteFunc(slices.Clone(s.columns), func(name string) bool { return slices.Contains(lacks, name) })
	if len(has) > 0 {
		parts = append(parts, nouns("column", has))
	}
	if s.cells > 0 {
		parts = append(parts, fmt.Sprintf("%d cells a record and no header", s.cells))
	}
	if len(s.values) > 0 {
		var names []string
		for _, v := range s.values {
			names = append(names, v.column)
		}
		parts = append(parts, "the form of the values in "+strings.Join(names, ", "))
	}
	return strings.Join(parts, "; ")
}

// nouns names things with their kind before them.
func nouns(kind string, names []string) string {
	if len(names) > 1 {
		kind += "s"
	}
	return kind + " " + strings.Join(names, ", ")
}

// Headers returns what the records of a CSV file without a header may hold that
// have so many cells: of each preset that knows such files, its columns.
func (r *Recognizer) Headers(cells int) (headers [][]string) {
	for _, m := range r.presets {
		if m.input.header != nil && slices.ContainsFunc(m.signs, func(s sign) bool { return s.cells == cells && s.join == "" }) {
			headers = append(headers, m.input.header)
		}
	}
	return headers
}

// Places returns where presets look for the array of a JSON document.
func (r *Recognizer) Places() (places [][]string) {
	for _, m := range r.presets {
		shapes := []shape{m.input}
		for _, j := range m.joins {
			shapes = append(shapes, j.shape)
		}
		for _, s := range shapes {
			if s.at != nil {
				places = append(places, s.at)
			}
		}
	}
	return places
}
