package mapping

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are named in mappings, and not every machine has them
)

// A timeForm is how a system writes times.
type timeForm struct {
	name   string
	unit   int64  // nanoseconds, of a form that counts
	from   int64  // what is counted from, in seconds since 1970
	layout string // Go's layout, of a pattern
}

var timeForms = []timeForm{
	{name: "s", unit: 1e9}, {name: "ms", unit: 1e6}, {name: "us", unit: 1e3}, {name: "ns", unit: 1},
	{name: "iso"}, {name: "sql"}, {name: "generalized"}, {name: "dotnet"},
	{name: "filetime", unit: 100, from: -11644473600},
}

// prepareForm reads the second argument of timestamp.
func prepareForm(text string) (any, error) {
	names := make([]string, len(timeForms))
	for i := range timeForms {
		if timeForms[i].name == text {
			return &timeForms[i], nil
		}
		names[i] = timeForms[i].name
	}
	if strings.Contains(text, "YYYY") {
		layout := strings.NewReplacer("YYYY", "2006", "MM", "01", "DD", "02", "hh", "15", "mm", "04", "ss", "05").Replace(text)
		return &timeForm{name: "pattern", layout: layout}, nil
	}
	return nil, unknownWord("form of time", text, append(names, "DD/MM/YYYY hh:mm:ss"))
}

// prepareZone reads a time zone: UTC, a name of the IANA data base, or an
// offset. The machine's own zone is none of them.
func prepareZone(text string) (any, error) {
	if offset, ok := zoneOffset(text); ok {
		return time.FixedZone(text, offset), nil
	}
	zone, err := time.LoadLocation(text)
	if err != nil || text == "" || strings.EqualFold(text, "local") {
		return nil, unlikeAny("time zone", text, "UTC", "+02:00", "Europe/Paris", "America/New_York")
	}
	return zone, nil
}

// zoneOffset reads Z, ±hh, ±hhmm, ±hh:mm and ±hh:mm:ss, as seconds.
func zoneOffset(text string) (int, bool) {
	if text == "Z" || text == "z" {
		return 0, true
	}
	if len(text) < 3 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	digits := strings.ReplaceAll(text[1:], ":", "")
	if len(digits)%2 != 0 || len(digits) > 6 {
		return 0, false
	}
	seconds := 0
	for i, unit := 0, 3600; i < len(digits); i, unit = i+2, unit/60 {
		n, ok := twoDigits(digits[i:])
		if !ok || n > 59 || i == 0 && n > 23 {
			return 0, false
		}
		seconds += n * unit
	}
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}

func twoDigits(text string) (int, bool) {
	if len(text) < 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9' {
		return 0, false
	}
	return int(text[0]-'0')*10 + int(text[1]-'0'), true
}

var (
	errTime     = bad("not_a_time", "the value is not a time of the form that the mapping names")
	errTimeZone = bad("time_without_zone", "the time has no zone, and the mapping names none")
	errTimeYear = bad("not_a_time", "the time lies outside of the years 1 to 9999; the unit of the form may be wrong")
)

func timestamp(args []any) (any, uint, error) {
	if missing(args[0]) {
		return nil, 0, nil
	}
	text, err := argText(args[0])
	if err != nil {
		return nil, 0, err
	}
	form, ok := args[1].(*timeForm)
	if !ok {
		return nil, 0, wrongType("timestamp needs the form of the time")
	}
	var zone *time.Location
	if len(args) > 2 {
		zone, _ = args[2].(*time.Location)
	}
	at, err := form.read(strings.TrimSpace(text), zone)
	switch {
	case err != nil || at.IsZero():
		return nil, 0, err
	case at.Year() < 1 || at.Year() > 9999:
		return nil, 0, errTimeYear
	}
	return string(at.UTC().AppendFormat(make([]byte, 0, 32), time.RFC3339Nano)), 32, nil
}

// read returns the zero time for MySQL's zero date.
func (f *timeForm) read(text string, zone *time.Location) (time.Time, error) {
	switch {
	case f.unit > 0:
		return f.counted(text)
	case f.layout != "":
		if zone == nil {
			return time.Time{}, errTimeZone
		}
		at, err := time.ParseInLocation(f.layout, text, zone)
		if err != nil { // it quotes the value
			return at, errTime
		}
		return at, nil
	case f.name == "generalized":
		return generalized(text, zone)
	case f.name == "dotnet" && strings.HasPrefix(text, "/Date("):
		inner, ok := strings.CutSuffix(strings.TrimPrefix(text, "/Date("), ")/")
		if i := strings.LastIndexAny(inner, "+-"); i > 0 {
			inner = inner[:i] // the zone it was shown in; the milliseconds are UTC
		}
		if !ok {
			return time.Time{}, errTime
		}
		return timeForms[1].counted(inner)
	}
	return isoTime(text, zone)
}

// counted reads a number of units, with a fraction or without.
func (f *timeForm) counted(text string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || len(whole) > 19 {
		return time.Time{}, errTime
	}
	per := int64(1e9) / f.unit
	seconds, rest := n/per, n%per*f.unit
	if fraction != "" {
		digits := (fraction + "000000000")[:9]
		part, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || strings.Trim(fraction, "0123456789") != "" {
			return time.Time{}, errTime
		}
		part = part * f.unit / 1e9
		if strings.HasPrefix(whole, "-") {
			part = -part
		}
		rest += part
	}
	if seconds > 1<<40 || seconds < -1<<40 {
		return time.Time{}, errTimeYear
	}
	return time.Unix(seconds+f.from, rest), nil
}

// isoTime reads YYYY-MM-DD, T or spaces, hh:mm[:ss[.fraction]], and a zone.
func isoTime(text string, zone *time.Location) (time.Time, error) {
	date, rest := text, ""
	if len(text) > 10 {
		date, rest = text[:10], text[10:]
	}
	year, month, day, ok := isoDate(date)
	if !ok {
		return time.Time{}, errTime
	}
	if len(rest) > 0 {
		if rest[0] != 'T' && rest[0] != 't' && rest[0] != ' ' {
			return time.Time{}, errTime
		}
		rest = rest[1:]
	}
	c, ok := clockOf(rest)
	if !ok {
		return time.Time{}, errTime
	}
	if year == 0 && month == 0 && day == 0 {
		return time.Time{}, nil
	}
	return c.on(year, month, day, zone)
}

func isoDate(text string) (year, month, day int, ok bool) {
	if len(text) != 10 || text[4] != '-' || text[7] != '-' {
		return 0, 0, 0, false
	}
	century, ok1 := twoDigits(text)
	years, ok2 := twoDigits(text[2:])
	month, ok3 := twoDigits(text[5:])
	day, ok4 := twoDigits(text[8:])
	return century*100 + years, month, day, ok1 && ok2 && ok3 && ok4
}

// A clock is a time of day, with a zone where it has one.
type clock struct {
	hour, minute, second, nano int
	zoned                      bool
	offset                     int
}

// clockOf reads hh:mm[:ss[.fraction]][zone]; nothing is midnight.
func clockOf(text string) (c clock, ok bool) {
	if text == "" {
		return c, true
	}
	var ok1, ok2 bool
	c.hour, ok1 = twoDigits(text)
	if !ok1 || len(text) < 5 || text[2] != ':' {
		return c, false
	}
	c.minute, ok2 = twoDigits(text[3:])
	text = text[5:]
	if ok2 && strings.HasPrefix(text, ":") {
		c.second, ok2 = twoDigits(text[1:])
		text = text[min(3, len(text)):]
		if ok2 && text != "" && (text[0] == '.' || text[0] == ',') {
			text, c.nano = fractionOf(text[1:])
			ok2 = c.nano >= 0
		}
	}
	if !ok2 || c.hour > 23 || c.minute > 59 || c.second > 60 {
		return c, false
	}
	text = strings.TrimSpace(text)
	switch text {
	case "":
	case "UTC", "GMT":
		c.zoned = true
	default:
		c.offset, c.zoned = zoneOffset(text)
		return c, c.zoned
	}
	return c, true
}

// fractionOf reads the digits of a fraction as nanoseconds; -1 where there are
// none. Digits beyond the ninth are cut off.
func fractionOf(text string) (rest string, nano int) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	if n == 0 {
		return text, -1
	}
	nano, _ = strconv.Atoi((text[:n] + "000000000")[:9])
	return text[n:], nano
}

// on returns the time on a day; time.Date would take the 31st of February.
func (c clock) on(year, month, day int, zone *time.Location) (time.Time, error) {
	switch {
	case c.zoned:
		zone = time.FixedZone("", c.offset)
	case zone == nil:
		return time.Time{}, errTimeZone
	}
	at := time.Date(year, time.Month(month), day, c.hour, c.minute, c.second, c.nano, zone)
	if month < 1 || month > 12 || day < 1 || day > time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return time.Time{}, errTime
	}
	return at, nil
}

// generalized reads LDAP's YYYYMMDDhhmm[ss][.fraction]zone (RFC 4517, 3.3.13).
func generalized(text string, zone *time.Location) (time.Time, error) {
	if len(text) < 12 {
		return time.Time{}, errTime
	}
	iso := text[:4] + "-" + text[4:6] + "-" + text[6:8]
	year, month, day, ok := isoDate(iso)
	rest := text[12:]
	watch := text[8:10] + ":" + text[10:12]
	if _, has := twoDigits(rest); has {
		watch, rest = watch+":"+rest[:2], rest[2:]
	}
	c, ok2 := clockOf(watch + rest)
	if !ok || !ok2 {
		return time.Time{}, errTime
	}
	return c.on(year, month, day, zone)
}
