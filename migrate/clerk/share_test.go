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
	s := newShare(1000, 1000, 10*second)
	s.use(0, 10*second)
	wantSlots(t, s, 10*second, 1000)
	for range 30 { // all under way when the first was refused
		s.refused(moment(10*second), moment(11*second))
	}
	wantSlots(t, s, 11*second, 900)
	for i := range 10 {
		at := time.Duration(12+2*i) * second
		s.refused(moment(at), moment(at+second))
	}
	wantSlots(t, s, 40*second, 20) // a fiftieth is always asked for
}

// What Clerk had taken of ours when it refused shows how much is left; of that,
// twice the square root of what others use is kept free.
func TestShareIsCutToWhatIsLeft(t *testing.T) {
	s := newShare(1000, 1000, 10*second)
	s.use(0, 6*second) // 600, and others 400
	s.refused(moment(6*second), moment(7*second))
	wantSlots(t, s, 7*second, 540)
	s = newShare(800, 1000, 10*second)
	s.now = 200
	s.use(0, 10*second)
	s.refused(moment(10*second), moment(11*second))
	wantSlots(t, s, 11*second, 143)
}

// It stays for some windows, and then goes up in steps that double. One that
// is refused is taken back, but for what is kept free.
func TestShareGrowsInSteps(t *testing.T) {
	s := newShare(1000, 1000, 10*second)
	s.use(0, 10*second)
	s.refused(moment(10*second), moment(10*second))
	at := 10 * second
	for range stayFor {
		s.use(at, at+10*second)
		at += 10 * second
		wantSlots(t, s, at, 900)
	}
	for _, want := range []int{910, 930, 970} {
		s.use(at, at+10*second)
		at += 10 * second
		wantSlots(t, s, at, want)
	}
	s.use(at, at+5*second) // half of a window with 930, half with 970
	s.refused(moment(at+5*second), moment(at+5*second))
	wantSlots(t, s, at+5*second, 903)
}

// Where the others have gone, it is soon whole again.
func TestShareIsSoonWholeAgain(t *testing.T) {
	s := newShare(1000, 1000, 10*second)
	for i := range 7 {
		at := time.Duration(2*i) * second
		s.refused(moment(at), moment(at+second))
	}
	wantSlots(t, s, 13*second, 20)
	windows := 0
	for at := 13 * second; s.slots(moment(at)) < 1000; at += 10 * second {
		s.use(at, at+10*second)
		if windows++; windows > 40 {
			t.Fatalf("%d after 40 windows", s.slots(moment(at)))
		}
	}
	if windows < stayFor {
		t.Errorf("whole after %d windows", windows)
	}
}

func TestShareLearnsNothingFromSilence(t *testing.T) {
	s := newShare(1000, 1000, 10*second)
	s.use(0, 10*second)
	s.refused(moment(10*second), moment(10*second))
	s.stay = 0
	wantSlots(t, s, time.Hour, 900)
	s.use(time.Hour, time.Hour+10*second)
	wantSlots(t, s, time.Hour+10*second, 910)
}

func TestShareGoesUpSlowly(t *testing.T) {
	s := newShare(1000, 1000, 10*second)
	s.now = 700
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
	s := newShare(0.5, 1000, 10*second)
	s.refused(moment(0), moment(second))
	s.rampUp(moment(second), 20*second)
	wantSlots(t, s, second, 1)
	s = newShare(3, 1000, 10*second)
	s.rampUp(moment(second), 20*second)
	if got := s.pace(moment(second)); got != 1 {
		t.Errorf("it begins with %v a window", got)
	}
	wantSlots(t, newShare(0.29*100, 100, second), 0, 29)
}
