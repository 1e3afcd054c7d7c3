package migrate_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

func TestRunCreatesEveryUserOnce(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	summary, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(1000)})
	if err != nil {
		t.Fatal(err)
	}
	if got := summary.Counts[migrate.Created]; got != 1000 {
		t.Errorf("created %d users, want 1000", got)
	}
	for id, n := range api.creates {
		if n != 1 {
			t.Errorf("%s was sent %d times", id, n)
		}
	}
	if len(api.lookUps) != 0 {
		t.Errorf("%d look-ups in create mode, want none", len(api.lookUps))
	}
	again, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(1000)})
	if err != nil || again != (migrate.Summary{}) || api.calls != 1000 {
		t.Errorf("a second run made %d calls and gave %v, %v", api.calls-1000, again, err)
	}
}

func TestRunUpsertLooksUpAHundredAtATime(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	for i := 1; i <= 500; i++ {
		a, _ := api.add(fmt.Sprintf("u%d", 2*i), nil)
		if i%5 == 0 { // a fifth of them is as the file wants it
			a.FirstName, a.Username = "Ada", fmt.Sprintf("ada_%d", 2*i)
		}
	}
	summary, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(1000)})
	if err != nil {
		t.Fatal(err)
	}
	want := [migrate.NumStates]int64{migrate.Created: 500, migrate.Updated: 400, migrate.Unchanged: 100}
	if diff := cmp.Diff(want, summary.Counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if len(api.lookUps) > 11 {
		t.Errorf("%d look-ups for 1000 rows, want at most 11", len(api.lookUps))
	}
}

func TestRunUpdateRejectsMissingUsers(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	_, _ = api.add("u2", nil)
	summary, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.UpdateOnlyMode, API: api, Ledger: ledger, Users: newUsers(3)})
	if err != nil {
		t.Fatal(err)
	}
	if summary.Counts[migrate.Updated] != 1 || summary.Counts[migrate.Rejected] != 2 || len(api.creates) != 0 {
		t.Errorf("counts %v, %d creates", summary.Counts, len(api.creates))
	}
}

// orderedLedger fails the test when a create arrives whose intent is not
// durable.
func TestIntentIsDurableBeforeEachCreate(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	api.onCreate = func(n int, req *migrate.CreateUserRequest) error {
		open, err := ledger.Unfinished(context.Background())
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(open, func(r migrate.Result) bool {
			return r.Key == *req.ExternalID && r.State == migrate.InFlight && r.Action == migrate.Create
		}) {
			t.Errorf("%s was sent without an intent", *req.ExternalID)
		}
		if n == 1 && *req.ExternalID == "u7" {
			return &migrate.Error{Fault: migrate.NotDoneFault, Status: 429}
		}
		return nil
	}
	if _, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(200)}); err != nil {
		t.Fatal(err)
	}
}

func TestCreateWithoutAnswer(t *testing.T) {
	for _, processed := range []bool{true, false} {
		t.Run(fmt.Sprintf("processed=%v", processed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
				api.onCreate = func(n int, req *migrate.CreateUserRequest) error {
					if n > 1 {
						return nil
					}
					if processed {
						_, _ = api.add(*req.ExternalID, req)
					}
					return ambiguous()
				}
				start := time.Now()
				users := newUsers(3)
				summary, err := migrate.Run(t.Context(), migrate.Config{
					Mode: migrate.Upsert, API: api, Ledger: ledger, Users: users, Settle: 20 * time.Second,
				})
				if err != nil || summary.Counts[migrate.Created] != 3 {
					t.Fatalf("%v, %v", summary, err)
				}
				if took := time.Since(start); took < 20*time.Second {
					t.Errorf("looked up after %v, before a request could have ended", took)
				}
				want := map[bool]int{true: 1, false: 2}[processed]
				for id, n := range api.creates {
					if n != want {
						t.Errorf("%s was sent %d times, want %d", id, n, want)
					}
				}
			})
		})
	}
}

// A list that lags behind by more than the settle delay has a create sent
// twice. The second answer is "exists", of whichever identifier comes first,
// and the user is still the row's own.
func TestCreateThatShowsLate(t *testing.T) {
	for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.Upsert} {
		for _, params := range [][]string{{"username"}, {"username", "external_id"}} {
			t.Run(fmt.Sprint(mode, params), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
					api.lag = 20*time.Second + 450*time.Millisecond // the look-ups are spread over seconds
					api.onCreate = func(n int, req *migrate.CreateUserRequest) error {
						if n == 1 {
							_, _ = api.add(*req.ExternalID, req)
							return ambiguous()
						}
						return &migrate.Error{Fault: migrate.ExistsFault, Status: 422, Codes: []string{"form_identifier_exists"}, Params: params}
					}
					var got migrate.Result
					_, err := migrate.Run(t.Context(), migrate.Config{
						Mode: mode, API: api, Ledger: ledger, Users: newUsers(1), Settle: 20 * time.Second,
						Observe: func(r migrate.Result) { got = r },
					})
					if err != nil || got.State != migrate.Created || !got.Reconciled {
						t.Errorf("%v %q, reconciled %v, %v; want created", got.State, got.Code, got.Reconciled, err)
					}
					if n := api.creates["u1"]; n != 2 {
						t.Errorf("sent %d times, want 2", n)
					}
				})
			})
		}
	}
}

func TestExistsIsNeverStraightARejection(t *testing.T) {
	exists := []string{"form_identifier_exists"}
	tests := []struct {
		name   string
		mode   migrate.Mode
		before bool // somebody made the user before the run
		replay bool // our own create is processed, then answered "exists", as after a replay by a proxy
		codes  []string
		want   migrate.State
		code   string
	}{
		{"was there before", migrate.CreateOnlyMode, true, false, exists, migrate.Conflict, "user_exists"},
		{"replayed by a proxy", migrate.Upsert, false, true, exists, migrate.Created, ""},
		{"replayed by a proxy, which has a page of its own", migrate.Upsert, false, true, nil, migrate.Created, ""},
		{"e-mail of somebody else", migrate.CreateOnlyMode, false, false, exists, migrate.Rejected, "identifier_taken"},
		{"refused for a reason that nobody can read", migrate.CreateOnlyMode, false, false, nil, migrate.Rejected, "http_422"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
				if test.before {
					_, _ = api.add("u1", nil)
				}
				api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
					if test.replay {
						_, _ = api.add(*req.ExternalID, req)
					}
					return &migrate.Error{Fault: migrate.ExistsFault, Status: 422, Codes: test.codes}
				}
				var got migrate.Result
				_, err := migrate.Run(t.Context(), migrate.Config{
					Mode: test.mode, API: api, Ledger: ledger, Users: newUsers(1),
					Observe: func(r migrate.Result) { got = r },
				})
				if err != nil || got.State != test.want || got.Code != test.code {
					t.Errorf("%v %q, %v; want %v %q", got.State, got.Code, err, test.want, test.code)
				}
				if len(api.lookUps) == 0 {
					t.Error("it was not looked up")
				}
			})
		})
	}
}

func TestUpdateIsTriedAgainUpToMaxAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		for i := 1; i <= 3; i++ {
			_, _ = api.add(fmt.Sprintf("u%d", i), nil)
		}
		api.onUpdate = func(n int, userID string) error {
			if userID == "user_1" || n < 3 {
				return &migrate.Error{Fault: migrate.TransientFault, Status: 500}
			}
			return nil
		}
		summary, err := migrate.Run(t.Context(), migrate.Config{Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(3)})
		if err != nil {
			t.Fatal(err)
		}
		if summary.Counts[migrate.Ambiguous] != 1 || summary.Counts[migrate.Updated] != 2 || api.updates["user_1"] != 5 {
			t.Errorf("counts %v, user_1 was sent %d times", summary.Counts, api.updates["user_1"])
		}
	})
}

func TestRefusedByRateLimitIsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.onCreate = func(n int, _ *migrate.CreateUserRequest) error {
			if n <= 20 {
				return &migrate.Error{Fault: migrate.NotDoneFault, Status: 429}
			}
			return nil
		}
		summary, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(5),
			Observe: func(r migrate.Result) {
				if r.Attempts != 1 {
					t.Errorf("%s had %d attempts", r.Key, r.Attempts)
				}
			},
		})
		if err != nil || summary.Counts[migrate.Created] != 5 {
			t.Errorf("%v, %v", summary.Counts, err)
		}
	})
}

func TestRejectedRowIsAValue(t *testing.T) {
	api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
	api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
		if *req.ExternalID == "u3" {
			return &migrate.Error{Fault: migrate.RefusedFault, Status: 422, Codes: []string{"form_password_digest_invalid_code"}, Params: []string{"password_digest"}, TraceID: "trace"}
		}
		return nil
	}
	results := map[string]migrate.Result{}
	_, err := migrate.Run(t.Context(), migrate.Config{
		Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(10),
		Observe: func(r migrate.Result) { results[r.Key] = r },
	})
	got := results["u3"]
	if err != nil || got.State != migrate.Rejected || got.Code != "form_password_digest_invalid_code" || got.Field != "password_digest" || got.TraceID != "trace" || got.Status != 422 {
		t.Errorf("%+v, %v", got, err)
	}
	if n := states(t, ledger)[migrate.Created]; n != 9 {
		t.Errorf("%d others were created, want 9", n)
	}
}

func TestClerkRefusesTheKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
		api.latency = 100 * time.Millisecond
		refuse := true
		key := &migrate.Error{Fault: migrate.StopFault, Status: 401, Codes: []string{"clerk_key_invalid"}}
		api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
			if refuse && len(*req.ExternalID) > 2 { // from u10 on
				return key
			}
			return nil
		}
		api.onProbe = func(int) error { return key }
		config := migrate.Config{Mode: migrate.CreateOnlyMode, API: api, Ledger: ledger, Users: newUsers(500), Concurrency: func() int { return 4 }}
		start := time.Now()
		_, err := migrate.Run(t.Context(), config)
		var stop *migrate.StopError
		if !errors.As(err, &stop) || stop.Reason != migrate.StopRefused {
			t.Fatalf("err = %v, want a stop because Clerk refuses", err)
		}
		if api.calls > 9+4+1 || api.probes != 1 {
			t.Errorf("%d requests and %d probes, although the tenth was refused", api.calls, api.probes)
		}
		if took := time.Since(start); took < 5*time.Second || took > 6*time.Second {
			t.Errorf("it stopped after %v: the key that worked is tried once more after 5 s", took)
		}
		if open := states(t, ledger); open[migrate.InFlight]+open[migrate.Ambiguous]+open[migrate.Rejected] != 0 {
			t.Errorf("rows were not given back: %v", open)
		}
		for _, r := range ledger.Results() {
			if r.State.Final() {
				continue
			}
			if r.Attempts != 0 || r.Code != "" {
				t.Errorf("%s: %d attempts, %q: the key is no fault of its own", r.Key, r.Attempts, r.Code)
			}
		}
		refuse = false
		if _, err := migrate.Run(t.Context(), config); err != nil || states(t, ledger)[migrate.Created] != 500 {
			t.Errorf("after the key was mended: %v, %v", states(t, ledger), err)
		}
	})
}
