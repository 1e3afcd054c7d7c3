package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Arbitrary bytes as a checkpoint: it is opened, or refused and left alone.
func FuzzOpen(f *testing.F) {
	path := filepath.Join(f.TempDir(), "x.db")
	atRest(f, path, 20)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(nil))
	f.Add([]byte("external_id,email_address\n"))
	f.Add(whole[:100])
	f.Add(whole[:4096])
	f.Add(whole[:len(whole)-4096])
	for _, at := range []int{16, 18, 24, 28, 44, 52, 60, 68, 92, 100, 103, 105, 108, 4096, 4099, 8192, 12288, 16384, 20480, len(whole) - 40} {
		for _, with := range []byte{0, 1, 0x7f, 0xff} {
			bad := append([]byte(nil), whole...)
			bad[at] = with
			bad[at+1] ^= with
			f.Add(bad)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, path)
		if r, err := OpenReader(t.Context(), path); err == nil {
			_, _ = r.States(t.Context())
			_, _ = r.Problems(t.Context(), 3)
			_, _ = r.Sessions(t.Context())
			for range r.Results(t.Context()) {
			}
		}
		unchanged(t, path, before)
		db, err := Open(t.Context(), path)
		if err == nil {
			_ = db.Close()
			return
		}
		unchanged(t, path, before)
		if !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewerVersion) && !errors.Is(err, ErrMissingWAL) {
			t.Errorf("the error is not one to test for: %v", err)
		}
	})
}

// Arbitrary bytes as a lock file: they are ours or refused, and never a panic.
func FuzzNote(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x00{\"checkpoint\":\"a\",\"pid\":1,\"commit_seq\":9}\n"))
	f.Add([]byte("\x00{\"checkpoint\":\"a\",\"pi"))
	f.Add([]byte("4711\n"))
	path := filepath.Join(f.TempDir(), "x.db")
	atRest(f, path, 1)
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "x.db")
		if err := errors.Join(os.WriteFile(path, whole, 0o600), os.WriteFile(path+lockSuffix, text, 0o600)); err != nil {
			t.Fatal(err)
		}
		before := snapshot(t, path)
		db, err := Open(t.Context(), path)
		if err == nil {
			closed(t, db)
			return
		}
		unchanged(t, path, before)
	})
}
