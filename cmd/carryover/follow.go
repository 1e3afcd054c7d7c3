package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/mattn/go-runewidth"

	"carryover/checkpoint"
	"carryover/migrate/report"
)

const (
	lookEvery = time.Second // at a checkpoint that is watched
	lookShare = 20          // a look may take this part of the time: those at large checkpoints are rarer
)

// A lookout is a stage: somebody else's run, as the last look at its checkpoint
// showed it.
type lookout struct{ seen atomic.Pointer[standing] }

// rows implements stage.
func (l *lookout) rows(width int) []string {
	s := l.seen.Load()
	head := fit(width-1, []item{
		{runewidth.Truncate(report.Clean(s.path), max(0, width-1), "…"), 4},
		{s.doc.Running.Process(), 3},
		{"for " + report.Duration(time.Duration(s.doc.Running.Seconds*float64(time.Second))), 2},
		{"instance " + report.Clean(s.doc.Target.InstanceID), 1},
	})
	return append([]string{head}, s.figures.rows(width)...)
}

// line implements stage.
func (l *lookout) line() string { return l.seen.Load().figures.line(time.Now()) }

// follow shows a checkpoint until no run works on it any more, or somebody has
// seen enough: then the error is a signalError. On a terminal it does so in
// place; nothing of that stays.
func (o *statusOptions) follow(ctx context.Context, ui *console, path string) error {
	soft, _, end := catchSignals(ctx, ui.quit)
	defer end()
	var l lookout
	var told time.Time // when a line was written
	erase := func() {}
	defer func() { erase() }()
	for {
		began := time.Now()
		s, err := o.look(soft, path)
		if by, ok := signalOf(soft); ok {
			return by
		}
		if err != nil || !s.running() {
			return err
		}
		first := l.seen.Swap(s) == nil
		switch {
		case ui.quiet || o.format == "json":
		case o.format == "text" && ui.outBar:
			if first {
				erase = draw(newScreen(ui.script), &l)
			}
		case !first && began.Sub(told) < lineEvery:
		case o.format == "jsonl":
			told = began
			o.lines.Progress(s.figures.forPrograms())
		default:
			told = began
			if _, err := fmt.Fprintln(ui.out, l.line()); err != nil {
				return fmt.Errorf("the status cannot be written: %w", unwrapPath(err))
			}
		}
		timer := time.NewTimer(max(lookEvery, lookShare*time.Since(began)))
		select {
		case <-timer.C:
		case <-soft.Done():
		}
		timer.Stop()
	}
}

func (o *statusOptions) look(ctx context.Context, path string) (*standing, error) {
	reader, err := checkpoint.OpenReader(ctx, path)
	if err != nil {
		return nil, checkpointError(err)
	}
	defer func() { _ = reader.Close() }()
	s, err := readStanding(ctx, reader, path)
	return s, checkpointError(err)
}
