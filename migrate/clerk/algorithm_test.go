package clerk

import "time"

// An algorithm is a way to count requests against a limit. It returns how long
// a request that arrives at a time has to wait, 0 for not at all. Requests that
// it refuses do not count.
type algorithm interface {
	arrive(at time.Duration) (wait time.Duration)
}

type unlimited struct{}

func (unlimited) arrive(time.Duration) time.Duration { return 0 }

// A fixedWindow counts from one multiple of the window, shifted by the phase,
// to the next.
type fixedWindow struct {
	limit         int
	window, phase time.Duration
	number        time.Duration
	count         int
}

func (f *fixedWindow) arrive(at time.Duration) time.Duration {
	if n := (at + f.phase) / f.window; n > f.number {
		f.number, f.count = n, 0
	}
	if f.count >= f.limit {
		return (f.number+1)*f.window - f.phase - at
	}
	f.count++
	return 0
}

// A slidingLog knows when each request of the last window came.
type slidingLog struct {
	limit  int
	window time.Duration
	log    []time.Duration
}

func (s *slidingLog) arrive(at time.Duration) time.Duration {
	for len(s.log) > 0 && at-s.log[0] >= s.window {
		s.log = s.log[1:]
	}
	if len(s.log) >= s.limit {
		return s.log[0] + s.window - at
	}
	s.log = append(s.log, at)
	return 0
}

// A slidingCounter takes the requests of the window before for evenly spread.
type slidingCounter struct {
	limit         int
	window, phase time.Duration
	number        time.Duration
	before, count int
}

func (s *slidingCounter) arrive(at time.Duration) time.Duration {
	n := (at + s.phase) / s.window
	switch n - s.number {
	case 0:
	case 1:
		s.before, s.count = s.count, 0
	default:
		s.before, s.count = 0, 0
	}
	s.number = n
	part := float64((at+s.phase)%s.window) / float64(s.window)
	if float64(s.before)*(1-part)+float64(s.count)+1 > float64(s.limit) {
		return s.window / time.Duration(s.limit)
	}
	s.count++
	return 0
}

// A gcra is a bucket that leaks evenly, and holds burst requests.
type gcra struct {
	each  time.Duration
	burst int
	due   time.Duration
}

func (g *gcra) arrive(at time.Duration) time.Duration {
	due := max(g.due, at)
	if early := due - at - time.Duration(g.burst-1)*g.each; early > 0 {
		return early
	}
	g.due = due + g.each
	return 0
}
