package mapping

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carryover/source"
)

// F12: whatever a mapping file holds, it is read or refused with an *Error
// whose place is in the file; and what is read can be compiled again.
func FuzzRead(f *testing.F) {
	for _, name := range Presets() {
		text, _ := presetText(name)
		f.Add(text)
	}
	f.Add(HelpExample().Mapping)
	files, err := filepath.Glob(filepath.Join("testdata", "errors", "*.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := Read("fuzz.yaml", text)
		if err == nil {
			_ = m.Shape()
			_ = m.canonical()
			return
		}
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%T: %v", err, err)
		}
		if e.Message == "" || e.Line < 0 || e.Column < 0 || strings.Contains(e.Snippet, "\x1b") {
			t.Fatalf("%+v", e)
		}
		if lines := strings.Count(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + 1; e.File == "fuzz.yaml" && e.Line > lines+1 {
			t.Fatalf("line %d of %d", e.Line, lines)
		}
	})
}

// Whatever an expression is and whatever the row holds, it is computed or
// refused, and no refusal quotes the row.
func FuzzExpression(f *testing.F) {
	for _, list := range [][]function{functions()} {
		for _, function := range list {
			for _, s := range function.tests {
				f.Add(s.expression, "hunter2hunter2", `{"a":["hunter2hunter2"]}`)
			}
		}
	}
	for _, text := range []string{`a - b`, `a.b[0]`, `a in b`, `filter(b, .a)`, `a ? b : 1`, `-a`, `a < b`, `a matches "x"`, `{x: a}`, `a % 2`, `json(a)`, `php(a)`, `phone(a, "US")`, `recode(a, "hex", "text")`, `int(a)`, `rewrite("firebase", a, {salt: b})`} {
		f.Add(text, "hunter2hunter2", `["hunter2hunter2"]`)
	}
	f.Fuzz(func(t *testing.T, expression, a, b string) {
		if strings.Contains(expression, "hunter2") {
			return
		}
		row := map[string]source.Cell{"a": {Text: a, Kind: source.Text}, "b": {Kind: source.NotGiven}}
		if _, err := decodeJSON(b); err == nil && b != "" {
			switch b[0] {
			case '{':
				row["b"] = source.Cell{Text: b, Kind: source.Object}
			case '[':
				row["b"] = source.Cell{Text: b, Kind: source.List}
			}
		}
		v, err := compute(t, expression, row)
		if err != nil {
			if strings.Contains(err.Error(), "hunter2") {
				t.Fatalf("an error quotes the row: %v", err)
			}
			return
		}
		for column := range source.Column(source.NumColumns) {
			if _, err := cellOf(column, v); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Fatalf("an error quotes the row: %v", err)
			}
		}
	})
}

// Whatever PHP's format holds, it is read in proportion to its size or refused.
func FuzzPHP(f *testing.F) {
	for _, seed := range []string{`a:1:{s:13:"administrator";b:1;}`, `a:2:{i:0;s:1:"a";i:1;i:7;}`, `N;`, `d:1e5;`, `a:1000000:{`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, _, err := fromPHP([]any{text})
		if err == nil {
			if _, err := appendJSON(nil, v); err != nil && !errors.Is(err, errLarge) && !strings.Contains(err.Error(), "infinite") {
				t.Fatal(err)
			}
		}
	})
}
