package clerk

import (
	"math"
	"testing"
	"time"
)

func TestParseLimit(t *testing.T) {
	for _, tt := range []struct {
		text   string
		n      int
		window time.Duration // 0 = refused
	}{
		{"1000/10s", 1000, 10 * time.Second},
		{" 100/10s ", 100, 10 * time.Second},
		{"100/s", 100, time.Second},
		{"6000/1m", 6000, time.Minute},
		{"1/1h", 1, time.Hour},
		{"5/100ms", 5, 100 * time.Millisecond},
		{"", 0, 0},
		{"1000", 0, 0},
		{"/10s", 0, 0},
		{"1000/", 0, 0},
		{"0/10s", 0, 0},
		{"-1/10s", 0, 0},
		{"1.5/10s", 0, 0},
		{"10/0s", 0, 0},
		{"10/-1s", 0, 0},
		{"10/10", 0, 0},
		{"10/2h", 0, 0},
		{"99999999999/1s", 0, 0},
		{"10/10s/2", 0, 0},
	} {
		n, window, err := ParseLimit(tt.text)
		if n != tt.n || window != tt.window || (err == nil) != (tt.window != 0) {
			t.Errorf("ParseLimit(%q) = %d, %v, %v; want %d, %v", tt.text, n, window, err, tt.n, tt.window)
		}
	}
}

func TestPerSecond(t *testing.T) {
	for _, tt := range []struct {
		name  string
		limit Limit
		want  float64
	}{
		{"live key", DefaultLimit(LiveKey), 80},
		{"test key", DefaultLimit(TestKey), 9.9},
		{"no share means all", Limit{N: 1000, Window: 10 * time.Second}, 100},
		{"no limit", Limit{}, math.Inf(1)},
		{"no limit has no share", Limit{Share: 0.5}, math.Inf(1)},
	} {
		if got := tt.limit.PerSecond(); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: %v a second, want %v", tt.name, got, tt.want)
		}
	}
}

// What String writes is what ParseLimit reads.
func TestLimitString(t *testing.T) {
	for _, text := range []string{"1000/10s", "100/10s", "6000/1m", "7/1h", "3/1m30s", "10/500ms", "none"} {
		if text == "none" {
			if got := (Limit{}).String(); got != text {
				t.Errorf("the zero Limit is %q", got)
			}
			continue
		}
		n, window, err := ParseLimit(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := (Limit{N: n, Window: window}).String(); got != text {
			t.Errorf("%s became %s", text, got)
		}
	}
}
