package main

import (
	"fmt"
	"io"

	"carryover/migrate/report"
)

// A colour is what a terminal shows a word in (ECMA-48, SGR).
type colour string

const (
	red    colour = "1;31"
	yellow colour = "1;33"
)

// mark writes a word of ours in a colour, where standard error shows any, and a
// text behind it, which is cleaned as everything is.
func (c *console) mark(in colour, word, format string, args ...any) {
	text := report.CleanLines(fmt.Sprintf(format, args...))
	if c.colour {
		word = "\x1b[" + string(in) + "m" + word + "\x1b[0m"
	}
	_, _ = io.WriteString(c.screen, word+text) // at once, so that nothing comes between
}

// warn says a line of what may be wrong.
func (c *console) warn(format string, args ...any) {
	if !c.quiet {
		c.mark(yellow, "Warning:", " "+format+"\n", args...)
	}
}
