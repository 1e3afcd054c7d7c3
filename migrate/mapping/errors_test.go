package mapping

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every error names its place and shows it, and says what to do where that is
// known. The mappings stand in testdata/errors, what is said of them beside them.
func TestErrors(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "errors", "*.yaml"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d mappings, %v", len(files), err)
	}
	var b strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(filepath.Base(file), string(text))
		if err == nil { // what is wrong shows when it is put to work
			params := map[string]string{}
			for name, value := range map[string]string{"zone": "Hunter/Two", "choice": "hunter2"} {
				if strings.Contains(string(text), name+":") {
					params[name] = value
				}
			}
			err = m.Check(Settings{Params: params})
		}
		var e *Error
		var s *SettingsError
		switch {
		case errors.As(err, &e):
			b.WriteString(e.Error() + "\n")
			for _, more := range []string{e.Snippet, e.Hint} {
				if more != "" {
					b.WriteString(more + "\n")
				}
			}
		case errors.As(err, &s):
			b.WriteString(s.Message + "\n" + s.Hint + "\n")
		default:
			t.Errorf("%s: %v, want an *Error", file, err)
		}
		b.WriteString("\n")
	}
	if strings.Contains(strings.ToLower(b.String()), "hunter2") {
		t.Error("an error quotes the value of a parameter")
	}
	got := strings.ReplaceAll(b.String(), strings.Join(Presets(), ", "), "(all of them)") // the file need not change with each new one
	golden := filepath.Join("testdata", "errors.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
