//go:build unix

package checkpoint

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// fillUp runs into a limit on the size of files, the nearest thing to a full
// disk that needs no rights.
func fillUp(path string) error {
	db, err := openOrCreate(path)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	const limit = 300 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		return err
	}
	for n := range int64(1_000_000) {
		err := db.Commit(context.Background(), childResults(n))
		var disk *DiskError
		switch {
		case err == nil:
			fmt.Println(n + 1)
			continue
		case !errors.As(err, &disk):
			return fmt.Errorf("not a DiskError: %w", err)
		case db.Commit(context.Background(), childResults(n+1)) == nil:
			return errors.New("a commit after the failed one was taken")
		}
		fmt.Println("full")
		_ = db.Close()
		return nil
	}
	return errors.New("the limit was never met")
}

// A disk that is full stops the run, and takes back nothing.
func TestFileSizeLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	p := spawn(t, childFills, path)
	acked := 0
	for {
		line := p.line()
		if line == "full" {
			break
		}
		n, err := strconv.Atoi(line)
		if err != nil {
			t.Fatalf("the child says %q", line)
		}
		acked = n
	}
	p.end(t)
	if acked == 0 {
		t.Fatal("nothing was committed before")
	}
	// The commit that failed may be there or not; none before it is missing.
	if got := checkBatches(t, open(t, path), acked); got > acked+1 {
		t.Errorf("%d batches are stored, %d were committed", got, acked)
	}
}

func TestModes(t *testing.T) {
	for _, mask := range []int{0, 0o022, 0o277} {
		t.Run(fmt.Sprintf("umask %03o", mask), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.db")
			old := syscall.Umask(mask)
			defer syscall.Umask(old)
			db := create(t, path)
			fillRows(t, db, 1)
			modes := map[string]string{}
			for name, text := range snapshot(t, path) {
				modes[name] = text[:len("-rw-------")]
			}
			same(t, "modes", map[string]string{
				"x.db": "-rw-------", "x.db-wal": "-rw-------", "x.db-shm": "-rw-------", "x.db.lock": "-rw-------",
			}, modes)
			closed(t, db)
		})
	}
}
