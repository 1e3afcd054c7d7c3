package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-runewidth"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; -update writes it anew):\n%s", name, d)
	}
}

// What is told of a run in each of its states, on terminals of several widths
// and elsewhere. The file is to be looked at.
func TestFigures(t *testing.T) {
	first := figures{total: 471_902, inFlight: 28}
	going := figures{
		total: 471_902, ended: 287_410, good: 287_384, bad: 26, retried: 118,
		rate: 94.8, inFlight: 28, p95: 311 * time.Millisecond, refused: 3,
	}
	again := going
	again.earlier, again.total, again.ended = 235_000, 236_902, 52_410
	gate, away, stopping, done := again, again, again, again
	gate.waiting, gate.inFlight = "Clerk asked for 8 s (5.0 s left)", 0
	away.waiting, away.inFlight, away.rate = "Clerk cannot be reached (POST /users: connection refused); asking again", 0, 0
	stopping.waiting = "stopping"
	done.ended, done.good, done.inFlight = 236_902, 471_876, 0
	states := []struct {
		name string
		f    figures
	}{
		{"nothing is done yet", first},
		{"a first run", going},
		{"a run that goes on where another one stopped", again},
		{"Clerk asked to wait", gate},
		{"Clerk is away", away},
		{"somebody stopped it", stopping},
		{"all is done", done},
	}
	now := time.Date(2026, 11, 23, 2, 10, 30, 0, time.UTC)
	var text strings.Builder
	for _, s := range states {
		fmt.Fprintf(&text, "== %s\n", s.name)
		for _, width := range []int{100, 80, 60, 40, 20} {
			for _, row := range s.f.rows(width) {
				if cells := runewidth.StringWidth(row); cells >= width {
					t.Errorf("%s: a row of %d columns on a terminal of %d", s.name, cells, width)
				}
				fmt.Fprintln(&text, row)
			}
		}
		fmt.Fprintln(&text, s.f.line(now))
	}
	golden(t, "progress.golden", text.String())
}

// However narrow a terminal is, nothing fails and nothing is too long.
func TestFiguresNarrow(t *testing.T) {
	f := figures{earlier: 1000, total: 1_000_000, ended: 30, rate: 0.1, waiting: "Clerk asked for 8 s", bad: 5}
	for width := range 30 {
		for _, row := range f.rows(width) {
			if cells := runewidth.StringWidth(row); cells > max(width, 1) {
				t.Errorf("%q is wider than %d", row, width)
			}
		}
	}
}
