package clerk

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"carryover/migrate"
)

func publishable(prefix, host string) string {
	return prefix + base64.StdEncoding.EncodeToString([]byte(host))
}

func TestPublishableKeys(t *testing.T) {
	for _, c := range []struct {
		key, host string
		kind      KeyKind
	}{
		{publishable("pk_live_", "clerk.example.com$"), "clerk.example.com", LiveKey},
		{publishable("pk_test_", "foo-bar-13.clerk.accounts.dev$"), "foo-bar-13.clerk.accounts.dev", TestKey},
		{strings.TrimRight(publishable("pk_test_", "foo-bar-1.clerk.accounts.dev$"), "="), "foo-bar-1.clerk.accounts.dev", TestKey},
	} {
		kind, host, err := parsePublishableKey(c.key)
		if kind != c.kind || host != c.host || err != nil {
			t.Errorf("%s: %v %q %v", c.key, kind, host, err)
		}
		if err := (Frontend{PublishableKey: c.key}).Check(3 - c.kind); err == nil {
			t.Errorf("%s goes with a key of the other kind", c.key)
		}
	}
	for _, host := range []string{
		"", "localhost$", "clerk$", "127.0.0.1$", "[::1]$", "10.0.0.8$", "clerk.example.com", "clerk.example.com:8443$", "user@clerk.example.com$",
		"clerk.example.com/x$", "clerk.example.com?$", "clerk..com$", ".example.com$", "-a.com$", "a-.com$", "printer.local$", "metadata.internal$",
		"a.b.1$", strings.Repeat("a", 64) + ".com$", "clerk.exämple.com$", "clerk.example.com$$", "clerk.example.com\n$", "169.254.169.254$",
	} {
		if _, got, err := parsePublishableKey(publishable("pk_live_", host)); err == nil {
			t.Errorf("%q is taken for the host %q", host, got)
		}
	}
	for _, key := range []string{"", "pk_", "pk_live_", "pk_live_%%%", "sk_test_hunter2", "pk_stage_" + "YS5jb20k", "Y2xlcmsuZXhhbXBsZS5jb20k"} {
		_, _, err := parsePublishableKey(key)
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func TestFrontendURLs(t *testing.T) {
	for text, want := range map[string]string{
		"https://clerk.example.com": "https://clerk.example.com", "https://example.com/__clerk/v1/": "https://example.com/__clerk",
		"http://127.0.0.1:8787": "http://127.0.0.1:8787", "http://clerk.example.com": "", "ftp://x": "", "clerk.example.com": "",
		"https://a:b@clerk.example.com": "", "https://clerk.example.com?a": "", "https://clerk.example.com#a": "", "": "", "http://127.0.0.1.example.com": "",
	} {
		got, err := checkFrontendURL(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

// An instanceOf serves one instance without a network: its domains, and the
// environment at any host.
type instanceOf struct {
	record
	domains     string
	environment func(n int) (*http.Response, error)
	asked       int
}

func (i *instanceOf) exchange(t *testing.T) exchange {
	return func(req *http.Request) (*http.Response, error) {
		if req.Body == nil {
			req.Body = http.NoBody
		}
		i.add(req)
		switch {
		case strings.HasSuffix(req.URL.Path, "/v1/environment"):
			if req.Header.Get("Authorization") != "" || strings.Contains(fmt.Sprint(req.Header, req.URL), testKey.Reveal()) {
				t.Error("the Frontend API is sent the secret key")
			}
			if req.URL.Scheme != "https" {
				t.Errorf("the Frontend API is asked at %s", req.URL)
			}
			i.asked++
			return i.environment(i.asked)
		case req.URL.Path == "/v1/domains":
			if i.domains == "" {
				return reply(http.StatusForbidden, refusal("authorization_invalid", "")), nil
			}
			return reply(http.StatusOK, i.domains), nil
		}
		t.Errorf("%s was asked for", req.URL)
		return reply(http.StatusNotFound, ""), nil
	}
}

func fine(int) (*http.Response, error) {
	return reply(http.StatusOK, environmentText(`"email_code"`, "")), nil
}

func domainList(urls ...string) string {
	var list []string
	for i, u := range urls { // the first is a satellite
		list = append(list, fmt.Sprintf(`{"object":"domain","id":"dmn_%d","is_satellite":%v,"frontend_api_url":%q}`, i, i == 0, u))
	}
	return `{"data":[` + strings.Join(list, ",") + `],"total_count":2}`
}

var development = Instance{ID: "ins_1", EnvironmentType: "development"}

// The settings are those of the instance's primary domain, or of the domain that
// the publishable key names, and never of anybody else's.
func TestSettingsAreFound(t *testing.T) {
	const satellite, primary = "https://clerk.satellite.com", "https://foo-bar-1.clerk.accounts.dev"
	both := domainList(satellite, primary)
	key := func(host string) Frontend { return Frontend{PublishableKey: publishable("pk_test_", host+"$")} }
	for name, c := range map[string]struct {
		domains string
		from    Frontend
		want    string // "" where they cannot be read
		other   bool
		asks    int
	}{
		"primary":                      {both, Frontend{}, primary, false, 2},
		"by key":                       {both, key("foo-bar-1.clerk.accounts.dev"), primary, false, 2},
		"of the satellite":             {both, key("clerk.Satellite.com"), "https://clerk.Satellite.com", false, 2},
		"of another instance":          {both, key("clerk.elsewhere.com"), "", true, 1},
		"domains refused":              {"", Frontend{}, "", false, 1},
		"domains refused, by key":      {"", key("foo-bar-1.clerk.accounts.dev"), primary, false, 2},
		"by URL":                       {"", Frontend{URL: "https://example.com/__clerk"}, "https://example.com/__clerk", false, 1},
		"no domains":                   {`{"data":[]}`, Frontend{}, "", false, 1},
		"only satellites":              {domainList(satellite), Frontend{}, "", false, 1},
		"a domain of this network":     {domainList("", "https://10.0.0.8"), Frontend{}, "", false, 1},
		"a domain of this machine":     {domainList("", "http://127.0.0.1:99"), Frontend{}, "", false, 1},
		"a domain in the clear":        {domainList("", "http://clerk.example.com"), Frontend{}, "", false, 1},
		"a domain with a name and all": {domainList("", "https://a:b@clerk.example.com"), Frontend{}, "", false, 1},
		"domains of another shape":     {`{"data":{"x":1}}`, Frontend{}, "", false, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			served := &instanceOf{domains: c.domains, environment: fine}
			client := overExchange(t, Config{}, served.exchange(t))
			settings, origin, err := client.Settings(t.Context(), c.from, development)
			switch {
			case c.want == "" && (err == nil || settings != nil || errors.Is(err, ErrOtherInstance) != c.other):
				t.Errorf("%s: %v, %v", name, settings, err)
			case c.want != "" && (err != nil || origin != c.want || settings.PhoneNumber != migrate.SettingOff):
				t.Errorf("%s: %q, %v", name, origin, err)
			}
			if got := len(served.all()); got != c.asks {
				t.Errorf("%s: %d requests, want %d: %q", name, got, c.asks, served.lines())
			}
		})
	}
}

// An environment that cannot be read says nothing; one that is of another kind
// of instance belongs to another instance.
func TestSettingsThatCannotBeRead(t *testing.T) {
	for name, c := range map[string]struct {
		answer   func(n int) (*http.Response, error)
		instance Instance
		asked    int
		other    bool
		read     bool
	}{
		"not found": {func(int) (*http.Response, error) { return reply(404, "{}"), nil }, development, 1, false, false},
		"a redirect": {func(int) (*http.Response, error) {
			return reply(302, "", "Location", "https://elsewhere.com/v1/environment"), nil
		}, development, 1, false, false},
		"a web page":    {func(int) (*http.Response, error) { return reply(200, "<html>"), nil }, development, 1, false, false},
		"too large":     {func(int) (*http.Response, error) { return reply(200, strings.Repeat(" ", maxBody+1)), nil }, development, 2, false, false},
		"never":         {func(int) (*http.Response, error) { return nil, errors.New("no route to " + testKey.Reveal()) }, development, 2, false, false},
		"always 500":    {func(int) (*http.Response, error) { return reply(500, ""), nil }, development, 2, false, false},
		"500 once":      {func(n int) (*http.Response, error) { return []func(int) (*http.Response, error){fail500, fine}[n-1](n) }, development, 2, false, true},
		"of production": {fine, Instance{ID: "ins_1", EnvironmentType: "production"}, 1, true, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			served := &instanceOf{environment: c.answer}
			client := overExchange(t, Config{}, served.exchange(t))
			settings, _, err := client.Settings(t.Context(), Frontend{URL: "https://clerk.example.com"}, c.instance)
			if (err == nil) != c.read || (settings != nil) != c.read || errors.Is(err, ErrOtherInstance) != c.other || served.asked != c.asked {
				t.Errorf("%s: asked %d times, %v, %v", name, served.asked, settings, err)
			}
			if err != nil && strings.Contains(err.Error(), testKey.Reveal()) {
				t.Errorf("%s: the error holds the key: %v", name, err)
			}
		})
	}
}

func fail500(int) (*http.Response, error) { return reply(500, ""), nil }

// The clock is compared with the middle of the request, to the second that a
// Date can tell.
func TestClock(t *testing.T) {
	for _, c := range []struct {
		off  time.Duration
		date bool
	}{{0, true}, {90 * time.Second, true}, {-time.Hour, true}, {0, false}} {
		synctest.Test(t, func(t *testing.T) {
			client := overExchange(t, Config{}, func(*http.Request) (*http.Response, error) {
				time.Sleep(200 * time.Millisecond)
				theirs := time.Now().Add(-c.off)
				time.Sleep(200 * time.Millisecond)
				if !c.date {
					return reply(200, `{"object":"total_count","total_count":7}`), nil
				}
				return reply(200, `{"object":"total_count","total_count":7}`, "Date", theirs.UTC().Format(http.TimeFormat)), nil
			})
			clock, ok, users, err := client.Clock(t.Context())
			if err != nil || ok != c.date || users != 7 {
				t.Fatalf("%v, %d users, %v", ok, users, err)
			}
			if away := (clock.Ahead - c.off).Abs(); c.date && (away > clock.Margin || clock.Margin != 700*time.Millisecond) {
				t.Errorf("%v ahead, give or take %v; want %v", clock.Ahead, clock.Margin, c.off)
			}
		})
	}
}
