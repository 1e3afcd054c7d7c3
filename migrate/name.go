package migrate

import (
	"strings"
	"sync"
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
	case p.madeOf&(blank|sign|foreign) == 0: // most
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
	case u.Username == nil || p.plainUsername(*u.Username):
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
	case p.madeOf&(digit|sign|foreign) == 0 && len(*name) <= maxName: // most
	case len(*name) > maxName && utf8.RuneCountInString(*name) > maxName:
		p.report(c, "name_too_long")
	case suspiciousName(*name):
		p.report(c, "name_suspicious")
	case p.madeOf&odd != 0 && strings.IndexFunc(*name, isNeedless) >= 0:
		p.report(c, "name_invisible")
	}
	return name
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
		case c == '.' && (looksLikeDomain(name[i+1:]) || i >= 3 && strings.EqualFold(name[i-3:i], "www")):
			return true
		}
	}
	return false
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
func (p *parser) plainUsername(name string) bool {
	return len(name) >= 4 && len(name) <= 64 &&
		p.madeOf&^(lowerCase|upperCase|digit|joint) == 0 && p.madeOf != digit
}

// plainCharacters is true of letters, digits, _ and -.
func plainCharacters(name string) bool {
	return strings.IndexFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '_' && r != '-'
	}) < 0
}

func onlyDigits(name string) bool { return strings.Trim(name, "0123456789") == "" }

// locale reads a BCP 47 tag. A tag that differs only in its writing, such as
// en_US, is sent in the right form.
func (p *parser) locale() *string {
	text := p.text(source.ColLocale)
	if text == nil || *text == "" || plainLocale(*text) {
		return text
	}
	right, ok := p.rightLocale(*text)
	switch {
	case !ok:
		p.report(source.ColLocale, "locale_invalid")
		return nil
	case strings.IndexByte(*text, '_') >= 0:
		p.report(source.ColLocale, "locale_rewritten")
		return &right
	}
	return text
}

// maxLocales is how many tags an examiner remembers.
const maxLocales = 1000

// rightLocale returns a tag in its right form; false where there is no such. An
// input has few different ones, each many times.
func (e *examiner) rightLocale(text string) (right string, ok bool) {
	if right, known := e.locales[text]; known {
		return right, right != ""
	}
	if tag, err := language.Parse(text); err == nil {
		right = tag.String()
	}
	if e.locales != nil && len(e.locales) < maxLocales {
		e.locales[strings.Clone(text)] = right // the row may go
	}
	return right, right != ""
}

// pairs of letters, by their place in the alphabet.
type pairs [26 * 26]bool

// plainTags tells which languages and regions of two letters exist.
var plainTags = sync.OnceValue(func() *struct{ languages, regions pairs } {
	var exist struct{ languages, regions pairs }
	for i := range exist.languages {
		pair := string([]byte{'a' + byte(i/26), 'a' + byte(i%26)})
		_, err := language.ParseBase(pair)
		exist.languages[i] = err == nil
		_, err = language.ParseRegion(strings.ToUpper(pair))
		exist.regions[i] = err == nil
	}
	return &exist
})

// plainLocale is true of a language, or a language and a region, in their usual
// form and of those that exist: most of all tags, and quickly told.
func plainLocale(tag string) bool {
	if len(tag) != 2 && (len(tag) != 5 || tag[2] != '-') {
		return false
	}
	known := plainTags()
	if i := pairOf(tag, 'a'); i < 0 || !known.languages[i] {
		return false
	}
	if len(tag) == 2 {
		return true
	}
	i := pairOf(tag[3:], 'A')
	return i >= 0 && known.regions[i]
}

// pairOf returns the place of the first two letters of a text in pairs, or -1.
func pairOf(text string, first byte) int {
	i, j := text[0]-first, text[1]-first
	if i >= 26 || j >= 26 {
		return -1
	}
	return int(i)*26 + int(j)
}
