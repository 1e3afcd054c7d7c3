package checkpoint

import (
	"path/filepath"
	"strings"
	"testing"

	"carryover/migrate"
)

var oddNames = []string{
	"plain.db", "a?b.db", "a#b.db", "a%41.db", "a b.db", "a&mode=memory.db", "a?mode=memory&cache=shared",
	"é名.db", ":memory:", "file:x.db", "a;b=c.db", "'q\"uote.db", "new\nline.db", "-wal", "\xff.db", "%00.db", "+.db", ".db",
}

// What is asked for is what is made, whatever a URI would read into the name.
func FuzzName(f *testing.F) {
	for _, name := range oddNames {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00") || len(name) > 200 {
			t.Skip("not the name of a file")
		}
		path := filepath.Join(t.TempDir(), name)
		db := create(t, path)
		commit(t, db, at(1, migrate.Created))
		closed(t, db)
		same(t, "files", []string{name}, names(t, path))
		if there, err := Exists(path); !there || err != nil {
			t.Errorf("Exists: %v, %v", there, err)
		}
		states, err := openReader(t, path).States(t.Context())
		if err != nil || len(states) != 1 {
			t.Errorf("%d states, %v", len(states), err)
		}
	})
}

// The connection that writes is as durable as it is said to be.
func TestPragmas(t *testing.T) {
	db := create(t, filepath.Join(t.TempDir(), "x.db"))
	for name, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "2", "busy_timeout": "5000", "foreign_keys": "1",
		"trusted_schema": "0", "cell_size_check": "1", "application_id": "1129138002", "user_version": "3",
	} {
		var got string
		if err := db.conn.QueryRowContext(t.Context(), "PRAGMA "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", name, got, want, err)
		}
	}
	if _, err := db.Reader.pool.ExecContext(t.Context(), "DELETE FROM head"); err == nil {
		t.Error("a reader's connection can write")
	}
}

// A relative path is that of the moment of the call.
func TestRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	db := create(t, "x.db")
	if got, want := db.Path(), filepath.Join(dir, "x.db"); got != want {
		t.Errorf("the path is %s, want %s", got, want)
	}
	t.Chdir(t.TempDir())
	commit(t, db, at(1, migrate.Created))
	closed(t, db)
	same(t, "files", []string{"x.db"}, names(t, filepath.Join(dir, "x.db")))
}

func TestNoPath(t *testing.T) {
	if _, err := Create(t.Context(), "", sample); err == nil {
		t.Error("Create without a path")
	}
	if _, err := Exists(""); err == nil {
		t.Error("Exists without a path")
	}
}
