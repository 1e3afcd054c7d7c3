package migrate

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
	"golang.org/x/net/idna"

	"carryover/source"
)

func (p *parser) identifiers() {
	u := p.user
	u.EmailAddress = p.checked(source.ColEmailAddress, emailProblem)
	u.PhoneNumber = p.checked(source.ColPhoneNumber, phoneProblem)
	u.Web3Wallet = p.checked(source.ColWeb3Wallet, walletProblem)
	u.EmailAddressIdentificationStatus = p.statuses(source.ColEmailAddressIdentificationStatus, len(u.EmailAddress))
	u.PhoneNumberIdentificationStatus = p.statuses(source.ColPhoneNumberIdentificationStatus, len(u.PhoneNumber))
}

// checked reads a list of identifiers, each of which check finds good ("") or
// gives the code of its problem.
func (p *parser) checked(c source.Column, check func(string) string) []string {
	items := p.list(c)
	for i, item := range items {
		if item == "" {
			continue // reported by list
		}
		if code := check(item); code != "" {
			p.report(c, code)
		}
		if i > 0 && slices.ContainsFunc(items[:i], func(other string) bool { return fold(c, other) == fold(c, item) }) {
			p.report(c, "repeated_item")
		}
	}
	return items
}

func (p *parser) statuses(c source.Column, identifiers int) []string {
	items := p.list(c)
	if items == nil {
		return nil
	}
	for _, item := range items {
		if item != verifiedStatus && item != "reserved" {
			p.report(c, "status_value")
			break
		}
	}
	if len(items) != identifiers {
		p.report(c, "status_count")
	}
	return items
}

// emailProblem returns the code of what is wrong with an address, or "".
func emailProblem(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "email_invalid"
	}
	local, domain := address[:at], address[at+1:]
	usual, plain := plainLocal(local), plainDomain(domain)
	if !usual || !plain { // rare: net/mail takes its time
		parsed, err := mail.ParseAddress(address)
		if err != nil || parsed.Name != "" || parsed.Address != address {
			return "email_invalid" // net/mail also takes "A <a@b.c>" and comments
		}
	}
	if len(local) > 64 || !usual && strings.ContainsAny(local, "\" ()") {
		return "email_invalid"
	}
	if !usual && strings.IndexFunc(local, isFormat) >= 0 {
		return "invisible_character"
	}
	if !plain {
		ascii, err := idna.Lookup.ToASCII(domain)
		if err != nil || !plainDomain(ascii) {
			return "email_invalid"
		}
		domain = ascii
	}
	switch strings.ToLower(domain[strings.LastIndexByte(domain, '.')+1:]) {
	case "local", "localhost", "test", "invalid", "example", "internal", "lan", "home", "corp", "arpa", "onion":
		return "email_domain_reserved"
	}
	return ""
}

// plainLocal reports whether the part before the @ is of letters, digits and
// common marks only: a dot-atom (RFC 5322, 3.2.3).
func plainLocal(local string) bool {
	dot := true // no dot may be here
	for i := range len(local) {
		switch c := local[i]; {
		case c == '.':
			if dot {
				return false
			}
			dot = true
		case c >= '0' && c <= '9', c|0x20 >= 'a' && c|0x20 <= 'z', c == '_', c == '-', c == '+':
			dot = false
		default:
			return false
		}
	}
	return !dot
}

// plainDomain reports whether a host name has at least two labels of letters,
// digits and inner hyphens (RFC 1123, 2.1), the last one not a number.
func plainDomain(domain string) bool {
	if len(domain) > 253 {
		return false
	}
	start, letters, labels := 0, false, 0
	for i := 0; i <= len(domain); i++ {
		if i == len(domain) || domain[i] == '.' {
			if i == start || i-start > 63 || domain[start] == '-' || domain[i-1] == '-' {
				return false
			}
			if labels++; i == len(domain) {
				return labels >= 2 && letters
			}
			start, letters = i+1, false
			continue
		}
		switch c := domain[i] | 0x20; {
		case c >= 'a' && c <= 'z':
			letters = true
		case domain[i] == '-', domain[i] >= '0' && domain[i] <= '9':
		default:
			return false
		}
	}
	return false
}

// phoneProblem returns the code of what is wrong with a number, or "".
// The metadata of the library grows old, so that only what cannot be a number
// at all is refused.
func phoneProblem(number string) string {
	if !e164(number) {
		return "phone_not_e164"
	}
	parsed, err := phonenumbers.Parse(number, "")
	switch {
	case err != nil || !phonenumbers.IsPossibleNumber(parsed):
		return "phone_impossible"
	case !phonenumbers.IsValidNumber(parsed):
		return "phone_not_valid"
	}
	return ""
}

// e164 reports whether a number is a plus and 7 to 15 digits, the first of
// which is not 0 (ITU-T E.164).
func e164(number string) bool {
	if len(number) < 8 || len(number) > 16 || number[0] != '+' || number[1] == '0' {
		return false
	}
	for i := 1; i < len(number); i++ {
		if number[i] < '0' || number[i] > '9' {
			return false
		}
	}
	return true
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// walletProblem takes Ethereum addresses, and base58 ones as Solana has them.
func walletProblem(wallet string) string {
	if hex, ok := strings.CutPrefix(wallet, "0x"); ok {
		if len(hex) == 40 && strings.Trim(hex, "0123456789abcdefABCDEF") == "" {
			return ""
		}
		return "wallet_invalid"
	}
	if len(wallet) >= 32 && len(wallet) <= 44 && strings.Trim(wallet, base58) == "" {
		return ""
	}
	return "wallet_invalid"
}
