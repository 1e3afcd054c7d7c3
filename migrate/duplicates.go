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
	{source.ColExternalID, "duplicate_external_id", func(u *User, buf []string) []string { return one(buf, u.ExternalID) }},
	{source.ColEmailAddress, "duplicate_email_address", func(u *User, buf []string) []string { return append(buf, u.EmailAddress...) }},
	{source.ColPhoneNumber, "duplicate_phone_number", func(u *User, buf []string) []string { return append(buf, u.PhoneNumber...) }},
	{source.ColUsername, "duplicate_username", func(u *User, buf []string) []string { return one(buf, u.Username) }},
	{source.ColWeb3Wallet, "duplicate_web3_wallet", func(u *User, buf []string) []string { return append(buf, u.Web3Wallet...) }},
}

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
// It keeps a 64-bit fingerprint and a line number for each identifier, about
// 20 bytes, not the identifiers: among a million of them the chance that two
// different ones are taken for the same is below one in ten million.
// It is for one goroutine.
type Duplicates struct {
	seed   maphash.Seed
	tables [len(unique)]table
	alike  table // external ids that are not ASCII, in one Unicode form
	files  []fileLines

	values []string // of the row at hand, for one column
	keys   []key    // of the row at hand
}

// A key is the fingerprint of an identifier, and the table that it belongs in.
type key struct {
	table int
	print uint64
}

// fileLines says where the lines of a file begin in the count over all files.
type fileLines struct {
	name string
	base int64
	last int64
}

// NewDuplicates returns an empty Duplicates.
func NewDuplicates() *Duplicates { return &Duplicates{seed: maphash.MakeSeed()} }

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
			if at, ok := d.tables[i].get(k.print); ok {
				problems = append(problems, d.problem(u, unique[i].column, unique[i].code, at))
			}
		}
	}
	if problems != nil {
		return problems
	}
	at := d.position(u)
	for _, k := range d.keys {
		d.tables[k.table].put(k.print, at)
	}
	if u.ExternalID != nil && !ascii(*u.ExternalID) {
		return d.lookAlike(u, at)
	}
	return nil
}

// lookAlike warns where an earlier row has the external id of u in another
// Unicode form. Clerk keeps ids as bytes, so that both users can be made; but
// few systems can show which is which.
func (d *Duplicates) lookAlike(u *User, at uint32) []Problem {
	key := d.fingerprint(source.ColExternalID, norm.NFC.String(*u.ExternalID))
	first, ok := d.alike.get(key)
	d.alike.put(key, at)
	if !ok {
		return nil
	}
	return []Problem{d.problem(u, source.ColExternalID, "external_id_alike", first)}
}

func (d *Duplicates) fingerprint(column source.Column, value string) uint64 {
	return max(maphash.String(d.seed, fold(column, value)), 1) // 0 marks an empty slot
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

func (d *Duplicates) problem(u *User, column source.Column, code string, at uint32) Problem {
	text := catalogue[code]
	return Problem{
		File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(),
		Field: column.String(), Code: code, Severity: text.severity,
		Message: fmt.Sprintf("%s (%s); %s", text.meaning, d.place(at), text.fix),
	}
}

// position gives the place of a row a number that fits a table's slot.
func (d *Duplicates) position(u *User) uint32 {
	n := len(d.files)
	if n == 0 || d.files[n-1].name != u.File {
		var base int64
		if n > 0 {
			base = d.files[n-1].base + d.files[n-1].last
		}
		d.files = append(d.files, fileLines{name: u.File, base: base})
		n++
	}
	file := &d.files[n-1]
	file.last = max(file.last, u.Line)
	return uint32(min(file.base+u.Line, math.MaxUint32))
}

func (d *Duplicates) place(at uint32) string {
	for i := len(d.files) - 1; i >= 0; i-- {
		if int64(at) > d.files[i].base {
			line := int64(at) - d.files[i].base
			if len(d.files) == 1 {
				return fmt.Sprintf("line %d", line)
			}
			return fmt.Sprintf("line %d of %s", line, d.files[i].name)
		}
	}
	return "an earlier line"
}

// A table maps fingerprints to positions: open addressing, linear probing, at
// most seven eighths full. A Go map of the same takes about twice the memory.
// A slot is found by multiplying, so that the size need be no power of two and
// a table that grows leaves less of itself empty.
type table struct {
	keys   []uint64
	values []uint32
	used   int
}

func (t *table) slot(key uint64) int {
	high, _ := bits.Mul64(key, uint64(len(t.keys)))
	i := int(high)
	for t.keys[i] != 0 && t.keys[i] != key {
		if i++; i == len(t.keys) {
			i = 0
		}
	}
	return i
}

func (t *table) get(key uint64) (uint32, bool) {
	if t.used == 0 {
		return 0, false
	}
	i := t.slot(key)
	return t.values[i], t.keys[i] != 0
}

// put keeps the first value of a key.
func (t *table) put(key uint64, value uint32) {
	if t.used >= len(t.keys)-len(t.keys)/8 {
		t.grow()
	}
	if i := t.slot(key); t.keys[i] == 0 {
		t.keys[i], t.values[i] = key, value
		t.used++
	}
}

func (t *table) grow() {
	old := *t
	size := max(1024, len(old.keys)*3/2)
	t.keys, t.values = make([]uint64, size), make([]uint32, size)
	for i, key := range old.keys {
		if key != 0 {
			j := t.slot(key)
			t.keys[j], t.values[j] = key, old.values[i]
		}
	}
}
