package clerk

import (
	"math"
	"testing"
	"time"
)

// use lets a share go on for a time, using all of it.
func (s *share) use(from, to time.Duration) {
	for at := from; at < to; at += s.window / time.Duration(s.slots(moment(at))) {
		s.sent(moment(at))
	}
}

func wantSlots(t *testing.T, s *share, at time.Duration, want int) {
	t.Helper()
	if got := s.slots(moment(at)); got != want {
		t.Errorf("at %v: %d, want %d", at, got, want)
	}
}

const second = time.Second

func TestShareIsCutOncePerGate(t *testing.T) {
	s := newShare(1000, 10*second)
	wantSlots(t, s, 0, 1000)
	for range 30 { // all under way when the first was refused
		s.refused(moment(4*second), moment(5*second))
	}
	wantSlots(t, s, 5*second, 700)
	s.refused(moment(6*second), moment(7*second))
	wantSlots(t, s, 7*second, 490)
	for i := range 10 {
		at := time.Duration(8+2*i) * second
		s.refused(moment(at), moment(at+second))
	}
	wantSlots(t, s, 40*second, 100) // a tenth is always asked for
}

func TestShareGrowsForCleanWindows(t *testing.T) {
	s := newShare(1000, 10*second)
	s.refused(moment(0), moment(second))
	s.use(second, 11*second)
	wantSlots(t, s, 11*second, 710)
	s.use(11*second, 21*second)
	wantSlots(t, s, 21*second, 720)
	s.refused(moment(20*second), moment(21*second))
	wantSlots(t, s, 21*second, 504)
	s.use(21*second, 31*second)
	wantSlots(t, s, 31*second, 514)
}

// Where the share goes beyond what was refused before, the others have gone.
func TestShareIsSoonWholeAgain(t *testing.T) {
	s := newShare(1000, 10*second)
	for i := range 7 {
		at := time.Duration(2*i) * second
		s.refused(moment(at), moment(at+second))
	}
	wantSlots(t, s, 13*second, 100)
	windows := 0
	for at := 13 * second; s.slots(moment(at)) < 1000; at += 10 * second {
		s.use(at, at+10*second)
		if windows++; windows > 40 {
			t.Fatalf("%d after 40 windows", s.slots(moment(at)))
		}
	}
	if windows < 7 {
		t.Errorf("whole after %d windows", windows)
	}
}

func TestShareLearnsNothingFromSilence(t *testing.T) {
	s := newShare(1000, 10*second)
	s.refused(moment(0), moment(second))
	wantSlots(t, s, time.Hour, 700)
	s.use(time.Hour, time.Hour+10*second)
	wantSlots(t, s, time.Hour+10*second, 710)
}

func TestShareGoesUpSlowly(t *testing.T) {
	s := newShare(1000, 10*second)
	s.refused(moment(0), moment(second))
	s.rampUp(moment(5*second), 20*second)
	for _, step := range []struct {
		at   time.Duration
		want float64
	}{{second, 140}, {5 * second, 140}, {15 * second, 420}, {24 * second, 672}, {25 * second, 700}} {
		if got := s.pace(moment(step.at)); math.Abs(got-step.want) > 0.01 {
			t.Errorf("at %v: %v, want %v", step.at, got, step.want)
		}
		s.sent(moment(step.at))
	}
	s.use(25*second, 34*second)
	wantSlots(t, s, 34*second, 700) // no whole window since
	s.use(34*second, 35*second)
	wantSlots(t, s, 35*second, 710)
}

// Even the smallest share lets one request leave a window.
func TestSmallShare(t *testing.T) {
	s := newShare(0.5, 10*second)
	s.refused(moment(0), moment(second))
	s.rampUp(moment(second), 20*second)
	wantSlots(t, s, second, 1)
	s = newShare(3, 10*second)
	s.rampUp(moment(second), 20*second)
	if got := s.pace(moment(second)); got != 1 {
		t.Errorf("it begins with %v a window", got)
	}
	wantSlots(t, newShare(0.29*100, second), 0, 29)
}
