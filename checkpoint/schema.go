package checkpoint

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed schema.sql
var schema string

const (
	applicationID = 0x434D4752 // "CMGR", in the header of the file
	version       = 3          // user_version: schema.sql and the upgrades since
)

// newSuffix ends the name under which a checkpoint is made.
const newSuffix = ".new"

// build makes a complete checkpoint at path and closes it again. It does so
// under a name of its own, which then is renamed: a kill at any moment leaves
// either a whole checkpoint or none. The lock is held.
func build(ctx context.Context, path string, id Identity) (err error) {
	sweep(path)
	tmp := path + "." + hex.EncodeToString(random(4)) + newSuffix
	if err := touch(tmp); err != nil {
		return &DiskError{Path: path, Err: bare(err)}
	}
	defer func() {
		var disk *DiskError
		if errors.As(err, &disk) {
			disk.Path = path // the one that people know
		}
		if err != nil {
			sweep(path)
		}
	}()
	if err := fill(ctx, tmp, id); err != nil {
		return err
	}
	if err := renameNew(tmp, path); err != nil {
		return &DiskError{Path: path, Err: bare(err)}
	}
	if err := syncFolder(path); err != nil {
		return errors.Join(&DiskError{Path: path, Err: bare(err)}, removeAll(path))
	}
	return nil
}

var unfinished = regexp.MustCompile(`^\.[0-9a-f]{8}\` + newSuffix + `(-wal|-shm|-journal)?$`)

// sweep removes what was left by a kill in the middle of build. What cannot be
// removed does no harm.
func sweep(path string) {
	folder, base := filepath.Split(path)
	entries, _ := os.ReadDir(folder) // those that could be read
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), base); ok && unfinished.MatchString(rest) {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// bare drops the name of a file from an error: the message has the one that
// people know.
func bare(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// fill writes schema and identity into the empty file at path.
func fill(ctx context.Context, path string, id Identity) (err error) {
	pool, err := connect(ctx, path, writing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, explain(path, pool.Close())) }()

	tx, err := pool.BeginTx(ctx, nil)
	if err != nil {
		return explain(path, err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after Commit
	for _, part := range []string{schema, version2, version3} {
		if _, err := tx.ExecContext(ctx, part); err != nil {
			return explain(path, err)
		}
	}
	values := append([]any{hex.EncodeToString(random(8)), random(32)}, id.values()...)
	if _, err := tx.ExecContext(ctx, "INSERT INTO meta (one, id, run_key, "+identityColumns+
		") VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values...); err != nil {
		return explain(path, err)
	}
	last := fmt.Sprintf(`INSERT INTO head (one, id, epoch, commit_seq, clean) SELECT 1, id, 0, 0, 1 FROM meta;
		PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, version)
	if _, err := tx.ExecContext(ctx, last); err != nil {
		return explain(path, err)
	}
	if err := tx.Commit(); err != nil {
		return explain(path, err)
	}
	// The whole of it goes into the main file, where guards look for it.
	_, err = pool.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return explain(path, err)
}

// random returns n bytes from the system's generator, which cannot fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// touch makes an empty file that only its owner may read or write, whatever
// the umask; SQLite gives its -wal and -shm the same mode.
func touch(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR|noFollow, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Close())
}
