package main

import (
	"bytes"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carryover/migrate/report"
)

// A described command is what its help page is made of. tools/man makes manual
// pages of it.
type described struct {
	Name     string          `json:"name"`
	Use      string          `json:"use"`
	Short    string          `json:"short"`
	Long     string          `json:"long,omitzero"`
	Example  string          `json:"example,omitzero"`
	Topic    bool            `json:"topic,omitzero"` // it is a page of the help, and no command
	Flags    []describedFlag `json:"flags,omitzero"`
	Commands []described     `json:"commands,omitzero"`
}

type describedFlag struct {
	Name      string `json:"name"`
	Shorthand string `json:"shorthand,omitzero"`
	Usage     string `json:"usage"`
	Type      string `json:"type"`
	Default   string `json:"default,omitzero"`
}

// newDescribe is not for users: it writes what the help says as JSON.
func newDescribe(ui *console) *cobra.Command {
	return &cobra.Command{
		Use:    "describe",
		Short:  "Write what the help says as JSON",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return report.WriteJSON(ui.script, describe(cmd.Root()))
		},
	}
}

func describe(cmd *cobra.Command) described {
	d := described{Name: cmd.Name(), Use: cmd.Use, Short: cmd.Short, Long: cmd.Long, Example: cmd.Example, Topic: cmd.IsAdditionalHelpTopicCommand()}
	if d.Topic {
		var page bytes.Buffer
		out := cmd.OutOrStdout()
		cmd.SetOut(&page)
		_ = cmd.Help() // a buffer takes everything
		cmd.SetOut(out)
		d.Long = page.String()
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && f.Name != "help" {
			d.Flags = append(d.Flags, describedFlag{Name: f.Name, Shorthand: f.Shorthand, Usage: f.Usage, Type: f.Value.Type(), Default: f.DefValue})
		}
	})
	for _, child := range cmd.Commands() {
		if child.Name() != "help" && (child.IsAvailableCommand() || child.IsAdditionalHelpTopicCommand()) {
			d.Commands = append(d.Commands, describe(child))
		}
	}
	return d
}
