package migrate

import (
	"errors"
	"testing"
	"time"
)

func TestEscalation(t *testing.T) {
	reject := func(code string, status, attempts int) Result {
		return Result{State: Rejected, Code: code, Status: status, Attempts: attempts}
	}
	two := int64(2)
	tests := []struct {
		name    string
		max     *int64
		results func(i int) Result // the i-th, from 0
		stopsAt int                // index; -1 for never within 200
		reason  StopReason
	}{
		{"one code from the start", nil, func(int) Result { return reject("form_param_unknown", 422, 1) }, 19, StopRejects},
		{"many codes from the start", nil, func(i int) Result { return reject(string(rune('a'+i%2)), 422, 1) }, 49, StopRejects},
		{"forbidden from the start", nil, func(int) Result { return reject("x", 403, 1) }, 9, StopRefused},
		{"forbidden later", nil, func(i int) Result {
			if i == 0 {
				return reject("y", 422, 1)
			}
			return reject("x", 403, 1)
		}, 20, StopRejects},
		{"something was applied", nil, func(i int) Result {
			if i == 5 {
				return Result{State: Created, Attempts: 1}
			}
			return reject("x", 422, 1)
		}, -1, ""},
		{"rejected by the plan", nil, func(int) Result { return reject("user_missing", 0, 0) }, -1, ""},
		{"more than allowed, by the plan too", &two, func(int) Result { return reject("user_missing", 0, 0) }, 2, StopRejects},
	}
	for _, test := range tests {
		e := escalation{max: test.max}
		at := -1
		var stop *StopError
		for i := range 200 {
			if stop = e.observe(test.results(i), test.results(i).Attempts > 0); stop != nil {
				at = i
				break
			}
		}
		if at != test.stopsAt || stop != nil && stop.Reason != test.reason {
			t.Errorf("%s: stopped at %d (%v), want %d", test.name, at, stop, test.stopsAt)
		}
	}
}

func TestDelayGrowsWithJitter(t *testing.T) {
	task := &task{}
	now := time.Unix(0, 0)
	for i, most := range []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second, 16 * time.Second, 30 * time.Second, 30 * time.Second} {
		task.wait(now)
		if d := task.due.Sub(now); d < 0 || d > most {
			t.Errorf("wait %d is %v, want at most %v", i, d, most)
		}
	}
}

func TestErrorsHoldNoMoreThanTheyMust(t *testing.T) {
	cause := errors.New("connection reset")
	err := &Error{Fault: AmbiguousFault, Op: "POST /users", Status: 500, Codes: []string{"", "internal_clerk_error"}, TraceID: "t1", Err: cause}
	if got, want := err.Error(), "POST /users: status 500 (, internal_clerk_error): connection reset, trace t1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err.Code() != "internal_clerk_error" || !errors.Is(err, cause) {
		t.Errorf("code %q", err.Code())
	}
	if (&Error{Status: 502}).Code() != "http_502" || (&Error{}).Code() != "no_answer" {
		t.Error("codes without a document")
	}
}
