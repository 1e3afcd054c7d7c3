package main

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestNextTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip("this machine has no time zones")
	}
	at := func(text string) time.Time {
		when, err := time.ParseInLocation("2006-01-02 15:04:05", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for _, test := range []struct{ text, now, want string }{
		{"06:00", "2026-11-24 23:10:00", "2026-11-25 06:00:00"},
		{"23:30", "2026-11-24 23:10:00", "2026-11-24 23:30:00"},
		{"23:10", "2026-11-24 23:10:00", "2026-11-25 23:10:00"},
		{"00:00", "2026-12-31 12:00:00", "2027-01-01 00:00:00"},
		{"06:00", "2026-03-28 23:10:00", "2026-03-29 06:00:00"}, // the clocks go forward in between
		{"02:30", "2026-03-28 23:10:00", "2026-03-29 03:30:00"}, // and over it
	} {
		if got, err := nextTime(test.text, at(test.now)); err != nil || !got.Equal(at(test.want)) {
			t.Errorf("%s after %s is %v, %v; want %s", test.text, test.now, got, err, test.want)
		}
	}
	for _, bad := range []string{"", "6:00", "24:00", "06:60", "06:00:00", "-1:00", "06.00", "midnight"} {
		if _, err := nextTime(bad, time.Now()); err == nil {
			t.Errorf("%q is a time of day", bad)
		}
	}
}

func TestWindowEnds(t *testing.T) {
	for _, test := range []struct {
		name  string
		flags windowFlags
		after time.Duration // 0 for never
		why   string
	}{
		{"none", windowFlags{}, 0, ""},
		{"a time", windowFlags{maxDuration: 90 * time.Minute}, 90 * time.Minute, "the time of --max-duration is over"},
		{"a time of day", windowFlags{until: "03:00"}, 3 * time.Hour, "it is 03:00, the time of --until"},
		{"both, the time first", windowFlags{maxDuration: time.Hour, until: "03:00"}, time.Hour, "the time of --max-duration is over"},
		{"both, the time of day first", windowFlags{maxDuration: 4 * time.Hour, until: "03:00"}, 3 * time.Hour, "it is 03:00, the time of --until"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				now := time.Now()
				midnight := time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location())
				time.Sleep(time.Until(midnight))
				ctx, end := test.flags.window(t.Context(), time.Now())
				defer end()
				begin := time.Now()
				select {
				case <-ctx.Done():
				case <-time.After(24*time.Hour - time.Minute):
				}
				var over *windowError
				if test.after == 0 {
					if ctx.Err() != nil {
						t.Errorf("it ended after %v", time.Since(begin))
					}
				} else if took := time.Since(begin); took != test.after || !errors.As(context.Cause(ctx), &over) || over.Error() != test.why {
					t.Errorf("it ended after %v with %v, want %v with %q", took, context.Cause(ctx), test.after, test.why)
				}
			})
		})
	}
}

// The time of day is that of the clock on the wall, also where that is set, or
// the machine has slept.
func TestWaitForClockThatJumps(t *testing.T) {
	for _, test := range []struct{ jump, after time.Duration }{
		{time.Hour, lookAtClock},
		{10 * 365 * 24 * time.Hour, lookAtClock},
		{-time.Hour, 3 * time.Hour},
		{0, 2 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			clock := func() time.Time {
				if time.Since(begin) > time.Hour {
					return time.Now().Add(test.jump)
				}
				return time.Now()
			}
			ended := make(chan struct{})
			ctx, cancel := context.WithCancel(t.Context())
			go waitForClock(ctx, begin.Add(2*time.Hour), clock, func() { close(ended) })
			<-ended
			took := time.Since(begin)
			if test.jump > 0 {
				took -= time.Hour
			}
			if took > test.after+lookAtClock || took < test.after-lookAtClock {
				t.Errorf("set by %v: it ended after %v", test.jump, took)
			}
			cancel()
		})
	}
}
