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
	max *int64 // rejections allowed; nil for any number

	applied      int64
	rejected     int64
	same         int
	code         string
	allForbidden bool
}

// observe notes an outcome that Clerk gave, and returns an error when the run
// should stop.
func (e *escalation) observe(result Result) *StopError {
	if result.State != Rejected {
		if result.State.Good() {
			e.applied++
			e.same = 0
		}
		return nil
	}
	if e.rejected == 0 {
		e.allForbidden = true
	}
	e.rejected++
	e.allForbidden = e.allForbidden && result.Status == 403
	if result.Code != e.code {
		e.code, e.same = result.Code, 0
	}
	e.same++
	switch {
	case e.applied == 0 && e.allForbidden && e.rejected >= forbiddenFrom:
		return &StopError{StopRefused, fmt.Errorf("the first %d rows were all answered 403 (%s)", e.rejected, result.Code)}
	case e.applied == 0 && e.same >= rejectSame:
		return &StopError{StopRejects, fmt.Errorf("%d rows in a row were rejected with %s and none was applied", e.same, result.Code)}
	case e.applied == 0 && e.rejected >= rejectFirst:
		return &StopError{StopRejects, fmt.Errorf("the first %d rows were all rejected", e.rejected)}
	case e.max != nil && e.rejected > *e.max:
		return &StopError{StopRejects, fmt.Errorf("Clerk rejected more than %d rows (--max-rejects)", *e.max)}
	}
	return nil
}
