package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// A tally is what came of a scenario.
type tally struct {
	rows, kills int
	caught      int // kills that met rows under way
	starts      int
	stops       int // runs that stopped by themselves and were started again

	requests, faults int
	reconciled       int // rows whose outcome a look-up told
	absorbed         int // creates received for a user that was there already
	fields           int // compared

	missing, doubled, wrong, lost, secrets int

	took       time.Duration
	violations []string
	folder     string // kept where something is wrong
}

// mostViolations are shown of a scenario; more say the same.
const mostViolations = 20

// violated notes that an invariant does not hold.
func (r *round) violated(invariant, format string, args ...any) {
	r.said++
	if len(r.tally.violations) < mostViolations {
		r.tally.violations = append(r.tally.violations, invariant+" "+fmt.Sprintf(format, args...))
	}
}

// add sums up two tallies' figures.
func (t *tally) add(other *tally) {
	for _, p := range []struct {
		to   *int
		more int
	}{
		{&t.rows, other.rows}, {&t.kills, other.kills}, {&t.caught, other.caught}, {&t.starts, other.starts}, {&t.stops, other.stops},
		{&t.requests, other.requests}, {&t.faults, other.faults}, {&t.reconciled, other.reconciled}, {&t.absorbed, other.absorbed},
		{&t.fields, other.fields}, {&t.missing, other.missing}, {&t.doubled, other.doubled}, {&t.wrong, other.wrong},
		{&t.lost, other.lost}, {&t.secrets, other.secrets},
	} {
		*p.to += p.more
	}
	t.took += other.took
}

// table writes the figures of the scenarios that were played, and their sum.
func table(to io.Writer, scenarios []*scenario, tallies []*tally) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "scenario\trows\tkills\tmid-request\tstarts\tstopped\trequests\tfaults\treconciled\tabsorbed\tfields\tmissing\tdoubled\twrong\tno bucket\tsecrets\tviolations\tseconds\t")
	sum := &tally{}
	for i, t := range tallies {
		line(w, scenarios[i].name, t, len(t.violations))
		sum.add(t)
		sum.violations = append(sum.violations, t.violations...)
	}
	line(w, "all", sum, len(sum.violations))
	return w.Flush()
}

func line(w io.Writer, name string, t *tally, violations int) {
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t\n",
		name, t.rows, t.kills, t.caught, t.starts, t.stops, t.requests, t.faults, t.reconciled, t.absorbed, t.fields,
		t.missing, t.doubled, t.wrong, t.lost, t.secrets, violations, t.took.Seconds())
}
