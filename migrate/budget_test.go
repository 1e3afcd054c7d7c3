package migrate

import (
	"testing"
	"time"
)

// retries takes from the budget until it has no more, at most most times.
func (b *budget) retries(now time.Time, cost, most int) int {
	for n := range most {
		if !b.take(now, cost) {
			return n
		}
	}
	return most
}

func TestBudgetIsABucket(t *testing.T) {
	for cost, want := range map[int]int{retryCost: 100, timeoutCost: 50} {
		var b budget
		if got := b.retries(start, cost, 1000); got != want {
			t.Errorf("%d retries at %d tokens from a full bucket, want %d", got, cost, want)
		}
		if !b.empty(cost) || b.retries(at(time.Hour), cost, 1) != 0 {
			t.Error("time alone fills the bucket")
		}
		for range cost - 1 {
			b.succeeded()
		}
		if b.retries(at(time.Hour), cost, 1) != 0 {
			t.Error("too few successes pay for a retry")
		}
		b.succeeded()
		if b.retries(at(time.Hour), cost, 2) != 1 {
			t.Errorf("%d successes do not pay for one retry", cost)
		}
	}
	var b budget
	for range 10_000 {
		b.succeeded()
	}
	if got := b.retries(start, retryCost, 1000); got != 100 {
		t.Errorf("the bucket overflows: %d retries", got)
	}
}

func TestBudgetIsATenthOfTwoMinutes(t *testing.T) {
	var b budget
	send := func(n int, when time.Time) {
		for range n {
			b.sent(when)
			b.succeeded()
		}
	}
	refill := func() { b.spent = 0 }
	now := start
	for range 24 { // four minutes at 200 a second, of which two count
		send(2000, now)
		now = now.Add(10 * time.Second)
	}
	got := 0
	for range 40 {
		got += b.retries(now, retryCost, 100)
		refill()
	}
	if want := 11 * 2000 / 10; got != want { // its own ten seconds are empty
		t.Errorf("%d retries, want a tenth of %d requests", got, 11*2000)
	}
	now = now.Add(2 * time.Minute)
	got = 0
	for range 3 {
		got += b.retries(now, retryCost, 1000)
		refill()
	}
	if got != retryLeast {
		t.Errorf("%d retries with no other request, want %d", got, retryLeast)
	}
	if b.retries(now.Add(time.Minute), retryCost, 1) != 0 || b.retries(now.Add(2*time.Minute), retryCost, 1) != 1 {
		t.Error("the window does not move")
	}
}

func TestWhatARetryCosts(t *testing.T) {
	timeout := &Error{Fault: TransientFault, Environment: true, Err: errDeadline}
	for _, test := range []struct {
		err  *Error
		want int
	}{
		{&Error{Fault: NotDoneFault, Status: 429}, 0},
		{&Error{Fault: NotDoneFault, Environment: true}, 0},
		{&Error{Fault: StopFault, Status: 401}, 0},
		{&Error{Fault: TransientFault, Status: 502, Environment: true}, retryCost},
		{&Error{Fault: AmbiguousFault, Status: 500, Environment: true}, retryCost},
		{timeout, timeoutCost},
	} {
		if got := test.err.retryCost(); got != test.want {
			t.Errorf("%v: %d, want %d", test.err, got, test.want)
		}
	}
}
