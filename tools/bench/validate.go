package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// validate measures how quickly files are checked, and in how much memory.
func (b *bench) validate(ctx context.Context) error {
	plain := func(name string) func() (string, error) {
		return func() (string, error) { return b.users(ctx, name, b.checked) }
	}
	for _, c := range []struct {
		what  string
		write func() (string, error)
		goal  float64
		args  []string
	}{
		{"CSV, 12 columns", plain("validate.csv"), 500_000, nil},
		{"JSONL, 12 columns", plain("validate.jsonl"), 350_000, nil},
		{"CSV of Django, mapped", func() (string, error) { return b.django(b.checked) }, 200_000,
			[]string{"--from", "django", "--param", "email_verified=yes"}},
	} {
		if err := b.check(ctx, c.what, c.write, c.goal, c.args); err != nil {
			return fmt.Errorf("%s: %w", c.what, err)
		}
	}
	return nil
}

// check measures the checks of one file, which it removes.
func (b *bench) check(ctx context.Context, what string, write func() (string, error), goal float64, args []string) (err error) {
	file, err := write()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	var runs []launch
	for range b.runs {
		l, err := b.checkOnce(ctx, file, b.checked, args)
		if err != nil {
			return err
		}
		runs = append(runs, l)
	}
	what = fmt.Sprintf("%s, %s rows", what, count(b.checked))
	b.table.add(newFigure("validate: "+what, "rows/s", 0, atLeast, goal, each(runs, func(l *launch) float64 {
		return float64(b.checked) / l.wall.Seconds()
	})...))
	b.addPeak("validate: peak memory, "+what, atSize(b.checked, atMost), 150, runs...)
	return nil
}

// checkOnce validates a file in which every row is good.
func (b *bench) checkOnce(ctx context.Context, file string, rows int, args []string) (launch, error) {
	l, err := b.command(ctx, nil, b.folder, append([]string{"validate", file}, args...)...)
	if err == nil {
		err = l.want(exitOK, map[string]int{"rows": rows, "unfinished": rows})
	}
	return l, err
}

// addPeak adds the peak memory of runs, where this system tells it.
func (b *bench) addPeak(what string, is bound, goal float64, runs ...launch) {
	values := each(runs, peakOf)
	switch f := newFigure(what, "MiB", 0, is, goal, values...); {
	case f.Median == 0:
		b.table.skip(what, "this system does not tell it")
	case f.Median <= ownPeak():
		b.table.skip(what, "this program has more itself")
	default:
		b.table.add(f)
	}
}
