package clerk

import (
	"net/http"
	"testing"
	"time"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for _, tt := range []struct {
		name   string
		values []string
		date   string // the answer's own Date
		want   time.Duration
	}{
		{"seconds", []string{"5"}, "", 5 * time.Second},
		{"white space around", []string{" 5 "}, "", 5 * time.Second},
		{"nothing is at least a second", []string{"0"}, "", time.Second},
		{"missing", nil, "", 10 * time.Second},
		{"empty", []string{""}, "", 10 * time.Second},
		{"negative is no number of the RFC", []string{"-1"}, "", 10 * time.Second},
		{"a sign is none either", []string{"+5"}, "", 10 * time.Second},
		{"a fraction", []string{"1.5"}, "", 10 * time.Second},
		{"a word", []string{"soon"}, "", 10 * time.Second},
		{"the largest", []string{"300"}, "", 300 * time.Second},
		{"an hour", []string{"3600"}, "", 300 * time.Second},
		{"too many seconds for a Duration", []string{"9999999999"}, "", 300 * time.Second},
		{"too large for any number", []string{"99999999999999999999"}, "", 10 * time.Second},
		{"a date", []string{at(7 * time.Second)}, "", 7 * time.Second},
		{"a date, by the server's clock", []string{at(3607 * time.Second)}, at(time.Hour), 7 * time.Second},
		{"a date and a Date that is none", []string{at(7 * time.Second)}, "yesterday", 7 * time.Second},
		{"a date in the past", []string{at(-time.Hour)}, "", time.Second},
		{"a date far off", []string{"Fri, 31 Dec 9999 23:59:59 GMT"}, "", 300 * time.Second},
		{"a date that is none", []string{"Fri, 99 Dec 2026 23:59:59 GMT"}, "", 10 * time.Second},
		{"the longest of two", []string{"3", "8"}, "", 8 * time.Second},
		{"an unreadable one beside", []string{"soon", "8"}, "", 8 * time.Second},
	} {
		header := http.Header{"Retry-After": tt.values}
		if tt.date != "" {
			header.Set("Date", tt.date)
		}
		if got := ParseRetryAfter(header, now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "5", "-1", "1.5", "9999999999", "99999999999999999999", "Mon, 23 Nov 2026 12:00:07 GMT", "Monday, 23-Nov-26 12:00:07 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "\x00"} {
		f.Add(seed, "Mon, 23 Nov 2026 12:00:00 GMT", int64(1795435200))
	}
	f.Fuzz(func(t *testing.T, value, date string, now int64) {
		header := http.Header{"Retry-After": {value}, "Date": {date}}
		got := ParseRetryAfter(header, time.Unix(now, 0))
		if got < minRetryAfter || got > maxRetryAfter {
			t.Errorf("wait of %v for %q", got, value)
		}
	})
}
