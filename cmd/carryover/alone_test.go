package main

import (
	"runtime"
	"testing"
	"time"

	"carryover/migrate/clerk"
)

func TestAlone(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	tests := []struct {
		name     string
		limit    clerk.Limit
		embedded bool
		want     int // processors between begin and end
	}{
		{"Clerk's limit", clerk.Limit{N: 1000, Window: 10 * time.Second}, false, 1},
		{"a share of a higher one", clerk.Limit{N: 2000, Window: time.Second, Share: 0.5}, false, 1},
		{"a limit that takes more than one", clerk.Limit{N: 2000, Window: time.Second}, false, 3},
		{"no limit", clerk.Limit{}, false, 3},
		{"a sandbox in this process", clerk.Limit{N: 1000, Window: 10 * time.Second}, true, 3},
	}
	for _, test := range tests {
		a := newAlone(test.limit, test.embedded)
		a.begin()
		a.begin() // each outcome
		if got := runtime.GOMAXPROCS(0); got != test.want {
			t.Errorf("%s: %d processors, want %d", test.name, got, test.want)
		}
		a.end()
		if got := runtime.GOMAXPROCS(0); got != 3 {
			t.Errorf("%s: %d processors afterwards, want 3", test.name, got)
		}
	}
}
