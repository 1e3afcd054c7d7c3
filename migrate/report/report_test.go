package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

var update = flag.Bool("update", false, "write the golden files")

// documents are what the golden files show.
var documents = map[string]*report.Document{
	"finished": {
		SchemaVersion: report.SchemaVersion, Command: "run", State: "finished", Seconds: 4961,
		Counts:     report.Counts{Rows: 471_411, Created: 471_032, Updated: 379},
		Requests:   &report.Requests{Total: 476_126, ByStatus: map[string]int64{"200": 476_126}},
		Thresholds: []report.Threshold{{Name: report.RejectsThreshold, Most: 50, Kept: true}, {Name: report.LimitThreshold, Kept: true}},
		Rate:       95.97,
		LatencyMS:  &report.Latency{P50: 182, P95: 311.4, P99: 840, Max: 9400},
	},
	"problems": {
		SchemaVersion: report.SchemaVersion, Command: "run", State: "finished_with_problems", Seconds: 61,
		Counts:   report.Counts{Rows: 1000, Created: 900, Rejected: 90, Conflict: 10},
		Requests: &report.Requests{Total: 1010, ByStatus: map[string]int64{"200": 1007, "429": 3}},
		Rate:     16.6,
		Problems: []report.Problem{
			{Code: "form_identifier_exists", Field: "email_address", Severity: "error", Count: 90, Lines: []int64{12, 1200, 34567}},
			{Code: "user_exists", Severity: "error", Message: "a user with this external_id is in the instance already", Count: 10, Lines: []int64{7}},
			{Code: "phone_not_valid", Field: "phone_number", Severity: "warning", Count: 1, Lines: []int64{99}},
		},
		Unknown: []string{"shoe_size", "evil\x1b[31m"},
	},
	"stopped": {
		SchemaVersion: report.SchemaVersion, Command: "run", State: "stopped", Reason: "Clerk cannot be reached", Seconds: 12.4,
		Counts: report.Counts{Rows: 10, Created: 4, Unfinished: 6},
	},
	// A long run that ended with problems, in its second session.
	"end": {
		SchemaVersion: report.SchemaVersion, Command: "run", State: "finished_with_problems", Seconds: 1931, Runs: 2,
		Counts:     report.Counts{Rows: 480_473, Created: 471_790, Unchanged: 8_114, Rejected: 498, Conflict: 71},
		Reconciled: 2,
		Requests:   &report.Requests{Total: 184_704, ByStatus: map[string]int64{"200": 184_701, "429": 3}},
		Rate:       95.3, LatencyMS: &report.Latency{P50: 182, P95: 311, P99: 840, Max: 9400},
		Problems: []report.Problem{
			{Code: "no_identifier", Field: "email_address", Severity: "error", Message: "the row has no identifier; add one", Count: 212, Lines: []int64{17, 220, 3041}},
			{Code: "form_identifier_exists", Field: "email_address", Severity: "error", Message: migrate.Explain("form_identifier_exists"), Count: 71, Lines: []int64{991, 2210}},
			{Code: "form_param_format_invalid", Field: "phone_number", Severity: "error", Message: migrate.Explain("form_param_format_invalid"), Count: 38, Lines: []int64{7, 8801}},
		},
		Files: []report.File{{Path: "users.csv.carryover.db", Meaning: "the checkpoint"}},
		Next: []report.Step{
			{Command: "carryover report users.csv --rejects users.rejects.csv", Does: "writes the refused rows"},
			{Command: "carryover run users.csv --only rejected", Does: "sends the rows again that Clerk refused, once the instance is mended"},
		},
	},
	// The same run, interrupted before.
	"interrupted": {
		SchemaVersion: report.SchemaVersion, Command: "run", State: "interrupted", Reason: "interrupt", Seconds: 3031, Runs: 1,
		Counts:     report.Counts{Rows: 471_902, Created: 287_409, Rejected: 26, Unfinished: 184_467},
		Unfinished: &report.Unfinished{NeverSent: 184_452, TryAgain: 12, NoAnswer: 3},
		Requests:   &report.Requests{Total: 287_435, ByStatus: map[string]int64{"200": 287_435}}, Rate: 94.8,
		Problems: []report.Problem{{Code: "some_new_code", Severity: "error", Message: migrate.Explain("some_new_code"), Count: 26, Lines: []int64{40122}}},
		Files:    []report.File{{Path: "users.csv.carryover.db", Meaning: "the checkpoint"}},
		Next:     []report.Step{{Command: "carryover run 'my users.csv' --mapping legacy.yaml", Does: "goes on where it stopped"}},
	},
	// What report says of it later.
	"reported": {
		SchemaVersion: report.SchemaVersion, Command: "report", State: "running", Seconds: 3031, Runs: 2,
		Counts:     report.Counts{Rows: 20, Created: 10, Unfinished: 10},
		Unfinished: &report.Unfinished{NeverSent: 10},
	},
	"plan": {
		SchemaVersion: report.SchemaVersion, Command: "run --dry-run", State: "plan", Seconds: 0.4,
		Counts: report.Counts{Rows: 10, Created: 4, Updated: 3, Unchanged: 2, Conflict: 1},
	},
	"checked": {
		SchemaVersion: report.SchemaVersion, Command: "validate", State: "checked", Seconds: 0.04,
		Counts:  report.Counts{Rows: 12, Rejected: 2, Unfinished: 10},
		Digests: &report.Digests{Hashers: map[string]int64{"bcrypt": 7, "argon2id": 2}, LooksLike: map[string]int64{"md5": 1, "": 1}, Without: 1},
		Proofs: []report.Proof{
			{Key: "legacy-1", Line: 2, Hasher: "bcrypt", Proved: true, Message: "verified"},
			{Key: "legacy-2", Message: "no such user in the input, or its row is rejected"},
		},
	},
}

// A file of a thousand columns does not push its result off the screen.
func TestTextNamesSomeColumns(t *testing.T) {
	d := &report.Document{State: "checked", Unknown: []string{""}}
	for i := range 1000 {
		d.Unknown = append(d.Unknown, fmt.Sprintf("c%04d", i))
	}
	var got bytes.Buffer
	if err := report.Text(&got, d); err != nil {
		t.Fatal(err)
	}
	_, line, _ := strings.Cut(got.String(), "Ignored columns: ")
	if !strings.HasPrefix(line, `"", c0000, c0001, `) || !strings.HasSuffix(line, ", c0018 and 981 more\n") {
		t.Errorf("%s", line)
	}
}

func TestText(t *testing.T) {
	for name, d := range documents {
		var got bytes.Buffer
		if err := report.Text(&got, d); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name+".txt")
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got.String()); diff != "" {
			t.Errorf("%s (-want +got; -update writes it):\n%s", name, diff)
		}
	}
}

func TestJSONHasTheContractsMembers(t *testing.T) {
	for name, d := range documents {
		var out bytes.Buffer
		if err := report.JSON(&out, d); err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out.Bytes(), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, member := range []string{"schema_version", "state", "input", "counts", "rate", "problems", "seconds"} {
			if _, ok := got[member]; !ok {
				t.Errorf("%s: no member %q", name, member)
			}
		}
		if string(got["problems"]) == "null" {
			t.Errorf("%s: problems is null, want a list", name)
		}
	}
}

func TestCountStates(t *testing.T) {
	states := [migrate.NumStates]int64{migrate.Created: 3, migrate.Retry: 1, migrate.Ambiguous: 1, migrate.Rejected: 2}
	got := report.CountStates(10, states)
	want := report.Counts{Rows: 10, Created: 3, Rejected: 2, Unfinished: 5}
	if diff := cmp.Diff(want, got); diff != "" || !got.AddUp() {
		t.Errorf("add up: %v (-want +got):\n%s", got.AddUp(), diff)
	}
	if report.CountStates(2, states).AddUp() {
		t.Error("more outcomes than rows add up")
	}
}

func TestProblemFiles(t *testing.T) {
	problems := []migrate.Problem{
		{File: "users.csv", Row: 1, Line: 2, Key: "=cmd|' /C calc'!A0", Field: "phone_number", Code: "phone_not_e164", Severity: migrate.Fatal, Message: "a, \"quoted\" message"},
		{Row: 2, Line: 5, Key: "+49", Code: "short_record", Severity: migrate.Warning, Message: "two\nlines"},
	}
	write := func(name string) string {
		var out bytes.Buffer
		w, err := report.NewProblemWriter(&out, name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range problems {
			if err := w.Write(problems[i : i+1]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	records, err := csv.NewReader(strings.NewReader(write("out.CSV"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"file", "row", "line", "key", "field", "code", "severity", "message", "from"},
		{"users.csv", "1", "2", "'=cmd|' /C calc'!A0", "phone_number", "phone_not_e164", "error", "a, \"quoted\" message", ""},
		{"", "2", "5", "'+49", "", "short_record", "warning", "two\nlines", ""},
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	lines := strings.Split(strings.TrimSpace(write("out.jsonl")), "\n")
	if len(lines) != 2 || lines[1] != `{"row":2,"line":5,"key":"+49","code":"short_record","severity":"warning","message":"two\nlines"}` {
		t.Errorf("JSON lines: %q", lines)
	}
}

func TestNumberAndDuration(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1234567: "-1,234,567", 1_000_000: "1,000,000"} {
		if got := report.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		40 * time.Millisecond: "0.0 s", 9900 * time.Millisecond: "9.9 s", 45 * time.Second: "45 s",
		250 * time.Second: "4 min 10 s", 10_020 * time.Second: "2 h 47 min",
	} {
		if got := report.Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}
