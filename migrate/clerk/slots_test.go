package clerk

import (
	"testing"
	"time"
)

// moment is a time of the tests that pass times.
func moment(d time.Duration) time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(d) }

// pass takes a slot for a request that is sent and answered at two times.
func (s *slots) pass(method string, sent, received time.Duration, status int) {
	s.take()
	s.leave(observation{method: method, sent: moment(sent), received: moment(received), status: status})
}

// wantNext wants one of n slots to be free at a time, asked now.
func wantNext(t *testing.T, s *slots, now time.Duration, n int, want time.Duration) {
	t.Helper()
	got, ok := s.next(moment(now), n)
	if !ok || !got.Equal(moment(want)) {
		t.Errorf("at %v one of %d is free at %v (%v), want %v", now, n, got.Sub(moment(0)), ok, want)
	}
}

const ms = time.Millisecond

func TestSlotIsFreeOneWindowAfterTheAnswer(t *testing.T) {
	s := newSlots(10 * time.Second)
	wantNext(t, s, 0, 2, 0)
	s.take()
	wantNext(t, s, 0, 2, 0)
	s.take()
	if at, ok := s.next(moment(time.Hour), 2); ok {
		t.Errorf("with both under way, one is free at %v", at)
	}
	s.leave(observation{method: "POST", sent: moment(0), received: moment(300 * ms), status: 200})
	wantNext(t, s, 300*ms, 2, 10320*ms)
	s.leave(observation{method: "PATCH", sent: moment(0), received: moment(200 * ms), status: 404})
	wantNext(t, s, 300*ms, 2, 10220*ms)
	wantNext(t, s, 10220*ms, 2, 10220*ms)
	wantNext(t, s, 10220*ms, 1, 10320*ms) // the share has been cut
	wantNext(t, s, 10320*ms, 1, 10320*ms)
}

func TestSlotOfARequestThatWasNotSent(t *testing.T) {
	s := newSlots(10 * time.Second)
	s.take()
	s.giveBack()
	wantNext(t, s, 0, 1, 0)
}

// A request that was given up may arrive until it has settled, and is counted
// then. It does not keep others from being free before it.
func TestSlotOfARequestThatWasGivenUp(t *testing.T) {
	s := newSlots(10 * time.Second)
	s.take()
	s.leave(observation{method: "POST", sent: moment(0), received: moment(45 * time.Second), settles: moment(time.Minute)})
	s.pass("POST", 45*time.Second, 46*time.Second, 0) // an answer that broke off
	wantNext(t, s, 46*time.Second, 1, 56020*ms)
	wantNext(t, s, 60*time.Second, 1, 70020*ms)
	wantNext(t, s, 60*time.Second, 2, 60*time.Second)
	wantNext(t, s, 71*time.Second, 1, 71*time.Second)
}

// The smallest latency is given back once enough are known, to each method its
// own, and it is the one that is known when the slot is wanted.
func TestSlotsCredit(t *testing.T) {
	s := newSlots(10 * time.Second)
	for i := range creditLeast - 1 {
		s.pass("POST", 0, time.Second+time.Duration(i)*ms, 200)
	}
	wantNext(t, s, 2*time.Second, 1, 11020*ms)
	s.pass("POST", 2*time.Second, 2500*ms, 200)
	wantNext(t, s, 3*time.Second, 1, 10520*ms) // of the first, less 500 ms
	s.pass("GET", 2*time.Second, 2100*ms, 200)
	wantNext(t, s, 3*time.Second, 1, 10520*ms)
	s.pass("POST", 3*time.Second, 3400*ms, 200)
	wantNext(t, s, 4*time.Second, 1, 10620*ms) // less 400 ms by now
	wantNext(t, s, 15*time.Second, 1, 15*time.Second)
	if s.waiting != 0 {
		t.Errorf("%d slots are still waiting", s.waiting)
	}
}

// What answers in no time is not where requests are counted.
func TestSlotsGiveNoCreditToRefusals(t *testing.T) {
	s := newSlots(10 * time.Second)
	for range 2 * creditLeast {
		s.pass("POST", 0, 200*ms, 200)
	}
	for _, status := range []int{429, 500, 503, 0} {
		s.pass("POST", time.Second, 1005*ms, status)
	}
	wantNext(t, s, 2*time.Second, 5, 10020*ms) // the credit is still 200 ms
	wantNext(t, s, 10020*ms, 4, 11025*ms)
}

// No credit makes a slot free before a window after its request was sent.
func TestSlotsCreditHasAnEnd(t *testing.T) {
	s := newSlots(time.Hour) // latencies are forgotten before the slots are free
	for range creditLeast {
		s.pass("POST", 0, 100*ms, 200)
	}
	for i := range creditLeast {
		late := 3*time.Hour + time.Duration(i)*time.Second
		s.pass("POST", late-time.Second, late, 200)
	}
	if got := s.row("POST").floor.credit(); got != time.Second {
		t.Fatalf("credit %v", got)
	}
	wantNext(t, s, time.Minute, 1, time.Hour+slotSlack)
}

func TestFloorForgets(t *testing.T) {
	var f floor
	see := func(at, latency time.Duration) {
		for range creditLeast {
			f.observe(latency, moment(at), 10*time.Minute)
		}
	}
	for _, step := range []struct{ at, latency, want time.Duration }{
		{0, 100 * ms, 100 * ms},
		{5 * time.Minute, 200 * ms, 100 * ms},
		{9 * time.Minute, 300 * ms, 100 * ms},
		{11 * time.Minute, 300 * ms, 200 * ms},
		{16 * time.Minute, 400 * ms, 300 * ms},
		{time.Hour, 500 * ms, 500 * ms},
	} {
		see(step.at, step.latency)
		if got := f.credit(); got != step.want {
			t.Errorf("at %v: %v, want %v", step.at, got, step.want)
		}
	}
	f.observe(time.Second, moment(2*time.Hour), 10*time.Minute)
	if got := f.credit(); got != 0 {
		t.Errorf("one latency is enough for %v", got)
	}
}

func TestSlotsDoNotGrow(t *testing.T) {
	s := newSlots(time.Second)
	for i := range 100_000 {
		at := time.Duration(i) * 10 * ms
		if next, ok := s.next(moment(at), 200); !ok || next.After(moment(at)) {
			t.Fatalf("request %d finds no slot", i)
		}
		s.pass("POST", at, at+50*ms, 200)
	}
	if n := cap(s.row("POST").stays); n > 1000 {
		t.Errorf("room for %d stays is kept for 200 slots", n)
	}
}
