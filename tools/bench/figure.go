package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// A bound is what a figure has to be.
type bound uint8

const (
	noBound bound = iota // it is told, and promised nowhere
	atLeast
	atMost
)

// A figure is one number that was measured.
type figure struct {
	What     string    `json:"what"`
	Unit     string    `json:"unit"`
	Median   float64   `json:"median"`
	Values   []float64 `json:"values"` // of each run
	Goal     string    `json:"goal,omitzero"`
	Reached  *bool     `json:"reached,omitzero"` // nil where there is no goal
	Note     string    `json:"note,omitzero"`    // what else is to be said of it
	decimals int
}

// atSize is what a figure that is promised for inputs of a million rows has to
// be for one of rows: a smaller one would prove nothing.
func atSize(rows int, is bound) bound {
	if rows < 1_000_000 {
		return noBound
	}
	return is
}

// newFigure sums up what runs measured, at least one. It is compared with the
// goal as it is printed.
func newFigure(what, unit string, decimals int, is bound, goal float64, values ...float64) figure {
	f := figure{What: what, Unit: unit, Median: median(values), Values: values, decimals: decimals}
	scale := math.Pow10(decimals)
	shown := math.Round(f.Median*scale) / scale
	switch is {
	case atLeast:
		f.Goal, f.Reached = "≥ "+f.text(goal), new(shown >= goal)
	case atMost:
		f.Goal, f.Reached = "≤ "+f.text(goal), new(shown <= goal)
		if goal == 0 {
			f.Goal = f.text(0)
		}
	}
	return f
}

// median is the middle of the values, or the mean of the two in the middle.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func (f *figure) number(value float64) string { return grouped(value, f.decimals) }

// grouped writes a number with a comma at each thousand.
func grouped(value float64, decimals int) string {
	text := strconv.FormatFloat(value, 'f', decimals, 64)
	end := len(text)
	if decimals > 0 {
		end -= decimals + 1
	}
	for i := end - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func (f *figure) text(value float64) string {
	if f.Unit == "" {
		return f.number(value)
	}
	return f.number(value) + " " + f.Unit
}

// measured is the median, and where there were several runs how many and how
// far apart they are, and the note.
func (f *figure) measured() string {
	text := f.text(f.Median)
	if n := len(f.Values); n > 1 {
		text += fmt.Sprintf(" (n=%d, %s–%s)", n, f.number(slices.Min(f.Values)), f.number(slices.Max(f.Values)))
	}
	if f.Note != "" {
		text += ", " + f.Note
	}
	return text
}

func (f *figure) reached() string {
	switch {
	case f.Reached == nil:
		return "–"
	case *f.Reached:
		return "yes"
	}
	return "no"
}

// A table prints figures as they come, in Markdown.
type table struct {
	out     io.Writer
	figures []figure
}

const tableRow = "| %-60s | %-17s | %-38s | %-7s |\n"

func (t *table) head() {
	fmt.Fprintf(t.out, tableRow, "what", "figure to reach", "measured, median of n runs", "reached")
	fmt.Fprintln(t.out, "|---|---|---|---|")
}

func (t *table) add(f figure) {
	t.figures = append(t.figures, f)
	goal := f.Goal
	if goal == "" {
		goal = "–"
	}
	fmt.Fprintf(t.out, tableRow, f.What, goal, f.measured(), f.reached())
}

// skip says why something was not measured.
func (t *table) skip(what, reason string) {
	fmt.Fprintf(t.out, tableRow, what, "–", "not measured: "+reason, "–")
}

// count writes a number of rows as people say it.
func count(n int) string {
	if million := 1_000_000; n >= million && n%million == 0 {
		return fmt.Sprintf("%d M", n/million)
	}
	return grouped(float64(n), 0)
}
