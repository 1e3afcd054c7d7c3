package report

import (
	"fmt"
	"io"
	"strings"
)

// A Checkup is what doctor finds out.
type Checkup struct {
	SchemaVersion int     `json:"schema_version"`
	Command       string  `json:"command"`
	State         Verdict `json:"state"` // the worst of the checks
	Target        *Target `json:"target,omitzero"`
	Checks        []Check `json:"checks"`

	Users        *int64    `json:"users,omitzero"`          // of the instance
	ClockAheadMS *float64  `json:"clock_ahead_ms,omitzero"` // of Clerk's; below zero where ours is behind
	Limit        *Limit    `json:"limit,omitzero"`
	Settings     *Settings `json:"settings,omitzero"`
	Seconds      float64   `json:"seconds"`
}

// A Check is one thing that was looked at.
type Check struct {
	Name    string   `json:"name"`
	Verdict Verdict  `json:"verdict"`
	Text    string   `json:"text"`
	Details []string `json:"details,omitzero"`
	Advice  string   `json:"advice,omitzero"` // what to do
}

// A Limit is the pace of a run.
type Limit struct {
	Requests      int     `json:"requests"` // that the instance takes
	WindowSeconds float64 `json:"window_seconds"`
	Share         float64 `json:"share"`      // part of them that a run uses, of 1
	PerSecond     float64 `json:"per_second"` // at most
}

// A Verdict is what is to be thought of a check.
type Verdict string

const (
	// Good: nothing needs to be done.
	Good Verdict = "good"
	// Doubtful: a run works, but somebody should know.
	Doubtful Verdict = "warning"
	// Bad: a run would fail, or do harm.
	Bad Verdict = "bad"
)

// Add adds a check.
func (d *Checkup) Add(name string, verdict Verdict, text, advice string, details ...string) {
	d.Checks = append(d.Checks, Check{name, verdict, text, details, advice})
	if verdict == Bad || verdict == Doubtful && d.State != Bad {
		d.State = verdict
	}
}

// CheckupText writes a checkup for people.
func CheckupText(w io.Writer, d *Checkup) error {
	const margin = "                        "
	var b strings.Builder
	for _, c := range d.Checks {
		title := fmt.Sprintf("%-8s  %-12s  ", strings.ToUpper(string(c.Verdict)), Clean(c.Name))
		paragraph(&b, title, margin, strings.Fields(Clean(c.Text)))
		for _, detail := range c.Details {
			paragraph(&b, margin, margin+"  ", strings.Fields(Clean(detail)))
		}
		if c.Advice != "" {
			paragraph(&b, margin+"→ ", margin+"  ", strings.Fields(Clean(c.Advice)))
		}
	}
	_, err := io.WriteString(w, CleanLines(b.String()))
	return err
}
