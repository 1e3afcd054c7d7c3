package sandbox

import (
	"errors"
	"fmt"
	"math"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// A WindowKind is the way requests are counted against [Config].Limit. Clerk
// does not say which of the two it uses.
type WindowKind uint8

const (
	// Fixed counts from one multiple of the window to the next.
	Fixed WindowKind = iota
	// Sliding counts the requests of the last window, at every moment.
	Sliding
)

// Config says what kind of Clerk to be. Its zero value is an instance without
// limit, latency or faults.
type Config struct {
	Addr string // where to listen: a loopback address and a port; "127.0.0.1:0" by default
	Key  string // the one secret key to accept; empty accepts every key of the sandbox's kind

	InstanceID      string // "ins_sandbox" by default
	EnvironmentType string // "development", the default, or "production"

	Limit      int           // requests a Window that the instance takes; 0 is no limit
	Window     time.Duration // 10 seconds by default, as Clerk's
	WindowKind WindowKind
	Phase      time.Duration // shifts the bounds of Fixed windows, which start with the sandbox

	// UserLimit is the number of requests to PATCH /users/{user_id} and to its
	// metadata in any 10 seconds and for one user: 10 by default, as Clerk's;
	// -1 is no limit.
	UserLimit int

	Latency time.Duration // median time from request to answer; half of it passes before the request is applied
	Sigma   float64       // spread of a lognormal latency: 0.3 puts the 95th percentile at 1.64 times the median
	Lag     time.Duration // how long a new user stays out of GET /users and its count

	MaxUsers int      // users that the instance takes, as a development instance does; 0 is no limit
	Require  []string // properties that each new user must have, unless its skip_… flag is sent

	// Off are attributes that users cannot have: properties of Require, or
	// authenticator_app or backup_code. A request that gives one is refused.
	Off []string

	UsernameMin, UsernameMax int  // characters; 4 to 64 by default, as Clerk's
	PasswordMin, PasswordMax int  // of plain passwords; 8 and no upper bound by default
	PasswordOnly             bool // a password is the only way to sign in
	HideSettings             bool // the Frontend API does not tell the settings

	AnyUsername bool // usernames may hold every character, as an instance can be set to

	// FoldExternalIDs makes GET /users find an external_id whatever its case,
	// which Clerk's documents leave open. Two that differ by case stay two.
	FoldExternalIDs bool

	DisableRestrictionFlag bool // refuse skip_restriction_checks as unknown, as Clerk did before August 2026

	Faults      []Fault          // until SetFaults
	Seed        uint64           // of faults, latencies and ids
	JournalSize int              // entries to keep, the newest; 0 keeps all, -1 none
	Now         func() time.Time // time.Now by default
}

// withDefaults fills in what was left out and refuses what makes no sense.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.Addr, "127.0.0.1:0")
	setDefault(&c.InstanceID, "ins_sandbox")
	setDefault(&c.EnvironmentType, "development")
	setDefault(&c.Window, 10*time.Second)
	setDefault(&c.UserLimit, 10)
	if c.Now == nil {
		c.Now = time.Now
	}

	addr, err := loopback(c.Addr)
	if err != nil {
		return c, err
	}
	c.Addr = addr

	switch {
	case c.EnvironmentType != "development" && c.EnvironmentType != "production":
		return c, fmt.Errorf("environment type %q: want development or production", c.EnvironmentType)
	case c.Key != "" && !isSandboxKey(c.Key):
		return c, errors.New("the sandbox takes no key that could be real: use one that begins with sk_test_ or sk_live_sandbox")
	case c.Limit < 0 || c.MaxUsers < 0:
		return c, errors.New("limits cannot be negative: 0 is no limit")
	case c.UserLimit < -1 || c.JournalSize < -1:
		return c, errors.New("the limit a user and the size of the journal are -1 or more")
	case c.Window < 0 || c.Phase < 0 || c.Latency < 0 || c.Lag < 0:
		return c, errors.New("window, phase, latency and lag cannot be negative")
	case c.WindowKind > Sliding:
		return c, errors.New("unknown kind of window: want Fixed or Sliding")
	case !(c.Sigma >= 0) || math.IsInf(c.Sigma, 1):
		return c, errors.New("sigma must be a number, 0 or more")
	}
	for _, name := range c.Require {
		if !slices.Contains(requirable, name) {
			return c, fmt.Errorf("cannot require %q: want one of %s", name, strings.Join(requirable, ", "))
		}
	}
	return c, errors.Join(c.checkSettings(), checkFaults(c.Faults))
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// loopback returns addr with a literal host, or refuses it. Names other than
// localhost are not resolved: what they stand for may change.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("sandbox address %q: want host:port, such as 127.0.0.1:8800", addr)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("sandbox address %q: the sandbox listens on loopback only, such as 127.0.0.1:8800", addr)
	}
	return net.JoinHostPort(host, port), nil
}

// isSandboxKey tells whether key is of the kind that no real instance in
// production has.
func isSandboxKey(key string) bool {
	return strings.HasPrefix(key, "sk_test_") || strings.HasPrefix(key, "sk_live_sandbox")
}
