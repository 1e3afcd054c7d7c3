package profile

import (
	"fmt"
	"slices"
	"strings"
)

// A Column is what a file holds in one of its columns, as it may be shown.
type Column struct {
	Name     string   `json:"name"`     // the path to it, where it is inside of another
	Coverage float64  `json:"coverage"` // share of the records in which it has a value, 0 to 1
	Rows     int64    `json:"rows"`     // in which it has one
	Kind     string   `json:"kind"`
	Times    string   `json:"timestamp,omitzero"` // form of timestamp() in a mapping, of times
	Distinct int64    `json:"distinct,omitzero"`  // values; 0 where nobody counts them
	Many     bool     `json:"many,omitzero"`      // there are more than 256
	Secret   bool     `json:"secret"`             // it may hold secrets, and no example is shown
	Examples []string `json:"examples"`           // shortened where they name somebody
	Nulls    []string `json:"nulls,omitzero"`     // words that stand where there is nothing
}

// Columns returns what is known of each column, in the order of the file.
func (p *Profile) Columns() []Column {
	var list []Column
	for _, c := range p.sorted() {
		col := Column{Name: c.shownName(), Rows: c.rows, Kind: c.kind(), Times: c.times().form, Secret: c.secret()}
		if p.rows > 0 {
			col.Coverage = float64(c.rows) / float64(p.rows)
		}
		if c.count(anObject)+c.count(aList) == 0 {
			col.Distinct, col.Many = int64(len(c.distinct)), c.distinct == nil
		}
		for word := range c.nulls {
			col.Nulls = append(col.Nulls, word)
		}
		slices.Sort(col.Nulls)
		col.Examples = c.shown()
		list = append(list, col)
	}
	return list
}

// Beyond reports whether the file has more columns than are told apart.
func (p *Profile) Beyond() bool { return p.beyond }

// shownName is the path of a column, where it is a name: that of a file whose
// first line is a record may be a secret.
func (c *column) shownName() string {
	if secretForm(c.path) || email.MatchString(c.path) {
		return "(masked)"
	}
	return c.path
}

// secret reports whether no value of the column may be shown.
func (c *column) secret() bool {
	if c.count(anObject)+c.count(aList) == c.values && c.values > 0 {
		return false // what it holds has columns of its own
	}
	return secretName(c.path) || secretForm(c.path) || c.count(aLoneSecret) > 0 || c.counted() > 0
}

// most is how many of a hundred values must be of a kind for the column to be.
const most = 75

// kind names what the values are.
func (c *column) kind() string {
	if c.values == 0 {
		return "empty"
	}
	name, k := c.mainKind()
	switch {
	case k == 0 || c.count(k) == c.values:
		return name
	}
	return "mostly " + name
}

// mainKind names the kind of most values; 0 where they have none in common.
func (c *column) mainKind() (string, kinds) {
	if t := c.times(); t.kind != 0 {
		return "timestamp, " + t.words, t.kind
	}
	if c.json > 0 && c.json == c.values {
		if c.share(most, anObject) {
			return "JSON object as text", anObject
		}
		if c.share(most, aList) {
			return "JSON list as text", aList
		}
	}
	phone := aPhone
	if !phoneName(c.path) {
		phone = 0 // many numbers look like one
	}
	for _, known := range []struct {
		k    kinds
		name string
	}{
		{aBoolean, "boolean"}, {anObject, "object"}, {aList, "list"}, {aUUID, "UUID"}, {anEmail, "e-mail"},
		{anE164, "phone, E.164"}, {phone, "phone, not E.164"}, {aBit, "0 or 1"}, {anInteger, "integer"}, {aNumber, "number"},
		{aURL, "URL"}, {anIP, "IP address"}, {aLocale, "locale"}, {aPHP, "PHP, serialized"},
	} {
		if known.k == aBit && c.count(aBit) < c.values {
			continue // a small number
		}
		if known.k != 0 && c.share(most, known.k) {
			return known.name, known.k
		}
	}
	return "text", 0
}

func phoneName(path string) bool {
	return holds(path, []string{"phone", "mobile", "msisdn"}, []string{"tel", "cell", "sms", "gsm", "fax"})
}

// timeName reports whether a column is called as times are.
func timeName(path string) bool {
	return holds(path, []string{"timestamp", "created", "updated", "joined", "registered", "lastlogin", "lastsign", "modified"},
		[]string{"at", "date", "time", "on", "instant", "since", "until", "login", "seen", "expires", "ts"})
}

// timeInfo is how a column writes times.
type timeInfo struct {
	kind  kinds // 0 where they are none
	words string
	form  string // as timestamp() of a mapping takes it; empty where nobody can say
	zoned bool   // each has its zone
}

// times says how the column writes times.
func (c *column) times() timeInfo {
	for _, n := range []struct {
		k           kinds
		words, form string
	}{{inMillis, "milliseconds since 1970", "ms"}, {inMicros, "microseconds since 1970", "us"}, {inSeconds, "seconds since 1970", "s"}} {
		if c.share(most, n.k) && (n.k == inMillis || timeName(c.path)) {
			return timeInfo{n.k, n.words, n.form, true}
		}
	}
	if !c.share(most, aTime) {
		return timeInfo{}
	}
	t := timeInfo{kind: aTime, form: "iso", zoned: c.count(timeNoZone)+c.count(timeDate)+c.count(timeByDay) == 0}
	var words []string
	for _, n := range []struct {
		k           kinds
		words, form string
	}{
		{timeRFC3339, "RFC 3339", "iso"}, {timeZoned, "SQL with zone", "iso"}, {timeNoZone, "without zone", "iso"}, {timeDate, "date only", "iso"},
		{timeLDAP, "generalized (LDAP)", "generalized"}, {timeDotNet, "/Date(ms)/", "dotnet"}, {timeByDay, c.dayOrder(), ""},
	} {
		if c.count(n.k) > 0 {
			words = append(words, n.words)
			if n.form != t.form && len(words) == 1 {
				t.form = n.form
			} else if n.form != t.form {
				t.form = "" // two that no form reads
			}
		}
	}
	t.words = strings.Join(words, " and ")
	return t
}

// dayOrder says which of day and month stands first, as far as the values tell.
func (c *column) dayOrder() string {
	switch {
	case c.count(dayFirst) > 0 && c.count(monthFirst) == 0:
		return "day first (31.12.2024)"
	case c.count(monthFirst) > 0 && c.count(dayFirst) == 0:
		return "month first (12/31/2024)"
	}
	return "day or month first: the values do not say which"
}

// shown returns the examples as they may be shown.
func (c *column) shown() []string {
	if c.secret() {
		return []string{}
	}
	_, main := c.mainKind()
	enough := 2
	if c.times().kind != 0 {
		enough = 1 // they are long, and all alike
	}
	list := []string{}
	for _, text := range c.examples {
		if shown := c.shorten(text, main); shown != "" && !slices.Contains(list, shown) && len(list) < enough {
			list = append(list, shown)
		}
	}
	return list
}

// shorten returns an example so that it shows the form of the values, and nobody
// by name.
func (c *column) shorten(text string, main kinds) string {
	k := classify(text)
	switch {
	case k&aTime != 0 && holds(c.path, []string{"birth"}, []string{"dob"}):
		return text[:min(2, len(text))] + "…"
	case k&(aTime|aBoolean|aLocale|aBit) != 0, main&(inSeconds|inMillis|inMicros) != 0 && k&anInteger != 0:
		return text
	case k&aUUID != 0:
		return strings.Trim(text, "{}")[:8] + "-…"
	case k&anEmail != 0:
		local, domain, _ := strings.Cut(text, "@")
		return first(local) + "***@" + domain
	case k&aURL != 0:
		scheme, rest, _ := strings.Cut(text, "://")
		host, _, _ := strings.Cut(rest, "/")
		if i := strings.LastIndexByte(host, '@'); i >= 0 {
			host = host[i+1:]
		}
		host, _, _ = strings.Cut(host, "?")
		return scheme + "://" + host + "/…"
	case k&anIP != 0, k&aPHP != 0:
		return first(text) + "…"
	case k&aNumber != 0 && len(text) <= 9 && !phoneName(c.path):
		return text
	case k&(aNumber|aPhone) != 0:
		return text[:min(3, len(text))] + "***" + text[max(min(3, len(text)), len(text)-2):]
	case c.word(text):
		return text
	}
	return first(text) + "***"
}

// word reports whether a text is one that many records share and that names
// nobody, such as a role or a plan.
func (c *column) word(text string) bool {
	if c.distinct == nil || len(c.distinct) > 20 || int64(len(c.distinct))*2 > c.values || personalName(c.path) || len(text) > 24 {
		return false
	}
	digits := countDigits(text)
	return digits <= 1 && strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ") == ""
}

func first(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// Percent writes a coverage for people. Only all is 100 %, only none is 0 %.
func (c *Column) Percent() string {
	switch percent := c.Coverage * 100; {
	case c.Rows == 0:
		return "0 %"
	case percent < 1:
		return "< 1 %"
	case c.Coverage < 1:
		return fmt.Sprintf("%d %%", min(99, int(percent+0.5)))
	}
	return "100 %"
}
