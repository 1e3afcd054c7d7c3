package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/migrate/report"
)

// readBack is what Clerk shows of a row: since says that the account changed
// after the row was written.
func readBack(row int64, since bool, deviations ...migrate.Deviation) *migrate.ReadBack {
	written := time.Date(2026, 11, 23, 10, 20, 30, 123e6, time.UTC)
	r := &migrate.ReadBack{WrittenAt: written, Since: since}
	r.User = &migrate.User{File: "users.csv", Row: row, Line: row + 1}
	r.Result = migrate.Result{Row: row, Line: row + 1, Key: fmt.Sprintf("=legacy-%d", row), UserID: fmt.Sprintf("user_%d", row)}
	r.Account = &migrate.Account{ID: r.Result.UserID, UpdatedAt: written}
	if since {
		r.Account.UpdatedAt = written.Add(time.Minute)
	}
	r.Deviations = deviations
	return r
}

func deviation(field, ours, theirs string) migrate.Deviation {
	return migrate.Deviation{Field: field, Ours: jsontext.Value(ours), Theirs: jsontext.Value(theirs)}
}

func beyond(d migrate.Deviation) migrate.Deviation {
	d.Beyond = true
	return d
}

// found are rows of each kind.
func found() (*report.Verification, []report.Difference) {
	v := &report.Verification{Checkpoint: true}
	name, mail := deviation("first_name", `"Augusta"`, `"=Eve"`), deviation("email_address", `["ada@example.com"]`, `[]`)
	gone := readBack(6, false)
	gone.Account = nil
	hidden := readBack(1, false)
	hidden.Hidden = []string{"locale"}
	guessed := readBack(7, true, name)
	guessed.OwnClock = true
	var all []report.Difference
	for _, r := range []*migrate.ReadBack{
		hidden, readBack(2, false, name, deviation("public_metadata", `{"plan":"pro"}`, `{"plan":1,"n":null}`)),
		readBack(3, true, name, beyond(mail)), readBack(4, false, name, beyond(mail)), readBack(5, true, beyond(mail)), gone, guessed,
	} {
		all = append(all, v.Row(r)...)
	}
	extra := readBack(8, false)
	extra.User = nil
	return v, append(all, v.ExtraUser(extra))
}

// Each row is counted once, by the worst that was found of it.
func TestVerificationCounts(t *testing.T) {
	v, all := found()
	want := report.Verification{
		Checkpoint: true, Compared: 7, Equal: 1, Different: 2, ChangedSince: 2, CannotChange: 1, NotFound: 1,
		OwnClock: 1, Hidden: map[string]int64{"locale": 1}, Extra: 1, First: v.First,
	}
	if diff := cmp.Diff(want, *v); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	codes := map[string]int{}
	for i := range all {
		p := all[i].Problem()
		codes[p.Code+" "+p.Field+" "+p.Severity.String()]++
	}
	wantCodes := map[string]int{
		"user_differs first_name error": 2, "user_differs public_metadata error": 1, "user_changed_since first_name warning": 2,
		"update_cannot_change email_address warning": 3, "user_not_found  error": 1, "user_extra  warning": 1,
	}
	if diff := cmp.Diff(wantCodes, codes); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// What people read by the way tells nobody's name; the file that was asked for
// has all of it.
func TestDifferencesAreMaskedElsewhere(t *testing.T) {
	v, all := found()
	document := &report.Document{Command: "verify", State: "finished_with_problems", Seconds: 1, Counts: report.Counts{Rows: 7, Created: 7}, Verification: v}
	var shown bytes.Buffer
	if err := report.Text(&shown, document); err != nil {
		t.Fatal(err)
	}
	lines := report.NewLines(&shown)
	for i := range all {
		lines.Difference(&all[i])
	}
	if err := lines.Summary(document); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Augusta", "Eve", "ada@", "legacy-2", "pro"} {
		if strings.Contains(strings.ReplaceAll(strings.ReplaceAll(shown.String(), "problems", ""), "property", ""), secret) {
			t.Errorf("%q is shown:\n%s", secret, shown.String())
		}
	}
	for _, text := range []string{
		"3 of 7 users are not what their rows say.", "changed since  2\n", `line 3  user_2  user_differs  first_name: "Au•••", in Clerk "•••"`,
		`"a•••@e•••.com"`, "{1 member}", `"{2 members}"`, "no row  user_8  user_extra", "locale of 1 row",
	} {
		if !strings.Contains(shown.String(), text) {
			t.Errorf("%q is not shown:\n%s", text, shown.String())
		}
	}
}

func TestDifferenceFiles(t *testing.T) {
	_, all := found()
	write := func(name string) string {
		var b bytes.Buffer
		w, err := report.NewDifferenceWriter(&b, name)
		if err != nil || w == nil {
			t.Fatal(w, err)
		}
		for i := range all {
			if err := w.Write(&all[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	table, err := csv.NewReader(strings.NewReader(write("x.CSV"))).ReadAll()
	if err != nil || len(table) != 1+len(all) {
		t.Fatalf("%d records, %v", len(table), err)
	}
	want := [][]string{
		{"code", "file", "row", "line", "key", "user_id", "field", "ours", "theirs", "changed_at", "written_at"},
		{"user_differs", "users.csv", "2", "3", "'=legacy-2", "user_2", "first_name", "Augusta", "'=Eve", "2026-11-23T10:20:30.123Z", "2026-11-23T10:20:30.123Z"},
		{"user_differs", "users.csv", "2", "3", "'=legacy-2", "user_2", "public_metadata", `{"plan":"pro"}`, `{"plan":1,"n":null}`, "2026-11-23T10:20:30.123Z", "2026-11-23T10:20:30.123Z"},
	}
	if diff := cmp.Diff(want, table[:3]); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	lines := strings.Split(write("x.jsonl"), "\n")
	if want := `{"code":"user_changed_since","file":"users.csv","row":3,"line":4,"key":"=legacy-3","user_id":"user_3","field":"first_name","ours":"Augusta","theirs":"=Eve",` +
		`"changed_at":"2026-11-23T10:21:30.123Z","written_at":"2026-11-23T10:20:30.123Z"}`; lines[2] != want {
		t.Errorf("%s, want %s", lines[2], want)
	}
	if last := lines[len(lines)-2]; !strings.HasPrefix(last, `{"code":"user_extra","key":"=legacy-8","user_id":"user_8","changed_at"`) {
		t.Error(last)
	}
	if w, _ := report.NewDifferenceWriter(nil, "x.txt"); w != nil {
		t.Error("a file of no known form is written")
	}
}
