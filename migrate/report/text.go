package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Text writes a document for people: the table of outcomes, the problems with
// their first lines, and what the requests took. Columns line up; nothing is
// coloured.
func Text(w io.Writer, d *Document) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", headline(d))
	if d.Command == "undo" {
		undo(&b, d)
		requests(&b, d)
		next(&b, d)
		_, err := io.WriteString(w, CleanLines(b.String()))
		return err
	}
	undone(&b, d.Undo)
	if d.Verification != nil {
		verification(&b, d)
	} else {
		outcomes(&b, d)
		canary(&b, d.Canary)
		unfinished(&b, d)
	}
	delta(&b, d)
	plan(&b, d.Plan)
	left(&b, d.Left)
	joins(&b, d.Joins)
	estimates(&b, d.Estimates)
	requests(&b, d)
	thresholds(&b, d)
	digests(&b, d.Digests)
	proofs(&b, d.Proofs)
	problems(&b, d)
	firstDifferences(&b, d.Verification)
	ignored(&b, d.Unknown)
	next(&b, d)
	_, err := io.WriteString(w, CleanLines(b.String()))
	return err
}

// ignored names the columns that are not known, as many as a person reads.
func ignored(b *strings.Builder, names []string) {
	const most = 20
	if len(names) == 0 {
		return
	}
	shown := slices.Clone(names[:min(most, len(names))])
	for i := range shown {
		if shown[i] == "" { // a JSON key may be
			shown[i] = `""`
		}
	}
	more := ""
	if n := len(names) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %s more", Number(int64(n)))
	}
	fmt.Fprintf(b, "\nIgnored columns: %s%s\n", Clean(strings.Join(shown, ", ")), more)
}

func headline(d *Document) string {
	if d.Command == "undo" {
		return undoHeadline(d)
	}
	took := Duration(time.Duration(d.Seconds * float64(time.Second)))
	if d.Runs > 1 {
		took += fmt.Sprintf(" (run %d of this migration)", d.Runs)
		if d.Command != "run" {
			took = strings.Replace(took, " (run ", ", in ", 1)
			took = strings.Replace(took, " of this migration)", " runs", 1)
		}
	}
	if v := d.Verification; v != nil && (d.State == "finished" || d.State == "finished_with_problems") {
		return verifiedLine(v, took)
	}
	switch d.State {
	case "finished":
		return "Finished in " + took + ": every row is in a good end state."
	case "finished_with_problems":
		return "Finished in " + took + ", with problems."
	case "running":
		if d.Undo != nil && d.Running != nil {
			return "An undo is going on (" + d.Running.Process() + ")."
		}
		if d.Running != nil {
			return "A run is going on (" + d.Running.String() + ")."
		}
		return "A run is going on."
	case "plan":
		return "Plan, made in " + took + ". Nothing was written."
	case "checked":
		return "Checked in " + took + ". Nothing was sent."
	default:
		return cutShort(d, took)
	}
}

// cutShort is the headline of what ended before its time.
func cutShort(d *Document, took string) string {
	if d.State == "interrupted" {
		return "Interrupted after " + took + "."
	}
	return "Stopped after " + took + ": " + Clean(d.Reason) + "."
}

func outcomes(b *strings.Builder, d *Document) {
	c := d.Counts
	names := []string{"created", "updated", "unchanged", "rejected", "conflict", "unfinished"}
	switch d.State {
	case "plan":
		names = []string{"to create", "to update", "unchanged", "rejected", "conflict", "not decided"}
	case "checked":
		names = []string{"", "", "", "rejected", "", "can be sent"}
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, n int64) {
		fmt.Fprintf(t, "%s\t%s\t%s\n", name, Number(n), share(n, c.Rows))
	}
	for i, n := range []int64{c.Created, c.Updated, c.Unchanged, c.Rejected, c.Conflict, c.Unfinished} {
		if names[i] != "" {
			line(names[i], n)
		}
	}
	if c.Dropped > 0 {
		line("dropped", c.Dropped)
	}
	fmt.Fprintf(t, "rows\t%s\t\n", Number(c.Rows))
	_ = t.Flush() // a strings.Builder takes everything
}

// share is how much of all rows some are, "" where there are too few for it to
// say more than their number.
func share(n, rows int64) string {
	if rows < 10_000 {
		return ""
	}
	return fmt.Sprintf("%.2f %%\t", 100*float64(n)/float64(rows))
}

// joins says of each second file what of it was used.
func joins(b *strings.Builder, list []Join) {
	for i, j := range list {
		if i == 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "Joined with %s (%s): %s records, %s of them for no row", Clean(j.File), Clean(j.Name), Number(j.Records), Number(j.Unused))
		if len(j.Lines) > 0 {
			fmt.Fprintf(b, " (%s)", lines(Problem{Lines: j.Lines, Count: j.Unused}))
		}
		fmt.Fprintf(b, "; %s without a record\n", Plural(j.Without, "row", "rows"))
	}
}

func requests(b *strings.Builder, d *Document) {
	if d.Requests == nil || d.Requests.Total == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s, %.1f a second", Plural(d.Requests.Total, "request", "requests"), d.Rate)
	if n := d.Requests.ByStatus["429"]; n > 0 {
		fmt.Fprintf(b, ", %s of them refused with 429", Number(n))
	}
	if n := d.Requests.Gates; n > 0 {
		fmt.Fprintf(b, "; pauses that Clerk asked for: %s", Number(n))
	}
	if l := d.LatencyMS; l != nil && l.Max > 0 {
		fmt.Fprintf(b, "; answers in %.0f ms (p50), %.0f (p95), %.0f (p99), %.0f at most", l.P50, l.P95, l.P99, l.Max)
	}
	b.WriteString("\n")
}

func problems(b *strings.Builder, d *Document) {
	for _, severity := range []string{"error", "warning", "dropped"} {
		var total int64
		for _, p := range d.Problems {
			if p.Severity == severity {
				total += p.Count
			}
		}
		if total == 0 {
			continue
		}
		title := map[string]string{"error": "Problems", "warning": "Warnings", "dropped": "Dropped by the mapping"}[severity]
		fmt.Fprintf(b, "\n%s (%s)\n", title, Number(total))
		for _, p := range d.Problems {
			if p.Severity == severity {
				problem(b, p)
			}
		}
	}
	if len(d.Problems) > 0 {
		b.WriteString("\nMore about a code, and what to do: carryover explain CODE\n")
	}
}

func problem(b *strings.Builder, p Problem) {
	fmt.Fprintf(b, "  %s × %s", Number(p.Count), Clean(p.Code))
	switch {
	case p.Field != "" && p.From != "" && p.From != p.Field:
		fmt.Fprintf(b, " (%s, from %s)", Clean(p.Field), Clean(p.From))
	case p.Field != "":
		fmt.Fprintf(b, " (%s)", Clean(p.Field))
	}
	if len(p.Lines) > 0 {
		fmt.Fprintf(b, ", %s", lines(p))
	}
	b.WriteString("\n")
	if p.Message != "" {
		fmt.Fprintf(b, "      %s\n", Clean(p.Message))
	}
}

// lines names the first lines of a problem, with their files where there are
// several. They are without commas: they are there to be jumped to.
func lines(p Problem) string {
	word := "line "
	if len(p.Lines) > 1 {
		word = "lines "
	}
	if len(p.Files) > 0 {
		word = ""
	}
	return word + places(p)
}

func places(p Problem) string {
	text := make([]string, len(p.Lines))
	for i, line := range p.Lines {
		if text[i] = fmt.Sprint(line); i < len(p.Files) {
			text[i] = Clean(p.Files[i]) + ":" + text[i]
		}
	}
	if int64(len(text)) < p.Count {
		text = append(text, "…")
	}
	return strings.Join(text, ", ")
}

// Number writes n with a comma between thousands.
func Number(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Plural writes n with the word that fits, such as "1 row" or "1,200 rows".
func Plural(n int64, one, many string) string { return plural(int(n), one, many) }

// Duration writes a time as people say it: "0.4 s", "12 s", "4 min 10 s",
// "2 h 47 min", "14 d 12 h".
func Duration(d time.Duration) string {
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 72*time.Hour:
		d = d.Round(time.Minute)
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	default:
		d = d.Round(time.Hour)
		return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
	}
}
