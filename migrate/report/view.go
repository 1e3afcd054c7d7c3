package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"carryover/migrate"
)

// A view is a Page as its template shows it.
type view struct {
	*Page
	Plan      bool // nothing was written
	Title     string
	Verdict   verdict
	Facts     []fact
	Tiles     []tile
	Parts     []part
	Checks    []check
	Rules     []rule
	MoreRules string // what is not among them
	Failures  []failure
	Profile   []barTable
	Months    *chart
	Charts    []*chart
	Attempts  *barTable
	Pareto    *barTable
	Losses    []fact
	Shown     bool // ids are shown in full
}

// A verdict is what a reader should know first.
type verdict struct {
	Class, Sign, Short, Long string
}

type fact struct{ Name, Value string }

// A tile is a number that stands out.
type tile struct{ Name, Value, Note, Class string }

// A part is a piece of the bar of all rows.
type part struct {
	Name     string
	X, Width float64
	Class    string
}

// A check is something that a reader may want to tick off.
type check struct {
	Class, Sign, Text string
}

// A rule is a line of the table of problems.
type rule struct {
	Problem
	Sign     string
	Share    string
	Lines    string
	Meaning  string
	Fix      string
	Examples bool // there are some below
}

// A failure is the rows that share a problem.
type failure struct {
	Problem
	Samples  []sample
	Keys     bool // any has one
	Traces   bool // likewise
	Messages bool // likewise
}

type sample struct {
	Sample
	Shown string // the key, as PII allows
}

// A barTable is a table whose numbers are also bars.
type barTable struct {
	Title, Says, Head string
	Rows              []barRow
	More              string
}

func newView(p *Page) *view {
	d := p.Document
	if p.PII == "" {
		p.PII = MaskPII
	}
	v := &view{Page: p, Plan: d.State == "checked" || d.State == "plan", Shown: p.PII == FullPII}
	v.Title = "carryover"
	if len(d.Input.Files) > 0 {
		v.Title = filepath.Base(d.Input.Files[0])
		if n := len(d.Input.Files) - 1; n > 0 {
			v.Title += fmt.Sprintf(" and %d more", n)
		}
	}
	problems := worstFirst(slices.Clone(d.Problems))
	v.Verdict = verdictOf(d)
	v.Facts = factsOf(p)
	v.Tiles, v.Parts = tilesOf(d, v.Plan), partsOf(d, v.Plan)
	v.Checks = checksOf(p, v.Plan)
	v.Failures = failuresOf(problems, p)
	v.Rules = rulesOf(problems, d.Counts.Rows, v.Failures)
	if n := len(problems) - len(v.Rules); n > 0 {
		v.MoreRules = Number(int64(n)) + " more problems, of fewer rows each, are left out here."
	}
	v.Losses = lossesOf(d)
	v.Pareto = paretoOf(problems)
	if s := p.Survey; s != nil && s.Rows > 0 {
		v.Profile = profileOf(s)
		v.Months = monthsChart(s.Months)
	}
	if !v.Plan {
		v.Charts = chartsOf(p.Intervals)
		v.Attempts = attemptsOf(p.Attempts)
	}
	return v
}

// verdictOf says in a sentence how things stand.
func verdictOf(d *Document) verdict {
	c := d.Counts
	refused := c.Rejected + c.Conflict
	rows := func(n int64) string { return Number(n) + " of " + plural(int(c.Rows), "row", "rows") }
	if d.Undo != nil {
		return verdict{"warn", "‖", "Undone", d.Undo.sentence()}
	}
	switch d.State {
	case "checked", "plan":
		switch {
		case c.Rows == 0:
			return verdict{"warn", "!", "The input is empty", "It holds no users, so there is nothing to migrate."}
		case refused > 0:
			return verdict{"bad", "✗", "Plan with problems", rows(refused) + " would be refused; the others can be sent."}
		case hasSeverity(d.Problems, "warning"):
			return verdict{"warn", "!", "Plan with warnings", "Every row can be sent. Some are sent with a loss, or deserve a look."}
		}
		return verdict{"good", "✓", "Ready", "Every row can be sent."}
	case "finished":
		return verdict{"good", "✓", "Complete", "Every row is in a good end state."}
	case "finished_with_problems":
		return verdict{"bad", "✗", "Finished with problems", rows(refused) + " did not get in."}
	case "running":
		return verdict{"warn", "…", "Running", fmt.Sprintf("A run is going on: %s are done so far.", rows(c.Rows-c.Unfinished))}
	case "interrupted":
		return verdict{"warn", "‖", "Interrupted", fmt.Sprintf("%s are done. Nothing is lost: the same command goes on.", rows(c.Rows-c.Unfinished))}
	}
	long := fmt.Sprintf("%s are done.", rows(c.Rows-c.Unfinished))
	if d.Reason != "" {
		long += " The reason: " + d.Reason + "."
	}
	return verdict{"warn", "‖", "Stopped", long}
}

func hasSeverity(problems []Problem, severity string) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == severity })
}

// factsOf is what identifies the migration.
func factsOf(p *Page) []fact {
	d := p.Document
	var facts []fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{name, value})
		}
	}
	add("Input", strings.Join(d.Input.Files, ", "))
	if d.Input.Bytes > 0 {
		add("Size", bytesText(d.Input.Bytes))
	}
	add("SHA-256", d.Input.SHA256)
	add("Mapping", d.Mapping)
	if t := d.Target; t != nil {
		add("Instance", strings.TrimSpace(t.Kind+" "+t.InstanceID))
		add("API", strings.TrimSpace(t.APIURL+" version "+t.APIVersion))
		add("Key", t.KeyOrigin)
	}
	if n := len(d.Sessions); n > 0 {
		add("Runs", fmt.Sprint(n))
		add("Began", when(d.Sessions[0].StartedAt))
		if end := d.Sessions[n-1].EndedAt; !end.IsZero() {
			add("Ended", when(end))
		}
	}
	add("Checkpoint", d.Checkpoint)
	add("Report", when(p.Made)+", carryover "+p.Version)
	return facts
}

func bytesText(n int64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if v := float64(n) / unit.size; v >= 1 {
			return fmt.Sprintf("%.1f %s", v, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// usualPace is how many requests a second a run takes of a production instance,
// without flags: 80 % of Clerk's limit.
const usualPace = 80.0

// tilesOf are the numbers that a reader looks for.
func tilesOf(d *Document, plan bool) []tile {
	c := d.Counts
	var tiles []tile
	add := func(always bool, name string, n int64, class string) {
		if always || n > 0 {
			tiles = append(tiles, tile{Name: name, Value: Number(n), Note: percentOf(n, c.Rows), Class: class})
		}
	}
	took := "< 0.1 s"
	if d.Seconds >= 0.05 {
		took = Duration(time.Duration(d.Seconds * float64(time.Second)))
	}
	tiles = append(tiles, tile{Name: "rows", Value: Number(c.Rows), Note: "in the input"})
	switch {
	case d.State == "checked":
		add(true, "can be sent", c.Unfinished, "good")
	case plan:
		add(true, "to create", c.Created, "good")
		add(true, "to update", c.Updated, "good")
		add(false, "not decided", c.Unfinished, "warn")
	default:
		add(true, "created", c.Created, "good")
		add(c.Updated+c.Unchanged > 0, "updated", c.Updated, "good")
		add(c.Unfinished > 0, "unfinished", c.Unfinished, "warn")
	}
	add(false, "unchanged", c.Unchanged, "")
	add(true, "rejected", c.Rejected, badIf(c.Rejected))
	add(false, "in conflict", c.Conflict, "bad")
	add(false, "dropped", c.Dropped, "")
	if d.State == "checked" && c.Unfinished > 0 {
		send := time.Duration(float64(c.Unfinished) / usualPace * float64(time.Second))
		tiles = append(tiles, tile{Name: "a run takes about", Value: Duration(send), Note: fmt.Sprintf("at %.0f users a second", usualPace)})
	}
	if plan {
		return append(tiles, tile{Name: "checked in", Value: took, Note: "nothing was sent"})
	}
	tiles = append(tiles, tile{Name: "time", Value: took, Note: plural(max(d.Runs, 1), "run", "runs")})
	if r := d.Requests; r != nil && r.Total > 0 {
		tiles = append(tiles, tile{Name: "requests a second", Value: fmt.Sprintf("%.1f", d.Rate), Note: plural(int(r.Total), "request", "requests")},
			tile{Name: "refused with 429", Value: Number(r.ByStatus["429"]), Note: "answers", Class: badIf(r.ByStatus["429"])})
	}
	return tiles
}

func badIf(n int64) string {
	if n > 0 {
		return "bad"
	}
	return ""
}

// partsOf is the bar of all rows.
func partsOf(d *Document, plan bool) []part {
	c := d.Counts
	if c.Rows <= 0 {
		return nil
	}
	names := []string{"created", "updated", "unchanged", "in conflict", "rejected", "dropped", "unfinished"}
	if plan {
		names = []string{"to create", "to update", "unchanged", "in conflict", "rejected", "dropped", "can be sent"}
	}
	var parts []part
	x := 0.0
	for i, n := range []int64{c.Created, c.Updated, c.Unchanged, c.Conflict, c.Rejected, c.Dropped, c.Unfinished} {
		if n <= 0 {
			continue
		}
		class := []string{"s1", "s2", "s3", "s5", "s4", "s3", "s0"}[i]
		if plan && i == 6 {
			class = "s1"
		}
		width := side * float64(n) / float64(c.Rows)
		parts = append(parts, part{Name: names[i] + " " + Number(n) + " (" + percentOf(n, c.Rows) + ")", X: round(x), Width: max(round(width), 3), Class: class})
		x += width
	}
	return parts
}

// checksOf is what a reader ticks off.
func checksOf(p *Page, plan bool) []check {
	d, c := p.Document, p.Document.Counts
	var checks []check
	add := func(ok bool, class, yes, no string) {
		if ok {
			checks = append(checks, check{"good", "✓", yes})
			return
		}
		checks = append(checks, check{class, map[string]string{"bad": "✗", "warn": "!"}[class], no})
	}
	add(c.AddUp(), "bad", "the counts add up to the rows of the input", "the counts do not add up to the rows of the input")
	add(c.Rejected == 0, "bad", "no row is rejected", plural(int(c.Rejected), "row is rejected", "rows are rejected"))
	add(c.Conflict == 0, "bad", "no row is in conflict with a user that is there", plural(int(c.Conflict), "row is in conflict", "rows are in conflict")+" with a user that is there")
	if !plan {
		add(c.Unfinished == 0, "warn", "every row has an outcome", plural(int(c.Unfinished), "row has", "rows have")+" no outcome yet")
		for _, t := range d.Thresholds {
			if t.Name == RejectsThreshold && t.Is == 0 {
				continue // it is said above
			}
			add(t.Kept, "bad", t.String(), t.String())
		}
	}
	add(len(d.Unknown) == 0, "warn", "every column is known", plural(len(d.Unknown), "column is", "columns are")+" not known and ignored")
	proved := 0
	for _, proof := range d.Proofs {
		if proof.Proved {
			proved++
		}
	}
	if n := len(d.Proofs); n > 0 {
		add(proved == n, "bad", "every password tried opens its digest", fmt.Sprintf("%d of %d passwords tried open their digests", proved, n))
	}
	return checks
}

// lossesOf is what does not come across.
func lossesOf(d *Document) (losses []fact) {
	if len(d.Unknown) > 0 {
		const most = 40
		names := make([]string, 0, most)
		for _, name := range d.Unknown[:min(most, len(d.Unknown))] {
			names = append(names, cmp.Or(name, `""`))
		}
		if n := len(d.Unknown) - len(names); n > 0 {
			names = append(names, fmt.Sprintf("and %s more", Number(int64(n))))
		}
		losses = append(losses, fact{"Columns that are ignored", strings.Join(names, ", ")})
	}
	if d.Counts.Dropped > 0 {
		losses = append(losses, fact{"Rows that the mapping leaves out", Number(d.Counts.Dropped)})
	}
	for _, j := range d.Joins {
		losses = append(losses, fact{"Joined with " + j.Name + " (" + j.File + ")", fmt.Sprintf("%s records, %s of them for no row; %s without a record", Number(j.Records), Number(j.Unused), Plural(j.Without, "row", "rows"))})
	}
	if d.Vanished != nil {
		losses = append(losses, fact{"Users that an earlier input had and this one has not", Number(d.Vanished.Count)})
	}
	return losses
}

// chartsOf are the plots over time, and the histogram of latency.
func chartsOf(intervals []migrate.Interval) []*chart {
	if len(intervals) == 0 {
		return nil
	}
	t := newTimeline(intervals)
	var all migrate.Latencies
	for i := range intervals {
		all.Merge(&intervals[i].Latency)
	}
	return []*chart{outcomeChart(t), throughputChart(t), latencyChart(t), histogramChart(&all), inFlightChart(t)}
}
