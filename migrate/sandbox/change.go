package sandbox

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// createMembers are the properties that POST /users takes here.
func (s *Sandbox) createMembers() memberSet {
	if s.cfg.DisableRestrictionFlag {
		return createSetOlder
	}
	return createSet
}

// create makes a user of a decoded CreateUserRequest.
func (s *Sandbox) create(f *form, now time.Time) (*record, problems) {
	if ps := f.check(now, &s.cfg); len(ps) > 0 {
		return nil, ps
	}
	if ps := s.cfg.checkWays(f); len(ps) > 0 {
		return nil, ps
	}
	if params := f.missing(s.cfg.Require); len(params) > 0 {
		return nil, problems{missingData(params)}
	}
	r := &record{
		id:         s.newID("user_"),
		visibleAt:  now.Add(s.cfg.Lag),
		deleteSelf: true, createOrganizations: true,
		publicMetadata: emptyObject, privateMetadata: emptyObject, unsafeMetadata: emptyObject,
		createdAt: now.UnixMilli(),
		banned:    f.banned.value,
		locked:    f.locked.value,
	}
	r.emails = s.identifiers(&f.emails, &f.emailStatus, now)
	r.phones = s.identifiers(&f.phones, &f.phoneStatus, now)
	r.wallets = s.identifiers(&f.wallets, &field[[]string]{}, now)
	r.primaryEmail, r.primaryPhone, r.primaryWallet = firstID(r.emails), firstID(r.phones), firstID(r.wallets)
	r.apply(f, now)
	return r, s.users.insert(r)
}

var emptyObject = jsontext.Value("{}")

func firstID(list []identifier) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].id
}

// identifiers makes identifications of values; they are verified where no
// status says otherwise.
func (s *Sandbox) identifiers(values, statuses *field[[]string], now time.Time) []identifier {
	list := make([]identifier, len(values.value))
	for i, value := range values.value {
		list[i] = identifier{id: s.newID("idn_"), value: value, status: verified, createdAt: now.UnixMilli()}
		if len(statuses.value) > 0 {
			list[i].status = statuses.value[i]
		}
	}
	return list
}

// update changes a user by a decoded UpdateUserRequest.
func (s *Sandbox) update(id string, f *form, now time.Time) (*record, problems) {
	if ps := f.check(now, &s.cfg); len(ps) > 0 {
		return nil, ps
	}
	return s.change(id, now, func(r *record) problems {
		if ps := r.choosePrimaries(f); len(ps) > 0 {
			return ps
		}
		r.apply(f, now)
		if (f.username.null || f.username.given) && !r.hasIdentifier() {
			return problems{badValue(byUsername, "cannot be removed: it is the user's only identifier")}
		}
		return nil
	})
}

// change replaces a user by a changed copy, again from the start where another
// request was quicker.
func (s *Sandbox) change(id string, now time.Time, edit func(*record) problems) (*record, problems) {
	for {
		old := s.users.get(id)
		if old == nil {
			return nil, problems{noSuchUser(id)}
		}
		next := *old
		next.updatedAt = now.UnixMilli()
		if ps := edit(&next); len(ps) > 0 {
			return nil, ps
		}
		if done, ps := s.users.swap(old, &next); done {
			return &next, ps
		}
	}
}

// choosePrimaries sets the primary identifiers, which must be verified ones of
// this user. The code of the refusal is a guess.
func (r *record) choosePrimaries(f *form) (ps problems) {
	for _, p := range []struct {
		param  string
		choice *field[string]
		from   []identifier
		to     *string
	}{
		{"primary_email_address_id", &f.primaryEmail, r.emails, &r.primaryEmail},
		{"primary_phone_number_id", &f.primaryPhone, r.phones, &r.primaryPhone},
		{"primary_web3_wallet_id", &f.primaryWallet, r.wallets, &r.primaryWallet},
	} {
		if !p.choice.given {
			continue
		}
		ok := false
		for _, id := range p.from {
			ok = ok || id.id == p.choice.value && id.status == verified
		}
		if !ok {
			ps = append(ps, badValue(p.param, "must be the id of a verified identification of this user"))
			continue
		}
		*p.to = p.choice.value
	}
	return ps
}

// apply sets what create and update have in common. Of a null only the names,
// the locale, username, external_id and what a user shows as null take notice:
// it removes them. What it does to anything else is not documented; here it is as
// if left out.
func (r *record) apply(f *form, now time.Time) {
	r.updatedAt = now.UnixMilli()
	setText(&r.externalID, &f.externalID, false)
	setText(&r.firstName, &f.firstName, true)
	setText(&r.lastName, &f.lastName, true)
	setText(&r.locale, &f.locale, false)
	setText(&r.username, &f.username, false)
	set(&r.profileImageID, &f.profileImageID)
	set(&r.deleteSelf, &f.deleteSelf)
	set(&r.createOrganizations, &f.createOrganizations)
	set(&r.bypassTrust, &f.bypassTrust)
	set(&r.publicMetadata, &f.publicMetadata)
	set(&r.privateMetadata, &f.privateMetadata)
	set(&r.unsafeMetadata, &f.unsafeMetadata)
	set(&r.backupCodes, &f.backupCodes)
	switch {
	case f.organizationsLimit.null:
		r.organizationsLimit = nil
	case f.organizationsLimit.given:
		r.organizationsLimit = new(f.organizationsLimit.value)
	}
	switch {
	case f.legalAcceptedAt.null:
		r.legalAcceptedAt = nil
	case f.legalAcceptedAt.given:
		r.legalAcceptedAt = new(unixMilli(f.legalAcceptedAt.value))
	}
	if f.createdAt.given {
		r.createdAt = unixMilli(f.createdAt.value)
	}
	if f.password.given || f.digest.given {
		r.password, r.digest, r.hasher = f.password.value, f.digest.value, f.hasher.value
		r.passwordUpdatedAt = new(now.UnixMilli())
	}
	if f.totp.given {
		r.totp = f.totp.value
		r.mfaEnabledAt = new(now.UnixMilli())
	}
}

func set[T any](to *T, from *field[T]) {
	if from.given {
		*to = from.value
	}
}

// setText sets or removes a property that may be null. The empty string removes
// it as well, where it is no value of its own.
func setText(to **string, from *field[string], emptyIsValue bool) {
	switch {
	case from.null, from.given && from.value == "" && !emptyIsValue:
		*to = nil
	case from.given:
		*to = new(from.value)
	}
}

// unixMilli reads a time that check has found to be good.
func unixMilli(rfc3339 string) int64 {
	t, _ := time.Parse(time.RFC3339, rfc3339)
	return t.UnixMilli()
}

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newID returns an id of the shape of Clerk's: the prefix and 27 letters or
// digits. The n-th id depends on the seed alone.
func (s *Sandbox) newID(prefix string) string {
	n := s.ids.Add(1)
	b := make([]byte, 0, len(prefix)+27)
	b = append(b, prefix...)
	for word := uint64(0); len(b) < cap(b); word++ {
		x := mix(s.cfg.Seed, n<<8|word)
		for range 9 {
			b = append(b, base62[x%62])
			x /= 62
		}
	}
	return string(b)
}

// mix turns seed and number into 64 bits that look random: the finalizer of
// SplitMix64 (Steele, Lea and Flood, 2014), applied twice.
func mix(seed, n uint64) uint64 {
	x := seed
	for _, add := range [...]uint64{0x9e3779b97f4a7c15, n} {
		x += add
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return x
}
