package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// bytesPerRow is more than a row of testdata/gen takes in CSV.
const bytesPerRow = 400

// big measures what becomes of speed and memory with a file that takes
// gigabytes, once.
func (b *bench) big(ctx context.Context) (err error) {
	if b.checkedBig == 0 {
		return nil
	}
	what := fmt.Sprintf("CSV, 12 columns, %s rows", count(b.checkedBig))
	need := uint64(b.checkedBig) * bytesPerRow
	if free, known := freeSpace(b.folder); known && free < 2*need {
		b.table.skip("validate: "+what, fmt.Sprintf("needs %d GB free on the disk, half of which it takes", 2*need/1e9))
		return nil
	}
	file, err := b.users(ctx, "big.csv", b.checkedBig)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(file)) }()
	l, err := b.checkOnce(ctx, file, b.checkedBig, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	b.table.add(newFigure("validate: "+what, "rows/s", 0, noBound, 0, float64(b.checkedBig)/l.wall.Seconds()))
	b.addPeak("validate: peak memory, "+what, atSize(b.checkedBig, atMost), 150, l)
	first, _, err := b.firstRun(ctx, file, b.checkedBig)
	if err != nil {
		return err
	}
	b.addPeak(fmt.Sprintf("run: peak memory, first run of %s rows", count(b.checkedBig)), atSize(b.checkedBig, atMost), 100, first)
	return nil
}
