package report

import (
	"io"
	"sync"
	"time"

	"carryover/migrate"
)

// Lines writes what a command does while it does it, for programs: one JSON
// object a line, each with a type. The last line is a summary, however the
// command ends by itself; a stream without one was cut off.
//
// Several goroutines may call its methods. After an error nothing more is
// written. A nil *Lines takes everything and writes nothing.
type Lines struct {
	mu    sync.Mutex
	w     io.Writer
	err   error
	ended bool

	// FileOf says which file of the input a row is in; nil where it is one
	// file. It is set before the first row is told.
	FileOf func(row int64) string
}

// NewLines returns Lines that writes to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

func (l *Lines) write(value any, last bool) error {
	if l == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil && !l.ended {
		l.err = WriteJSONLine(l.w, value)
		l.ended = last
	}
	return l.err
}

// A typed line has a type before its other members.
type typed[T any] struct {
	Type  string `json:"type"`
	Value T      `json:",embed"`
}

// A Start tells what a run is about to do.
type Start struct {
	Command    string  `json:"command"`
	Target     *Target `json:"target"`
	Input      Input   `json:"input"`
	Rows       int64   `json:"rows"`
	ToSend     int64   `json:"to_send"`
	Checkpoint string  `json:"checkpoint"`
}

// Start writes a line of the type "start".
func (l *Lines) Start(s Start) { _ = l.write(typed[Start]{"start", s}, false) } // Summary tells of errors

// Problems writes a line of the type "problem" for each.
func (l *Lines) Problems(problems []migrate.Problem) {
	if l == nil {
		return
	}
	for i := range problems {
		_ = l.write(typed[migrate.Problem]{"problem", problems[i]}, false)
	}
}

// Difference writes a line of the type "difference", masked.
func (l *Lines) Difference(d *Difference) {
	if l != nil {
		_ = l.write(typed[Difference]{"difference", d.Masked()}, false)
	}
}

// A row is what is known of one, for programs.
type row struct {
	File      string    `json:"file,omitzero"` // where the input has several
	Row       int64     `json:"row"`
	Line      int64     `json:"line"`
	Key       string    `json:"key,omitzero"`
	Generated bool      `json:"generated,omitzero"`
	State     string    `json:"state"`
	Action    string    `json:"action"`
	UserID    string    `json:"user_id,omitzero"`
	Code      string    `json:"code,omitzero"`
	Field     string    `json:"field,omitzero"`
	Message   string    `json:"message,omitzero"`
	Status    int       `json:"status,omitzero"`
	TraceID   string    `json:"trace_id,omitzero"`
	Attempts  int       `json:"attempts,omitzero"`
	At        time.Time `json:"at,omitzero"`
	TookMS    float64   `json:"took_ms,omitzero"`
}

// Row writes a line of the type "row": what has become of a row. Where a row
// has several lines, the last one stands.
func (l *Lines) Row(r *migrate.Result) {
	if l == nil {
		return
	}
	line := row{
		Row: r.Row, Line: r.Line, Key: r.Key, Generated: r.Generated, State: r.State.String(), Action: r.Action.String(), UserID: r.UserID,
		Code: r.Code, Field: r.Field, Message: r.Message, Status: r.Status, TraceID: r.TraceID, Attempts: r.Attempts, At: r.At.UTC(),
		TookMS: float64(r.Took.Microseconds()) / 1000,
	}
	if l.FileOf != nil {
		line.File = l.FileOf(r.Row)
	}
	if line.Message == "" && line.Code != "" {
		line.Message = migrate.Explain(line.Code)
	}
	_ = l.write(typed[row]{"row", line}, false)
}

// Progress is how far a run has come.
type Progress struct {
	Done       int64   `json:"done"` // rows with an outcome, of this and earlier runs
	Rows       int64   `json:"rows"`
	Good       int64   `json:"good"` // likewise
	Bad        int64   `json:"bad"`  // likewise
	Rate       float64 `json:"rate"` // rows a second, of this run
	ETASeconds float64 `json:"eta_seconds,omitzero"`
	P95MS      float64 `json:"p95_ms"`
	HTTP429    int64   `json:"http_429"`
	Waiting    string  `json:"waiting,omitzero"` // why nothing is sent
}

// Progress writes a line of the type "progress".
func (l *Lines) Progress(p Progress) { _ = l.write(typed[Progress]{"progress", p}, false) }

// Notice writes a line of the type "notice": something that happened.
func (l *Lines) Notice(message string) { l.say("notice", message) }

// Restart writes a line of the type "restart": the problems told so far do not
// count.
func (l *Lines) Restart() {
	l.say("restart", "the check begins anew: the problems so far do not count")
}

func (l *Lines) say(kind, message string) {
	_ = l.write(struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	}{kind, message}, false)
}

// Summary writes the last line, of the type "summary". Its error is the first
// one that any line met.
func (l *Lines) Summary(d *Document) error {
	if d.Problems == nil {
		d.Problems = []Problem{}
	}
	return l.write(typed[*Document]{"summary", d}, true)
}
