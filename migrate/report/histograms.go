package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"carryover/migrate"
)

// histogramParts is how many buckets of a Latencies make a bar.
const histogramParts = 2

// labelRoom is how much higher than its highest bar the histogram is, so that
// the labels of its three marks hide none.
const labelRoom = 1.45

// histogramChart is how many answers took how long.
func histogramChart(l *migrate.Latencies) *chart {
	c := &chart{ID: "latency-histogram", Title: "Latency histogram"}
	first, last := slices.IndexFunc(l[:], func(n uint64) bool { return n > 0 }), 0
	if first < 0 {
		c.Omitted = "No request was answered."
		return c
	}
	for i, n := range l {
		if n > 0 {
			last = i
		}
	}
	// A little room at both sides, and never less than a doubling.
	first = max(first/histogramParts*histogramParts-2*histogramParts, 0)
	last = min(last/histogramParts*histogramParts+3*histogramParts, migrate.LatencyBuckets)
	x, ticks := logAxis(milliseconds(migrate.LatencyFrom(first)), milliseconds(migrate.LatencyFrom(last)))
	most := uint64(0)
	bars := map[int]uint64{}
	for i := first; i < last; i++ {
		bars[i/histogramParts] += l[i]
		most = max(most, bars[i/histogramParts])
	}
	y, counts := countAxis(float64(most)*labelRoom, true, short)
	c.Says = "How many answers took how long, over all runs. The scale of times is logarithmic."
	c.X, c.Y, c.XTitle, c.YTitle = ticks, counts, "latency", "answers"
	c.Table = &figures{Head: []string{"latency", "answers", "share"}}
	total := int64(l.Total())
	for i := first / histogramParts; i < last/histogramParts; i++ {
		from, to := milliseconds(migrate.LatencyFrom(i*histogramParts)), milliseconds(migrate.LatencyFrom((i+1)*histogramParts))
		n := bars[i]
		if n == 0 {
			continue
		}
		span := milli(threeDigits(from)) + " – " + milli(threeDigits(to))
		left, height := x.place(from), y.place(float64(n))
		c.Bars = append(c.Bars, bar{
			X: round(left), Width: round(x.place(to) - left), Y: round(side - height), Height: round(height),
			Text: span + ": " + Number(int64(n)),
		})
		c.Table.Rows = append(c.Table.Rows, []string{span, Number(int64(n)), percentOf(int64(n), total)})
	}
	for i, q := range []float64{0.50, 0.95, 0.99} {
		at := milliseconds(l.Quantile(q))
		c.Marks = append(c.Marks, mark{
			X: round(x.place(at)), Percent: x.percent(at), Level: i,
			Text: fmt.Sprintf("p%.0f %s", 100*q, milli(threeDigits(at))),
		})
	}
	return c
}

// monthsChart is the sign-ups of each month. A month that was read wrongly
// stands far from the others.
func monthsChart(months []migrate.Count) *chart {
	c := &chart{ID: "sign-ups", Title: "Sign-ups by month"}
	if len(months) == 0 {
		c.Omitted = "No row has a created_at."
		return c
	}
	first, last := monthNumber(months[0].Name), monthNumber(months[len(months)-1].Name)
	if first < 0 || last < first {
		c.Omitted = "The months cannot be read."
		return c
	}
	x := axis{float64(first), float64(last + 1)}
	most := int64(0)
	for _, m := range months {
		most = max(most, m.Rows)
	}
	var y axis
	y, c.Y = countAxis(float64(most), true, short)
	c.Says = fmt.Sprintf("Rows by the month of created_at, %s to %s. Months far from the others are often a sign of dates that were read wrongly.", months[0].Name, months[len(months)-1].Name)
	c.XTitle, c.YTitle = "month", "rows"
	c.X = monthTicks(first, last, x)
	c.Table = &figures{Head: []string{"month", "rows"}}
	for _, m := range months {
		left, height := x.place(float64(monthNumber(m.Name))), y.place(float64(m.Rows))
		width := side / (x.to - x.from)
		c.Bars = append(c.Bars, bar{
			X: round(left + width*0.05), Width: max(round(width*0.9), 1.5), Y: round(side - height), Height: round(height),
			Text: m.Name + ": " + Number(m.Rows),
		})
	}
	c.Table.Rows = monthRows(months)
	return c
}

// monthRows are the months of a table, by year where there are many.
func monthRows(months []migrate.Count) (rows [][]string) {
	if len(months) <= tableRows {
		for _, m := range months {
			rows = append(rows, []string{m.Name, Number(m.Rows)})
		}
		return rows
	}
	var years []migrate.Count
	for _, m := range months {
		year, _, _ := strings.Cut(m.Name, "-")
		if n := len(years); n > 0 && years[n-1].Name == year {
			years[n-1].Rows += m.Rows
			continue
		}
		years = append(years, migrate.Count{Name: year, Rows: m.Rows})
	}
	for _, y := range years {
		rows = append(rows, []string{y.Name, Number(y.Rows)})
	}
	return rows
}

// monthNumber counts months from the year 0 on; -1 for what is none.
func monthNumber(name string) int {
	t, err := time.Parse("2006-01", name)
	if err != nil {
		return -1
	}
	return t.Year()*12 + int(t.Month()) - 1
}

// monthTicks labels the years, or each month where there are a few.
func monthTicks(first, last int, x axis) (ticks []tick) {
	if last-first < 8 {
		for m := first; m <= last; m++ {
			ticks = append(ticks, tick{At: x.percent(float64(m) + 0.5), Label: fmt.Sprintf("%04d-%02d", m/12, m%12+1), Minor: (m-first)%3 != 0})
		}
		return ticks
	}
	step := max(int(niceStep(float64(last-first)/12/8)), 1)
	for year := (first + 11) / 12; year*12 <= last; year++ {
		if year%step == 0 {
			ticks = append(ticks, tick{At: x.percent(float64(year * 12)), Label: fmt.Sprint(year), Minor: (year/step)%2 == 1 && last-first > 48})
		}
	}
	return ticks
}
