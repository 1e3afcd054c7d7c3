package main

import (
	"path/filepath"
	"slices"
	"strings"

	"carryover/migrate"
	"carryover/migrate/report"
)

// A subject is what commands about a migration are given: how they name it on
// their command line.
type subject struct {
	resume     string   // the command that goes on, as a shell takes it; "" where it is not known
	checkpoint string   // where the name of the input does not tell it
	inputs     []string // as the user named them
	flags      []string // that say how the input is read
}

// subject is the subject of a run, by its command line.
func (m *migration) subject() subject {
	s := subject{resume: m.ui.command(), inputs: m.paths, flags: flagsOf(m.ui.args, readingFlags...)}
	if m.o.checkpoint != "" || m.o.sandbox {
		s.checkpoint = m.path
	}
	return s
}

// subjectOf is the same by a command line of run as the checkpoint keeps it.
func subjectOf(line string) subject {
	s := subject{resume: line}
	args := splitCommand(line)
	if len(args) < 2 || args[1] != "run" {
		return s
	}
	s.flags = flagsOf(args, readingFlags...)
	cmd := newRun(new(console))
	if cmd.ParseFlags(args[2:]) == nil { // else another release has written it
		s.inputs = cmd.Flags().Args()
	}
	return s
}

// splitCommand returns the arguments that commandLine put together.
func splitCommand(line string) []string {
	var args []string
	var arg strings.Builder
	quoted, begun := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\'':
			quoted, begun = !quoted, true
		case quoted:
			arg.WriteByte(c)
		case c == ' ':
			if begun {
				args = append(args, arg.String())
			}
			arg.Reset()
			begun = false
		case c == '\\' && i+1 < len(line):
			i++
			arg.WriteByte(line[i])
		default:
			arg.WriteByte(c)
			begun = true
		}
	}
	if begun {
		args = append(args, arg.String())
	}
	return args
}

// readingFlags say how an input is read.
var readingFlags = []string{"from", "mapping", paramFlag, "param-file", "join", "unverified", "no-password", "no-totp"}

// flagsOf returns the flags of a command line that have one of the names, with
// their values.
func flagsOf(args []string, names ...string) []string {
	var flags []string
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "--")
		name, _, joined := strings.Cut(name, "=")
		if !isFlag || !slices.Contains(names, name) {
			continue
		}
		flags = append(flags, args[i])
		if !joined && name != "strict" && name != "allow-notifications" && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	return flags
}

// withoutFlag returns a command line without a flag that has no value.
func withoutFlag(args []string, name string) []string {
	return slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return arg == "--"+name || strings.HasPrefix(arg, "--"+name+"=")
	})
}

// withoutValue returns a command line without a flag that has a value.
func withoutValue(args []string, name string) []string {
	var rest []string
	for i := 0; i < len(args); i++ {
		switch {
		case args[i] == "--"+name:
			i++
		case !strings.HasPrefix(args[i], "--"+name+"="):
			rest = append(rest, args[i])
		}
	}
	return rest
}

// withoutPlan returns a command line as commandLine writes it, without its plan.
func withoutPlan(line string) string {
	args := splitCommand(line)
	if len(args) == 0 || !strings.Contains(line, "--plan") {
		return line
	}
	return commandLine(withoutValue(args[1:], "plan"))
}

// steps are what may be done after a command has told how a migration stands.
func (s subject) steps(doc *report.Document) []report.Step {
	var steps []report.Step
	add := func(does, command string) { steps = append(steps, report.Step{Command: command, Does: does}) }
	c := doc.Counts
	if c.Unfinished > 0 && doc.State != "running" && doc.Reason != reasonChanged && s.resume != "" {
		add("goes on where it stopped; nothing is lost, and nothing is sent twice", s.resume)
	}
	if c.Rejected+c.Conflict > 0 {
		add("writes the refused rows as they stand in the input, each with its reason, to be corrected and run as an input of their own; --include-secrets keeps their secrets",
			s.report("--rejects", s.outputName(".rejects")))
	}
	if s.resume != "" && !strings.Contains(s.resume, " --only") && doc.State == "finished_with_problems" && slices.ContainsFunc(doc.Problems, askedClerk) {
		add("sends the rows again that Clerk refused, once the instance is mended", withoutPlan(s.resume)+" --only rejected")
	}
	if c.Created+c.Updated+c.Unchanged > 0 && c.Unfinished == 0 {
		add("writes which of your ids is which of Clerk's", s.report("--id-map", filepath.Base(s.inputs[0])+".ids.csv"))
		if doc.Target == nil || doc.Target.Kind != "sandbox" { // whose users end with the run
			add("reads all users back, and compares them with their rows", s.command("verify"))
		}
	}
	return steps
}

// askedClerk reports whether a problem is one that a run met, not the checks.
func askedClerk(p report.Problem) bool {
	return p.Severity == migrate.Fatal.String() && migrate.MetByRun(p.Code)
}

// report is the command line of carryover report about the subject.
func (s subject) report(more ...string) string { return s.command("report", more...) }

// command is that of any command that takes a checkpoint and its inputs.
func (s subject) command(name string, more ...string) string {
	args := []string{name}
	if s.checkpoint != "" {
		args = append(args, s.checkpoint)
	}
	return commandLine(slices.Concat(args, s.inputs, s.flags, more))
}

// validate is the command line of carryover validate about the subject.
func (s subject) validate(more ...string) string {
	return commandLine(slices.Concat([]string{"validate"}, s.inputs, s.flags, more))
}

// rejectsStep says how to have the rows that the checks refuse.
func (s subject) rejectsStep() report.Step {
	return report.Step{
		Command: s.validate("--rejects", s.outputName(".rejects")),
		Does:    "writes the rejected rows as they stand in the input, each with its reason, to be corrected; --include-secrets keeps their secrets",
	}
}

// outputName is that of a file made of the input, of the same kind.
func (s subject) outputName(with string) string {
	base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(s.inputs[0]), ".gz"), ".zst")
	if base == "-" {
		base = "stdin"
	}
	return strings.TrimSuffix(base, filepath.Ext(base)) + with + "." + formNamed(base)
}

// checkpointFile is the checkpoint as one of the files that a command leaves.
func checkpointFile(path string) report.File {
	return report.File{Path: path, Meaning: "the checkpoint: outcomes and ids of all rows, no secret; the next run and carryover report read it"}
}
