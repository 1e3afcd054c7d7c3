package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

// Every line has a type before its other members, and nothing follows the
// summary.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	l := report.NewLines(&out)
	l.Start(report.Start{Command: "run", Target: &report.Target{InstanceID: "ins_1"}, Rows: 3, ToSend: 2, Checkpoint: "x.db"})
	l.Problems([]migrate.Problem{{Row: 1, Line: 2, Code: "email_invalid", Severity: migrate.Fatal, Message: "m"}})
	l.Row(&migrate.Result{Row: 2, Line: 3, Key: "b", State: migrate.Rejected, Action: migrate.Create, Code: "form_identifier_exists", Took: 1500 * time.Microsecond})
	l.Progress(report.Progress{Done: 1, Rows: 3})
	l.Notice("Stopping")
	if err := l.Summary(documents["stopped"]); err != nil {
		t.Fatal(err)
	}
	l.Notice("too late")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var types []string
	for _, line := range lines {
		var value map[string]any
		if err := json.Unmarshal([]byte(line), &value); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !strings.HasPrefix(line, `{"type":"`) {
			t.Errorf("the type does not come first: %s", line)
		}
		types = append(types, value["type"].(string))
	}
	if diff := cmp.Diff([]string{"start", "problem", "row", "progress", "notice", "summary"}, types); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	want := `{"type":"row","row":2,"line":3,"key":"b","state":"rejected","action":"create","code":"form_identifier_exists","message":"` +
		migrate.Explain("form_identifier_exists") + `","took_ms":1.5}`
	if lines[2] != want {
		t.Errorf("%s, want %s", lines[2], want)
	}
	if !strings.Contains(lines[5], `"problems":[]`) || !strings.Contains(lines[5], `"state":"stopped"`) {
		t.Errorf("the summary is not the document: %s", lines[5])
	}
}

// Lines that come from several goroutines are whole, and where one cannot be
// written the summary tells.
func TestLinesOfManyGoroutines(t *testing.T) {
	var out bytes.Buffer
	l := report.NewLines(&out)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 50 {
				l.Notice("x")
			}
		})
	}
	group.Wait()
	if n := strings.Count(out.String(), `{"type":"notice","message":"x"}`+"\n"); n != 400 || out.Len() != 400*32 {
		t.Errorf("%d whole lines in %d bytes", n, out.Len())
	}
	broken := report.NewLines(writerFunc(func([]byte) (int, error) { return 0, errors.New("full") }))
	broken.Notice("x")
	if err := broken.Summary(documents["stopped"]); err == nil {
		t.Error("the summary does not say that a line is missing")
	}
	var none *report.Lines
	none.Notice("x")
	none.Row(nil)
	none.Problems(nil)
	if err := none.Summary(documents["stopped"]); err != nil {
		t.Error(err)
	}
}
