package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{9, 1, 5}, 5},
		{[]float64{4, 1, 2, 100}, 3},
	} {
		if got := median(tt.values); got != tt.want {
			t.Errorf("median of %v: %v, want %v", tt.values, got, tt.want)
		}
	}
	values := []float64{3, 1, 2}
	if median(values); values[0] != 3 {
		t.Errorf("the runs are in another order now: %v", values)
	}
}

func TestFigures(t *testing.T) {
	for _, tt := range []struct {
		figure                  figure
		goal, measured, reached string
	}{
		{newFigure("", "rows/s", 0, atLeast, 500_000, 499_999.4), "≥ 500,000 rows/s", "499,999 rows/s", "no"},
		{newFigure("", "rows/s", 0, atLeast, 500_000, 499_999.6), "≥ 500,000 rows/s", "500,000 rows/s", "yes"},
		{newFigure("", "", 2, atMost, 1, 1.0001), "≤ 1.00", "1.00", "yes"},
		{newFigure("", "", 3, atMost, 1.011, 1.0101), "≤ 1.011", "1.010", "yes"},
		{newFigure("", "", 3, atMost, 1.011, 1.0116), "≤ 1.011", "1.012", "no"},
		{newFigure("", "", 0, atMost, 0, 0), "0", "0", "yes"},
		{newFigure("", "", 0, atMost, 0, 1), "0", "1", "no"},
		{newFigure("", "s", 1, atMost, 5, 6.12, 1, 4.26), "≤ 5.0 s", "4.3 s (n=3, 1.0–6.1)", "yes"},
		{newFigure("", "MB", 1, noBound, 0, 1234.56), "", "1,234.6 MB", "–"},
		{newFigure("", "rows/s", 0, noBound, 0, 1_234_567), "", "1,234,567 rows/s", "–"},
	} {
		f := tt.figure
		if f.Goal != tt.goal || f.measured() != tt.measured || f.reached() != tt.reached {
			t.Errorf("%q, %q, %q; want %q, %q, %q", f.Goal, f.measured(), f.reached(), tt.goal, tt.measured, tt.reached)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{999: "999", 1000: "1,000", 100_000: "100,000", 1_000_000: "1 M", 10_000_000: "10 M", 1_500_000: "1,500,000", 1500: "1,500"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// A figure is printed when it is known, as a line of a Markdown table, and
// written to the file with every run's value.
func TestTable(t *testing.T) {
	var out strings.Builder
	tab := &table{out: &out}
	tab.head()
	f := newFigure("time", "s", 1, atMost, 5, 6, 7, 8)
	f.Note = "at night"
	tab.add(f)
	tab.skip("rate", "no room")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 4 || lines[1] != "|---|---|---|---|" {
		t.Fatalf("%q", lines)
	}
	for i, want := range []string{"what|figure to reach|measured, median of n runs|reached", "---|---|---|---", "time|≤ 5.0 s|7.0 s (n=3, 6.0–8.0), at night|no", "rate|–|not measured: no room|–"} {
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(lines[i], "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if got := strings.Join(cells, "|"); got != want {
			t.Errorf("line %d: %q, want %q", i, got, want)
		}
	}
	file := filepath.Join(t.TempDir(), "figures.json")
	if err := tab.write(file, true, 2*time.Second); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Short   bool
		Seconds float64
		Figures []struct {
			What    string
			Median  float64
			Values  []float64
			Reached *bool
		}
	}
	if err := json.Unmarshal(content, &got); err != nil {
		t.Fatal(err)
	}
	if !got.Short || got.Seconds != 2 || len(got.Figures) != 1 || got.Figures[0].Median != 7 || len(got.Figures[0].Values) != 3 ||
		got.Figures[0].Reached == nil || *got.Figures[0].Reached {
		t.Errorf("%s", content)
	}
}
