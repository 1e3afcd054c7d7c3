package profile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/hashers"
)

func digestText(p *Profile) (list []string) {
	for _, d := range p.Digests() {
		text := fmt.Sprintf("%s: %d %s", d.Column, d.Count, d.Hasher)
		if d.Rewrite != "" {
			text += " by " + d.Rewrite
		}
		if d.Hasher == "" {
			text += d.Why
		}
		if d.Or != "" {
			text += " or " + d.Or
		}
		list = append(list, text)
	}
	return list
}

func TestDigests(t *testing.T) {
	const bcrypt, md5, sha1 = "$2a$10$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "5f4dcc3b5aa765d61d8327deb882cf99", "d024642d9a15b830798092dcbdac70c1660582ae"
	for name, c := range map[string]struct {
		column, values string
		want           []string
	}{
		"in a column of passwords all counts": {"password", bcrypt + "|" + bcrypt + "|" + md5 + "|hunter2|!unusable|$x$1|" + sha1, []string{
			"password: 2 bcrypt", "password: 1 40 hexadecimal characters, as of a SHA-1: no hasher takes it", "password: 1 begins as a digest does, but is of no form that is known here",
			"password: 1 marked as unusable: the user has no password", "password: 1 of no form that is known here: digests of another kind, or passwords in clear text", "password: 1 md5"}},
		"elsewhere what names its algorithm":      {"value", bcrypt + "|" + md5 + "|hunter2", []string{"value: 1 bcrypt"}},
		"a token is no digest":                    {"reset_token", sha1 + "|" + md5, nil},
		"flags about passwords are none":          {"password", "true|2024-05-31", nil},
		"what only a rewrite reads":               {"password", strings.Repeat("0a", 16) + ":" + strings.Repeat("1b", 64), []string{"password: 1 scrypt_werkzeug by better_auth"}},
		"clear text alone":                        {"password", "hunter2", nil},
		"the rewrite that mends it":               {"password", "$H$9CCCCCCCCCCCCCCCCCCCCCCCCCCCCCC", []string{"password: 1 phpass by phpbb"}},
		"the other hashers of a form":             {"password", "pbkdf2_sha256$1000$abcdefghijkl$iYI9iy+rCUBm8Qb8ev+6uRuiGjFZSo+l4Hdh3smy6aE=", []string{"password: 1 pbkdf2_sha256_django or pbkdf2_sha256"}},
		"JSON begins as the schemes of LDAP":      {"data", `{"a":1}`, nil},
		"a list of digests":                       {"codes", `["` + bcrypt + `"]`, []string{"codes[]: 1 bcrypt"}},
		"Keycloak's digest is JSON and told once": {"secretData", `{"value":"` + "iYI9iy+rCUBm8Qb8ev+6uRuiGjFZSo+l4Hdh3smy6aE=" + `","salt":"YWJjZGVmZ2g="}`, []string{"secretData: 1 pbkdf2_sha256 by keycloak"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, digestText(table(c.column, c.values))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// What Clerk's documentation leaves open is told with the digests.
func TestUndecidedDigests(t *testing.T) {
	list := table("password", "md5$salt$5f4dcc3b5aa765d61d8327deb882cf99").Digests()
	if len(list) != 1 || list[0].Open == "" || list[0].Hasher != "md5_salted" {
		t.Errorf("%+v", list)
	}
}

// Every example of every hasher is told as one that Clerk takes, where its form
// is known, and none is shown.
func TestEveryHasherIsCounted(t *testing.T) {
	for _, h := range hashers.All() {
		if len(hashers.Identify(h.Example)) == 0 {
			continue
		}
		p := table("password", h.Example)
		list := p.Digests()
		if len(list) != 1 || list[0].Count != 1 || list[0].Hasher == "" {
			t.Errorf("%s: %+v", h.Name, list)
		}
		if c := p.Columns()[0]; !c.Secret || len(c.Examples) > 0 {
			t.Errorf("%s: %+v", h.Name, c)
		}
		if c := table("x", h.Example).Columns()[0]; !c.Secret {
			t.Errorf("%s in another column is shown: %q", h.Name, c.Examples)
		}
	}
}
