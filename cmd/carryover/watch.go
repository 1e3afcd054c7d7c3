package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"carryover/migrate"
	"carryover/source"
)

// watchEvery is how often a run looks at the files of its input.
const watchEvery = 5 * time.Second

// watch returns a context that ends when changed says that the input has
// changed, with what it says as the cause. The other function ends the watch,
// and returns when it has ended.
func watch(ctx context.Context, every time.Duration, changed func() error) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				if err := changed(); err != nil {
					cancel(err)
					return
				}
			case <-quit:
				return
			}
		}
	}()
	return ctx, func() {
		close(quit)
		<-done
		cancel(nil)
	}
}

// reasonChanged is why a run stopped whose input changed under it.
const reasonChanged = "the input has changed"

// inputChange returns what has changed in the input since the run began: what
// the reader of its rows met, what the watch saw, or what a last look shows. It
// is nil for nothing, and where the run stopped for another reason.
func (m *migration) inputChange(soft context.Context, runErr error) *source.FileError {
	var stop *migrate.StopError
	if errors.As(runErr, &stop) && stop.Reason != migrate.StopAsked && stop.Reason != migrate.StopInput {
		return nil
	}
	for _, err := range []error{runErr, context.Cause(soft), m.in.Changed()} {
		var bad *source.FileError
		if errors.As(err, &bad) && bad.Changed() {
			return bad
		}
	}
	return nil
}

// inputChanged is the error of a run whose input changed under it. Every row
// that it sent is as it was checked.
func (m *migration) inputChanged(change *source.FileError, unfinished int64) error {
	err := exit(exitMismatch, fmt.Errorf("%s: %s", change.File, change.Message))
	if unfinished == 0 {
		return err.hint("every row was sent as it was when it was checked", "to send what has changed since: "+m.ui.command("--delta"))
	}
	return err.hint("nothing is lost, and every row that was sent is as it was when it was checked",
		"put the input back as it was, and run the same command again; or let it be finished, and send what has changed: "+m.ui.command("--delta"))
}
