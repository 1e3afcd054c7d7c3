package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"carryover/tools/rig"
)

// All of it with a few rows: each figure is there, and no file is left.
func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the program and starts it forty times")
	}
	t.Setenv("TMPDIR", t.TempDir())
	o := options{only: regexp.MustCompile(""), json: filepath.Join(t.TempDir(), "figures.json"), sizes: sizes{
		most: time.Minute, latencies: []time.Duration{usual}, limited: time.Second, runs: 2, starts: 2,
		requested: 3000, unlimited: 500, checked: 500, checkedBig: 1000, done: 2500, left: 10,
	}}
	var out, words strings.Builder
	if err := o.run(t.Context(), &out, &words); err != nil {
		t.Fatalf("%v\n%s", err, words.String())
	}
	t.Log(out.String())
	for _, want := range []string{
		"start-up", "size of the program", "requests a row: create .* 1.00 .* yes ", "requests a row: upsert, users that are new .* 1.011 .* yes ",
		"requests a row: update by external_id.* 1.011 .* yes ", "latency 150 ms, fixed window .* %, 0 × 429, ", "latency 150 ms, sliding window .* %, 0 × 429, ",
		"429s in all of these 2 runs .* yes", "processor at 100 requests/s", "validate: CSV, 12 columns, 500 rows", "validate: JSONL", "validate: CSV of Django",
		"validate: CSV, 12 columns, 1,000 rows", "run, no limit.* users/s", "resume, to the first request .* s ",
	} {
		if !regexp.MustCompile(want).MatchString(out.String()) {
			t.Errorf("there is no %q", want)
		}
	}
	if info, err := os.Stat(o.json); err != nil || info.Size() < 1000 {
		t.Errorf("%v, %v", info, err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// Where a section fails, its name and why are told, and the others are measured.
func TestFailure(t *testing.T) {
	folder := t.TempDir()
	b := &bench{sizes: sizes{starts: 1, runs: 1}, folder: folder, binary: filepath.Join(folder, "none"), gen: filepath.Join(folder, "none"), table: &table{}}
	var words strings.Builder
	err := b.measure(t.Context(), regexp.MustCompile("start|resume"), &words)
	if err == nil || err.Error() != "not measured: start, resume" {
		t.Error(err)
	}
	for _, want := range []string{"start: carryover version: ", "resume: gen: "} {
		if !strings.Contains(words.String(), want) {
			t.Errorf("%q is missing in %q", want, words.String())
		}
	}
}

func TestFlags(t *testing.T) {
	for _, args := range []string{"--only (", "--only no-such", "more", "--nothing"} {
		var out strings.Builder
		if err := run(t.Context(), strings.Fields(args), &out, &out); err == nil || errors.Is(err, errFailed) {
			t.Errorf("%s: %v", args, err)
		}
	}
	o, err := parse([]string{"--short", "--only", "^limit$"}, nil)
	if err != nil || o.most != time.Minute || o.done != short.done {
		t.Errorf("%+v, %v", o, err)
	}
}

// A run whose rows are not where they should be is no measurement.
func TestWant(t *testing.T) {
	counts := func(created, unfinished int) map[string]int {
		return map[string]int{
			"rows": 3, "created": created, "updated": 0, "unchanged": 0, "rejected": 0, "conflict": 0, "unfinished": unfinished, "dropped": 0,
		}
	}
	want := map[string]int{"rows": 3, "created": 3}
	for _, tt := range []struct {
		name string
		l    launch
		ok   bool
	}{
		{"all", launch{result: result{Counts: counts(3, 0)}}, true},
		{"one is lost", launch{result: result{Counts: counts(2, 0)}}, false},
		{"one is left", launch{result: result{Counts: counts(3, 1)}}, false},
		{"stopped", launch{result: result{Counts: counts(3, 0)}, code: exitResumable}, false},
		{"silent", launch{result: result{Counts: map[string]int{"rows": 3, "created": 3}}}, false},
	} {
		if err := tt.l.want(exitOK, want); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// arrivals is a journal: a path and when it came, in ms.
func arrivals(paths []string, at ...int64) (journal []*rig.Entry) {
	for i, path := range paths {
		e := &rig.Entry{AtNS: at[i] * 1e6}
		e.Path = path
		journal = append(journal, e)
	}
	return journal
}

// The rate is that of requests about users: those before them do not count.
func TestRate(t *testing.T) {
	for _, tt := range []struct {
		paths string
		at    []int64
		later time.Duration
		want  float64
	}{
		{"", nil, 0, 0},
		{"/users", []int64{7}, 0, 0},
		{"/instance /domains", []int64{100, 600}, 0, 0},
		{"/instance /domains /users", []int64{100, 600, 700}, 0, 0},
		{"/users /users/user_1", []int64{100, 600}, 0, 2},
		{"/instance /domains /users /users /users /users /users", []int64{0, 1000, 5000, 5010, 5020, 5030, 5040}, 0, 100},
		{"/instance /users /users /users /users", []int64{0, 1000, 6000, 6100, 6200}, 2 * time.Second, 10},
		{"/instance /users /users", []int64{0, 1000, 6000}, 6 * time.Second, 0},
	} {
		if got := arrivalRate(arrivals(strings.Fields(tt.paths), tt.at...), tt.later); got != tt.want {
			t.Errorf("%s at %v, after %v: %v requests a second, want %v", tt.paths, tt.at, tt.later, got, tt.want)
		}
	}
}

func TestUntilUsers(t *testing.T) {
	wait, err := untilUsers(arrivals([]string{"/instance", "/instance", "/users/count", "/users"}, 10, 50, 1300, 1400))
	if wait != 1290*time.Millisecond || err != nil {
		t.Errorf("%v, %v", wait, err)
	}
	if _, err := untilUsers(arrivals([]string{"/instance", "/instance"}, 10, 50)); err == nil {
		t.Error("no request about users is taken for one")
	}
}

func TestRename(t *testing.T) {
	var out strings.Builder
	err := rename(strings.NewReader("external_id,first_name,note\nu1,Ada,\"a, b\"\nu2,,\n"), &out)
	if want := "external_id,first_name,note\nu1,Renamed,\"a, b\"\nu2,Renamed,\n"; err != nil || out.String() != want {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// Every row has an identity of its own, and a digest that Clerk takes.
func TestMultiply(t *testing.T) {
	records := [][]string{
		{"id", "password", "username", "email"},
		{"7", "pbkdf2_sha256$1$a$b", "ada", "ada@example.com"},
		{"8", "unsalted$x", "bo", "bo@example.com"},
		{"9", "argon2$x", "cy", "cy@example.com"},
	}
	var out strings.Builder
	if err := multiply(&out, records, 3); err != nil {
		t.Fatal(err)
	}
	want := `id,password,username,email
1,pbkdf2_sha256$1$a$b,user_1,user.1@example.com
2,argon2$x,user_2,user.2@example.com
3,pbkdf2_sha256$1$a$b,user_3,user.3@example.com
`
	if out.String() != want {
		t.Errorf("%s", out.String())
	}
	if err := multiply(&out, records[:1], 3); err == nil {
		t.Error("rows are made of nothing")
	}
}

func TestEachKey(t *testing.T) {
	var keys []string
	err := eachKey(strings.NewReader("first_name,external_id\nAda,u1\nBo,u2\nCy,u3\n"), func(row int64, key string) error {
		if row != int64(len(keys)+1) {
			t.Errorf("row %d comes after %v", row, keys)
		}
		keys = append(keys, key)
		return nil
	})
	if err != nil || !slices.Equal(keys, []string{"u1", "u2", "u3"}) {
		t.Errorf("%v, %v", keys, err)
	}
	failed := errors.New("failed")
	if err := eachKey(strings.NewReader("external_id\nu1\n"), func(int64, string) error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
}
