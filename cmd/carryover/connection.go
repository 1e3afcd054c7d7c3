package main

import (
	"fmt"
	"time"

	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// A connection is how commands that only read talk to an instance.
type connection struct {
	client *clerk.Client
	kind   clerk.KeyKind
	origin string // of the key
	limit  clerk.Limit
}

// dial makes the client of the instance that the flags name; nothing is sent.
func (f *targetFlags) dial(ui *console, settings *settingsFlags) (*connection, error) {
	roots, err := f.roots()
	if err != nil {
		return nil, err
	}
	key, origin, err := f.key(ui)
	if err != nil {
		return nil, err
	}
	kind, err := clerk.KindOfKey(key)
	if err != nil {
		return nil, usage(err)
	}
	if err := settings.check(kind); err != nil {
		return nil, err
	}
	c := &connection{kind: kind, origin: origin}
	if c.limit, err = f.limit(kind); err != nil {
		return nil, err
	}
	c.client, err = clerk.New(clerk.Config{
		BaseURL: f.address(), Key: key, APIVersion: f.apiVersion, UserAgent: "carryover/" + versionText(),
		Limit: c.limit, RootCAs: roots,
	})
	if err != nil {
		return nil, usage(err)
	}
	return c, nil
}

// target is what a result says of the instance.
func (c *connection) target(instance clerk.Instance, version string) *report.Target {
	return &report.Target{
		Kind: instance.EnvironmentType, InstanceID: instance.ID, APIURL: c.client.BaseURL(), APIVersion: version, KeyOrigin: c.origin,
	}
}

// keyFits reports whether an instance is of the kind that its key says.
func keyFits(kind clerk.KeyKind, origin string, instance clerk.Instance) error {
	if production := instance.EnvironmentType == "production"; production == (kind == clerk.LiveKey) {
		return nil
	}
	return exit(exitMismatch, fmt.Errorf("the key from %s is a %s key, but the instance %s says it is %s",
		origin, kind, report.Clean(instance.ID), report.Clean(instance.EnvironmentType))).
		hint("check the key and --api-url")
}

// timeFor is how long so many requests take at most.
func timeFor(requests float64, limit clerk.Limit) time.Duration {
	return time.Duration(requests / limit.PerSecond() * float64(time.Second))
}
