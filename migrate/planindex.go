package migrate

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
)

// maxPlanLine is far above what a row and its user can hold.
const maxPlanLine = 4 << 20

const planChangedCode = "plan_changed"

// A PlanIndex is what a plan file says of each row, in 12 bytes a row: enough to
// tell whether a plan that is made now is the same.
type PlanIndex struct {
	parts  [][]plannedRow // of planPart rows each, since a list that grows is copied
	rows   int64
	counts PlanCounts
}

const planPart = 8192

func (x *PlanIndex) add(r plannedRow) {
	if x.rows%planPart == 0 {
		x.parts = append(x.parts, make([]plannedRow, 0, planPart))
	}
	last := &x.parts[len(x.parts)-1]
	*last = append(*last, r)
	x.rows++
}

type plannedRow struct {
	digest [8]byte
	fields Fields // that an update changes
}

// Counts returns the rows by what a run does for them.
func (x *PlanIndex) Counts() PlanCounts { return x.counts }

// agrees reports whether the plan that was made for a task is the one of the
// file. Where an update of it was begun, its user may be as that update makes
// it, in whole or in part: what is left to do must be part of the plan.
func (x *PlanIndex) agrees(t *task, plan *Plan) bool {
	i := t.user.Row - 1
	if i < 0 || i >= x.rows {
		return false
	}
	planned := x.parts[i/planPart][i%planPart]
	if t.begun || !t.sentAt.IsZero() {
		return planned.fields != 0 && plan.UserID == t.result.UserID && (plan.Action == Update || plan.State == Unchanged) &&
			fieldsOf(plan.Differences)&^planned.fields == 0
	}
	row := planRow(t.user, plan, t.account, t.generated)
	digest, err := row.digest()
	return err == nil && digest == planned.digest
}

// A PlanError says what is wrong with a plan file. It quotes nothing of it.
type PlanError struct {
	Line    int64
	Message string
}

// Error implements error.
func (e *PlanError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Message) }

// ReadPlan reads a plan file to its end. The error is a *PlanError where it is
// not a whole plan, or one that was changed; the context's; or the reader's.
func ReadPlan(ctx context.Context, in io.Reader) (PlanHead, *PlanIndex, error) {
	r := &planReader{lines: bufio.NewScanner(in), index: &PlanIndex{}}
	r.lines.Buffer(make([]byte, 0, 64<<10), maxPlanLine)
	sum := sha256.New()
	for r.end == nil && r.lines.Scan() {
		r.line++
		if r.line%1000 == 0 && ctx.Err() != nil {
			return r.head, nil, context.Cause(ctx)
		}
		if err := r.take(r.lines.Bytes()); err != nil {
			return r.head, nil, err
		}
		if r.end == nil {
			sum.Write(r.lines.Bytes())
			sum.Write([]byte("\n"))
		}
	}
	switch err := r.lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		r.line++
		return r.head, nil, r.fail("the line is too long for a plan")
	case err != nil:
		return r.head, nil, err
	case r.line == 0:
		r.line = 1
		return r.head, nil, r.fail("the file is empty")
	case r.end == nil:
		return r.head, nil, r.fail("the plan is cut off behind this line")
	case r.lines.Scan():
		r.line++
		return r.head, nil, r.fail("something follows the end of the plan")
	case r.end.SHA256 != hex.EncodeToString(sum.Sum(nil)), r.end.Counts != r.index.counts:
		return r.head, nil, r.fail("the plan was changed after it was made: its checksum is another one")
	}
	return r.head, r.index, nil
}

type planReader struct {
	lines *bufio.Scanner
	line  int64
	head  PlanHead
	index *PlanIndex
	end   *planEnd
}

func (r *planReader) fail(format string, args ...any) error {
	return &PlanError{r.line, fmt.Sprintf(format, args...)}
}

// take takes in a line.
func (r *planReader) take(line []byte) error {
	strict := json.RejectUnknownMembers(true)
	switch {
	case r.line == 1 && !isHead(line):
		return r.fail("this is not a plan that carryover run --dry-run --plan wrote")
	case r.line == 1:
		var version struct {
			Version int `json:"carryover_plan"`
		}
		if json.Unmarshal(line, &version) == nil && version.Version > PlanVersion {
			return r.fail("a later release wrote the plan (version %d, this one knows %d)", version.Version, PlanVersion)
		}
		if json.Unmarshal(line, &r.head, strict) != nil || r.head.Version != PlanVersion {
			return r.fail("the head of the plan cannot be read")
		}
		return nil
	case r.index.rows == r.head.Rows:
		end := new(planEnd)
		if json.Unmarshal(line, end, strict) != nil || !end.End {
			return r.fail("the plan has more rows than its head says, or no end")
		}
		r.end = end
		return nil
	}
	var row PlanRow
	if json.Unmarshal(line, &row, strict) != nil {
		return r.fail("the line cannot be read")
	}
	if row.Row != r.index.rows+1 || !r.index.counts.add(row.Action) {
		return r.fail("the line is not that of row %d", r.index.rows+1)
	}
	planned := plannedRow{digest: digestOf(line)}
	if row.Left != nil {
		var err error
		if planned.digest, err = row.digest(); err != nil {
			return r.fail("the line cannot be read")
		}
	}
	if row.Action == PlanUpdate {
		for _, c := range row.Fields {
			if i := propertyNamed(c.Field); i >= 0 {
				planned.fields.add(i)
			}
		}
	}
	r.index.add(planned)
	return nil
}
