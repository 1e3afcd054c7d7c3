package main

// Rules for words: standard output carries results only; everything else goes
// to standard error. Messages are lower case, without a full stop, prefixed
// "carryover:"; what to do follows on lines of its own. Text from files,
// servers and names is cleaned before it is shown. Nothing asks a question
// unless a person sits at a terminal.

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"carryover/migrate/report"
)

// A console is where the program talks. The tests make their own.
type console struct {
	in            *os.File
	out, err      io.Writer
	inTTY, errTTY bool
	errBar        bool // err is a terminal of known width
	quiet         bool
	begun         bool           // a command has begun: what fails now is not the command line
	args          []string       // of the command line, which holds no secret
	leave         func(code int) // ends the program
}

// say writes a line of talk.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.err, format+"\n", args...)
	}
}

// fail writes what ended the program, and what to do.
func (c *console) fail(e *exitError) {
	fmt.Fprintf(c.err, "carryover: %s\n", cleanLines(e.err.Error()))
	for _, hint := range e.hints {
		fmt.Fprintf(c.err, "  %s\n", cleanLines(hint))
	}
}

// cleanLines cleans every line of a text of ours, keeping its line breaks.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = report.Clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

// ask returns the line that a person types, and false where nobody can.
func (c *console) ask(question string) (string, bool) {
	if !c.inTTY || !c.errTTY {
		return "", false
	}
	fmt.Fprint(c.err, question)
	line, err := bufio.NewReader(c.in).ReadString('\n')
	return strings.TrimSpace(line), err == nil
}

// command returns this command line with more arguments, as a shell takes it.
func (c *console) command(more ...string) string {
	line := "carryover"
	for _, arg := range append(slices.Clone(c.args), more...) {
		line += " " + shellQuote(arg)
	}
	return line
}

// shellQuote returns an argument as a shell takes it.
func shellQuote(arg string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,"
	if arg != "" && strings.Trim(arg, plain) == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
