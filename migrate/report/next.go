package report

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// unfinished says what the rows without an outcome wait for, and which outcomes
// no answer has told.
func unfinished(b *strings.Builder, d *Document) {
	if u := d.Unfinished; u != nil {
		var parts []string
		for _, p := range []struct {
			n    int64
			what string
		}{
			{u.NeverSent, "never sent"},
			{u.TryAgain, "to be sent again"},
			{u.NoAnswer, "sent without an answer so far, which are looked up before anything is sent again"},
		} {
			if p.n > 0 {
				parts = append(parts, Number(p.n)+" "+p.what)
			}
		}
		fmt.Fprintf(b, "\nUnfinished: %s\n", strings.Join(parts, "; "))
	}
	if d.Reconciled > 0 {
		they := "they are"
		if d.Reconciled == 1 {
			they = "it is"
		}
		fmt.Fprintf(b, "\nOf %s no answer came; a look-up told that %s done\n", Plural(d.Reconciled, "row", "rows"), they)
	}
}

// next lists the files of a command, and what may be done now.
func next(b *strings.Builder, d *Document) {
	if len(d.Files) > 0 {
		b.WriteString("\nFiles (for their owner only)\n")
		t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
		for _, f := range d.Files {
			fmt.Fprintf(t, "  %s\t%s\n", Clean(f.Path), f.Meaning)
		}
		_ = t.Flush() // a strings.Builder takes everything
	}
	for i, s := range d.Next {
		if i == 0 {
			b.WriteString("\nNext\n")
		}
		fmt.Fprintf(b, "  %s\n      %s\n", Clean(s.Command), s.Does)
	}
}
