package report_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite" // the database that the statements are tried on

	"carryover/migrate"
	"carryover/migrate/report"
)

// The statements of an id map set the id of each user in an application's table
// and nothing else, whatever the ids hold.
func TestIDMapIntoSQLite(t *testing.T) {
	keys := []string{
		"a", "o'brien", `"quoted"`, "x'; DROP TABLE \"my \"\"users\"\"\"; --", `back\slash\'`, "line\nbreak; DELETE FROM x", "é日本", "123", "-- c", "/* c", "",
	}
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE "my ""users""" ("legacy id" TEXT PRIMARY KEY, "clerk""id" TEXT)`)
	var out bytes.Buffer
	ids, ok, err := report.NewIDMap(&out, "ids.sql", report.IDColumns{Table: `main.my "users"`, Key: "legacy id", UserID: `clerk"id`})
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	write := func(r migrate.Result) {
		t.Helper()
		if err := ids.Write(&r); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]string{"nobody's": "", "unfinished": "", "in conflict\n; DELETE FROM x": "", "generated": ""}
	for i, key := range keys {
		id := fmt.Sprintf("user_%d", i)
		write(migrate.Result{Line: int64(i), Key: key, UserID: id, State: migrate.Created})
		want[key] = id
	}
	want[""] = "" // no id is no key
	write(migrate.Result{Key: "in conflict\n; DELETE FROM x", UserID: "user_c", State: migrate.Conflict})
	write(migrate.Result{Key: "unfinished", UserID: "user_r", State: migrate.Retry})
	write(migrate.Result{Key: "generated", UserID: "user_g", State: migrate.Created, Generated: true})
	write(migrate.Result{Key: "user_u", UserID: "user_u", State: migrate.Updated})
	if err := ids.Close(); err != nil {
		t.Fatal(err)
	}
	for key := range want {
		exec(`INSERT INTO "my ""users""" VALUES (?, '')`, key)
	}
	exec(out.String())
	rows, err := db.QueryContext(t.Context(), `SELECT * FROM "my ""users"""`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	got := map[string]string{}
	for rows.Next() {
		var key, id string
		if err := rows.Scan(&key, &id); err != nil {
			t.Fatal(err)
		}
		got[key] = id
	}
	if diff := cmp.Diff(want, got); diff != "" || rows.Err() != nil {
		t.Errorf("%v (-want +got):\n%s", rows.Err(), diff)
	}
}

// Keys that are numbers in the application's table are found as well.
func TestIDMapOfNumbers(t *testing.T) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	var out bytes.Buffer
	ids, _, err := report.NewIDMap(&out, "ids.sql", report.IDColumns{Table: "users", Key: "id", UserID: "clerk_id"})
	if err == nil {
		err = ids.Write(&migrate.Result{Key: "123", UserID: "user_1", State: migrate.Updated})
	}
	if err == nil {
		err = ids.Close()
	}
	if err == nil {
		_, err = db.ExecContext(t.Context(), "CREATE TABLE users (id INTEGER PRIMARY KEY, clerk_id TEXT); INSERT INTO users VALUES (123, NULL);"+out.String())
	}
	if err != nil {
		t.Fatal(err)
	}
	var id string
	if err := db.QueryRowContext(t.Context(), "SELECT clerk_id FROM users").Scan(&id); err != nil || id != "user_1" {
		t.Errorf("%q, %v", id, err)
	}
}

// Rows without a user are counted by why there is none.
func TestUnmapped(t *testing.T) {
	var stored, mapped [migrate.NumStates]int64
	stored[migrate.Created], stored[migrate.Unchanged], mapped[migrate.Created], mapped[migrate.Unchanged] = 3, 2, 3, 2
	if got := report.Unmapped(stored, mapped); got != "" {
		t.Errorf("every row has a user: %q", got)
	}
	stored[migrate.Rejected], mapped[migrate.Rejected] = 1_234, 1
	stored[migrate.Conflict], mapped[migrate.Conflict] = 2, 1
	stored[migrate.Pending], stored[migrate.Retry], stored[migrate.InFlight], stored[migrate.Dropped] = 4, 5, 1, 1
	const want = "no user is known for 1,245 rows: 1,233 rejected, 1 in conflict with a user that is not known, 1 dropped by the mapping, 9 not sent yet, 1 without an answer yet"
	if got := report.Unmapped(stored, mapped); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
