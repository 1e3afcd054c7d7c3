package checkpoint

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A kill at any moment loses no commit that had returned, and tears none.
func TestKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	chance := rand.New(rand.NewPCG(1, 2))
	acked, total := 0, 0
	for range 20 {
		p := spawn(t, childCommits, path)
		lines := []string{}
		for range chance.IntN(60) {
			lines = append(lines, p.line())
		}
		<-time.After(time.Duration(chance.IntN(3000)) * time.Microsecond)
		lines = append(lines, p.kill(t)...)
		if len(lines) > 0 {
			n, err := strconv.Atoi(lines[len(lines)-1])
			if err != nil {
				t.Fatalf("the child says %q", lines)
			}
			acked = n
		}
		db, err := Open(t.Context(), path)
		if errors.Is(err, ErrNotFound) && acked == 0 {
			continue // killed before it had made the file
		} else if err != nil {
			t.Fatalf("after %d batches: %v", acked, err)
		}
		total = checkBatches(t, db, acked)
		closed(t, db)
	}
	if total < 20 {
		t.Errorf("only %d batches in 20 runs: nothing was tested", total)
	}
}

// The same without a run that ends well in between: kill upon kill.
func TestKillUponKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	acked := 0
	for range 10 {
		p := spawn(t, childCommits, path)
		n, err := strconv.Atoi(p.line())
		if err != nil || n != acked+1 && n != acked+2 {
			t.Fatalf("the child goes on at %d after %d, %v", n, acked, err)
		}
		acked = n
		for _, line := range p.kill(t) {
			if acked, err = strconv.Atoi(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkBatches(t, open(t, path), acked)
}

// A kill while a checkpoint is made or removed leaves a whole one or none.
func TestKillWhileCreating(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	chance := rand.New(rand.NewPCG(3, 4))
	for range 10 {
		p := spawn(t, childCreates, path)
		p.line()
		<-time.After(time.Duration(chance.IntN(20_000)) * time.Microsecond)
		p.kill(t)
		there, err := Exists(path)
		if err != nil {
			t.Fatalf("Exists: %v; there are %q", err, names(t, path))
		}
		var db *DB
		if there {
			db, err = Open(t.Context(), path)
		} else {
			db, err = Create(t.Context(), path, sample)
		}
		if err != nil {
			t.Fatalf("%v; there are %q", err, names(t, path))
		}
		if err := db.Discard(); err != nil {
			t.Fatal(err)
		}
		if !there && len(names(t, path)) > 0 { // Create swept away what the kill left
			t.Fatalf("there are %q", names(t, path))
		}
		for _, name := range names(t, path) {
			if !strings.Contains(name, newSuffix) { // made, but not yet named
				t.Fatalf("%s stays", name)
			}
		}
	}
}

// What a kill left of a checkpoint that was being made goes with the next that
// is made; nothing else does.
func TestSweep(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	folder := filepath.Dir(path)
	others := []string{"x.db.0a1b2c3d.old", "x.db.0a1b2c3.new", "x.db.0a1b2c3d.new.bak", "y.db.0a1b2c3d.new", "0a1b2c3d.new"}
	left := []string{"x.db.0a1b2c3d.new", "x.db.0a1b2c3d.new-wal", "x.db.0a1b2c3d.new-shm", "x.db.ffffffff.new-journal"}
	for _, name := range append(left, others...) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, create(t, path))
	same(t, "files", slices.Sorted(slices.Values(append(others, "x.db"))), names(t, path))
}
