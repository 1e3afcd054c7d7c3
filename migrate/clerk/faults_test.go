package clerk

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
	"carryover/migrate/sandbox"
)

// stopsFor are the faults that a run stops for where every request meets them,
// whatever the request; an outage may come first.
var stopsFor = map[string]migrate.StopReason{
	"401": migrate.StopRefused, "403": migrate.StopRefused, "redirect": migrate.StopRefused,
	"429-seconds": migrate.StopLimited, "429-date": migrate.StopLimited, "429-garbage": migrate.StopLimited,
	"429-missing": migrate.StopLimited, "429-huge": migrate.StopLimited, "maintenance": migrate.StopLimited,
}

// rejectsFor are those that Clerk gives for single rows, so that rows are
// rejected until there are too many of them.
func rejectsFor(fault, method string) bool {
	return fault == "402" && method != http.MethodGet || fault == "409" && method == http.MethodPatch
}

// Each fault of the sandbox alone, met by every create, update or look-up of
// twenty rows, and then gone: nobody is lost or doubled, the ledger tells the
// truth at every end, and the next run does the rest (T11).
func TestEachFaultAlone(t *testing.T) {
	const rows = 20
	for _, fault := range sandbox.FaultNames() {
		for _, method := range []string{http.MethodPost, http.MethodPatch, http.MethodGet} {
			t.Run(method+" "+fault.Name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond, Sigma: 0.3, Faults: []sandbox.Fault{{Name: fault.Name, Method: method, Probability: 1}}})
					if method == http.MethodPatch {
						s.settleThere(rows)
					}
					_, err := s.run(migrate.Upsert, people(rows))
					s.check(rows)
					want, rejects := stopsFor[fault.Name], rejectsFor(fault.Name, method)
					switch {
					case rejects:
						want = migrate.StopRejects
					case fault.Name == "402":
						want = migrate.StopRefused
					}
					if got := reason(err); got != want && got != migrate.StopOutage {
						t.Errorf("it stopped for %q (%v), want %q", got, err, want)
					}
					if n := s.counts()[migrate.Rejected] + s.counts()[migrate.Conflict]; n > 0 != rejects {
						t.Errorf("%v: is the fault one of the rows?", s.counts())
					}
					if rejects {
						s.reopen()
					}
					s.finish(migrate.Upsert, rows)
				})
			})
		}
	}
}

// reopen makes the next run send rejected rows again.
func (s *stack) reopen() {
	for _, r := range s.ledger.Results() {
		if r.State == migrate.Rejected {
			s.reopened = append(s.reopened, r)
		}
	}
}

// All faults together, at a growing share of the requests. A run finishes or
// stops for a reason; those that follow finish (T11).
func TestMixedFaults(t *testing.T) {
	const rows = 200
	for _, share := range []float64{0.01, 0.05, 0.20, 0.50} {
		for seed := range uint64(3) {
			t.Run(fmt.Sprintf("%g of requests, %d", share, seed), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					var faults []sandbox.Fault
					for _, f := range sandbox.FaultNames() {
						if _, stops := stopsFor[f.Name]; stops && f.Name != "429-seconds" && f.Name != "429-missing" {
							continue // one of them ends a run, which would show little of the others
						}
						faults = append(faults, sandbox.Fault{Name: f.Name})
					}
					for i := range faults {
						faults[i].Probability = share / float64(len(faults))
					}
					s := newStack(t, sandbox.Config{Latency: 50 * time.Millisecond, Sigma: 0.3, Faults: faults, Seed: seed})
					s.settleThere(rows / 2)
					for run := 1; ; run++ {
						_, err := s.run(migrate.Upsert, people(rows))
						if s.check(rows); err != nil && reason(err) == "" {
							t.Fatal(err)
						}
						counts := s.counts()
						done := counts[migrate.Created] + counts[migrate.Updated]
						t.Logf("run %d: %d done, %d rejected, stopped for %q", run, done, counts[migrate.Rejected], reason(err))
						if done+counts[migrate.Rejected] == rows {
							break
						}
						if run == 20 {
							t.Fatal("it does not end")
						}
						time.Sleep(time.Minute)
					}
					s.checkRejected(share)
					s.reopen()
					s.finish(migrate.Upsert, rows)
				})
			})
		}
	}
}

// checkRejected wants rows to have been rejected for no other reason than the
// faults have.
func (s *stack) checkRejected(share float64) {
	s.t.Helper()
	for _, r := range s.ledger.Results() {
		switch {
		case r.State == migrate.Conflict:
			s.t.Errorf("%s is in conflict: %s", r.Key, r.Code)
		case r.State != migrate.Rejected, r.Status == http.StatusPaymentRequired, r.Status == http.StatusConflict:
		case r.Code != "attempts_exhausted" || share < 0.5:
			s.t.Errorf("%s was rejected with %s after %d requests", r.Key, r.Code, r.Attempts)
		}
	}
}
