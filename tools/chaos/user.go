package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A kind of user is what is to become of its row.
type kind uint8

const (
	good    kind = iota // is carried out
	there               // is in the instance beforehand, with other content
	bad                 // is refused by the checks
	refused             // is refused by Clerk
	taken               // has the username of somebody else: only of updates, for a create in doubt waits minutes to be sure
	absent              // is not there, though an update needs it
	nobody              // has no identifier, and need not have one
)

// A user is one row of the input. Fields that are empty are not given.
type user struct {
	row  int // from 1
	kind kind

	externalID string
	emails     []string
	phone      string
	username   string

	firstName, lastName, locale string

	password, digest, hasher, totp string
	codes                          []string

	publicMetadata, privateMetadata, unsafeMetadata string // JSON

	createdAt, legalAcceptedAt string
	deleteSelf, createOrgs     bool
	orgsLimit                  int64 // 0 is not given
}

// users makes the rows of a round.
func (s *scenario) users(n int, seed uint64) []*user {
	rng := rand.New(rand.NewPCG(seed, 1))
	list := make([]*user, n)
	for i := range list {
		list[i] = s.user(i+1, rng)
	}
	return list
}

func (s *scenario) kindOf(row int) kind {
	switch {
	case s.clean:
	case row%37 == 5:
		return bad
	case row%41 == 7:
		return refused
	case s.mode == "update" && row%43 == 11:
		return taken
	case s.mode == "update" && row%29 == 3:
		return absent
	case s.mode != "update" && row%31 == 9:
		return nobody
	case s.there > 0 && row%s.there == 0:
		return there
	}
	return good
}

func (s *scenario) user(row int, rng *rand.Rand) *user {
	u := &user{
		row: row, kind: s.kindOf(row),
		emails:    []string{fmt.Sprintf("row%d@example.com", row)},
		firstName: "Ada", lastName: fmt.Sprintf("Quill-%d, \"the\" Ω", row), locale: "de-DE",
		createdAt:  fmt.Sprintf("20%02d-03-%02dT04:05:06Z", 10+row%14, 1+row%28),
		deleteSelf: row%2 == 0, createOrgs: row%3 == 0,
	}
	if s.ids {
		u.externalID = s.externalID(row, rng)
	}
	if row%5 == 0 {
		u.emails = append(u.emails, fmt.Sprintf("second.row%d@example.org", row))
	}
	if row%4 == 0 {
		u.phone = fmt.Sprintf("+1201555%04d", 100+row%9900)
	}
	if row%3 == 0 {
		u.username = fmt.Sprintf("name_%d", row)
	}
	u.secrets(rng)
	u.publicMetadata = fmt.Sprintf(`{"row":%d,"big":9007199254740993,"note":%q}`, row, secret(rng, 4))
	if row%2 == 1 {
		u.privateMetadata = fmt.Sprintf(`{"note":%q,"list":[1,{"b":2,"a":1.50}]}`, secret(rng, 8)+`"/+&é`)
	}
	if row%3 == 1 {
		u.unsafeMetadata = fmt.Sprintf(`{"note":%q}`, secret(rng, 8))
	}
	if row%2 == 0 {
		u.legalAcceptedAt = "2024-02-29T23:59:58Z"
	}
	if row%6 == 0 {
		u.orgsLimit = int64(1 + row%9)
	}
	u.spoil(rng)
	return u
}

// externalID is a UUID for some, which the checkpoint keeps in another form.
// Of twins, the second has the first's in capitals.
func (s *scenario) externalID(row int, rng *rand.Rand) string {
	switch {
	case s.twins && row%2 == 0:
		return fmt.Sprintf("USER-%d", row-1)
	case row%3 == 1 && !s.twins:
		return fmt.Sprintf("%08x-%04x-4000-8000-%012x", rng.Uint32(), row&0xffff, rng.Uint64()&0xffffffffffff)
	default:
		return fmt.Sprintf("user-%d", row)
	}
}

// secrets gives the user the second factors and the password that most have.
func (u *user) secrets(rng *rand.Rand) {
	switch u.row % 7 {
	case 0: // none: signs in without
	case 1:
		u.password = secret(rng, 8) + `"/+&é-7`
	default:
		u.digest, u.hasher = bcrypt(rng), "bcrypt"
	}
	if u.row%3 != 0 {
		u.totp = secret(rng, 22)
		u.codes = []string{secret(rng, 6), bcrypt(rng)}
	}
}

// spoil makes of a good user one of its kind.
func (u *user) spoil(rng *rand.Rand) {
	switch u.kind {
	case bad: // too short for its hasher
		u.password, u.digest, u.hasher = "", "$2a$10$"+secret(rng, 20), "bcrypt"
	case refused:
		u.firstName = "www.example.com"
	case taken:
		u.username = fmt.Sprintf("taken_%d", u.row)
	case nobody:
		u.emails, u.phone, u.username = nil, "", ""
	}
}

// canary is in every secret and in all metadata, and nowhere else. It is of
// letters that every alphabet has: bcrypt's, base32, and what URLs and JSON
// write as they are.
const canary = "CANARYBIRD"

// base32Letters serve the other alphabets as well.
const base32Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"

// secret is the canary between random characters, n of them.
func secret(rng *rand.Rand, n int) string {
	var b strings.Builder
	for i := range n {
		if i == n/2 {
			b.WriteString(canary)
		}
		b.WriteByte(base32Letters[rng.IntN(len(base32Letters))])
	}
	return b.String()
}

// bcrypt makes a digest of the right shape, with a canary in salt and hash. The
// last characters of both have bits that must be zero.
func bcrypt(rng *rand.Rand) string {
	return "$2a$10$" + secret(rng, 21-len(canary)) + "u" + secret(rng, 30-len(canary)) + "u"
}
