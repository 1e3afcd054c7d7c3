package profile

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"carryover/source"
)

// Draft writes a mapping to begin with, guessed from the names of the columns
// and from their values: text of the format that carryover help mapping
// explains. shape says how the file was read, and remark stands at its
// beginning. It holds no value of the file.
func (p *Profile) Draft(remark string, shape *source.Shape) string {
	d := &draft{profile: p, csv: shape.Comma != 0, used: map[*column]bool{}}
	d.fields()
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", comment(remark+"\nIt is guessed from the names of the columns and the form of their values: go through\nit line by line. carryover help mapping explains the format."))
	b.WriteString("about: users of the legacy system\n\n")
	d.input(&b, shape)
	if len(d.params) > 0 {
		b.WriteString("params:\n" + strings.Join(d.params, "") + "\n")
	}
	b.WriteString("fields:\n" + strings.Join(d.lines, ""))
	if d.found == 0 {
		b.WriteString("  # nothing else was recognised either: name the columns yourself\n  username:\n")
	}
	d.rest(&b)
	return b.String()
}

// A draft is a mapping that is being written.
type draft struct {
	profile *Profile
	csv     bool
	used    map[*column]bool
	found   int // fields
	params  []string
	lines   []string
}

// note writes a remark between the fields.
func (d *draft) note(text string) {
	for line := range strings.Lines(text) {
		d.lines = append(d.lines, "  "+comment(line))
	}
}

// input writes how the file is read.
func (d *draft) input(b *strings.Builder, shape *source.Shape) {
	b.WriteString("input:\n  canonical: ignore # only what stands under fields is sent\n")
	var csv []string
	if d.csv && shape.Comma != ',' {
		delimiter := quoted(string(shape.Comma))
		if shape.Comma == '\t' {
			delimiter = "tab"
		}
		csv = append(csv, "delimiter: "+delimiter)
	}
	if shape.Escaped {
		csv = append(csv, "tabs: escaped # no cell is in quotes; where some are, quoted")
	}
	if shape.Header != nil {
		csv = append(csv, "header: "+quoted(shape.Header)+" # the file has none: give the columns better names")
	}
	if words := d.nulls(); len(words) > 0 {
		csv = append(csv, "null: "+quoted(words))
	}
	if len(csv) > 0 {
		b.WriteString("  csv:\n    " + strings.Join(csv, "\n    ") + "\n")
	}
	if len(shape.At) > 0 {
		fmt.Fprintf(b, "  json:\n    at: %s\n", quoted(strings.Join(shape.At, ".")))
	}
	b.WriteString("\n")
}

// nulls are the words that stand for nothing in some column.
func (d *draft) nulls() (words []string) {
	for _, c := range d.profile.order {
		for word := range c.nulls {
			if !slices.Contains(words, word) {
				words = append(words, word)
			}
		}
	}
	slices.Sort(words)
	return words
}

// rest lists the columns that no field is made of.
func (d *draft) rest(b *strings.Builder) {
	title := "\n# Columns that are not used yet. What the user may change goes into unsafe_metadata, what the\n# application decides into public_metadata or private_metadata: object({plan: plan, …})\n"
	for _, c := range d.profile.sorted() {
		if d.used[c] || c.values == 0 || d.inside(c) {
			continue
		}
		b.WriteString(title)
		title = ""
		b.WriteString(comment(fmt.Sprintf("  %s: %s", visible(c.shownName()), c.kind())))
	}
}

// inside reports whether a column is part of one that is used.
func (d *draft) inside(c *column) bool {
	for c = c.parent; c != nil; c = c.parent {
		if d.used[c] {
			return true
		}
	}
	return false
}

// quoted writes a value as YAML that cannot be misread.
func quoted(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return `""` // texts and lists of them can be written
	}
	return string(text)
}

// visible is a name as a comment shows it.
func visible(name string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return '·'
		}
		return r
	}, name)
}

// comment makes each line of a text one of a YAML comment.
func comment(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimRight("# "+visible(strings.TrimRight(line, "\n")), " ") + "\n")
	}
	return b.String()
}

// add writes a field. More than one part stand on lines of their own.
func (d *draft) add(name string, parts ...string) {
	d.found++
	if len(parts) == 1 {
		d.lines = append(d.lines, fmt.Sprintf("  %s: %s\n", name, parts[0]))
		return
	}
	d.lines = append(d.lines, fmt.Sprintf("  %s:\n    %s\n", name, strings.Join(parts, "\n    ")))
}

// param declares a parameter, whose value nobody can guess.
func (d *draft) param(name, about string) {
	line := fmt.Sprintf("  %s:\n    about: %s\n    required: true\n", name, about)
	if !slices.Contains(d.params, line) {
		d.params = append(d.params, line)
	}
}

// yaml writes an expression so that YAML takes it for a text.
func yaml(expression string) string {
	if !strings.ContainsAny(expression, "'\\\n\t") && strings.Contains(expression, `"`) {
		return "'" + expression + "'"
	}
	if expression == "" || strings.ContainsAny(expression, "\"'#:[]{}!&*%@`,|>\\\n\t") || strings.TrimSpace(expression) != expression {
		return quoted(expression)
	}
	return expression
}

var reserved = []string{"row", "param", "null", "nil", "true", "false", "let", "if", "else", "in", "not", "and", "or", "matches", "contains", "startsWith", "endsWith"}

// expression is how expressions name a column; ok is false where none does.
func (d *draft) expression(c *column) (e string, ok bool) {
	if c.shownName() != c.path || strings.ContainsRune(c.path, '…') || strings.HasSuffix(c.path, "*") || strings.HasSuffix(c.path, "[]") {
		return "", false
	}
	name := c.path
	if c.parent == nil {
		if isName(name) && !slices.Contains(reserved, name) {
			return name, true
		}
		return "row[" + quoted(name) + "]", true
	}
	if e, ok = d.expression(c.parent); !ok {
		return "", false
	}
	rest := strings.TrimPrefix(c.path, c.parent.path)
	if c.parent.json > 0 {
		e = "json(" + e + ")"
	}
	switch {
	case strings.HasPrefix(rest, "[]"):
		return "", false
	case strings.HasPrefix(rest, "["):
		return fmt.Sprintf(`lookup(%s, "Name", %s, "Value")`, e, quoted(rest[1:len(rest)-1])), true
	case isName(rest[1:]):
		return e + rest, true
	}
	return e + "[" + quoted(rest[1:]) + "]", true
}

func isName(name string) bool {
	for i, c := range name {
		if c != '_' && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}
