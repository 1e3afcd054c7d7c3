package migrate

import (
	"fmt"
	"hash/maphash"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"carryover/source"
)

// unique lists the columns whose values no two rows may share.
var unique = [...]struct {
	column source.Column
	code   string
	values func(u *User, buf []string) []string // appended to buf
}{
	{source.ColUserID, "duplicate_user_id", func(u *User, buf []string) []string { return one(buf, &u.UserID) }},
	externalIDKind: {source.ColExternalID, "duplicate_external_id", func(u *User, buf []string) []string { return one(buf, u.ExternalID) }},
	{source.ColEmailAddress, "duplicate_email_address", func(u *User, buf []string) []string { return append(buf, u.EmailAddress...) }},
	{source.ColPhoneNumber, "duplicate_phone_number", func(u *User, buf []string) []string { return append(buf, u.PhoneNumber...) }},
	{source.ColUsername, "duplicate_username", func(u *User, buf []string) []string { return one(buf, u.Username) }},
	{source.ColWeb3Wallet, "duplicate_web3_wallet", func(u *User, buf []string) []string { return append(buf, u.Web3Wallet...) }},
}

const (
	externalIDKind = 1                  // its place in unique
	alikeKind      = uint8(len(unique)) // of external ids that only look alike
)

func one(buf []string, s *string) []string {
	if s == nil || *s == "" {
		return buf
	}
	return append(buf, *s)
}

// Duplicates finds identifiers that two rows of an input share. Identifiers are
// the same whatever their case, their Unicode form (NFC or NFD) and the way
// their domain is written (IDN); ids are compared byte for byte.
//
// It keeps a 64-bit fingerprint and a row number for each identifier, about
// 16 bytes, not the identifiers. Two different ones may have one fingerprint,
// though among a million the chance is below one in ten million: whoever reports
// what it found looks at the rows once more (see confirm). It is for one
// goroutine.
type Duplicates struct {
	hash   func(string) uint64
	tables [len(unique)]table
	alike  table // external ids that are not ASCII, in one Unicode form
	files  []fileRows
	lines  []uint32 // of each row, in its file
	claims []claim  // all that was found

	values []string // of the row at hand, for one column
	keys   []key    // of the row at hand
}

// A key is the fingerprint of an identifier, and the table that it belongs in.
type key struct {
	table int
	print uint64
}

// fileRows says with which row a file begins.
type fileRows struct {
	name  string
	first int64
}

// A claim is that two rows share an identifier.
type claim struct {
	row, first uint32
	kind       uint8 // the place of the column in unique, or alikeKind
}

// NewDuplicates returns an empty Duplicates.
func NewDuplicates() *Duplicates {
	seed := maphash.MakeSeed()
	return &Duplicates{hash: func(text string) uint64 { return maphash.String(seed, text) }}
}

// Check returns a Fatal problem for each identifier of u that an earlier row
// has, naming that row's line. Where there is none it remembers u's
// identifiers; those of a refused row are not remembered, so that a later row
// may stand in its place. An external id that only looks like an earlier one
// is a Warning.
func (d *Duplicates) Check(u *User) []Problem {
	var problems []Problem
	d.keys = d.keys[:0]
	for i := range unique {
		d.values = unique[i].values(u, d.values[:0])
		for _, value := range d.values {
			k := key{i, d.fingerprint(unique[i].column, value)}
			d.keys = append(d.keys, k)
			if first, ok := d.tables[i].get(k.print); ok {
				problems = append(problems, d.problem(u, uint8(i), unique[i].column, unique[i].code, first))
			}
		}
	}
	if problems != nil {
		return problems
	}
	row := d.note(u)
	for _, k := range d.keys {
		d.tables[k.table].put(k.print, row)
	}
	if u.ExternalID != nil && !ascii(*u.ExternalID) {
		return d.lookAlike(u, row)
	}
	return nil
}

// lookAlike warns where an earlier row has the external id of u in another
// Unicode form. Clerk keeps ids as bytes, so that both users can be made; but
// few systems can show which is which.
func (d *Duplicates) lookAlike(u *User, row uint32) []Problem {
	key := d.fingerprint(source.ColExternalID, norm.NFC.String(*u.ExternalID))
	first, ok := d.alike.get(key)
	d.alike.put(key, row)
	if !ok {
		return nil
	}
	return []Problem{d.problem(u, alikeKind, source.ColExternalID, "external_id_alike", first)}
}

func (d *Duplicates) fingerprint(column source.Column, value string) uint64 {
	return max(d.hash(fold(column, value)), 1) // 0 marks an empty slot
}

// fold returns the same text for all ways to write one identifier.
func fold(column source.Column, value string) string {
	switch {
	case column == source.ColExternalID, column == source.ColUserID:
		return value
	case ascii(value):
		return strings.ToLower(value)
	}
	if at := strings.LastIndexByte(value, '@'); column == source.ColEmailAddress && at >= 0 {
		if domain, err := idna.Lookup.ToASCII(value[at+1:]); err == nil {
			value = value[:at+1] + domain
		}
	}
	return norm.NFC.String(strings.ToLower(value))
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// problem reports what the row of u shares with an earlier one.
func (d *Duplicates) problem(u *User, kind uint8, column source.Column, code string, first uint32) Problem {
	d.claims = append(d.claims, claim{rowNumber(u), first, kind})
	text := catalogue[code]
	return Problem{
		File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(),
		Field: column.String(), Code: code, Severity: text.severity,
		Message: fmt.Sprintf("%s (%s); %s", text.meaning, d.place(first), text.fix),
	}
}

// rowNumber is the number of a row as tables keep it; an input of more rows
// would take some 200 GB of memory for them.
func rowNumber(u *User) uint32 { return uint32(min(u.Row, math.MaxUint32)) }

// note remembers where the row of u stands.
func (d *Duplicates) note(u *User) uint32 {
	if n := len(d.files); n == 0 || d.files[n-1].name != u.File {
		d.files = append(d.files, fileRows{u.File, u.Row})
	}
	row := rowNumber(u)
	for len(d.lines) < int(row) {
		d.lines = append(d.lines, 0)
	}
	d.lines[row-1] = uint32(min(u.Line, math.MaxUint32))
	return row
}

// place says where a row stands that was noted.
func (d *Duplicates) place(row uint32) string {
	line := d.lines[row-1]
	if len(d.files) == 1 {
		return fmt.Sprintf("line %d", line)
	}
	i := len(d.files) - 1
	for d.files[i].first > int64(row) {
		i--
	}
	return fmt.Sprintf("line %d of %s", line, d.files[i].name)
}

// A table maps fingerprints to positions. A Go map of the same takes about
// twice the memory. It is split into shards, each of which grows by itself, so
// that growing never needs a second copy of the whole.
type table struct{ shards [1 << shardBits]shard }

const shardBits = 6

func (t *table) get(key uint64) (uint32, bool) { return t.shards[key>>(64-shardBits)].get(key) }

// put keeps the first value of a key.
func (t *table) put(key uint64, value uint32) { t.shards[key>>(64-shardBits)].put(key, value) }

// A shard is a part of a table: open addressing, linear probing, at most seven
// eighths full. A slot is found by multiplying, so that the size need be no
// power of two and a shard that grows leaves less of itself empty.
type shard struct {
	keys   []uint64
	values []uint32
	used   int
}

func (s *shard) slot(key uint64) int {
	high, _ := bits.Mul64(key<<shardBits, uint64(len(s.keys)))
	i := int(high)
	for s.keys[i] != 0 && s.keys[i] != key {
		if i++; i == len(s.keys) {
			i = 0
		}
	}
	return i
}

func (s *shard) get(key uint64) (uint32, bool) {
	if s.used == 0 {
		return 0, false
	}
	i := s.slot(key)
	return s.values[i], s.keys[i] != 0
}

func (s *shard) put(key uint64, value uint32) {
	if s.used >= len(s.keys)-len(s.keys)/8 {
		s.grow()
	}
	if i := s.slot(key); s.keys[i] == 0 {
		s.keys[i], s.values[i] = key, value
		s.used++
	}
}

func (s *shard) grow() {
	old := *s
	size := max(32, len(old.keys)*4/3)
	s.keys, s.values = make([]uint64, size), make([]uint32, size)
	for i, key := range old.keys {
		if key != 0 {
			j := s.slot(key)
			s.keys[j], s.values[j] = key, old.values[i]
		}
	}
}
