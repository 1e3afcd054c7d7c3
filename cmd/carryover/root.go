package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carryover/migrate/mapping"
)

func newRoot(ui *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "carryover",
		Short: "Move every user of a legacy auth system into Clerk",
		Long: `carryover moves every user of a legacy auth system into Clerk: passwords (as
digests), TOTP secrets, backup codes, sign-up dates, metadata. A run can be
interrupted at any moment; the same command goes on where it stopped.

  carryover inspect users.csv             what is in it, and which preset reads it
  carryover validate users.csv            check every row; nothing is sent
  carryover doctor                        look at key, instance, clock and folder
  carryover run users.csv --sandbox       rehearse against a Clerk in memory
  carryover run users.csv --dry-run       ask Clerk what would happen
  carryover run users.csv                 migrate
  carryover status                        where it stands
  carryover report users.csv              what came of it; rejected rows, ids
  carryover verify users.csv              read all users back and compare
  carryover undo users.csv                take it back`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          onlyCommands,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			warnMisspelt(ui, cmd.Root(), os.Environ())
			return bindEnvironment(cmd.Flags(), os.LookupEnv)
		},
	}
	root.CompletionOptions.DisableDescriptions = false
	root.SetFlagErrorFunc(flagError)
	root.PersistentFlags().BoolVar(&ui.noInput, "no-input", false, "never ask; what would have to be typed is an error")
	root.SetIn(ui.in)
	root.SetOut(ui.script) // what shells complete with holds tabs
	root.SetErr(ui.err)
	root.AddCommand(
		newInspect(ui), newDoctor(ui), newValidate(ui), newRun(ui), newStatus(ui), newReport(ui), newVerify(ui), newUndo(ui), newHashers(ui), newSandbox(ui), newExplain(ui), newVersion(ui), newDescribe(ui),
		&cobra.Command{Use: "exit-codes", Short: "What the exit codes mean", Long: exitCodesHelp},
		&cobra.Command{Use: "output", Short: "Results for programs: JSON, and JSON lines", Long: outputHelp},
		topic("mapping", "How a mapping file is written", mapping.Help),
		topic("presets", "The legacy systems that --from knows", mapping.PresetsHelp),
		topic("environment", "The environment variables", func() string { return environmentPage(root) }),
	)
	strictHelp(root)
	completeCommand(root)
	noteBegin(ui, root)
	return root
}

// noteBegin makes a command, and those below it, say that it has begun.
func noteBegin(ui *console, cmd *cobra.Command) {
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			ui.begun = true
			return run(cmd, args)
		}
	}
	for _, child := range cmd.Commands() {
		noteBegin(ui, child)
	}
}

// topic is a page of the help that is written when it is asked for.
func topic(name, short string, text func() string) *cobra.Command {
	cmd := &cobra.Command{Use: name, Short: short}
	cmd.SetHelpFunc(func(cmd *cobra.Command, _ []string) { fmt.Fprint(cmd.OutOrStdout(), text()) })
	return cmd
}

// withoutParam is an error of a flag without its value, where that may be a
// secret.
func withoutParam(err error) error {
	var bad *pflag.InvalidValueError
	if errors.As(err, &bad) && bad.GetFlag().Name == paramFlag {
		return fmt.Errorf("--%s: %w", paramFlag, errors.Unwrap(bad))
	}
	return err
}

// needFiles is the argument rule of commands that read input.
func needFiles(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return usagef("no input file given").hint("name one or more CSV, JSON or LDIF files, for example: carryover validate users.csv")
	}
	return nil
}
