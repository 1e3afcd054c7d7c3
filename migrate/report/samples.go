package report

import "carryover/migrate"

// A Sample is a row that a page shows with its problem.
type Sample struct {
	Code, Field string
	File        string // where the input has several
	Row, Line   int64
	Key         string
	Message     string
	Status      int
	TraceID     string
}

// A page shows at most so many rows with a problem, and of each problem.
const (
	maxSamples     = 600
	samplesPerCode = 50
)

// maxSampled bounds the problems that samples are kept of: a mapping may give as
// many as there are rows.
const maxSampled = 500

// Samples keeps the first rows of each problem. A nil one keeps nothing.
type Samples struct {
	files migrate.Files
	list  []Sample
	taken map[sampleKind]int
}

type sampleKind struct{ code, field, message string }

// NewSamples returns Samples without any.
func NewSamples() *Samples { return &Samples{taken: map[sampleKind]int{}} }

// In says which files the rows are in.
func (s *Samples) In(files migrate.Files) {
	if s != nil {
		s.files = files
	}
}

func (s *Samples) add(one Sample) {
	kind := sampleKind{code: one.Code, field: one.Field}
	if migrate.OwnWords(one.Code) {
		kind.message = one.Message
	}
	n, known := s.taken[kind]
	if n == samplesPerCode || !known && len(s.taken) == maxSampled {
		return
	}
	s.taken[kind] = n + 1
	s.list = append(s.list, one)
}

// Problems takes the problems of a row that the checks found.
func (s *Samples) Problems(problems []migrate.Problem) {
	if s == nil {
		return
	}
	for i := range problems {
		p := &problems[i]
		s.add(Sample{Code: p.Code, Field: p.Field, Row: p.Row, Line: p.Line, Key: p.Key, Message: p.Message})
	}
}

// Result takes a row that did not get through.
func (s *Samples) Result(r *migrate.Result) {
	s.add(Sample{
		Code: r.Code, Field: r.Field, Row: r.Row, Line: r.Line, Key: r.Key, Message: r.Message, Status: r.Status, TraceID: r.TraceID,
	})
}

// List returns what was kept.
func (s *Samples) List() []Sample {
	if s == nil {
		return nil
	}
	for i := range s.list {
		s.list[i].File = s.files.Of(s.list[i].Row)
	}
	return s.list
}
