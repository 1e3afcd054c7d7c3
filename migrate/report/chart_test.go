package report

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carryover/migrate"
)

func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		a           axis
		value, want float64
	}{
		{axis{0, 10}, 5, 500}, {axis{0, 10}, 0, 0}, {axis{0, 10}, 10, side}, {axis{5, 6}, 5.25, 250},
		{axis{0, 10}, -1, 0}, {axis{0, 10}, 11, side}, {axis{0, 10}, math.Inf(1), side}, {axis{0, 10}, math.NaN(), 0},
		{axis{}, 3, 0}, {axis{4, 4}, 4, 0}, {axis{0, math.NaN()}, 1, 0},
	} {
		if got := c.a.place(c.value); got != c.want {
			t.Errorf("%v on %v is at %v, want %v", c.value, c.a, got, c.want)
		}
	}
}

func labels(ticks []tick) string {
	var all []string
	for _, t := range ticks {
		all = append(all, t.Label)
	}
	return strings.Join(all, " ")
}

func TestTicksOfCounts(t *testing.T) {
	for _, c := range []struct {
		most  float64
		whole bool
		want  string
	}{
		{0, true, "0 1"}, {1, true, "0 1"}, {2, true, "0 1 2"}, {7, true, "0 2 4 6 8"}, {99, false, "0 20 40 60 80 100"}, {100, false, "0 20 40 60 80 100"},
		{0.3, false, "0 0.1 0.2 0.3"}, {105, false, "0 50 100 150"}, {1_000_000, true, "0 200k 400k 600k 800k 1M"}, {3e9, true, "0 1G 2G 3G"},
		{math.NaN(), true, "0 1"}, {math.Inf(1), true, "0 1"}, {-5, true, "0 1"},
	} {
		a, ticks := countAxis(c.most, c.whole, short)
		if got := labels(ticks); got != c.want {
			t.Errorf("up to %v: %s, want %s", c.most, got, c.want)
		}
		if ticks[0].At != 0 || ticks[len(ticks)-1].At != 100 || c.most > 0 && c.most < math.Inf(1) && a.to < c.most {
			t.Errorf("up to %v: %+v on %v", c.most, ticks, a)
		}
	}
}

func TestTicksOfTime(t *testing.T) {
	for seconds, want := range map[float64]string{
		0: "0 0.2 s 0.4 s 0.6 s 0.8 s 1 s", 3.4: "0 1 s 2 s 3 s", 59: "0 10 s 20 s 30 s 40 s 50 s", 90: "0 15 s 30 s 45 s 1:00 min 1:15 min 1:30 min",
		3600: "0 10 min 20 min 30 min 40 min 50 min 1:00 h", 10_400: "0 30 min 1:00 h 1:30 h 2:00 h 2:30 h", 100 * 3600: "0 24 h 48 h 72 h 96 h",
	} {
		_, ticks := timeAxis(seconds)
		if got := labels(ticks); got != want {
			t.Errorf("%v s: %s, want %s", seconds, got, want)
		}
	}
	if _, ticks := timeAxis(1e9); len(ticks) > 7 {
		t.Errorf("%d ticks for 30 years", len(ticks))
	}
}

func TestTicksOfLatency(t *testing.T) {
	a, ticks := logAxis(10, 1000)
	if got := labels(ticks); got != "10 ms 20 ms 50 ms 100 ms 200 ms 500 ms 1 s" {
		t.Error(got)
	}
	if a.percent(100) != 50 || a.percent(10) != 0 || a.percent(1000) != 100 {
		t.Error(a.percent(100), a.percent(10), a.percent(1000))
	}
}

func TestPaths(t *testing.T) {
	for name, c := range map[string]struct {
		points []point
		want   string
	}{
		"nothing":     {nil, ""},
		"one point":   {[]point{{10, 20}}, "M10 980h.1"},
		"a line":      {[]point{{0, 0}, {500, 1000}, {1000, 333.333}}, "M0 1000L500 0L1000 666.7"},
		"a gap":       {[]point{{0, 0}, {1, gap}, {2, 0}, {3, 0}}, "M0 1000h.1M2 1000L3 1000"},
		"only gaps":   {[]point{{0, gap}, {1, gap}}, ""},
		"a gap first": {[]point{{0, gap}, {1, 1}}, "M1 999h.1"},
	} {
		if got := linePath(c.points); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if got := areaPath([]point{{0, 10}, {5, 20}}, []point{{0, 0}, {5, 0}}); got != "M0 990L5 980L5 1000L0 1000Z" {
		t.Error(got)
	}
	if areaPath(nil, nil) != "" || areaPath([]point{{0, 1}}, nil) != "" {
		t.Error("an area of nothing")
	}
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		n, whole int64
		want     string
	}{
		{0, 0, "–"}, {0, 10, "0 %"}, {10, 10, "100 %"}, {1, 3, "33.3 %"}, {1, 1_000_000, "< 0.01 %"}, {999_999, 1_000_000, "> 99.99 %"},
		{2, 1000, "0.20 %"}, {998, 1000, "99.80 %"},
	} {
		if got := percentOf(c.n, c.whole); got != c.want {
			t.Errorf("%d of %d is %s, want %s", c.n, c.whole, got, c.want)
		}
	}
}

// flow is intervals of a second, each with the same.
func flow(sessions, each int, set func(*migrate.Interval)) []migrate.Interval {
	var list []migrate.Interval
	at := time.Unix(1_700_000_000, 0)
	for session := range sessions {
		for range each {
			i := migrate.Interval{Session: int64(session + 1), From: at, To: at.Add(time.Second)}
			set(&i)
			list = append(list, i)
			at = i.To
		}
		at = at.Add(time.Hour)
	}
	return list
}

func busy(i *migrate.Interval) {
	i.Requests, i.Limit, i.Pace, i.InFlight, i.Wanted = 90, 100, 99, 12, 42
	i.Outcomes[migrate.Created], i.Outcomes[migrate.Rejected] = 80, 10
	i.Latency.Add(150*time.Millisecond, 90)
}

// Whatever a series holds, a plot has only numbers in its paths, all of them
// within its sides.
func TestPlotsStayWithinTheirSides(t *testing.T) {
	huge := func(i *migrate.Interval) {
		i.Requests, i.InFlight, i.Wanted, i.Limit, i.Pace = math.MaxInt64, math.MaxInt32, math.MaxInt32, math.MaxFloat64, math.Inf(1)
		i.Outcomes[migrate.Created] = math.MaxInt64 / 1000
		i.Latency.Add(time.Hour, 1<<40)
		i.Limited = math.MaxInt64
	}
	timeless := flow(1, 5, busy)
	for i := range timeless {
		timeless[i].To = timeless[i].From
	}
	backwards := flow(1, 5, busy)
	for i := range backwards {
		backwards[i].To = backwards[i].From.Add(-time.Hour) // the clock was set back
	}
	for name, intervals := range map[string][]migrate.Interval{
		"one": flow(1, 1, busy), "three": flow(1, 3, busy), "many": flow(1, 1000, busy), "two runs": flow(2, 400, busy), "many runs": flow(900, 1, busy),
		"idle": flow(1, 20, func(*migrate.Interval) {}), "huge": flow(1, 20, huge), "timeless": timeless, "backwards": backwards,
	} {
		t.Run(name, func(t *testing.T) {
			for _, c := range chartsOf(intervals) {
				if (c.Omitted == "") == (len(c.Shapes)+len(c.Bars) == 0) {
					t.Errorf("%s: left out: %q, with %d shapes", c.ID, c.Omitted, len(c.Shapes))
				}
				if c.Omitted != "" {
					continue
				}
				if c.Table == nil || len(c.Table.Rows) == 0 || len(c.Table.Rows) > 2*tableRows+migrate.LatencyBuckets {
					t.Errorf("%s has no table, or a large one", c.ID)
				}
				for _, s := range c.Shapes {
					numbersWithin(t, c.ID, s.Path)
				}
				for _, b := range c.Bars {
					numbersWithin(t, c.ID, fmt.Sprint(b.X, " ", b.Y, " ", b.Width, " ", b.Height))
				}
				for _, at := range slices.Concat(c.X, c.Y) {
					if !(at.At >= 0 && at.At <= 100) {
						t.Errorf("%s has a tick at %v", c.ID, at.At)
					}
				}
			}
		})
	}
	if chartsOf(nil) != nil {
		t.Error("plots of nothing")
	}
}

var numbers = regexp.MustCompile(`[^MLZh ]+`)

func numbersWithin(t *testing.T, id, path string) {
	t.Helper()
	for _, text := range numbers.FindAllString(path, -1) {
		if v, err := strconv.ParseFloat(text, 64); err != nil || !(v >= 0 && v <= side) {
			t.Fatalf("%s has %q", id, text)
		}
	}
}

// A plot over time holds every row and every request of the series.
func TestATimelineLosesNothing(t *testing.T) {
	intervals := flow(3, 333, busy)
	tl := newTimeline(intervals)
	if len(tl.buckets) > mostBuckets+3 || len(tl.bands) != 3 {
		t.Errorf("%d buckets, %d bands", len(tl.buckets), len(tl.bands))
	}
	var requests, created int64
	last := 0.0
	for _, b := range tl.buckets {
		if b.from != last {
			t.Fatalf("a bucket begins at %v, the one before ends at %v", b.from, last)
		}
		last = b.to
		requests += b.Requests
		created += b.Outcomes[migrate.Created]
		if rate := b.rate(); rate < 89 || rate > 91 {
			t.Errorf("%v requests a second", rate)
		}
	}
	if requests != 90*999 || created != 80*999 || last != 999 {
		t.Error(requests, created, last)
	}
}

func TestWhatPlotsSay(t *testing.T) {
	intervals := flow(1, 100, busy)
	intervals[50].Limited = 7
	charts := chartsOf(intervals)
	outcomes, throughput, latency, histogram, flying := charts[0], charts[1], charts[2], charts[3], charts[4]
	if s := outcomes.Shapes; len(s) != 2 || s[0].Name != "rejected" || s[0].Value != "1,000" || s[1].Name != "created" || s[1].Value != "8,000" {
		t.Errorf("%+v", s)
	}
	if r := throughput.Refusals; len(r) != 1 || r[0].Text != "7 × 429 at 50 s" || r[0].X < 500 || r[0].X > 510 {
		t.Errorf("%+v", r)
	}
	var names []string
	for _, s := range slices.Concat(throughput.Shapes, latency.Shapes, flying.Shapes) {
		if s.Name != "" {
			names = append(names, s.Name)
		}
	}
	if got := strings.Join(names, ", "); got != "requests a second, pace that the run may take, limit of the instance, p99, p95, p50, in flight, at most" {
		t.Error(got)
	}
	if m := histogram.Marks; len(m) != 3 || !strings.HasPrefix(m[0].Text, "p50 14") && !strings.HasPrefix(m[0].Text, "p50 15") {
		t.Errorf("%+v", m)
	}
	if rows := histogram.Table.Rows; len(rows) != 1 || rows[0][1] != "9,000" || rows[0][2] != "100 %" {
		t.Error(rows)
	}
}

func TestMonths(t *testing.T) {
	c := monthsChart([]migrate.Count{{Name: "1970-01", Rows: 3}, {Name: "2020-02", Rows: 10}, {Name: "2020-04", Rows: 5}})
	if len(c.Bars) != 3 || c.Bars[0].X > 1 || c.Bars[1].Height != side || c.Bars[2].Height != side/2 || c.Bars[2].X < 990 {
		t.Errorf("%+v", c.Bars)
	}
	if got := labels(c.X); got != "1970 1980 1990 2000 2010 2020" {
		t.Error(got)
	}
	for _, one := range [][]migrate.Count{nil, {{Name: "not a month", Rows: 1}}, {{Name: "2020-02", Rows: 1}, {Name: "2019-01", Rows: 1}}} {
		if c := monthsChart(one); c.Omitted == "" {
			t.Errorf("%v makes a plot", one)
		}
	}
	if c := monthsChart([]migrate.Count{{Name: "2020-02", Rows: 1}}); len(c.Bars) != 1 || labels(c.X) != "2020-02" {
		t.Errorf("%+v", c)
	}
}

func TestMasks(t *testing.T) {
	for _, c := range []struct{ value, masked string }{
		{"jane@example.com", "j•••@e•••.com"}, {"jane@mail.example.co.uk", "j•••@m•••.uk"}, {"jane@localhost", "j•••@•••"},
		{"8fe0f463-dfba", "8f•••"}, {"ab", "•••"}, {"", ""}, {"ж", "•••"}, {"жанна", "жа•••"}, {"@", "•••@•••"}, {"a@b@example.com", "a•••@e•••.com"},
	} {
		if got := MaskPII.Show(c.value); got != c.masked {
			t.Errorf("%s is shown as %s, want %s", c.value, got, c.masked)
		}
		if FullPII.Show(c.value) != c.value || NoPII.Show(c.value) != "" {
			t.Errorf("%s: %s, %s", c.value, FullPII.Show(c.value), NoPII.Show(c.value))
		}
	}
	if _, err := ParsePII("some"); err == nil {
		t.Error("some is taken")
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		d    Document
		want string
	}{
		{Document{State: "checked"}, "The input is empty"},
		{Document{State: "checked", Counts: Counts{Rows: 2, Unfinished: 2}}, "Ready"},
		{Document{State: "checked", Counts: Counts{Rows: 2, Unfinished: 2}, Problems: []Problem{{Severity: "warning"}}}, "Plan with warnings"},
		{Document{State: "checked", Counts: Counts{Rows: 2, Unfinished: 1, Rejected: 1}}, "Plan with problems"},
		{Document{State: "finished", Counts: Counts{Rows: 2, Created: 2}}, "Complete"},
		{Document{State: "finished_with_problems", Counts: Counts{Rows: 2, Created: 1, Conflict: 1}}, "Finished with problems"},
		{Document{State: "running"}, "Running"},
		{Document{State: "interrupted"}, "Interrupted"},
		{Document{State: "stopped", Reason: "Clerk cannot be reached"}, "Stopped"},
		{Document{State: "failed", Reason: "é"}, "Stopped"},
	} {
		if got := verdictOf(&c.d); got.Short != c.want || got.Long == "" || got.Sign == "" {
			t.Errorf("%s: %+v, want %s", c.d.State, got, c.want)
		}
	}
}
