package main

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	begin := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	p := newPace(begin)
	rows := int64(0)
	for _, c := range []struct {
		what  string
		after time.Duration // what was before
		rows  int64         // more than before
		want  float64
	}{
		{"at once", 0, 0, 0},
		{"in the first second", 500 * time.Millisecond, 50, 100},
		{"since it began", 9500 * time.Millisecond, 850, 90},
		{"again within a second", 999 * time.Millisecond, 1000, 90},
		{"a second later", time.Millisecond, 0, 1900.0 / 11},
		{"nobody asked for long", 589 * time.Second, 100, 100.0 / 589},
		{"over a minute", time.Minute, 600, 10},
		{"an outage", time.Minute, 0, 0},
	} {
		begin = begin.Add(c.after)
		rows += c.rows
		if got := p.at(begin, rows); got < c.want-0.001 || got > c.want+0.001 {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}
