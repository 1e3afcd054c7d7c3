package main

import (
	"errors"
	"testing"
)

// A run that closes badly says so, also where it had nothing more to say.
func TestErrorOfClosingIsTold(t *testing.T) {
	t.Parallel()
	failed, full := exit(exitLocked, errors.New("failed")), exit(exitResumable, errors.New("disk full"))
	for _, c := range []struct {
		name         string
		run, closing error
		code         int
		text         string
	}{
		{"all is well", nil, nil, exitOK, ""},
		{"only closing fails", nil, full, exitResumable, "disk full"},
		{"the report has said it all", quietly(exitProblems), full, exitResumable, "disk full"},
		{"the run fails too", failed, full, exitLocked, "failed"},
	} {
		code, text := exitOK, ""
		var e *exitError
		if errors.As(worse(c.run, c.closing), &e) {
			code, text = e.code, e.Error()
		}
		if code != c.code || text != c.text {
			t.Errorf("%s: %d %q, want %d %q", c.name, code, text, c.code, c.text)
		}
	}
}
