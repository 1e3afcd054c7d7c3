package report

import (
	"math"
	"strconv"
	"strings"

	"carryover/migrate"
)

// A chart is a plot as the template draws it: paths and places that are worked
// out already. What it shows is also in its table.
type chart struct {
	ID       string
	Title    string
	Says     string // what is to be seen, below the title
	XTitle   string
	YTitle   string
	X, Y     []tick
	Bands    []band // behind everything
	Shapes   []shape
	Bars     []bar
	Marks    []mark
	Refusals []mark // ticks at the top
	Labels   []label
	Table    *figures
	Omitted  string // why there is no plot; then all but Title is empty
}

// A shape is an area or a line.
type shape struct {
	Name  string // in the legend; "" for none
	Value string // behind the name
	Class string // its colour and pattern, in page.css
	Path  string
	Fill  bool
}

// A bar is an upright one, in units of the chart.
type bar struct {
	X, Y, Width, Height float64
	Text                string // shown where a pointer rests
}

// A band is a stretch of the time axis: a run.
type band struct {
	X, Width float64
	Odd      bool
}

// A mark is an upright line. Level says how high its label stands.
type mark struct {
	X       float64 // in units
	Percent float64
	Level   int
	Text    string
}

// A label stands within the plot, in percent.
type label struct {
	Right, Bottom float64
	Text, Class   string
}

// figures hold what a chart shows, for those who cannot see it.
type figures struct {
	Head []string
	Rows [][]string
}

// A point is a place in a chart. Y points up.
type point struct{ x, y float64 }

func (p point) write(b *strings.Builder) {
	b.WriteString(strconv.FormatFloat(round(p.x), 'f', -1, 64))
	b.WriteByte(' ')
	b.WriteString(strconv.FormatFloat(round(side-p.y), 'f', -1, 64))
}

// linePath returns the path through the points. A NaN is a gap; a point between
// two of them becomes a dot.
func linePath(points []point) string {
	var b strings.Builder
	pen := 0 // points since the last gap
	dot := func() {
		if pen == 1 {
			b.WriteString("h.1")
		}
		pen = 0
	}
	for _, p := range points {
		if math.IsNaN(p.y) {
			dot()
			continue
		}
		b.WriteByte("ML"[min(pen, 1)])
		p.write(&b)
		pen++
	}
	dot()
	return b.String()
}

// areaPath returns the path around what lies between two lines over the same
// places.
func areaPath(upper, lower []point) string {
	if len(upper) == 0 || len(upper) != len(lower) {
		return ""
	}
	var b strings.Builder
	for i, p := range upper {
		b.WriteByte("ML"[min(i, 1)])
		p.write(&b)
	}
	for i := len(lower) - 1; i >= 0; i-- {
		b.WriteByte('L')
		lower[i].write(&b)
	}
	b.WriteByte('Z')
	return b.String()
}

// steps returns the outline of a value that holds from each place to the next.
func steps(at []float64, values []float64) []point {
	points := make([]point, 0, 2*len(values))
	for i, v := range values {
		points = append(points, point{at[i], v}, point{at[i+1], v})
	}
	return points
}

// A barRow is a bar that lies in a table: a name, a number and how long it is.
type barRow struct {
	Name   string
	Href   string
	Count  int64
	Share  string  // of the whole
	Length float64 // in percent of the longest
	Class  string
}

// rowsOf returns the bars of counts, each as long as it is to the longest.
func rowsOf(counts []migrate.Count, whole int64) []barRow {
	rows := make([]barRow, len(counts))
	longest := int64(1)
	for _, c := range counts {
		longest = max(longest, c.Rows)
	}
	for i, c := range counts {
		rows[i] = barRow{Name: c.Name, Count: c.Rows, Share: percentOf(c.Rows, whole), Length: round(100 * float64(c.Rows) / float64(longest))}
	}
	return rows
}

// percentOf writes how much of whole n is; a part that is not all never reads as
// 100 %, nor one that is something as 0 %.
func percentOf(n, whole int64) string {
	if whole <= 0 {
		return "–"
	}
	switch part := 100 * float64(n) / float64(whole); {
	case n > 0 && part < 0.01:
		return "< 0.01 %"
	case n < whole && part > 99.99:
		return "> 99.99 %"
	case n == 0 || n == whole:
		return strconv.FormatFloat(part, 'f', 0, 64) + " %"
	case part < 1 || part > 99:
		return strconv.FormatFloat(part, 'f', 2, 64) + " %"
	default:
		return strconv.FormatFloat(part, 'f', 1, 64) + " %"
	}
}
