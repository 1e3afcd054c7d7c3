package mapping

import (
	"cmp"
	"fmt"
	"strings"
)

// Extension returns the text of a mapping that begins with a preset and adds
// nothing yet, its parameters and second files in comments.
func (m *Mapping) Extension(remark string) string {
	var b strings.Builder
	b.WriteString(comment(remark))
	fmt.Fprintf(&b, "extends: %s\n", m.name)
	m.writeParams(&b)
	for i, j := range m.joins {
		if i == 0 {
			b.WriteString("\n# Its second files:\n")
		}
		text := fmt.Sprintf("--join %s=FILE: %s", j.Name, j.About)
		if j.Required {
			text += " (required)"
		}
		b.WriteString(comment(wrap(text, 78, "  ")))
	}
	b.WriteString("\n# Such lines would go before those of the preset:\n# fields:\n#   username: # nothing is sent\n#   public_metadata: \"object({plan: plan})\"\n")
	return b.String()
}

// writeParams tells of the parameters, and how to give those that are no secrets
// a default.
func (m *Mapping) writeParams(b *strings.Builder) {
	var defaults strings.Builder
	for i, p := range m.parameters {
		if i == 0 {
			b.WriteString("\n# Its parameters: --param NAME=VALUE, or --param-file FILE, the place for secret ones\n")
		}
		b.WriteString(comment(wrap(describeParam(p.Param), 78, "  ")))
		if p.Secret {
			continue
		}
		fmt.Fprintf(&defaults, "#   %s:\n#     about: %q\n", p.Name, p.About)
		if p.Choices != nil {
			fmt.Fprintf(&defaults, "#     choices: [\"%s\"]\n", strings.Join(p.Choices, `", "`))
		}
		fmt.Fprintf(&defaults, "#     default: %q\n", cmp.Or(p.Default, "…"))
	}
	if defaults.Len() > 0 {
		b.WriteString("#\n# With defaults of your own they need not be given each time:\n# params:\n" + defaults.String())
	}
}

// comment makes each line of a text one of a YAML comment.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("# "+strings.TrimRight(line, "\n"), " ") + "\n")
	}
	return b.String()
}
