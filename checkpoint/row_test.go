package checkpoint

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"carryover/migrate"
)

func TestPackKey(t *testing.T) {
	for key, packed := range map[string]bool{
		"01890a5d-ac96-774b-bcce-b302099a8057":  true,
		"00000000-0000-0000-0000-000000000000":  true,
		"01890A5D-AC96-774B-BCCE-B302099A8057":  false,
		"01890a5d-ac96-774b-bcce-b302099a805g":  false,
		"01890a5d-ac96-774b-bcce-b302099a805":   false,
		"01890a5dac96-774b-bcce-b302099a8057-":  false,
		"01890a5d-ac96-774b-bcce-b302099a8057 ": false,
		"":                                      false, "0123456789abcdef": false,
	} {
		v := packKey(key)
		if _, blob := v.([]byte); blob != packed {
			t.Errorf("%q is kept as %T", key, v)
		}
		if got, err := unpackKey(v); got != key || err != nil {
			t.Errorf("%q comes back as %q, %v", key, got, err)
		}
	}
	for _, v := range []any{nil, int64(1), []byte("short"), 1.5} {
		if _, err := unpackKey(v); err == nil {
			t.Errorf("%v is a key", v)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add("01890a5d-ac96-774b-bcce-b302099a8057")
	f.Add("01890A5D-ac96-774b-bcce-b302099a8057")
	f.Add("\x00\xff")
	f.Fuzz(func(t *testing.T, key string) {
		if got, err := unpackKey(packKey(key)); got != key || err != nil {
			t.Errorf("%q comes back as %q, %v", key, got, err)
		}
	})
}

// run plays rows through a checkpoint as a runner does: an intent, and some
// commits later its outcome, out of order.
func play(t testing.TB, db *DB, rows int64) {
	t.Helper()
	const step, window = 128, 256
	for base := int64(0); base < rows+window; base += step {
		var batch []migrate.Result
		for i := range int64(step) {
			if row := base - window + (i*37)%step + 1; row > 0 && row <= rows {
				batch = append(batch, typical(row, migrate.Created))
			}
		}
		for i := range int64(step) {
			if row := base + i + 1; row <= rows {
				batch = append(batch, typical(row, migrate.InFlight))
			}
		}
		commit(t, db, batch...)
	}
}

func typical(row int64, state migrate.State) migrate.Result {
	var id [16]byte
	for i := range id {
		id[i] = byte(row*int64(2*i+7)>>(i%5)) ^ byte(i*31)
	}
	r := migrate.Result{Row: row, Line: row + 1, Key: uuid(id[:]), Action: migrate.Create, State: state, Hash: id,
		PreAbsent: true, Attempts: 1, SentAt: epoch.Add(ms * 10 * dur(row)), At: epoch.Add(ms * 10 * dur(row))}
	if state.Final() {
		r.UserID = fmt.Sprintf("user_%027d", row)
		r.At, r.Took, r.Status = r.At.Add(150*ms), 150*ms+123, 200
		r.UpdatedAt = r.At.Add(-ms)
	}
	return r
}

// A million rows are to fit in 120 MB.
func TestSizeOfARow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	const rows = 10_000
	sizeOf := func() int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	empty := sizeOf()
	play(t, db, rows)
	closed(t, db)
	size := float64(sizeOf()-empty) / rows
	t.Logf("%.1f bytes a row", size)
	if size > 120 {
		t.Errorf("%.1f bytes a row, want at most 120", size)
	}
}

// The run key is in the file that only its owner can read, and nowhere else.
func TestKeyStaysInside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	db := create(t, path)
	fillRows(t, db, 1)
	key := db.Key()
	lock, err := os.ReadFile(path + lockSuffix)
	if err != nil {
		t.Fatal(err)
	}
	_, locked := Open(t.Context(), path)
	for where, text := range map[string]string{
		"lock file": string(lock), "error": locked.Error(), "v": fmt.Sprintf("%v %+v %#v %s", db, db, db, db),
	} {
		for _, form := range []string{string(key[:]), hex.EncodeToString(key[:]), fmt.Sprint(key[:4]),
			base64.StdEncoding.EncodeToString(key[:]), fmt.Sprintf("%#v", key[:2])[7:15]} {
			if bytes.Contains([]byte(text), []byte(form)) {
				t.Errorf("the key is in the %s", where)
			}
		}
	}
}
