package report

import (
	"fmt"
	"math"
	"slices"
	"time"

	"carryover/migrate"
)

// An outcome is a final state that a run brings rows to, and how it is drawn.
type outcome struct {
	state migrate.State
	name  string
	class string
}

// drawn are the outcomes from the bottom of the stack up.
var drawn = []outcome{
	{migrate.Created, "created", "s1"},
	{migrate.Updated, "updated", "s2"},
	{migrate.Unchanged, "unchanged", "s3"},
	{migrate.Conflict, "conflict", "s5"},
	{migrate.Rejected, "rejected", "s4"},
}

// outcomeChart is the rows that have come to an outcome so far, stacked.
func outcomeChart(t *timeline) *chart {
	c, ok := t.chart("outcome", "Outcome over time", "Rows that runs have brought to an outcome so far, stacked.", "rows")
	if !ok {
		return c
	}
	var total int64
	var sums [migrate.NumStates]int64
	for _, b := range t.buckets {
		for _, o := range drawn {
			sums[o.state] += b.Outcomes[o.state]
			total += b.Outcomes[o.state]
		}
	}
	if total == 0 {
		return &chart{ID: c.ID, Title: c.Title, Omitted: "No row has come to an outcome."}
	}
	var y axis
	y, c.Y = countAxis(float64(total), true, short)
	edges := t.edges()
	lower := make([]point, len(edges))
	below := make([]int64, len(edges))
	for i, x := range edges {
		lower[i] = point{x, 0}
	}
	for _, o := range drawn {
		if sums[o.state] == 0 {
			continue
		}
		upper := make([]point, len(edges))
		var sum int64
		for i, x := range edges {
			if i > 0 {
				sum += t.buckets[i-1].Outcomes[o.state]
			}
			below[i] += sum
			upper[i] = point{x, y.place(float64(below[i]))}
		}
		c.Shapes = append(c.Shapes, shape{Name: o.name, Value: Number(sum), Class: o.class, Fill: true, Path: areaPath(upper, lower)})
		last := len(edges) - 1
		if height := upper[last].y - lower[last].y; height > side*0.12 {
			c.Labels = append(c.Labels, label{Right: 0, Bottom: round((upper[last].y + lower[last].y) / 2 / side * 100), Text: o.name, Class: "on-" + o.class})
		}
		lower = upper
	}
	slices.Reverse(c.Shapes) // as they lie: the uppermost first
	c.Table = t.table([]string{"created", "updated", "unchanged", "conflict", "rejected"}, func(b *bucket) []string {
		var cells []string
		for _, o := range drawn {
			cells = append(cells, Number(b.Outcomes[o.state]))
		}
		return cells
	})
	return c
}

// throughputChart is requests a second against what the instance takes.
func throughputChart(t *timeline) *chart {
	c, ok := t.chart("throughput", "Throughput against the limit",
		"Requests a second, beside the limit of the instance and the pace that the run may take of it. Ticks at the top are answers with 429, which make every request wait.", "requests a second")
	if !ok {
		return c
	}
	most, limited := 0.0, int64(0)
	limit, pace, rate := make([]float64, len(t.buckets)), make([]float64, len(t.buckets)), make([]float64, len(t.buckets))
	for i := range t.buckets {
		b := &t.buckets[i]
		rate[i], limit[i], pace[i] = b.rate(), orGap(b.Limit), orGap(b.Pace)
		most = max(most, rate[i], b.Limit, b.Pace)
		if limited += b.Limited; b.Limited > 0 {
			c.Refusals = append(c.Refusals, mark{X: round(t.axis.place((b.from + b.to) / 2)), Text: Number(b.Limited) + " × 429 at " + runTime(b.from)})
		}
	}
	y, ticks := countAxis(most*1.05, false, short)
	c.Y = ticks
	edges := t.edges()
	upper := steps(edges, placed(y, rate))
	c.Shapes = append(c.Shapes, shape{Name: "requests a second", Class: "s1 soft", Fill: true, Path: areaPath(upper, floor(upper))}, shape{Class: "s1 thin", Path: linePath(upper)})
	if path := linePath(steps(edges, placed(y, pace))); path != "" {
		c.Shapes = append(c.Shapes, shape{Name: "pace that the run may take", Class: "s6 dotted", Path: path})
	}
	if path := linePath(steps(edges, placed(y, limit))); path != "" {
		c.Shapes = append(c.Shapes, shape{Name: "limit of the instance", Class: "s5 dashed", Path: path})
	}
	if limited == 0 {
		c.Says = "Requests a second, beside the limit of the instance and the pace that the run may take of it. No answer was a 429."
	}
	c.Table = t.table([]string{"requests", "a second", "answers with 429"}, func(b *bucket) []string {
		return []string{Number(b.Requests), fmt.Sprintf("%.1f", b.rate()), Number(b.Limited)}
	})
	return c
}

func orGap(v float64) float64 {
	if v > 0 && !math.IsInf(v, 1) {
		return v
	}
	return gap
}

func placed(y axis, values []float64) []float64 {
	places := make([]float64, len(values))
	for i, v := range values {
		if places[i] = gap; !math.IsNaN(v) {
			places[i] = y.place(v)
		}
	}
	return places
}

func floor(points []point) []point {
	low := make([]point, len(points))
	for i, p := range points {
		low[i].x = p.x
	}
	return low
}

// latencyChart is the percentiles of latency over time.
func latencyChart(t *timeline) *chart {
	c, ok := t.chart("latency", "Latency over time", "How long half of the answers took at most, and 95 and 99 of 100, from sending to the end of the answer.", "latency")
	if !ok {
		return c
	}
	quantiles := []struct {
		q           float64
		name, class string
	}{{0.99, "p99", "s4 dotted"}, {0.95, "p95", "s5 dashed"}, {0.50, "p50", "s1"}}
	most := 0.0
	values := make([][]float64, len(quantiles))
	for i, q := range quantiles {
		values[i] = make([]float64, len(t.buckets))
		for j := range t.buckets {
			if values[i][j] = gap; t.buckets[j].Latency.Total() > 0 {
				values[i][j] = milliseconds(t.buckets[j].Latency.Quantile(q.q))
				most = max(most, values[i][j])
			}
		}
	}
	if most == 0 {
		return &chart{ID: c.ID, Title: c.Title, Omitted: "No request was answered."}
	}
	y, ticks := countAxis(most, false, milli)
	c.Y = ticks
	for i, q := range quantiles {
		places := placed(y, values[i])
		points := make([]point, len(places))
		for j, b := range t.buckets {
			points[j] = point{t.axis.place((b.from + b.to) / 2), places[j]}
		}
		c.Shapes = append(c.Shapes, shape{Name: q.name, Class: q.class, Path: linePath(points)})
	}
	c.Table = t.table([]string{"p50", "p95", "p99"}, func(b *bucket) []string {
		var cells []string
		for _, q := range []float64{0.50, 0.95, 0.99} {
			cells = append(cells, latencyText(&b.Latency, q))
		}
		return cells
	})
	return c
}

func latencyText(l *migrate.Latencies, q float64) string {
	if l.Total() == 0 {
		return "–"
	}
	return milli(threeDigits(milliseconds(l.Quantile(q))))
}

// threeDigits rounds to what buckets can tell.
func threeDigits(v float64) float64 {
	if !(v > 0) {
		return 0
	}
	unit := math.Pow(10, math.Floor(math.Log10(v))-2)
	return math.Round(v/unit) * unit
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// inFlightChart is the requests under way at once.
func inFlightChart(t *timeline) *chart {
	c, ok := t.chart("in-flight", "Requests in flight", "Requests under way at once, and as many as the measured latency asks for to keep the pace.", "requests")
	if !ok {
		return c
	}
	most := 0.0
	flying, wanted := make([]float64, len(t.buckets)), make([]float64, len(t.buckets))
	for i := range t.buckets {
		b := &t.buckets[i]
		flying[i], wanted[i] = float64(b.InFlight), orGap(float64(b.Wanted))
		most = max(most, flying[i], float64(b.Wanted))
	}
	y, ticks := countAxis(most, true, short)
	c.Y = ticks
	edges := t.edges()
	upper := steps(edges, placed(y, flying))
	c.Shapes = append(c.Shapes, shape{Name: "in flight", Class: "s2 soft", Fill: true, Path: areaPath(upper, floor(upper))}, shape{Class: "s2 thin", Path: linePath(upper)})
	if path := linePath(steps(edges, placed(y, wanted))); path != "" {
		c.Shapes = append(c.Shapes, shape{Name: "at most", Class: "s6 dashed", Path: path})
	}
	c.Table = t.table([]string{"in flight", "at most"}, func(b *bucket) []string {
		return []string{Number(int64(b.InFlight)), Number(int64(b.Wanted))}
	})
	return c
}
