package report

import (
	"fmt"
	"strings"
)

// The names of thresholds.
const (
	RejectsThreshold = "max_rejects" // rows rejected; a run stops at it
	LimitThreshold   = "http_429"    // answers 429: the limit of the instance was met
)

// A Threshold is a number that runs are held to.
type Threshold struct {
	Name string `json:"name"`
	Most int64  `json:"most"`
	Is   int64  `json:"is"`
	Kept bool   `json:"kept"`
}

// String says how it stands, such as "12 rows rejected, at most 100 are allowed
// (--max-rejects)".
func (t Threshold) String() string {
	if t.Name == LimitThreshold {
		if t.Kept {
			return "the limit of the instance was never met"
		}
		return plural(int(t.Is), "answer was", "answers were") + " a 429: the limit of the instance was met"
	}
	return plural(int(t.Is), "row", "rows") + " rejected; " + Number(t.Most) + " are allowed (--max-rejects)"
}

// thresholds says what the run was held to.
func thresholds(b *strings.Builder, d *Document) {
	for i, t := range d.Thresholds {
		if i == 0 {
			b.WriteString("\n")
		}
		sign := "✓"
		if !t.Kept {
			sign = "✗"
		}
		fmt.Fprintf(b, "%s %s\n", sign, t)
	}
}
