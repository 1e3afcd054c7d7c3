package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"carryover/migrate/report"
)

// figures are what is told of a run that is going on.
type figures struct {
	earlier int64 // rows that had their outcome before this run
	total   int64 // rows of this run
	ended   int64 // those of them that have their outcome

	good    int64 // rows that got through, earlier ones too
	bad     int64 // rows that are rejected or in conflict, likewise
	retried int64 // rows of this run that took more than one request

	rate     float64 // outcomes a second, of this run
	inFlight int
	p95      time.Duration // of answers
	refused  int64         // answers 429
	waiting  string        // why nothing, or little, is sent

	outside bool // they are seen in the checkpoint, which does not tell retried, p95, refused and waiting
}

func (f *figures) done() int64  { return f.earlier + f.ended }
func (f *figures) whole() int64 { return f.earlier + f.total }

// toGo is how long the rest takes at this rate; false where that is not known.
func (f *figures) toGo() (time.Duration, bool) {
	if f.rate <= 0 {
		return 0, false
	}
	return time.Duration(float64(f.whole()-f.done()) / f.rate * float64(time.Second)), true
}

// eta is the same for logs and programs.
func (f *figures) eta() string {
	left, known := f.toGo()
	if !known {
		return "?"
	}
	return left.Round(time.Second).String()
}

// line is all of it in one line, for logs.
func (f *figures) line(now time.Time) string {
	text := fmt.Sprintf("%s done=%.1f%% %d/%d ok=%d failed=%d in_flight=%d rate=%.1f/s eta=%s",
		now.UTC().Format(time.RFC3339), 100*float64(f.done())/float64(max(f.whole(), 1)), f.done(), f.whole(),
		f.good, f.bad, f.inFlight, f.rate, f.eta())
	if !f.outside {
		text += fmt.Sprintf(" retried=%d p95=%dms http429=%d", f.retried, f.p95.Milliseconds(), f.refused)
	}
	if f.waiting != "" {
		text += fmt.Sprintf(" waiting=%q", f.waiting)
	}
	return text
}

// forPrograms are the same figures.
func (f *figures) forPrograms() report.Progress {
	left, _ := f.toGo()
	return report.Progress{
		Done: f.done(), Rows: f.whole(), Good: f.good, Bad: f.bad, Rate: f.rate,
		ETASeconds: left.Seconds(), P95MS: milliseconds(f.p95), HTTP429: f.refused, Waiting: f.waiting,
	}
}

// rows are the two lines of a terminal that is so wide.
func (f *figures) rows(width int) []string {
	width-- // a character in the last column makes some terminals begin a row
	return []string{f.bar(width), f.state(width)}
}

// bar is how far the run is: what earlier runs did, what this one did, the rest;
// and as much about that as there is room for.
func (f *figures) bar(width int) string {
	eta := "ETA ?"
	if left, known := f.toGo(); known {
		eta = "ETA " + report.Duration(left)
	}
	text := fit(width-leastBar-1, []item{
		{fmt.Sprintf("%d %%", 100*f.done()/max(f.whole(), 1)), 4},
		{report.Number(f.done()) + "/" + report.Number(f.whole()), 2},
		{fmt.Sprintf("%.1f/s", f.rate), 1},
		{eta, 3},
	})
	return barText(width-1-runewidth.StringWidth(text), f.done(), f.whole(), f.earlier) + " " + text
}

// state is what became of the rows, and why the run waits where it does.
func (f *figures) state(width int) string {
	reserved := 0
	if f.waiting != "" {
		reserved = min(runewidth.StringWidth(f.waiting)+len(between), width*2/3)
	}
	items := []item{{"✓ " + report.Number(f.good) + " done", 5}, {"✗ " + report.Number(f.bad) + " failed", 4}}
	if f.retried > 0 {
		items = append(items, item{"↻ " + report.Number(f.retried) + " retried", 3})
	}
	items = append(items, item{fmt.Sprintf("%d in flight", f.inFlight), 1})
	if f.p95 >= time.Millisecond {
		items = append(items, item{fmt.Sprintf("p95 %d ms", f.p95.Milliseconds()), 2})
	}
	text := fit(width-reserved, items)
	if f.waiting == "" {
		return text
	}
	if text != "" {
		text += between
	}
	return text + runewidth.Truncate(report.Clean(f.waiting), max(0, width-runewidth.StringWidth(text)), "…")
}

// An item is a piece of a line. Those that matter least go first where there is
// no room for all.
type item struct {
	text    string
	matters int
}

const between = "  " // items

// fit joins as many items as there is room for.
func fit(width int, items []item) string {
	for {
		texts, least := make([]string, len(items)), 0
		for i := range items {
			texts[i] = items[i].text
			if items[i].matters < items[least].matters {
				least = i
			}
		}
		text := strings.Join(texts, between)
		if len(items) == 0 || runewidth.StringWidth(text) <= width {
			return text
		}
		items = append(items[:least:least], items[least+1:]...)
	}
}

const leastBar = 10 // columns, ends included

// barStyle draws what earlier runs did full, and what this one did lighter.
var barStyle = mpb.BarStyle().Lbound("▕").Refiller("█").Filler("▓").Tip("").Padding("░").Rbound("▏")

// barText draws a bar of so many columns.
func barText(width int, done, whole, earlier int64) string {
	var text strings.Builder
	// The filler fails only where its writer does.
	_ = barStyle.Build().Fill(&text, decor.Statistics{AvailableWidth: width, Total: whole, Current: done, Refill: earlier})
	return text.String()
}
