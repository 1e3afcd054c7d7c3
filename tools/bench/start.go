package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"carryover/tools/rig"
)

// start measures how long the program takes to do nothing, and how large it is.
func (b *bench) start(ctx context.Context) error {
	var took []float64
	for range b.starts {
		began := time.Now()
		if words, err := rig.Command(ctx, b.binary, b.folder, "version").CombinedOutput(); err != nil {
			return fmt.Errorf("carryover version: %w\n%s", err, words)
		}
		took = append(took, time.Since(began).Seconds()*1000)
	}
	b.table.add(newFigure("start-up: carryover version", "ms", 1, noBound, 0, took...))
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	b.table.add(newFigure("size of the program, stripped", "MB", 1, noBound, 0, float64(info.Size())/1e6))
	return nil
}
