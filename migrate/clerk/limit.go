package clerk

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Limit is the number of requests that Clerk takes in a window of time, and
// the part of it that this client may use. The zero Limit does not pace.
//
// Clerk counts per instance, so whatever this client uses is missing for the
// customer's own backend.
type Limit struct {
	N      int           // requests a window; 0 = no limit
	Window time.Duration // positive where N is
	Share  float64       // above 0, at most 1; 0 means 1
}

// DefaultLimit returns Clerk's published limit for a kind of key, with the
// share that suits it: 1000 requests in 10 s and 80 % for a live key, which
// leaves room for sign-ins; 100 in 10 s and 99 % for a test key.
func DefaultLimit(kind KeyKind) Limit {
	if kind == LiveKey {
		return Limit{N: 1000, Window: 10 * time.Second, Share: 0.80}
	}
	return Limit{N: 100, Window: 10 * time.Second, Share: 0.99}
}

// ParseLimit reads a limit such as "1000/10s", "100/s" or "6000/1m". The
// count is at least 1 and the window between 1 ms and 1 h.
func ParseLimit(text string) (n int, window time.Duration, err error) {
	const form = "write it as COUNT/DURATION, for example 1000/10s"
	count, duration, ok := strings.Cut(strings.TrimSpace(text), "/")
	if !ok {
		return 0, 0, fmt.Errorf("rate limit %q has no \"/\": %s", text, form)
	}
	n, err = strconv.Atoi(count)
	if err != nil || n < 1 || n > math.MaxInt32 {
		return 0, 0, fmt.Errorf("rate limit %q: the count must be a whole number from 1 on; %s", text, form)
	}
	if duration != "" && (duration[0] < '0' || duration[0] > '9') && duration[0] != '-' {
		duration = "1" + duration
	}
	window, err = time.ParseDuration(duration)
	if err != nil || window < time.Millisecond || window > time.Hour {
		return 0, 0, fmt.Errorf("rate limit %q: the duration must be between 1ms and 1h; %s", text, form)
	}
	return n, window, nil
}

// String returns the count and the window as ParseLimit reads them, "none" for
// the zero Limit.
func (l Limit) String() string {
	if l.N == 0 {
		return "none"
	}
	window := l.Window.String()
	if strings.HasSuffix(window, "m0s") {
		window = strings.TrimSuffix(window, "0s")
	}
	if strings.HasSuffix(window, "h0m") {
		window = strings.TrimSuffix(window, "0m")
	}
	return strconv.Itoa(l.N) + "/" + window
}

// PerSecond returns the pace in requests a second, +Inf for the zero Limit.
func (l Limit) PerSecond() float64 {
	if l.N == 0 {
		return math.Inf(1)
	}
	share := l.Share
	if share == 0 {
		share = 1
	}
	return float64(l.N) * share / l.Window.Seconds()
}

// idleBelow is up to how many requests a second a client is mostly idle: each
// takes it about a tenth of a millisecond.
const idleBelow = 1000

// MostlyIdle reports whether a client that is held to the limit mostly waits. What
// costs it most then is not what it does but to be woken for it.
func (l Limit) MostlyIdle() bool { return l.PerSecond() <= idleBelow }

// check says what is wrong with the limit, if anything.
func (l Limit) check() error {
	switch {
	case l.N < 0:
		return errors.New("the rate limit's count is negative")
	case l.N > 0 && l.Window <= 0:
		return errors.New("the rate limit has no window")
	case !(l.Share >= 0 && l.Share <= 1): // also refuses NaN
		return errors.New("the share of the rate limit must be above 0 and at most 1")
	}
	return nil
}
