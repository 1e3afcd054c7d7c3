package profile

import (
	"net/netip"
	"regexp"
	"strings"

	"carryover/source"
)

// kinds are what a value may be: some look like several.
type kinds uint32

const (
	aBoolean kinds = 1 << iota
	aBit           // 0 or 1
	anInteger
	aNumber
	inSeconds // since 1970, of our time
	inMillis
	inMicros
	aTime // any of the following five
	timeRFC3339
	timeZoned   // as SQL writes it, with a zone
	timeNoZone  // likewise, without
	timeDate    // without a time of day
	timeLDAP    // generalized time
	timeDotNet  // /Date(ms)/
	timeByDay   // DD.MM.YYYY and MM/DD/YYYY
	dayFirst    // of these, the day stands first
	monthFirst  //
	aUUID       //
	anEmail     //
	anE164      // a phone number with + and country code
	aPhone      // a phone number of any form
	aURL        //
	anIP        //
	aLocale     //
	anObject    //
	aList       //
	aPHP        // what PHP's serialize wrote
	aLoneSecret // what looks like a key, a token or a digest by itself
	numKinds    = iota
)

var (
	sqlTime     = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:([T ])\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?\s?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?(?::\d\d)?)?$`)
	ldapTime    = regexp.MustCompile(`^\d{12}(?:\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d(?:\d\d)?)$`)
	dotNetTime  = regexp.MustCompile(`^/Date\(-?\d+(?:[+-]\d{4})?\)/$`)
	timeByDays  = regexp.MustCompile(`^(\d{1,2})([./-])(\d{1,2})[./-]\d{4}(?: \d{1,2}:\d\d(?::\d\d)?)?$`)
	number      = regexp.MustCompile(`^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$`)
	uuid        = regexp.MustCompile(`^\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?$`)
	email       = regexp.MustCompile(`^[^\s@<>(),;:"#$]+@[^\s@<>(),;:"]+\.[^\s@<>(),;:".]+$`)
	e164        = regexp.MustCompile(`^\+[1-9]\d{6,14}$`)
	phone       = regexp.MustCompile(`^(?:\+|00|\(?0|\(\d)?[\d ()/.-]{6,22}$`)
	url         = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*://\S+$`)
	locale      = regexp.MustCompile(`^[a-z]{2,3}[-_](?:[A-Z][a-z]{3}[-_])?[A-Z]{2}$`)
	phpText     = regexp.MustCompile(`^(?:a:\d+:\{|s:\d+:"|O:\d+:"|[bid]:\d+;$)`)
	maxClassify = 1024 // bytes of a value that are looked at
)

// classify says what a text may be. It is never both a date and a number.
func classify(text string) kinds {
	if text == "" || len(text) > maxClassify {
		return 0
	}
	var k kinds
	switch c := text[0]; {
	case c >= '0' && c <= '9', c == '-', c == '+', c == '(', c == '/':
		k = classifyDigits(text)
	}
	switch {
	case k&aTime != 0:
		return k
	case isBoolean(text):
		return aBoolean
	case len(text) >= 36 && len(text) <= 38 && uuid.MatchString(text):
		return aUUID
	case strings.IndexByte(text, '@') > 0 && email.MatchString(text):
		return anEmail
	case strings.Contains(text, "://") && url.MatchString(text):
		return aURL
	case len(text) <= 11 && locale.MatchString(text):
		return aLocale
	case strings.ContainsAny(text[:min(2, len(text))], ":") && phpText.MatchString(text):
		return aPHP
	}
	if len(text) <= 45 && strings.ContainsAny(text, ".:") {
		if _, err := netip.ParseAddr(text); err == nil {
			return anIP
		}
	}
	if k == 0 && secretForm(text) {
		return aLoneSecret
	}
	return k
}

func isBoolean(text string) bool {
	if len(text) > len("false") {
		return false
	}
	switch strings.ToLower(text) {
	case "t", "f", "true", "false", "yes", "no":
		return true
	}
	return false
}

// classifyDigits reads what begins as numbers, times and phone numbers do.
func classifyDigits(text string) (k kinds) {
	switch {
	case text[0] == '/':
		if dotNetTime.MatchString(text) {
			return aTime | timeDotNet
		}
		return 0
	case ldapTime.MatchString(text):
		return aTime | timeLDAP
	}
	if k := timeOf(text); k != 0 {
		return k
	}
	if number.MatchString(text) {
		k |= aNumber
		if strings.Trim(text, "0123456789") == "" {
			k |= anInteger | counted(text)
		}
		if text == "0" || text == "1" {
			k |= aBit
		}
	}
	if e164.MatchString(text) {
		k |= anE164 | aPhone
	} else if digits := countDigits(text); digits >= 6 && digits <= 15 && phone.MatchString(text) {
		k |= aPhone
	}
	return k
}

// timeOf reads dates with and without a time of day.
func timeOf(text string) kinds {
	if len(text) < 8 || len(text) > 40 {
		return 0
	}
	if m := sqlTime.FindStringSubmatch(text); m != nil {
		switch {
		case m[1] == "" && m[2] == "":
			return aTime | timeDate
		case m[2] == "":
			return aTime | timeNoZone
		case m[1] == "T":
			return aTime | timeRFC3339
		}
		return aTime | timeZoned
	}
	m := timeByDays.FindStringSubmatch(text)
	if m == nil {
		return 0
	}
	k := aTime | timeByDay
	switch {
	case len(m[1]) == 2 && m[1] > "12":
		k |= dayFirst
	case len(m[3]) == 2 && m[3] > "12":
		k |= monthFirst
	}
	return k
}

// counted reads what may be a time of the years 1995 to 2039, by its size.
func counted(text string) kinds {
	const first, last = "0788918400", "2208988800" // seconds, in ten digits
	for unit, k := range map[int]kinds{10: inSeconds, 13: inMillis, 16: inMicros} {
		if len(text) == unit && text[:10] >= first && text[:10] < last {
			return k
		}
		if len(text) == unit-1 && "0"+text[:9] >= first { // before September 2001
			return k
		}
	}
	return 0
}

func countDigits(text string) (n int) {
	for i := range len(text) {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n
}

// ofCell says what a value of JSON, or a cell of CSV, is.
func ofCell(cell source.Cell) kinds {
	switch cell.Kind {
	case source.NotGiven:
		return 0
	case source.Bool:
		return aBoolean
	case source.Object:
		return anObject
	case source.List:
		return aList
	case source.Number:
		return classify(cell.Text) &^ (aPhone | anE164)
	case source.Text:
		return classify(cell.Text)
	}
	return 0
}
