package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

// A malformedCase is a line of testdata/malformed/expect.tsv: what must come of
// one input that an export got wrong.
type malformedCase struct {
	file     string
	outcome  string   // refused, rejected, warned or accepted
	good     string   // rows that can be sent; "-" where the file is refused
	rejected string   // rows that cannot
	lines    []string // of each problem, warnings among them
	codes    []string
}

// exitCode is what validate says of the case.
func (c *malformedCase) exitCode() int {
	switch c.outcome {
	case "refused":
		return exitUsage
	case "rejected":
		return exitProblems
	default:
		return exitOK
	}
}

func table(t *testing.T, name string, columns int) [][]string {
	t.Helper()
	text, err := os.ReadFile(sample(t, filepath.Join("malformed", name)))
	if err != nil {
		t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(text)) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(row) != columns {
			t.Fatalf("%s: %d columns in %q, want %d", name, len(row), line, columns)
		}
		rows = append(rows, row)
	}
	return rows[1:]
}

func list(text string) []string {
	if text == "-" {
		return nil
	}
	return strings.Split(text, ",")
}

func malformedCases(t *testing.T) []malformedCase {
	t.Helper()
	var cases []malformedCase
	for _, row := range table(t, "expect.tsv", 7) {
		if len(row[6]) < 10 {
			t.Errorf("%s: %q is no reason", row[0], row[6])
		}
		cases = append(cases, malformedCase{row[0], row[1], row[2], row[3], list(row[4]), list(row[5])})
	}
	return cases
}

// The table names every file and every case that is made, and nothing else.
func TestMalformedTableIsComplete(t *testing.T) {
	files, err := os.ReadDir(sample(t, "malformed"))
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Collect(maps.Keys(made))
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".tsv") {
			want = append(want, f.Name())
		}
	}
	var have []string
	numbers := map[string]bool{}
	for _, c := range malformedCases(t) {
		have = append(have, c.file)
		numbers[c.file[:3]] = true
	}
	slices.Sort(want)
	slices.Sort(have)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-files +table):\n%s", diff)
	}
	for _, group := range []struct {
		letter string
		cases  int
	}{{"C", 40}, {"J", 32}, {"S", 20}, {"G", 8}} {
		for i := range group.cases {
			if number := fmt.Sprintf("%s%02d", group.letter, i+1); !numbers[number] {
				t.Errorf("there is no case %s", number)
			}
		}
	}
}

// Every malformed input has the outcome that the table says, by its lines and
// codes: as a library reads it and as the command tells it, plain and
// compressed. What can be sent is sent as it is in the file.
func TestMalformed(t *testing.T) {
	sent := wantedRequests(t)
	for _, c := range malformedCases(t) {
		for _, compressed := range []bool{false, true} {
			if compressed && (strings.HasPrefix(c.file, "G") || strings.HasSuffix(c.file, ".gz")) {
				continue
			}
			name := c.file
			if compressed {
				name += " in gzip"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				path := malformedFile(t, c.file, compressed)
				seen := lookAt(t, path)
				if diff := cmp.Diff(c, seen.as(c.file), cmp.AllowUnexported(malformedCase{})); diff != "" {
					t.Errorf("(-table +seen):\n%s", diff)
				}
				if c.outcome != "refused" {
					compareRequests(t, sent[c.file], seen.sent)
				}
				validateMalformed(t, &c, seen, path, compressed)
			})
		}
	}
}

// malformedFile returns the path of a case's file.
func malformedFile(t *testing.T, name string, compressed bool) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if compressed {
		path += ".gz"
	}
	if write, ok := made[name]; ok {
		write(t, path, compressed)
		return path
	}
	data, err := os.ReadFile(sample(t, filepath.Join("malformed", name)))
	if err != nil {
		t.Fatal(err)
	}
	if compressed {
		data = gzipped(t, data)
	}
	return writeFile(t, path, data)
}

func gzipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A look is what reading and checking an input found.
type look struct {
	census   *migrate.Census
	problems []migrate.Problem
	refused  *source.FileError
	sent     map[int64]string // the requests that would be made, by line
}

func (l *look) as(file string) malformedCase {
	c := malformedCase{file: file, outcome: "refused", good: "-", rejected: "-"}
	if l.refused != nil {
		if l.refused.Line > 0 {
			c.lines = []string{strconv.FormatInt(l.refused.Line, 10)}
		}
		c.codes = []string{l.refused.Code}
		return c
	}
	c.good, c.rejected = strconv.FormatInt(l.census.Good(), 10), strconv.FormatInt(l.census.Rejected, 10)
	for _, p := range l.problems {
		c.lines, c.codes = append(c.lines, strconv.FormatInt(p.Line, 10)), append(c.codes, p.Code)
	}
	switch {
	case l.census.Rejected > 0:
		c.outcome = "rejected"
	case l.census.Warned > 0:
		c.outcome = "warned"
	default:
		c.outcome = "accepted"
	}
	return c
}

// lookAt reads an input as validate does.
func lookAt(t *testing.T, path string) *look {
	t.Helper()
	seen := &look{sent: map[int64]string{}}
	rules := migrate.Rules{Now: time.Now()}
	in, err := source.Open([]string{path}, source.Options{})
	if err == nil {
		defer in.Close()
		seen.census, err = migrate.Check(t.Context(), in, rules, func() (func([]migrate.Problem) error, error) {
			seen.problems = nil
			return func(p []migrate.Problem) error {
				seen.problems = append(seen.problems, p...)
				return nil
			}, nil
		})
	}
	if errors.As(err, &seen.refused) {
		return seen
	}
	if err != nil {
		t.Fatal(err)
	}
	rejected := map[int64]bool{} // duplicates among them, which Users does not know
	for _, p := range seen.problems {
		rejected[p.Row] = rejected[p.Row] || p.Severity == migrate.Fatal
	}
	for u, err := range migrate.Users(in.Rows(t.Context()), rules) {
		if err != nil {
			t.Fatal(err)
		}
		if !rejected[u.Row] {
			seen.sent[u.Line] = requestOf(t, u)
		}
	}
	return seen
}

// requestOf is the body that a run sends for a user.
func requestOf(t *testing.T, u *migrate.User) string {
	t.Helper()
	var request any = u.CreateRequest()
	if u.UserID != "" {
		request = u.UpdateRequest()
	}
	body, err := migrate.Encode(request)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// standard are the two users who are good in nearly every file, in the bytes
// that are sent.
var standard = []string{
	`{"external_id":"u1","first_name":"Ada","password":"hunter2-ada-1","email_address":["ada@example.com"]}`,
	`{"external_id":"u9","first_name":"Zoë","password":"hunter2-zoe-9","email_address":["zoe@example.com"]}`,
}

// wantedRequests are those of sent.tsv and the longer ones, by file and line.
func wantedRequests(t *testing.T) map[string]map[int64]string {
	t.Helper()
	bob := func(id, more string) string {
		return `{"external_id":"` + id + `","first_name":"Bob","password":"hunter2-bob-2",` + more + `}`
	}
	want := map[string]map[int64]string{
		"J31b-metadata-over-8-kb-by-its-escapes.jsonl": {
			2: bob("u2", `"public_metadata":{"bio":"`+strings.Repeat("ジ", 1500)+`"},"email_address":["bob@example.com"]`),
		},
		"S09-external-id-length.csv": {3: bob(strings.Repeat("é", 127)+"x", `"email_address":["n255@example.com"]`)},
	}
	for _, row := range table(t, "sent.tsv", 3) {
		line, err := strconv.ParseInt(row[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if want[row[0]] == nil {
			want[row[0]] = map[int64]string{}
		}
		want[row[0]][line] = row[2]
	}
	return want
}

// compareRequests wants the odd rows to be sent as sent.tsv says, every other
// one to be Ada or Zoe, and both of those once, in this order, where any is.
// Numbers are compared by their digits, texts by their characters.
func compareRequests(t *testing.T, odd map[int64]string, sent map[int64]string) {
	t.Helper()
	var others []string
	for _, line := range slices.Sorted(maps.Keys(sent)) {
		want, ok := odd[line]
		if !ok {
			others = append(others, sent[line])
			continue
		}
		if diff := cmp.Diff(decode(t, []byte(want)), decode(t, []byte(sent[line]))); diff != "" {
			t.Errorf("line %d (-want +sent):\n%s", line, diff)
		}
	}
	for line := range odd {
		if _, ok := sent[line]; !ok {
			t.Errorf("line %d is not sent", line)
		}
	}
	if len(others) > 0 || len(sent) > len(odd) {
		if diff := cmp.Diff(standard, others); diff != "" {
			t.Errorf("the good rows (-want +sent):\n%s", diff)
		}
	}
}

var secretWord = regexp.MustCompile(`(?i)hunter2`)

// validateMalformed runs the command over an input, which must tell what the
// library saw: as JSON, or where the input is compressed, as text and CSV.
func validateMalformed(t *testing.T, c *malformedCase, seen *look, path string, compressed bool) {
	t.Helper()
	problems := filepath.Join(t.TempDir(), "problems.jsonl")
	args := []string{"validate", path, "--problems", problems, "--output", "json"}
	if compressed {
		problems = strings.TrimSuffix(problems, "jsonl") + "csv"
		args = []string{"validate", path, "--problems", problems}
	}
	code, stdout, stderr := inProcess(t, args...)
	if code != c.exitCode() {
		t.Errorf("exit code %d, want %d\n%s%s", code, c.exitCode(), stdout, stderr)
	}
	written, err := os.ReadFile(problems)
	if there := err == nil; there != (seen.refused == nil) {
		t.Errorf("the file of problems: %v", err)
	}
	for name, text := range map[string]string{"standard output": stdout, "standard error": stderr, "the file of problems": string(written)} {
		if secretWord.MatchString(text) {
			t.Errorf("%s holds a secret", name)
		}
	}
	switch {
	case seen.refused != nil:
		place := path
		if len(c.lines) > 0 {
			place += ":" + c.lines[0]
		}
		wantWords(t, stderr, "carryover: "+place+": "+seen.refused.Message+"\n  "+seen.refused.Hint+"\n")
		if stdout != "" {
			t.Errorf("standard output: %s", stdout)
		}
	case compressed:
		compareProblemsCSV(t, written, seen.problems)
		wantWords(t, stdout, "can be sent  "+c.good+"\n", "rejected  ")
	default:
		compareProblems(t, written, seen.problems)
		var doc struct {
			Counts struct{ Rows, Rejected, Unfinished int64 }
		}
		if err := json.Unmarshal([]byte(stdout), &doc); err != nil {
			t.Fatal(err)
		}
		if n := doc.Counts; fmt.Sprint(n.Unfinished, n.Rejected, n.Rows) != fmt.Sprintf("%s %s %d", c.good, c.rejected, seen.census.Rows) {
			t.Errorf("counts %+v", n)
		}
	}
}
