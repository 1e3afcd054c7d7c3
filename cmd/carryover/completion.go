package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"carryover/hashers"
	"carryover/migrate/clerk"
	"carryover/migrate/mapping"
	"carryover/migrate/sandbox"
)

// inputEndings are those of the files that users are read from.
var inputEndings = []cobra.Completion{"csv", "tsv", "jsonl", "ndjson", "json", "ldif", "gz", "zst"}

// flagValues are the values that shells complete a flag with.
var flagValues = map[string]func() []cobra.Completion{
	"mode":        fixed("upsert", "create", "update"),
	"from":        mapping.Presets,
	"on-existing": fixed("overwrite", "fill", "skip"),
	"metadata":    fixed("replace", "merge"),
	"pii":         fixed("mask", "full", "none"),
	"unverified":  fixed("drop", "reserved"),
	"no-password": fixed("reject", "without"),
	"no-totp":     fixed("reject", "without"),
	"only":        fixed("new", "failed", "rejected", "rejected="),
	"output":      fixed("text", "json"),
	"format":      fixed("text", "json", "jsonl"),
	"progress":    fixed("auto", "bar", "plain", "none"),
	"api-version": fixed(clerk.VersionMetadataInline, clerk.VersionMetadataApart),
	"environment": fixed("development", "production"),
	"require":     sandbox.Requirable,
	"off":         sandbox.Switchable,
	"rewrite-digests": func() (list []cobra.Completion) {
		for _, r := range hashers.Rewrites() {
			list = append(list, cobra.CompletionWithDesc(r.Name, r.From))
		}
		return list
	},
	"hasher": func() (list []cobra.Completion) {
		for _, h := range hashers.All() {
			list = append(list, cobra.CompletionWithDesc(h.Name, h.Format))
		}
		return list
	},
	"fault": func() (list []cobra.Completion) {
		for _, f := range sandbox.FaultNames() {
			list = append(list, cobra.CompletionWithDesc(f.Name+"=", f.About))
		}
		return list
	},
}

// flagFiles are the flags that take a file, with the endings that it has; any
// file where there is none.
var flagFiles = map[string][]cobra.Completion{
	"mapping": {"yaml", "yml"}, "write-mapping": {"yaml", "yml"}, "checkpoint": {"db"}, "ca-file": {"pem", "crt", "cer"},
	"problems": {"csv", "jsonl"}, "differences": {"csv", "jsonl"}, "prove": inputEndings, "canary": inputEndings, "plan": {"jsonl"}, "vanished": {"csv"},
	"rejects": {"csv", "jsonl", "json", "ldif"}, "id-map": {"csv", "jsonl", "sql"},
	"secret-key-file": nil, "param-file": nil, "env-file": nil, "log-file": nil, "digest-file": nil, "join": nil,
}

func fixed(values ...cobra.Completion) func() []cobra.Completion {
	return func() []cobra.Completion { return values }
}

// completeCommand lets shells complete the values of the flags and the files of
// a command, and of those below it.
func completeCommand(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			_ = cmd.RegisterFlagCompletionFunc(f.Name, completerOf(f)) // it exists, and has none
		}
	})
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = argumentsOf(cmd.Use)
	}
	for _, child := range cmd.Commands() {
		completeCommand(child)
	}
}

// completerOf completes the value of a flag.
func completerOf(f *pflag.Flag) cobra.CompletionFunc {
	endings, file := flagFiles[f.Name]
	values := flagValues[f.Name]
	if f.Name == "output" && strings.Contains(f.Usage, "jsonl") { // not every command writes lines
		values = flagValues["format"]
	}
	switch {
	case values != nil:
		return func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			list := values()
			directive := cobra.ShellCompDirectiveNoFileComp
			if slices.ContainsFunc(list, endsInEquals) { // more is to be typed
				directive |= cobra.ShellCompDirectiveNoSpace
			}
			return list, directive
		}
	case !file:
		return cobra.NoFileCompletions
	case endings == nil:
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	default:
		return cobra.FixedCompletions(endings, cobra.ShellCompDirectiveFilterFileExt)
	}
}

func endsInEquals(completion cobra.Completion) bool {
	value, _, _ := strings.Cut(completion, "\t")
	return strings.HasSuffix(value, "=")
}

// argumentsOf completes the arguments of a command, of which its line of use
// tells the kind.
func argumentsOf(use string) cobra.CompletionFunc {
	endings := slices.Clone(inputEndings)
	switch {
	case strings.Contains(use, "CHECKPOINT"):
		return cobra.FixedCompletions(append(endings, "db"), cobra.ShellCompDirectiveFilterFileExt)
	case strings.Contains(use, "FILE"):
		return cobra.FixedCompletions(endings, cobra.ShellCompDirectiveFilterFileExt)
	default:
		return cobra.NoFileCompletions
	}
}
