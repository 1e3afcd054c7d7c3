package clerk

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What a Retry-After may ask for. Less than a second would hammer; more than
// five minutes is more likely a mistake than an order. Where there is no
// usable value, ten seconds is Clerk's own window.
const (
	minRetryAfter     = 1 * time.Second
	maxRetryAfter     = 300 * time.Second
	defaultRetryAfter = 10 * time.Second
)

// ParseRetryAfter returns how long an answer asks its caller to wait
// (RFC 9110, section 10.2.3): whole seconds, or a date, which is read against
// the answer's own Date, since two clocks seldom agree; now stands in where
// there is none.
//
// The result is always between 1 s and 300 s: 10 s where the header is
// missing, unreadable or too large to be a number. Of several headers the
// longest wait counts.
func ParseRetryAfter(header http.Header, now time.Time) time.Duration {
	reference := now
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		reference = date
	}
	longest := time.Duration(0)
	for _, value := range header.Values("Retry-After") {
		longest = max(longest, parseDelay(strings.TrimSpace(value), reference))
	}
	if longest == 0 {
		return defaultRetryAfter
	}
	return longest
}

// parseDelay reads one value; 0 where it cannot be read.
func parseDelay(value string, reference time.Time) time.Duration {
	if isDigits(value) {
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return 0
		}
		// Compared as seconds: as a Duration a large number would overflow
		// and come out negative.
		if seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return max(minRetryAfter, time.Duration(seconds)*time.Second)
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(reference), minRetryAfter), maxRetryAfter)
}

// isDigits reports whether s is one or more ASCII digits: strconv would also
// take a sign, which the RFC does not.
func isDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}
