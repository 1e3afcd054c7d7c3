package report

import (
	"strings"
	"testing"
	"time"
)

func TestEstimates(t *testing.T) {
	for _, tt := range []struct {
		name string
		list []Estimate
		want string
	}{
		{"none", nil, ""},
		{"nothing to send", []Estimate{{Limit: "1000/10s", SharePercent: 80, PerSecond: 80}}, ""},
		{"published limits", []Estimate{
			{Instance: "production", Limit: "1000/10s", SharePercent: 80, PerSecond: 80, Requests: 1_010_000, Seconds: 12625},
			{Instance: "development", Limit: "100/10s", SharePercent: 99, PerSecond: 9.9, Requests: 1_010_000, Seconds: 102020},
		}, `
A run sends 1,010,000 requests, which takes about
  3 h 30 min at 80 a second in production (80 % of the limit of 1000/10s)
  28 h 20 min at 9.9 a second in development (99 % of the limit of 100/10s)
`},
		{"a limit of one's own", []Estimate{{Limit: "6000/1m", SharePercent: 100, PerSecond: 100, Requests: 1, Seconds: 0.01}}, `
A run sends 1 request, which takes about
  0.0 s at 100 a second (all of the limit of 6000/1m)
`},
		{"no limit", []Estimate{{Limit: "none", SharePercent: 100, Requests: 12}}, `
A run sends 12 requests, which takes about
  no time: there is no limit
`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var b strings.Builder
			estimates(&b, tt.list)
			if b.String() != tt.want {
				t.Errorf("got %q, want %q", b.String(), tt.want)
			}
		})
	}
}

func TestDurationOfDays(t *testing.T) {
	for d, want := range map[time.Duration]string{
		71*time.Hour + 40*time.Minute: "71 h 40 min", 72 * time.Hour: "3 d 0 h", 350*time.Hour + 40*time.Minute: "14 d 15 h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
