package report

import (
	"fmt"
	"math"
	"time"

	"carryover/migrate"
)

const (
	mostBuckets  = 240 // of a plot over time
	leastBuckets = 3   // fewer are no plot
	tableRows    = 24  // of a plot's table, at the most
)

// A timeline is the time that runs have taken, one after the other: the pauses
// between them are cut out.
type timeline struct {
	buckets []bucket
	bands   []band
	axis    axis
	ticks   []tick
}

// A bucket is an interval on it, in seconds.
type bucket struct {
	migrate.Interval
	from, to float64
}

// newTimeline puts the intervals into at most mostBuckets buckets. A short one is
// at least a second long where there is enough of it, so that a rate is not
// torn by single requests.
func newTimeline(intervals []migrate.Interval) *timeline {
	total := 0.0
	for i := range intervals {
		total += intervals[i].Length().Seconds()
	}
	least := max(total/mostBuckets, min(1, total/12)) * (1 - 1e-6)
	t := &timeline{}
	t.axis, t.ticks = timeAxis(total)
	now := 0.0
	var starts []float64
	for i := range intervals {
		next := &intervals[i]
		from := now
		now += next.Length().Seconds()
		n := len(t.buckets)
		if n > 0 && t.buckets[n-1].Session == next.Session && t.buckets[n-1].to-t.buckets[n-1].from < least {
			t.buckets[n-1].Join(next)
			t.buckets[n-1].to = now
			continue
		}
		if n == 0 || t.buckets[n-1].Session != next.Session {
			starts = append(starts, from)
		}
		t.buckets = append(t.buckets, bucket{Interval: *next, from: from, to: now})
	}
	t.mergeScrap(least)
	if len(starts) > 1 {
		for i, from := range starts {
			to := total
			if i+1 < len(starts) {
				to = starts[i+1]
			}
			x := t.axis.place(from)
			t.bands = append(t.bands, band{X: round(x), Width: round(t.axis.place(to) - x), Odd: i%2 == 1})
		}
	}
	return t
}

// mergeScrap gives what is left at the end of a run to the bucket before it: a
// rate over a few milliseconds says nothing.
func (t *timeline) mergeScrap(least float64) {
	kept := t.buckets[:0]
	for i := range t.buckets {
		b := t.buckets[i]
		if n := len(kept); n > 0 && kept[n-1].Session == b.Session && b.to-b.from < least/2 {
			kept[n-1].Join(&b.Interval)
			kept[n-1].to = b.to
			continue
		}
		kept = append(kept, b)
	}
	t.buckets = kept
}

// edges are the places of the beginnings of the buckets, and of the last end.
func (t *timeline) edges() []float64 {
	edges := make([]float64, 0, len(t.buckets)+1)
	for _, b := range t.buckets {
		edges = append(edges, t.axis.place(b.from))
	}
	return append(edges, t.axis.place(t.buckets[len(t.buckets)-1].to))
}

// rate is the bucket's requests a second.
func (b *bucket) rate() float64 {
	if length := b.to - b.from; length > 0 {
		return float64(b.Requests) / length
	}
	return 0
}

// table returns a table of a few buckets: what is in between is summed up.
func (t *timeline) table(head []string, cells func(*bucket) []string) *figures {
	rows := &figures{Head: append([]string{"run time"}, head...)}
	each := (len(t.buckets) + tableRows - 1) / tableRows
	for i := 0; i < len(t.buckets); i += each {
		sum := t.buckets[i]
		for j := i + 1; j < min(i+each, len(t.buckets)); j++ {
			sum.Join(&t.buckets[j].Interval)
			sum.to = t.buckets[j].to
		}
		rows.Rows = append(rows.Rows, append([]string{runTime(sum.from) + " – " + runTime(sum.to)}, cells(&sum)...))
	}
	return rows
}

func runTime(seconds float64) string {
	return Duration(time.Duration(seconds * float64(time.Second)))
}

// chart begins a chart over time, or says why there is none.
func (t *timeline) chart(id, title, says, yTitle string) (c *chart, ok bool) {
	c = &chart{ID: id, Title: title}
	if len(t.buckets) < leastBuckets {
		c.Omitted = "There is too little of it over time to make a plot of: " + plural(len(t.buckets), "interval", "intervals") + "."
		return c, false
	}
	c.Says, c.YTitle, c.XTitle = says, yTitle, "time that runs have taken"
	if len(t.bands) > 1 {
		c.XTitle = fmt.Sprintf("time that the %d runs have taken; the pauses between them are cut out", len(t.bands))
	}
	c.X, c.Bands = t.ticks, t.bands
	return c, true
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(int64(n)) + " " + many
}

// gap is a value that is not there.
var gap = math.NaN()
