package main

import (
	"fmt"
	"io"
)

// A colour is what a terminal shows a word in (ECMA-48, SGR).
type colour string

const (
	red    colour = "1;31"
	yellow colour = "1;33"
)

// paint returns a word in a colour, where standard error shows any.
func (c *console) paint(in colour, word string) string {
	if !c.colour {
		return word
	}
	return "\x1b[" + string(in) + "m" + word + "\x1b[0m"
}

// mark writes a word of ours in a colour, and a text behind it, which is
// cleaned as everything is.
func (c *console) mark(in colour, word, format string, args ...any) {
	_, _ = io.WriteString(c.screen, c.paint(in, word))
	fmt.Fprintf(c.err, format, args...)
}

// warn says a line of what may be wrong.
func (c *console) warn(format string, args ...any) {
	if !c.quiet {
		c.mark(yellow, "Warning:", " "+format+"\n", args...)
	}
}
