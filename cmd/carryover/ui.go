package main

// Rules for words: standard output carries results only; everything else goes
// to standard error. Messages are lower case, without a full stop, prefixed
// "carryover:"; what to do follows on lines of its own. Text from files,
// servers and names is cleaned before it is shown. Nothing asks a question
// unless a person sits at a terminal.

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/migrate/report"
)

// A console is where the program talks. The tests make their own.
type console struct {
	in            *os.File
	out, err      io.Writer // cleaned, whatever is written
	script        io.Writer // out as it is, for shells to read
	screen        *screen   // err as it is
	inTTY, errTTY bool
	outBar        bool // out is a terminal that a bar can be drawn on
	errBar        bool // the same of err
	quiet         bool
	noInput       bool           // nobody is to be asked
	colour        bool           // err shows colours
	begun         bool           // a command has begun: what fails now is not the command line
	key           migrate.Secret // what the environment held, see takeKey
	args          []string       // of the command line
	leave         func(code int) // ends the program
}

// newConsole returns a console without a terminal and a key.
func newConsole(in *os.File, out, err io.Writer) *console {
	screen := newScreen(err)
	return &console{in: in, out: report.NewCleaner(out), script: out, err: report.NewCleaner(screen), screen: screen}
}

// say writes a line of talk. Any goroutine may.
func (c *console) say(format string, args ...any) {
	if !c.quiet {
		c.answer(fmt.Sprintf(format, args...))
	}
}

// answer writes a line that somebody has asked for.
func (c *console) answer(line string) {
	_, _ = io.WriteString(c.screen, report.CleanLines(line)+"\n")
}

// quit ends the program at once, and leaves nothing of a bar on the screen.
func (c *console) quit(by *signalError) {
	c.screen.clear()
	c.leave(by.code())
}

// keyLike is a key that was given in the place of something else, such as the
// name of the file that holds it.
var keyLike = regexp.MustCompile(`(sk_(?:live|test)_)\w+`)

// fail writes what ended the program, and what to do.
func (c *console) fail(e *exitError) {
	text := fmt.Sprintf(" %s\n", e.err)
	for _, hint := range e.hints {
		text += fmt.Sprintf("  %s\n", hint)
	}
	c.mark(red, "carryover:", "%s", keyLike.ReplaceAllString(text, "$1…"))
}

// alsoFailed returns the error that ends the program where there may be two:
// the first says more about what to do, so the second is only told.
func (c *console) alsoFailed(first, second error) error {
	if first == nil {
		return second
	}
	var e *exitError
	if !errors.As(second, &e) {
		e = exit(exitUnexpected, second)
	}
	c.fail(e)
	return first
}

// ask returns the line that a person types, and false where nobody can.
func (c *console) ask(question string) (string, bool) {
	if c.noInput || !c.inTTY || !c.errTTY {
		return "", false
	}
	fmt.Fprint(c.err, question)
	line, err := bufio.NewReader(c.in).ReadString('\n')
	return strings.TrimSpace(line), err == nil
}

// command returns this command line with more arguments, as a shell takes it.
// The values of --param may be secrets: their names stand for them.
func (c *console) command(more ...string) string {
	return commandLine(append(slices.Clone(c.args), more...))
}

// commandLine returns a command line of this program likewise.
func commandLine(args []string) string {
	line := "carryover"
	value := false // of paramFlag, which comes next
	for _, arg := range args {
		switch name, given := strings.CutPrefix(arg, "--"+paramFlag+"="); {
		case given:
			arg = "--" + paramFlag + "=" + masked(name)
		case value:
			arg = masked(arg)
		}
		value = arg == "--"+paramFlag
		line += " " + shellQuote(arg)
	}
	return keyLike.ReplaceAllString(line, "$1…")
}

// masked returns NAME=… of NAME=VALUE.
func masked(param string) string {
	name, _, _ := strings.Cut(param, "=")
	return name + "=…"
}

// shellQuote returns an argument as a shell takes it.
func shellQuote(arg string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:=@%+,"
	if arg != "" && strings.Trim(arg, plain) == "" {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
