package migrate_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

const totpSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

// A clerkOfCodes takes codes by a clock that may differ from ours.
type clerkOfCodes struct {
	now   func() time.Time // its clock
	held  func()           // on the way of each code
	asked []string         // codes
	fail  []error          // of the first questions about a password
	tried int
}

func (c *clerkOfCodes) VerifyPassword(_ context.Context, _ string, password migrate.Secret) (migrate.Verification, error) {
	if c.tried++; c.tried <= len(c.fail) {
		return 0, c.fail[c.tried-1]
	}
	if password.Reveal() != "right" {
		return migrate.Incorrect, nil
	}
	return migrate.Correct, nil
}

func (c *clerkOfCodes) VerifyTOTP(_ context.Context, _ string, code migrate.Secret) (migrate.Verification, error) {
	c.asked = append(c.asked, code.Reveal())
	if c.held != nil {
		c.held()
	}
	if code != migrate.TOTPCode(totpSecret, c.now()) {
		return migrate.Incorrect, nil
	}
	return migrate.Correct, nil
}

// A code is that of the moment; near an edge of its step the other side of the
// edge is tried as well, and one that was held up is followed by a new one.
func TestCodeOfTheMoment(t *testing.T) {
	for _, tt := range []struct {
		name      string
		into, off time.Duration // of our clock into its step; Clerk's clock before ours
		held      time.Duration // on the way of the first code
		codes     int
		ok        bool
	}{
		{"in time", 15 * time.Second, 0, 0, 1, true},
		{"Clerk is ahead, near the end", 25 * time.Second, 10 * time.Second, 0, 2, true},
		{"Clerk is behind, near the beginning", 5 * time.Second, -10 * time.Second, 0, 2, true},
		{"a clock that is wrong", 15 * time.Second, time.Hour, 0, 1, false},
		{"a wrong clock near the end", 25 * time.Second, time.Hour, 0, 2, false},
		{"held up for a minute", 15 * time.Second, 0, time.Minute, 2, true},
	} {
		now := time.Unix(3_000_000_000, 0).Add(tt.into) // the beginning of a step
		api := &clerkOfCodes{now: func() time.Time { return now.Add(tt.off) }}
		api.held = func() {
			now = now.Add(tt.held)
			tt.held = 0
		}
		q := migrate.Questions{API: api, Now: func() time.Time { return now }}
		s, err := q.Ask(t.Context(), "user_1", migrate.Credentials{Password: "right", TOTPSecret: totpSecret})
		if err != nil || s.OK() != tt.ok || len(api.asked) != tt.codes {
			t.Errorf("%s: %v, %v, with the codes %v; want %v with %d", tt.name, s.OK(), err, api.asked, tt.ok, tt.codes)
		}
	}
}

// Where codes are held up again and again, there is an end to it.
func TestCodesHaveAnEnd(t *testing.T) {
	now := time.Unix(3_000_000_000, 0)
	api := &clerkOfCodes{now: func() time.Time { return now }, held: func() { now = now.Add(time.Minute) }}
	q := migrate.Questions{API: api, Now: func() time.Time { return now }}
	s, err := q.Ask(t.Context(), "user_1", migrate.Credentials{Password: "right", TOTPSecret: totpSecret})
	if err != nil || s.OK() || len(api.asked) != 3 {
		t.Errorf("%v, %v after %d codes", s.OK(), err, len(api.asked))
	}
}

// A code that a person has typed is sent as it is, and once; both questions are
// asked, whatever the first one brings.
func TestTypedCode(t *testing.T) {
	api := &clerkOfCodes{now: time.Now}
	s, err := migrate.Questions{API: api}.Ask(t.Context(), "user_1", migrate.Credentials{Password: "wrong", TOTPCode: "not it"})
	if err != nil || s.OK() || s.Password != migrate.Incorrect || s.TOTP != migrate.Incorrect || !slices.Equal(api.asked, []string{"not it"}) {
		t.Errorf("%+v, %v, codes %v", s, err, api.asked)
	}
}

// An outage is waited out, up to its limit; what is about the user ends the
// question; what is about all users ends all questions.
func TestQuestionsDuringAnOutage(t *testing.T) {
	down := &migrate.Error{Fault: migrate.TransientFault, Status: 503, Environment: true}
	limited := &migrate.Error{Fault: migrate.NotDoneFault, Status: 429}
	for _, tt := range []struct {
		name   string
		fail   []error
		reason migrate.StopReason
		code   string
	}{
		{"down for a while", []error{down, down, limited, down}, "", ""},
		{"down for long", slices.Repeat([]error{down}, 100), migrate.StopOutage, ""},
		{"limited for long", slices.Repeat([]error{limited}, 100), migrate.StopLimited, ""},
		{"the key", []error{&migrate.Error{Fault: migrate.StopFault, Status: 401}}, migrate.StopRefused, ""},
		{"cannot tell", []error{&migrate.Error{Fault: migrate.RefusedFault, Status: 422, Codes: []string{"odd"}}}, "", "odd"},
		{"locked", []error{&migrate.Error{Fault: migrate.TransientFault, Status: 423}}, "", "http_423"},
	} {
		synctest.Test(t, func(t *testing.T) {
			api := &clerkOfCodes{now: time.Now, fail: tt.fail}
			var told []string
			began := time.Now()
			q := migrate.Questions{API: api, MaxOutage: 5 * time.Minute, Waiting: func(why string) { told = append(told, why) }}
			s, err := q.Ask(t.Context(), "user_1", migrate.Credentials{Password: "right"})
			var stop *migrate.StopError
			switch errors.As(err, &stop); {
			case tt.reason != "" && (stop == nil || stop.Reason != tt.reason):
				t.Errorf("%s: %v, want %s", tt.name, err, tt.reason)
			case tt.reason == "" && err != nil:
				t.Errorf("%s: %v", tt.name, err)
			case tt.code != "" && (s.OK() || s.Err().Code() != tt.code):
				t.Errorf("%s: %v", tt.name, s.Err())
			case tt.reason == "" && tt.code == "" && !s.OK():
				t.Errorf("%s: %+v", tt.name, s)
			}
			if took := time.Since(began); took > 5*time.Minute {
				t.Errorf("%s: it took %s", tt.name, took)
			}
			if len(tt.fail) > 1 && (len(told) != 2 || !strings.HasPrefix(told[0], "Clerk cannot be reached") || told[1] != "") {
				t.Errorf("%s: said %q", tt.name, told)
			}
		})
	}
}

func TestQuestionsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	down := &migrate.Error{Fault: migrate.TransientFault, Status: 503, Environment: true}
	q := migrate.Questions{API: &clerkOfCodes{fail: slices.Repeat([]error{down}, 100)}, Waiting: func(string) { cancel() }}
	_, err := q.Ask(ctx, "user_1", migrate.Credentials{Password: "right"})
	var stop *migrate.StopError
	if !errors.As(err, &stop) || stop.Reason != migrate.StopAsked {
		t.Errorf("%v", err)
	}
}
