package report

import (
	"fmt"
	"strings"
)

// An Estimate says how long the requests of a migration take. The rate limit
// alone decides that: it is what is waited for.
type Estimate struct {
	// Instance is "production" or "development" where it is that kind's
	// published limit, "" where the limit was given or is the run's own.
	Instance     string  `json:"instance,omitzero"`
	Limit        string  `json:"limit"`         // requests and the time they are counted in: "1000/10s"
	SharePercent float64 `json:"share_percent"` // how much of it may be used
	PerSecond    float64 `json:"requests_per_second"`
	Requests     int64   `json:"requests"`
	Seconds      float64 `json:"seconds"` // 0 where nothing limits
}

// estimates says how long it will take.
func estimates(b *strings.Builder, list []Estimate) {
	if len(list) == 0 || list[0].Requests == 0 {
		return
	}
	b.WriteString("\nA run sends " + requestsText(list[0].Requests) + ", which takes about\n")
	for _, e := range list {
		b.WriteString("  " + e.String() + "\n")
	}
}

func requestsText(n int64) string {
	if n == 1 {
		return "1 request"
	}
	return Number(n) + " requests"
}

// String says how long it takes, and why.
func (e *Estimate) String() string {
	if e.PerSecond == 0 {
		return "no time: there is no limit"
	}
	text := Duration(seconds(e.Seconds)) + " at " + fmt.Sprintf("%.4g a second", e.PerSecond)
	if e.Instance != "" {
		text += " in " + e.Instance
	}
	if e.SharePercent == 100 {
		return text + " (all of the limit of " + e.Limit + ")"
	}
	return text + fmt.Sprintf(" (%.3g %% of the limit of %s)", e.SharePercent, e.Limit)
}
