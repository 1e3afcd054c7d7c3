package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// environmentPrefix begins the variable of every flag.
const environmentPrefix = "CARRYOVER_"

// variableOf is the environment variable of a flag.
func variableOf(f *pflag.Flag) string {
	return environmentPrefix + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
}

// bindEnvironment gives every flag that was not set on the command line the
// value of CARRYOVER_<FLAG>, where there is one.
func bindEnvironment(flags *pflag.FlagSet, lookup func(string) (string, bool)) error {
	var failed error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variableOf(f)
		value, ok := lookup(name)
		if !ok || f.Changed || failed != nil || f.Name == "help" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			failed = usagef("environment variable %s: %w", name, withoutParam(err))
		}
	})
	return failed
}

const environmentHelp = `Environment of carryover. A flag on the command line wins over its variable, and
a variable over the default. A variable that is set to nothing counts as given.

The key and the instance
  CLERK_SECRET_KEY   secret key of the instance; --secret-key-file and --env-file
                     win over it. It is taken out of the environment at once
  CLERK_API_URL      address of Clerk's Backend API; --api-url wins over it
  A file .env is never read by itself: --env-file .env takes the key from it.

The way to Clerk
  HTTPS_PROXY, HTTP_PROXY, NO_PROXY    the proxy, and what is reached without it
  SSL_CERT_FILE, SSL_CERT_DIR          certificates to trust (not on macOS and
                                       Windows); --ca-file adds to them

The screen
  NO_COLOR      set to anything: no colours
  FORCE_COLOR   set to anything but 0: colours also where there is no terminal
                (NO_COLOR wins). Otherwise only a terminal gets them, unless
                TERM is dumb
  TZ            the zone of --until, where it is not the machine's

The machine
  TMPDIR        the folder of the temporary file in which the look for duplicates
                notes 8 bytes for each identifier of a large input, hashed;
                otherwise /var/tmp
  GOGC, GOMEMLIMIT
                how garbage is collected, instead of the program's own way

Every flag
`

// environmentPage is the help page of the environment. The variables of the
// flags are those of the commands below root.
func environmentPage(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString(environmentHelp)
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	variables := flagVariables(root)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		v := variables[name]
		fmt.Fprintf(t, "  %s\t--%s\t%s\n", name, v.flag, strings.Join(v.commands, ", "))
	}
	_ = t.Flush() // a strings.Builder takes everything
	return b.String()
}

// A flagVariable is the environment variable of a flag, and where that is known.
type flagVariable struct {
	flag     string
	commands []string
}

// flagVariables returns those of the flags of all commands below root, by name.
func flagVariables(root *cobra.Command) map[string]*flagVariable {
	variables := map[string]*flagVariable{}
	var visit func(cmd *cobra.Command)
	visit = func(cmd *cobra.Command) {
		where := strings.TrimPrefix(cmd.CommandPath(), root.Name()+" ")
		if cmd == root {
			where = "every command"
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" || f.Hidden {
				return
			}
			name := variableOf(f)
			if variables[name] == nil {
				variables[name] = &flagVariable{flag: f.Name}
			}
			variables[name].commands = append(variables[name].commands, where)
		})
		for _, child := range cmd.Commands() {
			if !child.Hidden && child.Name() != "help" && child.Name() != "completion" {
				visit(child)
			}
		}
	}
	visit(root)
	return variables
}

// warnMisspelt warns of variables that look like those of flags and are none:
// what they were to change does not change.
func warnMisspelt(ui *console, root *cobra.Command, environment []string) {
	variables := flagVariables(root)
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, environmentPrefix) || variables[name] != nil {
			continue
		}
		near := ""
		if found := nearestOf(name, slices.Sorted(maps.Keys(variables))); len(found) > 0 {
			near = "; did you mean " + found[0] + "?"
		}
		ui.warn("the environment variable %s belongs to no flag%s", name, near)
	}
}

// coloured reports whether a stream shows colours: a terminal does, unless the
// environment says otherwise.
func coloured(terminal bool, lookup func(string) (string, bool)) bool {
	set := func(name string) string { value, _ := lookup(name); return value }
	switch force := set("FORCE_COLOR"); {
	case set("NO_COLOR") != "":
		return false
	case force != "":
		return force != "0"
	default:
		return terminal && set("TERM") != "dumb"
	}
}
