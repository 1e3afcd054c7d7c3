package clerk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"carryover/migrate"

	"github.com/cenkalti/backoff/v5"
)

const (
	maxAttempts = 5 // of a read that fails for reasons of its own

	// maxRefusals is how often in a row a read waits at the gate. Then its
	// caller decides, who can see whether anything else gets through.
	maxRefusals = 10
)

// read sends a request that changes nothing, or may be made twice without harm,
// again where it failed for now:
// after a random wait that grows, at most five times. A refusal (429 or
// maintenance) has been waited out at the gate by the time the request leaves
// again, and is no attempt. Once the client is drained,
// nothing is repeated.
func (c *Client) read(ctx context.Context, k call, decode func([]byte) error) error {
	delays := newDelays()
	attempts, refusals := 0, 0
	for {
		err := c.send(ctx, k, decode)
		if err == nil {
			return nil
		}
		var failed *migrate.Error
		if !errors.As(err, &failed) || !canRepeat(failed) || ctx.Err() != nil || c.pacer.drained() {
			return err
		}
		if isRefusal(failed) {
			if refusals++; refusals >= maxRefusals {
				return err
			}
			continue
		}
		refusals = 0
		if attempts++; attempts >= maxAttempts {
			return err
		}
		pause := func(ctx context.Context) error { return sleep(ctx, delays.NextBackOff()) }
		if ended := c.pacer.whileOpen(ctx, pause); ended != nil {
			return &migrate.Error{Fault: migrate.NotDoneFault, Op: k.op(), Err: ended}
		}
	}
}

// newDelays returns the waits between the attempts of a read: evenly at
// random from nothing to half a second, doubled each time, up to 30 s
// ("full jitter", which keeps clients that failed together apart).
func newDelays() *backoff.ExponentialBackOff {
	// The library draws from interval ± interval, so its intervals are the
	// middles of ours.
	return &backoff.ExponentialBackOff{
		InitialInterval:     250 * time.Millisecond,
		RandomizationFactor: 1,
		Multiplier:          2,
		MaxInterval:         15 * time.Second,
	}
}

// canRepeat reports whether a read that failed so may do better next time.
func canRepeat(e *migrate.Error) bool {
	return e.Fault == migrate.TransientFault || e.Fault == migrate.NotDoneFault
}

// isRefusal reports whether Clerk turned the request away unread, so that the
// gate is closed now.
func isRefusal(e *migrate.Error) bool {
	return e.Status == http.StatusTooManyRequests || isMaintenance(e)
}

// isMaintenance reports whether Clerk is being maintained.
func isMaintenance(e *migrate.Error) bool {
	return e.Status == http.StatusServiceUnavailable && slices.Contains(e.Codes, codeMaintenance)
}
