package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carryover/migrate/mapping"
)

// The README shows how to migrate from every system, with commands that give
// its preset all that it asks for.
func TestReadmeShowsEveryPreset(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(line, "$ carryover run ")
		if !ok || !strings.Contains(command, " --from ") {
			continue
		}
		command, _, _ = strings.Cut(command, "    #")
		cmd := newRun(newConsole(os.Stdin, t.Output(), t.Output()))
		if err := cmd.ParseFlags(strings.Fields(command)); err != nil {
			t.Errorf("%s%v", line, err)
			continue
		}
		from, err := cmd.Flags().GetString("from")
		if err != nil {
			t.Fatal(err)
		}
		preset, err := mapping.Preset(from)
		if err != nil {
			t.Errorf("%s%v", line, err)
			continue
		}
		settings := mapping.Settings{
			Params: cmd.Flags().Lookup(paramFlag).Value.(*pairs).values,
			Joins:  cmd.Flags().Lookup("join").Value.(*pairs).values,
		}
		if !cmd.Flags().Changed("param-file") && !strings.Contains(line, "--sandbox") {
			if err := preset.Check(settings); err != nil {
				t.Errorf("%s%v", line, err)
			}
		}
		shown[from] = true
	}
	for _, name := range mapping.Presets() {
		if !shown[name] {
			t.Errorf("the README shows no run --from %s", name)
		}
	}
}
