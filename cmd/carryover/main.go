// Command carryover moves every user of a legacy auth system into Clerk:
// passwords, second factors and history included, in one command that can be
// interrupted at any moment and simply run again.
//
// See carryover help, or the README.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"
)

func main() {
	umask() // whatever is created is for its owner only
	// A reader that goes away must not kill a run: writing to it fails instead.
	signal.Ignore(syscall.SIGPIPE)
	ui := &console{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY:  term.IsTerminal(int(os.Stdin.Fd())),
		errTTY: term.IsTerminal(int(os.Stderr.Fd())),
		errBar: hasWidth(os.Stderr),
		leave:  os.Exit,
	}
	ui.leave(execute(context.Background(), ui, os.Args[1:]))
}

// hasWidth reports whether a file is a terminal on which a bar can be drawn:
// some, such as a serial console, do not tell their size.
func hasWidth(file *os.File) bool {
	width, _, err := term.GetSize(int(file.Fd()))
	return err == nil && width > 0
}

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, ui *console, args []string) int {
	ui.args = args
	root := newRoot(ui)
	root.SetArgs(args)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	var exit *exitError
	switch {
	case errors.As(err, &exit):
	case ui.begun: // nobody expected it
		exit = &exitError{code: exitUnexpected, err: err}
	default: // what cobra finds wrong with a command line comes without a code
		exit = usage(err).hint("carryover help, or " + command.CommandPath() + " --help, shows how")
	}
	if exit.err != nil {
		ui.fail(exit)
	}
	return exit.code
}
