package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
)

// What a run says four times a second becomes an event for each reason, however
// the numbers in it change.
func TestWaitsBecomeEvents(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0).UTC() }
	var w waits
	var got []migrate.Event
	for second, why := range []string{
		"", "Clerk asked for 2 s", "Clerk asked for 2 s", "going on slowly at first: 20 %", "going on slowly at first: 55 %", "",
		"", "Clerk cannot be reached (GET /users: no answer); asking again", "Clerk cannot be reached (GET /users: status 502, trace ab12); asking again", "",
	} {
		if event, over := w.note(why, at(second)); over {
			got = append(got, event)
		}
	}
	want := []migrate.Event{
		{From: at(1), To: at(3), Text: "Clerk asked for 2 s"},
		{From: at(3), To: at(5), Text: "going on slowly at first: 20 %"},
		{From: at(7), To: at(9), Text: "Clerk cannot be reached (GET /users: no answer); asking again"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
