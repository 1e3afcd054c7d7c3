package main

import (
	"fmt"
)

// Exit codes. Scripts may rely on them; an unknown code is a failure.
const (
	exitOK          = 0
	exitUnexpected  = 1
	exitUsage       = 2
	exitProblems    = 3
	exitResumable   = 4
	exitRefused     = 5
	exitMismatch    = 6
	exitLocked      = 7
	exitInterrupted = 130
	exitTerminated  = 143
)

const exitCodesHelp = `Exit codes of carryover. An unknown code is a failure.

    0  every row is in a good end state
    1  unexpected error
    2  usage: wrong flags, an input or key that cannot be used, or consent
       needed (the command to run is printed). A crash of a Go program also
       exits with 2, so treat it as a failure
    3  finished; some rows rejected or in conflict (validate: problems found)
    4  stopped and resumable: network, breaker, disk, time window, rows left
       to retry. Run the same command again
    5  Clerk refuses: key, permission, plan, quota
    6  state or input does not match: input changed, other instance, newer
       schema, missing WAL
    7  locked: another carryover works on the same checkpoint
  130  interrupted by Ctrl-C (SIGINT), resumable
  143  terminated (SIGTERM, SIGHUP), resumable
`

// An exitError ends the program with a code, a message and hints what to do.
// Without err nothing is printed: the report has said it all.
type exitError struct {
	code  int
	err   error
	hints []string
}

// Error implements error.
func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

// Unwrap returns the cause.
func (e *exitError) Unwrap() error { return e.err }

// hint adds a line that says what to do.
func (e *exitError) hint(lines ...string) *exitError {
	for _, line := range lines {
		if line != "" {
			e.hints = append(e.hints, line)
		}
	}
	return e
}

func exit(code int, err error) *exitError { return &exitError{code: code, err: err} }

func usage(err error) *exitError { return exit(exitUsage, err) }

func usagef(format string, args ...any) *exitError { return usage(fmt.Errorf(format, args...)) }

// quietly ends with a code after the report has been printed.
func quietly(code int) error {
	if code == exitOK {
		return nil
	}
	return &exitError{code: code}
}
