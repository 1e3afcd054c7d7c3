package main

import (
	"fmt"
	"time"

	"github.com/mattn/go-runewidth"

	"carryover/migrate/report"
	"carryover/source"
)

// A reading is the input being read from its beginning, for a purpose.
type reading struct {
	does  string // such as "Checking users.csv"
	in    *source.Input
	began int64 // in.BytesRead

	rowsDone func() int64  // nil where bytes tell how far it is
	allRows  int64         // that are to be done
	why      func() string // why it waits; nil where it never does
}

// newReading is the stage of a reading that begins now.
func newReading(does string, in *source.Input) *reading {
	return &reading{does: does, in: in, began: in.BytesRead()}
}

// inputName is what people call an input.
func inputName(paths []string) string {
	name := report.Clean(paths[0])
	if paths[0] == "-" {
		name = "standard input"
	}
	if n := len(paths) - 1; n > 0 {
		name += fmt.Sprintf(" and %d more", n)
	}
	return name
}

// read says what is going to be done, and then tells how far it is until the
// function that it returns is called.
func (t *teller) read(r *reading) (end func()) {
	t.ui.say("%s …", r.does)
	return t.tell(r)
}

// share is how much has been read, of 1000; false where the whole is not known.
func (r *reading) share() (int64, bool) {
	if r.rowsDone != nil {
		return min(1000, r.rowsDone()*1000/max(1, r.allRows)), true
	}
	size := r.in.Size()
	if !r.in.SizeKnown() || size == 0 {
		return 0, false
	}
	return min(1000, (r.in.BytesRead()-r.began)*1000/size), true
}

// far says how far it is.
func (r *reading) far() string {
	if share, known := r.share(); known {
		return fmt.Sprintf("%d %%", share/10)
	}
	return bytesText(r.in.BytesRead() - r.began)
}

func (r *reading) waiting() string {
	if r.why == nil {
		return ""
	}
	return r.why()
}

// rows implements stage.
func (r *reading) rows(width int) []string {
	width-- // see figures.rows
	text := r.far()
	if share, known := r.share(); known {
		text = barText(min(40, max(leastBar, width/2)), share, 1000, 0) + " " + text
	}
	if why := r.waiting(); why != "" {
		text += between + report.Clean(why)
	}
	return []string{runewidth.Truncate(text, width, "…")}
}

// line implements stage.
func (r *reading) line() string {
	text := fmt.Sprintf("%s %s: %s", time.Now().UTC().Format(time.RFC3339), r.does, r.far())
	if why := r.waiting(); why != "" {
		text += fmt.Sprintf(" waiting=%q", why)
	}
	return text
}
