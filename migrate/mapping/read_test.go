package mapping

import "testing"

// Every preset can be read.
func TestPresets(t *testing.T) {
	for _, name := range Presets() {
		m, err := Preset(name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		if m.About() == "" {
			t.Errorf("%s says not what it is for", name)
		}
	}
}
