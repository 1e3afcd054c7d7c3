package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// lookAtClock is how often a run that is to end at a time of day looks whether
// it has come: the clock may be set, or the machine sleep.
const lookAtClock = 20 * time.Second

// windowFlags say when a run ends.
type windowFlags struct {
	maxDuration time.Duration
	until       string
}

func (f *windowFlags) add(flags *pflag.FlagSet) {
	flags.DurationVar(&f.maxDuration, "max-duration", 0, "stop cleanly after this time, for example 6h; the next run goes on")
	flags.StringVar(&f.until, "until", "", "stop cleanly at this time of day, HH:MM by this machine's clock; the next run goes on")
}

func (f *windowFlags) check() error {
	if f.maxDuration < 0 {
		return usagef("--max-duration cannot be negative")
	}
	if _, err := nextTime(f.until, time.Now()); f.until != "" && err != nil {
		return usagef("--until %q: write the time of day as HH:MM, for example 06:00", f.until)
	}
	return nil
}

// nextTime returns when it is HH:MM for the first time after now. Where the
// clocks go forward over it, it is as much later.
func nextTime(text string, now time.Time) (time.Time, error) {
	at, err := time.Parse("15:04", text)
	if err != nil || len(text) != len("15:04") {
		return time.Time{}, fmt.Errorf("%q is no time of day", text)
	}
	for day := now.Day(); ; day++ {
		next := time.Date(now.Year(), now.Month(), day, at.Hour(), at.Minute(), 0, 0, now.Location())
		if next.After(now) {
			return next, nil
		}
	}
}

// A windowError is the cause of a context whose time is over.
type windowError struct{ what string }

// Error implements error.
func (e *windowError) Error() string { return e.what }

// window ends a context when the time of a run is over, counted from started.
func (f *windowFlags) window(ctx context.Context, started time.Time) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	end := func() { cancel(nil) }
	if f.maxDuration > 0 {
		timer := time.AfterFunc(time.Until(started.Add(f.maxDuration)), func() {
			cancel(&windowError{"the time of --max-duration is over"})
		})
		context.AfterFunc(ctx, func() { timer.Stop() })
	}
	if f.until != "" {
		if at, err := nextTime(f.until, started); err == nil { // check has seen to that
			go waitForClock(ctx, at, time.Now, func() {
				cancel(&windowError{"it is " + f.until + ", the time of --until"})
			})
		}
	}
	return ctx, end
}

// waitForClock calls then when the wall clock shows at, unless ctx ends first.
func waitForClock(ctx context.Context, at time.Time, clock func() time.Time, then func()) {
	for {
		left := at.Sub(clock().Round(0)) // without the monotonic reading
		if left <= 0 {
			then()
			return
		}
		timer := time.NewTimer(min(left, lookAtClock))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}
