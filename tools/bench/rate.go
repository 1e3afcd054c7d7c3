package main

import (
	"context"
	"errors"
	"fmt"

	"carryover/tools/rig"
)

// rate measures how quickly users are made where the server does not
// hold the run back. It works on the same processors.
func (b *bench) rate(ctx context.Context) error {
	file, err := b.users(ctx, "unlimited.csv", b.unlimited)
	if err != nil {
		return err
	}
	var runs []launch
	for range b.runs {
		l, err := b.unlimitedOnce(ctx, file)
		if err != nil {
			return err
		}
		runs = append(runs, l)
	}
	rows := float64(b.unlimited)
	what := count(b.unlimited) + " rows"
	b.table.add(newFigure("run, no limit, sandbox on the same processors: "+what, "users/s", 0, atLeast, 5000, each(runs, func(l *launch) float64 {
		return rows / l.wall.Seconds()
	})...))
	b.table.add(newFigure("run, no limit: the program's own processor time a user", "µs", 0, noBound, 0, each(runs, func(l *launch) float64 {
		return float64(l.cpu.Microseconds()) / rows
	})...))
	b.addPeak("run, no limit: peak memory, "+what, atMost, 100, runs...)
	return nil
}

func (b *bench) unlimitedOnce(ctx context.Context, file string) (l launch, err error) {
	box, err := rig.StartBox(ctx, b.binary, key, "--limit", "none", "--latency", "0", "--journal", "-1")
	if err != nil {
		return l, err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	l, err = b.migrate(ctx, box, file, map[string]int{"rows": b.unlimited, "created": b.unlimited}, unbounded...)
	if err != nil {
		return l, err
	}
	stats, err := box.Stats(ctx)
	if err == nil && stats.Users != b.unlimited {
		err = fmt.Errorf("the sandbox has %d users, want %d", stats.Users, b.unlimited)
	}
	return l, err
}
