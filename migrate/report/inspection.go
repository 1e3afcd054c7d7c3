package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"carryover/migrate/profile"
)

// An Inspection is what inspect finds out about files.
type Inspection struct {
	SchemaVersion int             `json:"schema_version"`
	Command       string          `json:"command"`
	Files         []InspectedFile `json:"files"`
	Seconds       float64         `json:"seconds"`
}

// An InspectedFile is what is known of a file.
type InspectedFile struct {
	File        string   `json:"file"`
	Bytes       int64    `json:"bytes"` // as it is on disk
	Format      string   `json:"format"`
	Compression string   `json:"compression,omitzero"`
	Encoding    string   `json:"encoding"`
	BOM         bool     `json:"byte_order_mark"`
	LineEnds    string   `json:"line_ends,omitzero"`
	Delimiter   string   `json:"delimiter,omitzero"`
	Header      *bool    `json:"header,omitzero"`   // of CSV
	ArrayAt     string   `json:"array_at,omitzero"` // where the records of a JSON document are
	OtherArrays []string `json:"other_arrays,omitzero"`

	Rows     int64     `json:"rows"`   // good ones that were read
	Broken   int64     `json:"broken"` // rows that cannot be read
	Problems []Problem `json:"problems"`
	Partly   bool      `json:"partly"`           // --max-rows ended it
	Stopped  string    `json:"stopped,omitzero"` // why the rest of the file cannot be read

	Columns     []profile.Column `json:"columns"`
	MoreColumns bool             `json:"more_columns"`
	Digests     []profile.Digest `json:"digests"`

	Known     []string  `json:"known_columns"` // that have the names of Clerk's properties
	Presets   []Suggest `json:"presets"`       // likeliest first
	NoMapping bool      `json:"no_mapping_needed"`
	Next      []string  `json:"next"` // commands
}

// A Suggest is a preset that a file seems to be for.
type Suggest struct {
	Preset  string   `json:"preset"`
	About   string   `json:"about"`
	Because string   `json:"because"`
	Join    string   `json:"join,omitzero"`  // the second file of it that the file is
	Lacks   []string `json:"lacks,omitzero"` // what speaks against it
	Needs   []Need   `json:"needs"`          // parameters and second files
}

// A Need is a parameter or a second file of a preset.
type Need struct {
	Flag     string `json:"flag"` // --param zone=VALUE, or --join addresses=FILE
	About    string `json:"about"`
	Required bool   `json:"required"`
	Secret   bool   `json:"secret,omitzero"`
	Default  string `json:"default,omitzero"`
}

// InspectionText writes an inspection for people.
func InspectionText(w io.Writer, d *Inspection) error {
	var b strings.Builder
	for i := range d.Files {
		if i > 0 {
			b.WriteString("\n\n")
		}
		d.Files[i].text(&b)
	}
	_, err := io.WriteString(w, CleanLines(b.String()))
	return err
}

func (f *InspectedFile) text(b *strings.Builder) {
	fmt.Fprintf(b, "%s\n\n", Clean(f.File))
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "  format\t%s\n", f.form())
	fmt.Fprintf(t, "  size\t%s\n", Bytes(f.Bytes)+f.compressed())
	fmt.Fprintf(t, "  rows\t%s\n", f.count())
	_ = t.Flush() // a strings.Builder takes everything
	if f.Broken > 0 {
		fmt.Fprintf(b, "\nBroken rows (%s)\n", Number(f.Broken))
		for _, p := range f.Problems {
			problem(b, p)
		}
	}
	f.columns(b)
	f.digests(b)
	f.presets(b)
	if len(f.Next) > 0 {
		b.WriteString("\nNext\n")
		for _, line := range f.Next {
			fmt.Fprintf(b, "  %s\n", Clean(line))
		}
	}
}

// form says how the file is written.
func (f *InspectedFile) form() string {
	parts := []string{f.Format, f.Encoding}
	if f.BOM {
		parts[1] += " with a byte order mark"
	}
	if f.ArrayAt != "" {
		parts[0] += ", records under " + Clean(f.ArrayAt)
	}
	if f.Delimiter != "" {
		name := map[string]string{",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}[f.Delimiter]
		if name == "" {
			name = Clean(f.Delimiter)
		}
		parts = append(parts, "delimiter "+name)
	}
	if f.LineEnds != "" {
		parts = append(parts, map[string]string{"LF": "lines end with LF", "CRLF": "lines end with CRLF", "mixed": "lines end with LF and CRLF"}[f.LineEnds])
	}
	if f.Header != nil && *f.Header {
		parts = append(parts, "with a header")
	} else if f.Header != nil {
		parts = append(parts, "without a header")
	}
	return strings.Join(parts, ", ")
}

func (f *InspectedFile) compressed() string {
	if f.Compression == "" {
		return ""
	}
	return ", compressed with " + f.Compression
}

func (f *InspectedFile) count() string {
	text := Number(f.Rows + f.Broken)
	if f.Broken > 0 {
		text += fmt.Sprintf(", %s of them broken", Number(f.Broken))
	}
	switch {
	case f.Stopped != "":
		text += "; the rest cannot be read: " + Clean(f.Stopped)
	case f.Partly:
		text += "; the rest was not read (--max-rows)"
	}
	if len(f.OtherArrays) > 0 {
		text += "; other lists of the document: " + Clean(strings.Join(f.OtherArrays, ", "))
	}
	return text
}

func (f *InspectedFile) columns(b *strings.Builder) {
	if len(f.Columns) == 0 {
		return
	}
	fmt.Fprintf(b, "\nColumns (%d)\n", len(f.Columns))
	var table strings.Builder
	t := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  NAME\tFILLED\tKIND\tDISTINCT\tEXAMPLES")
	var empty []string
	for i := range f.Columns {
		c := &f.Columns[i]
		if c.Rows == 0 {
			empty = append(empty, c.Name+nulls(c))
			continue
		}
		distinct := ""
		switch {
		case c.Distinct > 0:
			distinct = Number(c.Distinct)
		case c.Many:
			distinct = "> 256"
		}
		examples := Clean(strings.Join(c.Examples, ", "))
		if c.Secret {
			examples = "(masked)"
		}
		fmt.Fprintf(t, "  %s\t%s\t%s%s\t%s\t%s\n", Clean(c.Name), c.Percent(), c.Kind, nulls(c), distinct, examples)
	}
	_ = t.Flush()
	for line := range strings.Lines(table.String()) {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	if len(empty) > 0 {
		paragraph(b, "  without any value: ", "    ", commas(empty))
	}
	if f.MoreColumns {
		b.WriteString("  … and more, which are not told apart\n")
	}
}

// paragraph writes words in lines that a terminal can hold; those behind the
// first begin with the margin.
func paragraph(b *strings.Builder, first, margin string, words []string) {
	const width = 100
	line := first
	for _, word := range words {
		if len(line)+len(word) > width && line != first && line != margin {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line = margin
		}
		line += word + " "
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// nulls names the words of a column that stand where there is nothing.
func nulls(c *profile.Column) string {
	if len(c.Nulls) == 0 {
		return ""
	}
	return " (" + strings.Join(c.Nulls, " or ") + " for nothing)"
}

func (f *InspectedFile) digests(b *strings.Builder) {
	if len(f.Digests) == 0 {
		return
	}
	column := ""
	for _, d := range f.Digests {
		if d.Column != column {
			column = d.Column
			fmt.Fprintf(b, "\nDigests in %s\n", Clean(column))
		}
		fmt.Fprintf(b, "  %s × %s\n", Number(d.Count), kindOfDigest(d))
		if d.Open != "" {
			fmt.Fprintf(b, "      undecided: %s\n", d.Open)
		}
	}
	if len(f.Presets) > 0 && len(f.Presets[0].Lacks) == 0 {
		fmt.Fprintf(b, "  That is by their form alone; %s knows what its system writes, and validate counts what becomes of them\n", f.Presets[0].Preset)
	}
}

// kindOfDigest says what digests look like, and what they need.
func kindOfDigest(d profile.Digest) string {
	if d.Hasher == "" {
		return d.Why
	}
	text := d.Hasher
	if d.Sure != "certain" {
		text += " (" + d.Sure + ": " + d.Why + ")"
	}
	if d.Or != "" {
		text += ", or " + d.Or
	}
	if d.Rewrite != "" {
		text += "; needs the rewrite " + d.Rewrite
	}
	return text
}

func (f *InspectedFile) presets(b *strings.Builder) {
	for i, s := range f.Presets {
		switch {
		case i > 0 && len(s.Lacks) == 0:
			fmt.Fprintf(b, "\nIt may also be %s: %s\n", s.Preset, Clean(s.About))
		case len(s.Lacks) > 0:
			fmt.Fprintf(b, "\nIt resembles %s (%s), but for %s\n", s.Preset, Clean(s.About), Clean(strings.Join(s.Lacks, ", ")))
		case s.Join != "":
			fmt.Fprintf(b, "\nThis is a second file of %s: %s\n", s.Preset, Clean(s.About))
		default:
			fmt.Fprintf(b, "\nThis is %s: %s\n", s.Preset, Clean(s.About))
		}
		fmt.Fprintf(b, "  since it has %s\n", Clean(s.Because))
		if i == 0 && len(s.Lacks) == 0 && s.Join == "" {
			needs(b, s.Needs)
		}
	}
	if f.NoMapping {
		fmt.Fprintf(b, "\nThe columns are Clerk's own (%s): no preset is needed\n", Clean(strings.Join(f.Known, ", ")))
	} else if len(f.Presets) == 0 || len(f.Presets[0].Lacks) > 0 {
		b.WriteString("\nNo preset knows such a file for certain: a mapping says what each column means (carryover help mapping)\n")
	}
}

func needs(b *strings.Builder, list []Need) {
	for _, required := range []bool{true, false} {
		title := "  It can be given\n"
		if required {
			title = "  It needs\n"
		}
		for _, n := range list {
			if n.Required != required {
				continue
			}
			b.WriteString(title)
			title = ""
			text := Clean(n.About)
			if n.Default != "" {
				text += " (default " + Clean(n.Default) + ")"
			}
			fmt.Fprintf(b, "    %s\n", Clean(n.Flag))
			if text != "" {
				paragraph(b, "      ", "      ", strings.Fields(text))
			}
		}
	}
}

// Bytes writes a size for people: "812 bytes", "14 kB", "118 MB".
func Bytes(n int64) string {
	const k = 1000
	switch {
	case n < 10*k:
		return Number(n) + " bytes"
	case n < 10*k*k:
		return Number(n/k) + " kB"
	case n < 10*k*k*k:
		return Number(n/k/k) + " MB"
	}
	return Number(n/k/k/k) + " GB"
}

// commas returns names as words of a paragraph.
func commas(names []string) []string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = Clean(name)
		if i < len(names)-1 {
			words[i] += ","
		}
	}
	return words
}
