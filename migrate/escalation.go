package migrate

import "fmt"

const (
	rejectFirst   = 50 // rows at the start that may not all be rejected
	rejectSame    = 20 // rejections in a row with one code before anything was applied
	forbiddenFrom = 10 // 403 answers at the start that mean the key, not the rows
)

// An escalation notices rejections that are not about single rows: a wrong
// hasher, a disabled attribute, a key without rights (reliability 3).
type escalation struct {
	max   *int64 // rejections allowed; nil for any number
	total int64  // rejections, also of rows for which nothing was sent

	applied      int64
	rejected     int64 // by an answer
	same         int
	code         string
	allForbidden bool
}

// observe notes an outcome, and returns an error when the run should stop.
// answered says that a request was sent for the row: plans are made ahead of
// what is sent, and say nothing about it.
func (e *escalation) observe(result Result, answered bool) *StopError {
	switch {
	case result.State.Good() && answered:
		e.applied++
		e.same = 0
		return nil
	case result.State != Rejected:
		return nil
	}
	if e.total++; e.max != nil && e.total > *e.max {
		return &StopError{StopRejects, fmt.Errorf("more than %d rows are rejected (--max-rejects)", *e.max)}
	}
	if !answered {
		return nil
	}
	return e.systematic(result)
}

// systematic judges the rows that Clerk itself rejected.
func (e *escalation) systematic(result Result) *StopError {
	e.allForbidden = result.Status == 403 && (e.allForbidden || e.rejected == 0)
	e.rejected++
	if result.Code != e.code {
		e.code, e.same = result.Code, 0
	}
	e.same++
	switch {
	case e.applied > 0 && result.Status == 400 && e.same >= rejectSame:
		return &StopError{StopRejects, fmt.Errorf("%d rows in a row were answered 400 with %s", e.same, result.Code)}
	case e.applied > 0:
		return nil
	case e.allForbidden && e.rejected >= forbiddenFrom:
		return &StopError{StopRefused, fmt.Errorf("the first %d rows were all answered 403 (%s)", e.rejected, result.Code)}
	case e.same >= rejectSame:
		return &StopError{StopRejects, fmt.Errorf("%d rows in a row were rejected with %s and none was applied", e.same, result.Code)}
	case e.rejected >= rejectFirst:
		return &StopError{StopRejects, fmt.Errorf("the first %d rows were all rejected", e.rejected)}
	}
	return nil
}
