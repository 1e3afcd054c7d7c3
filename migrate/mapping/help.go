package mapping

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed help
var help embed.FS

// Example is the one that the help shows, a file each.
type Example struct {
	Mapping string // example.yaml
	Users   string // users.csv
	Logins  string // logins.csv, the file of the join logins
}

// HelpExample returns the example of the help.
func HelpExample() Example {
	read := func(name string) string {
		text, _ := help.ReadFile("help/" + name) // it is part of the program
		return string(text)
	}
	return Example{Mapping: read("example.yaml"), Users: read("example.csv"), Logins: read("logins.csv")}
}

// Help explains the format: its sections, where a property comes from, the
// language of the expressions, all functions, and an example.
func Help() string {
	format, _ := help.ReadFile("help/format.txt") // it is part of the program
	var b strings.Builder
	b.Write(format)
	b.WriteString("\nFUNCTIONS\n\nNull in, null out: where the first argument is null, so is the result, unless\nanother one is told.\n")
	for _, f := range functions() {
		fmt.Fprintf(&b, "\n  %s(%s)\n", f.name, f.params)
		b.WriteString(wrap(f.about, 74, "      "))
		for _, s := range f.tests {
			fmt.Fprintf(&b, "        %s = %s\n", s.expression, s.result)
		}
	}
	e := HelpExample()
	for _, part := range []struct{ title, text string }{
		{"EXAMPLE: users.csv", e.Users}, {"logins.csv", e.Logins},
		{"legacy.yaml: carryover validate users.csv --mapping legacy.yaml --join logins=logins.csv", e.Mapping},
	} {
		fmt.Fprintf(&b, "\n%s\n\n%s", part.title, indent(part.text))
	}
	return b.String()
}

func indent(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) != "" {
			b.WriteString("  ")
		}
		b.WriteString(line)
	}
	return b.String()
}

// wrap breaks a text into lines of at most width bytes.
func wrap(text string, width int, margin string) string {
	var b strings.Builder
	line := margin
	for _, word := range strings.Fields(text) {
		if len(line)+1+len(word) > width && line != margin {
			b.WriteString(line + "\n")
			line = margin
		}
		if line != margin {
			line += " "
		}
		line += word
	}
	b.WriteString(line + "\n")
	return b.String()
}

// PresetsHelp lists the presets, what each needs and what it can read beside
// the users.
func PresetsHelp() string {
	var b strings.Builder
	b.WriteString("Presets know the exports of other systems: carryover validate FILE --from NAME.\nEach is a mapping (carryover help mapping); a mapping of your own may extend it.\n")
	for _, name := range Presets() {
		m, err := Preset(name)
		if err != nil {
			continue // a test reads them all
		}
		fmt.Fprintf(&b, "\n%s\n%s", name, wrap(m.About(), 78, "    "))
		for _, p := range m.Params() {
			b.WriteString(wrap("--param "+describeParam(p), 78, "      "))
		}
		for _, j := range m.Joins() {
			text := fmt.Sprintf("--join %s=FILE: %s", j.Name, j.About)
			if j.Required {
				text += " (required)"
			}
			b.WriteString(wrap(text, 78, "      "))
		}
	}
	return b.String()
}

func describeParam(p Param) string {
	value := "VALUE"
	if p.Choices != nil {
		value = strings.Join(p.Choices, "|")
	}
	text := p.Name + "=" + value + ": " + p.About
	switch {
	case p.Required && p.Secret:
		text += " (required, secret)"
	case p.Required:
		text += " (required)"
	case p.Secret:
		text += " (secret)"
	case p.Default != "":
		text += " (default " + p.Default + ")"
	}
	return text
}
