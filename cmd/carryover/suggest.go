package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// onlyCommands is the argument rule of commands that do nothing but hold
// others: an argument is a command that is not there.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknownWord(cmd, "command", args[0])
}

// unknownWord is the error for a command or a topic that a command does not
// have, with those that may be meant.
func unknownWord(cmd *cobra.Command, what, word string) error {
	var names []string
	for _, child := range cmd.Commands() {
		if !child.Hidden {
			names = append(names, child.Name())
		}
	}
	e := usagef("unknown %s %q", what, word)
	if near := nearestOf(strings.ToLower(word), names); len(near) > 0 {
		_ = e.hint("did you mean " + strings.Join(near, ", ") + "?")
	}
	return e.hint(cmd.CommandPath() + " --help names them all")
}

// flagError is the error of a flag that a command does not have, or that has a
// wrong value.
func flagError(cmd *cobra.Command, err error) error {
	e := usage(withoutParam(err))
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearestOf(missing.GetSpecifiedName(), names); len(near) > 0 {
			_ = e.hint("did you mean --" + strings.Join(near, ", --") + "?")
		}
	}
	return e.hint(helpShows(cmd))
}

func helpShows(cmd *cobra.Command) string {
	return fmt.Sprintf("carryover help, or %s --help, shows how", cmd.CommandPath())
}

// strictHelp makes the help command refuse what it has no page of, which cobra
// takes for a success.
func strictHelp(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() != "help" {
			continue
		}
		cmd.Run = nil
		cmd.RunE = func(_ *cobra.Command, args []string) error {
			found, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				if found == nil {
					found = root
				}
				return unknownWord(found, "help topic", args[len(args)-max(1, len(rest))])
			}
			found.InitDefaultHelpFlag() // or it would not be in the page
			return found.Help()
		}
	}
}
