package clerk

import (
	"flag"
	"math"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// Before a release: -loopback.time=1m -loopback.window=10s, and once more with
// -loopback.latency=1s.
var (
	loopbackTime    = flag.Duration("loopback.time", 4*time.Second, "time of the floods over HTTP")
	loopbackWindow  = flag.Duration("loopback.window", time.Second, "window of the floods over HTTP, for 100 requests a second")
	loopbackLatency = flag.Duration("loopback.latency", 150*time.Millisecond, "median latency of the floods over HTTP")
)

// The same over HTTP, with real clocks: the sandbox refuses nothing, whichever
// way it counts, and its limit is used as far as its latency lets it.
func TestNoRequestIsTooEarlyOverHTTP(t *testing.T) {
	for _, tt := range []struct {
		name   string
		config sandbox.Config
	}{
		{"fixed", sandbox.Config{WindowKind: sandbox.Fixed, Phase: *loopbackWindow / 3}},
		{"sliding", sandbox.Config{WindowKind: sandbox.Sliding}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			limit := Limit{N: int(100 * loopbackWindow.Seconds()), Window: *loopbackWindow}
			tt.config.Latency, tt.config.Sigma = *loopbackLatency, 0.3
			tt.config.Limit, tt.config.Window, tt.config.UserLimit = limit.N, limit.Window, -1
			floodSandbox(t, tt.config, limit)
		})
	}
}

func floodSandbox(t *testing.T, config sandbox.Config, limit Limit) {
	t.Helper()
	box, err := sandbox.New(config)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(box.Handler())
	c := newTestClient(t, Config{BaseURL: server.URL, Limit: limit})
	defer func() {
		c.Close()
		_ = box.Close()
		server.Close()
	}()
	begin := time.Now()
	var all sync.WaitGroup
	for worker := range maxInFlight {
		all.Go(func() {
			for time.Since(begin) < *loopbackTime {
				if worker >= c.Concurrency() {
					time.Sleep(10 * time.Millisecond)
					continue
				}
				if _, err := c.CreateUser(t.Context(), &migrate.CreateUserRequest{}); err != nil {
					e := wantError(t, err)
					if e.Status == 429 {
						t.Error(e)
						return
					}
				}
			}
		})
	}
	all.Wait()
	s := c.Stats()
	// The last of the requests left when the time was over.
	took := c.LastSend().Sub(begin)
	used := float64(s.Requests) / (limit.PerSecond() * took.Seconds())
	// What a window and the mean latency let through; less where others have
	// the processor.
	mean := config.Latency.Seconds() * math.Exp(config.Sigma*config.Sigma/2)
	least := 0.9 * limit.Window.Seconds() / (limit.Window.Seconds() + mean)
	t.Logf("%d requests, %.2f %% of the limit, %d in flight, p50 %v", s.Requests, 100*used, c.Concurrency(), s.Latency.P50)
	if s.ByStatus[429] > 0 || s.Gates > 0 || used < least {
		t.Errorf("%.2f %% of the limit is used, want %.1f %% at least; %d refusals", 100*used, 100*least, s.ByStatus[429])
	}
}
