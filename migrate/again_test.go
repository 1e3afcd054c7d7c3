package migrate_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

// answers make the n-th request fail with the n-th error, and later ones
// succeed.
func answers(errs ...error) func(n int) error {
	return func(n int) error {
		if n <= len(errs) {
			return errs[n-1]
		}
		return nil
	}
}

func repeat(err error, n int) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

func fault(f migrate.Fault, status int) error {
	return &migrate.Error{Fault: f, Status: status, Environment: status >= 500 || status == 0, Codes: []string{fmt.Sprintf("code_%d", status)}}
}

// What comes of one update by the answers to it (reliability 3).
func TestUpdatesByTheirAnswers(t *testing.T) {
	busy, locked, early, garbled, down := fault(migrate.TransientFault, 409), fault(migrate.TransientFault, 423),
		fault(migrate.TransientFault, 425), fault(migrate.TransientFault, 200), fault(migrate.TransientFault, 502)
	tests := []struct {
		name    string
		answers []error
		want    migrate.State
		code    string
		sent    int
	}{
		{"conflict, then done", repeat(busy, 4), migrate.Updated, "", 5},
		{"conflict for ever", repeat(busy, 9), migrate.Rejected, "code_409", 5},
		{"locked three times", repeat(locked, 3), migrate.Updated, "", 4},
		{"locked for ever", repeat(locked, 9), migrate.Rejected, "code_423", 4},
		{"too early", repeat(early, 4), migrate.Updated, "", 5},
		{"too early for ever", repeat(early, 9), migrate.Retry, "code_425", 5},
		{"not readable twice", repeat(garbled, 2), migrate.Updated, "", 3},
		{"never readable", repeat(garbled, 9), migrate.Ambiguous, "code_200", 3},
		{"down for ever", repeat(down, 9), migrate.Ambiguous, "code_502", 5},
		{"perhaps made, then conflict for ever", append([]error{down}, repeat(busy, 9)...), migrate.Ambiguous, "code_409", 5},
		{"not sent, many times", repeat(fault(migrate.NotDoneFault, 0), 9), migrate.Updated, "", 10},
		{"too many requests, many times", repeat(fault(migrate.NotDoneFault, 429), 9), migrate.Updated, "", 10},
		{"maintenance, many times", repeat(fault(migrate.NotDoneFault, 503), 9), migrate.Updated, "", 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeClerk()
				_, _ = api.add(newID(1), nil)
				answer := answers(test.answers...)
				api.onUpdate = func(n int, _ string) error { return answer(n) }
				var got migrate.Result
				_, err := migrate.Run(t.Context(), migrate.Config{
					Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(1),
					Observe: func(r migrate.Result) { got = r },
				})
				if err != nil || got.State != test.want || got.Code != test.code || api.updates["user_1"] != test.sent {
					t.Errorf("%v %q after %d requests, %v; want %v %q after %d", got.State, got.Code, api.updates["user_1"], err, test.want, test.code, test.sent)
				}
			})
		})
	}
}

// The same of one create. What cannot be known at once is looked up.
func TestCreatesByTheirAnswers(t *testing.T) {
	lost := fault(migrate.AmbiguousFault, 504)
	tests := []struct {
		name    string
		answers []error
		want    migrate.State
		code    string
		sent    int
	}{
		{"too early", repeat(fault(migrate.TransientFault, 425), 2), migrate.Created, "", 3},
		{"locked", repeat(fault(migrate.RefusedFault, 423), 1), migrate.Rejected, "code_423", 1},
		{"no answer, and not made, four times", repeat(lost, 4), migrate.Created, "", 5},
		{"no answer, and not made, for ever", repeat(lost, 9), migrate.Retry, "code_504", 5},
		{"not sent, many times", repeat(fault(migrate.NotDoneFault, 0), 9), migrate.Created, "", 10},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				api := newFakeClerk()
				answer := answers(test.answers...)
				api.onCreate = func(n int, _ *migrate.CreateUserRequest) error { return answer(n) }
				var got migrate.Result
				_, err := migrate.Run(t.Context(), migrate.Config{
					Mode: migrate.CreateOnlyMode, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(1),
					Observe: func(r migrate.Result) { got = r },
				})
				if err != nil || got.State != test.want || got.Code != test.code || api.creates[newID(1)] != test.sent {
					t.Errorf("%v %q after %d requests, %v; want %v %q after %d", got.State, got.Code, api.creates[newID(1)], err, test.want, test.code, test.sent)
				}
			})
		})
	}
}

// A row gets eight requests in all runs together. Then it is rejected, but only
// once it is known that its create was not processed, and an update that may
// have been made is looked at first.
func TestAttemptsOfAllRuns(t *testing.T) {
	for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.Upsert} {
		synctest.Test(t, func(t *testing.T) {
			api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			if mode == migrate.Upsert { // an update then
				_, _ = api.add(newID(1), nil)
			}
			time.Sleep(time.Minute)
			api.onCreate = func(int, *migrate.CreateUserRequest) error { return fault(migrate.AmbiguousFault, 502) }
			api.onUpdate = func(int, string) error { return fault(migrate.TransientFault, 502) }
			config := migrate.Config{Mode: mode, API: api, Ledger: ledger, Users: newUsers(1)}
			sent := func() int { return api.creates[newID(1)] + api.updates["user_1"] }
			for run, want := range []int{5, 8, 8, 8} {
				if _, err := migrate.Run(t.Context(), config); err != nil {
					t.Fatal(err)
				}
				if sent() != want {
					t.Errorf("%v, run %d: %d requests, want %d", mode, run+1, sent(), want)
				}
			}
			got := ledger.Results()[0]
			if got.State != migrate.Rejected || got.Code != "attempts_exhausted" || got.Attempts != 8 {
				t.Errorf("%v: %+v", mode, got)
			}
			// Whoever mends the cause sends it again.
			api.onCreate, api.onUpdate = nil, nil
			config.Reopen = ledger.Results()
			if _, err := migrate.Run(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			if got := ledger.Results()[0]; !got.State.Good() || got.Attempts != 1 || sent() != 9 {
				t.Errorf("%v: %+v after %d requests", mode, got, sent())
			}
		})
	}
}

// The answer of another user is proof that answers are mixed up: nothing more
// may be believed. The row may have been made.
func TestMixedAnswersStopTheRun(t *testing.T) {
	for _, mode := range []migrate.Mode{migrate.CreateOnlyMode, migrate.Upsert} {
		synctest.Test(t, func(t *testing.T) {
			api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			api.latency = 50 * time.Millisecond
			if mode == migrate.Upsert {
				for i := range 200 {
					_, _ = api.add(newID(i+1), nil)
				}
			}
			api.onCreate = func(_ int, req *migrate.CreateUserRequest) error {
				if *req.ExternalID == newID(30) {
					return &migrate.Error{Fault: migrate.MixedFault, Status: 200}
				}
				return nil
			}
			api.onUpdate = func(_ int, userID string) error {
				if userID == "user_30" {
					return &migrate.Error{Fault: migrate.MixedFault, Status: 200}
				}
				return nil
			}
			_, err := migrate.Run(t.Context(), migrate.Config{Mode: mode, API: api, Ledger: ledger, Users: newUsers(200)})
			if stopReason(err) != migrate.StopMixed {
				t.Fatalf("%v: %v", mode, err)
			}
			if got := ledger.Results()[29]; got.State != migrate.Ambiguous || got.Attempts != 1 {
				t.Errorf("%v: %+v", mode, got)
			}
			if n := len(api.creates) + len(api.updates); n > 30+2*16 {
				t.Errorf("%v: %d requests", mode, n)
			}
		})
	}
}

// Clerk that makes every request wait, again and again, ends the run; a single
// row that gets through shows that it is worth waiting.
func TestGatesWithoutProgress(t *testing.T) {
	for _, test := range []struct {
		name   string
		passes func(n int) bool
		reason migrate.StopReason
	}{
		{"none gets through", func(int) bool { return false }, migrate.StopLimited},
		{"one in eight does", func(n int) bool { return n%8 == 0 }, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			api, n := newFakeClerk(), 0
			api.onCreate = func(int, *migrate.CreateUserRequest) error {
				if n++; test.passes(n) {
					return nil
				}
				return &migrate.Error{Fault: migrate.NotDoneFault, Status: 429, RetryAfter: time.Second}
			}
			recalled := 0
			_, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.CreateOnlyMode, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(20),
				Concurrency: func() int { return 1 }, Gates: func() int64 { return int64(n) }, Recall: func() { recalled++ },
			})
			if stopReason(err) != test.reason {
				t.Errorf("%s: %v", test.name, err)
			}
			if test.reason != "" && n != 11 {
				t.Errorf("%s: stopped after %d gates", test.name, n)
			}
			if recalled == 0 {
				t.Errorf("%s: those that wait for a gate are not called back", test.name)
			}
		})
	}
}

// A disappointed budget makes rows wait; it does not fail them while others
// still get through.
func TestRetriesWaitForTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		api := newFakeClerk()
		api.latency = 100 * time.Millisecond
		for i := range 4000 {
			_, _ = api.add(newID(i+1), nil)
		}
		var retries []time.Time
		api.onUpdate = func(n int, userID string) error {
			if n > 1 {
				api.mu.Lock()
				retries = append(retries, time.Now())
				api.mu.Unlock()
			} else if len(userID)%2 == 0 && userID[len(userID)-1] < '4' { // two in five, here and there
				return fault(migrate.TransientFault, 502)
			}
			return nil
		}
		summary, err := migrate.Run(t.Context(), migrate.Config{
			Mode: migrate.Upsert, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(4000),
			Concurrency: func() int { return 8 },
		})
		if err != nil {
			t.Fatal(err)
		}
		updated, left := summary.Counts[migrate.Updated], summary.Counts[migrate.Ambiguous]
		if updated+left != 4000 || summary.Counts[migrate.Rejected] != 0 {
			t.Errorf("%v", summary.Counts)
		}
		if n := len(retries); n < 100 || int64(n) > 100+updated/5 {
			t.Errorf("%d retries beside %d successes", n, updated)
		}
		t.Logf("%d updated, %d left for the next run, %d retries", updated, left, len(retries))
	})
}

func TestSystematicRejections(t *testing.T) {
	refused := func(status int, code string) error {
		return &migrate.Error{Fault: migrate.RefusedFault, Status: status, Codes: []string{code}}
	}
	for _, test := range []struct {
		name   string
		answer func(i int) error
		reason migrate.StopReason
		most   int
	}{
		{"one code from the start", func(int) error { return refused(422, "a") }, migrate.StopRejects, 20},
		{"many codes from the start", func(i int) error { return refused(422, fmt.Sprint(i%3)) }, migrate.StopRejects, 50},
		{"forbidden from the start", func(i int) error { return refused(403, fmt.Sprint(i)) }, migrate.StopRefused, 10},
		{"a code among good rows", func(i int) error {
			if i%4 == 0 {
				return nil
			}
			return refused(422, "a")
		}, "", 0},
		{"malformed in a row, after good ones", func(i int) error {
			if i < 30 {
				return nil
			}
			return refused(400, "request_body_invalid")
		}, migrate.StopRejects, 50},
		{"bad data in a row, after good ones", func(i int) error {
			if i < 30 {
				return nil
			}
			return refused(422, "a")
		}, "", 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			api, n := newFakeClerk(), 0
			api.onCreate = func(int, *migrate.CreateUserRequest) error {
				n++
				return test.answer(n - 1)
			}
			_, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.CreateOnlyMode, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(200),
				Concurrency: func() int { return 1 },
			})
			if stopReason(err) != test.reason || test.reason != "" && n > test.most+1 {
				t.Errorf("%s: %v after %d requests", test.name, err, n)
			}
		})
	}
}

func TestSeveralCodesAreKept(t *testing.T) {
	api := newFakeClerk()
	api.onCreate = func(int, *migrate.CreateUserRequest) error {
		return &migrate.Error{Fault: migrate.RefusedFault, Status: 422, TraceID: "t", Codes: []string{"form_param_missing", "form_data_missing"}, Params: []string{"phone_number", ""}}
	}
	var got migrate.Result
	_, err := migrate.Run(t.Context(), migrate.Config{
		Mode: migrate.CreateOnlyMode, API: api, Ledger: migrate.NewMemoryLedger(), Users: newUsers(1),
		Observe: func(r migrate.Result) { got = r },
	})
	if want := "Clerk gave several codes: form_param_missing: phone_number, form_data_missing"; err != nil || got.Message != want || got.Code != "form_param_missing" || got.Field != "phone_number" {
		t.Errorf("%+v, %v", got, err)
	}
}

// Nothing is waited for that the wall clock says, and what is written down is
// what it said.
func TestWallClockThatIsSet(t *testing.T) {
	for _, jump := range []time.Duration{time.Hour, -time.Hour, 10 * 365 * 24 * time.Hour, -10 * 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			api.latency = 100 * time.Millisecond
			begin := time.Now()
			wall := func() time.Time {
				if time.Since(begin) > 2*time.Second {
					return time.Now().Add(jump).Round(0)
				}
				return time.Now().Round(0)
			}
			api.onCreate = func(n int, req *migrate.CreateUserRequest) error {
				if n == 1 && slices.Contains([]string{newID(7), newID(390)}, *req.ExternalID) {
					return ambiguous()
				}
				return nil
			}
			summary, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(400), Now: wall, Settle: 20 * time.Second,
			})
			if err != nil || summary.Counts[migrate.Created] != 400 {
				t.Errorf("%v: %v, %v", jump, summary.Counts, err)
			}
			if took := time.Since(begin); took < 22*time.Second || took > 30*time.Second {
				t.Errorf("%v: it took %v", jump, took)
			}
			last := ledger.Results()[389]
			if off := time.Until(last.At); (off - jump).Abs() > time.Minute {
				t.Errorf("%v: written down %v from now", jump, off)
			}
		})
	}
}

// A clock that is set between two runs lets nothing be sent too early.
func TestClockThatIsSetBetweenRuns(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, -10 * 365 * 24 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			api, ledger := newFakeClerk(), migrate.NewMemoryLedger()
			a, _ := api.add(newID(2), nil)
			sent := time.Now()
			a.UpdatedAt = sent.Add(time.Second)
			crashed := []migrate.Result{
				{Row: 1, Key: newID(1), Action: migrate.Create, State: migrate.InFlight, SentAt: sent},
				{Row: 2, Key: newID(2), Action: migrate.Update, State: migrate.InFlight, UserID: a.ID, SentAt: sent},
			}
			if err := ledger.Commit(t.Context(), crashed); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			time.AfterFunc(30*time.Second, func() { _, _ = api.add(newID(1), nil) })
			begin := time.Now()
			_, err := migrate.Run(t.Context(), migrate.Config{
				Mode: migrate.Upsert, API: api, Ledger: ledger, Users: newUsers(2),
				Now: func() time.Time { return time.Now().Add(jump) },
			})
			if err != nil || api.creates[newID(1)] != 0 || api.updates[a.ID] != 0 {
				t.Errorf("%d creates, %d updates, %v", api.creates[newID(1)], api.updates[a.ID], err)
			}
			if took := time.Since(begin); took < time.Minute || took > 2*time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}
