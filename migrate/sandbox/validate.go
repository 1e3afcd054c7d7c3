package sandbox

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"carryover/hashers"

	"github.com/go-json-experiment/json/jsontext"
)

// Sizes that Clerk documents (metadata, password) or that are likely (the rest).
const (
	maxMetadata   = 8 << 10 // bytes of each of the three
	maxExternalID = 255     // bytes
	maxName       = 256     // characters
	minPassword   = 8       // characters
	maxPassword   = 72      // bytes, all that bcrypt keeps
	minUsername   = 4       // characters, Clerk's default for new instances
	maxUsername   = 64
)

// requirable are the properties that an instance may require of its users.
var requirable = []string{
	"email_address", "phone_number", "web3_wallet", "username",
	"first_name", "last_name", "password", "legal_accepted_at",
}

// check applies the rules that need no look at other users. Problems come in
// the order in which Clerk documents the properties.
func (f *form) check(now time.Time, cfg *Config) (ps problems) {
	if ps := cfg.refused(f); len(ps) > 0 {
		return ps
	}
	add := func(p problem) { ps = append(ps, p) }

	if len(f.externalID.value) > maxExternalID {
		add(tooLong("external_id", maxExternalID, "bytes"))
	}
	checkName(&f.firstName, "first_name", add)
	checkName(&f.lastName, "last_name", add)
	if f.locale.value != "" && !isLocale(f.locale.value) {
		add(badValue("locale", "must be a BCP 47 language tag, such as en-US"))
	}
	if f.username.value != "" {
		cfg.checkUsername(f.username.value, add)
	}
	checkIdentifiers(&f.emails, &f.emailStatus, byEmail, isEmail, "must be an e-mail address on a public domain", add)
	checkIdentifiers(&f.phones, &f.phoneStatus, byPhone, isPhone, "must be a phone number in E.164 form", add)
	checkIdentifiers(&f.wallets, &field[[]string]{}, byWallet, isWallet, "must be a wallet address", add)
	f.checkPassword(cfg, add)
	f.checkSecondFactors(add)
	for i, m := range []*field[jsontext.Value]{&f.publicMetadata, &f.privateMetadata, &f.unsafeMetadata} {
		if len(m.value) > maxMetadata {
			add(tooMuchMetadata(metadataNames[i]))
		}
	}
	if f.organizationsLimit.value < 0 {
		add(badValue("create_organizations_limit", "must be 0 or more"))
	}
	checkTime(&f.legalAcceptedAt, "legal_accepted_at", now, add)
	checkTime(&f.createdAt, "created_at", now, add)
	return ps
}

func tooLong(param string, max int, unit string) problem {
	return invalid("form_param_max_length_exceeded", param, "must not have more than "+strconv.Itoa(max)+" "+unit)
}

func tooMuchMetadata(param string) problem {
	return invalid("form_param_exceeds_allowed_size", param, "must not be larger than 8 KB")
}

// checkName refuses names that hold markup or an address, as Clerk does. Its
// code for it is a guess.
func checkName(name *field[string], param string, add func(problem)) {
	lower := strings.ToLower(name.value)
	switch {
	case utf8.RuneCountInString(name.value) > maxName:
		add(tooLong(param, maxName, "characters"))
	case strings.Contains(lower, "://"), strings.Contains(lower, "www."):
		add(badValue(param, "must not hold a URL"))
	case strings.Contains(lower, "<") && strings.Contains(lower, ">"):
		add(badValue(param, "must not hold HTML"))
	}
}

func (c *Config) checkUsername(name string, add func(problem)) {
	letters := false
	for _, r := range name {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', r == '_', r == '-':
			letters = true
		case '0' <= r && r <= '9':
		case c.AnyUsername:
			letters = true
		default:
			add(invalid("form_username_invalid_character", byUsername, "must hold letters, digits, - and _ only"))
			return
		}
	}
	switch n := utf8.RuneCountInString(name); {
	case n < c.UsernameMin || n > c.UsernameMax:
		add(invalid("form_username_invalid_length", byUsername, fmt.Sprintf("must have %d to %d characters", c.UsernameMin, c.UsernameMax)))
	case !letters:
		add(invalid("form_username_needs_non_number_char", byUsername, "must hold something else than digits"))
	}
}

// checkIdentifiers checks a list of identifiers and the list of their statuses.
func checkIdentifiers(list, statuses *field[[]string], kind string, valid func(string) bool, want string, add func(problem)) {
	for i, value := range list.value {
		if !valid(value) {
			add(badFormat(kind, want))
			return
		}
		for _, before := range list.value[:i] {
			if fold(kind, before) == fold(kind, value) {
				add(invalid("form_param_duplicate", kind, "must not hold the same value twice"))
				return
			}
		}
	}
	if len(statuses.value) == 0 {
		return
	}
	param := kind + "_identification_status"
	if len(statuses.value) != len(list.value) {
		add(badValue(param, "must have one item for each "+kind))
		return
	}
	for _, status := range statuses.value {
		if status != verified && status != reserved {
			add(badValue(param, "must hold verified or reserved"))
			return
		}
	}
}

func (f *form) checkPassword(cfg *Config, add func(problem)) {
	password, digest, hasher := f.password.given, f.digest.given, f.hasher.given
	switch {
	case password && (digest || hasher):
		add(invalid("form_conditional_param_disallowed", "password", "must not be given together with password_digest and password_hasher"))
	case digest && !hasher:
		add(invalid("form_conditional_param_missing", "password_hasher", "must be given with password_digest"))
	case hasher && !digest:
		add(invalid("form_conditional_param_missing", "password_digest", "must be given with password_hasher"))
	case digest:
		switch hashers.Check(f.hasher.value, f.digest.value).Status {
		case hashers.UnknownHasher:
			add(badValue("password_hasher", "must be a hasher that Clerk supports"))
		case hashers.Invalid:
			add(invalid("form_password_digest_invalid_code", "password_digest", "does not have the form of the password_hasher"))
		}
	case password:
		cfg.checkPlainPassword(f.password.value, f.skipPasswordChecks.value, add)
	}
	if f.skipPasswordChecks.value && !password {
		add(invalid("form_conditional_param_disallowed", "skip_password_checks", "can only be used with password"))
	}
	if f.signOut.value && !password && !digest {
		add(invalid("form_conditional_param_disallowed", "sign_out_of_other_sessions", "can only be used with a new password"))
	}
}

// breached stands for the list of hacked passwords that Clerk consults.
var breached = []string{"password", "12345678", "123456789", "password1", "qwertyuiop"}

func (c *Config) checkPlainPassword(password string, skip bool, add func(problem)) {
	switch n := utf8.RuneCountInString(password); {
	case password == "":
		add(invalid("form_param_missing", "password", "must not be empty"))
	case len(password) > maxPassword:
		add(invalid("form_password_size_in_bytes_exceeded", "password", "must not have more than 72 bytes"))
	case skip:
	case n < c.PasswordMin:
		add(invalid("form_password_length_too_short", "password", fmt.Sprintf("must have %d characters or more", c.PasswordMin)))
	case c.PasswordMax > 0 && n > c.PasswordMax:
		add(invalid("form_password_length_too_long", "password", fmt.Sprintf("must have %d characters or fewer", c.PasswordMax)))
	case slices.Contains(breached, strings.ToLower(password)):
		add(invalid("form_password_pwned", "password", "has been found in an online data breach"))
	}
}

func (f *form) checkSecondFactors(add func(problem)) {
	if f.totp.given {
		if _, ok := totpKey(f.totp.value); !ok {
			add(invalid("invalid_totp_secret_code", "totp_secret", "must be base32"))
		}
	}
	if !f.backupCodes.given {
		return
	}
	if len(f.backupCodes.value) == 0 {
		add(badValue("backup_codes", "must not be empty"))
	}
	for _, code := range f.backupCodes.value {
		if strings.TrimSpace(code) == "" ||
			isBcrypt(code) && hashers.Check("bcrypt", code).Status == hashers.Invalid {
			add(badValue("backup_codes", "must hold codes or bcrypt digests"))
			return
		}
	}
}

// isBcrypt tells a bcrypt digest from a code in plain text.
func isBcrypt(code string) bool { return strings.HasPrefix(code, "$2") }

// totpKey decodes a TOTP secret: base32 (RFC 4648), in any case, with or
// without padding.
func totpKey(secret string) ([]byte, bool) {
	secret = strings.ToUpper(strings.TrimRight(secret, "="))
	key, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	return key, err == nil && len(key) > 0
}

// checkTime refuses what is not RFC 3339, and the future.
func checkTime(at *field[string], param string, now time.Time, add func(problem)) {
	if !at.given {
		return
	}
	t, err := time.Parse(time.RFC3339, at.value)
	switch {
	case err != nil:
		add(invalid("form_param_invalid_time", param, "must be a time in RFC 3339 form"))
	case t.After(now):
		add(invalid("form_disallow_future_date", param, "must not be in the future"))
	}
}

// missing lists what the instance requires and the form does not have. An
// instance that requires nothing still wants one identifier of each user.
func (f *form) missing(require []string) (params []string) {
	identified := slices.ContainsFunc(requirable[:4], f.has)
	if !identified && !f.skipUserRequirement.value {
		params = append(params, requirable[:4]...)
	}
	for _, name := range require {
		waived := f.skipUserRequirement.value && name != "password" && name != "legal_accepted_at"
		if !f.has(name) && !waived && !slices.Contains(params, name) {
			params = append(params, name)
		}
	}
	return params
}

// has tells whether the form satisfies the requirement of one property.
func (f *form) has(name string) bool {
	switch name {
	case "email_address":
		return len(f.emails.value) > 0
	case "phone_number":
		return len(f.phones.value) > 0
	case "web3_wallet":
		return len(f.wallets.value) > 0
	case "username":
		return f.username.value != ""
	case "first_name":
		return f.firstName.value != ""
	case "last_name":
		return f.lastName.value != ""
	case "password":
		return f.password.given || f.digest.given || f.skipPasswordRequirement.value
	case "legal_accepted_at":
		return f.legalAcceptedAt.given || f.skipLegalChecks.value
	}
	return false
}
