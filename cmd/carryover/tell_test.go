package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A counter is a stage that counts how often it was asked.
type counter struct{ lines, rowsDrawn atomic.Int64 }

func (c *counter) line() string { return fmt.Sprintf("line %d", c.lines.Add(1)) }

func (c *counter) rows(int) []string {
	return []string{"bar", fmt.Sprintf("state %d", c.rowsDrawn.Add(1))}
}

// What is told of a stage of 100 seconds that somebody asks about once.
func TestTell(t *testing.T) {
	for _, c := range []struct {
		progress string
		quiet    bool
		terminal bool
		want     string
		drawn    bool
	}{
		{"auto", false, false, "line 1\nline 2\nline 3\nline 4\n", false},
		{"plain", false, true, "line 1\nline 2\nline 3\nline 4\n", false},
		{"auto", false, true, "line 1\n", true},
		{"bar", false, false, "line 1\n", true},
		{"none", false, true, "line 1\n", false},
		{"auto", true, true, "line 1\n", false},
		{"bar", true, true, "line 1\n", false},
	} {
		t.Run(fmt.Sprintf("%s, quiet=%v, terminal=%v", c.progress, c.quiet, c.terminal), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out, err bytes.Buffer
				ui := newConsole(nil, &out, &err)
				ui.quiet, ui.errBar = c.quiet, c.terminal
				teller := (&progressFlags{c.progress}).choose(ui)
				s := &counter{}
				end := teller.tell(s)
				time.Sleep(45 * time.Second)
				teller.asked <- os.Interrupt
				time.Sleep(55 * time.Second)
				end()
				v := newVT(unknownWidth)
				v.feed(err.String())
				v.wantShown(t, strings.Split(strings.TrimSuffix(c.want, "\n"), "\n")...)
				if drawn := s.rowsDrawn.Load() > 400; drawn != c.drawn || !drawn && err.String() != c.want {
					t.Errorf("drawn: %v (%d times)", drawn, s.rowsDrawn.Load())
				}
				if out.Len() > 0 {
					t.Errorf("standard output got %q", out.String())
				}
			})
		})
	}
}

// What takes no time is not told of.
func TestTellNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var err bytes.Buffer
		ui := newConsole(nil, &err, &err)
		end := (&progressFlags{"bar"}).choose(ui).tell(&counter{})
		time.Sleep(barEvery - time.Millisecond)
		end()
		if err.Len() > 0 {
			t.Errorf("%q was shown", err.String())
		}
	})
}
