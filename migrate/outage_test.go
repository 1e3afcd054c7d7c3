package migrate_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// stopReason returns why a run stopped; "" where it did not.
func stopReason(err error) migrate.StopReason {
	var stop *migrate.StopError
	if errors.As(err, &stop) {
		return stop.Reason
	}
	return ""
}

// An outage is a Clerk that is away at times: requests are not sent, or not
// answered, as fault says.
type outage struct {
	api   *fakeClerk
	start time.Time
	away  func(since time.Duration) bool
	fault migrate.Fault

	requests []time.Time // of rows, into the outage
	probes   []time.Time
}

func newOutage(fault migrate.Fault, away func(time.Duration) bool) *outage {
	o := &outage{api: newFakeClerk(), start: time.Now(), away: away, fault: fault}
	o.api.latency = 100 * time.Millisecond
	answer := func(list *[]time.Time) error {
		o.api.mu.Lock()
		defer o.api.mu.Unlock()
		if !o.away(time.Since(o.start)) {
			return nil
		}
		*list = append(*list, time.Now())
		return &migrate.Error{Fault: fault, Environment: true, Err: io.ErrUnexpectedEOF}
	}
	o.api.onCreate = func(int, *migrate.CreateUserRequest) error { return answer(&o.requests) }
	o.api.onUpdate = func(int, string) error { return answer(&o.requests) }
	o.api.onLookUp = func(int) error { return answer(&o.requests) }
	o.api.onProbe = func(int) error { return answer(&o.probes) }
	return o
}

// checkProbes wants no two probes of an outage within a second.
func (o *outage) checkProbes(t *testing.T) {
	t.Helper()
	for i := 1; i < len(o.probes); i++ {
		if apart := o.probes[i].Sub(o.probes[i-1]); apart < time.Second {
			t.Errorf("probes %d and %d are %v apart", i-1, i, apart)
		}
	}
}

func TestOutageThatEnds(t *testing.T) {
	for name, fault := range map[string]migrate.Fault{"refused": migrate.NotDoneFault, "no answer": migrate.AmbiguousFault} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOutage(fault, func(since time.Duration) bool { return since > time.Second && since < 31*time.Second })
				var why []string
				summary, err := migrate.Run(t.Context(), migrate.Config{
					Mode: migrate.Upsert, API: o.api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(2000),
					Waiting: func(now string) { why = append(why, now) },
					Observe: func(r migrate.Result) {
						if most := map[migrate.Fault]int{migrate.NotDoneFault: 1, migrate.AmbiguousFault: 2}[fault]; r.Attempts > most {
							t.Errorf("%s had %d attempts", r.Key, r.Attempts)
						}
					},
				})
				if err != nil || summary.Counts[migrate.Created] != 2000 {
					t.Errorf("%v, %v", summary.Counts, err)
				}
				told := strings.Join(why, "|")
				if want := regexp.MustCompile(`^(Clerk cannot be reached \([^|)]+\); asking again\|)+Clerk is back; going on slowly at first\|`); !want.MatchString(told) {
					t.Errorf("told %q", told)
				}
				if fault == migrate.AmbiguousFault && !strings.Contains(told, " rows wait to be looked up or sent again") {
					t.Errorf("told %q, and not that rows wait", told)
				}
				o.checkProbes(t)
				// What was in flight when it opened may fail; nothing else is sent.
				if n := len(o.requests); n > 20+2*16 {
					t.Errorf("%d requests into the outage", n)
				}
				if n := len(o.probes); n < 4 || n > 5 {
					t.Errorf("%d probes in 30 s, want one after 1, 2, 4 … s", n)
				}
			})
		})
	}
}

func TestOutageThatDoesNotEnd(t *testing.T) {
	for _, most := range []time.Duration{0, 2 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			down := true
			o := newOutage(migrate.NotDoneFault, func(since time.Duration) bool { return down && since > time.Second })
			ledger := migrate.NewMemoryLedger()
			config := migrate.Config{Mode: migrate.CreateOnlyMode, API: o.api, Ledger: ledger, Users: newUsers(2000), MaxOutage: most}
			_, err := migrate.Run(t.Context(), config)
			if stopReason(err) != migrate.StopOutage {
				t.Fatalf("err = %v", err)
			}
			want := max(most, 15*time.Minute*map[bool]time.Duration{true: 1}[most == 0]) + time.Second
			if took := time.Since(o.start); took < want || took > want+5*time.Second {
				t.Errorf("gave up after %v, want %v", took, want)
			}
			o.checkProbes(t)
			if n := len(o.requests) + len(o.probes); n > 80 {
				t.Errorf("%d requests into the outage", n)
			}
			left, err := ledger.Unfinished(t.Context())
			for _, r := range left {
				if r.State != migrate.Retry || r.Attempts != 0 {
					t.Errorf("%s is %v after %d attempts, %v", r.Key, r.State, r.Attempts, err)
				}
			}
			down = false
			if _, err := migrate.Run(t.Context(), config); err != nil || len(o.api.users) != 2000 {
				t.Errorf("afterwards: %d users, %v", len(o.api.users), err)
			}
		})
	}
}

// A Clerk that comes and goes each second gets few requests, and no row pays
// for it with more than it has.
func TestFlapping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutage(migrate.NotDoneFault, func(since time.Duration) bool { return since.Truncate(time.Second)%(2*time.Second) == 0 })
		ledger := migrate.NewMemoryLedger()
		_, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.CreateOnlyMode, API: o.api, Ledger: ledger, Users: newUsers(2000),
			Observe: func(r migrate.Result) {
				if r.Attempts > 1 || r.State == migrate.Rejected {
					t.Errorf("%s is %v after %d attempts", r.Key, r.State, r.Attempts)
				}
			},
		})
		if err != nil && stopReason(err) != migrate.StopOutage {
			t.Error(err)
		}
		o.checkProbes(t)
		t.Logf("%d users, %d requests and %d probes while away, in %v, %v", len(o.api.users), len(o.requests), len(o.probes), time.Since(o.start), err)
	})
}

// While Clerk is away, look-ups stop too: they are cut and made again.
func TestLookUpsStopInAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOutage(migrate.TransientFault, func(since time.Duration) bool { return since < time.Minute })
		for i := range 200 {
			_, _ = o.api.add(newID(2*i+1), nil)
		}
		o.api.onUpdate = nil
		summary, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: o.api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(400),
		})
		if err != nil || summary.Counts[migrate.Created]+summary.Counts[migrate.Updated] != 400 {
			t.Errorf("%v, %v", summary.Counts, err)
		}
		o.checkProbes(t)
		if n := len(o.requests); n > 25 {
			t.Errorf("%d look-ups into the outage", n)
		}
	})
}

// An update that may have been made is not sent again once an outage has lasted
// so long that the user may have changed meanwhile; who has not is updated.
func TestUpdatesInDoubtThroughAnOutage(t *testing.T) {
	for _, reapply := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			o := newOutage(migrate.TransientFault, func(since time.Duration) bool { return since > time.Minute && since < 13*time.Minute })
			o.api.onLookUp, o.api.onCreate = nil, nil
			for i := range 40 {
				_, _ = o.api.add(newID(i+1), nil)
			}
			time.Sleep(time.Minute + time.Second)
			time.AfterFunc(5*time.Minute, func() {
				o.api.mu.Lock()
				defer o.api.mu.Unlock()
				mine := o.api.users[newID(1)]
				mine.FirstName, mine.UpdatedAt = "Changed", time.Now()
			})
			results := map[string]migrate.Result{}
			_, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.Upsert, API: o.api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(40), Reapply: reapply,
				Observe: func(r migrate.Result) { results[r.Key] = r },
			})
			if err != nil || len(results) != 40 {
				t.Fatalf("%d results, %v", len(results), err)
			}
			for key, r := range results {
				confirmed := key == newID(1) && !reapply
				if r.State != migrate.Updated || r.Reconciled != confirmed || (r.Code == migrate.ConfirmedCode) != confirmed {
					t.Errorf("reapply %v: %+v", reapply, r)
				}
				if later := o.api.users[key].UpdatedAt.After(r.UpdatedAt); later != confirmed {
					t.Errorf("reapply %v: changed since our write: %v: %+v", reapply, later, r)
				}
			}
			if got, want := o.api.users[newID(1)].FirstName, map[bool]string{false: "Changed", true: "Ada"}[reapply]; got != want {
				t.Errorf("reapply %v: what the user changed is %q now, want %q", reapply, got, want)
			}
		})
	}
}
