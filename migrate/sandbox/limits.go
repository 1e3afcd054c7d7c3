package sandbox

import (
	"sync"
	"time"
)

// userWindow is the window of the limit a user (Clerk's page of system limits).
const userWindow = 10 * time.Second

// limits counts arrivals against the instance's limit and against the limit a
// user. Times are since the start of the sandbox.
//
// Clerk does not say whether refused requests count; here they do not, since
// the endpoint that refuses them is shut for as long as they could matter.
type limits struct {
	limit  int
	window time.Duration
	kind   WindowKind
	phase  time.Duration

	userLimit int

	mu       sync.Mutex
	count    int                      // Fixed: arrivals in the current window
	current  time.Duration            // Fixed: number of the current window
	arrivals []time.Duration          // Sliding: the last limit arrivals, a ring
	next     int                      // Sliding: where the next one goes
	blocked  map[string]time.Duration // endpoint, to when it opens again
	perUser  map[string][]time.Duration
	swept    time.Duration // when perUser was last rid of what is past
}

func newLimits(cfg Config) *limits {
	l := &limits{
		limit: cfg.Limit, window: cfg.Window, kind: cfg.WindowKind, phase: cfg.Phase,
		userLimit: cfg.UserLimit,
	}
	l.reset()
	return l
}

func (l *limits) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count, l.current, l.next, l.swept = 0, 0, 0, 0
	l.arrivals = nil
	l.blocked = map[string]time.Duration{}
	l.perUser = map[string][]time.Duration{}
}

// arrive counts a request. It returns 0, or how long the client has to wait
// before it asks this endpoint again: whole seconds, at least one.
func (l *limits) arrive(endpoint, userID string, at time.Duration) (retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until, shut := l.blocked[endpoint]; shut {
		if at < until {
			return wholeSeconds(until - at)
		}
		delete(l.blocked, endpoint)
	}
	if wait := l.instance(at); wait > 0 {
		wait = wholeSeconds(wait)
		l.blocked[endpoint] = at + wait
		return wait
	}
	if userID == "" || l.userLimit < 0 {
		return 0
	}
	return l.user(endpoint, userID, at)
}

// instance counts an arrival, or returns the time until there is room for it.
func (l *limits) instance(at time.Duration) time.Duration {
	switch {
	case l.limit == 0:
		return 0
	case l.kind == Sliding:
		return l.slide(at)
	}
	if n := (at + l.phase) / l.window; n > l.current {
		l.current, l.count = n, 0
	}
	if l.count >= l.limit {
		return (l.current+1)*l.window - l.phase - at
	}
	l.count++
	return 0
}

func (l *limits) slide(at time.Duration) time.Duration {
	if len(l.arrivals) < l.limit {
		l.arrivals = append(l.arrivals, at)
		return 0
	}
	if wait := l.arrivals[l.next] + l.window - at; wait > 0 {
		return wait
	}
	l.arrivals[l.next] = at
	l.next = (l.next + 1) % l.limit
	return 0
}

// user counts an arrival for one user. It always slides, which is the stricter
// way, and shuts the endpoint for this user only.
func (l *limits) user(endpoint, userID string, at time.Duration) time.Duration {
	if at-l.swept >= userWindow {
		for key, times := range l.perUser {
			if at-times[len(times)-1] >= userWindow {
				delete(l.perUser, key)
			}
		}
		l.swept = at
	}
	key := endpoint + " " + userID
	times := l.perUser[key]
	if len(times) < l.userLimit {
		l.perUser[key] = append(times, at)
		return 0
	}
	if wait := times[0] + userWindow - at; wait > 0 {
		return wholeSeconds(wait)
	}
	copy(times, times[1:])
	times[len(times)-1] = at
	return 0
}

// wholeSeconds rounds up, as Retry-After has no fractions.
func wholeSeconds(d time.Duration) time.Duration {
	return max((d + time.Second - 1).Truncate(time.Second), time.Second)
}
