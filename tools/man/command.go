package main

import (
	"errors"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// A command is what carryover describe says of one.
type command struct {
	Use      string    `json:"use"`
	Short    string    `json:"short"`
	Long     string    `json:"long"`
	Example  string    `json:"example"`
	Topic    bool      `json:"topic"`
	Flags    []option  `json:"flags"`
	Commands []command `json:"commands"`
}

// An option is a flag of a command. It can be shown, and not be set.
type option struct {
	Name      string `json:"name"`
	Shorthand string `json:"shorthand"`
	Usage     string `json:"usage"`
	Kind      string `json:"type"`
	Default   string `json:"default"`
}

// String implements pflag.Value.
func (o *option) String() string { return o.Default }

// Type implements pflag.Value.
func (o *option) Type() string { return o.Kind }

// Set implements pflag.Value.
func (o *option) Set(string) error { return errors.ErrUnsupported }

// command returns it as cobra takes it to make pages of.
func (c *command) command() *cobra.Command {
	made := &cobra.Command{
		Use: c.Use, Short: c.Short, Long: markdown(c.Long, c.Topic), Example: c.Example,
		DisableAutoGenTag: true, DisableFlagsInUseLine: c.Topic,
		Run: func(*cobra.Command, []string) {}, // without it there would be no page
	}
	made.CompletionOptions.DisableDefaultCmd = true // it is among those that the program names
	for i := range c.Flags {
		o := &c.Flags[i]
		flag := &pflag.Flag{Name: o.Name, Shorthand: o.Shorthand, Usage: o.Usage, Value: o, DefValue: o.Default}
		if o.Kind == "bool" {
			flag.NoOptDefVal = "true"
		}
		made.Flags().AddFlag(flag)
	}
	for i := range c.Commands {
		made.AddCommand(c.Commands[i].command())
	}
	return made
}

// markdown returns a help text so that its lines stay as they are where they
// are indented, and whole where it is laid out in columns.
func markdown(text string, columns bool) string {
	var b strings.Builder
	code := false
	for line := range strings.Lines(text) {
		isCode := columns || strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") || code && strings.TrimSpace(line) == ""
		if isCode != code {
			b.WriteString("\n") // what is indented is a block of its own
		}
		if code = isCode; code {
			b.WriteString("    ")
		}
		b.WriteString(line)
	}
	return b.String()
}
