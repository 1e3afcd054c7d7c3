package migrate

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// PlanVersion is the version of plan files.
const PlanVersion = 1

// A PlanHead is the first line of a plan file: what the plan was made for.
type PlanHead struct {
	Version     int    `json:"carryover_plan"`
	InputSHA256 string `json:"input_sha256"` // of the decompressed input, with the second files of a mapping
	InputSize   int64  `json:"input_size"`
	Mapping     string `json:"mapping,omitzero"` // print of the mapping; none where the columns are Clerk's
	InstanceID  string `json:"instance_id"`
	Mode        string `json:"mode"`
	Policy      string `json:"policy"`           // see Policy.String
	Options     string `json:"options,omitzero"` // other flags that decide what is sent
	APIVersion  string `json:"api_version"`      // Clerk-API-Version
	Rows        int64  `json:"rows"`             // lines that follow, but for the last
	Note        string `json:"note,omitzero"`    // for people
}

// What a run does for a row, as a plan calls it.
const (
	PlanCreate    = "create"
	PlanUpdate    = "update"
	PlanUnchanged = "unchanged"
	PlanConflict  = "conflict"
	PlanReject    = "reject"
	PlanDrop      = "drop" // the mapping leaves it out
	PlanDone      = "done" // it has its outcome
)

// A PlanRow is a line of a plan file: what a run does for a row.
type PlanRow struct {
	Row    int64    `json:"row"`
	Line   int64    `json:"line,omitzero"`
	Key    string   `json:"key,omitzero"`
	Action string   `json:"action"`
	UserID string   `json:"user_id,omitzero"`
	Code   string   `json:"code,omitzero"` // why, of a row that is refused
	Fields []Change `json:"fields,omitzero"`
	Left   []string `json:"left,omitzero"` // properties that the policy leaves as they are
}

// NewPlanRow returns the line of a plan for u; found is as for Changes.
func NewPlanRow(u *User, plan *Plan, found *Account) PlanRow {
	return planRow(u, plan, found, false)
}

// planRow is NewPlanRow where the external id may be one that was generated: it
// is not known before there is a ledger.
func planRow(u *User, plan *Plan, found *Account, generated bool) PlanRow {
	r := PlanRow{Row: u.Row, Line: u.Line, Key: u.Key(), UserID: plan.UserID, Code: plan.Code, Left: plan.Left}
	switch {
	case plan.State == Unchanged:
		r.Action = PlanUnchanged
	case plan.State == Conflict:
		r.Action = PlanConflict
	case plan.State == Rejected:
		r.Action = PlanReject
	case plan.Action == Create:
		r.Action = PlanCreate
	default:
		r.Action = PlanUpdate
	}
	if generated {
		bare := *u
		bare.ExternalID, r.Key = nil, ""
		u = &bare
	}
	r.Fields = Changes(u, plan, found)
	return r
}

// encode returns the line without its end.
func (r *PlanRow) encode() ([]byte, error) {
	return json.Marshal(r, jsontext.AllowInvalidUTF8(true))
}

// digest tells what a line says from everything else that it could say. What is
// left alone does not count: it may change meanwhile.
func (r *PlanRow) digest() ([8]byte, error) {
	relevant := *r
	relevant.Left = nil
	body, err := relevant.encode()
	return digestOf(body), err
}

func digestOf(line []byte) [8]byte {
	sum := sha256.Sum256(line)
	return [8]byte(sum[:8])
}

// PlanCounts are the rows of a plan by what a run does for them.
type PlanCounts struct {
	Create    int64 `json:"create"`
	Update    int64 `json:"update"`
	Unchanged int64 `json:"unchanged"`
	Conflict  int64 `json:"conflict"`
	Reject    int64 `json:"reject"`
	Drop      int64 `json:"drop"`
	Done      int64 `json:"done"`
}

// add counts a row; false where the action is none.
func (c *PlanCounts) add(action string) bool {
	for _, n := range []struct {
		action string
		count  *int64
	}{
		{PlanCreate, &c.Create}, {PlanUpdate, &c.Update}, {PlanUnchanged, &c.Unchanged}, {PlanConflict, &c.Conflict},
		{PlanReject, &c.Reject}, {PlanDrop, &c.Drop}, {PlanDone, &c.Done},
	} {
		if n.action == action {
			*n.count++
			return true
		}
	}
	return false
}

// planEnd is the last line.
type planEnd struct {
	End    bool       `json:"end"`
	Counts PlanCounts `json:"counts"`
	SHA256 string     `json:"sha256"` // of all lines before
}

// A PlanWriter writes a plan file: JSON lines, the head first, then a line for
// each row in order, and at last one that tells whether it is whole.
type PlanWriter struct {
	out    io.Writer
	sum    hash.Hash
	rows   int64 // to come
	next   int64
	counts PlanCounts
}

// NewPlanWriter begins a plan file.
func NewPlanWriter(out io.Writer, head PlanHead) (*PlanWriter, error) {
	w := &PlanWriter{out: out, sum: sha256.New(), rows: head.Rows, next: 1}
	head.Version = PlanVersion
	return w, w.line(&head)
}

func (w *PlanWriter) line(v any) error {
	body, err := json.Marshal(v, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	body = append(body, '\n')
	w.sum.Write(body)
	_, err = w.out.Write(body)
	return err
}

// Next returns the row whose line comes next.
func (w *PlanWriter) Next() int64 { return w.next }

// Write writes the line of the next row.
func (w *PlanWriter) Write(r *PlanRow) error {
	if r.Row != w.next || r.Row > w.rows {
		return fmt.Errorf("row %d comes in the place of row %d of %d", r.Row, w.next, w.rows)
	}
	if !w.counts.add(r.Action) {
		return fmt.Errorf("row %d: unknown action %q", r.Row, r.Action)
	}
	w.next++
	return w.line(r)
}

// End writes the last line.
func (w *PlanWriter) End() error {
	if w.next != w.rows+1 {
		return fmt.Errorf("the plan has %d of %d rows", w.next-1, w.rows)
	}
	return w.line(&planEnd{End: true, Counts: w.counts, SHA256: hex.EncodeToString(w.sum.Sum(nil))})
}

// isHead reports whether a text begins as a plan file does.
func isHead(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"carryover_plan":`)) }
