package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"carryover/tools/rig"
)

// What Clerk grants a production instance, and what the figures are about.
const (
	perSecond = 100
	window    = 10 * time.Second
	limitText = "1000/10s"
	usual     = 150 * time.Millisecond // latency
)

// shareGoals are promised, in percent of the limit, by the server's latency.
var shareGoals = map[time.Duration]float64{usual: 98.5, time.Second: 92}

// together is how many runs there are at a time: they mostly wait, and each
// keeps a tenth of a processor busy, with its sandbox.
const together = 4

// A setting is a server with a limit.
type setting struct {
	latency time.Duration
	sliding bool
}

func (s setting) String() string {
	kind := "fixed"
	if s.sliding {
		kind = "sliding"
	}
	return fmt.Sprintf("latency %d ms, %s window", s.latency.Milliseconds(), kind)
}

// A usage is what a run made of a limit.
type usage struct {
	launch
	share   float64 // of the limit, in percent, once the run is under way
	whole   float64 // the same from its first request about a user on
	refused uint64  // requests that came too early
}

// limit measures how much of a server's limit a run uses.
func (b *bench) limit(ctx context.Context) error {
	rows := int(b.limited.Seconds() * perSecond)
	file, err := b.users(ctx, "limit.csv", rows)
	if err != nil {
		return err
	}
	var settings []setting
	for _, latency := range b.latencies {
		settings = append(settings, setting{latency, false}, setting{latency, true})
	}
	var refused uint64
	var processor []float64
	for part := range slices.Chunk(settings, together) {
		usages := make([]usage, len(part))
		g, gctx := errgroup.WithContext(ctx)
		for i, s := range part {
			g.Go(func() (err error) {
				if usages[i], err = b.use(gctx, s, file, rows); err != nil {
					return fmt.Errorf("%s: %w", s, err)
				}
				return nil
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		for i, s := range part {
			is := noBound
			if shareGoals[s.latency] > 0 {
				is = atLeast
			}
			f := newFigure("share of the limit: "+s.String(), "%", 1, is, shareGoals[s.latency], usages[i].share)
			f.Note = fmt.Sprintf("%d × 429, %.1f %% with its start", usages[i].refused, usages[i].whole)
			b.table.add(f)
			refused += usages[i].refused
			if s.latency == usual {
				processor = append(processor, 100*usages[i].cpu.Seconds()/usages[i].wall.Seconds())
			}
		}
	}
	b.table.add(newFigure(fmt.Sprintf("429s in all of these %d runs", len(settings)), "", 0, atMost, 0, float64(refused)))
	if len(processor) > 0 {
		b.table.add(newFigure("processor at 100 requests/s, of one core", "%", 1, atMost, 5, processor...))
	}
	return nil
}

// use runs a migration against a server with a limit.
func (b *bench) use(ctx context.Context, s setting, file string, rows int) (u usage, err error) {
	flags := []string{"--limit", limitText, "--latency", s.latency.String(), "--sigma", "0.3", "--journal", "0"}
	if s.sliding {
		flags = append(flags, "--sliding")
	}
	box, err := rig.StartBox(ctx, b.binary, key, flags...)
	if err != nil {
		return u, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	counts := map[string]int{"rows": rows, "created": rows}
	if u.launch, err = b.migrate(ctx, box, file, counts, "--share", "100", "--rate-limit", limitText); err != nil {
		return u, err
	}
	stats, err := box.Stats(ctx)
	if err != nil {
		return u, err
	}
	if stats.Users != rows {
		return u, fmt.Errorf("the sandbox has %d users, want %d", stats.Users, rows)
	}
	u.refused = stats.ByStatus[http.StatusTooManyRequests]
	journal, err := box.Journal(ctx)
	if err != nil {
		return u, err
	}
	u.whole = 100 * arrivalRate(journal, 0) / perSecond
	u.share = 100 * arrivalRate(journal, underWay(b.limited)) / perSecond
	return u, nil
}

// underWay is after how much of its time a run is under way. It takes a few
// seconds to begin, whether it goes on for minutes or for hours; what a short one
// makes of a limit is mostly that.
func underWay(took time.Duration) time.Duration {
	if took < 3*window {
		return 0
	}
	return window
}

// arrivalRate is how many requests a second arrived, to the last one, from the
// first that was about users on and so much later. Those before, with which a run
// looks at the instance, come one after the other: they take as long for a run of
// any length.
func arrivalRate(journal []*rig.Entry, later time.Duration) float64 {
	begin := slices.IndexFunc(journal, func(e *rig.Entry) bool { return strings.HasPrefix(e.Path, "/users") })
	if begin < 0 {
		return 0
	}
	from := journal[begin].AtNS + later.Nanoseconds()
	begin = slices.IndexFunc(journal, func(e *rig.Entry) bool { return e.AtNS >= from })
	if begin < 0 || len(journal)-begin < 2 {
		return 0
	}
	journal = journal[begin:]
	span := time.Duration(journal[len(journal)-1].AtNS - journal[0].AtNS)
	return float64(len(journal)-1) / span.Seconds()
}
