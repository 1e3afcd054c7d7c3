package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

// inProcess runs the command line here, for tests that run it by the hundred.
// Others run it as a process.
func inProcess(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, talk bytes.Buffer
	ui := newConsole(nil, &out, &talk)
	ui.leave = func(code int) { t.Errorf("left with %d", code) }
	code = execute(t.Context(), ui, args)
	return code, out.String(), talk.String()
}

// A problemLine is what a file of problems says of one.
type problemLine struct {
	Row      int64  `json:"row"`
	Line     int64  `json:"line"`
	Key      string `json:"key"`
	Field    string `json:"field"`
	Code     string `json:"code"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

func problemLines(problems []migrate.Problem) []problemLine {
	lines := []problemLine{}
	for _, p := range problems {
		lines = append(lines, problemLine{p.Row, p.Line, p.Key, p.Field, p.Code, p.Severity.String(), p.Message})
	}
	return lines
}

// compareProblems wants a file of JSON lines to name each problem.
func compareProblems(t *testing.T, file []byte, want []migrate.Problem) {
	t.Helper()
	got := []problemLine{}
	for decoder := json.NewDecoder(bytes.NewReader(file)); ; {
		var p problemLine
		err := decoder.Decode(&p)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if diff := cmp.Diff(problemLines(want), got); diff != "" {
		t.Errorf("the file of problems (-seen +file):\n%s", diff)
	}
	for _, p := range want {
		// What is wrong and what to do.
		if p.Field == "" && p.Code == "" || !strings.Contains(p.Message, "; ") {
			t.Errorf("%+v says too little", p)
		}
	}
}

// compareProblemsCSV is the same for CSV, where a spreadsheet must take no cell
// for a formula.
func compareProblemsCSV(t *testing.T, file []byte, want []migrate.Problem) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	got := []problemLine{}
	for _, r := range records[1:] {
		row, rowErr := strconv.ParseInt(r[1], 10, 64)
		line, lineErr := strconv.ParseInt(r[2], 10, 64)
		if rowErr != nil || lineErr != nil {
			t.Fatalf("%q", r)
		}
		got = append(got, problemLine{row, line, r[3], r[4], r[5], r[6], r[7]})
	}
	expected := problemLines(want)
	for i := range expected {
		expected[i].Key = report.Cell(expected[i].Key)
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("the file of problems (-seen +file):\n%s", diff)
	}
}
