package mapping

import (
	"embed"
	"path"
	"slices"
	"strings"
)

//go:embed presets/*.yaml
var presets embed.FS

// Presets returns the names of the presets, sorted.
func Presets() []string {
	entries, err := presets.ReadDir("presets")
	if err != nil {
		return nil // it is part of the program
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))
	}
	slices.Sort(names)
	return names
}

// Preset reads a preset: a mapping file that is part of the program.
func Preset(name string) (*Mapping, error) {
	text, ok := presetText(name)
	if !ok {
		e := &Error{File: name, Message: "there is no preset of this name"}
		if near := nearest(name, Presets()); near != "" {
			return nil, e.advise("did you mean %s?", near)
		}
		return nil, e.advise("the presets are %s", strings.Join(Presets(), ", "))
	}
	return Read(name, text)
}

func presetText(name string) (string, bool) {
	if strings.ContainsAny(name, `/\.`) {
		return "", false
	}
	text, err := presets.ReadFile("presets/" + name + ".yaml")
	return string(text), err == nil
}
