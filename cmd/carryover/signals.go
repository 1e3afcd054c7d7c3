package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

// drainFor is how long requests in flight are waited for after a signal.
const drainFor = 10 * time.Second

// A signalError is the cause of a context that a signal ended.
type signalError struct{ signal os.Signal }

// Error implements error.
func (e *signalError) Error() string { return "interrupted by " + e.signal.String() }

func (e *signalError) code() int {
	if e.signal == os.Interrupt {
		return exitInterrupted
	}
	return exitTerminated
}

// signalOf returns the signal that ended ctx, if one did.
func signalOf(ctx context.Context) (*signalError, bool) {
	var by *signalError
	return by, ctx.Err() != nil && errors.As(context.Cause(ctx), &by)
}

// catchSignals listens for INT, TERM and HUP. The first ends the context soft:
// nothing new begins, what is on its way is waited for. drainFor later it ends
// hard too: what is still on its way is cut. The second leaves at once, which
// is safe at any moment: the next run takes up whatever was left. end stops
// listening and must be called.
func catchSignals(ctx context.Context, leave func(*signalError)) (soft, hard context.Context, end func()) {
	hard, cut := context.WithCancelCause(ctx)
	soft, stop := context.WithCancelCause(hard)
	signals := make(chan os.Signal, 2) // both of an impatient person are kept
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		var first *signalError
		select {
		case s := <-signals:
			first = &signalError{s}
		case <-hard.Done():
			return
		}
		stop(first)
		timer := time.AfterFunc(drainFor, func() { cut(first) })
		defer timer.Stop()
		select {
		case <-signals:
			leave(first)
		case <-hard.Done():
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		cut(nil)
	}
}

// tellOnQuit lets a QUIT end the program at any moment, with the stack of every
// goroutine on stderr and the runtime's own exit code. The runtime itself walks
// stacks that still run, which now and then crashes it halfway; here they stand.
func tellOnQuit() {
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT)
	go func() {
		<-quit
		stacks := make([]byte, 1<<22)
		fmt.Fprintf(os.Stderr, "SIGQUIT: quit\n\n%s\n", stacks[:runtime.Stack(stacks, true)])
		os.Exit(2)
	}()
}
