package clerk

import (
	"net"
	"net/http"
	"testing"
	"time"
)

// What is in flight is counted from leaving to the end, whatever the end is, and
// only answers have a latency.
func TestInFlightAndLatencies(t *testing.T) {
	arrived, goOn := make(chan bool), make(chan bool)
	c := setup(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- true
		if <-goOn {
			answer(w, 200, `{"id":"user_1"}`)
			return
		}
		hijack(t, w, func(net.Conn) {})
	})
	done := make(chan error)
	for i := range 3 {
		go func() { _, err := c.User(t.Context(), "user_1"); done <- err }()
		<-arrived
		if n := c.InFlight(); n != i+1 {
			t.Errorf("%d in flight, want %d", n, i+1)
		}
	}
	time.Sleep(2 * time.Millisecond) // so that the answers took that long
	for range 3 {
		goOn <- true
	}
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if n := c.InFlight(); n != 0 {
		t.Errorf("%d in flight at the end", n)
	}
	l := c.Latencies()
	stats := c.Stats()
	if got, want := l.Quantile(0.5), stats.Latency.P50; l.Total() != 3 || got < want*8/10 || got > want*12/10 {
		t.Errorf("%d answers, half of them within %v; want %v", l.Total(), got, want)
	}
}

func TestNothingIsInFlightAfterAFailure(t *testing.T) {
	c := setup(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { hijack(t, w, func(net.Conn) {}) })
	_, err := c.User(t.Context(), "user_1")
	if l := c.Latencies(); err == nil || c.InFlight() != 0 || l.Total() != 0 {
		t.Error(err, c.InFlight(), l.Total())
	}
}
