package main

import (
	"bytes"
	"fmt"
	"strings"
)

// A fault breaks a good user in one way, so that exactly one problem is there
// to find. Its name says the column and what is wrong.
type fault struct {
	name  string
	apply func(*user)
}

// faults are those that -broken draws from, each as often as the others.
var faults = []fault{
	{"external_id: begins with -", func(u *user) { u.replace(externalID, "-", string(u.cells[externalID])) }},
	{"external_id: that of the first row", func(u *user) { u.replace(externalID, "legacy-0") }},
	{"email_address: no @", func(u *user) { u.cut(emailAddress, "@") }},
	{"password_hasher: missing", func(u *user) {
		u.drop(password, skipPasswordChecks, skipPasswordRequirement, passwordHasher)
		u.replace(passwordDigest, "5f4dcc3b5aa765d61d8327deb882cf99")
	}},
	{"password_digest: bcrypt, too short", func(u *user) {
		u.drop(password, skipPasswordChecks, skipPasswordRequirement)
		u.replace(passwordHasher, "bcrypt")
		u.replace(passwordDigest, "$2b$10$abcdefghijklmnopqrstuu")
	}},
	{"totp_secret: not base32", func(u *user) { u.replace(totpSecret, "0189018901890189") }},
	{"public_metadata: not an object", func(u *user) { u.replace(publicMetadata, `["imported"]`) }},
	{"created_at: in the future", func(u *user) { u.replace(createdAt, "2999-12-31T23:59:59Z") }},
	{"created_at: not RFC 3339", func(u *user) { u.replace(createdAt, "31/12/2019") }},
	{"locale: not BCP 47", func(u *user) { u.replace(locale, "plain English") }},
	{"first_name: not UTF-8", func(u *user) { u.replace(firstName, "J\xfcrgen") }},
	{"the record: half of it is missing", func(u *user) { u.torn = true }},
}

// replace gives a cell another text.
func (u *user) replace(c column, parts ...string) {
	u.drop(c)
	u.set(c, parts...)
}

// cut takes a text out of a cell, wherever it stands.
func (u *user) cut(c column, what string) {
	u.cells[c] = bytes.ReplaceAll(u.cells[c], []byte(what), nil)
}

// A tally counts what was written.
type tally struct {
	rows    int64
	faults  []fault
	byFault []int64
}

// broken is the number of rows that were broken.
func (t *tally) broken() (n int64) {
	for _, count := range t.byFault {
		n += count
	}
	return n
}

func (t *tally) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d rows, %d broken", t.rows, t.broken())
	for i, count := range t.byFault {
		fmt.Fprintf(&b, "\n%9d  %s", count, t.faults[i].name)
	}
	return b.String()
}
