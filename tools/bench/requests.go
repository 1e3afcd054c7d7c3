package main

import (
	"context"
	"errors"

	"carryover/tools/rig"
)

// key opens every sandbox here; it is no secret.
const key = "sk_test_bench"

// A step is a migration whose requests are counted.
type step struct {
	what, file, mode string
	ends             string // the count that all rows are in at its end
	decimals         int
	is               bound
	goal             float64
}

// requests counts how many requests a row takes: all that a run sends, also the
// one with which it asks whose key it has.
func (b *bench) requests(ctx context.Context) error {
	users, err := b.users(ctx, "requests.csv", b.requested)
	if err != nil {
		return err
	}
	renamed, err := b.renamed(users)
	if err != nil {
		return err
	}
	if err := b.count(ctx, []step{{"create", users, "create", "created", 2, atMost, 1}}); err != nil {
		return err
	}
	return b.count(ctx, []step{
		{"upsert, users that are new", users, "upsert", "created", 3, atMost, 1.011},
		{"update by external_id, one column changed", renamed, "update", "updated", 3, atMost, 1.011},
		{"upsert, nothing changed", renamed, "upsert", "updated", 3, noBound, 0},
	})
}

// count counts the requests of steps against one sandbox, where each finds the
// users that those before it left.
func (b *bench) count(ctx context.Context, steps []step) (err error) {
	box, err := rig.StartBox(ctx, b.binary, key, "--limit", "none", "--journal", "-1")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	for _, s := range steps {
		counts := map[string]int{"rows": b.requested, s.ends: b.requested}
		l, err := b.migrate(ctx, box, s.file, counts, append([]string{"--mode", s.mode}, unbounded...)...)
		if err != nil {
			return err
		}
		perRow := float64(l.Requests.Total) / float64(b.requested)
		b.table.add(newFigure("requests a row: "+s.what, "", s.decimals, s.is, s.goal, perRow))
	}
	return nil
}
