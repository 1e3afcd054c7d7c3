package checkpoint

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carryover/migrate"

	"github.com/google/go-cmp/cmp"
)

// snapshot reads all that lies in the folder of path.
func snapshot(t testing.TB, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range names(t, path) {
		full := filepath.Join(filepath.Dir(path), name)
		info, err := os.Lstat(full)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = info.Mode().String()
		if info.Mode().IsRegular() {
			text, err := os.ReadFile(full)
			if err != nil {
				t.Fatal(err)
			}
			all[name] += " " + string(text)
		}
	}
	return all
}

// unchanged fails where a file came, went or changed. SQLite may make -shm.
func unchanged(t testing.TB, path string, before map[string]string) {
	t.Helper()
	after := snapshot(t, path)
	shm := func(name, _ string) bool { return strings.HasSuffix(name, shmSuffix) }
	maps.DeleteFunc(before, shm)
	maps.DeleteFunc(after, shm)
	for name, was := range before {
		if is, ok := after[name]; !ok {
			t.Errorf("%s is gone", name)
		} else if is != was {
			t.Errorf("%s changed", name)
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			t.Errorf("%s came up", name)
		}
	}
}

// refused checks that every door is closed with kind, and nothing changed.
func refused(t *testing.T, path string, kind error) {
	t.Helper()
	before := snapshot(t, path)
	if _, err := Open(t.Context(), path); !errors.Is(err, kind) {
		t.Errorf("Open: %v, want %v", err, kind)
	} else if !strings.Contains(err.Error(), path) || strings.Count(err.Error(), ": ") < 2 {
		t.Errorf("the message names no path, or nothing to do: %v", err)
	}
	unchanged(t, path, before)
	if _, err := OpenReader(t.Context(), path); !errors.Is(err, kind) {
		t.Errorf("OpenReader: %v, want %v", err, kind)
	}
	unchanged(t, path, before)
}

// atRest makes a checkpoint with n rows that ended as it should.
func atRest(t testing.TB, path string, n int64) {
	t.Helper()
	db := create(t, path)
	fillRows(t, db, n)
	closed(t, db)
}

func fillRows(t testing.TB, db *DB, n int64) {
	t.Helper()
	var batch []migrate.Result
	for row := range n {
		r := at(row+1, migrate.Created)
		r.Key = fmt.Sprintf("key-%d", row)
		batch = append(batch, r)
	}
	commit(t, db, batch...)
}

func TestRefused(t *testing.T) {
	write := func(text string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	edit := func(f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			atRest(t, path, 500)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			write(string(f(text)))(t, path)
		}
	}
	exec := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			for _, s := range statements {
				if _, err := db.Exec(s); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	after := func(fs ...func(*testing.T, string)) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			for _, f := range fs {
				f(t, path)
			}
		}
	}
	rest := func(t *testing.T, path string) { atRest(t, path, 10) }

	for _, c := range []struct {
		name string
		make func(*testing.T, string)
		kind error
	}{
		{"nothing", func(*testing.T, string) {}, ErrNotFound},
		{"empty", write(""), ErrForeign},
		{"text", write("external_id,email_address\n1,a@example.com\n"), ErrForeign},
		{"short text", write("x"), ErrForeign},
		{"header only", write("SQLite format 3\x00"), ErrForeign},
		{"zeros", write(string(make([]byte, 8192))), ErrForeign},
		{"folder", func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign},
		{"symbolic link", func(t *testing.T, path string) {
			atRest(t, path+".real", 1)
			if err := os.Symlink(path+".real", path); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign},
		{"dangling link", func(t *testing.T, path string) {
			if err := os.Symlink(path+".real", path); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign},
		{"hard link", func(t *testing.T, path string) {
			rest(t, path)
			if err := os.Link(path, path+".other"); err != nil {
				t.Fatal(err)
			}
		}, ErrForeign},
		{"another program's", exec("CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"), ErrForeign},
		{"another program's in WAL mode", exec("PRAGMA journal_mode=wal", "CREATE TABLE t (x)", "INSERT INTO t VALUES (1)"), ErrForeign},
		{"our number on another schema", exec("PRAGMA journal_mode=wal", "CREATE TABLE t (x)",
			fmt.Sprintf("PRAGMA application_id=%d", applicationID), "PRAGMA user_version=1"), ErrForeign},
		{"out of WAL mode", after(rest, exec("PRAGMA journal_mode=delete")), ErrForeign},
		{"newer", after(rest, exec("PRAGMA user_version=4")), ErrNewerVersion},
		{"cut short", edit(func(b []byte) []byte { return b[:len(b)-1] }), ErrForeign},
		{"cut at a page", edit(func(b []byte) []byte { return b[:len(b)-4096] }), ErrForeign},
		{"cut to a page", edit(func(b []byte) []byte { return b[:4096] }), ErrForeign},
		{"cut in the header", edit(func(b []byte) []byte { return b[:80] }), ErrForeign},
		{"no head", after(rest, exec("DELETE FROM head")), ErrForeign},
		{"a journal beside it", after(rest, func(t *testing.T, path string) { write("x")(t, path+journalSuffix) }), ErrForeign},
		{"a link for -wal", after(rest, func(t *testing.T, path string) {
			if err := os.Symlink("elsewhere", path+walSuffix); err != nil {
				t.Fatal(err)
			}
		}), ErrForeign},
		{"only -wal", func(t *testing.T, path string) { write("x")(t, path+walSuffix) }, ErrMissingWAL},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			c.make(t, path)
			refused(t, path, c.kind)
			if c.kind == ErrNotFound {
				return
			}
			before := snapshot(t, path)
			want := c.kind
			if c.kind == ErrNewerVersion || c.name == "our number on another schema" ||
				c.name == "no head" || strings.HasPrefix(c.name, "cut ") {
				want = nil // Create need not look so closely
			}
			if _, err := Create(t.Context(), path, sample); err == nil || want != nil && !errors.Is(err, want) {
				t.Errorf("Create: %v, want %v", err, want)
			}
			unchanged(t, path, before)
		})
	}
}

// A page in the middle that is overwritten shows once the last run did not end
// as it should.
func TestDamageIsFoundAfterAKill(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "a", "x.db"), filepath.Join(dir, "b", "x.db")
	for _, p := range []string{path, copied} {
		if err := os.Mkdir(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	atRest(t, path, 5000)
	db := open(t, path)
	commit(t, db, at(1, migrate.Updated))
	copyKilled(t, path, copied)
	text, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	copy(text[len(text)/2&^4095:], bytes.Repeat([]byte{0xff}, 4096))
	if err := os.WriteFile(copied, text, 0o600); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, copied)
	if _, err := Open(t.Context(), copied); !errors.Is(err, ErrForeign) {
		t.Errorf("Open: %v", err)
	}
	unchanged(t, copied, before)
}

// copyKilled copies a checkpoint in use as a kill would leave it. Reading its
// files drops SQLite's locks on them: the original is not to be relied on after.
func copyKilled(t testing.TB, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", walSuffix, lockSuffix} {
		text, err := os.ReadFile(from + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to+suffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestMissingWAL(t *testing.T) {
	killed := func(t *testing.T) string { // a checkpoint as a kill leaves it
		dir := t.TempDir()
		from, path := filepath.Join(dir, "from.db"), filepath.Join(dir, "to", "x.db")
		if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		db := create(t, from)
		fillRows(t, db, 145)
		commit(t, db, at(146, migrate.InFlight))
		copyKilled(t, from, path)
		return path
	}
	remove := func(t *testing.T, name string) {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("all there", func(t *testing.T) {
		path := killed(t)
		if got, err := open(t, path).States(t.Context()); len(got) != 146 || err != nil {
			t.Errorf("%d states, %v", len(got), err)
		}
	})
	t.Run("without -wal", func(t *testing.T) {
		path := killed(t)
		remove(t, path+walSuffix)
		refused(t, path, ErrMissingWAL)
	})
	t.Run("without -wal and lock file", func(t *testing.T) {
		path := killed(t)
		remove(t, path+walSuffix)
		remove(t, path+lockSuffix)
		refused(t, path, ErrMissingWAL)
	})
	t.Run("an older copy put back", func(t *testing.T) {
		path := killed(t)
		older := filepath.Join(t.TempDir(), "x.db")
		atRest(t, older, 1)
		copyKilled(t, older, path)
		remove(t, path+walSuffix)
		db, err := Open(t.Context(), path) // another checkpoint, and whole: it may be used
		if err != nil {
			t.Fatal(err)
		}
		closed(t, db)
	})
	t.Run("the -wal of another", func(t *testing.T) {
		path, other := killed(t), killed(t)
		text, err := os.ReadFile(other + walSuffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+walSuffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
		remove(t, path+lockSuffix)
		refused(t, path, ErrMissingWAL)
	})
	t.Run("the lock file of another", func(t *testing.T) {
		path, other := killed(t), killed(t)
		text, err := os.ReadFile(other + lockSuffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path+lockSuffix, text, 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, path, ErrMissingWAL)
	})
	t.Run("merged by another SQLite program", func(t *testing.T) {
		path := killed(t)
		pool, err := sql.Open("sqlite", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec("SELECT count(*) FROM result"); err != nil {
			t.Fatal(err)
		}
		closed(t, pool)
		if exists(path + walSuffix) {
			t.Fatal("it did not merge")
		}
		if got, err := open(t, path).States(t.Context()); len(got) != 146 || err != nil {
			t.Errorf("%d states, %v", len(got), err)
		}
	})
}

// An older state of the same checkpoint, whole in itself, is refused as long as
// the lock file tells of a later one.
func TestStaleBackup(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "x.db"), filepath.Join(dir, "backup")
	atRest(t, path, 10)
	copyKilled(t, path, backup)
	db := open(t, path)
	fillRows(t, db, 100)
	db.lock.file = nil // so that the note stays, as after a kill
	_ = db.disconnect()
	db.lock.drop()
	for _, suffix := range []string{walSuffix, shmSuffix} {
		_ = os.Remove(path + suffix)
	}
	if err := os.Rename(backup, path); err != nil {
		t.Fatal(err)
	}
	refused(t, path, ErrMissingWAL)
}

func TestMessagesNameTheFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "missing", "x.db"), filepath.Join(file, "x.db")} {
		_, err := Create(t.Context(), path, sample)
		var disk *DiskError
		if !errors.As(err, &disk) || !strings.Contains(err.Error(), filepath.Dir(path)) || !strings.Contains(err.Error(), "--checkpoint") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := names(t, file); !cmp.Equal(got, []string{"file"}) {
		t.Errorf("there are %q", got)
	}
}
