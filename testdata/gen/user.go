package main

import (
	"encoding/base32"
	"math/bits"
	"math/rand/v2"
	"strconv"
	"strings"
)

// A user is one row: a cell for each column, empty where the user has nothing
// there. It is used again for the next row.
type user struct {
	row   int64
	full  bool // fill every column, not the usual ones only
	cells [numColumns][]byte
	torn  bool // leave out a part of the record
	rng   rand.PCG
	seed  uint64
}

func newUser(seed uint64, full bool) *user { return &user{seed: seed, full: full} }

// become makes u the user of a row (0-based), a good one. A row draws from a
// generator of its own, so that it does not depend on the rows before it.
func (u *user) become(row int64) {
	u.row, u.torn = row, false
	u.rng.Seed(u.seed, uint64(row)*0x9e3779b97f4a7c15+1)
	for c := range u.cells {
		u.cells[c] = u.cells[c][:0]
	}
	first, last := pick(u, firstNames), pick(u, lastNames)
	u.set(firstName, first.native)
	u.set(lastName, last.native)
	u.set(externalID, "legacy-")
	u.number(externalID, row)

	u.set(emailAddress, first.latin, ".", last.latin, ".")
	u.number(emailAddress, row)
	u.set(emailAddress, pick(u, domains))
	if u.below(10) > 0 {
		u.set(username, first.latin, "_")
		u.number(username, row)
	}
	u.digest()
	u.metadata()
	created := 2010 + u.below(14)
	u.moment(createdAt, created)
	if u.below(10) > 0 {
		u.moment(legalAcceptedAt, created+1)
	}
	u.set(locale, pick(u, locales))
	if u.below(5) == 0 {
		u.secret()
	}
	u.phone()
	if u.full {
		u.rest()
	}
}

// set appends to a cell.
func (u *user) set(c column, parts ...string) {
	for _, part := range parts {
		u.cells[c] = append(u.cells[c], part...)
	}
}

func (u *user) number(c column, n int64) {
	u.cells[c] = strconv.AppendInt(u.cells[c], n, 10)
}

// moment writes an RFC 3339 time in a year. None is after 2024, whatever the
// clock says, so that a seed means the same for ever.
func (u *user) moment(c column, year int) {
	cell := append(strconv.AppendInt(u.cells[c], int64(year), 10), "-00-00T00:00:00Z"...)
	part := func(at, value int) {
		cell[at], cell[at+1] = byte('0'+value/10), byte('0'+value%10)
	}
	part(5, 1+u.below(12))
	part(8, 1+u.below(28))
	part(11, u.below(24))
	part(14, u.below(60))
	part(17, u.below(60))
	u.cells[c] = cell
}

// below draws a number from 0 to n-1. The bias of so small an n is nothing to
// samples.
func (u *user) below(n int) int {
	high, _ := bits.Mul64(u.rng.Uint64(), uint64(n))
	return int(high)
}

// share draws a number from 0 to 1, without 1.
func (u *user) share() float64 { return float64(u.rng.Uint64()>>11) / (1 << 53) }

// metadata writes an object with a nested one, a list and an integer that a
// float64 cannot hold.
func (u *user) metadata() {
	u.set(publicMetadata, `{"plan":"`, pick(u, plans), `","legacy_id":`)
	u.number(publicMetadata, 1<<53+1+2*u.row)
	u.set(publicMetadata, `,"tags":["`, pick(u, tags), `","imported"],"prefs":{"theme":"`, pick(u, themes), `"}}`)
}

// secret writes a TOTP secret: 20 bytes in base32, as authenticator apps take.
func (u *user) secret() {
	var raw [20]byte
	u.fill(raw[:])
	u.cells[totpSecret] = base32.StdEncoding.AppendEncode(u.cells[totpSecret], raw[:])
}

// phone writes a number of the exchange 555, which has no subscribers. Lines
// 0100 to 0199, kept for fiction, come first. Numbers are not used twice:
// there is none for rows beyond the last.
func (u *user) phone() {
	areas := int64(len(areaCodes) / 3)
	if u.row >= areas*10000 {
		return
	}
	at, line := u.row%areas*3, (u.row/areas+100)%10000
	u.set(phoneNumber, "+1", areaCodes[at:at+3], "555")
	for unit := int64(1000); unit > 0; unit /= 10 {
		u.cells[phoneNumber] = append(u.cells[phoneNumber], byte('0'+line/unit%10))
	}
}

// rest fills the columns beyond the usual ones.
func (u *user) rest() {
	switch u.below(20) {
	case 0: // a password that nobody has hashed yet
		u.drop(passwordDigest, passwordHasher)
		u.set(password, pick(u, tags), "-", pick(u, plans), "-")
		u.number(password, 10000000+int64(u.below(90000000)))
		u.set(skipPasswordChecks, "true")
	case 1: // signs in without one
		u.drop(passwordDigest, passwordHasher)
		u.set(skipPasswordRequirement, "true")
	}
	if len(u.cells[totpSecret]) > 0 {
		for i := range 4 {
			if i > 0 {
				u.set(backupCodes, "|")
			}
			u.number(backupCodes, 10000000+int64(u.below(90000000)))
		}
	}
	if len(u.cells[legalAcceptedAt]) == 0 {
		u.set(skipLegalChecks, "true")
	}
	u.set(privateMetadata, `{"shard":`, strconv.Itoa(u.below(64)), `,"note":"says \"hello, there\""}`)
	u.set(unsafeMetadata, `{"nickname":"`, string(u.cells[firstName]), `"}`)
	u.set(deleteSelfEnabled, strconv.FormatBool(u.below(2) == 0))
	u.set(createOrganizationEnabled, strconv.FormatBool(u.below(2) == 0))
	u.set(createOrganizationsLimit, strconv.Itoa(u.below(10)))
	u.set(bypassClientTrust, "true")
	u.set(emailAddressStatus, "verified")
	if u.below(20) == 0 {
		u.set(emailAddress, "|second.")
		u.number(emailAddress, u.row)
		u.set(emailAddress, "@example.net")
		u.set(emailAddressStatus, "|verified")
	}
}

func (u *user) drop(columns ...column) {
	for _, c := range columns {
		u.cells[c] = u.cells[c][:0]
	}
}

// A name as its bearer writes it, and in the letters of an address.
type spelling struct{ native, latin string }

func pick[T any](u *user, from []T) T { return from[u.below(len(from))] }

var (
	firstNames = spellings("Ada:ada Walter:walter Zoé:zoe Jürgen:jurgen Łukasz:lukasz Þórdís:thordis Işıl:isil Hương:huong " +
		"Ελένη:eleni Юлия:yuliya ليلى:layla נועה:noa मीरा:mira 思远:siyuan さくら:sakura 서연:seoyeon มะลิ:mali")
	lastNames = spellings("Thistle:thistle O'Quill:oquill Lefèvre:lefevre Großkopf:grosskopf Źrebiec:zrebiec Ægisdóttir:aegisdottir " +
		"Güneşli:gunesli Đặng:dang Ροδίτης:roditis Цветков:tsvetkov البستاني:albustani ברוש:brosh सागर:sagar 欧阳:ouyang 竹林:takebayashi 남궁:namgung")
	locales = strings.Fields("en-US en-GB fr-FR de-DE pl-PL is-IS tr-TR vi-VN el-GR ru-RU ar-EG he-IL hi-IN zh-Hans-CN ja-JP ko-KR pt-BR")
	domains = strings.Fields("@example.com @example.org @example.net")
	plans   = strings.Fields("free team enterprise")
	tags    = strings.Fields("amber birch copper delta ember fennel garnet harbor")
	themes  = strings.Fields("dark light system")
)

func spellings(pairs string) []spelling {
	var all []spelling
	for pair := range strings.FieldsSeq(pairs) {
		native, latin, _ := strings.Cut(pair, ":")
		all = append(all, spelling{native, latin})
	}
	return all
}

// areaCodes are the area codes of the United States in which libphonenumber
// takes a number of the exchange 555, three digits each.
const areaCodes = "" +
	"201202203205206207208209210212213214215216217218219220223224225227228229231234235239240248251252253254256" +
	"260262267269270272276279281283301302303304305307308309310312313314315316317318319320321323324325326327329" +
	"330331332334336337339341346347350351352353360361363364369380385386401402404405406407408409410412413414415" +
	"417419423424425430432434435440442443445447448458463464469470475478479480484501502503504505507508509510512" +
	"513515516517518530531532534539540541551557559561562563564567570571572573574575580582585586601602603605606" +
	"607608609610612614615616617618619620623626628629630631636640641645646650651656657659660661662667669678680" +
	"681682686689701702703704706707708712713714715716717718719720724725726727728730731732734737738740743747748" +
	"754757760762763765769770771772773774775779781785786801802803804805806808810812813814815816817818820821826" +
	"828830831832835838839840843845847848850854856857858859860862863864865870872878901903904906907908909910912" +
	"913914915916917918919920925928929930931934936937938940941943945947948949951952954956959970971972973975978" +
	"979980984985986989"
