package migrate

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"math"
	"slices"
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
	alikeKind      = uint8(len(unique)) // of external ids that are not ASCII, in one Unicode form
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
// It keeps a fingerprint of 60 bits and a row number for each identifier, about
// 13 bytes, not the identifiers. Two different ones may have one fingerprint,
// though among a million the chance is below one in a million: whoever reports
// what it found looks at the rows once more (see confirm). Where there are more
// identifiers than it may keep, it only notes in a file what came later, and
// tells in the end which of those have to be looked for in another look (see
// suspects). It is for one goroutine, but for keysOf.
type Duplicates struct {
	hash   func(string) uint64
	tables [alikeKind + 1]table
	files  []string
	places []stretch
	claims []claim // all that was found

	room int                   // for further identifiers in the tables
	late *spill                // takes those for which there is no room, or nil
	only *[alikeKind + 1]table // holds those that need to be kept, or nil for all

	own     keys   // of the row at hand
	touched uint64 // see table.touch
}

// keys are the fingerprints of identifiers, and room to find them.
type keys struct {
	list   []key
	values []string
}

// A key is the fingerprint of an identifier, and the table that it belongs in.
type key struct {
	table int
	print uint64
}

// A stretch of rows that stand in one file, each as many lines below its number
// as the first. Nearly every file is one, or one for each cell with line breaks.
type stretch struct {
	file      uint32 // its place in files
	row, line uint32 // of the first row
}

// A claim is that two rows share an identifier.
type claim struct {
	print      uint64 // of the identifier
	row, first uint32
	kind       uint8 // the place of the column in unique, or alikeKind
}

// NewDuplicates returns an empty Duplicates, which keeps all in memory.
func NewDuplicates() *Duplicates {
	seed := maphash.MakeSeed()
	return &Duplicates{hash: func(text string) uint64 { return maphash.String(seed, text) }, room: math.MaxInt}
}

// Check returns a Fatal problem for each identifier of u that an earlier row
// has, naming that row's line. Where there is none it remembers u's
// identifiers; those of a refused row are not remembered, so that a later row
// may stand in its place. An external id that only looks like an earlier one
// is a Warning.
func (d *Duplicates) Check(u *User) []Problem {
	d.own.list = d.own.list[:0]
	return d.check(u, d.keysOf(u, &d.own))
}

// keysOf returns the keys of u, in the order of unique, that of its form behind
// them. They are appended to
// those in k. Several goroutines may call it at once.
func (d *Duplicates) keysOf(u *User, k *keys) []key {
	start := len(k.list)
	for i := range unique {
		k.values = unique[i].values(u, k.values[:0])
		for _, value := range k.values {
			k.list = append(k.list, key{i, d.fingerprint(unique[i].column, value)})
		}
	}
	if u.ExternalID != nil && !ascii(*u.ExternalID) {
		k.list = append(k.list, key{int(alikeKind), d.fingerprint(source.ColExternalID, norm.NFC.String(*u.ExternalID))})
	}
	return k.list[start:len(k.list):len(k.list)]
}

// touch makes ready for the keys of rows that will be checked soon.
func (d *Duplicates) touch(list []key) {
	for _, k := range list {
		d.touched += d.tables[k.table].touch(k.print)
	}
}

// check is Check for a user whose keys are known.
func (d *Duplicates) check(u *User, list []key) []Problem {
	var problems []Problem
	var alike []key
	if n := len(list); n > 0 && list[n-1].table == int(alikeKind) {
		list, alike = list[:n-1], list[n-1:]
	}
	for _, k := range list {
		if first, ok := d.tables[k.table].get(k.print); ok {
			problems = append(problems, d.problem(u, k, unique[k.table].column, unique[k.table].code, first))
		}
	}
	if problems != nil {
		d.refused(list)
		return problems
	}
	row := d.note(u)
	d.keepAll(list, row)
	for _, k := range alike {
		problems = d.lookAlike(u, k, row)
	}
	return problems
}

// lookAlike warns where an earlier row has the external id of u in another
// Unicode form. Clerk keeps ids as bytes, so that both users can be made; but
// few systems can show which is which.
func (d *Duplicates) lookAlike(u *User, k key, row uint32) []Problem {
	first, ok := d.tables[alikeKind].get(k.print)
	if !ok {
		d.keep(k, row)
		return nil
	}
	return []Problem{d.problem(u, k, source.ColExternalID, "external_id_alike", first)}
}

func (d *Duplicates) fingerprint(column source.Column, value string) uint64 {
	return d.hash(fold(column, value))
}

// fold returns the same text for all ways to write one identifier.
func fold(column source.Column, value string) string {
	if column == source.ColExternalID || column == source.ColUserID {
		return value
	}
	switch madeOf := classesOf(value); {
	case madeOf&(upperCase|foreign) == 0:
		return value // most
	case madeOf&foreign == 0 || ascii(value):
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
func (d *Duplicates) problem(u *User, k key, column source.Column, code string, first uint32) Problem {
	d.claims = append(d.claims, claim{k.print, rowNumber(u), first, uint8(k.table)})
	text := catalogue[code]
	return Problem{
		File: u.File, Row: u.Row, Line: u.Line, Key: u.Key(),
		Field: column.String(), Code: code, Severity: text.severity,
		Message: fmt.Sprintf("%s (%s); %s", text.meaning, d.place(first), text.fix),
	}
}

// rowNumber is the number of a row as tables keep it; no instance has that many
// users.
func rowNumber(u *User) uint32 { return uint32(min(u.Row, math.MaxUint32)) }

// note remembers where the row of u stands.
func (d *Duplicates) note(u *User) uint32 {
	row, line := rowNumber(u), uint32(min(u.Line, math.MaxUint32))
	n := len(d.files)
	switch {
	case n == 0 || d.files[n-1] != u.File:
		d.files = append(d.files, u.File)
		d.places = append(d.places, stretch{uint32(n), row, line})
	case d.places[len(d.places)-1].lineOf(row) != line:
		d.places = append(d.places, stretch{uint32(n - 1), row, line})
	}
	return row
}

// lineOf returns the line of a row, if it belongs to the stretch.
func (s *stretch) lineOf(row uint32) uint32 { return s.line + (row - s.row) }

// place says where a row stands that was noted.
func (d *Duplicates) place(row uint32) string {
	i, exact := slices.BinarySearchFunc(d.places, row, func(s stretch, row uint32) int { return cmp.Compare(s.row, row) })
	if !exact {
		i-- // the last that begins before the row
	}
	at := &d.places[i]
	if len(d.files) == 1 {
		return fmt.Sprintf("line %d", at.lineOf(row))
	}
	return fmt.Sprintf("line %d of %s", at.lineOf(row), d.files[at.file])
}
