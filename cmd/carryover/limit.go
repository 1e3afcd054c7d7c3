package main

import (
	"math"
	"time"

	"github.com/spf13/pflag"

	"carryover/migrate"
	"carryover/migrate/clerk"
	"carryover/migrate/report"
)

// paceFlags say at what pace requests are sent.
type paceFlags struct {
	rateLimit string
	share     float64

	rateGiven, shareGiven bool // by noteGiven
}

func (f *paceFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.rateLimit, "rate-limit", "", "Clerk's limit, N/DURATION (default: live key 1000/10s, test key 100/10s)")
	flags.Float64Var(&f.share, "share", 0, "percent of the limit that a run may use (default: live key 80, test key 99)")
}

// noteGiven notes which of the flags were given, once they have been read.
func (f *paceFlags) noteGiven(flags *pflag.FlagSet) {
	f.rateGiven, f.shareGiven = flags.Changed("rate-limit"), flags.Changed("share")
}

// over returns a limit with what the flags say in its place.
func (f *paceFlags) over(limit clerk.Limit) (clerk.Limit, error) {
	if f.rateGiven {
		n, window, err := clerk.ParseLimit(f.rateLimit)
		if err != nil {
			return limit, usage(err)
		}
		limit.N, limit.Window = n, window
	}
	if f.shareGiven {
		if !(f.share > 0 && f.share <= 100) {
			return limit, usagef("--share is a percentage above 0 and at most 100")
		}
		limit.Share = f.share / 100
	}
	return limit, nil
}

// limit returns the pace for a kind of key.
func (f *targetFlags) limit(kind clerk.KeyKind) (clerk.Limit, error) {
	limit := clerk.DefaultLimit(kind)
	if f.sandbox {
		limit.N = sandboxLimit
	}
	return f.over(limit)
}

// estimates say how long so many requests take: at the limit that the flags
// give, or, where they give none, at what Clerk publishes for each kind of
// instance.
func (f *paceFlags) estimates(requests int64) ([]report.Estimate, error) {
	live, err := f.over(clerk.DefaultLimit(clerk.LiveKey))
	if err != nil {
		return nil, err
	}
	estimate := newEstimate(requests, live)
	if f.rateGiven {
		return []report.Estimate{estimate}, nil
	}
	test, err := f.over(clerk.DefaultLimit(clerk.TestKey))
	if err != nil {
		return nil, err
	}
	other := newEstimate(requests, test)
	estimate.Instance, other.Instance = "production", "development"
	return []report.Estimate{estimate, other}, nil
}

// newEstimate is how long so many requests take at a limit.
func newEstimate(requests int64, limit clerk.Limit) report.Estimate {
	e := report.Estimate{Requests: requests, Limit: limit.String(), SharePercent: 100}
	if limit.Share != 0 {
		e.SharePercent = 100 * limit.Share
	}
	if pace := limit.PerSecond(); !math.IsInf(pace, 1) {
		e.PerSecond, e.Seconds = pace, float64(requests)/pace
	}
	return e
}

// lookUpRequests is how many requests it takes to look up so many rows.
func lookUpRequests(rows int64) int64 { return (rows + migrate.MaxLookUp - 1) / migrate.MaxLookUp }

// estimate is how long the run takes at the allowed pace, before it is known
// which users exist.
func (m *migration) estimate() time.Duration {
	requests := m.thisTime()
	if m.rules.Mode != migrate.CreateOnlyMode || m.planned != nil {
		requests += lookUpRequests(requests)
	}
	return timeFor(float64(requests), m.limit)
}
