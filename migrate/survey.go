package migrate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"carryover/hashers"
	"carryover/source"
)

const (
	// maxNames is how many domains, locales or hashers a survey tells apart at
	// a time.
	maxNames = 4096
	// commonName is how many users a domain or locale has at least to be
	// named: one of a few people would tell who they are.
	commonName = 5
	topNames   = 10 // domains and locales that a survey names
)

// A Survey tells what an input is made of, so that a person sees at a glance
// whether it is what it should be. It names no user. It is of all records that
// could be read, refused ones included; a value that a check refuses may be
// missing in it.
type Survey struct {
	Rows        int64   `json:"rows"`
	Columns     []Count `json:"columns"`               // rows with a value, by column; those without any are left out
	Identifiers []Count `json:"identifiers"`           // rows by what can be signed in with, such as "email + phone"
	Hashers     []Count `json:"hashers"`               // rows by password_hasher, "(plain password)", "(not known)" or "(none)"
	Addresses   []Count `json:"addresses"`             // e-mail addresses and phone numbers, by what is known of them
	Domains     []Count `json:"domains"`               // e-mail domains that many users have, the largest first
	Locales     []Count `json:"locales"`               // likewise
	Months      []Count `json:"months"`                // rows by the month of created_at, as 2024-05, in their order
	MoreDomains int64   `json:"more_domains,omitzero"` // rows with another domain
	MoreLocales int64   `json:"more_locales,omitzero"` // likewise
}

// A Count is how many rows have something in common.
type Count struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// A surveyor counts what a Survey tells, for one goroutine.
type surveyor struct {
	rows        int64
	columns     [source.NumColumns]int64
	identifiers [1 << 4]int64
	hashers     names
	plain, none int64
	addresses   [addressKinds]int64
	domains     names
	locales     names
	months      [monthsPerCentury]int64 // from 1970 on
}

const (
	addressVerified = iota
	addressReserved
	phoneVerified
	phoneReserved
	addressKinds

	monthsPerCentury = 1200
)

func newSurveyor() *surveyor {
	return &surveyor{hashers: newNames(), domains: newNames(), locales: newNames()}
}

// add counts a row and the user that was made of it.
func (s *surveyor) add(row *source.Row, u *User) {
	s.rows++
	for c, kind := range row.Kinds {
		if kind != source.NotGiven {
			s.columns[c]++
		}
	}
	s.identifiers[identifiersOf(u)]++
	switch {
	case u.PasswordHasher != nil:
		s.hashers.add(*u.PasswordHasher)
	case u.Password != nil:
		s.plain++
	default:
		s.none++
	}
	s.contacts(addressVerified, len(u.EmailAddress), u.EmailAddressIdentificationStatus)
	s.contacts(phoneVerified, len(u.PhoneNumber), u.PhoneNumberIdentificationStatus)
	if len(u.EmailAddress) > 0 {
		if i := strings.LastIndexByte(u.EmailAddress[0], '@'); i >= 0 {
			s.domains.add(strings.ToLower(u.EmailAddress[0][i+1:]))
		}
	}
	if u.Locale != nil {
		s.locales.add(*u.Locale)
	}
	if u.CreatedAt != nil {
		if month, ok := monthOf(*u.CreatedAt); ok {
			s.months[month]++
		}
	}
}

// contacts counts addresses or numbers by their status; without one, Clerk takes
// them as verified.
func (s *surveyor) contacts(kind, n int, statuses []string) {
	s.addresses[kind] += int64(n)
	for _, status := range statuses {
		if status == "reserved" {
			s.addresses[kind]--
			s.addresses[kind+1]++
		}
	}
}

// names counts names, in bounded memory.
type names struct {
	counts map[string]*int64
	last   string // the name that came last, which is often the next one
	count  *int64 // its
	more   int64  // rows with a name that there was no room for
}

func newNames() names { return names{counts: map[string]*int64{}} }

// add counts a name. Where there are too many, those that were met once go.
func (s *names) add(name string) {
	if s.count != nil && s.last == name {
		*s.count++
		return
	}
	n, ok := s.counts[name]
	if !ok {
		if s.full() {
			s.more++
			return
		}
		n, name = new(int64), strings.Clone(name) // the row may go
		s.counts[name] = n
	}
	*n++
	s.last, s.count = name, n
}

// full reports whether there is no room for another name. It makes some.
func (s *names) full() bool {
	if len(s.counts) < maxNames {
		return false
	}
	for name, n := range s.counts {
		if *n == 1 {
			delete(s.counts, name)
			s.more++
		}
	}
	s.count = nil
	return len(s.counts) >= maxNames
}

// merge adds what other has counted.
func (s *names) merge(other *names) {
	s.more += other.more
	for name, n := range other.counts {
		if mine, ok := s.counts[name]; ok {
			*mine += *n
			continue
		}
		s.counts[name] = n
	}
}

// largestFirst returns the counts under the names that rename gives them.
func (s *names) largestFirst(rename func(string) string) []Count {
	sums := map[string]int64{}
	for name, n := range s.counts {
		sums[rename(name)] += *n
	}
	list := make([]Count, 0, len(sums))
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, Count{Name: name, Rows: sums[name]})
	}
	sortCounts(list)
	return list
}

// top returns the largest counts, and the number of rows that it does not name.
func (s *names) top() (top []Count, more int64) {
	more = s.more
	for _, c := range s.largestFirst(func(name string) string { return name }) {
		if len(top) < topNames && c.Rows >= commonName {
			top = append(top, c)
			continue
		}
		more += c.Rows
	}
	return top, more
}

// identifierNames are in the order of the bits of identifiersOf.
var identifierNames = [...]string{"e-mail", "phone", "username", "wallet"}

func identifiersOf(u *User) (set int) {
	for i, has := range [...]bool{len(u.EmailAddress) > 0, len(u.PhoneNumber) > 0, u.Username != nil, len(u.Web3Wallet) > 0} {
		if has {
			set |= 1 << i
		}
	}
	return set
}

// monthOf returns the months since January 1970 of an RFC 3339 time.
func monthOf(text string) (int, bool) {
	if len(text) < len("2006-01") || text[4] != '-' {
		return 0, false
	}
	number := 0
	for _, i := range [...]int{0, 1, 2, 3, 5, 6} {
		digit := int(text[i] - '0')
		if digit < 0 || digit > 9 {
			return 0, false
		}
		number = number*10 + digit
	}
	month := (number/100-1970)*12 + number%100 - 1
	return month, month >= 0 && month < monthsPerCentury && number%100 >= 1 && number%100 <= 12
}

// merge adds what another surveyor has counted.
func (s *surveyor) merge(other *surveyor) {
	s.rows += other.rows
	s.plain += other.plain
	s.none += other.none
	for _, pair := range [...][2][]int64{
		{s.columns[:], other.columns[:]}, {s.identifiers[:], other.identifiers[:]},
		{s.addresses[:], other.addresses[:]}, {s.months[:], other.months[:]},
	} {
		for i, n := range pair[1] {
			pair[0][i] += n
		}
	}
	s.hashers.merge(&other.hashers)
	s.domains.merge(&other.domains)
	s.locales.merge(&other.locales)
}

// survey returns what was counted.
func (s *surveyor) survey() *Survey {
	out := &Survey{Rows: s.rows}
	for c, n := range s.columns {
		out.Columns = appendCount(out.Columns, source.Column(c).String(), n)
	}
	for set, n := range s.identifiers {
		var names []string
		for i, name := range identifierNames {
			if set&(1<<i) != 0 {
				names = append(names, name)
			}
		}
		name := strings.Join(names, " + ")
		out.Identifiers = appendCount(out.Identifiers, cmp.Or(name, "(none)"), n)
	}
	out.Hashers = s.hashers.largestFirst(knownHasher)
	out.Hashers = appendCount(out.Hashers, "(plain password)", s.plain)
	out.Hashers = appendCount(out.Hashers, "(none)", s.none)
	for kind, name := range [...]string{"e-mail, verified", "e-mail, reserved", "phone, verified", "phone, reserved"} {
		out.Addresses = appendCount(out.Addresses, name, s.addresses[kind])
	}
	sortCounts(out.Identifiers)
	sortCounts(out.Hashers)
	out.Domains, out.MoreDomains = s.domains.top()
	out.Locales, out.MoreLocales = s.locales.top()
	for month, n := range s.months {
		out.Months = appendCount(out.Months, monthName(month), n)
	}
	return out
}

// knownHasher is the name of a hasher that there is; another may be a value of
// another column.
func knownHasher(name string) string {
	if _, ok := hashers.Lookup(name); !ok {
		return "(not known)"
	}
	return name
}

func monthName(month int) string { return fmt.Sprintf("%04d-%02d", 1970+month/12, month%12+1) }

func appendCount(counts []Count, name string, n int64) []Count {
	if n <= 0 {
		return counts
	}
	return append(counts, Count{Name: name, Rows: n})
}

func sortCounts(counts []Count) {
	slices.SortStableFunc(counts, func(a, b Count) int { return cmp.Compare(b.Rows, a.Rows) })
}
