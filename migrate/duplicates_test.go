package migrate_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"carryover/migrate"
	"carryover/source"
)

func TestDuplicatesNameTheFirstLine(t *testing.T) {
	d := migrate.NewDuplicates()
	row := int64(0)
	user := func(file string, line int64, set func(*migrate.User)) *migrate.User {
		row++
		u := &migrate.User{File: file, Line: line, Row: row}
		set(u)
		return u
	}
	email := func(address string) func(*migrate.User) {
		return func(u *migrate.User) { u.EmailAddress = []string{address} }
	}
	if p := d.Check(user("a.csv", 2, email("Ada@example.com"))); p != nil {
		t.Fatal(p)
	}
	second := d.Check(user("a.csv", 5, email("ada@EXAMPLE.com")))
	if len(second) != 1 || second[0].Code != "duplicate_email_address" || !strings.Contains(second[0].Message, "(line 2)") {
		t.Errorf("%+v", second)
	}
	if p := d.Check(user("b.csv", 2, func(u *migrate.User) { u.ExternalID = ptr("X") })); p != nil {
		t.Fatal(p)
	}
	if p := d.Check(user("b.csv", 3, func(u *migrate.User) { u.ExternalID = ptr("x") })); p != nil {
		t.Errorf("external ids that differ by case are two: %v", p)
	}
	third := d.Check(user("b.csv", 4, email("ada@example.com")))
	if len(third) != 1 || !strings.Contains(third[0].Message, "(line 2 of a.csv)") {
		t.Errorf("%+v", third)
	}
	// The refused row has left nothing behind.
	if p := d.Check(user("b.csv", 9, func(u *migrate.User) { u.Username = ptr("ada") })); p != nil {
		t.Fatal(p)
	}
}

// What looks the same and differs in its bytes: one mailbox, two ids.
func TestDuplicatesByForm(t *testing.T) {
	const nfc, nfd = "ren\u00e9", "rene\u0301"
	d := migrate.NewDuplicates()
	for i, test := range []struct {
		id, username, email string
		want                string
	}{
		{nfc, nfc, nfc + "@b\u00fccher.example.com", ""},
		{nfd, "x1", "x1@example.com", "warning external_id_alike external_id"},
		{nfd, "x2", "x2@example.com", "error duplicate_external_id external_id"},
		{"3", nfd, "x3@example.com", "error duplicate_username username"},
		{"4", "x4", nfd + "@b\u00fccher.example.com", "error duplicate_email_address email_address"},
		{"5", "x5", nfc + "@xn--bcher-kva.EXAMPLE.com", "error duplicate_email_address email_address"},
		{"6", "x6", "rene@b\u00fccher.example.com", ""},
		{"R" + nfc[1:], "x7", "x7@example.com", ""}, // the case of ids counts
	} {
		u := &migrate.User{Line: int64(i + 2), Row: int64(i + 1)}
		u.ExternalID, u.Username, u.EmailAddress = &test.id, &test.username, []string{test.email}
		problems := d.Check(u)
		if got := strings.Join(found(problems), ", "); got != test.want {
			t.Errorf("row %d: %q, want %q", u.Row, got, test.want)
		}
		for _, p := range problems {
			if i < 3 && p.Code == "external_id_alike" && !strings.Contains(p.Message, "(line 2)") {
				t.Errorf("row %d: %s", u.Row, p.Message)
			}
		}
	}
}

// A row that is given an id of our own is told, where it may be created.
func TestCheckTellsOfGeneratedIDs(t *testing.T) {
	for _, test := range []struct {
		mode  migrate.Mode
		cells []string
		want  []string
	}{
		{migrate.Upsert, []string{"username", "ada_l"}, []string{"warning external_id_generated external_id"}},
		{migrate.CreateOnlyMode, []string{"username", "ada_l"}, []string{"warning external_id_generated external_id"}},
		{migrate.Upsert, []string{"username", "ada_l", "external_id", "7"}, nil},
		{migrate.Upsert, []string{"username", "ada_l", "user_id", "user_1"}, nil},
		{migrate.UpdateOnlyMode, []string{"username", "ada_l"}, []string{"error no_key external_id"}},
	} {
		r := rules
		r.Mode = test.mode
		rows := func(yield func(*source.Row, error) bool) { yield(row(t, test.cells...), nil) }
		var got []string
		_, err := check(t.Context(), rows, r, func(problems []migrate.Problem) error {
			got = found(problems)
			return nil
		})
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%v %v: %v (-want +got):\n%s", test.mode, test.cells, err, diff)
		}
	}
}

func TestDuplicatesOfManyRows(t *testing.T) {
	d := migrate.NewDuplicates()
	for i := range int64(50_000) {
		u := &migrate.User{Line: i + 2, Row: i + 1}
		u.ExternalID = ptr(fmt.Sprint(i))
		if p := d.Check(u); p != nil {
			t.Fatalf("row %d: %v", i, p)
		}
	}
	u := &migrate.User{Line: 60_000}
	u.ExternalID = ptr("12345")
	if p := d.Check(u); len(p) != 1 || !strings.Contains(p[0].Message, "(line 12347)") {
		t.Errorf("%+v", p)
	}
}
