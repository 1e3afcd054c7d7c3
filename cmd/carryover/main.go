// Command carryover moves every user of a legacy auth system into Clerk:
// passwords, second factors and history included, in one command that can be
// interrupted at any moment and simply run again.
//
// See carryover help, or the README.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"golang.org/x/term"
)

func main() {
	boundGarbage()
	key := takeKey()
	private()
	// A reader that goes away must not kill a run: writing to it fails instead.
	signal.Ignore(syscall.SIGPIPE)
	tellOnQuit()
	ui := newConsole(os.Stdin, os.Stdout, os.Stderr)
	ui.key = key
	ui.inTTY = term.IsTerminal(int(os.Stdin.Fd()))
	ui.errTTY = term.IsTerminal(int(os.Stderr.Fd()))
	ui.outBar, ui.errBar = drawable(os.Stdout), drawable(os.Stderr)
	ui.colour = coloured(ui.errTTY && obeys(os.Stderr), os.LookupEnv)
	ui.leave = os.Exit
	ui.leave(execute(context.Background(), ui, os.Args[1:]))
}

// drawable reports whether a file is a terminal on which a bar is drawn.
func drawable(file *os.File) bool {
	return hasWidth(file) && os.Getenv("TERM") != "dumb" && obeys(file)
}

// hasWidth reports whether a file is a terminal on which a bar can be drawn:
// some, such as a serial console, do not tell their size.
func hasWidth(file *os.File) bool {
	width, _, err := term.GetSize(int(file.Fd()))
	return err == nil && width > 0
}

// execute runs the command line and returns the exit code.
//
// Of a panic it tells the type and the way there, which hold no value of ours:
// what is passed to panic may quote what the program was working on.
func execute(ctx context.Context, ui *console, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			ui.fail(exit(exitUnexpected, fmt.Errorf("internal error: panic of type %T", p)).hint("this is a bug; what follows says where"))
			fmt.Fprintf(ui.screen, "\n%s", debug.Stack())
			code = exitUnexpected
		}
	}()
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
		exit = usage(err).hint(helpShows(command))
	}
	if exit.err != nil {
		ui.fail(exit)
	}
	return exit.code
}
