package mapping

import "testing"

// Every preset says what its files have, so that nobody must know it by name.
func TestEveryPresetIsRecognised(t *testing.T) {
	for _, name := range Presets() {
		m, err := Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		users := false
		for _, s := range m.signs {
			users = users || s.join == ""
			if s.about == "" {
				t.Errorf("%s does not say what it recognises", name)
			}
		}
		if !users {
			t.Errorf("%s recognises no file of users", name)
		}
	}
}

// Files without a header and documents are read as the presets read them.
func TestHeadersAndPlaces(t *testing.T) {
	r := NewRecognizer()
	headers := r.Headers(53)
	if len(headers) != 1 || headers[0][0] != "localId" {
		t.Errorf("the headers of 53 cells are %q", headers)
	}
	if len(r.Headers(54)) != 0 {
		t.Error("there are headers of 54 cells")
	}
	found := false
	for _, at := range r.Places() {
		found = found || len(at) == 1 && at[0] == "users"
	}
	if !found {
		t.Error("no preset looks under users")
	}
}
