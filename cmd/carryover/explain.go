package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"carryover/hashers"
	"carryover/migrate"
	"carryover/migrate/report"
	"carryover/source"
)

// An explanation is what explain says of a code. The texts are whole sentences
// without a full stop; they lie in the packages that give the codes.
type explanation struct {
	Code     string `json:"code"`
	Group    string `json:"group"`
	Severity string `json:"severity,omitzero"`    // of ours: what becomes of the row or the file
	Status   int    `json:"http_status,omitzero"` // of Clerk's
	Meaning  string `json:"meaning"`
	Cause    string `json:"cause"`
	Fix      string `json:"fix"`
}

// explanations returns that of every code that the program can print, group by
// group; those of the form http_<status> are more than can be listed, see
// findExplanation.
func explanations() []explanation {
	var all []explanation
	for _, c := range source.Codes() {
		severity := "the row is rejected"
		if c.Ends {
			severity = "the file is refused"
		}
		all = append(all, explanation{Code: c.Code, Group: c.Group, Severity: severity, Meaning: c.Meaning, Cause: c.Cause, Fix: c.Fix})
	}
	for _, c := range migrate.Codes() {
		severity := map[migrate.Severity]string{
			0:               "the run stops; the same command goes on",
			migrate.Warning: "a warning; the row is sent", migrate.Fatal: "the row is rejected", migrate.Drop: "the row is left out",
		}[c.Severity]
		if migrate.MetByVerify(c.Code) {
			severity = "found when users are read back; nothing is sent"
		}
		all = append(all, explanation{Code: c.Code, Group: c.Group, Severity: severity, Meaning: c.Meaning, Cause: c.Cause, Fix: c.Fix})
	}
	for _, c := range hashers.Codes() {
		all = append(all, explanation{Code: c.Code, Group: c.Group, Meaning: c.Meaning, Cause: c.Cause, Fix: c.Fix})
	}
	for _, c := range migrate.ClerkCodes() {
		all = append(all, ofClerk(c))
	}
	return all
}

func ofClerk(c migrate.Code) explanation {
	return explanation{Code: c.Code, Group: c.Group, Status: c.Status, Meaning: c.Meaning, Cause: c.Cause, Fix: c.Fix}
}

// findExplanation returns that of a code as a person writes it.
func findExplanation(word string) (explanation, bool) {
	code := codeOf(word)
	all := explanations()
	if i := slices.IndexFunc(all, func(e explanation) bool { return e.Code == code }); i >= 0 {
		return all[i], true
	}
	c, ok := migrate.LookupClerkCode(code)
	return ofClerk(c), ok
}

// codeOf is the code that a word means: in lower case, with underscores.
func codeOf(word string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSpace(word), "-", "_"))
}

func newExplain(ui *console) *cobra.Command {
	var o outputFlags
	cmd := &cobra.Command{
		Use:   "explain [CODE…]",
		Short: "What a problem or error code means, and what to do",
		Long: `Say of a code what it means, how a migration comes to meet it, and what to do:
the codes of problems that validate and run list, of the files, of digests, and
of Clerk's errors. Without a code, all of them are listed.

Exit status
  0  explained
  2  there is no such code`,
		Example: `  carryover explain no_identifier
  carryover explain form_param_unknown http_502
  carryover explain | grep digest`,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.apply(ui); err != nil {
				return err
			}
			return explain(ui.out, &o, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			var list []cobra.Completion
			for _, e := range explanations() {
				list = append(list, cobra.CompletionWithDesc(e.Code, e.Meaning))
			}
			return list, cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.add(cmd.Flags())
	return cmd
}

func explain(w io.Writer, o *outputFlags, words []string) error {
	found := explanations()
	if len(words) > 0 {
		found = found[:0]
		for _, word := range words {
			e, ok := findExplanation(word)
			if !ok {
				return unknownCode(word)
			}
			found = append(found, e)
		}
	}
	switch {
	case o.format == "json":
		return report.WriteJSON(w, found)
	case len(words) == 0:
		return listExplanations(w, found)
	}
	for i, e := range found {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if err := e.write(w); err != nil {
			return err
		}
	}
	return nil
}

// write writes an explanation for people.
func (e explanation) write(w io.Writer) error {
	title := e.Code
	switch {
	case e.Status != 0:
		title += fmt.Sprintf(" (HTTP %d)", e.Status)
	case e.Severity != "":
		title += " (" + e.Severity + ")"
	}
	_, err := fmt.Fprintf(w, "%s\n\n%s%s%s", title,
		labelled("means", e.Meaning), labelled("comes from", e.Cause), labelled("what to do", e.Fix))
	return err
}

// labelled is a text behind a label, in lines that fit a terminal.
func labelled(label, text string) string {
	const labelWidth, textWidth = 14, 64
	var b strings.Builder
	line := fmt.Sprintf("  %-*s", labelWidth-2, label)
	used := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case used > 0 && used+1+len(word) > textWidth:
			b.WriteString(line + "\n")
			line, used = strings.Repeat(" ", labelWidth), 0
		case used > 0:
			line, used = line+" ", used+1
		}
		line, used = line+word, used+len(word)
	}
	return b.String() + line + "\n"
}

// listExplanations writes a line for each code, below the name of its group.
func listExplanations(w io.Writer, all []explanation) error {
	var b strings.Builder
	group := ""
	for _, e := range all {
		if e.Group != group {
			if group != "" {
				b.WriteString("\n")
			}
			group = e.Group
			fmt.Fprintf(&b, "%s\n", group)
		}
		fmt.Fprintf(&b, "  %-38s %s\n", e.Code, e.Meaning)
	}
	b.WriteString("\nAny other http_<status> is explained by its class. carryover explain CODE says more.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// unknownCode is the error for a word that is no code.
func unknownCode(word string) error {
	var codes []string
	for _, e := range explanations() {
		codes = append(codes, e.Code)
	}
	e := usagef("there is no code %q", word)
	if near := nearestOf(codeOf(word), codes); len(near) > 0 {
		_ = e.hint("did you mean " + strings.Join(near, ", ") + "?")
	}
	return e.hint("carryover explain lists all codes",
		"if Clerk sent it, it is newer than this program: ask Clerk's support, and give them the trace id")
}

// mostNear is how many names a suggestion holds.
const mostNear = 3

// nearestOf returns the names that a misspelt one may mean, the nearest first:
// those that are a few letters away, else those that hold it.
func nearestOf(word string, names []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	var near, holding []candidate
	for _, name := range names {
		if d := source.EditDistance(word, name); d <= min(len(word), len(name))/3 {
			near = append(near, candidate{name, d})
		} else if len(word) >= 3 && strings.Contains(name, word) {
			holding = append(holding, candidate{name, len(name)})
		}
	}
	if len(near) == 0 {
		near = holding
	}
	slices.SortStableFunc(near, func(a, b candidate) int { return cmp.Compare(a.distance, b.distance) })
	found := make([]string, 0, mostNear)
	for _, c := range near[:min(mostNear, len(near))] {
		found = append(found, c.name)
	}
	return found
}
