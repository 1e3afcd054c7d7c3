package profile

import (
	"fmt"
	"slices"
	"strings"

	"carryover/hashers"
	"carryover/source"
)

// fields guesses what the properties of the users are made of.
func (d *draft) fields() {
	d.identity()
	d.names()
	d.addresses()
	d.password()
	d.history()
}

// find returns the first column with one of the names, in the order of the
// names; the last word of its path counts. is says more about it, or is nil.
func (d *draft) find(is func(c *column) bool, names ...string) *column {
	for _, name := range names {
		for depth := 1; depth <= maxDepth; depth++ {
			for _, c := range d.profile.order {
				if c.depth != depth || c.rows == 0 || d.used[c] || lastName(c) != name || is != nil && !is(c) {
					continue
				}
				if _, ok := d.expression(c); ok {
					return c
				}
			}
		}
	}
	return nil
}

// lastName is the name of a column within what it is part of, reduced to letters
// and digits.
func lastName(c *column) string {
	name := c.path
	if c.parent != nil {
		name = strings.TrimPrefix(name, c.parent.path)
	}
	return source.PlainName(strings.Trim(name, ".[]"))
}

// use returns the expression of a column, which find has found.
func (d *draft) use(c *column) string {
	d.used[c] = true
	e, _ := d.expression(c)
	return e
}

func isText(c *column) bool { return c.count(anObject)+c.count(aList)+c.count(aBoolean) == 0 }

func isFlag(c *column) bool { return c.share(most, aBoolean) || c.share(most, aBit) }

func isMoment(c *column) bool { return c.times().kind != 0 }

func isMail(c *column) bool { return c.share(most, anEmail) }

func (d *draft) identity() {
	whole := func(c *column) bool { return isText(c) && c.rows == d.profile.rows }
	c := d.find(whole, "externalid", "id", "userid", "uuid", "uid", "guid", "sub", "localid", "oid", "$oid", "pk", "objectid", "accountid", "memberid", "customerid", "entryuuid", "key", "no", "nr", "number", "userno", "memberno", "username")
	if c == nil || secretName(c.path) {
		d.note("external_id: no column was recognised as an id that every row has. Name one that never\nchanges: it is what a second run finds the users by")
		return
	}
	d.add("external_id", yaml(d.use(c)))
	if lastName(c) == "username" {
		d.used[c] = false // it is the user name as well
	}
}

func (d *draft) names() {
	if c := d.find(isText, "username", "userlogin", "login", "loginname", "preferredusername", "nickname"); c != nil {
		d.add("username", yaml(d.use(c)))
	}
	first := d.find(isText, "firstname", "givenname", "forename", "fname")
	last := d.find(isText, "lastname", "familyname", "surname", "sn", "lname")
	if first != nil {
		d.add("first_name", yaml(d.use(first)))
	}
	if last != nil {
		d.add("last_name", yaml(d.use(last)))
	}
	if first != nil || last != nil {
		return
	}
	if c := d.find(isText, "name", "fullname", "displayname", "realname", "cn"); c != nil {
		e := d.use(c)
		d.add("first_name", yaml("first_name("+e+")"))
		d.add("last_name", yaml("last_name("+e+")"))
	}
}

func (d *draft) addresses() {
	mail := d.find(isMail, "email", "emailaddress", "mail", "useremail", "primaryemail", "primaryemailaddress", "loginemail")
	if mail == nil {
		for _, c := range d.profile.order {
			if _, ok := d.expression(c); ok && isMail(c) && !d.used[c] {
				mail = c
				break
			}
		}
	}
	if mail != nil {
		d.add("email_address", append([]string{"value: " + yaml(d.use(mail))}, d.verified(mail, "address", "emailverified", "emailverifiedat",
			"emailconfirmed", "emailconfirmedat", "isemailverified", "emailaddressverified", "verified", "isverified", "confirmed", "isconfirmed", "confirmedat", "verifiedat")...)...)
	}
	phone := d.find(func(c *column) bool { return isText(c) && phoneName(c.path) && !isMoment(c) }, "phonenumber", "phone", "mobile", "mobilephone", "telephone", "telephonenumber", "mobilenumber", "tel")
	if phone == nil {
		return
	}
	e := d.use(phone)
	if !phone.share(most, anE164) {
		d.param("country", "where phone numbers without a country code are from, such as GB")
		e = "phone(" + e + ", param.country)"
	}
	parts := append([]string{"value: " + yaml(e)}, d.verified(phone, "number", "phoneverified", "phonenumberverified", "phoneverifiedat", "phoneconfirmedat", "phonenumberconfirmed", "phoneconfirmed")...)
	d.add("phone_number", append(parts, "on_error: leave_out")...)
}

// verified says whether an identifier is proved: by a column beside it that
// tells, and else not, since Clerk takes what it is given for proved. What stands
// elsewhere, as in metadata, may have been written by the users themselves.
func (d *draft) verified(of *column, what string, names ...string) []string {
	c := d.find(func(c *column) bool { return c.parent == of.parent && (isFlag(c) || isMoment(c)) }, names...)
	switch {
	case c == nil:
		return []string{
			"# No column says whether the " + what + " was proved. Leave it at false, or say true if the legacy",
			"# system let nobody in without proof: whoever has a verified " + what + " at Clerk owns the account.",
			"verified: false",
		}
	case isFlag(c):
		return []string{"verified: " + yaml(d.use(c))}
	}
	return []string{"verified: " + yaml("given("+d.use(c)+")") + " # a time is there: it was proved then"}
}

// password guesses where the digests are and what they need.
func (d *draft) password() {
	var best *column
	for _, c := range d.profile.order {
		if _, ok := d.expression(c); ok && c.digests != nil && c.counted() > 0 && (best == nil || c.counted() > best.counted()) {
			best = c
		}
	}
	if best == nil {
		return
	}
	e := d.use(best)
	var plain, rewrites []string
	lost := int64(0)
	for _, k := range best.digests.list("") {
		switch {
		case k.Hasher == "":
			lost += k.Count
		case k.Rewrite != "" && !slices.Contains(rewrites, k.Rewrite):
			rewrites = append(rewrites, k.Rewrite)
		case k.Rewrite == "" && !slices.Contains(plain, k.Hasher):
			plain = append(plain, k.Hasher)
		}
	}
	if lost > 0 {
		d.note("Some digests are of no form that Clerk takes: --no-password without sends\nthose users without a password")
	}
	d.digest(e, plain, rewrites)
}

// digest writes the field for the digests of an expression.
func (d *draft) digest(e string, plain, rewrites []string) {
	switch {
	case len(rewrites) == 0 && len(plain) > 0:
		d.add("password_digest", yaml(fmt.Sprintf("digest(%s, %s)", e, list(plain))))
	case len(rewrites) == 1 && !needsMore(rewrites[0]):
		d.add("password_digest", yaml(fmt.Sprintf("rewrite(%s, %s)", quoted(rewrites[0]), e)))
		if others := refused(rewrites[0], plain); len(others) > 0 {
			d.note("The rewrite does not read those that are in Clerk's form already (" + strings.Join(others, ", ") + "):\ntell them apart, as in x matches \"…\" ? digest(x, …) : rewrite(…, x)")
		}
	case len(rewrites) > 0:
		d.note("Digests need the rewrites " + strings.Join(rewrites, ", ") + "; some have parameters, or need\nother columns (carryover hashers list): password_digest: " + fmt.Sprintf("rewrite(%s, %s, {…})", quoted(rewrites[0]), e))
		if len(plain) > 0 {
			d.add("password_digest", yaml(fmt.Sprintf("digest(%s, %s)", e, list(plain))))
		}
	}
}

// refused names the hashers whose own form a rewrite does not read.
func refused(rewrite string, names []string) (others []string) {
	for _, name := range names {
		if info, ok := hashers.Lookup(name); ok {
			if _, verdict := hashers.RewriteNamed(rewrite, info.Example, nil); verdict.Status == hashers.Invalid {
				others = append(others, name)
			}
		}
	}
	return others
}

func list(names []string) string {
	quotes := make([]string, len(names))
	for i, name := range names {
		quotes[i] = quoted(name)
	}
	return strings.Join(quotes, ", ")
}

// needsMore reports whether a rewrite has parameters.
func needsMore(name string) bool {
	return slices.ContainsFunc(hashers.Rewrites(), func(r hashers.Rewrite) bool { return r.Name == name && len(r.Params) > 0 })
}

// history guesses second factors, dates, language and bans.
func (d *draft) history() {
	if c := d.find(isText, "totpsecret", "otpsecret", "twofactorsecret", "totpkey", "mfasecret", "totp"); c != nil {
		d.add("totp_secret", yaml(d.use(c)))
		d.note("it must be base32 of a key for SHA1, 6 digits and 30 seconds, and not encrypted")
	}
	if c := d.find(isMoment, "createdat", "created", "createdtimestamp", "createdon", "datejoined", "joinedat", "joined", "registeredat", "registered", "userregistered", "signupdate",
		"insertinstant", "createtimestamp", "creationdate", "usercreatedate", "createddate", "dateregistered", "membersince", "since"); c != nil {
		d.created(c)
	}
	if c := d.find(isText, "locale", "language", "preferredlanguage", "lang"); c != nil && c.share(most, aLocale) {
		d.add("locale", yaml(d.use(c)))
	}
	if c := d.find(isFlag, "banned", "isbanned", "blocked", "suspended", "issuspended", "disabled"); c != nil {
		d.add("banned", yaml("when("+d.use(c)+", true)"))
	} else if c := d.find(isFlag, "isactive", "active", "enabled"); c != nil {
		e := d.use(c)
		d.add("banned", yaml("when(given("+e+") and not "+e+", true)"))
	}
}

func (d *draft) created(c *column) {
	t := c.times()
	e := d.use(c)
	switch {
	case t.form == "":
		d.note(fmt.Sprintf("created_at: timestamp(%s, …) with a pattern such as DD.MM.YYYY hh:mm:ss; the times are %s", e, t.words))
	case t.zoned:
		d.add("created_at", yaml(fmt.Sprintf("timestamp(%s, %s)", e, quoted(t.form))))
	default:
		d.param("zone", "the time zone of dates that are written without one, such as UTC")
		d.add("created_at", yaml(fmt.Sprintf("timestamp(%s, %s, param.zone)", e, quoted(t.form))))
	}
}
