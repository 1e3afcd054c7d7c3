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

// mark writes a word of ours in a colour, where standard error shows any, and a
// text behind it, which is cleaned as everything is.
func (c *console) mark(in colour, word, format string, args ...any) {
	if !c.colour {
		fmt.Fprintf(c.err, word+format, args...) // at once, so that nothing comes between
		return
	}
	_, _ = io.WriteString(c.screen, "\x1b["+string(in)+"m"+word+"\x1b[0m")
	fmt.Fprintf(c.err, format, args...)
}

// warn says a line of what may be wrong.
func (c *console) warn(format string, args ...any) {
	if !c.quiet {
		c.mark(yellow, "Warning:", " "+format+"\n", args...)
	}
}
