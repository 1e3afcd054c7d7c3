// Package report shows the results of a validation or a run to its readers:
// as text for people, as JSON for programs, as lists of problems for whoever
// mends the file.
//
// Everything here is computed from values that hold no secret, and every text
// that came from outside is cleaned before it reaches a terminal (see Clean).
package report

import (
	"fmt"
	"time"

	"carryover/migrate"
)

// SchemaVersion is the version of Document. It changes when a member changes
// its meaning or goes away, not when one is added.
const SchemaVersion = 1

// A Document is the result of one command, for programs (--output json).
type Document struct {
	SchemaVersion int    `json:"schema_version"`
	Command       string `json:"command"`
	// State is "finished", "finished_with_problems", "interrupted", "stopped",
	// "running", "plan" or "checked" where nothing was written, or "refused"
	// where nothing was done at all.
	State  string   `json:"state"`
	Reason string   `json:"reason,omitzero"` // why it stopped, or was refused
	Hints  []string `json:"hints,omitzero"`  // what to do where it was refused
	Target *Target  `json:"target,omitzero"`
	Input  Input    `json:"input"`
	Counts Counts   `json:"counts"`

	Unfinished *Unfinished `json:"unfinished,omitzero"` // where there are any
	Reconciled int64       `json:"reconciled,omitzero"` // outcomes that a look-up told, since no answer came
	Runs       int         `json:"runs,omitzero"`       // of this migration, so far

	Delta    *Delta    `json:"delta,omitzero"`    // where the input takes the place of another one
	Vanished *Vanished `json:"vanished,omitzero"` // where there are any

	Plan *Plan        `json:"plan,omitzero"` // of a dry run: what it would do to users that exist
	Left []FieldCount `json:"left,omitzero"` // properties that the policy of this run left as they are in Clerk

	Mapping string `json:"mapping,omitzero"` // preset, or file of a mapping
	Joins   []Join `json:"joins,omitzero"`

	Running *Running `json:"running,omitzero"` // where a run is going on
	Undo    *Undo    `json:"undo,omitzero"`    // where the migration is, or was, taken back

	Estimates    []Estimate    `json:"estimates,omitzero"`    // how long it will take; of plans and checks
	Verification *Verification `json:"verification,omitzero"` // of verify

	Requests  *Requests `json:"requests,omitzero"`
	Rate      float64   `json:"rate"` // requests a second, of this run
	LatencyMS *Latency  `json:"latency_ms,omitzero"`

	Thresholds []Threshold `json:"thresholds,omitzero"`
	Settings   *Settings   `json:"settings,omitzero"` // of the instance, where they were asked for

	Problems   []Problem `json:"problems"`
	Digests    *Digests  `json:"digests,omitzero"`
	Proofs     []Proof   `json:"proofs,omitzero"`
	Canary     []SignIn  `json:"canary,omitzero"`
	Unknown    []string  `json:"unknown_columns,omitzero"` // columns that were ignored
	Checkpoint string    `json:"checkpoint,omitzero"`
	Seconds    float64   `json:"seconds"` // of this run; where it is of none, of all of them

	Sessions []Session `json:"sessions,omitzero"` // all runs, where they are what was asked for

	Files []File `json:"files,omitzero"`
	Next  []Step `json:"next,omitzero"` // what may be done now
}

// Unfinished says what the rows without an outcome wait for.
type Unfinished struct {
	NeverSent int64 `json:"never_sent"`
	TryAgain  int64 `json:"try_again"` // given back, to be sent again
	NoAnswer  int64 `json:"no_answer"` // a request may have been processed: the next run looks first
}

// A Session is one run.
type Session struct {
	Version   string    `json:"version"`
	Command   string    `json:"command"`
	Host      string    `json:"host,omitzero"`
	StartedAt time.Time `json:"started_at"`
	EndedAt   time.Time `json:"ended_at,omitzero"`
	Seconds   float64   `json:"seconds"`
	State     string    `json:"state"`
	Reason    string    `json:"reason,omitzero"`
	Requests  int64     `json:"requests"`
	LatencyMS *Latency  `json:"latency_ms"`
}

// A File is one that a command has written.
type File struct {
	Path    string `json:"path"`
	Meaning string `json:"meaning"`
}

// A Step is a command, as a shell takes it, and what it does.
type Step struct {
	Command string `json:"command"`
	Does    string `json:"does"`
}

// A Target is the instance that a run writes to.
type Target struct {
	Kind       string `json:"kind"` // production, development or sandbox
	InstanceID string `json:"instance_id"`
	APIURL     string `json:"api_url"`
	APIVersion string `json:"api_version"`
	KeyOrigin  string `json:"key_origin"`
}

// An Input is what was read.
type Input struct {
	Files  []string `json:"files"`
	Bytes  int64    `json:"bytes,omitzero"` // decompressed
	SHA256 string   `json:"sha256,omitzero"`
}

// Counts add up: rows is the sum of all others.
type Counts struct {
	Rows       int64 `json:"rows"`
	Created    int64 `json:"created"`
	Updated    int64 `json:"updated"`
	Unchanged  int64 `json:"unchanged"`
	Rejected   int64 `json:"rejected"`
	Conflict   int64 `json:"conflict"`
	Unfinished int64 `json:"unfinished"`
	Dropped    int64 `json:"dropped"` // left out by a mapping, as its owner wishes
}

// A Join says how the rows of the input and of a second file came together.
type Join struct {
	Name    string  `json:"name"`
	File    string  `json:"file"`
	Records int64   `json:"records"`
	Unused  int64   `json:"unused"`  // records that belong to no row of the input
	Lines   []int64 `json:"lines"`   // the first few of them
	Without int64   `json:"without"` // rows of the input that have no record
}

// A Running is a run that is going on, as its checkpoint shows it.
type Running struct {
	PID         int      `json:"pid"`
	Host        string   `json:"host,omitzero"`
	Seconds     float64  `json:"seconds"`                // since it began
	Finished    int64    `json:"finished"`               // rows that it has brought to their outcome
	RowsSecond  float64  `json:"rows_per_second"`        // over the last minute
	SecondsLeft *float64 `json:"seconds_left,omitempty"` // for all unfinished rows at this rate; absent where nothing moves
}

// String says it in a sentence's part, such as "process 4711 on db1, for 12 min
// 3 s: 94.8 rows a second, about 32 min 26 s to go".
func (r *Running) String() string {
	text := r.Process() + ", for " + Duration(seconds(r.Seconds))
	if r.RowsSecond == 0 {
		return text + ": no row has finished lately"
	}
	text += fmt.Sprintf(": %.1f rows a second", r.RowsSecond)
	if r.SecondsLeft != nil {
		text += ", about " + Duration(seconds(*r.SecondsLeft)) + " to go"
	}
	return text
}

// Process names the process and its machine.
func (r *Running) Process() string {
	text := fmt.Sprintf("process %d", r.PID)
	if r.Host != "" {
		text += " on " + Clean(r.Host)
	}
	return text
}

func seconds(n float64) time.Duration { return time.Duration(n * float64(time.Second)) }

// Requests are those of this run.
type Requests struct {
	Total    int64            `json:"total"`
	ByStatus map[string]int64 `json:"by_status"` // "0" where no answer came
	// Gates is how often Clerk made every request wait (429, or 503 with a
	// Retry-After), and Pace how many a second could leave in the end: less
	// than the limit's share where other traffic was met.
	Gates int64   `json:"gates"`
	Pace  float64 `json:"pace,omitzero"`
}

// Latency is from sending a request to the end of its answer, in milliseconds,
// without the wait for its turn.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// A Problem is a group of rows that share one.
type Problem struct {
	Code     string  `json:"code"`
	Field    string  `json:"field,omitzero"`
	From     string  `json:"from,omitzero"` // columns of the input, where a mapping made the field
	Severity string  `json:"severity"`
	Message  string  `json:"message,omitzero"`
	Count    int64   `json:"count"`
	Lines    []int64 `json:"lines"` // the first few
	// Files are those that the lines are in, one for each; none where the input
	// is one file.
	Files []string `json:"files,omitzero"`
}

// Digests says what kinds of passwords an input holds, in rows.
type Digests struct {
	Hashers   map[string]int64 `json:"hashers"`             // rows that can be sent, by password_hasher
	LooksLike map[string]int64 `json:"looks_like,omitzero"` // digests without a hasher that fits, by the likeliest; "" for none that Clerk takes
	Plain     int64            `json:"plain"`
	Without   int64            `json:"without_password"`
}

// A Proof says whether a known password opens the digest of its user.
type Proof struct {
	Key     string `json:"key"`
	Line    int64  `json:"line,omitzero"`
	Hasher  string `json:"hasher,omitzero"`
	Proved  bool   `json:"proved"`
	Message string `json:"message"` // how it was proved, or why not
}

// Failed reports whether it does not.
func (p Proof) Failed() bool { return !p.Proved }

// CountStates returns the counts of an input of rows records, of which states
// have been reached; the rest is unfinished.
func CountStates(rows int64, states [migrate.NumStates]int64) Counts {
	c := Counts{
		Rows:      rows,
		Created:   states[migrate.Created],
		Updated:   states[migrate.Updated],
		Unchanged: states[migrate.Unchanged],
		Rejected:  states[migrate.Rejected],
		Conflict:  states[migrate.Conflict],
		Dropped:   states[migrate.Dropped],
	}
	c.Unfinished = rows - c.Created - c.Updated - c.Unchanged - c.Rejected - c.Conflict - c.Dropped
	return c
}

// UnfinishedStates says what the unfinished rows of the same wait for; nil
// where there are none.
func UnfinishedStates(rows int64, states [migrate.NumStates]int64) *Unfinished {
	u := Unfinished{TryAgain: states[migrate.Retry], NoAnswer: states[migrate.InFlight] + states[migrate.Ambiguous]}
	if u.NeverSent = CountStates(rows, states).Unfinished - u.TryAgain - u.NoAnswer; u == (Unfinished{}) {
		return nil
	}
	return &u
}

// AddUp reports whether the counts can be true: none is negative. Where it is
// false, a run must not say that it is done.
func (c Counts) AddUp() bool {
	return min(c.Created, c.Updated, c.Unchanged, c.Rejected, c.Conflict, c.Unfinished, c.Dropped) >= 0 &&
		c.Created+c.Updated+c.Unchanged+c.Rejected+c.Conflict+c.Unfinished+c.Dropped == c.Rows
}

// FromGroups turns a census' groups into the document's. several says that the
// input has several files.
func FromGroups(groups []*migrate.Group, several bool) []Problem {
	problems := make([]Problem, len(groups))
	for i, g := range groups {
		problems[i] = Problem{
			Code: g.Code, Field: g.Field, From: g.From, Severity: g.Severity.String(),
			Message: g.Message, Count: g.Count, Lines: g.Lines,
		}
		if several {
			problems[i].Files = g.Files
		}
	}
	return problems
}
