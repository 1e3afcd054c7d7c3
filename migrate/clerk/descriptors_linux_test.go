package clerk

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// descriptors counts what this process has open.
func descriptors(t *testing.T) int {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this machine does not show what is open")
	}
	return len(open)
}

// A thousand runs, each with a client of its own and half of them cut short by a
// refusal, leave no connection and no goroutine (T27).
func TestNothingIsLeftOpen(t *testing.T) {
	const runs, atOnce = 1000, 50
	box, err := sandbox.New(sandbox.Config{JournalSize: -1})
	if err != nil {
		t.Fatal(err)
	}
	url, err := box.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = box.Close() }()
	var files, goroutines int
	for batch := range runs / atOnce {
		refused := batch % 2
		if err := box.SetFaults([]sandbox.Fault{{Name: "401", Method: "POST", Probability: float64(refused)}}); err != nil {
			t.Fatal(err)
		}
		box.Reset()
		var group sync.WaitGroup
		for i := range atOnce {
			group.Go(func() {
				if stopped := reason(runOnce(t, url, i)) == migrate.StopRefused; stopped != (refused == 1) {
					t.Errorf("a run of batch %d: stopped %v", batch, stopped)
				}
			})
		}
		group.Wait()
		if batch == 1 {
			time.Sleep(100 * time.Millisecond)
			files, goroutines = descriptors(t), runtime.NumGoroutine()
		}
	}
	// The server's side of a connection ends a little later than the client's.
	for range 100 {
		if descriptors(t) <= files && runtime.NumGoroutine() <= goroutines {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("after %d runs %d files are open, after the first it was %d; %d goroutines run, it was %d",
		runs, descriptors(t), files, runtime.NumGoroutine(), goroutines)
}

// runOnce creates the i-th person and closes all behind it.
func runOnce(t *testing.T, url string, i int) error {
	c, err := New(Config{BaseURL: url, Key: testKey})
	if err != nil {
		t.Error(err)
		return err
	}
	defer c.Close()
	_, err = migrate.Run(t.Context(), migrate.Config{
		Mode: migrate.CreateOnlyMode, API: c, Ledger: migrate.NewMemoryLedger(), Drain: c.Drain, Recall: c.Recall, Gates: c.Gates,
		Users: func(yield func(*migrate.User, error) bool) {
			for u := range people(i + 1) {
				if u.Row == int64(i+1) {
					yield(u, nil)
				}
			}
		},
	})
	return err
}
