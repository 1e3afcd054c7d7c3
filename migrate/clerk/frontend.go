package clerk

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"carryover/migrate"
)

const (
	// environmentPath asks for the form that parseEnvironment reads.
	environmentPath = "/v1/environment?__clerk_api_version=2025-04-10"

	settingsTimeout    = 30 * time.Second // of everything that is asked for the settings
	environmentTimeout = 10 * time.Second // of one attempt
	environmentPause   = 500 * time.Millisecond
)

// A Frontend says where the Frontend API of an instance is, which alone tells
// its settings. Where neither is given, the instance's domains say so.
type Frontend struct {
	PublishableKey string // pk_live_… or pk_test_…
	URL            string // https, or http on a loopback address
}

// Check reports what is wrong with what is given, without asking anybody. kind
// is that of the secret key.
func (f Frontend) Check(kind KeyKind) error {
	if f.PublishableKey != "" {
		of, _, err := parsePublishableKey(f.PublishableKey)
		if err == nil && of != kind {
			err = fmt.Errorf("the publishable key is a %s key, and the secret key is a %s key: give both of one instance", of, kind)
		}
		if err != nil {
			return err
		}
	}
	if f.URL != "" {
		_, err := checkFrontendURL(f.URL)
		return err
	}
	return nil
}

// parsePublishableKey returns the kind of instance and the host that a
// publishable key names. The error says what is wrong with it.
func parsePublishableKey(key string) (kind KeyKind, host string, err error) {
	rest, test := strings.CutPrefix(key, "pk_test_")
	live := false
	if !test {
		rest, live = strings.CutPrefix(key, "pk_live_")
	}
	switch {
	case strings.HasPrefix(key, "sk_"):
		return 0, "", errors.New("this is a secret key in the place of the publishable one, which begins with pk_")
	case !test && !live:
		return 0, "", errors.New("this is not a publishable key: it must begin with pk_live_ or pk_test_")
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(rest, "="))
	host, ended := strings.CutSuffix(string(text), "$")
	if err != nil || !ended || !isPublicHost(host) {
		return 0, "", errors.New("the publishable key names no host on the internet: copy it again from the Clerk Dashboard (API keys)")
	}
	if test {
		return TestKey, host, nil
	}
	return LiveKey, host, nil
}

// isPublicHost reports whether a host can be one of Clerk's or of its
// customers': a name in a public domain, neither an address nor a port.
func isPublicHost(host string) bool {
	labels := strings.Split(host, ".")
	if len(host) > 253 || len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	switch last := strings.ToLower(labels[len(labels)-1]); last {
	case "local", "localhost", "localdomain", "internal", "intranet", "lan", "home", "corp", "private", "test", "invalid", "example", "arpa", "onion":
		return false
	default:
		return strings.Trim(last, "0123456789") != ""
	}
}

// checkFrontendURL returns the base URL as requests use it, without /v1.
func checkFrontendURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "", errors.New("the URL of the Frontend API cannot be read: write it like https://clerk.example.com")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("the URL of the Frontend API must be a scheme, a host and perhaps a path")
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())):
		return "", errors.New("the URL of the Frontend API must begin with https://; http:// is for loopback addresses only")
	}
	path := strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v1")
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: path}).String(), nil
}

// ErrOtherInstance is a Frontend API, or a publishable key, of another instance
// than the secret key's.
var ErrOtherInstance = errors.New("the publishable key or the Frontend API belongs to another instance than the secret key")

// Settings reads the settings of the instance, with at most two requests: its
// domains from the Backend API, unless from names a URL, and its environment
// from the Frontend API, which gets neither the key nor anything else about the
// migration. It returns where they were read as well, where it came so far.
//
// An error says that they could not be read, and so that nothing is known. It
// is ErrOtherInstance where they would be those of another one.
func (c *Client) Settings(ctx context.Context, from Frontend, instance Instance) (settings *migrate.Settings, origin string, err error) {
	ctx, cancel := context.WithTimeout(ctx, settingsTimeout)
	defer cancel()
	if origin, err = c.frontendURL(ctx, from); err != nil {
		return nil, "", err
	}
	body, err := c.environment(ctx, origin)
	if err != nil {
		return nil, origin, err
	}
	read, kind, err := parseEnvironment(body)
	if err != nil {
		return nil, origin, err
	}
	if kind != "" && kind != instance.EnvironmentType {
		return nil, origin, ErrOtherInstance
	}
	return &read, origin, nil
}

// frontendURL finds the Frontend API.
func (c *Client) frontendURL(ctx context.Context, from Frontend) (string, error) {
	if from.URL != "" {
		return checkFrontendURL(from.URL)
	}
	named := ""
	if from.PublishableKey != "" {
		_, host, err := parsePublishableKey(from.PublishableKey)
		if err != nil {
			return "", err
		}
		named = "https://" + host
	}
	list, err := c.domains(ctx)
	if err != nil {
		if named != "" {
			return named, nil // the key is all that says so
		}
		return "", err
	}
	return c.choose(list, named)
}

// A domain is one of an instance's.
type domain struct {
	IsSatellite    bool   `json:"is_satellite"`
	FrontendAPIURL string `json:"frontend_api_url"`
}

// domains returns those of the instance. It is repeated like a look-up.
func (c *Client) domains(ctx context.Context) ([]domain, error) {
	var answer struct {
		Data []domain `json:"data"`
	}
	k := call{operation: ListOperation, method: http.MethodGet, template: "/domains"}
	err := c.read(ctx, k, func(body []byte) error {
		answer.Data = nil
		return decodeJSON(body, &answer)
	})
	return answer.Data, err
}

var (
	errNoDomain = &cause{text: "the instance has no domain that tells its Frontend API"}
	errNoPublic = &cause{text: "the Frontend API that the instance names is not on the internet"}
)

// choose returns the Frontend API of the domain that the publishable key names,
// or else of the primary one.
func (c *Client) choose(list []domain, named string) (string, error) {
	for _, d := range list {
		if named == "" && d.IsSatellite {
			continue
		}
		address, err := checkFrontendURL(d.FrontendAPIURL)
		switch {
		case err != nil:
			continue
		case named == "":
			return c.reachable(address)
		case strings.EqualFold(address, named):
			return named, nil
		}
	}
	if named != "" && len(list) > 0 {
		return "", ErrOtherInstance
	}
	if named != "" {
		return named, nil
	}
	return "", errNoDomain
}

// reachable refuses an address inside of this network that an answer names,
// unless the answer came from there.
func (c *Client) reachable(address string) (string, error) {
	u, err := url.Parse(address)
	own, ownErr := url.Parse(c.base)
	if err != nil || ownErr != nil {
		return "", errNoPublic
	}
	near := u.Hostname() == own.Hostname() || isLoopback(u.Hostname()) && isLoopback(own.Hostname())
	if !isPublicHost(u.Hostname()) && !near {
		return "", errNoPublic
	}
	return address, nil
}

// environment reads the environment, once more where that failed for now. It
// goes past the pacer: the Frontend API has limits of its own.
func (c *Client) environment(ctx context.Context, frontend string) ([]byte, error) {
	body, again, err := c.askEnvironment(ctx, frontend)
	if again && sleep(ctx, environmentPause) == nil {
		body, _, err = c.askEnvironment(ctx, frontend)
	}
	return body, err
}

// askEnvironment sends one request, without the key. No redirect is followed.
func (c *Client) askEnvironment(ctx context.Context, frontend string) (body []byte, again bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, environmentTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, frontend+environmentPath, nil)
	if err != nil {
		return nil, false, scrub(err, 0)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	resp, err := c.transport.base.RoundTrip(req)
	if err != nil {
		return nil, true, scrub(err, environmentTimeout)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		text := fmt.Sprintf("the Frontend API answers %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
		return nil, resp.StatusCode >= 500, &cause{text: text}
	}
	body, err = readBody(resp.Body, maxBody)
	return body, err != nil, scrub(err, environmentTimeout)
}
