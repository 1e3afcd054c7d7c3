package main

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"

	"carryover/checkpoint"
	"carryover/migrate/sandbox"
)

// A run that died between making its checkpoint and noting the rows that the
// checks refused has begun nothing: the next one checks again, and neither
// sends a duplicate nor leaves a refused row without an outcome.
func TestHalfMadeCheckpointIsMadeAgain(t *testing.T) {
	t.Parallel()
	b := newBox(t, sandbox.Config{})
	folder := t.TempDir()
	users := []byte("external_id,email_address\nu1,ada@example.com\nu1,bob@example.com\nu2,not one\nu3,cyd@example.com\n")
	file := writeFile(t, filepath.Join(folder, "users.csv"), users)
	db, err := checkpoint.Create(t.Context(), file+".carryover.db", checkpoint.Identity{
		InputSHA256: fmt.Sprintf("%x", sha256.Sum256(users)), InputSize: int64(len(users)), Rows: 4,
		Mode: "upsert", APIVersion: "2025-11-10", InstanceID: "ins_sandbox", KeyKind: "test",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	out := carryover(t, exitProblems, folder, b.env(), "run", file, "--output", "json")
	counts := decodeObject(t, []byte(out.stdout))["counts"].(map[string]any)
	for name, want := range map[string]string{"created": "2", "rejected": "2", "unfinished": "0"} {
		if got := counts[name]; fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
	if n := b.count(http.MethodPost, "/users"); n != 2 || len(b.Users()) != 2 {
		t.Errorf("%d creates, %d users, want 2 of each", n, len(b.Users()))
	}
}
