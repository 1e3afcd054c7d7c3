package migrate

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"carryover/source"
)

const (
	maxExternalID = 255 // bytes; not documented by Clerk, and safe in a query
	maxName       = 256 // characters; not documented by Clerk
)

// who reads the ids that say which user the row is about.
func (p *parser) who() {
	u := p.user
	if id := p.text(source.ColExternalID); id != nil && *id != "" {
		u.ExternalID = id
		p.checkExternalID(*id)
	}
	if id := p.text(source.ColUserID); id != nil {
		u.UserID = *id
		switch {
		case !clerkID(*id, "user_"):
			p.report(source.ColUserID, "user_id_shape")
		case p.rules.Mode == CreateOnlyMode:
			p.report(source.ColUserID, "user_id_in_create")
		}
	}
	if p.rules.Mode == UpdateOnlyMode && u.Key() == "" {
		p.report(source.ColExternalID, "no_key")
	}
}

func (p *parser) checkExternalID(id string) {
	switch {
	case id[0] == '+' || id[0] == '-':
		p.report(source.ColExternalID, "external_id_sign")
	case strings.TrimSpace(id) != id:
		p.report(source.ColExternalID, "external_id_space")
	case strings.TrimFunc(id, isFormat) != id: // what joined files leave behind
		p.report(source.ColExternalID, "invisible_character")
	case strings.IndexFunc(id, isFormat) >= 0:
		p.report(source.ColExternalID, "external_id_invisible")
	}
	if len(id) > maxExternalID {
		p.report(source.ColExternalID, "external_id_too_long")
	}
	if strings.IndexByte(id, ',') >= 0 {
		p.report(source.ColExternalID, "external_id_comma")
	}
}

// clerkID reports whether an id has the prefix and nothing but letters and
// digits after it.
func clerkID(id, prefix string) bool {
	rest, ok := strings.CutPrefix(id, prefix)
	return ok && rest != "" && strings.IndexFunc(rest, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}

func (p *parser) names() {
	u := p.user
	u.FirstName = p.name(source.ColFirstName)
	u.LastName = p.name(source.ColLastName)
	u.Username = p.text(source.ColUsername)
	switch {
	case u.Username == nil || plainUsername(*u.Username):
	case strings.IndexFunc(*u.Username, isFormat) >= 0:
		p.report(source.ColUsername, "invisible_character")
	default:
		p.report(source.ColUsername, "username_shape")
	}
	u.Locale = p.locale()
}

func (p *parser) name(c source.Column) *string {
	name := p.text(c)
	switch {
	case name == nil:
	case len(*name) > maxName && utf8.RuneCountInString(*name) > maxName:
		p.report(c, "name_too_long")
	case suspiciousName(*name):
		p.report(c, "name_suspicious")
	case strings.IndexFunc(*name, isNeedless) >= 0:
		p.report(c, "name_invisible")
	}
	return name
}

// isFormat is true of characters that only change how others are shown, byte
// order marks and zero-width spaces among them.
func isFormat(r rune) bool { return r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r) }

// isNeedless is true of those that no name needs. Joiners are part of Persian
// names and of emoji, direction marks of names in two scripts.
func isNeedless(r rune) bool {
	switch r {
	case '\u200c', '\u200d', '\u200e', '\u200f', '\u061c':
		return false
	}
	return isFormat(r)
}

// suspiciousName finds what Clerk refuses in names: web addresses, phone
// numbers, HTML.
func suspiciousName(name string) bool {
	digits := 0
	for i := range len(name) {
		switch c := name[i]; {
		case c >= '0' && c <= '9':
			if digits++; digits >= 7 {
				return true
			}
		case c == '<', c == '>', c == '#', c == '@':
			return true
		case c == ':' && strings.HasPrefix(name[i:], "://"):
			return true
		case c == '.' && looksLikeDomain(name[i+1:]):
			return true
		}
	}
	return strings.Contains(strings.ToLower(name), "www.")
}

// looksLikeDomain is true of what follows the dot of a common web address.
func looksLikeDomain(rest string) bool {
	end := strings.IndexFunc(rest, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if end < 0 {
		end = len(rest)
	}
	switch strings.ToLower(rest[:end]) {
	case "com", "net", "org", "io", "app", "dev", "info", "biz", "ru", "xyz":
		return true
	}
	return false
}

// plainUsername is true of usernames that Clerk's default rules take.
func plainUsername(name string) bool {
	if len(name) < 4 || len(name) > 64 {
		return false
	}
	return strings.IndexFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-'
	}) < 0 && strings.Trim(name, "0123456789") != ""
}

// locale reads a BCP 47 tag. A tag that differs only in its writing, such as
// en_US, is sent in the right form.
func (p *parser) locale() *string {
	text := p.text(source.ColLocale)
	if text == nil || *text == "" || plainLocale(*text) {
		return text
	}
	tag, err := language.Parse(*text)
	if err != nil {
		p.report(source.ColLocale, "locale_invalid")
		return nil
	}
	if strings.IndexByte(*text, '_') >= 0 {
		right := tag.String()
		p.report(source.ColLocale, "locale_rewritten")
		return &right
	}
	return text
}

// plainLocale is true of a language, or a language and a region, in their usual
// form and of those that exist: most of all tags, and quickly told.
func plainLocale(tag string) bool {
	lower := func(c byte) bool { return c >= 'a' && c <= 'z' }
	upper := func(c byte) bool { return c >= 'A' && c <= 'Z' }
	switch {
	case len(tag) == 2:
	case len(tag) == 5 && tag[2] == '-' && upper(tag[3]) && upper(tag[4]):
		if _, err := language.ParseRegion(tag[3:]); err != nil {
			return false
		}
	default:
		return false
	}
	if !lower(tag[0]) || !lower(tag[1]) {
		return false
	}
	_, err := language.ParseBase(tag[:2])
	return err == nil
}
